"""Every way in which mrrc deliberately differs from pymarc. Anything else is a fault.

A row says when it applies: its predicate sees the step and both outcomes. It has to be
narrow, and `test_deliberate.py` has a test for each row that the difference is still there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.differential.outcomes import Outcome

if TYPE_CHECKING:
    from tests.differential.compare import Step


@dataclass(frozen=True)
class Row:
    """One deliberate difference."""

    name: str
    reason: str
    applies: Callable[[Step, Outcome, Outcome], bool]


SIZE_ERRORS = ("FieldTooLong", "RecordTooLong")
MARC8_NOTICE = re.compile(
    r"^(Unable to parse character 0x[0-9a-f]+ in g0=\d+ g1=\d+"
    r"|Multi-byte position \d+ exceeds length of marc8 string \d+)$"
)
# Most sets of MARC-8 leave the blank out of their tables; it is read as a blank all the same.
BLANK_NOTICE = re.compile(r"^Unable to parse character 0x20 in g0=(?!49 )\d+ g1=\d+$")
# What XML 1.0 forbids: controls, surrogates and the two noncharacters of the first plane.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FORBIDDEN_REFERENCE = re.compile(r"&#(\d+);")


def unreadable(written: Any) -> bool:
    """Whether bytes that pymarc wrote cannot be read back as the record they came from."""
    if not isinstance(written, bytes):
        return False
    if len(written) > 99_999 or not written[12:17].isdigit():
        return True
    base = int(written[12:17])
    if (base - 25) % 12:
        return True
    directory = written[24 : base - 1]
    offset = 0
    for start in range(0, len(directory), 12):
        length, position = directory[start + 3 : start + 7], directory[start + 7 : start + 12]
        if not length.isdigit() or not position.isdigit() or int(position) != offset:
            return True
        offset += int(length)
    return False


def _refused(theirs: Any, ours: Any) -> bool:
    """Whether ours is a size error exactly where theirs is unreadable bytes."""
    if theirs == ours:
        return True
    if isinstance(theirs, bytes) and isinstance(ours, tuple) and len(ours) == 3:
        return ours[0] == "raised" and _is_size_error(ours[1]) and unreadable(theirs)
    if not isinstance(theirs, tuple | list) or type(theirs) is not type(ours):
        return False
    return len(theirs) == len(ours) and all(map(_refused, theirs, ours))


def _is_size_error(names: tuple[str, ...]) -> bool:
    return names[0] in SIZE_ERRORS and names[-1] == "PymarcException"


def too_large(step: Step, theirs: Outcome, ours: Outcome) -> bool:
    said = [(outcome.warnings, outcome.logs, outcome.stderr) for outcome in (theirs, ours)]
    if theirs.error is not None or said[0] != said[1]:
        return False
    if ours.error is None:
        return bool(theirs.value != ours.value) and _refused(theirs.value, ours.value)
    value = theirs.value
    written = [value] if isinstance(value, bytes) else value if isinstance(value, tuple) else []
    return _is_size_error(ours.error[0]) and any(map(unreadable, written))


def _warnings_more(theirs: Outcome, ours: Outcome, least: int = 1, most: int = 1) -> bool:
    """Whether our log is theirs plus so many WARNINGs of the package's logger."""
    added = list(ours.logs)
    for entry in theirs.logs:
        if entry not in added:
            return False
        added.remove(entry)
    if not least <= len(added) <= most:
        return False
    return all(entry[:2] == ("pymarc", "WARNING") for entry in added)


def _records_in(value: Any) -> int:
    """How many records a step went over: it lists them or wrote them as XML."""
    if isinstance(value, list):
        return max(1, len(value))
    return max(1, value.count(b"<record")) if isinstance(value, bytes) else 1


def marc8_notice(step: Step, theirs: Outcome, ours: Outcome) -> bool:
    if not theirs.stderr or ours.stderr:
        return False
    if not all(MARC8_NOTICE.match(line) for line in theirs.stderr):
        return False
    # With the warnings hidden pymarc still writes one of its two lines.
    quiet = step.option("hide_utf8_warnings") or all("Multi" in s for s in theirs.stderr)
    if all(map(BLANK_NOTICE.match, theirs.stderr)):
        return _same_but_text(replace(theirs, stderr=()), ours)
    if not _warnings_more(theirs, ours, 0 if quiet else 1, _records_in(theirs.value)):
        return False
    return _same_but_text(replace(theirs, stderr=(), logs=()), replace(ours, logs=()))


def _well_formed(written: bytes, declared_utf8: bool) -> bytes:
    mark = "\ufffd" if declared_utf8 else "&#65533;"
    text = written.decode("utf-8", "surrogatepass")
    text = FORBIDDEN.sub(mark, text)

    def reference(found: re.Match[str]) -> str:
        return mark if FORBIDDEN.match(chr(int(found[1]))) else found[0]

    return FORBIDDEN_REFERENCE.sub(reference, text).encode("utf-8")


def xml_characters(step: Step, theirs: Outcome, ours: Outcome) -> bool:
    if isinstance(theirs.value, tuple) and isinstance(ours.value, tuple) and theirs.value:
        if theirs.value[1:] != ours.value[1:]:
            return False
        theirs = replace(theirs, value=theirs.value[0])
        ours = replace(ours, value=ours.value[0])
    if not isinstance(theirs.value, bytes) or not isinstance(ours.value, bytes):
        return False
    if not theirs.value.startswith((b"<record", b"<?xml")):
        return False
    candidates = [_well_formed(theirs.value, utf8) for utf8 in (False, True)]
    if theirs.value in candidates or ours.value not in candidates:
        return False
    records = theirs.value.count(b"<record")
    if theirs.stderr:
        # Unknown MARC-8 bytes in the same record have a notice of their own.
        records *= 2
    elif ours.stderr:
        return False
    return theirs.warnings == ours.warnings and 1 <= len(ours.logs) - len(theirs.logs) <= records


def _same_text_or_sentence(theirs: Any, ours: Any) -> bool:
    return theirs == ours or (isinstance(theirs, str) and isinstance(ours, str))


def _same_error(theirs: tuple[Any, ...], ours: tuple[Any, ...]) -> bool:
    """The same exception but for sentences in its arguments."""
    if theirs[0] != ours[0] or len(theirs[1]) != len(ours[1]):
        return False
    if theirs[0][0] in ("UnicodeDecodeError", "UnicodeEncodeError"):
        return bool(theirs[1][:4] == ours[1][:4])
    return all(map(_same_text_or_sentence, theirs[1], ours[1]))


def _same_value(theirs: Any, ours: Any) -> bool:
    """Equal values, where exceptions inside may be worded differently."""
    if theirs == ours:
        return True
    if type(theirs) is not type(ours) or not isinstance(theirs, tuple | list):
        return False
    if len(theirs) != len(ours):
        return False
    if len(theirs) == 3 and theirs[0] == ours[0] and theirs[0] in ("raised", "exception"):
        return _same_error(tuple(theirs[1:]), tuple(ours[1:]))
    return all(map(_same_value, theirs, ours))


def _same_but_text(theirs: Outcome, ours: Outcome) -> bool:
    if (theirs.warnings, theirs.logs, theirs.stderr) != (ours.warnings, ours.logs, ours.stderr):
        return False
    if theirs.error is not None or ours.error is not None:
        if theirs.error is None or ours.error is None:
            return False
        return _same_error(theirs.error, ours.error)
    return _same_value(theirs.value, ours.value)


UNREAD = re.compile(r"^([1-9][\d,]* bytes are|1 byte is|the rest of the data is)$")
FATAL = ("RecordLengthInvalid", "EndOfRecordNotFound")


def _says_unread(entry: tuple[Any, ...]) -> bool:
    """Whether a log record says, after which record and where, that bytes were left unread."""
    name, level, arguments = entry
    if (name, level) != ("pymarc", "WARNING") or len(arguments) != 3:
        return False
    number, offset, left = arguments
    return isinstance(number, int) and isinstance(offset, int) and bool(UNREAD.match(str(left)))


def _fatal_errors(value: Any) -> int:
    """How many exceptions in a value are of the kinds that leave bytes unread."""
    if not isinstance(value, tuple | list):
        return 0
    if len(value) == 3 and value[0] in ("raised", "exception"):
        return int(value[1][0] in FATAL)
    return sum(map(_fatal_errors, value))


def unread_bytes(step: Step, theirs: Outcome, ours: Outcome) -> bool:
    # The only step in which records are read and their exceptions are not shown.
    errors = 1 if step.name == "read back" else _fatal_errors(theirs.value)
    said = [entry for entry in ours.logs if _says_unread(entry)]
    # A reader's last exception is often shown twice.
    if len(said) != 1 or not errors:
        return False
    rest = replace(ours, logs=tuple(entry for entry in ours.logs if entry not in said))
    return _same_but_text(theirs, rest) or marc8_notice(step, theirs, rest)


GRAPHIC = re.compile(rb"[ -~]{3}")
DATA_FIELD = re.compile(rb"[ -~]{2}(\x1f[ -~][^\x1f]*)*", re.DOTALL)


def is_sound(written: bytes) -> bool:
    """Whether every program reads these records as they were meant: lengths and delimiters."""
    for marc in written.split(b"\x1d")[:-1]:
        if len(marc) < 25 or not marc[:5].isdigit() or int(marc[:5]) != len(marc) + 1:
            return False
        base = int(marc[12:17])
        directory, data = marc[24 : base - 1], marc[base:]
        if set(marc[:24]) & {0x1D, 0x1E, 0x1F} or not marc[:24].isascii():
            return False
        fields = data.split(b"\x1e")
        if fields.pop() or len(directory) != 12 * len(fields):
            return False
        for index, field in enumerate(fields):
            entry = directory[12 * index : 12 * index + 12]
            tag = entry[:3]
            if not GRAPHIC.fullmatch(tag) or int(entry[3:7]) != len(field) + 1:
                return False
            is_control_field = tag < b"010" and tag.isdigit()
            if not is_control_field and DATA_FIELD.fullmatch(field) is None:
                return False
    return written[-1:] in (b"", b"\x1d")


def repaired(step: Step, theirs: Outcome, ours: Outcome) -> bool:
    if not step.name.startswith("MARCWriter") or theirs.error is not None or ours.error is not None:
        return False
    if not isinstance(theirs.value, bytes) or not isinstance(ours.value, bytes):
        return False
    if theirs.value == ours.value or not is_sound(ours.value):
        return False
    count = ours.value.count(b"\x1d")
    same = (theirs.warnings, theirs.stderr) == (ours.warnings, ours.stderr)
    return same and count > 0 and _warnings_more(theirs, ours, count, count)


def message_text(step: Step, theirs: Outcome, ours: Outcome) -> bool:
    return _same_but_text(theirs, ours)


TABLE: tuple[Row, ...] = (
    Row(
        "size limits",
        "A field over 9,999 bytes, a record over 99,999 or a tag that is not three bytes long "
        "cannot be expressed in the directory; pymarc writes bytes that nothing can read. "
        "mrrc raises FieldTooLong or RecordTooLong before anything is written.",
        too_large,
    ),
    Row(
        "unsound content",
        "Delimiters in the text, impossible tags, indicators and subfield codes make MARCWriter's "
        "file unreadable, or another record. mrrc writes such a record repaired, and logs one "
        "warning for it.",
        repaired,
    ),
    Row(
        "unread bytes",
        "After a fatal error pymarc leaves the rest of the file unread and says nothing. mrrc "
        "stops there too, and logs one warning with record number, offset and bytes left.",
        unread_bytes,
    ),
    Row(
        "XML characters",
        "Characters that XML 1.0 forbids make pymarc's output unreadable for every parser. "
        "mrrc writes U+FFFD instead and logs one warning per record.",
        xml_characters,
    ),
    Row(
        "MARC-8 notices",
        "pymarc writes a line to standard error for every unknown MARC-8 byte, which cannot be "
        "filtered. mrrc logs one warning per record with the logger pymarc, and none for blanks "
        "in sets whose tables leave the blank out.",
        marc8_notice,
    ),
    Row(
        "message text",
        "The sentence in an exception is mrrc's own: it says what and where. "
        "Class, number of arguments and all arguments that are data are the same.",
        message_text,
    ),
)

# Differences that no comparison of outcomes meets: pymarc offers nothing to compare with.
# They are in the documents and in `test_deliberate.py` under these names.
ADDITIONS: dict[str, str] = {
    "short reads": "A read that returns less than asked for (socket, pipe, unbuffered file) is "
    "continued until the count or the end; pymarc reports TruncatedRecord.",
    "paths": "Readers and MARCWriter take a path (str or Path); in pymarc MARCReader and "
    "MARCWriter fail at the first record.",
    "memory maps": "An mmap object is read in blocks from its position on, which stays where it "
    "is; in pymarc it is a file whose position moves with each record.",
    "JSON paths": "JSONReader reads the file of a path as UTF-8, or as its `encoding` says; "
    "pymarc reads it in the encoding of the locale, whatever `encoding` says.",
    "context managers": "Readers and writers work in a with statement.",
    "exception details": "current_exception carries record_number, offset, tag and "
    "control_number where they are known.",
}
