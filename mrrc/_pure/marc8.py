"""MARC-8 to Unicode: the reference decoder.

MARC-8 keeps two graphic sets at hand, G0 for bytes below 0x80 and G1 for those above, and changes
them with escape sequences. Combining characters come before their base; Unicode wants them after.
EACC (Chinese, Japanese, Korean) takes three bytes to a character, all other sets one.

Source: MARC 21 specification, character sets, MARC-8 environment
(https://www.loc.gov/marc/specifications/speccharmarc8.html).
"""

from __future__ import annotations

import re
import unicodedata
from codecs import charmap_decode
from functools import cache
from typing import Any

BASIC_LATIN = 0x42
ANSEL = 0x45
EACC = 0x31

# The final bytes that name a character set.
DESIGNATIONS = frozenset((0x31, 0x32, 0x33, 0x34, 0x42, 0x45, 0x4E, 0x51, 0x53, 0x62, 0x67, 0x70))
_BACK_TO_BASIC_LATIN = 0x73
_ESCAPE = 0x1B
_EACC_LENGTH = 3
_G0_INTERMEDIATES = frozenset((b"(", b",", b"$"))
_G1_INTERMEDIATES = frozenset((b")", b"-"))
# No table has these two characters, so they can stand for what has no character.
_DROPPED = "\x00"
_UNKNOWN = "\x01"


@cache
def character_set(designation: int) -> dict[int, tuple[int, int]]:
    """Return one set: its codes, each with its code point and 1 if it is combining, else 0.

    Raises KeyError for a designation that names no set.
    """
    from mrrc._pure._marc8_tables import SETS

    entries: dict[int, tuple[int, int]] = {}
    for token in SETS[designation].split():
        separator = "+" if "+" in token else ":"
        first, _, characters = token.partition(separator)
        combining = int(separator == "+")
        text = bytes.fromhex(characters).decode("utf-16-be")
        for code, character in enumerate(text, int(first, 16)):
            entries[code] = (ord(character), combining)
    return entries


@cache
def odd_codes() -> dict[int, int]:
    """Return the three-byte codes that no set has but that are met with, and their code points."""
    from mrrc._pure._marc8_tables import ODD_CODES

    return dict(ODD_CODES)


@cache
def _eacc_characters() -> dict[bytes, str]:
    """Return EACC by its three bytes; no character of it is combining."""
    return {code.to_bytes(3, "big"): chr(point) for code, (point, _) in character_set(EACC).items()}


@cache
def _single_byte_characters(g0: int | None, g1: int | None) -> str:
    """Return the 256 characters that single bytes stand for; None is a set that does not exist."""
    characters = []
    for code in range(0x100):
        entries = _entries(g0 if code <= 0x80 else g1)
        if is_dropped(code):
            characters.append(_DROPPED)
        elif code in entries:
            characters.append(chr(entries[code][0]))
        else:
            characters.append(_UNKNOWN)
    return "".join(characters)


@cache
def _combining_characters() -> str:
    """Return all combining characters. None of them is in another set as a character by itself."""
    return "".join(
        {
            chr(point)
            for designation in DESIGNATIONS - {EACC}
            for point, combining in character_set(designation).values()
            if combining
        }
    )


@cache
def _combining_before_base() -> re.Pattern[str]:
    combining = _combining_characters()
    return re.compile(f"([{combining}]+)([^{combining}])", re.DOTALL)


def _entries(designation: int | None) -> dict[int, tuple[int, int]]:
    """Return the codes of a set; none for a designation that names no set."""
    return character_set(designation) if designation in DESIGNATIONS else {}


def is_dropped(code: int) -> bool:
    """Tell whether the code is a control character, which does not reach the text."""
    return code < 0x20 or 0x80 < code < 0xA0


def is_cut_off_escape(rest: bytes) -> bool:
    """Tell whether a string ends with a part of an escape sequence, and nothing else.

    A short sequence counts as a part: it has no meaning without a code.
    """
    if rest[:1] != b"\x1b":
        return False
    tail = rest[1:]
    return (
        tail in (b"", b"$,", *_G0_INTERMEDIATES, *_G1_INTERMEDIATES)
        or (len(tail) == 1 and tail[0] in DESIGNATIONS)
    )  # fmt: skip


class Marc8Decoder:
    """Decodes strings of MARC-8, keeping the sets in force from one to the next.

    `g0` and `g1` are the designations in force, `notes` one sentence for each code without a
    character. Both are up to date after an exception as well.
    """

    __slots__ = ("_parts", "_waiting", "g0", "g1", "notes")

    def __init__(self, g0: int = BASIC_LATIN, g1: int = ANSEL) -> None:
        self.g0 = g0
        self.g1 = g1
        self.notes: list[str] = []
        self._parts: list[str] = []
        # Combining characters whose base has not come yet.
        self._waiting = ""

    @property
    def has_waiting(self) -> bool:
        """Whether the string ended in combining characters that no base followed: they are lost."""
        return bool(self._waiting)

    def decode(self, data: Any) -> str:
        """Return the text of one string in NFC.

        Raises TypeError where an escape sequence is cut off, and for what is not a string.
        """
        if not data:
            return ""
        self._parts = []
        self._waiting = ""
        if isinstance(data, bytes):
            self._decode_bytes(data)
        else:
            self._decode_items(data)
        # Combining characters that no base follows are lost.
        text = "".join(self._parts)
        return text if text.isascii() else unicodedata.normalize("NFC", text)

    def _decode_bytes(self, data: bytes) -> None:
        offset = 0
        end = len(data)
        while offset < end:
            if data[offset] == _ESCAPE:
                offset = self._follow_escape(data, offset)
            elif self.g0 == EACC:
                offset = self._decode_eacc(data, offset)
            else:
                escape = data.find(b"\x1b", offset)
                stop = end if escape < 0 else escape
                self._decode_single_bytes(data, offset, stop)
                offset = stop

    def _decode_items(self, data: Any) -> None:
        """Decode anything but bytes item by item, with whatever errors its items lead to."""
        offset = 0
        while offset < len(data):
            # No item of a str is a byte, so escape sequences are not seen in one.
            if not isinstance(data, str) and data[offset : offset + 1] == b"\x1b":
                offset = self._follow_escape(data, offset)
            else:
                offset = self._decode_code(data, offset)

    def _follow_escape(self, data: Any, offset: int) -> int:
        """Follow the escape sequence at `offset`; return the offset of what is next."""
        intermediate = data[offset + 1 : offset + 2]
        if intermediate in _G0_INTERMEDIATES:
            if len(data) < offset + 3:
                # Kept, to show that something is wrong here.
                self._parts.append(data[offset : offset + 1].decode("ascii"))
                return offset + 1
            is_long = intermediate == b"$" and data[offset + 2 : offset + 3] == b","
            final = offset + 3 if is_long else offset + 2
            self.g0 = _item(data, final, offset)
            return final + 1
        if intermediate in _G1_INTERMEDIATES:
            self.g1 = _item(data, offset + 2, offset)
            return offset + 3
        # What follows one of the short forms is a code, even if it is an escape character; without
        # a form that is known the escape character itself is taken for a code.
        form = _item(data, offset + 1, offset)
        code_offset = offset
        if form in DESIGNATIONS:
            self.g0 = form
            code_offset = offset + 2
        elif form == _BACK_TO_BASIC_LATIN:
            self.g0 = BASIC_LATIN
            code_offset = offset + 2
            if code_offset == len(data):
                return code_offset
        return self._decode_code(data, code_offset, escape_offset=offset)

    def _decode_code(self, data: Any, offset: int, *, escape_offset: int = 0) -> int:
        """Decode the one code at `offset`; return the offset after it."""
        is_eacc = self.g0 == EACC
        length = _EACC_LENGTH if is_eacc else 1
        if is_eacc and len(data) < offset + length:
            self._place(self._cut_off(data, offset))
            return offset + length
        code = 0
        for index in range(offset, offset + length):
            code = code * 0x100 + _item(data, index, escape_offset)
        if is_dropped(code):
            return offset + length
        entries = _entries(self.g1 if code > 0x80 and not is_eacc else self.g0)
        if code in entries:
            point, combining = entries[code]
            if combining:
                self._waiting += chr(point)
            else:
                self._place(chr(point))
        elif code in odd_codes():
            # Combining characters that wait go on waiting.
            self._parts.append(chr(odd_codes()[code]))
        else:
            self._place(self._unknown(code, data, offset, length))
        return offset + length

    def _decode_eacc(self, data: bytes, offset: int) -> int:
        """Do as `_decode_code` up to the next escape sequence; return its offset."""
        characters = _eacc_characters()
        end = len(data)
        while offset < end and data[offset] != _ESCAPE:
            character = characters.get(data[offset : offset + _EACC_LENGTH])
            if character is None:
                offset = self._decode_code(data, offset)
            else:
                self._place(character)
                offset += _EACC_LENGTH
        return offset

    def _decode_single_bytes(self, data: bytes, offset: int, stop: int) -> None:
        """Do as `_decode_code` for each byte from `offset` to before `stop`."""
        chunk = data[offset:stop]
        table = _single_byte_characters(
            self.g0 if self.g0 in DESIGNATIONS else None,
            self.g1 if self.g1 in DESIGNATIONS else None,
        )
        text, _ = charmap_decode(chunk, "strict", table)
        if _UNKNOWN in text:
            text = "".join(
                self._unknown(chunk[index], data, offset + index, 1)
                if character == _UNKNOWN
                else character
                for index, character in enumerate(text)
            )
        if _DROPPED in text:
            text = text.replace(_DROPPED, "")
        if not self._waiting and text.isascii():
            self._parts.append(text)
            return
        text = self._waiting + text
        settled = text.rstrip(_combining_characters())
        self._waiting = text[len(settled) :]
        # Text, combining characters, base, text, combining characters, base ... text.
        pieces = _combining_before_base().split(settled)
        pieces[1::3], pieces[2::3] = pieces[2::3], pieces[1::3]
        self._parts += pieces

    def _place(self, character: str) -> None:
        """Append a base character, and after it the combining ones that have waited for it."""
        self._parts.append(character)
        if self._waiting:
            self._parts.append(self._waiting)
            self._waiting = ""

    def _unknown(self, code: int, data: Any, offset: int, length: int) -> str:
        """Note a code that has no character; return what stands in for it."""
        if code == 0x20 and length == 1:
            # The blank is the blank in every set, though most tables leave it out.
            return " "
        what = f"byte 0x{code:02X}" if length == 1 else f"sequence 0x{code:06X}"
        note = (
            f"MARC-8 {what} at offset {offset} has no character in the sets in force "
            f"({self._sets_in_force()})"
        )
        return self._stand_in(data, offset, offset + length, note)

    def _cut_off(self, data: Any, offset: int) -> str:
        """Note a sequence of EACC that is cut off; return what stands in for it."""
        note = (
            f"MARC-8 sequence at offset {offset} is cut off: {len(data) - offset} of its 3 bytes "
            f"are there ({self._sets_in_force()})"
        )
        return self._stand_in(data, offset, len(data), note)

    def _stand_in(self, data: Any, start: int, end: int, note: str) -> str:
        """Take a note; return what stands in the text for the code from `start` to `end`."""
        self.notes.append(note)
        return " "

    def _sets_in_force(self) -> str:
        return f"G0 {_in_hex(self.g0)}, G1 {_in_hex(self.g1)}"


def _in_hex(designation: object) -> str:
    return f"0x{designation:02X}" if isinstance(designation, int) else repr(designation)


def _item(data: Any, index: int, escape_offset: int) -> int:
    """Return the number of one item; a TypeError if an escape sequence lacks it."""
    if index >= len(data):
        raise TypeError(f"MARC-8 escape sequence at offset {escape_offset} is cut off")
    return ord(data[index : index + 1])


def decode_marc8(
    data: bytes | str, g0: int = BASIC_LATIN, g1: int = ANSEL
) -> tuple[str, int, int, tuple[str, ...]]:
    """Return the text of a string in NFC, the sets in force after it, and the notes.

    `g0` and `g1` are the designations in force before it. There is one note, a sentence, for each
    code without a character, which becomes a blank.

    Raises TypeError where an escape sequence is cut off, and for what is not a string.
    """
    if g0 == BASIC_LATIN and isinstance(data, bytes) and data.isascii():
        text = data.decode("ascii")
        if text.isprintable():
            return text, g0, g1, ()
    decoder = Marc8Decoder(g0, g1)
    text = decoder.decode(data)
    return text, decoder.g0, decoder.g1, tuple(decoder.notes)
