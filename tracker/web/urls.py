"""Addresses of the pages. A name begins with the page of the access table it belongs to."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, path

from tracker.web.views import (
    account,
    bulk,
    desk,
    grouping,
    ledger,
<<<<<<< HEAD
    office,
=======
    model,
>>>>>>> e938052 (Learn from verdicts, promote under guard, draw blind samples, derive the threshold, watch drift)
    papers,
    people,
    queue,
    risk,
    search,
    self,
    sources,
    verify,
)

urlpatterns: list[URLPattern] = [
    path("", desk.today, name="today"),
    path("login/", account.Login.as_view(), name="login"),
    path("login/code/", account.code, name="login-code"),
    path("login/setup/", account.setup, name="login-setup"),
    path("login/password/", account.password, name="login-password"),
    path("account/", self.account, name="account"),
    path("account/keys/", self.key_make, name="account-key"),
    path("account/keys/<int:pk>/revoke/", self.key_revoke, name="account-revoke"),
    path("account/out/", self.everywhere_out, name="account-out"),
    path("people/", people.people, name="people"),
    path("people/add/", people.person_add, name="people-add"),
    path("people/<str:username>/", people.person, name="people-person"),
    path("people/<str:username>/<slug:act>/", people.person_act, name="people-act"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", account.language, name="set_language"),
    path("queue/", queue.queue, name="queue"),
    path("queue/<int:pk>/", queue.queue, name="queue-event"),
    path("queue/<int:pk>/confirm/", queue.queue_confirm, name="queue-confirm"),
    path("queue/<int:pk>/dismiss/", queue.queue_dismiss, name="queue-dismiss"),
    path("queue/<int:pk>/merge/", grouping.queue_merge, name="queue-merge"),
    path("queue/<int:pk>/split/", grouping.queue_split, name="queue-split"),
    path("queue/<int:pk>/restore/", queue.queue_restore, name="queue-restore"),
    path("sheet/", desk.sheet, name="sheet"),
    path("sheet/export/", desk.export, name="sheet-export"),
    path("sheet/many/", bulk.bulk_preview, name="sheet-many"),
    path("sheet/many/do/", bulk.bulk_do, name="sheet-many-do"),
    path("sheet/views/", bulk.view_save, name="sheet-view-save"),
    path("sheet/views/<int:pk>/drop/", bulk.view_drop, name="sheet-view-drop"),
    path("sheet/<slug:number>/", risk.risk, name="sheet-risk"),
    path("sheet/<slug:number>/do/<slug:act>/", risk.risk_act, name="sheet-act"),
    path("sheet/<slug:number>/paper/<slug:kind>.docx", papers.slip, name="sheet-slip"),
    path("sheet/<slug:number>/check/", risk.check_answer, name="sheet-check"),
    path("sheet/<slug:number>/evidence/<slug:digest>/", risk.evidence, name="sheet-evidence"),
    path("inbox/", desk.handler_inbox, name="inbox"),
    path("verify/", verify.waiting, name="verify"),
    path("verify/next/", verify.following, name="verify-next"),
    path("verify/<slug:number>/", verify.side_by_side, name="verify-item"),
    path("search/", search.search, name="search"),
    path("trends/", desk.trends, name="trends"),
    path("papers/", papers.papers, name="papers"),
    path("papers/<slug:kind>/subscribe/", papers.subscribe, name="papers-subscribe"),
    path("papers/deliveries/<int:delivery>/retry/", papers.retry, name="papers-retry"),
    path("papers/<slug:kind>/<slug:period>/", papers.papers, name="papers-period"),
    path("papers/<slug:kind>/<slug:period>/freeze/", papers.freeze, name="papers-freeze"),
    path("papers/<slug:kind>/<slug:period>/<slug:name>.<slug:suffix>", papers.download, name="papers-file"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/import/", sources.source_import, name="sources-import"),
    path("sources/<slug:name>/", sources.source, name="sources-source"),
    path("sources/<slug:name>/test/", sources.source_test, name="sources-test"),
    path("sources/<slug:name>/crawl/", sources.source_crawl, name="sources-crawl"),
    path("sources/<slug:name>/page/<slug:run>/", sources.source_page, name="sources-page"),
<<<<<<< HEAD
    path("office/", office.office, name="office"),
    path("office/<slug:tab>/", office.office, name="office-tab"),
    path("office/<slug:tab>/<slug:act>/", office.office_act, name="office-act"),
=======
    path("model/", model.model, name="model"),
    path("model/costs/", model.model_costs, name="model-costs"),
    path("model/rule/<slug:kind>/", model.model_rule, name="model-rule"),
    path("model/promote/<str:version>/", model.model_move, name="model-promote"),
    path("model/rollback/", model.model_move, name="model-rollback"),
>>>>>>> e938052 (Learn from verdicts, promote under guard, draw blind samples, derive the threshold, watch drift)
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/verify/", ledger.ledger_check, name="ledger-verify"),
]
