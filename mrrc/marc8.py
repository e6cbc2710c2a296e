"""MARC-8 to Unicode and back, for users: the converter and the functions.

Source: MARC 21 specification, character sets, MARC-8 environment
(https://www.loc.gov/marc/specifications/speccharmarc8.html).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from mrrc import _engine, marc8_mapping
from mrrc._pure.marc8 import ANSEL, BASIC_LATIN, Marc8Decoder
from mrrc._pure.marc8_encoder import REFERENCE, referenced_character

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

__all__ = [
    "MARC8ToUnicode",
    "decode_keeping",
    "decode_references",
    "marc8_mapping",
    "marc8_to_unicode",
    "unicode_to_marc8",
]

logger = logging.getLogger("pymarc")

# A damaged string can have thousands of codes without a character; this many are named.
_LOGGED_NOTES = 10


def marc8_to_unicode(marc8: Any, hide_utf8_warnings: bool = False) -> str:
    """Return the text of one MARC-8 string, in NFC.

    A code without a character becomes a blank; a warning that names these codes is logged unless
    `hide_utf8_warnings` is true. A str is decoded as if each character were a byte, escape
    characters excepted; nothing (None, an empty string) is an empty text.

    Raises UnicodeDecodeError where an escape sequence is cut off.

    >>> marc8_to_unicode(b"Caf\\xe2e")
    'Café'
    """
    notes: list[str] = []
    try:
        return decode_noting(marc8, notes)
    finally:
        if not hide_utf8_warnings:
            log_notes(notes)


def decode_noting(marc8: Any, notes: list[str]) -> str:
    """Do as `marc8_to_unicode`, but append a sentence for each such code to `notes`."""
    converter = MARC8ToUnicode()
    try:
        return converter.translate_noting(marc8, notes)
    except (IndexError, TypeError) as error:
        raise UnicodeDecodeError(
            "marc8_to_unicode", marc8, 0, len(marc8), "invalid multibyte character encoding"
        ) from error


def unicode_to_marc8(text: str) -> bytes:
    """Return a text in MARC-8, from which `marc8_to_unicode` and `decode_references` get it back.

    What comes back is the text in NFC. It starts and ends with Basic Latin in G0 and Extended
    Latin (ANSEL) in G1. A character without a MARC-8 form becomes a numeric character reference,
    and so do control characters, which decoding drops, a combining character that has no base in
    MARC-8 to stand on, and the ampersand of what looks like a reference but is the text's own.

    The delimiters and terminators (0x1D to 0x1F) are written as they are. U+DC00 to U+DCFF stand
    for bytes that had no character when the text was read (`decode_keeping`), and become these
    bytes.

    Raises UnicodeEncodeError for any other surrogate, and for such bytes where they would not be
    read as bytes without a character again.

    Source: MARC 21 specification, conversion between environments, lossless conversion
    (https://www.loc.gov/marc/specifications/speccharconversion.html).

    >>> unicode_to_marc8("Caf\\u00e9, \\u4e00, \\U0001f600")
    b'Caf\\xe2e, \\x1b$1!0!\\x1b(B, &#x1F600;'
    """
    return _engine.encode_marc8(text)


def decode_references(text: str) -> str:
    """Return a text that was MARC-8, each numeric character reference in it the character.

    A reference is `&#x`, one to six hexadecimal digits of either case, and a semicolon; decimal
    ones are no part of the specification. Those that stand for no character, for a surrogate, or
    for a delimiter or terminator (0x1D to 0x1F) stay as they are. The result is not normalised.

    >>> decode_references("&#x4E00; &#x1F600; &#38; &#xD800;")
    '\\u4e00 \\U0001f600 &#38; &#xD800;'
    """
    return REFERENCE.sub(_referenced, text) if "&#" in text else text


def _referenced(found: re.Match[str]) -> str:
    character = referenced_character(found[1])
    return found[0] if character is None else character


def decode_keeping(
    data: bytes, errors: Literal["strict", "keep", "replace"] = "keep"
) -> tuple[str, tuple[str, ...]]:
    """Return the text of one MARC-8 string, in NFC, and a note for each place without a character.

    A code without a character becomes a lone surrogate for each of its bytes, chr(0xDC00 + byte),
    if `errors` is "keep", and one U+FFFD if it is "replace". So do an escape sequence or a sequence
    of EACC that is cut off, and combining characters that nothing follows. Without notes the text
    is that of `marc8_to_unicode`. `unicode_to_marc8` writes the bytes that were kept back.

    Raises UnicodeDecodeError at the first such place, with its offsets, if `errors` is "strict";
    ValueError for any other word.

    >>> decode_keeping(b"caf\\xe2e \\xff")[0]
    'caf\\xe9 \\udcff'
    >>> decode_keeping(b"caf\\xe2e \\xff", "replace")[0]
    'caf\\xe9 \\ufffd'
    """
    # Only damage leads here.
    from mrrc._pure.marc8_keeping import KeepingDecoder

    decoder = KeepingDecoder(errors)
    text = decoder.decode(data)
    return text, tuple(decoder.notes)


def log_notes(notes: Sequence[str], where: str = "") -> None:
    """Log one warning that has the notes, with `where` before them; none without notes."""
    if not notes:
        return
    named = where + "; ".join(notes[:_LOGGED_NOTES])
    if len(notes) > _LOGGED_NOTES:
        logger.warning("%s; and %d more", named, len(notes) - _LOGGED_NOTES)
    else:
        logger.warning("%s", named)


class MARC8ToUnicode:
    """Converts MARC-8 strings, keeping the character sets in force from one to the next.

    `g0` and `g1` are the designations of the sets in force (the final byte of the escape sequence
    that calls for a set). With `quiet` nothing is logged.

    >>> converter = MARC8ToUnicode()
    >>> converter.translate(b"\\x1b(Nabc"), converter.g0, converter.translate(b"abc")
    ('АБЦ', 78, 'АБЦ')
    """

    basic_latin = BASIC_LATIN
    ansel = ANSEL

    def __init__(self, G0: int = basic_latin, G1: int = ansel, quiet: bool = False) -> None:
        """Start with the sets `G0` and `G1`."""
        self.g0 = G0
        self.g0_set = {b"(", b",", b"$"}
        self.g1 = G1
        self.g1_set = {b")", b"-", b"$"}
        self.quiet = quiet

    def translate(self, marc8_string: Any) -> str:
        """Return the text of one string, in NFC.

        Raises TypeError where an escape sequence is cut off, and for what is not a string.
        """
        notes: list[str] = []
        try:
            return self.translate_noting(marc8_string, notes)
        finally:
            if not self.quiet:
                log_notes(notes)

    def translate_noting(self, marc8_string: Any, notes: list[str]) -> str:
        """Do as `translate`, but append a sentence for each code without a character to `notes`."""
        if not marc8_string:
            return ""
        decode = _engine.decode_marc8_text
        if type(marc8_string) is bytes and _is_byte(self.g0) and _is_byte(self.g1):
            decode = _engine.decode_marc8
        try:
            text, self.g0, self.g1, found = decode(marc8_string, self.g0, self.g1)
        except (AttributeError, TypeError, ValueError):
            # Once more, for the sets and notes up to the error, which the engines do not return.
            decoder = Marc8Decoder(self.g0, self.g1)
            try:
                return decoder.decode(marc8_string)
            finally:
                self.g0 = decoder.g0
                self.g1 = decoder.g1
                notes.extend(decoder.notes)
        notes.extend(found)
        return text


def _is_byte(designation: object) -> bool:
    return isinstance(designation, int) and 0 <= designation <= 0xFF
