"""Ways of looking at the sheet that people keep for themselves: nothing of it is a record of the office, so none is in the ledger."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tracker.accounts.models import User
from tracker.risks.errors import Incomplete
from tracker.risks.models import SavedView

KEPT: Final = 20
LONGEST_NAME: Final = 40
LONGEST_QUERY: Final = 1000


def views_of(username: str) -> QuerySet[SavedView]:
    """The views of one person, by name; nobody else sees them."""
    return SavedView.objects.filter(owner__username=username)


@transaction.atomic
def view_save(*, username: str, name: str, query: str) -> SavedView:
    """Keep `query`, as it stands in the sheet's address, under `name`; the same name again replaces it. Incomplete if it may not be."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\x00" in name or len(query) > LONGEST_QUERY:
        raise Incomplete(_("请给视图起一个名字（不超过 40 字）"))
    # The person's row is the lock: of two at once the second counts what the first has kept.
    owner = User.objects.select_for_update().get(username=username)
    if views_of(username).exclude(name=name).count() >= KEPT:
        raise Incomplete(_("最多保存 {n} 个视图，请先删去一个").format(n=KEPT))
    row, _made = SavedView.objects.update_or_create(owner=owner, name=name, defaults={"query": query})
    return row


def view_drop(*, username: str, view: int) -> None:
    """Remove a view of one's own; SavedView.DoesNotExist for anybody else's."""
    views_of(username).get(pk=view).delete()
