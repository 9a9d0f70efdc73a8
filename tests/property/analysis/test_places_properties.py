"""The quick search for names against the regular expression that defines it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from analysis.text.places import _TAIL, _named_spans

SLOW = re.compile(rf"[\u4e00-\u9fff]{{2,6}}?(?:{_TAIL})(?!线)")
PIECES = st.sampled_from([*_TAIL.split("|"), "线", "望星", "青", "，", "a1", " ", "的", "南北中"])


@given(st.lists(PIECES, max_size=14).map("".join))
def test_names_are_those_of_the_slow_expression(text: str) -> None:
    assert list(_named_spans(text)) == [match[0] for match in SLOW.finditer(text)]
