"""Work orders of a hotline: rows of an export become posts, streamed, each wrong row set aside with its reason.

Only mapped columns are looked at, so a caller's name or number has no way in; what callers say of themselves in the text is masked
like everything else. Rows that are refused are written with their reason and the mapped columns only, masked too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from crawlers.causes import Cause
from crawlers.columns import Columns, missing
from crawlers.delivery import Delivery, delivery
from crawlers.masking import mask
from crawlers.pages.text import tidy
from crawlers.pages.times import parse_time
from crawlers.push import LONGEST_KEY, LONGEST_TEXT, LONGEST_TITLE, Wrong
from crawlers.records import FetchInfo, Post, Reply
from crawlers.reports import CrawlError, CrawlReport
from crawlers.sheets import Cells, Sheet, open_sheet
from crawlers.sources import Source

BATCH: Final = 1000
SERIALS: Final = (20_000, 80_000)  # days since 1900 that are dates of our time: 1954 to 2119
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the report of its source, rows read and taken, and where the refused ones stand."""

    report: CrawlReport
    rows: int
    accepted: int
    refused: int
    rejects: Path | None


@dataclass(slots=True)
class _Reader:
    """Turns rows of one sheet into posts; remembers numbers seen, so that one number for two things is noticed."""

    sheet: Sheet
    columns: Columns
    source: Source
    run: str
    now: datetime
    places: dict[str, int] = field(init=False)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {name: n for n, name in reversed(list(enumerate(self.sheet.header)))}

    def cell(self, cells: Cells, name: str) -> Any:
        place = self.places.get(name, -1) if name else -1
        return cells[place] if 0 <= place < len(cells) else None

    def text(self, cells: Cells, name: str) -> str:
        return tidy(words(self.cell(cells, name)))

    def when(self, cells: Cells, name: str) -> datetime | None:
        return moment(self.cell(cells, name), self.source, since_1904=self.sheet.since_1904)

    def post(self, number: int, cells: Cells) -> Post:
        """The post in one row, unmasked; Wrong when it is none."""
        columns = self.columns
        title = self.text(cells, columns.title).replace("\n", " ")[:LONGEST_TITLE]
        body = self.text(cells, columns.body)
        if not (title or body):
            raise Wrong("cell-empty", column=columns.body or columns.title)
        if len(body) > LONGEST_TEXT:
            raise Wrong("field-too-long", field=columns.body, n=len(body), limit=LONGEST_TEXT)
        places = [place for name in columns.place if (place := self.text(cells, name)) and place not in body]
        said = "\n".join([body or title, *([f"地点：{'，'.join(dict.fromkeys(places))}"] if places else [])])
        reply, when = self.text(cells, columns.reply), self.when(cells, columns.published_at)
        key = self._key(number, cells, f"{title}\x1f{said}\x1f{when}")
        answer = Reply(
            reply, self.text(cells, columns.reply_organisation), self.when(cells, columns.reply_published_at)
        )
        return Post(
            source=self.source.name,
            key=key,
            url=self.source.public_url(key, ""),
            title=title or body[:40],
            body=said,
            published_at=when,
            fetch=FetchInfo(self.now, "", self.run, 0),
            reply=answer if reply else None,
        )

    def _key(self, number: int, cells: Cells, said: str) -> str:
        if not self.columns.key:
            return sha256(said.encode()).hexdigest()[:32]
        key = self.text(cells, self.columns.key)
        if not key:
            raise Wrong("cell-empty", column=self.columns.key)
        if _SCIENTIFIC.fullmatch(key) or len(key) > LONGEST_KEY:
            raise Wrong("key-mangled", column=self.columns.key)
        first, digest = self.seen.setdefault(key, (number, hash(said)))
        if digest != hash(said):
            raise Wrong("key-twice", column=self.columns.key, n=first)
        return key


def words(value: Any) -> str:
    """A cell as text: whole numbers without a point, times in ISO form."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, datetime) else str(value)


def moment(value: Any, source: Source, *, since_1904: bool = False) -> datetime | None:
    """A cell as an aware time: a date, a number of days as spreadsheets count them, or words; None when it is none of these."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or source.zone).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), source.zone).astimezone(UTC)
    text = words(value).strip()
    try:
        days = float(text)
    except ValueError:
        return parse_time(text, source.zone)
    if not SERIALS[0] <= days + 1462 * since_1904 <= SERIALS[1]:
        return parse_time(text, source.zone)
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - its zone is given below
    return (start + timedelta(seconds=round(days * 86_400))).replace(tzinfo=source.zone).astimezone(UTC)


def take(
    file: BinaryIO,
    name: str,
    source: Source,
    columns_of: Callable[[Sequence[str]], Columns],
    *,
    spool: Path,
    state: Path,
    rejects: Path | None = None,
    now: datetime | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Imported:
    """Take every row of `file` into the spool, by the map that `columns_of` gives for its header; refused rows go to `rejects`, a .csv that is written only when there are any.

    CrawlError with one sentence when the file, the map or the source does not allow it; then nothing of it was taken, or what was
    taken before it broke off is known when the file comes again.
    """
    when = now or datetime.now(UTC)
    rows = 0
    with (
        open_sheet(file, name) as sheet,
        delivery(source, spool=spool, state=state, now=now) as door,
        _rejects(rejects) as reject,
    ):
        columns = columns_of(sheet.header)
        if lacking := missing(columns, sheet.header):
            has = "、".join(filter(None, sheet.header))
            raise CrawlError(f"{name} has no column {'、'.join(lacking)}, which the map names; it has {has}.")
        reader = _Reader(sheet, columns, source, door.run.name, when)
        while part := list(islice(sheet.rows, BATCH)):
            _take_part(part, reader, door, reject)
            rows += sum(any(cell not in (None, "") for cell in cells) for _, cells in part)
            if on_progress:
                on_progress(rows)
        report = door.finish()
    return Imported(report, rows, rows - door.refused, door.refused, rejects if door.refused else None)


Reject = Callable[[int, Cause, _Reader, Cells], None]


def _take_part(part: Sequence[tuple[int, Cells]], reader: _Reader, door: Delivery, reject: Reject) -> None:
    posts = []
    for number, cells in part:
        if all(cell in (None, "") for cell in cells):
            continue
        try:
            posts.append(reader.post(number, cells))
        except Wrong as wrong:
            door.refused += 1
            reject(number, wrong.cause, reader, cells)
    door.offer(posts)


@contextmanager
def _rejects(path: Path | None) -> Iterator[Reject]:
    """Writes refused rows as they come: number, reason, mapped columns masked, nothing that a spreadsheet would run."""
    file, writer = None, None

    def reject(number: int, why: Cause, reader: _Reader, cells: Cells) -> None:
        nonlocal file, writer
        if path is None:
            return
        if writer is None:
            file = path.open("w", encoding="utf-8-sig", newline="")
            writer = csv.writer(file)
            writer.writerow(["行号", "理由", *reader.columns.named])
        said = (mask(reader.text(cells, column))[:2000] for column in reader.columns.named)
        writer.writerow(
            [number, why.say("zh"), *(f"'{text}" if text[:1] in "=+-@\t" and text else text for text in said)]
        )

    try:
        yield reject
    finally:
        if file is not None:
            file.close()
