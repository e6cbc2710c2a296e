"""The MARC-8 character sets as dictionaries.

`CHARSET_xx` is the set with the designation 0xXX: its codes, each with its code point and 1 if it
is a combining character, else 0. `CODESETS` has them by designation; `ODD_MAP` has three-byte
codes that no set has but that are met with. All are built when they are first asked for.

The decoder has tables of its own: a change to these dictionaries does not reach it.

Source: the Library of Congress's code tables
(https://www.loc.gov/marc/specifications/specchartables.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mrrc._pure.marc8 import character_set, odd_codes

if TYPE_CHECKING:
    CHARSET_31: dict[int, tuple[int, int]]
    CHARSET_32: dict[int, tuple[int, int]]
    CHARSET_33: dict[int, tuple[int, int]]
    CHARSET_34: dict[int, tuple[int, int]]
    CHARSET_42: dict[int, tuple[int, int]]
    CHARSET_45: dict[int, tuple[int, int]]
    CHARSET_4E: dict[int, tuple[int, int]]
    CHARSET_51: dict[int, tuple[int, int]]
    CHARSET_53: dict[int, tuple[int, int]]
    CHARSET_62: dict[int, tuple[int, int]]
    CHARSET_67: dict[int, tuple[int, int]]
    CHARSET_70: dict[int, tuple[int, int]]
    CODESETS: dict[int, dict[int, tuple[int, int]]]
    ODD_MAP: dict[int, int]

__all__ = [
    "CHARSET_4E",
    "CHARSET_31",
    "CHARSET_32",
    "CHARSET_33",
    "CHARSET_34",
    "CHARSET_42",
    "CHARSET_45",
    "CHARSET_51",
    "CHARSET_53",
    "CHARSET_62",
    "CHARSET_67",
    "CHARSET_70",
    "CODESETS",
    "ODD_MAP",
]

# In the order in which CODESETS lists them.
_CHARSET_NAMES = {
    "CHARSET_34": 0x34,
    "CHARSET_45": 0x45,
    "CHARSET_33": 0x33,
    "CHARSET_32": 0x32,
    "CHARSET_31": 0x31,
    "CHARSET_70": 0x70,
    "CHARSET_51": 0x51,
    "CHARSET_53": 0x53,
    "CHARSET_42": 0x42,
    "CHARSET_62": 0x62,
    "CHARSET_67": 0x67,
    "CHARSET_4E": 0x4E,
}


def __getattr__(name: str) -> object:
    """Build one dictionary and keep it, so that every user has the same."""
    value: object
    if name in _CHARSET_NAMES:
        value = dict(character_set(_CHARSET_NAMES[name]))
    elif name == "CODESETS":
        module = globals()
        value = {
            designation: module[charset] if charset in module else __getattr__(charset)
            for charset, designation in _CHARSET_NAMES.items()
        }
    elif name == "ODD_MAP":
        value = dict(odd_codes())
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Where two threads ask for the same name at once, both get the first one's dictionary.
    return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
