"""The real files that are taken through all formats: some of each kind, or all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import mrrc
from mrrc.exceptions import UnknownFormat
from tests.shared import DATA, real_files

# Records in files as large as this are enough for all of a kind.
LARGE = 40_000
PER_KIND = 2


@cache
def every_file() -> tuple[Path, ...]:
    """Every real file that is MARC in some format, and the files written for the tests."""
    own = [path for kind in ("iso2709", "json", "mrk", "xml") for path in (DATA / kind).iterdir()]
    return tuple(path for path in [*sorted(own), *real_files()] if format_of(path))


@cache
def format_of(path: Path) -> str:
    """The format of a file by its content; nothing if it is none that mrrc knows."""
    try:
        with mrrc.open(path) as reader:
            return str(reader.format)
    except UnknownFormat:
        return ""


@cache
def some_files() -> tuple[Path, ...]:
    """A few small files of each format and each origin, which the real files' names begin with."""
    taken: dict[tuple[str, str], list[Path]] = {}
    for path in every_file():
        origin = path.name.split("__")[0] if "__" in path.name else str(path)
        kind = taken.setdefault((format_of(path), origin), [])
        if len(kind) < PER_KIND and path.stat().st_size <= LARGE:
            kind.append(path)
    return tuple(path for kind in taken.values() for path in kind)
