"""The exceptions that carry their own sentence exist under the names by which they are looked up."""

from __future__ import annotations

from importlib import import_module

import pytest

from tracker.cli.sentence import _CARRIERS, known


@pytest.mark.parametrize(("module", "name"), _CARRIERS)
def test_a_carrier_is_known(module, name):
    carrier = getattr(import_module(module), name)
    assert issubclass(carrier, Exception)
    assert known(carrier.__new__(carrier))


def test_others_are_not():
    assert not known(ValueError("x"))
