"""Shallow copies of objects that may be lazy."""

from __future__ import annotations

from typing import Any, TypeVar

_T = TypeVar("_T")


def shallow_copy(original: _T) -> _T:
    """Do what `copy.copy` does for a class without `__copy__`.

    The classes that call this have a `__copy__` of their own, because they must first give up
    the bytes they hold; `copy.copy` would not look further.
    """
    reduced: Any = original.__reduce_ex__(4)
    build, arguments, state = (*reduced, None)[:3]
    duplicate: _T = build(*arguments)
    if state is None:
        return duplicate
    if hasattr(duplicate, "__setstate__"):
        duplicate.__setstate__(state)
        return duplicate
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    for values in (attributes, slots):
        for name, value in (values or {}).items():
            object.__setattr__(duplicate, name, value)
    return duplicate
