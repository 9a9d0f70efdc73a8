"""A process that waits to lead and then acts ten times a second, run as `python -m tests.integration.leading`: says what it does."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime

import django

django.setup()

from django.db import close_old_connections

from tracker.jobs.leader import Deposed, Leadership, term_hold


def say(what: str) -> None:
    sys.stdout.write(f"{time.time()} {what}\n")
    sys.stdout.flush()


def act(term: int, over: threading.Event) -> None:
    while not over.wait(0.1):
        close_old_connections()
        try:
            term_hold(number=term, now=datetime.now(UTC))
        except Deposed:
            say(f"refused {term}")
        else:
            say(f"acts {term}")


class Acting:
    def begin(self, term: int) -> None:
        self.over = threading.Event()
        say(f"leads {term}")
        threading.Thread(target=act, args=(term, self.over), daemon=True).start()

    def end(self) -> None:
        self.over.set()
        say("ends")


if __name__ == "__main__":
    acting = Acting()
    Leadership(acting.begin, acting.end).start()
    say("waits")
    threading.Event().wait()
