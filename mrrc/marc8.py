"""MARC-8 to Unicode, for users: the converter and its function.

Source: MARC 21 specification, character sets, MARC-8 environment
(https://www.loc.gov/marc/specifications/speccharmarc8.html).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mrrc import _engine, marc8_mapping
from mrrc._pure.marc8 import ANSEL, BASIC_LATIN, Marc8Decoder

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MARC8ToUnicode", "marc8_mapping", "marc8_to_unicode"]

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
