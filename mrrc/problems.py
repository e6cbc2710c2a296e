"""What is wrong with the data, as data: one `Problem` for each thing that was found.

`CODES` is the list of what can be found; the names in it do not change from version to version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

NOTE = "note"
WARNING = "warning"
ERROR = "error"


class Problem(NamedTuple):
    """Something that is wrong with a record, or with the bytes around it.

    Attributes:
        code: what kind of problem it is; a key of `CODES`, stable from version to version.
        severity: "note" where no content is in doubt, "warning" where content was repaired and
            may differ from what was meant, "error" where content could not be read.
        record_number: 1-based number of the record; for bytes between records, of the one before.
        offset: offset of the first byte concerned, in bytes from the start of the file.
        record_offset: the same from the record's first byte; None for bytes in no record.
        length: number of bytes concerned.
        control_number: content of the record's field 001.
        tag: tag of the field concerned.
        found: what the bytes say.
        done: what was made of it.
        raw: the bytes themselves where they are in no record or field, else empty.
        line: number of the line in a text format, from 1.
        member: name of the file in an archive.

    What is not known is None. `str()` gives one sentence.

    >>> print(Problem("record-length-wrong", "note", 3, 812, found="00713", done="read as 00714"))
    note record-length-wrong: found 00713, done: read as 00714 (record 3, byte 812)
    """

    code: str
    severity: str
    record_number: int | None = None
    offset: int | None = None
    record_offset: int | None = None
    length: int = 0
    control_number: str | None = None
    tag: str | None = None
    found: str = ""
    done: str = ""
    raw: bytes = b""
    line: int | None = None
    member: str | None = None

    def __str__(self) -> str:
        text = f"{self.severity} {self.code}"
        if self.found:
            # Blanks at the ends are hardly seen, and may be all there is.
            seen = self.found if self.found.strip() == self.found else f"'{self.found}'"
            text += f": found {seen}"
        if self.done:
            text += f"{',' if self.found else ':'} done: {self.done}"
        where = []
        if self.record_number is not None:
            where.append(f"record {self.record_number}")
        if self.offset is not None:
            where.append(f"byte {self.offset}")
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.member is not None:
            where.append(f"in {self.member}")
        if self.tag is not None:
            where.append(f"field {self.tag}")
        if self.control_number is not None:
            where.append(f"001 {self.control_number}")
        return f"{text} ({', '.join(where)})" if where else text


class Code(NamedTuple):
    """What a code of a problem means.

    Attributes:
        severity: as in `Problem`.
        meaning: what is wrong, a sentence.
        done: what a reader or writer makes of it; {used} stands for what was used instead.
    """

    severity: str
    meaning: str
    done: str


CODES: dict[str, Code] = {
    # Between records
    "byte-order-mark": Code(NOTE, "A byte order mark of UTF-8 stands before a record.", "skipped"),
    "end-of-file-mark": Code(NOTE, "A byte 0x1A stands after a record.", "skipped"),
    "newline-between-records": Code(NOTE, "Line ends stand between records.", "skipped"),
    "padding-between-records": Code(NOTE, "Blanks, tabs or NULs stand between records.", "skipped"),
    "record-terminator-surplus": Code(
        NOTE, "A record terminator stands where no record ends.", "skipped"
    ),
    "bytes-unread": Code(
        ERROR, "Nothing can be made of these bytes; `raw` has them.", "left out of every record"
    ),
    "record-unreadable": Code(
        ERROR,
        "These bytes look like a record, but no field of it can be read; `raw` has them.",
        "left out of every record",
    ),
    # The record as a whole
    "record-length-wrong": Code(
        NOTE,
        "The record length (leader 00-04) is not the distance to the record terminator.",
        "read as {used}",
    ),
    "record-length-not-number": Code(
        NOTE,
        "The record length (leader 00-04) is not a number.",
        "read as {used}",
    ),
    "record-too-long": Code(
        NOTE,
        "The record is longer than the 99,999 bytes that its length can express.",
        "read whole: {used} bytes",
    ),
    "record-terminator-missing": Code(
        WARNING,
        "There is no record terminator before the next record, or before the end of the file.",
        "read up to there",
    ),
    "record-terminator-stray": Code(
        WARNING, "A record terminator stands inside a field.", "a blank took its place"
    ),
    # Leader and directory
    "leader-length-wrong": Code(
        WARNING,
        "The leader has lost or gained bytes; the directory begins elsewhere than at byte 24.",
        "restored as {used}",
    ),
    "leader-invalid": Code(
        WARNING, "The leader has bytes that are not graphic ASCII or blanks.", "read as {used}"
    ),
    "base-address-wrong": Code(
        NOTE,
        "The base address of data (leader 12-16) is not where the directory ends.",
        "read as {used}",
    ),
    "base-address-not-number": Code(
        NOTE,
        "The base address of data (leader 12-16) is not a number.",
        "read as {used}",
    ),
    "directory-terminator-missing": Code(
        WARNING, "The directory has no field terminator at its end.", "ended after its last entry"
    ),
    "directory-damaged": Code(
        WARNING,
        "Entries of the directory are unreadable, or bytes of it are missing or too many.",
        "fields were cut at their field terminators, and got the tags that can be read",
    ),
    "directory-wrong": Code(
        WARNING,
        "The directory has lengths or starting positions that are not those of the fields.",
        "fields were cut at their field terminators, and got the tags in order",
    ),
    # Fields
    "field-too-long": Code(
        NOTE, "A field is longer than the 9,999 bytes that its length can express.", "read whole"
    ),
    "field-terminator-missing": Code(
        WARNING,
        "A field has no field terminator.",
        "ended where the directory or the record ends it",
    ),
    "field-terminator-stray": Code(
        WARNING, "A field terminator stands inside a field.", "a blank took its place"
    ),
    "field-terminator-surplus": Code(
        NOTE, "A field terminator stands where no field ends.", "skipped"
    ),
    "field-truncated": Code(
        ERROR, "The record breaks off in this field.", "read as far as it goes"
    ),
    "field-missing": Code(
        ERROR, "The directory has an entry for a field that is not there.", "left out"
    ),
    "field-without-entry": Code(
        ERROR, "The directory has no entry for this field; `raw` has it.", "left out"
    ),
    "fields-overlap": Code(
        WARNING, "Two entries of the directory point at the same field.", "read for both"
    ),
    "tag-invalid": Code(
        WARNING,
        "A tag has other characters than letters and digits of ASCII.",
        "kept; a question mark stands for what is not graphic ASCII",
    ),
    "tag-unreadable": Code(
        ERROR, "The tag of this field cannot be read; `raw` has the field.", "left out"
    ),
    # Inside a field
    "indicators-missing": Code(
        WARNING, "A data field has fewer than two indicators.", "read as blanks"
    ),
    "indicator-invalid": Code(
        WARNING, "An indicator is not graphic ASCII or a blank.", "read as a blank"
    ),
    "text-before-subfields": Code(
        WARNING,
        "Text stands between the indicators and the first subfield.",
        "made a subfield with the code {used}",
    ),
    "subfield-code-missing": Code(
        NOTE, "Nothing follows a subfield delimiter.", "the delimiter was left out"
    ),
    "subfield-code-invalid": Code(
        WARNING,
        "A subfield code is not a graphic character of ASCII.",
        "the code is {used}, and the text begins with what stood in its place",
    ),
    "delimiter-in-control-field": Code(
        WARNING,
        "A control field has a subfield delimiter that no code follows.",
        "a blank took its place",
    ),
    # Text
    "encoding-other": Code(
        WARNING, "The text is in another encoding than the record says.", "decoded as {used}"
    ),
    "encoding-mixed": Code(
        WARNING, "The texts of one record are in several encodings.", "each decoded by itself"
    ),
    "encoding-unknown": Code(
        WARNING, "No encoding fits the text.", "decoded as the record says, {used}"
    ),
    "text-undecodable": Code(WARNING, "Bytes are no character of the text's encoding.", "{used}"),
    # Text formats
    "file-truncated": Code(
        ERROR, "The file ends before what was opened in it is closed.", "read up to there"
    ),
    "leader-length": Code(
        WARNING, "The leader has fewer or more than 24 characters.", "read as {used}"
    ),
    "leader-missing": Code(WARNING, "The record has no leader.", "read as {used}"),
    # MARCXML
    "character-forbidden": Code(
        WARNING, "A text has a control character, which XML forbids.", "{used}"
    ),
    "character-unescaped": Code(
        NOTE, "A less-than sign or an ampersand stands for itself in a text.", "read as it stands"
    ),
    "element-misplaced": Code(
        WARNING,
        "An element is none of MARCXML's, or stands where none of its kind can be.",
        "{used}",
    ),
    "element-unclosed": Code(WARNING, "An element has no end tag.", "ended where the next begins"),
    "entity-unknown": Code(WARNING, "A reference to nothing that is known.", "kept as it stands"),
    "markup-malformed": Code(WARNING, "The markup is not well-formed XML.", "{used}"),
    "nested-too-deep": Code(
        ERROR, "Elements are nested more than 64 deep.", "those inside were passed over"
    ),
    "subfield-without-code": Code(WARNING, "A subfield has no code.", "the code is {used}"),
    "text-misplaced": Code(ERROR, "Text stands in no field; `raw` has it.", "left out"),
    # Formats of lines
    "line-unread": Code(
        ERROR, "A line in a record is no field; `raw` has it.", "left out of the record"
    ),
    "line-continued": Code(
        NOTE, "A line is no field; it goes on with the one before.", "joined to it"
    ),
    "comment-line": Code(NOTE, "Lines in a record are comments.", "left out"),
    "field-spacing": Code(
        NOTE, "Tag and content of a field are not two blanks apart.", "read as if they were"
    ),
    "dollar-in-text": Code(
        WARNING,
        "A dollar sign stands in a text, where {dollar} should.",
        "read as a dollar sign",
    ),
    # MARC-in-JSON
    "json-invalid": Code(
        WARNING, "The text breaks the rules of JSON.", "read as it seems to be meant"
    ),
    "part-unread": Code(
        ERROR,
        "A part of the record is no field, indicator or subfield; `raw` has it.",
        "left out of the record",
    ),
    "members-joined": Code(
        NOTE,
        "Several fields or subfields stand in one object, or where another array should.",
        "read one after the other",
    ),
    "kind-of-field-wrong": Code(
        WARNING,
        "A control field has subfields, or a data field has nothing but a text.",
        "read as {used}",
    ),
    "value-not-text": Code(WARNING, "A value is no string.", "read as {used}"),
    "surrogate-unpaired": Code(
        WARNING, "An escape is one half of a character without the other.", "read as U+FFFD"
    ),
    # Packed files, and conversions
    "source-damaged": Code(
        ERROR,
        "A compressed file, or one in an archive, is damaged or cut off.",
        "read as far as it can be unpacked",
    ),
    "member-skipped": Code(
        NOTE, "A file in an archive has no MARC records.", "skipped, as it is {used}"
    ),
    "record-not-written": Code(
        ERROR,
        "A record cannot be written in the format that is wanted; `raw` has the bytes that were "
        "read.",
        "left out",
    ),
    # Writing
    "append-after-padding": Code(
        NOTE,
        "The file to append to ended with blanks, line ends, NULs or 0x1A after its last record.",
        "the first record written takes their place",
    ),
    "written-delimiter-in-data": Code(
        WARNING, "A text had a subfield delimiter (0x1F) in it.", "a blank was written for it"
    ),
    "written-field-divided": Code(
        NOTE,
        "A field was longer than 9,999 bytes.",
        "divided between its subfields over several fields of the same tag",
    ),
    "written-indicator": Code(
        WARNING,
        "An indicator was not exactly one character of graphic ASCII, or none that MARCXML allows.",
        "a blank",
    ),
    "written-kind-of-field": Code(
        WARNING,
        "A control field had the tag of a data field, or a data field that of a control field.",
        "the data as subfield $a, or the values joined by blanks",
    ),
    "written-leader": Code(
        WARNING,
        "The leader had not 24 characters, or some that cannot stand where they did.",
        "padded or cut, and what can stand there in their place",
    ),
    "written-lengths-as-zeros": Code(
        NOTE, "A length or starting position exceeds what ISO 2709 can express.", "zeros"
    ),
    "written-record-divided": Code(
        NOTE, "A record was longer than 99,999 bytes.", "divided over several records"
    ),
    "written-replacement-character": Code(
        WARNING, "Characters stood for undecodable bytes.", "U+FFFD was written"
    ),
    "written-subfield-code": Code(
        WARNING,
        "A subfield code was not exactly one character of graphic ASCII, or none that MARCXML "
        "allows.",
        "a question mark",
    ),
    "written-tag": Code(
        WARNING,
        "A tag was not three characters of graphic ASCII, or none that MARCXML allows.",
        "the letter Z for what was wrong",
    ),
    "written-terminator-in-data": Code(
        WARNING, "A text had a field or record terminator in it.", "a blank was written for it"
    ),
    # Writing MARCXML
    "written-field-without-subfields": Code(
        NOTE,
        "A data field had no subfields, of which MARCXML demands one.",
        "with an empty subfield $a",
    ),
    "written-forbidden-character": Code(
        WARNING, "A text had characters that XML forbids.", "U+FFFD was written for each"
    ),
    "written-order-of-fields": Code(
        NOTE,
        "A control field stood behind a data field, which MARCXML does not allow.",
        "control fields were written first",
    ),
}

# Codes whose bytes are in no record or field: `found` has them, cut to this many for a message.
_LEFT_OUT = frozenset(
    (
        "bytes-unread",
        "record-unreadable",
        "field-without-entry",
        "tag-unreadable",
        "text-misplaced",
        "line-unread",
        "part-unread",
    )
)
_SHOWN = 60
# What was used instead can be a sentence that says why.
_EXPLAINED = 300


def shown(data: bytes, most: int = _SHOWN) -> str:
    """Return bytes for a message: undecodable ones and controls escaped, cut if they are many."""
    text = data[:most].decode("utf-8", "backslashreplace")
    text = "".join(each if each.isprintable() else _escaped(ord(each)) for each in text)
    return f"{text}... ({len(data):,} bytes)" if len(data) > most else text


def _escaped(code_point: int) -> str:
    if code_point < 0x100:
        return f"\\x{code_point:02x}"
    return f"\\u{code_point:04x}" if code_point < 0x10000 else f"\\U{code_point:08x}"


def make_problem(
    code: str,
    *,
    record_number: int | None,
    record_start: int | None,
    record_offset: int | None,
    length: int,
    control_number: str | None = None,
    tag: bytes | None = None,
    found: bytes = b"",
    used: bytes = b"",
) -> Problem:
    """Return the problem of this code; `record_start` is the record's offset in the file."""
    severity, _, done = CODES[code]
    offset = None
    if record_start is not None:
        offset = record_start + (record_offset or 0)
    return Problem(
        code,
        severity,
        record_number,
        offset,
        record_offset,
        length,
        control_number,
        None if tag is None else tag.decode("ascii", "backslashreplace"),
        shown(found),
        done.format(used=shown(used, _EXPLAINED)) if used else done,
        found if code in _LEFT_OUT else b"",
    )


class ProblemLog:
    """The problems of a file: all of them counted, and the first of them kept.

    So many are kept that memory stays bounded whatever the file is: 100,000 problems, and 64 MiB of
    bytes that could not be read; the rest are kept without their bytes, or only counted. `listener`
    is called with each of them, complete.
    """

    _MOST_KEPT = 100_000
    _MOST_BYTES = 64 << 20

    def __init__(self, listener: Callable[[Problem], object] | None = None) -> None:
        self.kept: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self._listener = listener
        self._bytes = 0

    def add(self, problem: Problem) -> None:
        """Count a problem, keep it if there is room, and tell the listener."""
        self.counts[problem.code] += 1
        if self._listener is not None:
            self._listener(problem)
        if len(self.kept) >= self._MOST_KEPT:
            return
        self._bytes += len(problem.raw)
        if self._bytes > self._MOST_BYTES:
            self._bytes -= len(problem.raw)
            problem = problem._replace(raw=b"")
        self.kept.append(problem)
