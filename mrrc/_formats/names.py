"""What the formats are called, and which of them the name of a file means."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

FORMATS: dict[str, str] = {
    "marc": "ISO 2709",
    "marcxml": "MARCXML",
    "json": "MARC-in-JSON",
    "jsonl": "MARC-in-JSON, a record in each line",
    "mrk": "MarcEdit's text (mrk)",
    "line": "YAZ line format",
    "aleph": "Aleph sequential",
}
"""Name of each format that can be read, and what it is."""

WRITABLE = ("marc", "marcxml", "json", "jsonl", "mrk")
"""Names of the formats that can be written."""

COMPRESSIONS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
"""Suffixes of compressed files, and the names of the compressions."""

PACKED = (".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".z", ".7z", ".rar", ".lz", ".lz4")
"""Suffixes of what is packed in other ways."""

SUFFIXES = {
    ".mrc": "marc",
    ".marc": "marc",
    ".marc21": "marc",
    ".iso2709": "marc",
    ".xml": "marcxml",
    ".marcxml": "marcxml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".mrk": "mrk",
    ".mrk8": "mrk",
}
"""Suffixes of files, and the formats that are written to them."""

_ALIASES = {"iso2709": "marc", "mrc": "marc", "xml": "marcxml", "ndjson": "jsonl"}


class Shape(NamedTuple):
    """What stands around the records of a file.

    Attributes:
        head: before the first record.
        separator: between two records.
        end: behind the last record, if there is one.
        tail: at the end of every file.
    """

    head: bytes = b""
    separator: bytes = b""
    end: bytes = b""
    tail: bytes = b""


SHAPES = {
    "marc": Shape(),
    "marcxml": Shape(
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<collection xmlns="http://www.loc.gov/MARC21/slim">\n',
        b"\n",
        b"\n",
        b"</collection>\n",
    ),
    "json": Shape(b"[\n", b",\n", b"\n", b"]\n"),
    "jsonl": Shape(b"", b"\n", b"\n"),
    "mrk": Shape(b"", b"\n"),
}
"""What stands around the records, for each format that can be written."""


def format_named(name: str, *, to_write: bool = False) -> str:
    """Return the name of a format; some have a second one.

    Raises:
        ValueError: no format has this name, or it is one that cannot be written.

    >>> format_named("xml")
    'marcxml'
    """
    known: Any = WRITABLE if to_write else FORMATS
    found = _ALIASES.get(name, name) if isinstance(name, str) else name
    if found not in known:
        doing = "written" if to_write else "read"
        raise ValueError(f"format is {name!r}; what can be {doing} is {', '.join(known)}")
    return found


def format_of_name(path: str | bytes | os.PathLike[Any]) -> tuple[str | None, str | None]:
    """Return format and compression that a file's name stands for, None for what it does not say.

    >>> format_of_name("new/books.xml.gz"), format_of_name("books.txt")
    (('marcxml', 'gzip'), (None, None))
    """
    stem, suffix = os.path.splitext(os.fsdecode(path))
    compression = COMPRESSIONS.get(suffix.lower())
    if compression is not None:
        suffix = os.path.splitext(stem)[1]
    return SUFFIXES.get(suffix.lower()), compression
