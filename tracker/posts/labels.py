"""What the codes of analysis are called in front of people: one place, so that every page and paper says the same word.

The keys are the label names of `analysis.records`; `-` is "no topic" (not a matter of transport).
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TOPICS: Final[dict[str, str | Promise]] = {
    "road": _("道路设施"),
    "project": _("规划建设"),
    "transit": _("公交客运"),
    "taxi": _("出租网约"),
    "rail": _("轨道铁路民航"),
    "charge": _("收费票价"),
    "enforce": _("执法治理"),
    "traffic": _("交通组织"),
    "freight": _("货运物流"),
    "water": _("水运港航"),
    "service": _("驾培车管"),
    "labour": _("从业者权益"),
    "other": _("其他交通"),
    "-": _("非交通"),
}

NEEDS: Final[dict[str, str | Promise]] = {
    "complain": _("投诉举报"),
    "help": _("求助"),
    "suggest": _("建议"),
    "ask": _("咨询"),
}

LEVELS: Final[dict[int, str | Promise]] = {
    0: pgettext_lazy("level", "无"),
    1: pgettext_lazy("level", "一般"),
    2: pgettext_lazy("level", "较大"),
    3: pgettext_lazy("level", "重大"),
}

SIGNALS: Final[dict[str, str | Promise]] = {
    "S": _("人身安全"),
    "C": _("已有伤亡或事故"),
    "G": _("群体"),
    "R": _("多次反映"),
    "L": _("涉嫌违法"),
    "W": _("欠薪"),
    "V": _("弱势群体"),
    "E": _("扬言行动"),
}

# The floors of severity by the names that analysis gives them.
FLOORS: Final[dict[str, str | Promise]] = {
    "people were killed": _("已有人死亡"),
    "a strike or blockade": _("罢运或堵路"),
    "a structure about to fail": _("结构物随时可能垮塌"),
    "brakes failed": _("刹车失灵"),
    "a school bus at risk": _("校车有隐患"),
    "a bridge at risk": _("桥梁有隐患"),
}
