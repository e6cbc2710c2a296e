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
    "paths": "Readers take a path (str or Path); in pymarc MARCReader fails at the first record.",
    "JSON paths": "JSONReader reads the file of a path as UTF-8, or as its `encoding` says; "
    "pymarc reads it in the encoding of the locale, whatever `encoding` says.",
    "context managers": "Readers and writers work in a with statement.",
    "exception details": "current_exception carries record_number, offset, tag and "
    "control_number where they are known.",
}
