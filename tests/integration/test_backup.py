"""A backup taken while people work, and the drill: restored elsewhere it is the same installation, and anything else is refused."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from crawlers.api import seal
from tests import postgres
from tests.factories import PNG
from tests.home import Home
from tests.integration.test_intake import post
from tracker.backup.errors import BackupRefused
from tracker.backup.services import backup_check, backup_make, backup_restore
from tracker.env import Env, read

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.embedded  # the drill on PostgreSQL starts its own


@pytest.fixture(scope="module", autouse=True)
def _embedded() -> Iterator[None]:
    """These homes have the embedded store, whatever the others are tested on: those on PostgreSQL say so, and have a server of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        yield


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An installation with a verified risk, evidence on disk, a batch that waits, a key, what a source has shown."""
    home = Home(tmp_path_factory.mktemp("backup") / "home", ready=True)
    fill(home)
    return home


def environment_of(home: Home, **more: str) -> dict[str, str]:
    return home.env | {"DJANGO_SETTINGS_MODULE": "tracker.settings"} | more


def fill(home: Home, **environ: str) -> None:
    home.path.mkdir(exist_ok=True)
    run = {"env": environment_of(home, **environ), "cwd": ROOT, "check": True}
    if environ:  # a store of its own
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"], **run)
    subprocess.run([sys.executable, "-m", "tests.integration.fill_backup"], **run)
    seal([post(1, title="青禾路上有坑")], "wz", home.path / "spool")
    (home.path / "catalogue").mkdir(exist_ok=True)
    (home.path / "catalogue" / "mine.toml").write_text("# 我们自己的来源\n", encoding="utf-8")
    (home.path / "state").mkdir(exist_ok=True)
    state = sqlite3.connect(home.path / "state" / "wz.sqlite3")
    state.execute("PRAGMA journal_mode=WAL")
    state.execute("CREATE TABLE keys (name TEXT)")
    state.execute("INSERT INTO keys VALUES ('seen')")
    state.commit()
    state.close()
    (home.path / "state" / "voices").mkdir(exist_ok=True)
    (home.path / "state" / "voices" / "2026-W48.key").write_bytes(b"a key that is destroyed after its week")


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


@contextmanager
def working(home: Home, **environ: str) -> Iterator[Callable[[], int]]:
    """A process that acts as fast as the store allows; the function waits for its next answers and gives the last entry's number."""
    command = [sys.executable, "-m", "tests.integration.work_backup"]
    with subprocess.Popen(command, env=environment_of(home, **environ), cwd=ROOT, stdout=subprocess.PIPE) as busy:
        yield lambda: int(os.read(busy.stdout.fileno(), 1 << 16).split()[0])
        busy.kill()


@pytest.fixture(scope="module")
def taken(filled: Home) -> Path:
    """A backup of it, taken while a second process acts as fast as the store allows."""
    path = filled.path.parent / "taken.tar.gz"
    with working(filled) as answered:
        first = answered()
        said = filled("backup", str(path))
        last = answered()
    in_it = int(said.splitlines()[1].split()[0])
    assert first <= in_it, "what was answered for before is in it"
    assert last > first, "and people went on working meanwhile"
    return path


def test_the_drill(filled: Home, taken: Path, tmp_path: Path):
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600
    again = Home(tmp_path / "again")
    shutil.rmtree(again.path)
    done = again("restore", str(taken))
    head = done.strip().splitlines()[-1]
    assert head.split(" ledger entries; head ")[1] in again("ledger", "verify"), "nothing has been added since"
    for name in ("secret.key", "catalogue/mine.toml"):
        assert (again.path / name).read_bytes() == (filled.path / name).read_bytes()
    assert [p.read_bytes() for p in (again.path / "files").rglob("*") if p.is_file()] == [PNG]
    (batch,) = (again.path / "spool").glob("*.jsonl")
    assert batch.read_bytes() == (filled.path / "spool" / batch.name).read_bytes()
    state = sqlite3.connect(again.path / "state" / "wz.sqlite3")
    assert state.execute("SELECT name FROM keys").fetchall() == [("seen",)]
    state.close()
    # It works on: the batch that waited is taken, a second backup can be made of it.
    assert "1 new" in again("intake")
    again("backup", str(tmp_path / "second.tar.gz"))
    assert "the last backup is" in again.run("doctor").stdout
    assert again.one("select count(*) from ledger_entry where act = 'export.backup'") == 1


def test_it_can_be_read_without_yidan(taken: Path):
    with tarfile.open(taken) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
        names = [member.name for member in tar if member.name != "manifest.json"]
        assert sorted(names) == sorted(manifest["members"])
        assert not [name for name in names if "voices" in name], "a key lives no longer in a backup"
        for name in names:
            assert sha256(tar.extractfile(name).read()).hexdigest() == manifest["members"][name]["sha256"]
    assert names.index("state/wz.sqlite3") < names.index("store.sqlite3") < names.index("secret.key")


def again_in(folder: Path, **environ: str) -> Env:
    """The environment of a home that does not exist yet."""
    return read({"YIDAN_HOME": str(folder / "again"), **environ})


def test_a_restore_never_overwrites(filled: Home, taken: Path):
    before = filled.one("select seq from ledger_head")
    assert "is not empty" in refused(filled.run("restore", str(taken)))
    assert filled.one("select seq from ledger_head") == before


class TestRefused:
    def test_a_file_that_exists(self, filled: Home, taken: Path):
        before = taken.read_bytes()
        with pytest.raises(BackupRefused, match="never overwrites"):
            made(filled, taken)
        assert taken.read_bytes() == before

    def test_a_place_that_cannot_be_written(self, filled: Home, tmp_path: Path):
        assert "cannot be written" in refused(filled.run("backup", str(tmp_path / "no" / "such" / "x.tar.gz")))

    def test_no_store(self, tmp_path: Path):
        line = refused(Home(tmp_path / "none").run("backup", str(tmp_path / "x.tar.gz")))
        assert "the store cannot be read" in line
        assert list(tmp_path.glob("x*")) == [], "and no file that looks like a backup"

    def test_a_store_of_another_kind(self, taken: Path, tmp_path: Path):
        content = changed(taken, lambda manifest: manifest | {"store": "store.dump"})
        nothing_restored(tmp_path, content, "same kind", also_when_checked=False)

    @pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
    def test_one_that_was_cut_off(self, taken: Path, tmp_path: Path, cut: float):
        content = taken.read_bytes()
        nothing_restored(tmp_path, content[: int(len(content) * cut)], "take another")

    def test_one_without_its_manifest(self, taken: Path, tmp_path: Path):
        nothing_restored(tmp_path, changed(taken, None), "manifest")

    def test_one_with_other_evidence(self, taken: Path, tmp_path: Path):
        content = changed(taken, dict, edit=lambda body: body.replace(PNG, PNG[::-1]))
        nothing_restored(tmp_path, content, "is not what was saved")

    def test_one_that_lacks_a_file(self, taken: Path, tmp_path: Path):
        absent = {"files/aa/aa": {"size": 1, "sha256": "0" * 64}}
        content = changed(taken, lambda manifest: manifest | {"members": manifest["members"] | absent})
        nothing_restored(tmp_path, content, "lacks files/aa/aa")

    def test_a_path_out_of_the_home(self, taken: Path, tmp_path: Path):
        content = changed(taken, dict, rename=lambda name: name.replace("secret.key", "../secret.key"))
        nothing_restored(tmp_path, content, "no backup of ours")
        assert not (tmp_path / "secret.key").exists()

    def test_one_of_a_later_format(self, taken: Path, tmp_path: Path):
        nothing_restored(tmp_path, changed(taken, lambda manifest: manifest | {"format": 2}), "format 2")

    def test_what_is_no_backup(self, tmp_path: Path):
        nothing_restored(tmp_path, b"not a backup", "no backup")


def nothing_restored(folder: Path, content: bytes, sentence: str, *, also_when_checked: bool = True) -> None:
    file, env = folder / "bad.tar.gz", again_in(folder)
    file.write_bytes(content)
    with pytest.raises(BackupRefused, match=sentence):
        backup_restore(env=env, path=file)
    assert not env.home.exists() or not any(env.home.iterdir())
    if also_when_checked:
        with pytest.raises(BackupRefused, match=sentence):
            backup_check(path=file)


def made(home: Home, path: Path, **options) -> None:
    backup_make(env=read({"YIDAN_HOME": str(home.path)}), path=path, now=datetime.now(UTC), **options)


def run(home: Home, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Like Home.run, but writes nothing into the home."""
    return subprocess.run(
        [sys.executable, "-m", "tracker.cli", *arguments],
        env=home.env | environ, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def changed(taken: Path, about, *, edit=bytes, rename=str) -> bytes:
    """The backup, forged: its manifest as `about` makes it (None: without), its contents edited, its members renamed."""
    out = io.BytesIO()
    with tarfile.open(taken) as old, gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as packed, \
            tarfile.open(fileobj=packed, mode="w|") as new:  # fmt: skip
        for member in old:
            body = old.extractfile(member).read()
            if member.name == "manifest.json":
                if about is None:
                    continue
                body = json.dumps(about(json.loads(body))).encode()
            else:
                body = edit(body)
            info = tarfile.TarInfo(rename(member.name))
            info.size = len(body)
            new.addfile(info, io.BytesIO(body))
    return out.getvalue()


def test_a_broken_ledger_is_named_after_a_restore(taken: Path, tmp_path: Path):
    """The digests of such a backup agree: it was broken when it was taken."""
    broken, file = again_in(tmp_path), tmp_path / "x.tar.gz"
    backup_restore(env=broken, path=taken)
    store = sqlite3.connect(broken.home / "yidan.sqlite3")
    store.execute("DROP TRIGGER ledger_no_update")
    store.execute("UPDATE ledger_entry SET reason = '没有的事' WHERE seq = 3")
    store.commit()
    store.close()
    backup_make(env=broken, path=file, now=datetime.now(UTC))
    again = Home(tmp_path / "third")
    shutil.rmtree(again.path)
    line = refused(run(again, "restore", str(file)))
    assert "ledger is broken" in line
    assert "entry 3" in line


def test_killed_at_any_moment_a_restore_is_done_again(taken: Path, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.rmtree(home.path)
    ended = []
    for delay in (0.25, 0.45, 0.6, 0.9):
        process = home.start("restore", str(taken))
        time.sleep(delay)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        ended.append(process.wait())
        if ended[-1] == 0:
            break
    assert -signal.SIGKILL in ended, "none was caught at work"
    done = run(home, "restore", str(taken))
    assert done.returncode == 0 or "is not empty" in done.stderr
    assert "entries hold" in home("ledger", "verify")
    assert not list(home.path.glob(".restoring"))


def test_a_restore_interrupted_while_it_moves_files_goes_on(taken: Path, tmp_path: Path):
    """Everything read, half of it in its place: the state that a kill between two renames leaves."""
    env = again_in(tmp_path)
    manifest = backup_restore(env=env, path=taken)
    staging = env.home / ".restoring"
    staging.mkdir()
    (env.home / "files").rename(staging / "files")
    (env.home / "yidan.sqlite3").rename(staging / "store.sqlite3")
    (staging / "read-whole.json").write_text(json.dumps(manifest))
    other = tmp_path / "other.tar.gz"
    other.write_bytes(changed(taken, lambda m: m | {"made_at": "2020-01-01T00:00:00+00:00"}))
    with pytest.raises(BackupRefused, match="another backup was interrupted"):
        backup_restore(env=env, path=other)
    backup_restore(env=env, path=taken)
    assert (env.home / "yidan.sqlite3").exists()
    assert [p.read_bytes() for p in (env.home / "files").rglob("*") if p.is_file()] == [PNG]
    assert not staging.exists()


def test_what_a_killed_backup_left_goes(filled: Home, tmp_path: Path):
    file = tmp_path / "x.tar.gz"
    (filled.path / ".backup.part").mkdir()
    (filled.path / ".backup.part" / "store.sqlite3").write_bytes(b"half")
    file.with_name("x.tar.gz.part").write_bytes(b"half")
    made(filled, file)
    backup_check(path=file)
    assert not (filled.path / ".backup.part").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["x.tar.gz"]


def needs(tool: str) -> None:
    if not shutil.which(tool):
        assert not os.environ.get("CI"), f"{tool} is not installed: in CI it must be"
        pytest.skip(f"{tool} is not installed")


class TestEncrypted:
    @pytest.fixture
    def gnupg(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """A keyring with one recipient; in a short path, since gpg's agent listens on a socket in there."""
        needs("gpg")
        folder = Path(tempfile.gettempdir()) / f"yg{os.getpid()}"
        folder.mkdir(mode=0o700)
        monkeypatch.setenv("GNUPGHOME", str(folder))
        subprocess.run(
            ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "desk@example.org", "rsa2048", "encrypt", "never"],
            check=True, capture_output=True,
        )  # fmt: skip
        yield
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
        shutil.rmtree(folder, ignore_errors=True)

    def test_with_age_for_a_recipient(self, filled: Home, tmp_path: Path):
        needs("age")
        key, other, file = tmp_path / "key.txt", tmp_path / "other.txt", tmp_path / "x.tar.gz.age"
        for path in (key, other):
            subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
        recipient = subprocess.run(["age-keygen", "-y", str(key)], check=True, capture_output=True, text=True).stdout
        made(filled, file, to=recipient.strip())
        assert file.read_bytes().startswith(b"age-encryption.org")
        with pytest.raises(BackupRefused, match="--key"):
            backup_check(path=file)
        with pytest.raises(BackupRefused, match="age failed"):
            backup_restore(env=again_in(tmp_path), path=file, key=other)
        again = Home(tmp_path / "again")
        shutil.rmtree(again.path)
        assert run(again, "restore", str(file), "--key", str(key)).returncode == 0

    def test_with_gpg_for_a_recipient(self, filled: Home, tmp_path: Path, gnupg: None):
        file = tmp_path / "x.tar.gz.gpg"
        made(filled, file, to="desk@example.org")
        assert backup_check(path=file)["store"] == "store.sqlite3"
        with pytest.raises(BackupRefused, match="gpg failed"):
            made(filled, tmp_path / "y.gpg", to="nobody@example.org")
        assert not list(tmp_path.glob("y*"))

    def test_with_a_passphrase(self, filled: Home, tmp_path: Path, gnupg: None):
        word, file = tmp_path / "word", tmp_path / "x.tar.gz.gpg"
        word.write_text("correct horse\n")
        made(filled, file, key=word)
        assert backup_check(path=file, key=word)["store"] == "store.sqlite3"
        word.write_text("wrong horse\n")
        with pytest.raises(BackupRefused, match="gpg failed"):
            backup_check(path=file, key=word)

    @pytest.mark.parametrize(("name", "options"), [("x.gpg", {}), ("x.age", {}), ("x.tar.gz", {"to": "somebody"})])
    def test_never_by_mistake_without(self, filled: Home, tmp_path: Path, name: str, options: dict[str, str]):
        needs("age")
        with pytest.raises(BackupRefused, match="encrypted"):
            made(filled, tmp_path / name, **options)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
@pytest.mark.slow
def test_the_drill_on_postgresql(tmp_path: Path):
    """Two databases of one real server: out of one while it is worked on, into the other, and never into one with anything in it."""
    with postgres.server() as url:
        with psycopg.connect(host=unquote(urlsplit(url).netloc.split("@")[1]), user="postgres", autocommit=True) as db:
            db.execute("CREATE DATABASE again")
        old, new = {"DATABASE_URL": url}, {"DATABASE_URL": url.removesuffix("/postgres") + "/again"}
        home, again, file = Home(tmp_path / "home"), Home(tmp_path / "again"), tmp_path / "x.tar.gz"
        fill(home, **old)
        with working(home, **old) as answered:
            answered()
            first = home.run("backup", str(file), **old)
        assert first.returncode == 0, first.stderr
        shutil.rmtree(again.path)
        assert "is not empty" in refused(run(again, "restore", str(file), **old))
        assert "same kind" in refused(run(again, "restore", str(file)))
        done = run(again, "restore", str(file), **new)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip().splitlines()[-1] == first.stdout.strip().splitlines()[-1].replace(" in it;", ";")
        assert "entries hold" in again.run("ledger", "verify", **new).stdout
        # The store itself still guards the ledger.
        with psycopg.connect(host=unquote(urlsplit(url).netloc.split("@")[1]), user="postgres", dbname="again") as db, \
                pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):  # fmt: skip
            db.execute("DELETE FROM ledger_entry")
