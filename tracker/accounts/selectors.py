"""Reading accounts: the actor behind a user, the units somebody may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from tracker.accounts.actors import Actor
from tracker.accounts.models import Grant, Unit, User


def roles_of(user: User, now: datetime) -> frozenset[str]:
    """The roles of `user` in force at `now`."""
    return frozenset(Grant.objects.filter(Q(until=None) | Q(until__gt=now), user=user).values_list("role", flat=True))


def actor_of(user: User, now: datetime, *, only: Iterable[str] | None = None, scope: str = "") -> Actor:
    """`user` as an actor, with the roles in force at `now`; with `only` no others than these, with `scope` no more to see."""
    grants = roles_of(user, now)
    unit = user.unit
    return Actor(
        username=user.username,
        name=str(user),
        roles=grants if only is None else grants.intersection(only),
        unit=unit.code if unit else "",
        unit_path=unit.path if unit else "",
        scope=scope,
    )


def handling_units() -> QuerySet[Unit]:
    """Units an item can be assigned to: those with at least one handler in force."""
    return Unit.objects.filter(people__grants__role="handler", people__is_active=True).distinct()


def unit_names() -> dict[str, str]:
    """Code → name of every unit."""
    return dict(Unit.objects.values_list("code", "name"))
