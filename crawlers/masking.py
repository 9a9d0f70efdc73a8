"""Takes personal data out of public text before it is written anywhere: the problem is kept, the person is not.

Masked: phone numbers, identity numbers, bank cards, e-mail, WeChat/QQ ids, names that introduce the writer, the nick a reply
greets, the door of a flat, and plates of private cars. Kept, because a complaint is worth nothing without them: plates of taxis, buses and coaches
named in the same clause, bus-line and work-order numbers, hotlines such as 12328 and 400 numbers, road markers, amounts, dates.

One pass of one pattern; every repetition in it is bounded, so text of a megabyte costs a megabyte's time whatever it says.
A number is masked even when its check digit is wrong: people mistype, and the risk is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

PHONE: Final = "[电话]"
IDENTITY: Final = "[证件号]"
CARD: Final = "[卡号]"
EMAIL: Final = "[邮箱]"
ACCOUNT: Final = "[账号]"
PLATE: Final = "[车牌]"
PERSON: Final = "[姓名]"
NICK: Final = "[网友]"
DOOR: Final = "[门牌]"

_GAP = r"[ \u3000\-－—–.·]"  # what people put between groups of digits
_DIGITS = "0-9０-９一二三四五六七八九十零〇"
_FLAT_DIGIT = f"[{_DIGITS}]"
_CN_DIGIT = "[零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTER = "A-HJ-NP-Za-hj-np-zＡ-ＨＪ-ＮＰ-Ｚａ-ｈｊ-ｎｐ-ｚ"

# The hundred most frequent family names cover about 85 % of people, these about 97 %; two-character names first.
_FAMILY: Final = (
    "(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董袁潘蒋蔡余杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范"
    "廖石金韦贾夏付傅方邹熊白孟秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱覃武戴孔汤樊兰殷施洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍申尤毕聂柴焦向柳邢岳齐梅莫庄辛管祝左涂谷祁舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包"
    "司柏宁柯阮桂闵解强丛华车冉房边辜吉饶瞿戚丘古米池滕晋苑邬臧畅宫嵇苟褚巩娄易喻粟匡文胥仇])"
)
_GIVEN = r"[\u4e00-\u9fa5]"
# After 本人 or 我是 a family name is as often an ordinary word (方便, 曾经, 向领导), so these never begin a name there.
_NOT_NAME: Final = (
    "(?!(?:申[请诉报领办]|付[款费]|车[等来站上停开]|司机|曾经|曾在|曾于|曾多|方便|向[上有贵领交政你您相各大]|高[中考龄速血]|安全|成[年都立为]|关[于心注]|余[款额]|万[般分]|"
    "强烈|单[位独身]|包[括车月]|文化|车[辆子位主]|解[决放]|边[走上]|古稀|金[额融]|白天|夏天|任[何职]|何[时必]|项目|安[排装]|"
    "武汉|温[馨暖]|严重|牛[年奶]|马上|石[油料]|黄[金色]|江[西苏南北]|华[容夏]|宁[乡愿夏]|毕[业竟]|游[客玩]|管[理道]|费[用尽]|"
    "司机|席地|盛[夏行]|童年|欧[洲元]|查[询看到]|房[屋产主东子]|吉[首林]|晋升|史上|常年|洪[水江]|左[右边]|易[地于]|时常|"
    "张家界|郴州|湘[潭西]|岳阳|邵[阳东]|衡阳|永州|怀化|娄底|益阳|株洲|常德|长沙|石门|祁[阳东]|汝城|桂[阳东]|程[度序]|孔[子雀]|"
    "林[业地]|苏[州宁]|季[度节]|殷切|雷[雨电]|陆[续路]|汪洋|温[度州]|段[时]|顾[客虑]|葛洲|牟利|米[左高]|位[于置]))"
)
_END = r"(?<![镇乡村县市区城路街])(?=$|[\s，,。.；;：:、！!？?（(）)\"”’'【\[]|[男女]|电话|手机|身份证|[0-9０-９])"

_PATTERN: Final = re.compile(
    rf"""
    (?P<email>[A-Za-z0-9_.+\-]{{1,64}}[@＠](?:[A-Za-z0-9\-]{{1,63}}\.){{1,4}}[A-Za-z]{{2,10}})
  | (?P<account>(?:微\s?信|抖音|快手|[Vv]信|加[Vv]|QQ|qq|Qq|扣扣|[Ww]e[Cc]hat)(?:[号群]|账号)?(?:码|为|是)?[:：\s]{{0,3}})
      (?P<handle>[A-Za-z][A-Za-z0-9_\-]{{5,19}}|\d{{5,11}})(?![A-Za-z0-9])
  | (?P<plate>(?<![\u4e00-\u9fa5][{_PROVINCE}])[{_PROVINCE}]{_GAP}?[{_LETTER}]{_GAP}?
      (?=[{_LETTER}]{{0,5}}[0-9０-９])(?:[0-9０-９{_LETTER}]{{5,6}}|[0-9０-９{_LETTER}]{{4}}[挂学警领港澳])(?![0-9０-９A-Za-z]))
  | (?<![0-9A-Za-z０-９])(?:
      (?P<identity>[1-9１-９]\d{{5}}{_GAP}?(?:18|19|20|１９|２０)\d{{2}}{_GAP}?(?:0[1-9]|1[0-2]|０[１-９]|１[０-２])
        (?:[0０][1-9１-９]|[12１２]\d|[3３][01０１]){_GAP}?\d{{3}}[\dXxＸｘ](?:\d{{2}})?)
    | (?P<phone>(?:[+＋]?86{_GAP}?)?[1１][3-9３-９]\d{_GAP}?\d{{4}}{_GAP}?\d{{4}}
        | [1１][3-9３-９](?:{_GAP}?\d){{9}})
    | (?P<landline>[(（]?0\d{{2,3}}[)）]?{_GAP}{{0,3}}[2-8]\d{{2,3}}{_GAP}?\d{{4}}(?:[转\-－]\d{{1,5}})?)
    | (?P<card>(?:62|4\d|5[1-5])\d{{2}}(?:{_GAP}?\d{{4}}){{3}}(?:{_GAP}?\d{{1,3}})?)
    )(?![0-9A-Za-z０-９]|[万亿]?元(?![旦宵]))
  | (?P<spoken>(?<!{_CN_DIGIT})[一幺壹]{_CN_DIGIT}{{2}}{_GAP}?{_CN_DIGIT}{{4}}{_GAP}?{_CN_DIGIT}{{4}}(?!{_CN_DIGIT}))
  | (?P<door>(?<!{_FLAT_DIGIT})(?:
        (?:{_FLAT_DIGIT}{{1,3}}(?:[栋幢座]|号楼)|[A-Za-z]{_FLAT_DIGIT}?座)(?:{_FLAT_DIGIT}{{1,2}}单元)?
      | {_FLAT_DIGIT}{{1,2}}单元)
      {_FLAT_DIGIT}{{3,4}}(?:[室房号]|(?![{_DIGITS}年月日米元路线人户家名个多吨亩万千百克公平兆])))
  | (?P<label>身份证(?:号码?)?|证件号码?|银行卡号?|卡号|账号|帐号|联系电话|联系方式|手机号?码?|电话号?码?|座机|致电)
      (?P<link>(?:为|是)?[:：\s]{{0,3}})
      (?P<number>[A-Za-z]{{0,2}}\d(?:{_GAP}?\d){{6,18}}[Xx]?(?:转\d{{1,5}})?)(?![0-9A-Za-z])
  | (?P<intro>我叫做?|我的名字(?:叫|是)|我名叫|本人名叫|本人叫|本人姓名|姓名|联系人|投诉人|反映人|来信人|求助人)
      (?P<colon>[:：是为]?[\s]{{0,3}})(?P<name>{_NOT_NAME}{_FAMILY}(?:{_GIVEN}{{1,2}}?{_END}|{_GIVEN}{{2}}))
  | (?P<self>本人|我是|我系)(?P<self_name>{_NOT_NAME}{_FAMILY}{_GIVEN}{{1,2}}?{_END})
  | (?P<greet>\A[\s\u3000]{{0,8}}(?:尊敬的)?(?:网友|网民))(?:
      (?P<open>[“"「『‘'【《<〈])(?P<nick>[^“”"「」『』‘’'】》>〉\n]{{1,40}})(?P<close>[”"」』’'】》>〉])
    | (?P<bare>(?!朋友|同志)[^\s，,：:。！!“"‘'「『【《<〈您你]{{1,20}})(?=[\s，,：:！!]{{1,3}}[您你]好))
    """,
    re.VERBOSE,
)

_PUBLIC = re.compile(r"出租|的士|的哥|的姐|公交|公共汽车|巴士|客车|大巴|中巴|班车|客运|校车|公汽|taxi|TAXI")
_PRIVATE = re.compile(r"私家车|私车|轿车|小车|自家|我的车|我车|本人车|越野车|摩托")
_CLAUSE = re.compile(r"[，,。；;！!？?\n]")
_SENTENCE = re.compile(r"[。！!？?\n]")
_PLATE_LABEL = re.compile(r"[的是为该其]{0,2}(?:车牌|车号|号牌|牌照|牌号)[号码照]{0,3}[是为：:\s]{0,4}")
_REFERENCE = re.compile(
    r"(?:工单|单号|编号|编码|受理号|订单|流水号|批次|文号|案号|合同|票号|运单|快递)[号码]?[为是：:\s]{0,4}$"
)
_REACH = 40  # characters looked at on either side of a plate or before a number


def mask(text: str) -> str:
    """`text` with personal data replaced by bracketed words that say what stood there; masking twice changes nothing."""
    return _PATTERN.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    return _RULES[match.lastgroup or ""](match) if match.lastgroup in _RULES else match[0]


def _plate(match: re.Match[str]) -> str:
    """Keep a plate only when its clause, or the clause its label continues, speaks of a taxi, bus or coach."""
    text, start, end = match.string, match.start(), match.end()
    before = _CLAUSE.split(_SENTENCE.split(text[max(0, start - _REACH) : start])[-1])
    after = _CLAUSE.split(text[end : end + _REACH], maxsplit=1)[0]
    clause = before[-1] + after
    if len(before) > 1 and _PLATE_LABEL.fullmatch(before[-1]):
        clause = before[-2] + clause
    return match[0] if _PUBLIC.search(clause) and not _PRIVATE.search(clause) else PLATE


def _unless_reference(word: str) -> Callable[[re.Match[str]], str]:
    """Mask with `word` except a number that is named as the number of a work order, contract or the like."""

    def rule(match: re.Match[str]) -> str:
        before = match.string[max(0, match.start() - 12) : match.start()]
        return match[0] if _REFERENCE.search(before) else word

    return rule


def _labelled(match: re.Match[str]) -> str:
    """A number named as somebody's: seven digits and more, so that hotlines of five or six stay; 400 and 800 numbers too."""
    digits = re.sub(r"\D", "", match["number"])
    if digits.startswith(("400", "800")) and len(digits) == 10:  # noqa: PLR2004 - the length of a service number
        return match[0]
    label = match["label"]
    word = (
        IDENTITY
        if label.startswith(("身份", "证件"))
        else CARD
        if label.endswith(("卡", "卡号", "账号", "帐号"))
        else PHONE
    )
    return f"{label}{match['link']}{word}"


# By the name of the last group a match has closed.
_RULES: Final[dict[str, Callable[[re.Match[str]], str]]] = {
    "email": lambda _: EMAIL,
    "handle": lambda match: f"{match['account']}{ACCOUNT}",
    "plate": _plate,
    "identity": _unless_reference(IDENTITY),
    "phone": _unless_reference(PHONE),
    "landline": _unless_reference(PHONE),
    "card": _unless_reference(CARD),
    "spoken": lambda _: PHONE,
    "door": lambda _: DOOR,
    "number": _labelled,
    "name": lambda match: f"{match['intro']}{match['colon']}{PERSON}",
    "self_name": lambda match: f"{match['self']}{PERSON}",
    "close": lambda match: f"{match['greet']}{match['open']}{NICK}{match['close']}",
    "bare": lambda match: f"{match['greet']}{NICK}" if match["bare"] != NICK else match[0],
}
