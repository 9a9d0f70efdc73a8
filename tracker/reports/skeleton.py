"""What every paper of a period has around its sections: title, draft mark, status, ledger head. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tracker.reports.definitions import CURRENT
from tracker.reports.frame import Frame
from tracker.reports.paper import SCHEMA, Json, Section
from tracker.reports.wording import full_day, local


def skeleton(
    kind: str, title: str, view: Frame, as_of: datetime, sections: Sequence[Section], annex: Sequence[Section] = ()
) -> Json:
    """The content of a paper of `view.period`; one of an unfinished period says that it is no official paper."""
    return {
        "schema": SCHEMA,
        "definitions": CURRENT,
        "kind": kind,
        "period": view.period.name,
        "title": title,
        "subtitle": view.period.label(),
        "status": "final" if view.finished else "interim",
        "notice": "" if view.finished else _interim(view),
        "since": view.period.since.isoformat(),
        "until": view.until.isoformat(),
        "draft": {"mark": "代拟稿", "year": local(as_of).year, "date": full_day(as_of)},
        "sections": [section.to_dict() for section in sections],
        "annex": [part.to_dict() for part in annex if any(block["rows"] for block in part.blocks)],
        "ledger": {"seq": view.facts.head.seq, "hash": view.facts.head.hash},
    }


def _interim(view: Frame) -> str:
    return f"{view.this}尚未结束，以下为截至{local(view.until):%m月%d日%H:%M}的数据，仅供参考，不作正式文件。"
