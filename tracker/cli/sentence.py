"""Which exceptions already carry their sentence, and the readiness of the store before a command uses it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.env import Env


class Sentence(Exception):
    """A command that cannot go on; str() is what the user reads."""


# Looked up in modules that are loaded already: naming them here must not load Scrapy or Django for `--help`.
_CARRIERS = (
    ("crawlers.api", "CatalogueError"),
    ("crawlers.api", "CrawlError"),
    ("analysis.api", "ModelError"),
    ("analysis.api", "DataError"),
    ("tracker.env", "EnvironmentUnusable"),
    ("tracker.backup.errors", "BackupRefused"),
    ("tracker.accounts.services", "AccountRefused"),
    ("tracker.intake.services", "IntakeBusy"),
    ("tracker.intake.push", "PushRefused"),
    ("tracker.intake.maps", "MapRefused"),
    ("tracker.learning.errors", "LearningRefused"),
    ("tracker.ledger.services", "HeadMissing"),
    ("tracker.outward.hooks", "HookRefused"),
    ("tracker.outward.writeback", "NothingToSend"),
    ("tracker.posts.services", "VerdictRefused"),
    ("tracker.privacy.services", "PrivacyRefused"),
    ("tracker.posts.statements", "StatementRefused"),
    ("tracker.reports.periods", "BadPeriod"),
    ("tracker.reports.render.carried", "BadPaper"),
    ("tracker.reports.services", "UnknownFormat"),
    ("tracker.reports.mail", "MailRefused"),
    ("tracker.reports.templates", "BadTemplate"),
    ("tracker.reports.slips", "NoSlip"),
    ("tracker.risks.replay", "Unlawful"),
    ("tracker.risks.errors", "Refused"),
    ("tracker.risks.deadlines", "NoRule"),
)


def known(error: Exception) -> bool:
    """True when str(error) is already the sentence for the user."""
    classes = [getattr(sys.modules.get(module), name, None) for module, name in _CARRIERS]
    return isinstance(error, tuple(c for c in classes if isinstance(c, type)))


def home() -> Env:
    """The environment with its data folder made and writable."""
    from tracker import env as environment

    env = environment.read()
    environment.prepare_home(env)
    return env


def store() -> Env:
    """The environment with Django ready and the store's schema current.

    A store that does not exist yet is made. One that is older or newer than this program is refused untouched: only
    `yidan up` migrates, so that no report or intake changes a schema in passing.
    """
    env = home()
    import django

    django.setup()
    from tracker.cli.schema import SchemaState, create, schema_state

    state, detail = schema_state()
    if state is SchemaState.EMPTY:
        create(env.home)
    elif state is SchemaState.OLDER:
        raise Sentence(
            f"the store lacks {detail}: its schema is older than this program; back it up, then run `yidan up` once, which migrates it."
        )
    elif state is SchemaState.NEWER:
        raise Sentence(
            f"the store has {detail}, which this program does not know: install the newer version of yidan that made it."
        )
    return env
