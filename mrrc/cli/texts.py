"""Texts for a terminal: harmless, of known width, and with styles."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

Piece = tuple[str, str]
"""A text and its style: "", "head", "tag", "name", "code", "dim", "problem", "match"."""

Line = list[Piece]


def visible(text: str) -> str:
    """Return a text in which nothing commands the terminal, and every byte can be told.

    >>> visible("a\\x1b[2J" + chr(0xDCE9))
    'a\\\\x1b[2J\\\\xe9'
    """
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) else _escaped(ord(each)) for each in text)


def _is_shown(character: str) -> bool:
    # Marks that join letters or turn the direction of writing are part of texts in many scripts,
    # but those that override what follows could make one text look like another.
    if character.isprintable() or character in "\u200c\u200d\u200e\u200f\u3000\u00a0":
        return True
    return unicodedata.category(character) == "Zs"


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    total = 0
    for each in text:
        if unicodedata.combining(each) or unicodedata.category(each) in ("Mn", "Me", "Cf"):
            continue
        total += 2 if unicodedata.east_asian_width(each) in "WF" else 1
    return total


def plain(line: Sequence[Piece]) -> str:
    """Return a line without its styles."""
    return "".join(text for text, _ in line).rstrip()
