"""The self-check: proves on the live store what DOMAIN §5 promises, with counts and what to do; it changes nothing.

It names tables, columns and rows, never a value: the report of a leak must not be the next one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.models import CharField, JSONField, Model, TextField
from django.utils.translation import gettext as _

from crawlers.api import mask
from tracker.posts.erasing import off_the_sheet
from tracker.privacy.columns import ACTORS, FORBIDDEN, NOT_WORDS, OFFICE, PUBLIC, STAFF, UNFILLED
from tracker.privacy.models import What
from tracker.privacy.services import cutoff

PAGE_ROWS: Final = 20_000
GRACE: Final = timedelta(days=2)  # the job runs once a day
KEY_LIFE: Final = timedelta(days=7)
_FILES: Final = ("*.log", "*.txt", "spool/*.jsonl", "spool/damaged/*", "*.csv")
_READ: Final = 64 * 1024 * 1024
OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise: `well` when it holds, `count` of what was looked at or found, and what to do when it does not hold."""

    code: str
    well: bool
    count: int
    sentence: str
    todo: str = ""


def examine(
    *, home: Path, now: datetime, rows: int | None = None, on_progress: OnProgress | None = None
) -> list[Finding]:
    """Every promise, held against the store and the folder `home`; with `rows` only the newest of each column."""
    return [
        _no_author_columns(),
        _nothing_in_unfilled(),
        *_words(rows, on_progress or (lambda _done: None)),
        _files(home),
        _states(home),
        _retention(now),
        _voice_keys(home, now),
    ]


def kept(findings: list[Finding]) -> list[dict[str, Any]]:
    """As a row of `Check` keeps them."""
    return [asdict(finding) for finding in findings]


def _no_author_columns() -> Finding:
    found, looked = [], 0
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # The names only: Django's description of a table parses its whole schema on SQLite.
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608 - the store's own names
            for name, *_rest in cursor.description:
                looked += 1
                own = table.startswith(STAFF) or (table, name) in OFFICE
                if name.lower() in FORBIDDEN and not own:
                    found.append(f"{table}.{name}")
    said = _("{n} 列里没有一列存放作者").format(n=looked)
    return Finding(
        "author_columns", not found, looked, said if not found else _("这些列像是存放个人的：{names}").format(names="、".join(found)),
        "" if not found else _("删去这些列，并查清是谁加的"),
    )  # fmt: skip


def _nothing_in_unfilled() -> Finding:
    filled = 0
    with connection.cursor() as cursor:
        for table, column in UNFILLED:
            cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE {column} <> ''")  # noqa: S608 - our own constants
            filled += cursor.fetchone()[0]
    said = _("工作人员账号不含邮箱等多余信息") if not filled else _("有 {n} 个账号填了用不着的信息").format(n=filled)
    return Finding("unfilled", not filled, filled, said, "" if not filled else _("清空这些账号的邮箱和姓名列"))


def _columns() -> Iterator[tuple[type[Model], str, str]]:
    """(model, table, column) of every column in which words may stand."""
    for model in apps.get_models():
        table = model._meta.db_table  # noqa: SLF001 - Django's documented door
        if table.startswith(STAFF):
            continue
        for field in model._meta.concrete_fields:  # noqa: SLF001 - as above
            words = isinstance(field, CharField | TextField | JSONField) and not field.choices
            if words and field.column not in NOT_WORDS | ACTORS and (table, field.column) not in OFFICE:
                yield model, table, field.attname


def _words(rows: int | None, tell: OnProgress) -> list[Finding]:
    """Every text column, held against the patterns of the mask: what would still be masked should not be there."""
    seen: dict[bool, int] = {True: 0, False: 0}
    hits: dict[bool, list[str]] = {True: [], False: []}
    for model, table, column in _columns():
        public, found, first = table.startswith(PUBLIC), 0, 0
        for key, value in _values(model, column, rows):
            seen[public] += 1
            if unmasked(value):
                found, first = found + 1, first or key
            if seen[public] % 1000 == 0:
                tell(sum(seen.values()))
        if found:
            hits[public].append(
                _("{table}.{column} {n} 处（如第 {key} 行）").format(table=table, column=column, n=found, key=first)
            )
    return [_public(seen[True], hits[True]), _own(seen[False], hits[False])]


def _public(seen: int, hits: list[str]) -> Finding:
    if not hits:
        return Finding("public_words", True, seen, _("公众的话 {n} 处，没有电话、证件号、邮箱等").format(n=seen))
    todo = _("用 yidan privacy mask 重新遮盖，并把样式告诉维护者")
    return Finding(
        "public_words", False, seen, _("公众的话里还有像个人信息的内容：{places}").format(places="；".join(hits)), todo
    )


def _own(seen: int, hits: list[str]) -> Finding:
    if not hits:
        return Finding("own_words", True, seen, _("工作人员写的话 {n} 处，没有像个人信息的内容").format(n=seen))
    todo = _("逐条核对：单位的办公电话可以留，个人的请更正后补记")
    return Finding(
        "own_words",
        True,
        seen,
        _("工作人员写的话里有像电话、姓名的内容，请核对：{places}").format(places="；".join(hits)),
        todo,
    )


def _values(model: type[Model], column: str, rows: int | None) -> Iterator[tuple[Any, Any]]:
    every = model._default_manager.order_by("-pk").exclude(**{column: ""}).values_list("pk", column)  # noqa: SLF001
    yield from (every[:rows] if rows else every).iterator(chunk_size=2000)


def unmasked(value: Any) -> bool:
    """True when some text in `value` (a text, or what JSON holds) would still be masked."""
    if isinstance(value, str):
        return mask(value) != value
    if isinstance(value, dict):
        return any(unmasked(part) for name, part in value.items() if name not in NOT_WORDS | ACTORS)
    return isinstance(value, list) and any(unmasked(part) for part in value)


def _files(home: Path) -> Finding:
    hits, looked = [], 0
    for path in sorted({path for pattern in _FILES for path in home.glob(pattern) if path.is_file()}):
        looked += 1
        if any(unmasked(value) for value in _lines(path)):
            hits.append(str(path.relative_to(home)))
    if not hits:
        return Finding("files", True, looked, _("批次文件和日志 {n} 个，没有个人信息").format(n=looked))
    return Finding(
        "files",
        False,
        looked,
        _("这些文件里有像个人信息的内容：{names}").format(names="、".join(hits)),
        _("核对后删去这些文件"),
    )


def _lines(path: Path) -> Iterator[Any]:
    """The lines of a file; one of JSON as what it holds, so that keys and digests are not taken for numbers of people."""
    with path.open(encoding="utf-8", errors="replace") as file:
        read = 0
        for line in file:
            read += len(line)
            if read > _READ:
                return
            try:
                yield json.loads(line)
            except ValueError:
                yield line


def _states(home: Path) -> Finding:
    """What crawls remember of a source: no column of a person there either."""
    found, looked = [], 0
    for path in sorted((home / "state").rglob("*.sqlite*")):
        if path.name.endswith(("-wal", "-shm")):
            continue
        looked += 1
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            names = {row[1].lower() for table in tables for row in store.execute(f'PRAGMA table_info("{table}")')}
        found += [f"{path.name}.{name}" for name in sorted(names & FORBIDDEN)]
    said = _("{n} 个来源的抓取记录里没有作者").format(n=looked)
    return Finding(
        "states", not found, looked, said if not found else "、".join(found), "" if not found else _("删去这些列")
    )


def _retention(now: datetime) -> Finding:
    late = off_the_sheet(cutoff(What.POSTS, now) - GRACE).count()
    if not late:
        return Finding("retention", True, 0, _("没有超过保存期限的未列单原文"))
    todo = _("运行 yidan privacy expire，并检查后台任务 privacy 是否在运行")
    return Finding("retention", False, late, _("有 {n} 条未列单诉求的原文超过了保存期限").format(n=late), todo)


def _voice_keys(home: Path, now: datetime) -> Finding:
    """The key by which different voices are counted may not outlive its week; without it no hash can be made from a name again."""
    keys = [path for path in home.rglob("*.key") if path.name != "secret.key"]
    old = [path for path in keys if path.stat().st_mtime < (now - KEY_LIFE).timestamp()]
    if not keys:
        return Finding("voice_keys", True, 0, _("没有散列密钥在用，以前的都已销毁"))
    said = _("散列密钥 {n} 个，{old} 个已过一周").format(n=len(keys), old=len(old))
    return Finding("voice_keys", not old, len(keys), said, "" if not old else _("立即销毁过期的密钥"))
