"""What must hold of a source beyond the types of its keys: each check refuses with the key and the remedy.

A card that is not complete, an address that may not be reached, an expression that does not compile, paging that cannot advance.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import jmespath
from jmespath.exceptions import JMESPathError
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from crawlers.hours import span
from crawlers.sources import PostRules, Source
from crawlers.tables import WrongValueError

VOICE = "voice"  # what a card calls the counted, hashed voice among the fields taken
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
CONTACT = re.compile(
    r"(?:mailto:)?[\x21-\x7e]{1,64}@[\x21-\x3f\x41-\x7e]{1,190}\.[a-z]{2,24}|https?://[\x21-\x7e]{1,500}"
)


def _check_identity(source: Source) -> None:
    if not NAME.fullmatch(source.name):
        raise WrongValueError(f"name is {source.name!r}; use lower-case letters, digits and '-', at most 63.")
    try:
        ZoneInfo(source.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise WrongValueError(
            f"timezone {source.timezone!r} is not known; use a name such as Asia/Shanghai."
        ) from error
    if source.user_agent and not (source.user_agent.isascii() and source.card.contact in source.user_agent):
        raise WrongValueError(
            "user_agent must be ASCII and contain card.contact; add the contact, or leave the key out."
        )


def _check_card(source: Source) -> None:
    card = source.card
    for name in ("legal_basis", "fields_taken", "fields_refused", "contact"):
        if not getattr(card, name):
            raise WrongValueError(f"card.{name} is empty (a source without a complete card does not run); fill it in.")
    if card.retention_days <= 0:
        raise WrongValueError("card.retention_days must be a positive number of days; correct it.")
    if not CONTACT.fullmatch(card.contact):
        raise WrongValueError("card.contact must be an e-mail or web address in ASCII; it is sent in the User-Agent.")
    if (source.list.voice or source.post.voice) and VOICE not in card.fields_taken:
        raise WrongValueError(
            f"voice is given but card.fields_taken does not name {VOICE!r}; add it there, or leave it out."
        )
    if source.enabled and card.impact_assessment == "pending":
        raise WrongValueError(
            "enabled is true while card.impact_assessment is pending; enter the assessment's date first."
        )


def _check_delivered(source: Source) -> None:
    """What is brought to us has no address to fetch from."""
    for key, given in (("base_url", source.base_url), ("list", source.list.url), ("detail", source.detail)):
        if given and not source.crawled:
            raise WrongValueError(f"{key} is not used by {source.family}, whose posts are brought to us; remove it.")
        if not given and source.crawled and key != "detail":
            raise WrongValueError(f"{key} is missing; add it.")


def _check_browser(source: Source) -> None:
    if source.browser is None:
        return
    if source.family != "browser":
        raise WrongValueError(f"browser is not used by {source.family}; remove the table.")
    for host in source.browser.hosts:
        if not host or "/" in host or host != host.lower():
            raise WrongValueError(f"browser.hosts has {host!r}; write a host name in small letters, without https://.")
        if is_private(host) and host not in source.card.allow_private_hosts:
            raise WrongValueError(f"browser.hosts has the private host {host}; add it to card.allow_private_hosts.")


def _check_address(source: Source) -> None:
    if not source.crawled:
        return
    for key, url in (("base_url", source.base_url), ("list.url", source.list_url), ("page_url", source.page_url)):
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise WrongValueError(f"{key} {url!r} is not an http or https address; correct it.")
    if not source.host:
        raise WrongValueError(f"base_url {source.base_url!r} names no host; write it as https://host.")
    for key, url in (("list.url", source.list_url), ("detail.url", source.detail_url("1"))):
        if url and urlsplit(url).netloc != urlsplit(source.base_url).netloc:
            raise WrongValueError(f"{key} leaves the host of base_url; write it as a path.")
    if is_private(source.host) and source.host not in source.card.allow_private_hosts:
        raise WrongValueError(
            f"base_url points to the private host {source.host}; add it to card.allow_private_hosts if that is meant."
        )


def is_private(host: str) -> bool:
    """True for loopback, private, link-local and other addresses that are not on the public Internet, by name or number."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def _check_pace(source: Source) -> None:
    try:
        for text in source.pace.quiet:
            span(text)
    except ValueError as error:
        raise WrongValueError(f"pace.quiet: {error}; correct it.") from error
    for spec in dataclasses.fields(source.pace):
        if spec.name == "quiet":
            continue
        value, least = getattr(source.pace, spec.name), 0 if spec.name in ("delay", "retries", "max_wait") else 1
        if not least <= value < float("inf"):
            raise WrongValueError(f"pace.{spec.name} is {value}; it must be at least {least}.")


def _check_lookback(source: Source) -> None:
    for spec in dataclasses.fields(source.lookback):
        value = getattr(source.lookback, spec.name)
        if not 0 <= value < float("inf"):
            raise WrongValueError(f"lookback.{spec.name} is {value}; it must be at least 0.")
    if source.lookback.posts and source.needs_row:
        raise WrongValueError("lookback.posts is of no use where posts stand in the list itself; use lookback.pages.")


def _check_rules(source: Source) -> None:
    """Every expression compiles in the language of the family, and paging can advance."""
    rules = source.list
    if not source.crawled:
        return
    if source.family != "json_api" and source.detail:
        raise WrongValueError(
            f"detail is not used by {source.family}, which follows the links of the list; remove the table."
        )
    if source.family == "json_api":
        keys = [("list.rows", rules.rows), ("list.key", rules.key), ("list.cursor", rules.cursor)]
        _compile_all(jmespath.compile, "JMESPath", [*keys, *_shared(source)], (JMESPathError,))
        if bool(rules.cursor) != bool(rules.cursor_param) or bool(rules.page_param) == bool(rules.cursor_param):
            raise WrongValueError(
                "list needs either page_param, or cursor together with cursor_param; correct the paging."
            )
        if source.detail and "{key}" not in source.detail.url:
            raise WrongValueError("detail.url must contain {key}; write for example /detail?id={key}.")
        return
    keys = [("list.rows", rules.rows), ("list.link", rules.link), ("list.next", rules.next)]
    _compile_all(LexborHTMLParser("<p></p>").css, "CSS", [*keys, *_shared(source)], (SelectolaxError,))
    if source.family != "feed":
        _check_key_pattern(rules.key)


def _check_key_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise WrongValueError(f"list.key {pattern!r} is not a regular expression ({error}); correct it.") from error
    if groups != 1:
        raise WrongValueError(
            f"list.key {pattern!r} must have exactly one group, the post's key; write it in brackets."
        )


def _shared(source: Source) -> list[tuple[str, str]]:
    """The expressions that both families have, with their keys."""
    named = [(f"list.{name}", getattr(source.list, name)) for name in ("title", "published_at", "voice")]
    named += [("list.watch", expression) for expression in source.list.watch]
    posts = [f.name for f in dataclasses.fields(PostRules) if f.name not in ("text", "counts")]
    named += [(f"post.{name}", getattr(source.post, name)) for name in posts]
    return named + [(f"post.counts.{name}", expression) for name, expression in source.post.counts.items()]


def _compile_all(
    compiler: Callable[[str], Any],
    language: str,
    named: list[tuple[str, str]],
    wrong: tuple[type[Exception], ...],
) -> None:
    for key, expression in named:
        if not expression:
            continue
        try:
            compiler(expression)
        except wrong as error:
            raise WrongValueError(f"{key} {expression!r} is not valid {language}; correct it.") from error


def _check_complete(source: Source) -> None:
    rules, post = source.list, source.post
    if not source.crawled:
        return
    needed = {"list.rows": rules.rows, "list.key": rules.key, "post.body": post.body}
    optional = {
        "feed": set(needed),
        "sitemap": {"list.rows", "post.body"},
        "list_detail": {"post.body"},
        "browser": {"post.body"},
    }.get(source.family, set())
    for key, value in needed.items():
        if not value and key not in optional:
            raise WrongValueError(f"{key} is missing or empty; fill it in.")
    if not post.body and post != PostRules():
        raise WrongValueError(
            "post has keys but no post.body, without which none of them is used; add it or remove the table."
        )
    if post.body and source.family != "feed" and not (rules.title or post.title):
        raise WrongValueError("post.title (or list.title) is missing, so no post would have a title; add it.")


CHECKS = (
    _check_identity,
    _check_card,
    _check_delivered,
    _check_browser,
    _check_address,
    _check_pace,
    _check_lookback,
    _check_rules,
    _check_complete,
)
