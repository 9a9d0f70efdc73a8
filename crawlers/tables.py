"""From TOML tables to frozen records: a record's fields are the only keys allowed, those without a default are required.

One generic reader instead of one per table, so that a new field of a record is a new key of the catalogue and nothing else.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from crawlers.sources import Card

T = TypeVar("T")


class WrongValueError(Exception):
    """What is wrong with one key and what to do, before the file's name is known."""


def build(cls: type[T], table: Mapping[str, Any], where: str) -> T:
    """`cls` filled from `table`; its fields are the only keys allowed, those without a default are required."""
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            raise WrongValueError(f"unknown key {where}{key}; the keys known here are {', '.join(fields)}.")
    values: dict[str, Any] = {}
    for name, spec in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}{name}")
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            card = " (a source without a complete card does not run)" if cls is Card else ""
            raise WrongValueError(f"{where}{name} is missing{card}; add it.")
    return cls(**values)


def _value(hint: Any, value: Any, key: str) -> Any:
    """`value` as the type `hint` asks for; WrongValueError naming `key` when it is not."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return build(hint, value, f"{key}.")
    if get_origin(hint) in (types.UnionType, Union):
        return _any_of([arg for arg in get_args(hint) if arg is not type(None)], value, key)
    if get_origin(hint) is not None:
        return _composed(hint, value, key)
    if hint is float and type(value) in (int, float):
        return float(value)
    if type(value) is hint:
        return value
    raise WrongValueError(f"{key} is {value!r}, which is not {_spell(hint)}; correct it.")


def _composed(hint: Any, value: Any, key: str) -> Any:
    """The value for a choice of words, a list or a table of one type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal and value in args:
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_value(args[0], one, key) for one in value)
    if origin is Mapping and isinstance(value, dict):
        return {name: _value(args[1], one, f"{key}.{name}") for name, one in value.items()}
    raise WrongValueError(f"{key} is {value!r}, which is not {_spell(hint)}; correct it.")


def _any_of(hints: list[Any], value: Any, key: str) -> Any:
    for hint in hints:
        if dataclasses.is_dataclass(hint):
            return _value(hint, value, key)
        try:
            return _value(hint, value, key)
        except WrongValueError:
            continue
    raise WrongValueError(f"{key} is {value!r}, which is not {' or '.join(map(_spell, hints))}; correct it.")


def _spell(hint: Any) -> str:
    """The type in words for a person who edits TOML."""
    if get_origin(hint) is Literal:
        return " or ".join(repr(arg) for arg in get_args(hint))
    if get_origin(hint) is tuple:
        return f"a list of {_spell(get_args(hint)[0])}"
    words = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false", date: "a date"}
    return words.get(hint, "a table")
