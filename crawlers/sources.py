"""What a source is: an address, a card that says why it may be read, and where on its pages the facts stand.

A source is data, never code: one frozen record per TOML file (docs/sources.md explains each key). There is no key that takes an
author: `voice` says where a name stands so that different voices can be counted, and only its hash leaves the parser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

Family = Literal["json_api", "list_detail", "feed", "sitemap", "browser", "push", "hotline"]
DELIVERED = ("push", "hotline")  # families that are brought to us; the others are crawled
Method = Literal["GET", "POST"]
BodyKind = Literal["none", "json", "form"]
TextKind = Literal["text", "html"]
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Card:
    """Why and how this source may be collected; a source without a complete card does not run.

    `impact_assessment` is the date of the assessment the data rules ask for (网络数据安全管理条例 art. 18), or "pending",
    with which a source can be described and tested but not enabled. `contact` (e-mail or web address, ASCII) is sent to the board in
    the User-Agent. `allow_private_hosts` lists loopback or private hosts that this source may reach on purpose.
    """

    legal_basis: str
    impact_assessment: date | Literal["pending"]
    fields_taken: tuple[str, ...]
    fields_refused: tuple[str, ...]
    retention_days: int
    contact: str
    allow_private_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard a source may be asked: by default one request at a time, a second apart, and never without an end.

    Seconds for `delay`, `timeout` (one request), `max_seconds` (one run), `max_wait` (the longest Retry-After that is
    waited for) and `every` (between the starts of two scheduled runs); `retries` per request; `max_pages` list pages a run;
    `max_bytes` a response, after decompression too; `budget` requests a day; no request in the `quiet` hours ("22:00-06:00").
    """

    every: float = 900.0
    concurrency: int = 1
    delay: float = 1.0
    timeout: float = 30.0
    retries: int = 2
    max_wait: float = 60.0
    max_pages: int = 2000
    max_seconds: float = 3600.0
    max_bytes: int = 8_000_000
    budget: int = 20_000
    quiet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListRules:
    """Where the list stands and how its rows are read: JMESPath for `json_api`, CSS for `list_detail`.

    JSON pages by number put the page into `page_param`; pages by cursor put `cursor` of the last row into `cursor_param`.
    HTML lists follow `next`, and `key` is a regular expression with one group applied to the link's address. A `feed` needs only
    its `url`; a `sitemap` also the `key` pattern, which picks the pages that are posts.
    `watch` are further row values (counts of answers, a state) whose change means that the post is to be read again.
    `voice` is where the row shows who wrote it: it is hashed at once (`crawlers.voices`).
    """

    url: str
    rows: str = ""
    key: str = ""
    method: Method = "GET"
    body: BodyKind = "none"
    params: Mapping[str, Scalar] = field(default_factory=dict)
    page_param: str = ""
    first_page: int = 1
    cursor_param: str = ""
    cursor: str = ""
    next: str = ""
    link: str = "a"
    title: str = ""
    published_at: str = ""
    watch: tuple[str, ...] = ()
    voice: str = ""


@dataclass(frozen=True, slots=True)
class DetailRules:
    """The address of one post's own page; `{key}` stands for the post's key. HTML lists link it, so there it may be empty."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class LookBack:
    """A slow second look for what boards change in silence: late rows deep in the list, edited texts, deleted posts.

    At most once in `hours` for a post or the list; `pages` list pages beyond the first known one; `posts` pages of posts a run,
    longest unchecked first, of those seen in the last `days`. Zero `pages` and `posts`, the default, is no second look.
    """

    pages: int = 0
    posts: int = 0
    hours: float = 24.0
    days: float = 30.0


@dataclass(frozen=True, slots=True)
class BrowserRules:
    """For `browser`: whether posts' pages too need a browser, and which further hosts a page may ask, such as its board's API."""

    posts: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostRules:
    """Where the facts of a post stand: on its own page, or in its row for a JSON list without `detail` and a feed without `body`.

    Without `body`, pages of a `list_detail` or `sitemap` source are read by where their main text is, and no other key is used.
    """

    body: str = ""
    title: str = ""
    published_at: str = ""
    text: TextKind = "html"
    reply: str = ""
    reply_organisation: str = ""
    reply_published_at: str = ""
    voice: str = ""
    counts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One board, as described by one catalogue file; `name` is its identity in posts, state files and reports."""

    name: str
    title: str
    family: Family
    card: Card
    base_url: str = ""
    list: ListRules = field(default_factory=lambda: ListRules(""))
    post: PostRules = field(default_factory=PostRules)
    detail: DetailRules | None = None
    pace: Pace = field(default_factory=Pace)
    lookback: LookBack = field(default_factory=LookBack)
    browser: BrowserRules | None = None
    enabled: bool = False
    page_url: str = ""
    timezone: str = "Asia/Shanghai"
    user_agent: str = ""

    @property
    def crawled(self) -> bool:
        """True when we fetch its posts; False when they are brought: pushed, or imported from a file."""
        return self.family not in DELIVERED

    @property
    def host(self) -> str:
        """The host name without port, lower case."""
        return (urlsplit(self.base_url).hostname or "").lower()

    @property
    def root(self) -> str:
        """Scheme and host with port, without a slash at the end."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times that the pages give without one."""
        return ZoneInfo(self.timezone)

    @property
    def agent(self) -> str:
        """The User-Agent header: who is asking and where to complain."""
        return self.user_agent or f"yidan/0.1 (reads public posts about transport; contact: {self.card.contact})"

    @property
    def needs_row(self) -> bool:
        """True when a post cannot be fetched without its list row, since its own page lacks the title or the time."""
        if (self.family == "json_api" and self.detail is None) or (self.family == "feed" and not self.post.body):
            return True
        if self.family == "sitemap" or (self.family in ("list_detail", "browser") and not self.post.body):
            return False
        return not self.post.title or (bool(self.list.published_at) and not self.post.published_at)

    @property
    def list_url(self) -> str:
        """Absolute address of the list."""
        return urljoin(self.base_url, self.list.url)

    def detail_url(self, key: str) -> str:
        """Absolute address of the page that a JSON source's post is read from; empty when posts stand in the list."""
        return urljoin(self.base_url, self.detail.url.replace("{key}", key)) if self.detail else ""

    def public_url(self, key: str, fetched: str) -> str:
        """The page a person can open for this post: `page_url`, or the address that was `fetched`."""
        return self.page_url.replace("{key}", key) if self.page_url else fetched
