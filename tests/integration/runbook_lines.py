"""Commands of `yidan` one after the other in one process, so that a page of them takes seconds: JSON words in, JSON [code, output] out.

Each reads the same line where it asks for a password.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from tracker.cli import main

PASSWORD = "kiefer-am-hang-47"

if __name__ == "__main__":
    for words in [json.loads(line) for line in sys.stdin]:
        sys.argv, sys.stdin, said, code = ["yidan", *words], StringIO(f"{PASSWORD}\n"), StringIO(), 0
        with redirect_stdout(said), redirect_stderr(said):
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        sys.stdout.write(json.dumps([code, said.getvalue()], ensure_ascii=False) + "\n")
