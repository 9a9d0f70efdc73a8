"""A child that ends when its parent is gone: after `kill -9` of `yidan up` no orphan keeps the port or the spool's lock."""

from __future__ import annotations

import os
import signal
import threading
import time

EVERY = 0.5


def follow_parent() -> None:
    """End this process (SIGTERM, then exit) within a second of its parent's death; call it in the child.

    A thread that looks, rather than PR_SET_PDEATHSIG: that follows the thread that started the child, not the process.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(EVERY)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
