"""Kill this process at a named point of the program, in the middle of a command, as a power cut would.

    python -m tests.crash.at [before|after] POINT [N] -- yidan COMMAND …

POINT is the dotted name of any function of the program or of what it stands on; the N-th call of it (the first, if not said) ends
the process with SIGKILL, before the call or after it. The program itself knows nothing of this: the function is replaced wherever
its name has been imported. The exit is 137 (or signal 9) when the point was reached.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import count
from typing import Any, Literal

Moment = Literal["before", "after"]


def located(name: str) -> tuple[Any, str]:
    """The module or class that holds the function called `name`, and its name there; LookupError when there is none."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            holder: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:-1]:
            holder = getattr(holder, part, None)
        if callable(getattr(holder, parts[-1], None)):
            return holder, parts[-1]
        break
    raise LookupError(f"there is no function {name}")


def arm(moment: Moment, name: str, nth: int = 1) -> None:
    """Let the `nth` call of `name` from now on be this process's last."""
    holder, attribute = located(name)
    original = getattr(holder, attribute)
    armed = _armed(original, moment, nth)
    setattr(holder, attribute, armed)
    for module in [*sys.modules.values()]:
        for key, value in [*getattr(module, "__dict__", {}).items()]:
            if value is original:
                setattr(module, key, armed)


def _armed(original: Callable[..., Any], moment: Moment, nth: int) -> Callable[..., Any]:
    calls = count(1)

    @wraps(original)
    def armed(*args: Any, **kwargs: Any) -> Any:
        last = next(calls) == nth
        if last and moment == "before":
            die()
        result = original(*args, **kwargs)
        if last:
            die()
        return result

    return armed


def die() -> None:
    """SIGKILL: nothing is closed, flushed or rolled back by us."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: Sequence[str]) -> None:
    """Arm the point, then be the command."""
    split = arguments.index("--")
    said, command = list(arguments[:split]), list(arguments[split + 1 :])
    moment: Moment = "after" if said[0] == "after" else "before"
    name, *rest = said[1:] if said[0] in ("before", "after") else said
    if command[:1] != ["yidan"]:
        raise SystemExit("say: python -m tests.crash.at [before|after] POINT [N] -- yidan COMMAND …")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django

    django.setup()
    arm(moment, name, int(rest[0]) if rest else 1)
    from tracker.cli import main as yidan

    sys.argv = command
    yidan()


if __name__ == "__main__":
    main(sys.argv[1:])
