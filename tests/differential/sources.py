"""What goes in: files, the chunks in them, and the reader options."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path
from typing import Any

from tests.shared import DATA, real_iso2709_files

Options = tuple[tuple[str, Any], ...]

VALUES: dict[str, tuple[Any, ...]] = {
    "to_unicode": (True, False),
    "force_utf8": (False, True),
    "hide_utf8_warnings": (False, True),
    "utf8_handling": (
        "strict",
        "replace",
        "ignore",
        "backslashreplace",
        "surrogateescape",
        "bogus",
    ),
    "file_encoding": ("iso8859-1", "latin-1", "cp1252", "utf-8", "bogus"),
}


def full_product() -> list[Options]:
    """Every combination of reader options (240)."""
    return [
        tuple(zip(VALUES, combination, strict=True))
        for combination in itertools.product(*VALUES.values())
    ]


def option_subset() -> list[Options]:
    """The defaults, each option on its own, and the combinations that interact."""
    chosen: list[Options] = [()]
    for name, values in VALUES.items():
        chosen.extend(((name, value),) for value in values[1:])
    chosen.extend(
        tuple(combination.items())
        for combination in (
            {"force_utf8": True, "utf8_handling": "replace"},
            {"force_utf8": True, "utf8_handling": "bogus"},
            {"force_utf8": True, "to_unicode": False},
            {"to_unicode": False, "file_encoding": "cp1252"},
            {"utf8_handling": "surrogateescape", "file_encoding": "utf-8"},
            {"force_utf8": True, "utf8_handling": "ignore", "file_encoding": "latin-1"},
        )
    )
    return chosen


def own_files() -> list[Path]:
    """The records written for these tests."""
    return sorted((DATA / "iso2709").glob("*.mrc"))


def real_or_own_files() -> list[Path]:
    return real_iso2709_files() or own_files()


@cache
def chunks(path: Path) -> tuple[bytes, ...]:
    """The file cut into records: by length where that works, else behind each terminator.

    Record boundaries as a reader sees them are compared with whole files; this cutting only
    makes sure that the rest of a broken file gets looked at as well.
    """
    data = path.read_bytes()
    found = []
    position = 0
    while position < len(data):
        first = data[position : position + 5]
        length = int(first) if first.isdigit() else 0
        if length < 24 or data[position + length - 1 : position + length] != b"\x1d":
            end = data.find(b"\x1d", position)
            length = (len(data) if end < 0 else end + 1) - position
        found.append(data[position : position + length])
        position += length
    return tuple(found)


def sample(items: tuple[bytes, ...], count: int) -> list[tuple[int, bytes]]:
    """At most `count` of the items with their index: the first ones and then evenly spread."""
    if len(items) <= count:
        return list(enumerate(items))
    head = (count + 1) // 2
    step = (len(items) - head) / (count - head) if count > head else 1
    indexes = [*range(head), *(head + int(n * step) for n in range(count - head))]
    return [(index, items[index]) for index in sorted(set(indexes))]
