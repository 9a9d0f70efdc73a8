"""Walk risks along the road as fast as the store allows, until killed; printed is what was answered for.

Run as `python -m tests.integration.work_backup`, on the store of DATABASE_URL, beside a backup.
"""

from __future__ import annotations

import sys
from itertools import count

import django

django.setup()

from tests import factories
from tests.factories import Desk, advance, make_event, make_risk
from tracker.accounts.models import Unit, User
from tracker.ledger.services import ledger_head
from tracker.posts.models import Sighting


def main() -> None:
    units = {unit.code: unit for unit in Unit.objects.all()}
    desk = Desk(units["dept"], units["road"], units["port"], {user.username: user for user in User.objects.all()})
    factories._serial = count(Sighting.objects.count() + 1)  # post keys go on where the store stands
    for number in count(1):
        risk = make_risk(desk, event=make_event(f"第{number}座桥"))
        for step in ("assign", "sign", "progress", "attach", "submit", "send_back", "submit", "verify"):
            risk = advance(desk, risk, step)
            sys.stdout.write(f"{ledger_head()[0]} {risk.number} {risk.version}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
