"""The API put together; imported by its first request, so that pages and commands do not wait for it."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from tracker.api import acts, admin, desk, ledger, many, office, outgoing, papers, posts, problems, queue, sheet
from tracker.api.door import door

api = NinjaAPI(
    title="yidan",
    version="1",
    description="One sheet, four mechanisms: the same services as the pages. docs/api.md says how to use it.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
problems.install(api)
for router in (
    queue.router,
    sheet.router,
    acts.router(),
    many.router(),
    desk.views,
    desk.search,
    desk.account,
    ledger.router,
    papers.router,
    office.sources,
    office.router,
    admin.office,
    admin.people,
    admin.privacy,
    outgoing.router,
    posts.router,
):
    api.add_router("", router)


@lru_cache(maxsize=1)
def description() -> dict[str, object]:
    """The OpenAPI document; the same for everybody."""
    found = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    found["components"]["securitySchemes"]["SourceToken"] = {"type": "http", "scheme": "bearer"}
    for operation in (told for methods in found["paths"].values() for told in methods.values()):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:  # noqa: PLR2004 - HTTP's border between done and refused
                answer["content"] = {problems.MEDIA: next(iter(answer["content"].values()))}
    return found


@require_safe
def openapi(_request: HttpRequest) -> JsonResponse:
    """What there is, for programs."""
    return JsonResponse(description(), json_dumps_params={"ensure_ascii": False})


def nowhere(_request: HttpRequest) -> HttpResponse:
    """An address that no operation has."""
    return problems.problem(404, _("没有这个接口：见 /api/v1/openapi.json"))


# It reads the source's token itself: no person pushes posts.
OWN_KEY = frozenset({"posts"})

urlpatterns: list[URLPattern] = [
    path("openapi.json", door(openapi, public=True), name="openapi"),
    *(
        URLPattern(
            pattern.pattern,
            door(pattern.callback, public=str(pattern.pattern) in OWN_KEY),
            pattern.default_args,
            pattern.name,
        )
        for pattern in api.urls[0]
        if isinstance(pattern, URLPattern) and pattern.name != "api-root"
    ),
    re_path("", door(nowhere, public=True), name="nowhere"),
]
