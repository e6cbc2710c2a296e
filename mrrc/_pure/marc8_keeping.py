"""MARC-8 to Unicode where nothing may be lost: codes without a character are kept in the text."""

from __future__ import annotations

from functools import cache
from typing import Any

from mrrc._pure.marc8 import (
    DESIGNATIONS,
    Marc8Decoder,
    character_set,
    is_cut_off_escape,
    is_dropped,
)

_FIRST_SURROGATE = 0xDC00
_REPLACEMENT_CHARACTER = "\ufffd"


@cache
def _mark_codes(g0: int, g1: int) -> frozenset[int]:
    """Return the bytes that are combining characters when these sets are in force."""
    return frozenset(
        code
        for designation, is_above in ((g0, False), (g1, True))
        if designation in DESIGNATIONS
        for code, (_, combining) in character_set(designation).items()
        if combining and (code > 0x80) is is_above and not is_dropped(code)
    )


class KeepingDecoder(Marc8Decoder):
    """Decodes strings of MARC-8 as its base class does, but not to blanks.

    `errors` says what becomes of a code without a character: with "keep" a lone surrogate for each
    of its bytes, 0xDC00 and the byte, with "replace" one U+FFFD, with "strict" an error. What
    follows from damage as well is treated alike: an escape sequence that is cut off, and combining
    characters that no base follows.
    """

    __slots__ = ("_errors", "_seen")

    def __init__(self, errors: str) -> None:
        if errors not in ("strict", "keep", "replace"):
            raise ValueError(f"errors is {errors!r}; it can be 'strict', 'keep' or 'replace'")
        super().__init__()
        self._errors = errors
        # The bytes of all combining characters so far, and where they are: those that wait for
        # their base are the last of them.
        self._seen: list[int] = []

    def decode(self, data: Any) -> str:
        """Return the text of one string of bytes in NFC.

        Raises UnicodeDecodeError for what the base class has a blank for or drops, if `errors` is
        "strict".
        """
        self._seen = []
        return super().decode(data)

    def _decode_bytes(self, data: bytes) -> None:
        super()._decode_bytes(data)
        self._settle_waiting(data)

    def _follow_escape(self, data: Any, offset: int) -> int:
        # The longest of them has three bytes.
        if len(data) - offset > 3 or not is_cut_off_escape(data[offset:]):
            return super()._follow_escape(data, offset)
        self._settle_waiting(data)
        note = f"MARC-8 escape sequence at offset {offset} is cut off"
        self._parts.append(self._stand_in(data, offset, len(data), note))
        return len(data)

    def _decode_code(self, data: Any, offset: int, *, escape_offset: int = 0) -> int:
        waiting = len(self._waiting)
        end = super()._decode_code(data, offset, escape_offset=escape_offset)
        if len(self._waiting) > waiting:
            self._seen.append(offset)
        return end

    def _decode_single_bytes(self, data: bytes, offset: int, stop: int) -> None:
        super()._decode_single_bytes(data, offset, stop)
        marks = _mark_codes(self.g0, self.g1)
        self._seen.extend(each for each in range(offset, stop) if data[each] in marks)

    def _cut_off(self, data: Any, offset: int) -> str:
        self._settle_waiting(data)
        return super()._cut_off(data, offset)

    def _settle_waiting(self, data: bytes) -> None:
        """Put the combining characters that no base follows where they are."""
        offsets = self._seen[len(self._seen) - len(self._waiting) :]
        self._waiting = ""
        for offset in offsets:
            note = (
                f"MARC-8 combining character 0x{data[offset]:02X} at offset {offset} has no "
                "character after it to stand on"
            )
            self._parts.append(self._stand_in(data, offset, offset + 1, note))

    def _stand_in(self, data: Any, start: int, end: int, note: str) -> str:
        self.notes.append(note)
        if self._errors == "strict":
            raise UnicodeDecodeError("marc-8", data, start, end, note)
        if self._errors == "replace":
            return _REPLACEMENT_CHARACTER
        return "".join(chr(_FIRST_SURROGATE + byte) for byte in data[start:end])
