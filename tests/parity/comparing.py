"""What an engine function did, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from mrrc import Field, Leader, Record

Engines = tuple[ModuleType, ModuleType]

_RECORD_SLOTS = ("_raw", "_fields", "_leader", "_Record__pos", "pos", "force_utf8", "to_unicode")
_FIELD_SLOTS = ("tag", "control_field", "data", "_indicators", "_raw", "_subfields", "_Field__pos")


def shown(value: Any) -> Any:
    """A value with its type, objects of the package slot by slot (an empty slot is absent)."""
    if isinstance(value, Record):
        return type(value), {name: shown(getattr(value, name, "-")) for name in _RECORD_SLOTS}
    if isinstance(value, Field):
        return type(value), {name: shown(getattr(value, name, "-")) for name in _FIELD_SLOTS}
    if isinstance(value, Leader):
        return Leader, vars(value)
    if isinstance(value, (list, tuple)):
        return type(value), [shown(item) for item in value]
    if isinstance(value, dict):
        return dict, [(key, shown(item)) for key, item in value.items()]
    return type(value), value


def outcome(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a call returns, or the class of what it raises."""
    try:
        return shown(function(*arguments))
    except Exception as error:
        return "raised", type(error)


def agree(engines: Engines, name: str, *arguments: Any) -> Any:
    """Call a function of both engines, compare, and return what the pure one returned."""
    pure, extension = (outcome(getattr(engine, name), *arguments) for engine in engines)
    assert extension == pure, f"{name}: the extension gives {extension}, Python gives {pure}"
    return pure
