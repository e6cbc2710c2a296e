"""The bytes of a record inside a file of some format, and what had to be changed for them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mrrc import _engine
from mrrc._formats.texts import finished_texts
from mrrc._writing.making import log_repairs
from mrrc.exceptions import InvalidContent, WriteNeedsRecord
from mrrc.problems import Problem, make_problem
from mrrc.record import Record
from mrrc.writer import MARCWriter

if TYPE_CHECKING:
    from mrrc._formats.writing import WritingOptions

_FORMATTERS = {
    "json": "mrrc._formats.json_writing",
    "jsonl": "mrrc._formats.json_writing",
    "marcxml": "mrrc._formats.xml_writing",
    "mrk": "mrrc._formats.mrk_writing",
}
"""For each text format the module whose `formatted(record, report)` returns the record's bytes."""

GRAPHIC = frozenset(map(chr, range(0x21, 0x7F)))
"""The codes of subfields that every reader of ISO 2709 takes for such."""

_OCLC_JSON = "mrrc._formats.oclc_json"

Listener = Callable[[Problem], object]


class Formatter:
    """Makes the bytes of a record for one format.

    Attributes:
        target: the engine's name for what is made, by which it makes runs of records; None where
            each record has to be looked at in Python.
    """

    target: str | None = None

    def __init__(self, listener: Listener | None) -> None:
        self._listener = listener

    def formatted(self, record: Record) -> tuple[bytes, int]:
        """Return the bytes of a record, and how many changes were made, which are reported.

        Raises:
            WriteNeedsRecord: it is no Record.
            Whatever it is that keeps it from being written; nothing is reported then.
        """
        raise WriteNeedsRecord

    def _tell(self, problems: Sequence[Problem]) -> None:
        """Report the changes made in a record: to the listener, or in the log."""
        if self._listener is None:
            log_repairs(problems)
        else:
            for problem in problems:
                self._listener(problem)


class _Repairing(MARCWriter):
    """Keeps what it has to say about a record, and repairs what a reader would take for damage."""

    def write(self, record: Record) -> None:
        if not (isinstance(record, Record) and self._is_odd(record)):
            super().write(record)
            return
        marc = self._serialise_by_field(record, GRAPHIC)
        if self.file_handle is not None:
            self.file_handle.write(marc)
            self.records_written += 1

    def _is_odd(self, record: Record) -> bool:
        """Say whether it has codes, or in MARC-8 indicators, that are read as something else."""
        if type(record).as_marc is not Record.as_marc or not record.to_unicode:
            return False
        for field in record.fields:
            if field.control_field:
                continue
            if self._encoding == "marc8" and "\x7f" in (field.indicators or ()):
                return True
            if not GRAPHIC.issuperset([subfield.code for subfield in field._peek_subfields()]):
                return True
        return False

    def _report(self, problems: Sequence[Problem]) -> None:
        self.problems.extend(problems)


class _Marc(Formatter):
    """ISO 2709, by way of its writer."""

    def __init__(self, options: WritingOptions, listener: Listener | None) -> None:
        super().__init__(listener)
        self._bytes: list[bytes] = []
        self._writer = _Repairing(
            self,  # type: ignore[arg-type]
            encoding=options.encoding,
            normalize=options.normalize,
            oversize=options.oversize,
            undecodable=options.undecodable,
        )
        if options.normalize is None:
            self.target = "marc8" if options.encoding == "marc8" else "marc"

    def write(self, data: bytes) -> int:
        """Take the bytes of a record; the writer's file."""
        self._bytes.append(data)
        return len(data)

    def formatted(self, record: Record) -> tuple[bytes, int]:
        writer = self._writer
        if isinstance(record, Record) and self.target is not None:
            marc = _engine.format_record(record, self.target)
            if marc is not None:
                writer.records_written += 1
                return marc, 0
        writer.write(record)
        data = self._bytes.pop()
        changes = len(writer.problems)
        if changes:
            problems = writer.problems[:]
            writer.problems.clear()
            self._tell(problems)
        return data, changes


class _Text(Formatter):
    """Any other format, by its reference formatter."""

    def __init__(self, format: str, options: WritingOptions, listener: Listener | None) -> None:
        super().__init__(listener)
        if options.undecodable == "keep":
            raise ValueError("undecodable bytes can be kept in ISO 2709 only; 'replace' them")
        self._form: Any = options.normalize
        self._number = 0
        self._rejects = options.undecodable == "reject"
        oclc = format in ("json", "jsonl") and options.json_form == "oclc"
        self._formatted = import_module(_OCLC_JSON if oclc else _FORMATTERS[format]).formatted
        if self._form is None and not oclc:
            self.target = format

    def formatted(self, record: Record) -> tuple[bytes, int]:
        if not isinstance(record, Record):
            raise WriteNeedsRecord
        self._number += 1
        if self._form is not None:
            record = finished_texts(copy.deepcopy(record), self._form, "keep")
        elif self.target is not None:
            data = _engine.format_record(record, self.target)
            if data is not None:
                return data, 0
        problems: list[Problem] = []

        def report(
            code: str,
            offset: int,
            *,
            length: int = 0,
            tag: bytes | None = None,
            found: bytes = b"",
            used: bytes = b"",
        ) -> None:
            problem = make_problem(
                code,
                record_number=self._number,
                record_start=None,
                record_offset=None,
                length=length,
                control_number=_control_number(record),
                tag=tag,
                found=found,
                used=used,
            )
            problems.append(problem)

        data = self._formatted(record, report)
        if problems:
            if self._rejects:
                replaced = [each for each in problems if each.code == _REPLACED]
                if replaced:
                    raise InvalidContent(replaced, "undecodable='replace' writes U+FFFD")
            self._tell(problems)
        return data, len(problems)


_REPLACED = "written-replacement-character"


def _control_number(record: Record) -> str | None:
    field = record.get("001")
    return None if field is None else field.data


def formatter_for(format: str, options: WritingOptions, listener: Listener | None) -> Formatter:
    """Return what makes the bytes of records for a format.

    Raises:
        ValueError: an option has another value than it can have, or not in this format.
    """
    for name, value, choices in (
        ("encoding", options.encoding, ("utf-8", "marc8")),
        ("normalize", options.normalize, (None, "NFC", "NFD")),
        ("undecodable", options.undecodable, ("reject", "keep", "replace")),
        ("json_form", options.json_form, ("marc-in-json", "oclc")),
    ):
        if value not in choices:
            raise ValueError(f"{name} is {value!r}; it can be {', '.join(map(repr, choices))}")
    if format == "marc":
        return _Marc(options, listener)
    if options.encoding == "marc8":
        raise ValueError("only ISO 2709 (format 'marc') can be written in MARC-8")
    return _Text(format, options, listener)


def text_of(record: Record, format: str) -> str:
    """Return a record as text in a format; changes are named in the log."""
    from mrrc._formats.writing import WritingOptions

    data, _ = _Text(format, WritingOptions(undecodable="replace"), None).formatted(record)
    return data.decode()
