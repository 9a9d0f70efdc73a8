"""The program `yidan`: its commands, and the one place where an error becomes a sentence."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from tracker.cli import backups, collect, extract, keep, models, outward, papers, past, people, understand, up
from tracker.cli.sentence import Sentence, known

app = typer.Typer(
    name="yidan",
    help="一单: public posts about transport, from the board to a verified end.",
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for group in (up, collect, extract, understand, past, models, keep, backups, people, papers, outward):
    group.register(app)


def main() -> None:
    """Run the command; exit 0 only on success, one sentence on standard error otherwise, never a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    try:
        code = app(standalone_mode=False)
    except typer.Exit as done:
        code = done.exit_code
    except TyperException as wrong:
        code = _say(f"{_usage(wrong)} See `yidan --help`.", 2)
    except (KeyboardInterrupt, typer.Abort):
        code = _say("interrupted; run the same command again to go on.", 130)
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except Exception as error:  # noqa: BLE001 - the last door: a person gets a sentence, the trace goes to a file
        code = _say(
            str(error) if isinstance(error, Sentence) or known(error) else _outside(error) or _unknown(error), 1
        )
    _leave(code or 0)


def _leave(code: int) -> NoReturn:
    """End the program; after a failure without waiting for pools of processes.

    Their threads are waited for at the end, and one that reads what a process has half written when it was killed never ends.
    """
    if code and any(type(thread).__name__ == "_ExecutorManagerThread" for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(ValueError, OSError):  # closed, or nobody reads any more
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _usage(wrong: TyperException) -> str:
    """What is wrong with the words of the call, as typer says it, ended like a sentence."""
    said = getattr(wrong, "format_message", lambda: str(wrong))()
    return said if said.endswith((".", "?")) else f"{said}."


def _say(sentence: str, code: int) -> int:
    # One sentence, one line: what a library said may have brought line breaks along.
    sys.stderr.write(f"yidan: {' '.join(sentence.split())}\n")
    return code


# What stopped a command from outside, by the kind of `tracker.ledger.outage`: nothing is lost, and it can be run again.
_OUTAGES = {
    "full": "the disk is full: make room (`yidan doctor` says how much there is)",
    "read-only": "the disk or the store can only be read: mount it writable",
    "busy": "another program holds the store (a backup, a migration): wait for it",
    "gone": "the store does not answer: start it, or check DATABASE_URL and the disk",
}


def _outside(error: Exception) -> str:
    """The sentence of an outage; empty for anything else. Before Django is there, only a full or read-only disk can be told."""
    import errno

    if "django" in sys.modules:
        from tracker.ledger.outage import outage

        found = outage(error)
        kind = found.value if found else ""
    else:
        kind = {errno.ENOSPC: "full", errno.EROFS: "read-only"}.get(getattr(error, "errno", None) or 0, "")
    return f"{_OUTAGES[kind]}, then run the same command again; what was stored is whole." if kind else ""


def _unknown(error: Exception) -> str:
    """A failure nobody foresaw: the trace is kept where it can be sent from, the sentence says where."""
    home = Path(os.environ.get("YIDAN_HOME") or Path.home() / ".yidan")
    path = home / "last-error.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return f"{type(error).__name__}: {error}".replace("\n", " ")
    return f"an unexpected {type(error).__name__} stopped this command; {path} says where, please report it."
