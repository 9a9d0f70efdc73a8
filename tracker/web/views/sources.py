"""The sources: how much we see, one source with its runs and the page that shows why, a test before switching on, work orders."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crawlers.api import CrawlError, try_card
from tracker.intake.wishes import wish_crawl
from tracker.web.answers import answer, page, see_other
from tracker.web.card_form import CardForm, CardWrong, card_context, card_draft, card_write
from tracker.web.health import sight
from tracker.web.middleware import DeskRequest
from tracker.web.sources_page import kept_page, known, source_context, tried
from tracker.web.uploads import InMemory
from tracker.web.wizard import wizard_context


@require_GET
@page("sources")
def source_list(request: DeskRequest) -> HttpResponse:
    """Every source with its last run, what it gives and how long we have been blind to it."""
    return answer(request, "sources", {"sight": sight(request.now)})


@require_GET
@page("sources")
def source(request: DeskRequest, name: str) -> HttpResponse:
    """One source: its state, its alarms, its card, its last runs."""
    return answer(request, "source", source_context(request, name))


@require_GET
@page("sources")
def source_page(request: DeskRequest, name: str, run: str) -> HttpResponse:
    """The outline of the page that shows why a run was not what it should be."""
    outline = kept_page(known(name).name, run)
    if not outline:
        raise Http404(_("这一页没有保存在这台机器上"))
    return answer(request, "source_page", {"name": name, "run": run, "outline": outline})


@require_http_methods(["GET", "POST"])
@page("sources-card")
def source_card(request: DeskRequest, name: str) -> HttpResponse:
    """The card of one source as a form: try it, save it, or be told what is wrong with each value."""
    form = CardForm(known(name), request.POST or None)
    if request.method == "GET":
        return answer(request, "source_card", card_context(form))
    try:
        edited = card_draft(form)
        if "test" in request.POST:
            return answer(request, "source_card", card_context(form, found=try_card(edited)))
        card_write(form, edited, request.actor, request.now)
    except (CardWrong, CrawlError) as wrong:
        return answer(request, "source_card", card_context(form, refused=str(wrong)), status=422)
    messages.success(request, _("已保存，并记入台账；一分钟内按新的来源卡采集"))
    return see_other(reverse("sources-source", args=[name]))


@require_POST
@page("sources-test")
def source_test(request: DeskRequest, name: str) -> HttpResponse:
    """Read one list page of a source and show what would be taken; nothing is written."""
    context = source_context(request, name)
    try:
        found = tried(name)
    except CrawlError as error:
        return answer(request, "source", {**context, "refused": str(error)}, status=422)
    return answer(request, "source", {**context, "found": found})


@require_POST
@page("sources-crawl")
def source_crawl(request: DeskRequest, name: str) -> HttpResponse:
    """Put a crawl of this source before the scheduled ones."""
    wish_crawl(source=known(name), by=request.actor.username, now=request.now)
    messages.success(request, _("已排在最前：几秒内开始采集，结果会出现在这一页"))
    return see_other(reverse("sources-source", args=[name]))


@csrf_exempt  # only until the file's handler is set: _source_import checks
@require_http_methods(["GET", "POST"])
@page("sources-import")
def source_import(request: DeskRequest) -> HttpResponse:
    """Import work orders. The file is held in memory only: it is full of callers' names, and those are never written."""
    request.upload_handlers = [InMemory(request)]
    return _source_import(request)


@csrf_protect
def _source_import(request: DeskRequest) -> HttpResponse:
    context = wizard_context(request)
    return answer(request, "source_import", context, status=422 if context.get("refused") else 200)
