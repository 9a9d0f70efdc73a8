"""Why a run ended as it did: a code with its facts, and the sentence of each code in both languages.

A report crosses machines and languages: what travels is the code, and whoever shows it says it in the reader's words. No cause
quotes a page. A fact may be a cause itself (why a page could not be read), said in the same language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

# code: (English, Chinese); {names} are facts.
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    # what a page lacks, as part of a sentence
    "no-rows": ("the page has no list at list.rows {rule} ({what})", "页面上按 list.rows {rule} 找不到列表（{what}）"),
    "matches-nothing": ("it matches nothing", "一处也没有匹配"),
    "nothing-in-rows": (
        "none of its {n} matches has a link that fits list.key",
        "匹配到 {n} 处，但没有一处的链接符合 list.key",
    ),
    "no-text": ("the page has no text at post.body {rule}", "页面上按 post.body {rule} 找不到正文"),
    "no-main-text": ("the page has no main text", "页面上没有正文"),
    "asks-for-captcha": ("the board answers with a captcha", "网站要求输入验证码"),
    "asks-for-login": ("the board answers with a login", "网站要求登录"),
    "not-json-feed": ("the answer is JSON but no JSON Feed", "返回的是 JSON，但不是 JSON Feed"),
    "not-a-feed": ("the answer is XML but no RSS or Atom feed", "返回的是 XML，但不是 RSS 或 Atom"),
    "not-xml": ("the answer is not XML", "返回的不是 XML"),
    "too-deep": ("the page is nested more than {n} levels deep", "页面嵌套超过 {n} 层"),
    "not-a-sitemap": ("the answer is XML but no sitemap", "返回的是 XML，但不是站点地图"),
    "not-json": ("the answer is not JSON", "返回的不是 JSON"),
    "no-json-list": ("the answer has no list at list.rows {rule}", "返回内容里按 list.rows {rule} 找不到列表"),
    "no-key": ("a row has no value at list.key {rule}", "有一行按 list.key {rule} 取不到编号"),
    "no-json-text": ("the answer has no text at post.body {rule}", "返回内容里按 post.body {rule} 找不到正文"),
    # what was met on the way
    "list-unreadable": (
        "List page {page} could not be read: {why}; check the source's rules against the page.",
        "列表第 {page} 页读不出来：{why}；请对照页面检查这个来源的规则。",
    ),
    "list-walled": (
        "List page {page} could not be read: {why}; it is not passed, ask the board or wait.",
        "列表第 {page} 页读不出来：{why}；不会绕过，请联系网站或等待。",
    ),
    "post-unreadable": ("Post {key} could not be read: {why}.", "帖子 {key} 读不出来：{why}。"),
    "post-walled": (
        "The page of post {key} could not be read: {why}; it is not passed, ask the board or wait.",
        "帖子 {key} 的页面读不出来：{why}；不会绕过，请联系网站或等待。",
    ),
    "list-empty": (
        "The list is empty although it had posts before; check the source's page and its rules.",
        "列表是空的，而以前有帖子；请检查这个来源的页面和规则。",
    ),
    "page-limit": (
        "The run stopped after {n} list pages, its limit; raise pace.max_pages if the list is longer.",
        "读满 {n} 页列表（上限）后停止；列表更长的话请调大 pace.max_pages。",
    ),
    "feed-gap": (
        "None of the feed's {n} entries was known, so some may have been missed; crawl more often.",
        "订阅源里的 {n} 条没有一条是已知的，中间可能漏了；请采集得勤一些。",
    ),
    "private-address": (
        "{host} has a private address, which its card does not allow; nothing was asked for.",
        "{host} 指向内网地址，来源卡没有允许；没有发出请求。",
    ),
    "robots-forbid": (
        "The robots.txt of {host} forbids this address; it is obeyed.",
        "{host} 的 robots.txt 不允许访问这个地址；照此执行。",
    ),
    "robots-error": (
        "The robots.txt of {host} answers with {status}, so nothing is asked for.",
        "{host} 的 robots.txt 返回 {status}，因此什么也不访问。",
    ),
    "page-too-large": ("the page is larger than pace.max_bytes ({limit})", "页面超过 pace.max_bytes（{limit} 字节）"),
    "no-browser": (
        "This source needs a browser: install the extra `browser` of yidan and Chromium, or name it in YIDAN_CHROMIUM.",
        "这个来源要用浏览器：请安装 yidan 的 browser 附加组件和 Chromium，或用 YIDAN_CHROMIUM 指明它的位置。",
    ),
    "browser-full": (
        "The pages of {host} made the browser take more than {limit} MB, so it was ended; look at what they load.",
        "{host} 的页面使浏览器占用超过 {limit} MB 内存，已结束浏览器；请查看页面加载了什么。",
    ),
    "too-large": (
        "A page of {host} is larger than pace.max_bytes ({limit}).",
        "{host} 有页面超过 pace.max_bytes（{limit} 字节）。",
    ),
    "elsewhere": (
        "{host} sends us on to another host, which this source does not include.",
        "{host} 把我们转到了另一个网站，不在这个来源之内。",
    ),
    "page-gone": (
        "{host} answers {status} for a page that the source's rules ask for; check its addresses.",
        "{host} 对规则要访问的页面返回 {status}；请检查地址。",
    ),
    "refused": (
        "{host} refuses us with status {status}; ask its operator, or ask less often.",
        "{host} 拒绝访问（状态码 {status}）；请联系网站，或访问得慢一些。",
    ),
    "server-error": ("{host} answers with server error {status}.", "{host} 返回服务器错误 {status}。"),
    "odd-status": ("{host} answers with status {status}, which is no page.", "{host} 返回状态码 {status}，不是页面。"),
    "refuses-connections": ("{host} refuses connections.", "{host} 拒绝连接。"),
    "no-address": ("{host} has no address (DNS).", "{host} 查不到地址（DNS）。"),
    "no-answer": ("{host} does not answer in time.", "{host} 没有按时回应。"),
    "breaks-off": ("{host} breaks off its answers.", "{host} 的回应中途断开。"),
    "unreachable": ("{host} cannot be reached ({kind}).", "{host} 连不上（{kind}）。"),
    "spool-unwritable": (
        "The spool {folder} cannot be written ({why}); free or repair it.",
        "存放采集结果的文件夹 {folder} 写不进去（{why}）；请腾出空间或修复。",
    ),
    "program-error": (
        "The program failed with {kind} while reading a page; please report it.",
        "程序读页面时出错（{kind}）；请报告这个问题。",
    ),
    "time-limit": (
        "The run was ended after {seconds} s (pace.max_seconds); the next one goes on.",
        "运行满 {seconds} 秒（pace.max_seconds）后停止；下次接着来。",
    ),
    # the verdict
    "all-gone": (
        "All {n} posts of the list are answered with not found; check the source's addresses.",
        "列表上的 {n} 个帖子全都打不开（不存在）；请检查地址。",
    ),
    "nothing-new": ("The list was read and holds nothing new.", "列表读完了，没有新帖。"),
    "unfinished": (
        "The run ended before the list was read to where it was known; the next run goes on.",
        "还没读到上次读过的地方，运行就结束了；下次接着来。",
    ),
    "posts-failed": (
        "{n} posts could not be fetched and are tried again in the next run.",
        "{n} 个帖子没有取到，下次再取。",
    ),
    "undated": (
        "None of {n} posts has a readable time; check post.published_at against the page.",
        "{n} 个帖子都读不出时间；请对照页面检查 post.published_at。",
    ),
    # why nothing was done
    "not-enabled": (
        "The source is not enabled; confirm its legal basis, then set enabled = true.",
        "这个来源没有启用；请先确认法律依据，再设 enabled = true。",
    ),
    "running": (
        "Another crawl of this source is running; nothing was done here.",
        "这个来源正在另一处采集；这里什么也没做。",
    ),
    "quiet": ("It is quiet time for this source until {until}.", "现在是这个来源的静默时段，到 {until} 为止。"),
    "budget-spent": (
        "Today's {n} requests (pace.budget) are spent; it goes on tomorrow.",
        "今天的 {n} 次请求（pace.budget）用完了；明天接着来。",
    ),
    "backing-off": (
        "It has failed {n} times in a row, so it is asked less often: next at {until}, or when somebody starts it.",
        "已连续失败 {n} 次，因此减少访问：下次在 {until}，或有人手动启动时。",
    ),
    # alarms
    "zero": (
        "Nothing new in 24 hours, where {expected} are usual and {least} were the least so far.",
        "24 小时没有一条新帖，而同期通常有 {expected} 条，最少也有过 {least} 条。",
    ),
    "too-few": (
        "Only {n} new in 24 hours, where {expected} are usual and {least} were the least so far.",
        "24 小时只有 {n} 条新帖，而同期通常有 {expected} 条，最少也有过 {least} 条。",
    ),
    "all-old": (
        "All {n} new posts are old: the newest of them is {days} days behind what was seen already.",
        "{n} 条新帖全是旧的：其中最新的也比已见过的早 {days} 天。",
    ),
    "all-same": (
        "All {n} new posts say the same words; the pages may show something else than posts.",
        "{n} 条新帖的内容一模一样；页面显示的可能不是帖子。",
    ),
    "all-known": (
        "All {n} new posts are known under other keys; the source may number its posts anew.",
        "{n} 条新帖全都以别的编号收过；这个来源可能重新编了号。",
    ),
    "empty-field": (
        "None of {n} posts has {field}, which posts of this source have had; check its rule against the page.",
        "{n} 个帖子都没有 {field}，而这个来源的帖子以前有；请对照页面检查规则。",
    ),
    "state-unusable": ("{why}", "采集状态文件不能用（{why}）"),
    "child-killed": (
        "The crawl process was killed by signal {signal} before it finished; run it again, nothing is lost.",
        "采集进程没做完就被信号 {signal} 终止；再运行一次即可，什么也不会丢。",
    ),
    "child-ended": (
        "The crawl process ended with code {code} before it finished; run it again, nothing is lost.",
        "采集进程没做完就退出了（代码 {code}）；再运行一次即可，什么也不会丢。",
    ),
    # rows that came by a door of their own: push and work orders
    "rows-refused": ("{n} rows were refused; the answer names each.", "有 {n} 行没有收下，逐行理由见回执。"),
    "not-an-object": ("the row is not an object", "这一行不是一个对象"),
    "field-missing": ("{field} is missing or empty", "缺少 {field} 或为空"),
    "field-not-text": ("{field} is not text", "{field} 不是文字"),
    "field-too-long": ("{field} has {n} characters, more than {limit}", "{field} 有 {n} 个字，超过 {limit}"),
    "field-no-address": ("{field} is not an http or https address", "{field} 不是 http 或 https 网址"),
    "field-not-a-table": ("{field} is not an object of numbers", "{field} 不是一组数字"),
    "cell-empty": (
        "{column} is empty (if it is a formula, open the file in a spreadsheet program and save it once)",
        "{column} 是空的（如果是公式，请在表格程序里打开并保存一次）",
    ),
    "key-mangled": (
        "{column} is not a whole number of a work order (a spreadsheet has shortened it: export the column as text)",
        "{column} 不是完整的编号（表格程序把它缩成了科学计数：请把这一列按文本导出）",
    ),
    "key-twice": (
        "{column} is the same as in row {n}, which says something else",
        "{column} 与第 {n} 行相同，而内容不同",
    ),
    "nothing-delivered": ("What came was known already.", "送来的内容都已经有了。"),
}
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason with its facts, each a word or a further cause."""

    code: str
    facts: Mapping[str, str | Cause] = field(default_factory=dict)

    def say(self, language: str = ENGLISH) -> str:
        """The sentence in English or, for any other language, in Chinese; a code of a newer version is shown as it is."""
        pair = SENTENCES.get(self.code)
        if pair is None:
            return self.code
        facts = {name: value.say(language) if isinstance(value, Cause) else value for name, value in self.facts.items()}
        try:
            return pair[0 if language.startswith(ENGLISH) else 1].format_map(facts)
        except KeyError:
            return self.code

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        facts = {name: value.to_dict() if isinstance(value, Cause) else value for name, value in self.facts.items()}
        return {"code": self.code, "facts": facts}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """The cause in `row`; ValueError when it is none."""
        try:
            facts = {
                str(name): cls.from_dict(value) if isinstance(value, Mapping) else str(value)
                for name, value in row["facts"].items()
            }
            return cls(str(row["code"]), facts)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a cause: {type(error).__name__} {error}") from error


def cause(code: str, /, **facts: object) -> Cause:
    """A cause whose facts are given as words, numbers or causes."""
    return Cause(code, {name: value if isinstance(value, Cause) else str(value) for name, value in facts.items()})


def say_all(causes: tuple[Cause, ...], language: str = ENGLISH) -> str:
    """The sentences of `causes`, one after another."""
    return (" " if language.startswith(ENGLISH) else "").join(one.say(language) for one in causes)
