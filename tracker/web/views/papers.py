"""The papers: choose kind and period, read, freeze a finished one, take one away; and the papers of one item."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracker.outward.exports import export_record
from tracker.reports.kinds import KINDS
from tracker.reports.mail import MailRefused, delivery_retry, delivery_see, subscription_end, subscription_set
from tracker.reports.models import Paper
from tracker.reports.paper import Json
from tracker.reports.services import paper_file, slip_paper
from tracker.reports.slips import NoSlip
from tracker.reports.templates import BadTemplate
from tracker.risks.selectors import visible
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.papers_page import LABELS, MEDIA, formats, papers_context, period_named, standing


@require_GET
@page("papers")
def papers(request: DeskRequest, kind: str = "weekly", period: str = "") -> HttpResponse:
    """The newest frozen paper of a period as it was computed; a period that still runs is shown as it stands, and not kept."""
    asked = request.GET.get("kind", kind)
    if asked not in KINDS:
        raise Http404
    wanted = period or (request.GET.get("period", "") if request.GET.get("was", asked) == asked else "")
    context = papers_context(request, asked, wanted)
    if context["paper"]:
        delivery_see(paper=context["paper"].pk, actor=request.actor, now=request.now)
    return answer(request, "papers", context)


@require_POST
@page("papers")
def freeze(request: DeskRequest, kind: str, period: str) -> HttpResponse:
    """Freeze a finished period; with the same facts as before nothing is added, else a revision that names what differs."""
    chosen = period_named(kind, period)
    content = standing(request, kind, chosen, freeze=True)
    if content and content["status"] == "interim":
        messages.info(request, _("{period} 还没有结束，先看预览；结束后再定稿").format(period=chosen.name))
    elif content:
        said = _("{period} 的{kind}已定稿（第 {revision} 版）")
        messages.success(request, said.format(period=period, kind=LABELS[kind], revision=content["revision"]))
    return see_other(reverse("papers-period", args=[kind, chosen.name]))


@require_GET
@page("papers")
def download(request: DeskRequest, kind: str, period: str, name: str, suffix: str) -> HttpResponse:
    """A frozen paper as a file, or with the name `preview` the period as it stands."""
    chosen = period_named(kind, period)
    if suffix not in formats() or not (name.isdigit() or name == "preview"):
        raise Http404
    kept = get_object_or_404(Paper, pk=int(name), kind=kind, period=period) if name.isdigit() else None
    content = kept.content if kept else standing(request, kind, chosen)
    if content is None:
        return see_other(reverse("papers-period", args=[kind, chosen.name]))
    file = f"yidan-{kind}-{chosen.name}-{name}"
    export_record(what="paper", wanted=f"{file}.{suffix}", rows=1, actor=request.actor, now=request.now)
    return _file(request, content, f"{file}.{suffix}", reverse("papers-period", args=[kind, chosen.name]))


@require_POST
@page("papers")
def subscribe(request: DeskRequest, kind: str) -> HttpResponse:
    """Ask for a kind of paper, by mail or on the desk, or ask for it no longer."""
    try:
        if "end" in request.POST:
            subscription_end(kind=kind, actor=request.actor, now=request.now)
            messages.success(request, _("已退订"))
        else:
            address, chosen = request.POST.get("address", "").strip(), request.POST.getlist("formats")
            subscription_set(kind=kind, formats=chosen, address=address, actor=request.actor, now=request.now)
            messages.success(request, _("已订阅：从下一期起送给您"))
    except MailRefused as error:
        messages.error(request, str(error))
    return see_other(f"{reverse('papers')}?kind={kind}")


@require_POST
@page("papers")
def retry(request: DeskRequest, delivery: int) -> HttpResponse:
    """Try an own failed delivery again."""
    delivery_retry(delivery=delivery, actor=request.actor, now=request.now)
    messages.success(request, _("将在一分钟内重新发送"))
    return see_other(reverse("papers"))


@require_GET
@page("sheet")
def slip(request: DeskRequest, number: str, kind: str) -> HttpResponse:
    """A paper of one item (交办单 and the like), filled from its ledger, to whoever may see the item."""
    row = get_object_or_404(visible(request.actor), number=number)
    try:
        content = slip_paper(kind=kind, risk=row, now=request.now)
    except (NoSlip, KeyError) as error:
        raise Http404(str(error)) from error
    export_record(what="slip", wanted=f"{kind} {number}", rows=1, actor=request.actor, now=request.now)
    return _file(request, content, f"{kind}-{number}.docx", reverse("sheet-risk", args=[number]))


def _file(request: DeskRequest, content: Json, name: str, back: str) -> HttpResponse:
    """The file; back with the sentence where the office's own template cannot be used."""
    suffix = name.rpartition(".")[2]
    try:
        body = paper_file(content, suffix)
    except BadTemplate as error:
        messages.error(request, _("本单位的模板不能用：{why}").format(why=error))
        return see_other(back)
    response = HttpResponse(body, content_type=MEDIA[suffix])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
