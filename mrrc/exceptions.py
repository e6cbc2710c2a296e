"""Everything mrrc raises or warns about on its own account.

Each exception says in a sentence what is wrong and what helps, and carries where it happened as
data: the attributes below are `None` where the place is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mrrc.field import Field
    from mrrc.problems import Problem


class PymarcException(Exception):
    """Base of all exceptions of this package; the name is pymarc's, so that handlers match.

    Attributes:
        record_number: 1-based number of the record in what the reader has read.
        offset: offset of the record's first byte, in bytes from the start of the file.
        tag: tag of the field that was being read or written.
        control_number: content of the record's field 001.
    """

    record_number: int | None = None
    offset: int | None = None
    tag: str | None = None
    control_number: str | None = None
    _sentence = ""

    def __str__(self) -> str:
        text = self._sentence or super().__str__()
        where = describe_place(self)
        return f"{text} ({where})" if where else text


def describe_place(error: BaseException) -> str:
    """Return where `error` happened, for a message: "record 3, byte 812, field 245, 001 x".

    Only what is known is named; an empty string when nothing is. Works on any exception, because
    errors of Python's own (UnicodeDecodeError, ValueError) get the same attributes from a reader.
    """
    parts = []
    for name, words in (
        ("record_number", "record {}"),
        ("offset", "byte {}"),
        ("tag", "field {}"),
        ("control_number", "001 {}"),
    ):
        value = getattr(error, name, None)
        if value is not None:
            parts.append(words.format(value))
    return ", ".join(parts)


def add_place(error: BaseException, **facts: int | str | None) -> None:
    """Set attributes of `PymarcException` on any exception, where they are not known yet."""
    for name, value in facts.items():
        if value is not None and getattr(error, name, None) is None:
            setattr(error, name, value)


class FatalReaderError(PymarcException):
    """Base of the errors after which a `MARCReader` cannot find the next record."""


class RecordLengthInvalid(FatalReaderError):
    """Leader positions 00-04 are not a number."""

    _sentence = (
        "The record length (leader 00-04) is not a number, so the end of the record is unknown"
    )


class TruncatedRecord(FatalReaderError):
    """The data end before the record does."""

    _sentence = "The data end before the record length given in the leader is reached"


class EndOfRecordNotFound(FatalReaderError):
    """The last byte of the record, by its length, is not a record terminator."""

    _sentence = (
        "There is no record terminator (0x1D) where the record length in the leader says the "
        "record ends"
    )


class RecordLeaderInvalid(PymarcException):
    """A leader that is not 24 characters long."""

    _sentence = "The leader is not 24 characters long"


class RecordDirectoryInvalid(PymarcException):
    """A directory whose length is not a multiple of 12."""

    _sentence = "The length of the directory is not a multiple of 12 bytes"


class NoFieldsFound(PymarcException):
    """A record without a single directory entry."""

    _sentence = "The directory of the record has no entry"


class BaseAddressInvalid(PymarcException):
    """The base address of data lies outside the record."""

    _sentence = "The base address of data (leader 12-16) lies past the end of the record"


class BaseAddressNotFound(PymarcException):
    """The base address of data is zero or negative."""

    _sentence = "The base address of data (leader 12-16) is not a positive number"


class WriteNeedsRecord(PymarcException):
    """Something else than a Record was handed to a writer."""

    _sentence = "A writer takes mrrc.Record objects only"


class NoActiveFile(PymarcException):
    """A writer without a file; kept because programs name it, never raised."""

    _sentence = "The writer has no open file"


class FieldNotFound(PymarcException):
    """The field to be removed is not in the record."""

    _sentence = "The record does not hold this Field object (fields are compared by identity)"


class BadSubfieldCodeWarning(Warning):
    """A subfield whose code is not ASCII was read; `subf` holds its bytes, code included."""

    def __init__(self, subf: bytes) -> None:
        super().__init__()
        self.subf = subf

    def __str__(self) -> str:
        return f"Subfield code is not ASCII, a letter was made of it: {self.subf!r}"


class BadLeaderValue(PymarcException):
    """A value that does not fit the leader position it was assigned to."""


class MissingLinkedFields(PymarcException):
    """A field whose subfield $6 names an 880 field that the record does not have."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.field = field
        self.tag = field.tag

    def __str__(self) -> str:
        return f"{self.field.tag} field with a subfield $6 that no field 880 of the record answers"


class _TooLong(PymarcException):
    """What `FieldTooLong` and `RecordTooLong` share."""

    def __init__(self, tag: str | None, length: int, limit: int, control_number: str | None):
        super().__init__(tag, length, limit, control_number)
        self.tag = tag
        self.length = length
        self.limit = limit
        self.control_number = control_number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, self.__dict__


class FieldTooLong(_TooLong):
    """A field, or its tag, has more bytes than a directory entry can express.

    Attributes:
        tag: the field's tag.
        length: its length in bytes, field terminator included (the tag's own length in bytes
            when `limit` is 3).
        limit: what the structure allows: 9,999 for a field, 3 for a tag.
        control_number: content of the record's field 001, or None.

    Raised before anything of the record is written. Source: MARC 21 Specifications for Record
    Structure, "Directory": length of field has four digits, a tag three characters.
    """

    def __str__(self) -> str:
        what = "Tag" if self.limit == 3 else "Field"
        record = f" of record {self.control_number}" if self.control_number else ""
        advice = (
            "a tag has exactly 3 bytes"
            if self.limit == 3
            else f"ISO 2709 allows {self.limit:,}; divide its content over several fields"
        )
        return f"{what} {self.tag!r}{record} is {self.length:,} bytes long: {advice}"


class RecordTooLong(_TooLong):
    """A record has more bytes than its leader can express.

    Attributes:
        tag: None.
        length: the record's length in bytes, record terminator included.
        limit: 99,999.
        control_number: content of the record's field 001, or None.

    Raised before anything of the record is written. Source: MARC 21 Specifications for Record
    Structure, "Leader": record length has five digits.
    """

    def __str__(self) -> str:
        record = f"Record {self.control_number}" if self.control_number else "The record"
        return (
            f"{record} is {self.length:,} bytes long, and ISO 2709 allows {self.limit:,}: "
            "divide it, or write MARCXML or JSON, which have no limit"
        )


class InvalidContent(PymarcException):
    """A record that would not be read as it is, and that a writer was told not to repair.

    Attributes:
        problems: what is wrong, each a `Problem`.
        tag: tag of the first field concerned.
        control_number: content of the record's field 001, or None.
    """

    def __init__(
        self, problems: Sequence[Problem], advice: str = "invalid='repair' writes it repaired"
    ) -> None:
        super().__init__(problems, advice)
        self.problems = tuple(problems)
        self.tag = problems[0].tag
        self.control_number = problems[0].control_number
        self.record_number = problems[0].record_number
        count = len(problems)
        also = f", and {count - 1} more" if count > 1 else ""
        self._sentence = (
            f"The record cannot be written as it is: {problems[0].found}{also}; {advice}"
        )


class RecordsNotWritten(PymarcException):
    """Records that `MARCWriter.write_many` left out; all others are written.

    Attributes:
        errors: a list of pairs, the number of the record, counted from 1 in what was to be written,
            and the exception that `write` would have raised.
        records_written: how many were written.
    """

    def __init__(self, errors: list[tuple[int, Exception]], records_written: int) -> None:
        super().__init__(errors, records_written)
        self.errors = errors
        self.records_written = records_written

    def __str__(self) -> str:
        named = "; ".join(
            [f"{number}: {type(error).__name__}: {error}" for number, error in self.errors[:3]]
        )
        more = f"; and {len(self.errors) - 3:,} more" if len(self.errors) > 3 else ""
        noun = "record was" if len(self.errors) == 1 else "records were"
        return (
            f"{len(self.errors):,} {noun} not written, {self.records_written:,} were: {named}{more}"
        )


class IncompleteTarget(PymarcException):
    """A file to append to that does not end with a record terminator.

    Attributes:
        offset: offset of the first byte after the last record terminator, None if it is far away.
        length: number of bytes from there to the end of the file.
        found: the first of these bytes.
    """

    def __init__(self, offset: int | None, length: int, found: bytes) -> None:
        super().__init__(offset, length, found)
        self.offset = offset
        self.length = length
        self.found = found

    def __str__(self) -> str:
        where = (
            f"the last {self.length:,} bytes"
            if self.offset is None
            else f"{self.length:,} bytes from byte {self.offset} on"
        )
        return (
            f"The file does not end with a whole record: {where} have no record terminator "
            f"({self.found!r}); cut them off, or complete them, before appending"
        )


class DamagedRecord(PymarcException):
    """A record, or what stands between two, that a reader was told not to accept.

    With `recovery="strict"` that is the first problem of any kind; with `undecodable="reject"`,
    text that cannot be decoded.

    Attributes:
        problem: the `Problem`; its record number, offset, tag and control number are attributes of
            the exception as well.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem
        self.record_number = problem.record_number
        self.offset = problem.offset
        self.tag = problem.tag
        self.control_number = problem.control_number

    def __str__(self) -> str:
        if self.problem.code == "text-undecodable":
            return f"{self.problem}; undecodable='keep' or 'replace', and no 'strict', reads it"
        return f"{self.problem}; recovery='salvage' reads on"


class UnknownFormat(PymarcException, ValueError):
    """Data that do not look like MARC in any of its formats.

    Attributes:
        name: of the file, None where it has none.
        looks_like: what the data look like, in words.
    """

    def __init__(self, name: str | None, looks_like: str) -> None:
        super().__init__(name, looks_like)
        self.name = name
        self.looks_like = looks_like

    def __str__(self) -> str:
        what = "The data are" if self.name is None else f"{self.name} is"
        return (
            f"{what} {self.looks_like}, by the first bytes; if it is MARC all the same, say in "
            "which format: format='marc', 'marcxml', 'json', 'jsonl', 'mrk', 'line' or 'aleph'"
        )


class TooManyErrors(PymarcException):
    """A conversion met more errors than it was told to put up with.

    Attributes:
        errors: how many there were.
    """

    def __init__(self, errors: int) -> None:
        super().__init__(errors)
        self.errors = errors
        self._sentence = (
            f"{errors:,} records or stretches of bytes were rejected, which is too many"
        )
