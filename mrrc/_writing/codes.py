"""The problems that a writer reports."""

from __future__ import annotations

from typing import NamedTuple

from mrrc.problems import Problem

# Severity, and what the code means.
CODES: dict[str, tuple[str, str]] = {
    "append-after-padding": (
        "note",
        "The file to append to ended with blanks, line ends, NULs or 0x1A after its last record; "
        "the first record written takes their place.",
    ),
    "written-delimiter-in-data": (
        "warning",
        "A subfield's value had a subfield delimiter (0x1F) in it; a blank was written for it.",
    ),
    "written-field-divided": (
        "note",
        "A field over 9,999 bytes was divided between its subfields over several fields of the "
        "same tag.",
    ),
    "written-indicator": (
        "warning",
        "An indicator was not exactly one character of graphic ASCII; a blank was written.",
    ),
    "written-kind-of-field": (
        "warning",
        "A control field had the tag of a data field and was written as its subfield $a, or a data "
        "field had the tag of a control field and its values were written, joined by blanks.",
    ),
    "written-leader": (
        "warning",
        "The leader had not 24 characters and was padded or cut, or had delimiters, terminators or "
        "characters that are not ASCII, and blanks were written for them.",
    ),
    "written-lengths-as-zeros": (
        "note",
        "Lengths or starting positions that ISO 2709 cannot express were written as zeros.",
    ),
    "written-record-divided": (
        "note",
        "A record over 99,999 bytes was divided over several records.",
    ),
    "written-replacement-character": (
        "warning",
        "Characters that stand for undecodable bytes were written as U+FFFD.",
    ),
    "written-subfield-code": (
        "warning",
        "A subfield code was not exactly one character of graphic ASCII; a question mark was "
        "written.",
    ),
    "written-tag": (
        "warning",
        "A tag was not three characters of graphic ASCII; the letter Z stands for what was wrong.",
    ),
    "written-terminator-in-data": (
        "warning",
        "A text had a field or record terminator (0x1E, 0x1D) in it; a blank was written for it.",
    ),
}


class Finding(NamedTuple):
    """A problem before its place in the file is known; `field` is the field's index."""

    code: str
    field: int | None
    tag: str | None
    found: str
    done: str

    def as_problem(
        self,
        record_number: int | None,
        control_number: str | None,
        offset: int | None,
        span: tuple[int, int] | None,
    ) -> Problem:
        """Return the problem; `span` is offset in the record and length, if they are known."""
        start, length = (None, 0) if span is None else span
        return Problem(
            code=self.code,
            severity=CODES[self.code][0],
            record_number=record_number,
            offset=None if offset is None or start is None else offset + start,
            record_offset=start,
            length=length,
            control_number=control_number,
            tag=self.tag,
            found=self.found,
            done=self.done,
        )
