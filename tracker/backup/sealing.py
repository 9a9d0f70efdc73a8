"""Encryption by a program that the machine has: age for files that end in .age, gpg for .gpg; yidan holds no cipher of its own.

No secret stands on a command line, where every user of the machine could read it: keys are files, a passphrase goes through a
file descriptor.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tracker.backup.errors import BackupRefused

TOOLS = {".age": "age", ".gpg": "gpg"}
_GPG = ("gpg", "--batch", "--quiet", "--yes", "--no-tty")
# One passphrase of a file that only its owner reads; without loopback gpg would ask on a terminal.
_PASSPHRASE = ("--pinentry-mode", "loopback", "--passphrase-file")


def tool_of(path: Path) -> str:
    """The program that seals and opens `path` by its ending; empty for one that stays as it is. BackupRefused when it is not there."""
    tool = TOOLS.get(path.suffix, "")
    if tool and not shutil.which(tool):
        raise BackupRefused(
            f"{path.name} needs the program {tool}, which is not installed: install it, or choose another ending."
        )
    return tool


@contextmanager
def sealed(path: Path, part: Path, to: str, key: Path | None) -> Iterator[IO[bytes]]:
    """A stream whose bytes end up in `part`, encrypted as the ending of `path` says, to the recipient `to` or with the passphrase in `key`."""
    command = _sealing(path, to, key)
    with part.open("xb") as out:
        part.chmod(0o600)
        if command:
            with _through(command, stdout=out, stdin=subprocess.PIPE) as program:
                yield program
        else:
            yield out


def _sealing(path: Path, to: str, key: Path | None) -> list[str]:
    tool = tool_of(path)
    if tool == "age" and to:
        return ["age", "--encrypt", "--recipient", to]
    if tool == "gpg" and to:
        return [*_GPG, "--trust-model", "always", "--encrypt", "--recipient", to]
    if tool == "gpg" and key:
        return [*_GPG, *_PASSPHRASE, str(key), "--cipher-algo", "AES256", "--symmetric"]
    if tool:
        also = " or a passphrase by --key FILE" if tool == "gpg" else ""
        raise BackupRefused(f"{path.name} is to be encrypted: name a recipient by --to{also}.")
    if to or key:
        raise BackupRefused(f"{path.name} would not be encrypted: let its name end in .age or .gpg.")
    return []


@contextmanager
def opened(path: Path, key: Path | None) -> Iterator[IO[bytes]]:
    """The decrypted bytes of the backup at `path`; `key` is age's identity file or the file of gpg's passphrase."""
    tool = tool_of(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupRefused(f"{path} cannot be read ({error.strerror}): give the path of a backup.") from error
    with file:
        if not tool:
            yield file
            return
        if tool == "age" and key is None:
            raise BackupRefused(f"{path.name} is encrypted: give age's identity file by --key.")
        command = (
            ["age", "--decrypt", "--identity", str(key)]
            if tool == "age"
            else [*_GPG, *((*_PASSPHRASE, str(key)) if key else ()), "--decrypt"]
        )
        with _through(command, stdin=file, stdout=subprocess.PIPE) as program:
            yield program


@contextmanager
def _through(command: list[str], *, stdin: IO[bytes] | int, stdout: IO[bytes] | int) -> Iterator[IO[bytes]]:
    """The open end of `command`; BackupRefused with its own words when it fails, whatever the reader made of that."""
    program = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)  # noqa: S603 - fixed words, no shell
    end = program.stdin or program.stdout
    if end is None or program.stderr is None:
        raise RuntimeError("one end of the program is ours")
    failed: BaseException | None = None
    try:
        yield end
    except (BackupRefused, OSError) as error:
        failed = error
    except BaseException:
        program.kill()
        raise
    finally:
        _shut(end)
        said = program.stderr.read().decode(errors="replace").strip()
        program.stderr.close()
        code = program.wait()
    # Cut off by a reader that has refused already, it may end by a broken pipe: only what it says itself counts then.
    if code and (said or failed is None):
        raise BackupRefused(f"{command[0]} failed: {said or f'exit {code}'}.") from failed
    if failed is not None:
        raise failed


def _shut(end: IO[bytes]) -> None:
    try:
        end.close()
    except BrokenPipeError:
        return
