"""Reads the record of a span of XML that is not well-formed.

Markup is what looks like a tag of MARCXML, or is written as XML writes it; everything else is text.
Bytes that are no UTF-8 are kept as lone surrogates.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mrrc._formats.xml_events import RecordEvents

_NAMES = frozenset(("record", "leader", "controlfield", "datafield", "subfield"))
_ENTITIES = {b"amp": "&", b"lt": "<", b"gt": ">", b"quot": '"', b"apos": "'"}
# Longer ones are no markup.
_LONGEST_TAG = 1 << 14
# How much may be made of the entities of a record.
_MOST_EXPANDED = 1 << 20

_NAME = rb"[A-Za-z_:\x80-\xff][^ \t\r\n<>/=\"'&]*"
_START_TAG = re.compile(
    rb"<(" + _NAME + rb")((?:[ \t\r\n]+[^ \t\r\n<>/=\"']+[ \t\r\n]*=[ \t\r\n]*"
    rb"(?:\"[^<\"]*\"|'[^<']*'))*)[ \t\r\n]*(/?)>"
)
_END_TAG = re.compile(rb"</(" + _NAME + rb")[ \t\r\n]*>")
# What is meant for a tag of MARCXML, however it is written.
_BROKEN_TAG = re.compile(
    rb"<(/?(?:[A-Za-z_][\w.-]*:)?(?:record|leader|controlfield|datafield|subfield))\b([^<>]*)>?"
)
_ATTRIBUTE = re.compile(
    rb"([^ \t\r\n<>/=\"']+)[ \t\r\n]*=[ \t\r\n]*"
    rb"(?:\"([^<\"]*)\"|'([^<']*)'|[\"']?([^ \t\r\n\"'<>/]*))"
)
_REFERENCE = re.compile(
    rb"&(?:#([0-9]{1,9})|#x([0-9A-Fa-f]{1,8})|([A-Za-z_:][A-Za-z0-9_:.-]{0,60}));|&"
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DELIMITERS = re.compile("[\x1d\x1e\x1f]")
_SPECIAL = re.compile(rb"[&\r\x00-\x08\x0b\x0c\x0e-\x1f\x80-\xff]")
_ENTITY = re.compile(
    rb"<!ENTITY[ \t\r\n]+(" + _NAME + rb")[ \t\r\n]+(?:\"([^\"]*)\"|'([^']*)')[ \t\r\n]*>"
)
# One that is not closed goes on to the end: else each of many would be searched to there.
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)


def salvage(span: bytes, doctype: bytes, events: RecordEvents) -> bool:
    """Send what is in a span to `events`, with what is wrong.

    Return whether entities were expanded that the document type declares.
    """
    reader = _Reader(span, events, _declared(doctype))
    reader.read()
    return reader.expanded > 0


class _Reader:
    def __init__(self, span: bytes, events: RecordEvents, entities: dict[bytes, str]) -> None:
        self._span = span
        self._events = events
        self._entities = entities
        self.expanded = 0

    def read(self) -> None:
        span = self._span
        at = 0
        # From where on there is no end of such a token.
        endless: set[bytes] = set()
        while at < len(span):
            found = span.find(b"<", at)
            if found < 0:
                found = len(span)
            if found > at:
                self._text(span[at:found], at)
            at = found
            if at == len(span):
                break
            at = self._markup(at, endless)

    def _markup(self, at: int, endless: set[bytes]) -> int:
        """Take the markup at an offset, or the sign as text; return where it ends."""
        span, events = self._span, self._events
        for opening, mark in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")):
            if not span.startswith(opening, at):
                continue
            begin = at + len(opening)
            end = -1 if mark in endless else span.find(mark, begin)
            if end < 0:
                endless.add(mark)
                events.report("markup-malformed", at, found=opening, used=b"passed over")
                return begin
            if mark == b"]]>":
                self._section(span[begin:end], begin)
            return end + len(mark)
        stop = at + _LONGEST_TAG
        match = _START_TAG.match(span, at, stop)
        if match is not None:
            name = _local(match[1])
            events.start(name, self._attributes(match[2], match.start(2)), at)
            if match[3]:
                events.end(name, at)
            return match.end()
        match = _END_TAG.match(span, at, stop)
        if match is not None:
            events.end(_local(match[1]), at)
            return match.end()
        match = _BROKEN_TAG.match(span, at, stop)
        if match is not None and match.end() < stop:
            events.report("markup-malformed", at, found=match[0][:100], used=b"read as a tag")
            if match[1].startswith(b"/"):
                events.end(_local(match[1][1:]), at)
            else:
                events.start(_local(match[1]), self._attributes(match[2], match.start(2)), at)
            return match.end()
        events.report("character-unescaped", at, found=span[at : at + 20], length=1)
        events.text("<")
        return at + 1

    def _attributes(self, written: bytes, at: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(written):
            group = next(index for index in (2, 3, 4) if match[index] is not None)
            name = match[1].decode("utf-8", "replace")
            if name in attributes:
                where = at + match.start()
                found = match[0][:100]
                self._events.report("markup-malformed", where, found=found, used=b"left out")
                continue
            value = match[group].translate(_BLANKS) if match[group] else b""
            attributes[name] = self._resolved(value, at + match.start(group))
        return attributes

    def _text(self, data: bytes, at: int) -> None:
        self._events.text(self._resolved(data, at))

    def _section(self, data: bytes, at: int) -> None:
        """Take the content of a CDATA section, in which nothing is a reference."""
        self._events.text(self._characters(data, at))

    def _resolved(self, data: bytes, at: int) -> str:
        """Return text, its references resolved."""
        if _SPECIAL.search(data) is None:
            return data.decode("ascii")
        pieces = []
        done = 0
        for match in _REFERENCE.finditer(data):
            start = match.start()
            pieces.append(self._characters(data[done:start], at + done))
            pieces.append(self._reference(match, at + start))
            done = match.end()
        pieces.append(self._characters(data[done:], at + done))
        return "".join(pieces)

    def _reference(self, match: re.Match[bytes], at: int) -> str:
        """Return what a reference stands for: itself, if that is not known."""
        written = match[0].decode("ascii")
        if match[3] is not None:
            text = _ENTITIES.get(match[3])
            if text is None and match[3] in self._entities:
                text = self._entities[match[3]]
                if self.expanded + len(text) > _MOST_EXPANDED:
                    text = None
                else:
                    self.expanded += len(text) + 1
            if text is None:
                self._events.report("entity-unknown", at, found=match[0], length=len(match[0]))
                return written
            return text
        if match[1] is None and match[2] is None:
            self._events.report("character-unescaped", at, found=b"&", length=1)
            return written
        number = int(match[1]) if match[1] is not None else int(match[2], 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            self._events.report("entity-unknown", at, found=match[0], length=len(match[0]))
            return written
        return self._allowed(chr(number), match[0], at)

    def _characters(self, data: bytes, at: int) -> str:
        """Return bytes as text, the ends of lines as XML has them."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            found = data[error.start : error.end]
            where = at + error.start
            self._events.report("text-undecodable", where, length=len(found), found=found)
            text = data.decode("utf-8", "surrogateescape")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return self._allowed(text, data, at)

    def _allowed(self, text: str, found: bytes, at: int) -> str:
        """Return text without delimiters and terminators; report what XML forbids."""
        match = _FORBIDDEN.search(text)
        if match is None:
            return text
        where = (
            at
            if found.startswith(b"&")
            else at + len(text[: match.start()].encode("utf-8", "surrogateescape"))
        )
        sound = _DELIMITERS.sub(" ", text)
        used = b"kept" if sound == text else b"a blank took its place"
        seen = match[0].encode("utf-8")
        self._events.report("character-forbidden", where, length=1, found=seen, used=used)
        return sound


# White space in attributes is blanks.
_BLANKS = bytes(0x20 if byte in b"\t\r\n" else byte for byte in range(256))


def _local(name: bytes) -> str:
    return name.rpartition(b":")[2].decode("utf-8", "replace")


@lru_cache(maxsize=4)
def _declared(doctype: bytes) -> dict[bytes, str]:
    """Return the entities of plain text that a document type declares."""
    entities: dict[bytes, str] = {}
    for match in _ENTITY.finditer(_COMMENT.sub(b"", doctype)):
        name, value = match[1], match[2] if match[2] is not None else match[3]
        text = _plain(value)
        # The first declaration of a name counts.
        if text is not None and name not in entities:
            entities[name] = text
    return entities


def _plain(value: bytes) -> str | None:
    """Return the text of an entity; None if there is markup in it, or another entity."""
    if b"<" in value or b"%" in value:
        return None
    pieces = []
    done = 0
    for match in _REFERENCE.finditer(value):
        character = _ENTITIES.get(match[3]) if match[3] is not None else None
        if match[1] is not None or match[2] is not None:
            number = int(match[1]) if match[1] is not None else int(match[2], 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or chr(number) in "<&":
                return None
            character = chr(number)
        if character is None or _FORBIDDEN.search(character) is not None:
            return None
        pieces += [value[done : match.start()], character.encode()]
        done = match.end()
    pieces.append(value[done:])
    try:
        text = b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return None if _FORBIDDEN.search(text) is not None else text
