"""Whether a record can be in another encoding than its leader claims, by a quick look."""

from __future__ import annotations

import re

# An escape sequence; or what a text has in it that was encoded in UTF-8 twice.
_DOUBTFUL = re.compile(rb"\x1b|\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
# MARC-8 drops control characters, other sets keep them.
_ESCAPE_OR_CONTROL = re.compile(rb"[\x00-\x1c\x7f]")
_DELIMITERS = re.compile(rb"[\x1d-\x1f]")
_ESCAPE = b"\x1b"
# What UNIMARC has in field 100, which in MARC 21 is a name.
_UNIMARC_100 = re.compile(rb"[^\x1d-\x1f]{2}\x1fa[0-9]{8}")
_LEADER_LENGTH, _ENTRY_LENGTH = 24, 12


def is_surely_as_claimed(raw: bytes) -> bool:
    """Say whether a plain record in UTF-8, or one of ASCII, needs no closer look at its encoding.

    True is sure: `mrrc.encoding.detect` would find what leader position 9 claims. False is not.
    """
    if raw[9:10] == b"a":
        return _DOUBTFUL.search(raw) is None
    return raw.isascii() and _ESCAPE_OR_CONTROL.search(raw) is None


def is_credible(raw: bytes) -> bool:
    """Say whether a record may be what it claims, so that only what has no other sense is in doubt.

    One that claims to be in MARC-8 is doubted if a text is valid UTF-8, or if it is UNIMARC, which
    names its sets elsewhere. Whether the texts can be decoded is another question.
    """
    if raw[9:10] == b"a":
        return _DOUBTFUL.search(raw) is None
    if raw.isascii() and _ESCAPE not in raw:
        return True
    return not (_names_its_sets(raw) or any(map(_is_utf8, _DELIMITERS.split(raw))))


def _is_utf8(text: bytes) -> bool:
    """Say whether a text is in UTF-8, and not ASCII."""
    if text.isascii():
        return False
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _names_its_sets(raw: bytes) -> bool:
    """Say whether this is UNIMARC, with the coded data of field 100."""
    base = raw[12:17]
    if not base.isdigit():
        return False
    for start in range(_LEADER_LENGTH, int(base) - _ENTRY_LENGTH, _ENTRY_LENGTH):
        offset = raw[start + 7 : start + 12]
        if raw[start : start + 3] == b"100" and offset.isdigit():
            return _UNIMARC_100.match(raw, int(base) + int(offset)) is not None
    return False
