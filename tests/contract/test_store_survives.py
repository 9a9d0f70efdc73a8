from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from tests.factories import make_desk
from tracker.ledger.models import Entry, Head
from tracker.risks.models import DeadlineRule


@pytest.mark.parametrize("again", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_a_flushed_store_is_whole_again(again):
    assert Head.objects.get().seq == 0
    assert DeadlineRule.objects.filter(purpose="answer").exists()
    make_desk()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.all().delete()
