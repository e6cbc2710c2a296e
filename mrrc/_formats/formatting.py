"""The bytes of a record inside a file of some format, and what had to be changed for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mrrc.exceptions import WriteNeedsRecord
from mrrc.marcxml import record_to_utf8_xml
from mrrc.problems import Problem
from mrrc.record import Record
from mrrc.writer import MARCWriter

if TYPE_CHECKING:
    from mrrc._formats.writing import WritingOptions


class Formatter:
    """Makes the bytes of a record for one format.

    Attributes:
        target: the engine's name for what is made, by which it makes runs of records; None where
            each record has to be looked at in Python.
    """

    target: str | None = None

    def __init__(self, report: Callable[[Problem], object] | None) -> None:
        self._report = report

    def formatted(self, record: Record) -> tuple[bytes, int]:
        """Return the bytes of a record, and how many changes were reported.

        Raises whatever keeps the record from being written.
        """
        raise WriteNeedsRecord


class _Marc(Formatter):
    def __init__(self, options: WritingOptions, report: Any) -> None:
        super().__init__(report)
        self._bytes: list[bytes] = []
        self._writer = MARCWriter(
            self,  # type: ignore[arg-type]
            encoding=options.encoding,
            normalize=options.normalize,
            oversize=options.oversize,
            undecodable=options.undecodable,
        )

    def write(self, data: bytes) -> int:
        self._bytes.append(data)
        return len(data)

    def formatted(self, record: Record) -> tuple[bytes, int]:
        writer = self._writer
        writer.write(record)
        problems = writer.problems
        changes = len(problems)
        if problems:
            if self._report is not None:
                for problem in problems:
                    self._report(problem)
            problems.clear()
        return self._bytes.pop(), changes


class _Simple(Formatter):
    def __init__(self, make: Callable[[Record], bytes], report: Any) -> None:
        super().__init__(report)
        self._make = make

    def formatted(self, record: Record) -> tuple[bytes, int]:
        if not isinstance(record, Record):
            raise WriteNeedsRecord
        return self._make(record), 0


def _json(record: Record) -> bytes:
    return json.dumps(record.as_dict(), separators=(",", ":"), ensure_ascii=False).encode()


def formatter_for(format: str, options: WritingOptions, report: Any) -> Formatter:
    """Return what makes the bytes of records for a format."""
    if options.encoding not in ("utf-8", "marc8"):
        raise ValueError(f"encoding is {options.encoding!r}; it can be 'utf-8' or 'marc8'")
    if options.encoding == "marc8" and format != "marc":
        raise ValueError("only ISO 2709 (format 'marc') can be written in MARC-8")
    if format == "marc":
        return _Marc(options, report)
    if format == "marcxml":
        return _Simple(record_to_utf8_xml, report)
    if format in ("json", "jsonl"):
        return _Simple(_json, report)
    return _Simple(lambda record: str(record).encode(), report)
