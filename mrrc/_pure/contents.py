"""The inside of a damaged record's fields: indicators, delimiters and codes made sound.

Nothing is dropped but a delimiter that nothing follows: text in a place where none can be becomes
a subfield with the code "?".
"""

from __future__ import annotations

import re

Problem = tuple[str, int, int, "bytes | None", bytes, bytes]

_NO_CODE = re.compile(rb"\x1f(?![\x00-\x1c\x20-\x7f])")


def _without_terminators(tag: bytes, offset: int, content: bytes, problems: list[Problem]) -> bytes:
    """Put a blank for each terminator inside the content."""
    count = content.count(b"\x1e")
    if count:
        where = offset + content.find(b"\x1e")
        problems.append(("field-terminator-stray", where, count, tag, b"%d" % count, b""))
        content = content.replace(b"\x1e", b" ")
    count = content.count(b"\x1d")
    if count:
        where = offset + content.find(b"\x1d")
        problems.append(("record-terminator-stray", where, count, tag, b"%d" % count, b""))
        content = content.replace(b"\x1d", b" ")
    return content


def checked_control_field(
    tag: bytes, offset: int, content: bytes, problems: list[Problem]
) -> bytes:
    """Return the content of a variable control field, sound."""
    content = _without_terminators(tag, offset, content, problems)
    match = _NO_CODE.search(content)
    if match is None:
        return content
    where = offset + match.start()
    problems.append(("delimiter-in-control-field", where, 1, tag, b"", b""))
    return _NO_CODE.sub(b" ", content)


def checked_data_field(tag: bytes, offset: int, content: bytes, problems: list[Problem]) -> bytes:
    """Return the content of a variable data field, sound: indicators, then coded subfields."""
    content = _without_terminators(tag, offset, content, problems)
    head, *subfields = content.split(b"\x1f")
    sound = [_indicators(tag, offset, head, problems)]
    where = offset + len(head)
    # A field has one problem of each kind, as there can be thousands: the first, and how many.
    missing: list[int] = []
    invalid: list[int] = []
    for subfield in subfields:
        if not subfield:
            missing.append(where)
        elif not 0x21 <= subfield[0] < 0x7F:
            invalid.append(where + 1)
            sound.append(b"?" + subfield)
        else:
            sound.append(subfield)
        where += 1 + len(subfield)
    if missing:
        problems.append(("subfield-code-missing", missing[0], len(missing), tag, b"", b""))
    if invalid:
        code = content[invalid[0] - offset : invalid[0] - offset + 1]
        problems.append(("subfield-code-invalid", invalid[0], len(invalid), tag, code, b"?"))
    return b"\x1f".join(sound)


def _indicators(tag: bytes, offset: int, head: bytes, problems: list[Problem]) -> bytes:
    """Return two indicators, and a subfield of what else stands before the first delimiter."""
    indicators = bytes(byte if 0x20 <= byte < 0x80 else 0x20 for byte in head[:2])
    if indicators != head[:2]:
        problems.append(("indicator-invalid", offset, len(indicators), tag, head[:2], indicators))
    if len(head) < 2:
        problems.append(("indicators-missing", offset, len(head), tag, head, b""))
        return indicators.ljust(2)
    if len(head) > 2:
        found = head[2:]
        problems.append(("text-before-subfields", offset + 2, len(found), tag, found, b"?"))
        return indicators + b"\x1f?" + found
    return indicators
