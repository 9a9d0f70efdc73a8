"""What goes wrong is said in one clear sentence, with an exit code, and nothing is lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crawlers.api import seal
from tests.home import Home
from tests.integration.test_intake import post


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", ready=True)


def refused(home: Home, *arguments: str, **env: str) -> str:
    """The one line on standard error of a command that failed without a traceback."""
    done = home.run(*arguments, **env)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("yidan: ")
    return line


def catalogue(home: Home, url: str = "http://127.0.0.1:9", edit=str) -> str:
    home.catalogue.source("wz", url, edit=edit, timeout=2)
    return str(home.catalogue.home / "catalogue")


def test_an_unknown_source(home):
    line = refused(home, "crawl", "nosuch", "--catalogue", catalogue(home))
    assert "'nosuch'" in line
    assert "wz" in line, "what there is, is said"


def test_a_missing_card_field(home):
    folder = catalogue(home, edit=lambda text: text.replace('legal_basis = "政府信息公开条例第十三条"\n', ""))
    for command in (["crawl"], ["sources", "check"], ["sources", "test", "wz"]):
        line = refused(home, *command, "--catalogue", folder)
        assert "wz.toml" in line
        assert "card.legal_basis is missing" in line


def test_a_host_that_is_down(home):
    line = refused(home, "crawl", "--catalogue", catalogue(home))
    assert "wz:" in line
    assert "127.0.0.1" in line


def test_no_source_is_switched_on(home):
    assert "no source is enabled" in refused(home, "crawl")


def test_a_spool_file_cut_in_half(home):
    spool = home.path / "spool"
    (path,) = seal([post(n, title=f"青禾路{n}号 有隐患") for n in range(9)], "a", spool)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    line = refused(home, "intake")
    assert path.name in line
    assert "damaged" in line
    taken = home.one("select count(*) from posts_post")
    assert taken == whole[: len(whole) // 2].count(b"\n") > 0, "its whole posts were taken"
    assert (spool / "damaged" / path.name).read_bytes() == whole[: len(whole) // 2], "and the rest of it is kept"


def test_a_port_in_use(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        line = refused(home, "up", "--port", str(taken.getsockname()[1]))
    assert "cannot be used" in line
    assert "--port" in line


def test_a_home_that_cannot_be_written(home, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    line = refused(home, "intake", YIDAN_HOME=str(tmp_path / "file" / "home"))
    assert "cannot be written to" in line
    assert "YIDAN_HOME" in line
    if os.geteuid() == 0:  # root may write anywhere but where there is no file system to write to
        assert "cannot be written to" in refused(home, "intake", YIDAN_HOME="/proc/yidan")


@pytest.mark.parametrize(
    "command", [["intake"], ["report", "weekly", "--week", "2026-W47", "--output", "out"], ["ledger", "verify"]]
)
def test_an_older_schema_is_refused_untouched(home, command):
    home("ledger", "verify")
    home.rows("delete from django_migrations where app = 'risks' and name like '0002%'")
    line = refused(home, *command)
    assert "older than this program" in line
    assert "yidan up" in line
    assert home.one("select count(*) from django_migrations where app = 'risks' and name like '0002%'") == 0


def test_a_store_whose_making_was_interrupted_is_finished(tmp_path):
    home = Home(tmp_path / "home")
    half = [sys.executable, "manage.py", "migrate", "accounts"]
    subprocess.run(half, env=home.env, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    assert "0 new" in home("intake"), "nobody has anything in it to back up yet"


def test_a_newer_schema_is_refused(home):
    home("ledger", "verify")
    home.rows("insert into django_migrations (app, name, applied) values ('risks', '9999_future', '2030-01-01')")
    assert "newer version" in refused(home, "intake")


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_store_that_cannot_be_had(home, url):
    assert "DATABASE_URL" in refused(home, "intake", DATABASE_URL=url)


def test_wrong_words(home):
    for arguments in (["nosuch"], ["up", "--port", "0"], ["assess"], ["ledger"], []):
        assert "yidan --help" in refused(home, *arguments)


def test_wrong_values(home, tmp_path):
    assert "2026-W60" in refused(home, "report", "weekly", "--week", "2026-W60", "--output", str(tmp_path))
    assert "nowhere" in refused(home, "user", "add", "zhou", "--role", "analyst", "--unit", "nowhere")
    assert "king" in refused(home, "user", "add", "zhou", "--role", "king")
    assert "cannot be read" in refused(home, "assess", "--input", str(tmp_path / "none"), "--output", "-")
    assert "cannot be read" in refused(home, "ledger", "verify", "--file", str(tmp_path / "none"))


def test_a_changed_export_is_named(home, tmp_path):
    home("ledger", "verify")
    home("ledger", "export", "--output", str(tmp_path / "ledger.jsonl"))
    assert "every entry holds" in home("ledger", "verify", "--file", str(tmp_path / "ledger.jsonl"))
    lines = (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    del lines[4]
    (tmp_path / "ledger.jsonl").write_text("".join(lines), encoding="utf-8")
    assert "entry 5" in refused(home, "ledger", "verify", "--file", str(tmp_path / "ledger.jsonl"))
    (tmp_path / "ledger.jsonl").write_text("not json\n", encoding="utf-8")
    assert "line 1" in refused(home, "ledger", "verify", "--file", str(tmp_path / "ledger.jsonl"))
