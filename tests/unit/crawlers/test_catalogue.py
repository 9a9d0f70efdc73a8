"""A catalogue is refused with one sentence that names file, key and remedy, or it is right."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from crawlers.api import CatalogueError, choose, problems, sources
from crawlers.catalogue import read
from crawlers.checks import is_private

Write = Callable[..., Path]
JSON = [
    ('family = "list_detail"', 'family = "json_api"'),
    ('rows = "ul.list li"', 'rows = "data.rows"\npage_param = "page"'),
    ("key = '/d/(\\d+)\\.html'", 'key = "id"'),
    ('next = "a.next"', ""),
    ('title = "h1"\nbody = ".content"', 'title = "title"\nbody = "content"'),
]


def test_the_example_is_right(catalogue_file: Write) -> None:
    source = read(catalogue_file())
    assert (source.name, source.enabled, source.pace.concurrency) == ("ferry-board", False, 1)
    assert source.list_url == "https://ferry.example.org/list?page=1"
    assert source.agent.endswith("contact: yidan@example.org)")
    assert read(catalogue_file(*JSON)).family == "json_api"


CARD_KEYS = ["legal_basis", "impact_assessment", "fields_taken", "fields_refused", "retention_days", "contact"]


@pytest.mark.parametrize("key", CARD_KEYS)
def test_a_card_without_a_field_does_not_load(catalogue_file: Write, key: str) -> None:
    path = catalogue_file()
    path.write_text(re.sub(rf"(?m)^{key} = .*$", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"ferry\.toml: card\.{key} is missing .*; add it\."):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[list]", "[list]\ncolour = 1", "unknown key list.colour"),
        ('name = "ferry-board"', 'name = "ferry-board"\nauthor = "x"', "unknown key author"),
        ('name = "ferry-board"', 'name = "Ferry Board"', "lower-case letters"),
        ("[card]", "[cart]", "unknown key cart"),
        ("[list]", '[list]\nvoice = ".nick"', "card.fields_taken does not name 'voice'"),
        ('rows = "ul.list li"', 'rows = "ul.list li["', "list.rows 'ul.list li[' is not valid CSS"),
        ('body = ".content"', 'body = "::"', "post.body '::' is not valid CSS"),
        ("key = '/d/(\\d+)\\.html'", "key = '/d/('", "not a regular expression"),
        ("key = '/d/(\\d+)\\.html'", "key = '/d/'", "exactly one group"),
        ('family = "list_detail"', 'family = "telepathy"', "which is not 'json_api' or 'list_detail'"),
        (
            "retention_days = 180",
            'retention_days = "long"',
            "card.retention_days is 'long', which is not a whole number",
        ),
        ("retention_days = 180", "retention_days = true", "card.retention_days is True"),
        ("retention_days = 180", "retention_days = 0", "positive number of days"),
        ('fields_taken = ["title", "body"]', 'fields_taken = "title"', "which is not a list of text"),
        ('fields_taken = ["title", "body"]', "fields_taken = []", "card.fields_taken is empty"),
        ("impact_assessment = 2026-10-01", 'impact_assessment = "soon"', "a date or 'pending'"),
        ('contact = "yidan@example.org"', 'contact = "电话联系"', "card.contact must be"),
        ('base_url = "https://ferry.example.org"', 'base_url = "ftp://ferry.example.org"', "not an http or https"),
        ('base_url = "https://ferry.example.org"', 'base_url = "http://127.0.0.1:8899"', "private host 127.0.0.1"),
        ('base_url = "https://ferry.example.org"', 'base_url = "http://localhost"', "private host localhost"),
        ('url = "/list?page=1"', 'url = "https://other.example.org/"', "leaves the host"),
        ('title = "h1"\n', "", "post.title"),
        ('title = "渡口留言板"', 'title = "渡口留言板"\ntimezone = "Mars/Olympus"', "timezone"),
        ('title = "渡口留言板"', 'title = "渡口留言板"\nuser_agent = "Mozilla"', "contain card.contact"),
        ("[list]", "[pace]\nconcurrency = 0\n[list]", "pace.concurrency is 0"),
        ("[list]", "[detail]\nurl = '/d/{key}'\n[list]", "detail is not used"),
        ("[card]", "[card", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(catalogue_file: Write, old: str, new: str, said: str) -> None:
    path = catalogue_file((old, new))
    with pytest.raises(CatalogueError) as caught:
        read(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert said in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('rows = "data.rows"', 'rows = "data.[rows"', "list.rows 'data.[rows' is not valid JMESPath"),
        ('page_param = "page"', "", "either page_param, or cursor"),
        ('page_param = "page"', 'page_param = "page"\ncursor = "id"', "either page_param, or cursor"),
        ("[post]", "[detail]\nurl = '/detail'\n[post]", "must contain {key}"),
    ],
)
def test_what_is_wrong_in_a_json_source_is_named(catalogue_file: Write, old: str, new: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(said)):
        read(catalogue_file(*JSON, (old, new)))


def test_a_pending_assessment_can_be_described_but_not_enabled(catalogue_file: Write) -> None:
    pending = ("impact_assessment = 2026-10-01", 'impact_assessment = "pending"')
    assert read(catalogue_file(pending)).card.impact_assessment == "pending"
    with pytest.raises(CatalogueError, match="enter the assessment's date first"):
        read(catalogue_file(pending, ('title = "渡口留言板"', 'title = "渡口留言板"\nenabled = true')))


def test_a_private_host_is_allowed_by_the_card(catalogue_file: Write) -> None:
    allowed = ('contact = "yidan@example.org"', 'contact = "yidan@example.org"\nallow_private_hosts = ["127.0.0.1"]')
    source = read(catalogue_file(allowed, ("https://ferry.example.org", "http://127.0.0.1:8899")))
    assert (source.host, source.root) == ("127.0.0.1", "http://127.0.0.1:8899")


def test_a_file_takes_the_place_of_a_shipped_one(catalogue_file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = catalogue_file().parent / "shipped"
    shipped.mkdir()
    (shipped / "ferry.toml").write_text(catalogue_file().read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr("crawlers.catalogue.SHIPPED", shipped)
    own = catalogue_file(('title = "渡口留言板"', 'title = "渡口留言板"\nenabled = true'))
    assert not sources()["ferry-board"].enabled
    assert sources(own)["ferry-board"].enabled
    assert sources(shipped=False) == {}


def test_a_name_used_twice_is_refused(catalogue_file: Write) -> None:
    folder = catalogue_file(name="a.toml").parent
    catalogue_file(name="b.toml")
    with pytest.raises(CatalogueError, match="used twice"):
        sources(folder, shipped=False)
    with pytest.raises(CatalogueError, match="used twice"):
        sources(folder / "a.toml", folder / "b.toml", shipped=False)


def test_every_wrong_file_is_listed(catalogue_file: Write) -> None:
    folder = catalogue_file(("[list]", "[list]\nx = 1"), name="a.toml").parent
    catalogue_file(("[post]", "[post]\ny = 1"), name="b.toml")
    catalogue_file(name="c.toml")
    (folder / "d.toml").write_bytes(b"\xff\xfe")
    found = problems(folder, folder / "absent", shipped=False)
    assert [re.search(r"(\w+)(\.toml|:)", one)[1] for one in found] == ["a", "b", "d", "absent"]  # type: ignore[index]


def test_unknown_names_and_none(catalogue_file: Write) -> None:
    path = catalogue_file()
    with pytest.raises(CatalogueError, match=r"There is no source 'x'; the catalogue has .*ferry-board"):
        choose(["x"], catalogue=[path])
    assert [source.name for source in choose(["ferry-board", "ferry-board"], catalogue=[path])] == ["ferry-board"]
    assert choose([], catalogue=[path]) == []
    with pytest.raises(CatalogueError, match="no such catalogue"):
        choose([], catalogue=[path.parent / "nowhere"])


def test_shipped_sources_are_right_and_off() -> None:
    shipped = sources()
    assert len(shipped) >= 3
    assert problems() == []
    assert not any(source.enabled for source in shipped.values())


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("169.254.169.254", True),
        ("::1", True),
        ("localhost", True),
        ("db.internal", True),
        ("8.8.8.8", False),
        ("ferry.example.org", False),
    ],
)
def test_private_hosts(host: str, private: bool) -> None:
    assert is_private(host) is private
