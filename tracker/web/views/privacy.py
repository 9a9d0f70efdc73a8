"""What is promised to the public, and the proof: rules of retention, the last self-check, removal on request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tracker.accounts.models import Role
from tracker.privacy.check import PAGE_ROWS, told
from tracker.privacy.models import Check, RetentionRule, What
from tracker.privacy.services import PrivacyRefused, erase_by_link, rule_set
from tracker.privacy.storing import check_run
from tracker.web.account_forms import ReasonedForm
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest


class EraseForm(ReasonedForm):
    url = forms.CharField(label=gettext_lazy("诉求的公开链接"), max_length=2000, widget=forms.URLInput)
    field_order = ("url", "reason")


class KeepForm(ReasonedForm):
    what = forms.ChoiceField(label=gettext_lazy("保存内容"), choices=What.choices)
    days = forms.IntegerField(label=gettext_lazy("天数"), min_value=1, max_value=3650)
    field_order = ("what", "days", "reason")


@require_GET
@page("privacy")
def privacy(request: DeskRequest) -> HttpResponse:
    """The promises with what the last check found."""
    return answer(request, "privacy", _context(request))


@require_POST
@page("privacy")
def check(request: DeskRequest) -> HttpResponse:
    """A self-check now, of the newest rows of each column: the whole store is read at night and by `yidan privacy check`."""
    done = check_run(home=settings.ENV.home, actor=request.actor, now=request.now, rows=PAGE_ROWS)
    if done.well:
        messages.success(request, _("自查完成，各项承诺都做到了"))
    else:
        messages.error(request, _("自查发现问题，请按下面的办法处理"))
    return see_other(reverse("privacy"))


@require_POST
@page("privacy")
def erase(request: DeskRequest) -> HttpResponse:
    """Remove the words of a post, by its public link."""
    form = EraseForm(request.POST)
    if not form.is_valid():
        return answer(request, "privacy", _context(request, erase=form), status=422)
    given = form.cleaned_data
    try:
        count, numbers = erase_by_link(url=given["url"], reason=given["reason"], actor=request.actor, now=request.now)
    except PrivacyRefused as refused:
        return answer(request, "privacy", _context(request, erase=form, erase_error=str(refused)), status=422)
    said = _("已删除 {n} 条诉求的原文").format(n=count)
    kept = _("；清单上 {numbers} 的问题描述保留").format(numbers="、".join(numbers)) if numbers else ""
    messages.success(request, said + kept)
    return see_other(reverse("privacy"))


@require_POST
@page("privacy")
def keep(request: DeskRequest) -> HttpResponse:
    """Set how long something is kept."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        return answer(request, "privacy", _context(request, keep=form), status=422)
    try:
        rule_set(**form.cleaned_data, actor=request.actor, now=request.now)
    except PrivacyRefused as refused:
        return answer(request, "privacy", _context(request, keep=form, keep_error=str(refused)), status=422)
    messages.success(request, _("保存期限已改"))
    return see_other(reverse("privacy"))


def _context(request: DeskRequest, **given: Any) -> dict[str, Any]:
    last = Check.objects.first()
    forms_of = {"erase": EraseForm(auto_id="erase-%s"), "keep": KeepForm(auto_id="keep-%s")}
    return {
        "rules": [(What(rule.what).label, rule.days) for rule in RetentionRule.objects.order_by("what")],
        "check": last,
        "findings": told(last.findings) if last else [],
        "may_set": request.actor.has(Role.ADMIN),
        "rows": PAGE_ROWS,
    } | forms_of | given  # fmt: skip
