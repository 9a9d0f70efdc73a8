"""What the page of one source shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from crawlers.api import CatalogueError, Source, read_evidence, read_robots, test_source
from crawlers.records import Post
from tracker.intake.known import known_sources
from tracker.intake.selectors import coverage, runs_of
from tracker.web.access import may_open
from tracker.web.middleware import DeskRequest

RUNS = 20
MINUTE = 60


def known(name: str) -> Source:
    """The source called `name`, or 404; of a catalogue that cannot be read, none is known."""
    try:
        return known_sources()[name]
    except (KeyError, CatalogueError) as error:
        raise Http404 from error


def source_context(request: DeskRequest, name: str) -> dict[str, Any]:
    """State, card and runs of one source, and what this person may do with it."""
    source = known(name)
    return {
        "source": source,
        "health": coverage({name: source}, request.now).sources[0],
        "card": _card(source),
        "runs": runs_of(name, RUNS),
        "robots": read_robots(name, settings.ENV.crawl_state),
        "may_edit": may_open("sources-card", request.actor),
        "may_test": source.crawled and may_open("sources-test", request.actor),
        "may_crawl": source.crawled and source.enabled and may_open("sources-crawl", request.actor),
        "may_import": source.family == "hotline" and may_open("sources-import", request.actor),
    }


def _card(source: Source) -> list[tuple[str, str]]:
    card, pace, joint = source.card, source.pace, _("、")
    minutes = _("{n:g} 分钟").format(n=round(pace.every / 60, 1))
    every = minutes if pace.every >= MINUTE else _("{n:g} 秒").format(n=pace.every)
    return [
        (_("法律依据"), card.legal_basis),
        (_("影响评估"), _("待评估") if card.impact_assessment == "pending" else str(card.impact_assessment)),
        (_("采集的字段"), joint.join(card.fields_taken)),
        (_("不采集的字段"), joint.join(card.fields_refused)),
        (_("原文保留"), _("{days} 天").format(days=card.retention_days)),
        (_("联系方式（随请求发送）"), card.contact),
        (_("地址"), source.base_url or _("由对方送来")),
        (_("间隔"), every),
        (_("静默时段"), joint.join(pace.quiet) or _("无")),
        (_("每天最多请求"), str(pace.budget) if source.crawled else "—"),
    ]


def tried(name: str) -> list[Post]:
    """What a crawl of `name` would take from its first page, masked; CrawlError with the sentence when it would take nothing."""
    return test_source(name, catalogue=[settings.ENV.catalogue])


def kept_page(source: str, run: str) -> str:
    """The kept outline of a page; empty when there is none here."""
    return read_evidence(f"{source}/{run}.txt", settings.ENV.crawl_state)
