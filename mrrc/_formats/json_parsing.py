"""JSON as it stands there: with the places of all its parts, and read on where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_DEPTH = 64

_BLANKS = re.compile(r"[ \t\r\n\ufeff\x1e]*")
_TO_SPECIAL = re.compile(r'[^"\\]*')
# A comma may be missing before the next member.
_BEHIND_VALUE = re.compile(r"""[ \t\r\n]*(?:[,}\]]|\Z|"[^"\\]{0,20}"[ \t\r\n]*:)""")
_BEHIND_NAME = re.compile(r"[ \t\r\n]*(?::|\Z)")
_LITERAL = re.compile(r'[^ \t\r\n,:{}\[\]"]+')
_ESCAPES = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
_UNIT = re.compile(r"\\u([0-9A-Fa-f]{4})")


class Node:
    """Something in JSON: from where to where it stands in the text; None while it is open.

    Attributes:
        at: index of the first character.
        end: index behind the last one.
    """

    __slots__ = ("at", "end")

    def __init__(self, at: int) -> None:
        self.at = at
        self.end: int | None = None


class Text(Node):
    """A string, its escapes decoded."""

    __slots__ = ("value",)
    value: str


class Literal(Node):
    """A number, a word, or anything else that stands in the place of a value."""

    __slots__ = ("value",)
    value: str


class Items(Node):
    """An array."""

    __slots__ = ("values",)

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.values: list[Node] = []


class Members(Node):
    """An object: names and values, in order, as often as they stand there."""

    __slots__ = ("pairs",)

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.pairs: list[tuple[Text, Node]] = []

    def get(self, *names: str) -> Node | None:
        """Return the value of the first member with one of these names."""
        for name, value in self.pairs:
            if name.value in names:
                return value
        return None


class Broken(Exception):
    """It cannot be read on from the place `at`."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Parser:
    """Reads JSON.

    Attributes:
        notes: what is wrong and was read all the same: a code of a problem, the index of the
            character.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.notes: list[tuple[str, int]] = []

    def blanks(self, at: int) -> int:
        """Return the index behind white space."""
        match = _BLANKS.match(self._text, at)
        return match.end() if match else at

    def value(self, at: int, put: Callable[[Node], object], depth: int = 1) -> int:
        """Read a value, return the index behind it.

        What there is of it is put where it belongs before it is read to its end. Raises Broken.
        """
        at = self.blanks(at)
        character = self._text[at : at + 1]
        if character == '"':
            return self._string(at, put, _BEHIND_VALUE)
        if character in ("{", "["):
            if depth > MAX_DEPTH:
                raise Broken(at)
            return (self._members if character == "{" else self._items)(at, put, depth)
        match = _LITERAL.match(self._text, at)
        if match is None:
            raise Broken(at)
        literal = Literal(at)
        literal.value = match[0]
        literal.end = match.end()
        put(literal)
        return match.end()

    def _members(self, at: int, put: Callable[[Node], object], depth: int) -> int:
        members = Members(at)
        put(members)
        at = self.blanks(at + 1)
        while not self._text.startswith("}", at):
            if not self._text.startswith('"', at):
                raise Broken(at)
            names: list[Text] = []
            at = self._string(at, names.append, _BEHIND_NAME)  # type: ignore[arg-type]
            at = self.blanks(at)
            if not self._text.startswith(":", at):
                raise Broken(at)

            def add(value: Node, name: Text = names[0]) -> None:
                members.pairs.append((name, value))

            at = self._comma(self.value(at + 1, add, depth + 1), '"')
        members.end = at + 1
        return at + 1

    def _items(self, at: int, put: Callable[[Node], object], depth: int) -> int:
        items = Items(at)
        put(items)
        at = self.blanks(at + 1)
        while not self._text.startswith("]", at):
            at = self._comma(self.value(at, items.values.append, depth + 1), '"{[')
        items.end = at + 1
        return at + 1

    def _comma(self, at: int, begins: str) -> int:
        """Pass a comma, or see that the end follows; where the next one begins, it is missing."""
        at = self.blanks(at)
        character = self._text[at : at + 1]
        if character == ",":
            return self.blanks(at + 1)
        if character and character in begins:
            self.notes.append(("json-invalid", at))
        elif character not in ("}", "]"):
            raise Broken(at)
        return at

    def _string(self, at: int, put: Callable[[Node], object], behind: re.Pattern[str]) -> int:
        """Read a string; a quotation mark behind which none can end is one of its characters."""
        text = self._text
        string = Text(at)
        pieces: list[str] = []
        at += 1
        try:
            while True:
                match = _TO_SPECIAL.match(text, at)
                if match:
                    pieces.append(match[0])
                    at = match.end()
                if at >= len(text):
                    # A line end is none of its characters if the next record has ended it.
                    pieces[-1:] = [piece.rstrip("\r\n") for piece in pieces[-1:]]
                    raise Broken(at)
                if text[at] == "\\":
                    at = self._escape(at, pieces)
                    continue
                at += 1
                if behind.match(text, at):
                    string.end = at
                    return at
                self.notes.append(("json-invalid", at - 1))
                pieces.append('"')
        finally:
            string.value = "".join(pieces)
            put(string)

    def _escape(self, at: int, pieces: list[str]) -> int:
        """Read an escape; a backslash that begins none is one of the characters."""
        text = self._text
        following = text[at + 1 : at + 2]
        if following in _ESCAPES:
            pieces.append(_ESCAPES[following])
            return at + 2
        match = _UNIT.match(text, at)
        if match is None:
            self.notes.append(("json-invalid", at))
            pieces.append("\\")
            return at + 1
        unit = int(match[1], 16)
        if not 0xD800 <= unit < 0xE000:
            pieces.append(chr(unit))
            return match.end()
        second = _UNIT.match(text, match.end())
        low = int(second[1], 16) if second else 0
        if unit < 0xDC00 and second and 0xDC00 <= low < 0xE000:
            pieces.append(chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)))
            return second.end()
        self.notes.append(("surrogate-unpaired", at))
        pieces.append("\ufffd")
        return match.end()
