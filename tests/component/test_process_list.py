"""No secret stands on a command line, where every user of the machine could read it."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from tracker.backup import sealing, stores

ROOT = Path(__file__).resolve().parents[2]
STORE = {
    "ENGINE": "django.db.backends.postgresql", "NAME": "yidan", "USER": "desk", "PASSWORD": "geheim-4711", "HOST": "db.example", "PORT": 5432,
}  # fmt: skip


def test_the_stores_password_goes_by_the_environment(monkeypatch, tmp_path):
    seen = {}

    def run(command, *, env, **_rest):
        seen[command[0]] = (command, env)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(stores.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(stores.subprocess, "run", run)
    stores._program(STORE, "pg_dump", f"--file={tmp_path}")
    command, environ = seen["pg_dump"]
    assert environ["PGPASSWORD"] == "geheim-4711"
    assert not any("geheim" in word for word in command)


@pytest.mark.parametrize("name", ["b.age", "b.gpg"])
def test_keys_and_passphrases_go_by_files(monkeypatch, tmp_path, name):
    key = tmp_path / "passphrase"
    key.write_text("geheim-4711", encoding="utf-8")
    (tmp_path / name).write_bytes(b"")
    commands = []

    def through(command, **_streams):
        commands.append(command)
        raise InterruptedError

    monkeypatch.setattr(sealing.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    monkeypatch.setattr(sealing, "_through", through)
    with pytest.raises(InterruptedError), sealing.opened(tmp_path / name, key):
        pass
    if name.endswith("gpg"):
        with pytest.raises(InterruptedError), sealing.sealed(tmp_path / name, tmp_path / "part", "", key):
            pass
    assert all(str(key) in command and "geheim-4711" not in " ".join(command) for command in commands)


def test_no_program_is_started_with_a_setting_that_is_secret():
    """Whoever starts one by another way than those above does not hand it a key, token or password by name."""
    found = []
    for path in sorted([*ROOT.glob("tracker/**/*.py"), *ROOT.glob("crawlers/**/*.py")]):
        for call in (
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
        ):
            if ast.unparse(call.func) in ("subprocess.run", "subprocess.Popen", "os.execv", "os.execve"):
                words = ast.unparse(call.args[0]).upper()
                found.append((path.name, [w for w in ("SECRET", "PASSWORD", "TOKEN", "PASSPHRASE") if w in words]))
    assert len(found) >= 4, "the walk finds too little to prove anything"
    assert not [row for row in found if row[1]]
