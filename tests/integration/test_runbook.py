"""The runbook's own commands, in its own order, on a real installation: a block of docs/operations.md that is marked `run` runs.

The other blocks are commands for one case or another: each of them is carried out too, with names, paths and keys that are there."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.api import seal
from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard
from tests.home import Home
from tests.integration.test_intake import post

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_blocks_marked_run_do(tmp_path: Path):
    blocks = re.findall(r"^```sh run\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    home = Home(tmp_path / "home", ready=True)
    home.add("wz", type("Nowhere", (), {"url": "http://127.0.0.1:9"}))
    shutil.copytree(home.catalogue.home / "catalogue", home.path / "catalogue")
    (tmp_path / "backups").mkdir()
    program = f'yidan() {{ "{sys.executable}" -m tracker.cli "$@"; }}\nset -eu\n'
    environ = home.env | {"BACKUPS": str(tmp_path / "backups"), "DRILL": str(tmp_path / "drill")}
    if home.url:  # as the page says: on PostgreSQL also with a new, empty database
        blocks.insert(2, f"export DATABASE_URL={home.database()}")
    done = subprocess.run(
        ["bash", "-c", program + "\n".join(blocks)], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BAD" not in done.stdout
    (backed, restored) = re.findall(r"ledger entries(?: in it)?; head (\w+)", done.stdout)[0::2]
    assert backed == restored
    assert f"entries hold; head {backed}" in done.stdout, "the restored store ends where the backup did"


def needs(*tools: str) -> None:
    if absent := [tool for tool in tools if not shutil.which(tool)]:
        assert not os.environ.get("CI"), f"{absent} not installed: in CI they must be"
        pytest.skip(f"{absent} not installed")


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What stands on the page → what is there: an identity of age, a key in gpg's ring, a passphrase, a folder of backups."""
    needs("age", "gpg")
    identity, word, ring = (
        tmp_path / "identity.txt",
        tmp_path / "word",
        Path(tempfile.gettempdir()) / f"yr{os.getpid()}",
    )
    subprocess.run(["age-keygen", "-o", str(identity)], check=True, capture_output=True)
    told = subprocess.run(
        ["age-keygen", "-y", str(identity)], check=True, capture_output=True, text=True
    ).stdout.strip()
    word.write_text("ein langer Satz, den niemand rät", encoding="utf-8")
    ring.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(ring))
    made = [
        "gpg",
        "--batch",
        "--quiet",
        "--passphrase",
        "",
        "--quick-generate-key",
        "desk@example.org",
        "rsa2048",
        "encrypt",
        "never",
    ]
    subprocess.run(made, check=True, capture_output=True)
    (tmp_path / "backups").mkdir()
    yield {
        "age1qqqqqqqq": told, "/root/passphrase": str(word), "/root/identity.txt": str(identity),
        "/var/backups/yidan": str(tmp_path / "backups"), "/tmp/ledger.jsonl": str(tmp_path / "ledger.jsonl"),
    }  # fmt: skip
    subprocess.run(["gpgconf", "--kill", "all"], check=False)
    shutil.rmtree(ring, ignore_errors=True)


# In the order of a page, but for the service itself (test_up starts it) and the restore into another home.
def lines() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    found = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in found if line.startswith("yidan ") and not line.startswith("yidan up")]


@pytest.mark.slow
def test_every_other_command_of_the_page_does_what_it_says(tmp_path: Path, keys: dict[str, str]):
    home = Home(tmp_path / "home", ready=True)
    env = home.env | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "tests.integration.fill_backup"], env=env, cwd=ROOT, check=True)
    seal([post(1, title="青禾路上有坑")], "a", home.path / "spool")
    with LittleBoard() as board:
        board.add(2)
        Crawl(home.path).source("wz", board.url)
        here = keys | {"hn": "road", "wz-rednet": "wz", "https://board.example/t/1": post(1).url}
        wanted = [[within(word, here) for word in words] for words in lines()]
        (restore,) = (words for words in wanted if words[0] == "restore")
        wanted.remove(restore)
        asked = "\n".join(map(json.dumps, wanted))
        done = subprocess.run([sys.executable, "-m", "tests.integration.runbook_lines"], input=asked, env=env, cwd=ROOT, check=True, capture_output=True, text=True)  # fmt: skip
    said = dict(zip(map(" ".join, wanted), map(json.loads, done.stdout.splitlines()), strict=True))
    # What nobody has cannot be taken away: these two say so, in a sentence.
    nothing = {words for words in said if words.startswith(("user reset-factor", "model rollback"))}
    assert not {words: row for words, row in said.items() if row[0] != 0 and words not in nothing}
    assert all(row[0] == 1 and row[1].startswith("yidan: ") for words, row in said.items() if words in nothing)
    assert home.one("select count(*) from posts_post where erased_at is not null") == 1
    again = home.run(*restore, YIDAN_HOME=str(tmp_path / "again"), **({"DATABASE_URL": home.database()} if home.url else {}))  # fmt: skip
    assert again.returncode == 0, again.stderr


def within(word: str, here: dict[str, str]) -> str:
    for said, there in here.items():
        if word == said or (said.startswith("/") and word.startswith(said)):
            return word.replace(said, there)
    return word
