"""A renderer in a process of its own: typesetting a .pdf takes longer than all other formats together, and a second core stands idle.

`python -m tracker.reports.render.apart FORMAT` reads a paper's content from its standard input and writes the file to its standard
output; it loads its packages before it reads. It needs neither settings nor store, and ends when whoever asked is gone.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module

from tracker.reports.paper import Json

UNUSABLE = 3  # the exit status that says why on standard error


class Apart:
    """A renderer that waits for its paper."""

    def __init__(self, child: subprocess.Popen[bytes], thread: ThreadPoolExecutor) -> None:
        self._child = child
        self._thread = thread

    def render(self, content: Json) -> Future[bytes]:
        """The file's bytes, some time; OSError, one sentence, when the machine lacks what the renderer stands on."""
        return self._thread.submit(self._bytes, json.dumps(content).encode())

    def _bytes(self, content: bytes) -> bytes:
        body, said = self._child.communicate(content)
        if self._child.returncode == UNUSABLE:
            raise OSError(said.decode(errors="replace").strip())
        if self._child.returncode:
            raise RuntimeError(
                f"the renderer ended with status {self._child.returncode}: {said.decode(errors='replace')[-2000:]}"
            )
        return body


@contextmanager
def apart(name: str) -> Iterator[Apart]:
    """The renderer `name` on its own; it ends with the block, whatever happens in it."""
    command = [sys.executable, "-m", __name__, name]
    pipe = subprocess.PIPE
    # In a group of its own: Ctrl-C is ours to hear, and the child ends with the block.
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, process_group=0) as child,  # noqa: S603 - our own module
        ThreadPoolExecutor(1) as thread,
    ):
        try:
            yield Apart(child, thread)
        finally:
            child.kill()


def main() -> int:
    """Render one paper."""
    from tracker.reports.render import RENDERERS

    gc.disable()  # one paper and this process is gone: looking for garbage took a tenth to a fifth of its time and found 2 MB less
    try:
        if sys.argv[1] == "pdf":
            import_module("weasyprint")  # takes a second, which passes while the paper is computed
        content = json.loads(sys.stdin.buffer.read())
        sys.stdout.buffer.write(RENDERERS[sys.argv[1]](content))
        sys.stdout.buffer.flush()
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
