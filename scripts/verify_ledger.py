#!/usr/bin/env python3
"""Verify an exported ledger with nothing but Python: `python3 verify_ledger.py ledger.jsonl [SEQ HASH]`.

Each line is one entry. Its hash is sha256(previous hash + canonical JSON of its other fields); the first follows 64 zeros.
SEQ and HASH are a head printed on a paper (such as a circular): the entry of that number must have that hash.
Exit code 0 when the chain holds, 1 with the first broken entry named, 2 when the file cannot be read.
"""

import json
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

FIELDS = ("seq", "at", "actor", "roles", "unit", "act", "subject", "from_state", "to_state", "reason", "data")


def first_break(lines: Iterable[bytes], seq: int, digest: str) -> str:
    """Say in one sentence what is wrong with the first broken entry; empty when the chain holds. `seq` 0: no printed head."""
    previous, count, wrong = "0" * 64, 0, ""
    for count, line in enumerate(lines, 1):
        entry = json.loads(line)
        if set(entry) != {*FIELDS, "previous", "hash"}:
            wrong = f"entry {count} does not have the fields of an entry"
        elif entry["seq"] != count:
            wrong = f"entry {count} is missing: the next one present is {entry['seq']}"
        elif entry["previous"] != previous:
            wrong = f"entry {count} does not follow entry {count - 1}"
        if wrong:
            return wrong
        content = {name: entry[name] for name in FIELDS}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        previous = sha256(previous.encode() + text.encode("utf-8", "replace")).hexdigest()
        if previous != entry["hash"]:
            return f"entry {count} has been changed"
        if count == seq and previous != digest:
            return f"entry {count} is not the one that was printed: the history has been rewritten"
    return f"entry {count + 1} is missing: entry {seq} was printed, the file ends at {count}" if seq > count else ""


def main(path: str, seq: str = "0", digest: str = "") -> int:
    """Verify, say the result and return the exit code."""
    try:
        with Path(path).open("rb") as file:
            broken = first_break(file, int(seq), digest)
    except (OSError, ValueError, TypeError) as error:
        sys.stderr.write(f"{path} cannot be read as an exported ledger: {error}\n")
        return 2
    sys.stdout.write(f"{broken or 'the chain holds'}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]) if sys.argv[1:] else __doc__)
