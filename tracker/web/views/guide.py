"""The tour of the demo, and the page that shows every component of the desk."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from tracker.posts.labels import LEVELS
from tracker.risks.lifecycle import STATES
from tracker.web.answers import answer, page
from tracker.web.clockface import face
from tracker.web.guide import TOUR
from tracker.web.middleware import DeskRequest


class _Sample(forms.Form):
    """Each kind of field once; nothing is sent anywhere."""

    words = forms.CharField(label=_("文字"), required=False, help_text=_("一句提示"))
    choice = forms.ChoiceField(label=_("选择"), required=False, choices=[("a", "A"), ("b", "B")])
    text = forms.CharField(label=_("多行"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    tick = forms.BooleanField(label=_("勾选"), required=False)


@require_GET
@page("guide")
def tour(request: DeskRequest) -> HttpResponse:
    """A quarter of an hour through the whole loop, account by account."""
    return answer(request, "tour", {"stops": TOUR, "minutes": sum(stop.minutes for stop in TOUR)})


@require_GET
@page("guide")
def design(request: DeskRequest) -> HttpResponse:
    """Tokens and components as they are: what a new page is put together from."""
    now = request.now
    start = now - timedelta(days=3)
    spans = (("ok", 3, None), ("soon", 0.5, None), ("late", -2, None), ("met", 1, now), ("missed", -1, now))
    context = {
        "levels": [level for level in LEVELS if level],
        "states": [(info.colour, info.label) for info in STATES.values()],
        "faces": [
            face("treat", now + timedelta(days=days), now=now, start=start, done=done) for _tone, days, done in spans
        ],
        "sample": _Sample(auto_id="sample-%s"),
        "tokens": ("accent", "red", "orange", "yellow", "blue", "green", "teal", "plum", "grey", "ink"),
        "note": _("这是一句话，说清什么、在哪里、怎么办。"),
    }
    return answer(request, "design", context)
