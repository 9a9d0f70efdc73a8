"""One act on many items: what will be refused and why is shown before anything is done, by the rules that will refuse it.

Each item is an act of its own, with its own entry and its own version: some may be refused while the others are done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from tracker.accounts.actors import Actor
from tracker.ledger.selectors import timeline
from tracker.risks.errors import Refused
from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk
from tracker.risks.policies import refusal
from tracker.risks.selectors import visible
from tracker.risks.swap import view_of

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
    for row in visible(actor).filter(number__in=list(islice(numbers, MOST))).order_by("-id"):
        refused = refusal(act, view_of(row), actor)
        if refused:
            found.refused.append((row, str(refused)))
        else:
            found.good.append(row)
    return found


def carry_out(
    act: Act,
    versions: Mapping[str, int],
    call: Callable[..., Risk],
    typed: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """Do `act`, whose service is `call`, on each item of `versions` (number: version seen), in the words `typed`.

    A second press finds it done already.
    """
    wanted = dict(islice(versions.items(), MOST))
    done = Outcome()
    for row in visible(actor).filter(number__in=wanted).order_by("id"):
        version = wanted[row.number]
        try:
            call(risk=row.pk, actor=actor, now=now, **{**typed, "version": version})
        except Refused as refused:
            if not repeated(act, row, version, actor):
                done.refused.append((row, str(refused)))
                continue
        done.good.append(row)
    return done


def repeated(act: Act, risk: Risk, version: int, actor: Actor) -> bool:
    """True when this very act, by this person, from this version, is what the risk went through last: a double click."""
    last = timeline(risk.subject).last()
    same = last is not None and last.act == f"risk.{act}" and last.actor == actor.username
    return same and risk.version == version + 1
