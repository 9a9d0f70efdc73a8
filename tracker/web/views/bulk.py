"""The sheet's acts on many items, and the views of it that a person keeps."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tracker.risks.columns import COLUMNS
from tracker.risks.errors import Incomplete
from tracker.risks.kept_views import view_drop as drop
from tracker.risks.kept_views import view_save as save
from tracker.risks.lifecycle import TABLE, Act
from tracker.risks.many import BULK, Outcome, carry_out, preview
from tracker.risks.models import SavedView
from tracker.web.acts import CALLS, FORMS
from tracker.web.answers import answer, page, see_other
from tracker.web.forms import REASON_LABELS, SheetFilter, VersionForm
from tracker.web.middleware import DeskRequest


@require_GET
@page("sheet")
def bulk_preview(request: DeskRequest) -> HttpResponse:
    """What the act would do to the picked items, and the words it needs; nothing is done yet."""
    if "act" not in request.GET:
        return see_other(reverse("sheet"))
    act = _act(request.GET)
    found = preview(act, request.GET.getlist("pick"), request.actor)
    return answer(request, "bulk", _context(request.GET, act, found, _form(act)))


@require_POST
@page("sheet")
def bulk_do(request: DeskRequest) -> HttpResponse:
    """The act on each item; when none could be done, the same page with what was typed and the reasons."""
    act = _act(request.POST)
    form = _form(act, request.POST)
    picks = request.POST.getlist("pick")
    done = Outcome()
    if form.is_valid():
        done = carry_out(act, _versions(picks), CALLS[act], form.cleaned_data, actor=request.actor, now=request.now)
    if not done.good:
        found = preview(act, [pick.rpartition("@")[0] for pick in picks], request.actor)
        said = {sentence for _row, sentence in done.refused} or {_("有一项没有填对，请检查标出的地方")}
        return answer(request, "bulk", _context(request.POST, act, found, form) | {"errors": sorted(said)}, status=422)
    count = len(done.good)
    text = ngettext("已办 {n} 件：{act}", "已办 {n} 件：{act}", count).format(n=count, act=TABLE[act].label)
    messages.success(request, text)
    for row, sentence in done.refused:
        messages.warning(request, _("未办理 {number}：{why}").format(number=row.number, why=sentence))
    return see_other(f"{reverse('sheet')}?{_back(request.POST.get('back', ''))}")


_NUMBER = re.compile(r"[0-9]{1,9}")


def _versions(picks: list[str]) -> dict[str, int]:
    """The items of `NUMBER@VERSION`; what is no version is none that an item has."""
    pairs = (pick.rpartition("@") for pick in picks)
    return {number: int(version) if _NUMBER.fullmatch(version) else 0 for number, _at, version in pairs}


def _act(data: QueryDict) -> Act:
    name = data.get("act", "")
    if name not in BULK:
        raise Http404
    return Act(name)


def _form(act: Act, data: QueryDict | None = None) -> VersionForm:
    form = FORMS[act](data, initial={"version": 0, "requirements": _("请到现场核实，消除隐患，并答复群众。")})
    if act in REASON_LABELS:
        form.fields["reason"].label = str(REASON_LABELS[act])
    return form


def _context(data: QueryDict, act: Act, found: Outcome, form: VersionForm) -> dict[str, Any]:
    back = _back(data.get("back", ""))
    return {
        "act": act,
        "label": TABLE[act].label,
        "good": found.good,
        "refused": found.refused,
        "form": form,
        "back": back,
    }


def _back(query: str) -> str:
    """Of a query as it came, what belongs to the sheet."""
    asked = QueryDict(urlsplit(f"?{query}").query)
    kept = QueryDict(mutable=True)
    for name in SheetFilter.NAMES:
        if asked.get(name):
            kept[name] = asked[name]
    kept.setlist("cols", [code for code in asked.getlist("cols") if code in COLUMNS])
    return kept.urlencode()


@require_POST
@page("sheet")
def view_save(request: DeskRequest) -> HttpResponse:
    """Keep the filters and columns of the page under a name; the same name again replaces it."""
    query = _back(request.POST.get("query", ""))
    try:
        row = save(username=request.actor.username, name=request.POST.get("name", ""), query=query)
        messages.success(request, _("已保存视图：{name}").format(name=row.name))
    except Incomplete as refused:
        messages.error(request, str(refused))
    return see_other(f"{reverse('sheet')}?{query}")


@require_POST
@page("sheet")
def view_drop(request: DeskRequest, pk: int) -> HttpResponse:
    """Remove a view of one's own."""
    try:
        drop(username=request.actor.username, view=pk)
    except SavedView.DoesNotExist as gone:
        raise Http404 from gone
    return see_other(f"{reverse('sheet')}?{_back(request.POST.get('query', ''))}")
