"""Whole records in MARC-8."""

from __future__ import annotations

import re
from collections import deque

from mrrc._pure.lookup import directory_entry, entry_count
from mrrc._pure.marc8_encoder import encode_marc8

# No control characters, and no ampersand: it can begin a numeric character reference.
_SAME = re.compile(rb"[\x1e\x1f -%'-~]*\Z")
_DELIMITER_AND_CODE = re.compile(rb"(\x1f[\x00-\x7f])")
# No edition of Unicode since 13.0, that of Python 3.10, has added a mark or a decomposition to the
# ranges that are left out here.
_UNSETTLED = re.compile(
    "[\u0870-\u08ff\u0c00-\u0dff\u0e80-\u1dff\u20f1-\u20ff\ua000-\uabff\ud7a4-\udfff\ufffe-\U0001f2ff"
    "\U0001fb00-\U0010ffff]"
)


def record_to_marc8(raw: bytes) -> bytes | None:
    """Return a plain record in MARC-8, leader position 9 blank.

    Each text is encoded by itself, as `encode_marc8` does it. Returns None where the record has to
    be looked at more closely: the result would not fit the structure, the leader has control
    characters, a control field has a subfield delimiter, or a text has characters whose normal form
    is not the same in all editions of Unicode.
    """
    if not raw[:24].decode("latin-1").isprintable():
        return None
    directory = bytearray()
    data: list[bytes] = []
    offset = 0
    for index in range(entry_count(raw)):
        tag, content = directory_entry(raw, index)
        if tag < b"010" and tag.isdigit() and b"\x1f" in content:
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
        # Below U+0300 all text is in NFC, and settled.
        if _UNSETTLED.search(text):
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
