"""Walk risks along the road as fast as the store allows, until killed; printed is what was answered for.

Run as `python -m tests.crash.acting`, on the store of DATABASE_URL.
"""

from __future__ import annotations

import sys
from itertools import count

import django

django.setup()

from django.db import transaction

from tests import factories
from tests.factories import Desk, advance, make_desk, make_event, make_risk
from tracker.accounts.models import Unit, User
from tracker.ledger.services import ledger_head
from tracker.posts.models import Sighting


def found_desk() -> Desk:
    """The desk that the first, killed run made."""
    units = {unit.code: unit for unit in Unit.objects.all()}
    return Desk(units["dept"], units["road"], units["port"], {user.username: user for user in User.objects.all()})


def main() -> None:
    with transaction.atomic():
        desk = make_desk() if not User.objects.exists() else found_desk()
    # Post keys go on where the killed run stopped.
    factories._serial = count(Sighting.objects.count() + 1)
    for number in count(1):
        risk = make_risk(desk, event=make_event(f"第{number}座桥"))
        for step in ("assign", "sign", "progress", "attach", "submit", "send_back", "submit", "verify"):
            risk = advance(desk, risk, step)
            sys.stdout.write(f"{ledger_head()[0]} {risk.number} {risk.version}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
