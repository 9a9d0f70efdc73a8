"""Finds the main text of a page nobody has written selectors for: where sentences are, and links and boilerplate are not.

Each block's own sentences (characters outside links, punctuation weighing more) count for its parent and half for the one above; the
heaviest block is the body. What names itself as navigation, comments, sharing and the like is taken out first, and what still reads as
boilerplate is left out line by line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from crawlers.pages.text import BLOCKS, SILENT, node_text

_DROP_TAGS: Final = (
    "script,style,noscript,template,iframe,form,nav,footer,aside,button,select,textarea,svg,figcaption,video,audio"
)
_DROP_NAME: Final = re.compile(
    r"(?:^|[\s_\-])(?:comment|cmt|tie|reply|recommend|recomm|relat|sidebar|side|footer|foot|share|copyright|statement|declare|disclaimer"
    r"|breadcrumb|crumb|advert|ads?|hot|rank|nav|menu|qr|qrcode|ewm|download|toolbar|tool|print|keyword|tags?|prev|next|pager|login"
    r"|popup|dialog|modal|tip|tips|feedback|report|like|praise|subscribe|caption|img[-_]?desc|pic[-_]?desc|tuijian|xiangguan|pinglun"
    r"|fenxiang|remen|guanggao|shengming)"
    r"(?:s|ed|ation|ations|list|box|wrap|area|bar|con|content|info|module|mod|block|s?)?(?:$|[\s_\-\d])",
    re.IGNORECASE,
)
_MARK: Final = re.compile(r"[，。！？；：、“”]")
_BOILERPLATE: Final = re.compile(
    r"责任编辑|责编[:：]|版权所有|未经授权|特别声明|免责声明|本文来源[:：]|转载请注明|扫描二维码|扫一扫|点击进入|更多(?:精彩|原创|资讯)|返回.{0,8}首页|原标题[:：]|下载.{0,8}客户端"
    r"|关注.{0,12}公众号|打印本页|关闭窗口|分享到|网友评论|仅供.{0,10}参考|不代表.{0,12}(?:观点|立场)|相关(?:阅读|新闻|链接)|上一篇|下一篇|图片来源|声明[:：]"
    r"|当前位置|延伸阅读|举报|字号"
)
_TAIL: Final = re.compile(
    r"^.{0,6}(?:相关(?:推荐|阅读|新闻|文章|链接)|推荐阅读|延伸阅读|猜你喜欢|热门(?:推荐|评论|文章|新闻)|(?:全部|网友|最新|热门)?评论\s*[(（\d]"
    r"|返回.{0,8}首页|.{0,16}查看更多$|更多(?:推荐|新闻|文章)|为您推荐|我要评论|发表评论)"
)
TAIL: Final = 24  # characters: the longest line that may announce what follows the article
ENOUGH: Final = 150  # characters of article before such a line
SENTENCE: Final = 8  # characters: a shorter text is a label
LINKS: Final = 0.6  # share of a block's text in links above which it is a list of links
SHORT: Final = 120  # characters: a longer line is a paragraph even if it speaks of a declaration
LIGHT: Final = 0.4  # share of a page's text above which a block is no ornament, whatever its name


def main_text(tree: Any) -> str:
    """The body of a parsed page as lines; empty when no block holds sentences. The tree is changed."""
    root = tree.body
    if root is None:
        return ""
    _take_out(root)
    best = _heaviest(root)
    return "" if best is None else _lines(best)


def _take_out(root: Any) -> None:
    """Remove what is never body, by tag, and by a telling name unless it holds much of the page's text."""
    for node in root.css(_DROP_TAGS):
        node.decompose()
    total = len(root.text(deep=True)) or 1
    for node in root.css("[class],[id]"):
        if node.parent is None or node.tag in ("body", "html"):
            continue
        names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
        if _DROP_NAME.search(names) and len(node.text(deep=True)) < LIGHT * total:
            node.decompose()


def _weight(text: str) -> float:
    return len(text) + 8 * len(_MARK.findall(text))


def _heaviest(root: Any) -> Any:
    scores: dict[int, float] = defaultdict(float)
    nodes: dict[int, Any] = {}
    for block, text in _own_texts(root):
        for heir, share in _heirs(block):
            nodes[heir.mem_id] = heir
            scores[heir.mem_id] += _weight(text) * share
    return nodes[max(scores, key=lambda key: scores[key])] if scores else None


def _heirs(block: Any) -> Iterator[tuple[Any, float]]:
    """The blocks a sentence counts for: those around its paragraph; a sentence without one may stand in a paragraph's stead."""
    paragraph = block.tag == "p" and block.parent is not None
    heir = block.parent if paragraph else block
    for share in (1.0, 0.45) if paragraph else (1.0, 1.0, 0.45):
        if heir is None or heir.tag == "html":
            return
        yield heir, share
        heir = heir.parent


def _own_texts(root: Any) -> list[tuple[Any, str]]:
    """Texts outside links that are long enough to be part of a sentence, each with the block it stands in."""
    found = []
    for node in root.traverse(include_text=True):
        if node.tag != "-text":
            continue
        text = node.text_content.strip()
        if len(text) < SENTENCE:
            continue
        home, linked = _home(node)
        if home is not None and not linked:
            found.append((home, text))
    return found


def _home(node: Any) -> tuple[Any, bool]:
    parent = node.parent
    for _ in range(64):
        if parent is None or parent.tag in SILENT:
            return None, True
        if parent.tag == "a":
            return parent, True
        if parent.tag in BLOCKS:
            return parent, False
        parent = parent.parent
    return None, True


def _lines(best: Any) -> str:
    for node in best.css("ul,ol,div,p,table,section,dl,h2,h3"):
        if node.parent is not None and _is_links(node):
            node.decompose()
    lines = _before_tail(node_text(best).split("\n"))
    return "\n".join(filter(None, map(_without_boilerplate, lines)))


def _without_boilerplate(line: str) -> str:
    """The line up to its last sentence before boilerplate begins; nothing when it begins with it."""
    match = _BOILERPLATE.search(line)
    if match is None or (len(line) > SHORT and match.end() < len(line) - SHORT):
        return line
    end = max(line.rfind(mark, 0, match.start()) for mark in "。！？”")
    return line[: end + 1]


def _before_tail(lines: list[str]) -> list[str]:
    """The lines before the one that announces comments or other articles."""
    read = 0
    for number, line in enumerate(lines):
        if read >= ENOUGH and (_TAIL.match(line) and len(line) <= TAIL):
            return lines[:number]
        read += len(line)
    return lines


def _is_links(node: Any) -> bool:
    text = len("".join(node.text(deep=True).split()))
    linked = sum(len("".join(anchor.text(deep=True).split())) for anchor in node.css("a"))
    return text > 0 and linked / text > LINKS
