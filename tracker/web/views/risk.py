"""One risk: its page, the acts on it, its evidence."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracker.outward.exports import read_record
from tracker.risks.errors import Conflict, Refused, Unanswered
from tracker.risks.files import opened
from tracker.risks.lifecycle import TABLE, Act, State
from tracker.risks.many import repeated
from tracker.risks.models import Attachment, Risk
from tracker.risks.selectors import attachment_for, visible
from tracker.web.access import may_open
from tracker.web.acts import CALLS, current, form_for, perform
from tracker.web.answers import answer, page, see_other
from tracker.web.forms import VersionForm
from tracker.web.middleware import DeskRequest
from tracker.web.reply import checked
from tracker.web.risk_page import risk_context
from tracker.web.verify_page import verify_context


@require_GET
@page("sheet")
def risk(request: DeskRequest, number: str) -> HttpResponse:
    """The page of a risk one may see; any other number does not exist."""
    row = get_object_or_404(visible(request.actor), number=number)
    return answer(request, "risk", risk_context(request, row))


@require_POST
@page("sheet")
def risk_act(request: DeskRequest, number: str, act: str) -> HttpResponse:
    """One act: done and redirected, or refused in place with what was typed."""
    row = get_object_or_404(visible(request.actor), number=number)
    if act not in list(Act) or Act(act) not in CALLS:
        raise Http404
    what = Act(act)
    form = form_for(what, row, request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, row, what, form, _("有一项没有填对，请检查标出的地方"), 422)
    version = form.cleaned_data["version"]
    try:
        perform(what, row, form, actor=request.actor, now=request.now)
    except Refused as refused:
        row.refresh_from_db()
        if not isinstance(refused, Unanswered) and not form.cleaned_data.get("overrule"):
            form.fields.pop("overrule", None)  # the answer was not what was wrong
        if not repeated(what, row, version, request.actor):
            return _again(request, row, what, form, str(refused), 409 if isinstance(refused, Conflict) else 422)
    return _done(request, row, what)


def _done(request: DeskRequest, row: Risk, act: Act) -> HttpResponse:
    """Say so, where the result shows; a handler who has sent an item elsewhere may no longer see it."""
    row.refresh_from_db()
    waits = act is Act.VERIFY and row.state == State.APPROVING
    label = _("核查通过，等领导批准销号") if waits else TABLE[act].label
    messages.success(request, _("已办：{act}").format(act=label), extra_tags=request.path)
    if request.POST.get("then") == "verify":
        return see_other(reverse("verify-next"))
    gone = not visible(request.actor).filter(pk=row.pk).exists()
    return see_other(reverse("today") if gone else reverse("sheet-risk", args=[row.number]))


@require_POST
@page("sheet")
def check_answer(request: DeskRequest, number: str) -> HttpResponse:
    """What the machine thinks of a draft answer, while it is being written; nothing is kept."""
    row = get_object_or_404(visible(request.actor), number=number)
    return render(request, "partials/reply_check.html", {"check": checked(row, request.POST.get("answer", "")[:5000])})


def _again(request: DeskRequest, row: Risk, act: Act, form: VersionForm, sentence: str, status: int) -> HttpResponse:
    beside = request.POST.get("then") == "verify" and may_open("verify", request.actor)
    make, name = (verify_context, "verify_item") if beside else (risk_context, "risk")
    context = make(request, row, tried=act, bound=current(form, row), error=sentence)
    return answer(request, name, context, status=status)


@require_GET
@page("sheet")
def evidence(request: DeskRequest, number: str, digest: str) -> FileResponse:
    """The bytes of one piece of evidence, to those who may see its risk; shown in the page only when they are an image."""
    try:
        row = attachment_for(request.actor, number, digest)
        file = opened(settings.ENV.files, row.digest)
    except (Attachment.DoesNotExist, FileNotFoundError) as error:
        raise Http404 from error
    read_record(what="evidence", of=number, key=digest, actor=request.actor, now=request.now)
    inline = row.content_type.startswith("image/") and "download" not in request.GET
    response = FileResponse(file, as_attachment=not inline, filename=row.name, content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
