"""A paper as .pdf: the HTML of the same content on the page of GB/T 9704, with bookmarks, real text and charts as vectors.

The fonts of the standard are used where the machine has them and installed CJK fonts where not; the foot says so. Nothing is
fetched: the page holds everything it shows.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from tracker.reports.paper import Json
from tracker.reports.render.carried import in_pdf
from tracker.reports.render.html import Reading, article, heading

STYLE = Path(__file__).with_name("print.css")
# Rows of a table that a .pdf prints: a page of fifteen takes a fifth of a second and three megabytes. The other formats hold them all.
MOST_ROWS = 1_000
FONTS = "版式字体为仿宋_GB2312、方正小标宋简体、楷体_GB2312、黑体；生成本文的机器没有的，以已安装的中文字体代替。"


def render(content: Json) -> bytes:
    """The bytes of the .pdf; ImportError without the package `weasyprint`."""
    return bytes(typeset(content).write_pdf(finisher=lambda _pages, pdf: in_pdf(pdf, content)))


def typeset(content: Json) -> Any:
    """The laid-out pages, before they are written."""
    weasyprint: Any = import_module("weasyprint")
    page = (
        f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{heading(content)}</title></head><body>'
        f"{article(content, Reading(lambda _key: None, opens=False, colophon=FONTS, most=MOST_ROWS))}</body></html>"
    )
    style = weasyprint.CSS(string=STYLE.read_text(encoding="utf-8"))
    return weasyprint.HTML(string=page, url_fetcher=_refuse).render(stylesheets=[style])


def _refuse(url: str, *_rest: Any, **_more: Any) -> NoReturn:
    raise ValueError(f"a paper holds everything it shows, it does not fetch {url}")
