"""One act on many items: what will be refused and why is shown before anything is done, by the rules that will refuse it.

Each item is an act of its own, with its own entry and its own version: some may be refused while the others are done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tracker.accounts.actors import Actor
from tracker.risks.errors import Refused
from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk
from tracker.risks.policies import refusal
from tracker.risks.selectors import visible
from tracker.risks.services import view_of
from tracker.web.acts import CALLS, repeated

# What makes sense to say of many items in the same words. Judgements are made one by one.
BULK: Final = (Act.ASSIGN, Act.SIGN, Act.REMIND, Act.SUPERVISE, Act.COMMENT)
MOST: Final = 200


@dataclass(slots=True)
class Outcome:
    """Items it holds for, and (item, sentence) of those it does not."""

    good: list[Risk] = field(default_factory=list)
    refused: list[tuple[Risk, str]] = field(default_factory=list)


def preview(act: Act, numbers: Iterable[str], actor: Actor) -> Outcome:
    """What `act` would meet on each of the items `actor` may see; the table and the separation of duties, not what is typed."""
    found = Outcome()
    for row in visible(actor).filter(number__in=list(numbers)[:MOST]).order_by("-id"):
        refused = refusal(act, view_of(row), actor)
        if refused:
            found.refused.append((row, str(refused)))
        else:
            found.good.append(row)
    return found


def carry_out(act: Act, picks: Iterable[str], typed: dict[str, Any], *, actor: Actor, now: datetime) -> Outcome:
    """Do `act` on each of `picks` (`NUMBER@VERSION`), in the words `typed`; a second press finds it done already."""
    versions = dict(pick.rpartition("@")[::2] for pick in list(picks)[:MOST])
    done = Outcome()
    for row in visible(actor).filter(number__in=versions).order_by("id"):
        version = int(versions[row.number]) if versions[row.number].isdigit() else 0
        try:
            CALLS[act](risk=row.pk, actor=actor, now=now, **(typed | {"version": version}))
        except Refused as refused:
            if not repeated(act, row, version, actor):
                done.refused.append((row, str(refused)))
                continue
        done.good.append(row)
    return done
