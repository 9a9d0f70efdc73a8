"""Fill the store of DATABASE_URL and YIDAN_HOME with what a backup must bring back: run as `python -m tests.integration.fill_backup`."""

from __future__ import annotations

import django

django.setup()

from django.conf import settings
from django.db import transaction

from tests.factories import PNG, make_desk, make_event, make_risk
from tracker.risks.files import store
from tracker.risks.lifecycle import State

if __name__ == "__main__":
    store(settings.ENV.files, PNG)
    with transaction.atomic():
        desk = make_desk(recorded=True)
        for title, state in (("一号桥", State.CLOSED), ("二号桥", State.HANDLING), ("三号桥", State.LISTED)):
            make_risk(desk, state, event=make_event(title))
