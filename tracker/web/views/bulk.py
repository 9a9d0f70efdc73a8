"""The sheet's acts on many items, and the views of it that a person keeps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tracker.risks.columns import COLUMNS
from tracker.risks.lifecycle import TABLE, Act
from tracker.web.acts import FORMS
from tracker.web.answers import answer, page, see_other
from tracker.web.bulk import BULK, Outcome, carry_out, preview
from tracker.web.forms import REASON_LABELS, SheetFilter, VersionForm
from tracker.web.middleware import DeskRequest
from tracker.web.models import SavedView

VIEWS_KEPT = 20


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
        done = carry_out(act, picks, form.cleaned_data, actor=request.actor, now=request.now)
    if not done.good:
        found = preview(act, [pick.rpartition("@")[0] for pick in picks], request.actor)
        said = {sentence for _row, sentence in done.refused} or {_("有一项没有填对，请检查标出的地方")}
        return answer(request, "bulk", _context(request.POST, act, found, form) | {"errors": sorted(said)}, status=422)
    count = len(done.good)
    text = ngettext("已办 {n} 件：{act}", "已办 {n} 件：{act}", count).format(n=count, act=TABLE[act].label)
    messages.success(request, text)
    for row, sentence in done.refused:
        messages.warning(request, _("没有办 {number}：{why}").format(number=row.number, why=sentence))
    return see_other(f"{reverse('sheet')}?{_back(request.POST.get('back', ''))}")


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
    name, query = request.POST.get("name", "").strip(), _back(request.POST.get("query", ""))
    mine = SavedView.objects.filter(owner_id=request.user.pk)
    if not name or len(name) > 40 or len(query) > 1000:  # noqa: PLR2004 - the columns of the table
        messages.error(request, _("请给视图起一个名字（不超过 40 字）"))
    elif mine.exclude(name=name).count() >= VIEWS_KEPT:
        messages.error(request, _("最多保存 {n} 个视图，请先删去一个").format(n=VIEWS_KEPT))
    else:
        SavedView.objects.update_or_create(owner_id=request.user.pk, name=name, defaults={"query": query})
        messages.success(request, _("已保存视图：{name}").format(name=name))
    return see_other(f"{reverse('sheet')}?{query}")


@require_POST
@page("sheet")
def view_drop(request: DeskRequest, pk: int) -> HttpResponse:
    """Remove a view of one's own."""
    get_object_or_404(SavedView, pk=pk, owner_id=request.user.pk).delete()
    return see_other(f"{reverse('sheet')}?{_back(request.POST.get('query', ''))}")
