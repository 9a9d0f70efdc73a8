"""The ledger for those who check it: newest entries, the head, verification."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_head, ledger_verify
from tracker.web.access import may_open
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.story import story

PAGE = 50


@require_GET
@page("ledger")
def ledger(request: DeskRequest) -> HttpResponse:
    """The newest entries, or those before the number in the address."""
    before = request.GET.get("before", "")
    entries = Entry.objects.order_by("-seq")
    if before.isdigit():
        entries = entries.filter(seq__lt=int(before))
    lines = story(entries[: PAGE + 1])
    seq, digest = ledger_head()
    context = {
        "lines": lines[:PAGE],
        "more": lines[PAGE - 1].seq if len(lines) > PAGE else None,
        "seq": seq,
        "head": digest,
        "may_verify": may_open("ledger-verify", request.actor),
    }
    return answer(request, "ledger", context)


@require_POST
@page("ledger-verify")
def ledger_check(request: DeskRequest) -> HttpResponse:
    """Recompute the whole chain and say what was found."""
    seq, _digest = ledger_head()
    if broken := ledger_verify():
        messages.error(
            request, _("台账在第 {seq} 条断开，请立即停用并追查：{why}").format(seq=broken.seq, why=broken.sentence)
        )
    else:
        messages.success(request, _("台账完好：{seq} 条记录逐条验过，首尾相连").format(seq=seq))
    return see_other(reverse("ledger"))
