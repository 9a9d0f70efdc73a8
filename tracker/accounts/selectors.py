"""Reading accounts: the actor behind a user, the units somebody may see."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from tracker.accounts.actors import Actor
from tracker.accounts.models import Grant, Unit, User


def actor_of(user: User, now: datetime) -> Actor:
    """`user` as an actor, with the roles in force at `now`."""
    grants = Grant.objects.filter(Q(until=None) | Q(until__gt=now), user=user).values_list("role", flat=True)
    unit = user.unit
    return Actor(
        username=user.username,
        name=str(user),
        roles=frozenset(grants),
        unit=unit.code if unit else "",
        unit_path=unit.path if unit else "",
    )


def handling_units() -> QuerySet[Unit]:
    """Units an item can be assigned to: those with at least one handler in force."""
    return Unit.objects.filter(people__grants__role="handler", people__is_active=True).distinct()


def unit_names() -> dict[str, str]:
    """Code → name of every unit."""
    return dict(Unit.objects.values_list("code", "name"))
