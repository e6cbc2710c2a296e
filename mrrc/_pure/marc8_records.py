"""Whole records in MARC-8."""

from __future__ import annotations

import re
from collections import deque

from mrrc._pure.lookup import directory_entry, entry_count
from mrrc._pure.marc8_encoder import encode_marc8

# No control characters, and no ampersand: it can begin a numeric character reference.
_SAME = re.compile(rb"[\x1e\x1f -%'-~]*\Z")
_DELIMITER_AND_CODE = re.compile(rb"(\x1f[\x00-\x7f])")
# Ranges that Unicode 13.0 has filled, the edition of Python 3.10: the normal form of a character
# is the same in all editions that have it. MARC-8, and the records that come from it, have need of
# these. It takes milliseconds to compile, so that is left to the first who needs it.
_SETTLED = (
    "[\x00-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u052f\u0591-\u05c7"
    "\u05d0-\u05ea\u05ef-\u05f4\u0600-\u061b\u061e-\u06ff\u0900-\u097f\u0e01-\u0e3a"
    "\u0e3f-\u0e5b\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b"
    "\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fc4\u1fc6-\u1fd3\u1fd6-\u1fdb\u1fdd-\u1fef"
    "\u1ff2-\u1ff4\u1ff6-\u1ffe\u2000-\u2064\u2070-\u2071\u2074-\u208e\u2090-\u209c"
    "\u20a0-\u20bf\u20d0-\u20f0\u2100-\u218b\u2190-\u2426\u2460-\u2b73\u3000-\u303f"
    "\u3041-\u3096\u3099-\u30ff\u3105-\u312f\u3131-\u318e\u3220-\u9ffc\uac00-\ud7a3"
    "\ue000-\ufa6d\ufa70-\ufad9\ufb1d-\ufb36\ufe20-\ufe52\uff01-\uffbe\U0001f300-\U0001f6d7]*\\Z"
)


def record_to_marc8(raw: bytes) -> bytes | None:
    """Return a plain record in MARC-8, leader position 9 blank.

    Each text is encoded by itself, as `encode_marc8` does it. Returns None where the record has to
    be looked at more closely: the result would not fit the structure, the leader has control
    characters, a control field has a subfield delimiter, an indicator is a control character, or a
    text has characters whose normal form is not the same in all editions of Unicode.
    """
    if not raw[:24].decode("latin-1").isprintable():
        return None
    directory = bytearray()
    data: list[bytes] = []
    offset = 0
    for index in range(entry_count(raw)):
        tag, content = directory_entry(raw, index)
        if tag < b"010" and tag.isdigit():
            if b"\x1f" in content:
                return None
        elif b"\x7f" in content[:2]:
            return None
        if not _SAME.match(content):
            texts = _encoded(content[:-1])
            if texts is None:
                return None
            content = texts + b"\x1e"
        if len(content) > 9_999:
            return None
        directory += b"%b%04d%05d" % (tag, len(content), offset)
        data.append(content)
        offset += len(content)
    base = 24 + len(directory) + 1
    length = base + offset + 1
    if length > 99_999:
        return None
    leader = b"%05d%b %b%05d%b" % (length, raw[5:9], raw[10:12], base, raw[17:24])
    return b"".join((leader, directory, b"\x1e", *data, b"\x1d"))


def _encoded(content: bytes) -> bytes | None:
    """Encode the texts between the delimiters; these and the codes stay as they are."""
    pieces = _DELIMITER_AND_CODE.split(content)
    for index in range(0, len(pieces), 2):
        text = pieces[index].decode()
        if not re.match(_SETTLED, text):
            return None
        pieces[index] = encode_marc8(text)
    return b"".join(pieces)


class Marc8Batches:
    """Batches of records on their way into MARC-8.

    The extension encodes them with this many threads, beside the interpreter; here the number has
    no effect.
    """

    def __init__(self, threads: int) -> None:
        self._batches: deque[list[bytes]] = deque()

    def submit(self, raws: list[bytes]) -> None:
        """Let plain records be encoded."""
        self._batches.append(list(raws))

    def take(self) -> list[bytes | None]:
        """Return what `record_to_marc8` does for each record of the batch that came first."""
        return [record_to_marc8(raw) for raw in self._batches.popleft()] if self._batches else []
