"""What every test may use."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no defect: how long an example takes says nothing here.
settings.register_profile("yidan", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=8)  # of `make unit`, between two keystrokes
settings.load_profile(os.environ.get("YIDAN_PROFILE", "yidan"))
SHARED = Path(__file__).resolve().parents[2] / "shared"

# The folders whose single tests are longest, and the rest: begun last, one of them would leave every other worker idle.
LONGEST_FIRST = (
    "eval",
    "crash",
    "crawl",
    "bench",
    "integration",
    "upgrades",
    "api",
    "contract",
    "property",
    "component",
)


# The folders all of whose tests are about what a store holds.
STORED = ("api", "contract", "integration")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Folders in the order of their longest test; within a folder as they stand, that is shuffled.

    On PostgreSQL (DATABASE_URL) what asks no store has nothing to say, nor what is about another one.
    """
    on_server = os.environ.get("DATABASE_URL", "").startswith("postgres")
    others = [item for item in items if not (_on_server(item) if on_server else not item.get_closest_marker("server"))]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]
    rank = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(_folder(item), len(rank)))


def _on_server(item: pytest.Item) -> bool:
    elsewhere = item.get_closest_marker("embedded") or item.get_closest_marker("postgres")
    asks = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return not elsewhere and (_folder(item) in STORED or bool(asks))


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout: skipped loudly without it, a failure in CI."""
    if not (SHARED / "data").is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED} is absent: in CI the tests on real data must run")
        pytest.skip(f"{SHARED} is absent: tests on real data do not run here")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def _one_factor() -> None:
    """Tests log people in by their name: a second factor is asked for only where a test is about it."""
    from django.conf import settings

    settings.SECOND_FACTOR = "optional"


@pytest.fixture(autouse=True, scope="session")
def _flush_despite_the_ledger() -> Iterator[None]:
    """Let Django empty the tables after a `transaction=True` or live-server test, which the append-only triggers refuse.

    Tests only: the triggers go, the tables are flushed, the triggers and the rows that migrations make come back.
    """
    from django.apps import apps
    from django.db import connection
    from django.test import TransactionTestCase

    from tracker.ledger import triggers
    from tracker.ledger.models import Head

    shipped = [
        importlib.import_module(name)
        for name in (
            "tracker.risks.migrations.0002_deadlines",
            "tracker.notify.migrations.0002_ladder",
            "tracker.privacy.migrations.0002_rules",
        )
    ]
    flush = TransactionTestCase._fixture_teardown

    def flush_and_restore(self: TransactionTestCase) -> None:
        triggers.run(connection, triggers.DROP)
        flush(self)
        Head.objects.get_or_create(pk=1)
        for rows in shipped:
            rows.forwards(apps, None)
        triggers.run(connection, triggers.CREATE)

    with pytest.MonkeyPatch.context() as patch:
        # django.test.TestCase has its own teardown and never flushes.
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_and_restore)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Put SQLite's test store into a file: in memory, two connections at once do not behave as they do in service."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("store") / "test.sqlite3")
