"""Text to the encodings that Python does not have, to make records whose encoding is known."""

from __future__ import annotations

from functools import cache
from unicodedata import combining, normalize

from mrrc._pure.marc8 import ANSEL, character_set
from mrrc.encoding import _unimarc
from mrrc.marc8 import unicode_to_marc8

# One mark over two letters is two halves in the sets of MARC-8 and UNIMARC.
_HALVES = {"\u0361": ("\ufe20", "\ufe21"), "\u0360": ("\ufe22", "\ufe23")}


@cache
def _codes(name: str) -> dict[str, int]:
    if name == "marc8":
        entries = [(code, chr(point)) for code, (point, _) in character_set(ANSEL).items()]
    else:
        entries = [(code, each) for code, (each, _) in _unimarc.right_half(name).items()]
    codes: dict[str, int] = {}
    for code, character in entries:
        codes.setdefault(character, code)
    return codes


def marks(name: str) -> dict[str, int]:
    """Return the combining characters of an encoding that has marks before letters."""
    return {each: code for each, code in _codes(name).items() if combining(each)}


def encode_marks_first(text: str, name: str) -> bytes | None:
    """Return the text in Extended Latin ("marc8") or "iso5426"; None where it has no such form."""
    codes = _codes(name)
    encoded = bytearray()
    base = b""
    marks = bytearray()
    half = b""

    def flush() -> None:
        encoded.extend(marks)
        encoded.extend(base)
        marks.clear()

    for character in normalize("NFD", text):
        if character in _HALVES:
            left, right = (codes.get(each) for each in _HALVES[character])
            if left is None or right is None:
                return None
            marks.append(left)
            half = bytes([right])
            continue
        if combining(character):
            if character not in codes:
                return None
            marks.append(codes[character])
            continue
        flush()
        if character < "\x80":
            base = character.encode()
        elif character in codes:
            base = bytes([codes[character]])
        else:
            return None
        if half:
            marks.extend(half)
            half = b""
    flush()
    return bytes(encoded)


def encode(text: str, name: str) -> bytes | None:
    """Return the text in an encoding; None where it has no form there."""
    if name == "iso5426":
        return encode_marks_first(text, name)
    if name == "marc8":
        encoded = unicode_to_marc8(text)
        # References are ASCII, and say nothing of the encoding.
        return None if b"&#x" in encoded else encoded
    try:
        return normalize("NFC", text).encode(name)
    except UnicodeEncodeError:
        return None
