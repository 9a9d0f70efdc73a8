"""Which definitions a paper was computed by, pure: a figure can change because what it counts was defined anew, and says so.

Whoever changes what a figure counts adds a version here with the clause that names the change; a paper carries the number.
"""

from __future__ import annotations

from typing import Final

from tracker.reports.paper import Json

# {version: what it counts otherwise than the one before}. A paper without a number is of version 1.
CHANGED: Final[dict[int, str]] = {
    2: "“按期”自本版起以期限内申请销号、未被发回为准（此前以期限内销号为准），期限内已申请、待核查的不算逾期，也不计应结",
    3: "台账附件自本版起写经办的角色，不写用户名",
    4: "研判件次和误报率自本版起不计期末前已撤回的研判",
}
CURRENT: Final = max(CHANGED)


def version_of(content: Json) -> int:
    """The version of the definitions that `content` was computed by."""
    return int(content.get("definitions", 1))


def redefined(version: int) -> str:
    """Which definitions have changed since `version`, as one sentence; empty when none has."""
    since = [what for number, what in sorted(CHANGED.items()) if number > version]
    return f"本文按口径第{version}版写成，现行口径为第{CURRENT}版：{'；'.join(since)}" if since else ""
