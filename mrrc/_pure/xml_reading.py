"""Records from MARCXML, without SAX.

The XML is read by expat itself, which SAX in Python is a layer above. The scanner stops at whatever
is for `xml.sax` to report or to decide: errors, a document type declaration, another encoding than
UTF-8, an attribute that is missing, a leader of a wrong length. An engine may leave more to it; the
records are the same whoever reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mrrc._pure.classes import Classes
from mrrc._pure.salvage import build_record

Field = tuple[str, tuple[str, str] | None, str | None, list[tuple[str, str]]]
"""Tag, indicators (a `controlfield` has none), data (which only that has), code and value pairs."""

_MARC_XML_NS = "http://www.loc.gov/MARC21/slim"
_NO_LEADER = "          22        4500"
_CODES = frozenset(map(chr, range(0x80)))
_INDICATORS = frozenset(map(chr, range(0x20, 0x80)))
_BLANK = " "

_OTHER, _SUBFIELD, _DATAFIELD, _CONTROLFIELD, _LEADER, _RECORD, _PASSED_OVER = range(7)
_KINDS = {
    "subfield": _SUBFIELD,
    "datafield": _DATAFIELD,
    "controlfield": _CONTROLFIELD,
    "leader": _LEADER,
    "record": _RECORD,
}


class _NotForScanner(Exception):
    """The document is none that the scanner reads."""


def xml_scanner(strict: bool, decoded: bool) -> Callable[[bytes, bool], list[Any] | None]:
    """Return a function that takes a MARCXML document block by block and gives its records.

    Args:
        strict: pass over elements that are not in the MARCXML namespace.
        decoded: the document was text, so that its declaration says nothing of its encoding.

    The function's arguments are a block, and whether it is the last one. It returns a list with
    each record that ended in the block: a Record, or a tuple of leader and fields where ISO 2709
    does not hold the record as it is. It returns None when the document is not a case for it.
    """
    return _Scanner(strict, decoded).feed


class _Scanner:
    """Makes of expat's events what `mrrc.marcxml.XmlHandler` makes of them."""

    def __init__(self, strict: bool, decoded: bool) -> None:
        # Not every program that imports mrrc reads XML.
        from xml.parsers import expat

        self._error = expat.ExpatError
        self._strict = strict
        self._decoded = decoded
        self._kinds: dict[str, int] = {}
        self._records: list[Any] = []
        self._text: list[str] = []
        self._in_record = False
        self._leader: str | None = None
        self._fields: list[Field] = []
        self._field: Field | None = None
        self._code = ""
        # Names come as namespace, blank, local name.
        parser = self._parser = expat.ParserCreate("utf-8" if decoded else None, " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, block: bytes, last: bool) -> list[Any] | None:
        """Take a block, return the records that end in it."""
        parser = self._parser
        if parser is None:
            return None
        # Bytes of zero are in every document in UTF-16, which is known without a declaration.
        try:
            if b"\0" in block:
                raise _NotForScanner
            parser.Parse(block, last)
        except (self._error, _NotForScanner):
            self._parser = None  # type: ignore[assignment]
            return None
        if last:
            self._parser = None  # type: ignore[assignment]
            if self._in_record or self._field is not None or self._code:
                return None
        records = self._records[:]
        self._records.clear()
        return records

    def _refuse(self, *_: object) -> None:
        raise _NotForScanner

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        known = self._decoded or encoding is None or encoding.lower() in ("utf-8", "us-ascii")
        if version != "1.0" or not known:
            raise _NotForScanner

    def _kind(self, name: str) -> int:
        """Return what an element of this name is; they are few, and are looked up from now on."""
        parts = name.split(_BLANK)
        # xml.sax divides at every kind of white space.
        if parts != name.split():
            raise _NotForScanner
        if self._strict and (len(parts) == 1 or parts[0] != _MARC_XML_NS):
            kind = _PASSED_OVER
        else:
            kind = _KINDS.get(parts[-1], _OTHER)
        self._kinds[name] = kind
        return kind

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kind(name)
        if kind == _PASSED_OVER:
            return
        self._text.clear()
        if kind == _SUBFIELD:
            if "code" not in attributes:
                raise _NotForScanner
            self._code = attributes["code"]
        elif kind in (_DATAFIELD, _CONTROLFIELD):
            tag = attributes.get("tag")
            if tag is None:
                raise _NotForScanner
            indicators = None
            if kind == _DATAFIELD:
                indicators = (attributes.get("ind1", _BLANK), attributes.get("ind2", _BLANK))
            self._field = (tag, indicators, None, [])
        elif kind == _RECORD:
            self._in_record = True
            self._leader = None
            self._fields = []

    def _end(self, name: str) -> None:
        kind = self._kinds[name]
        field = self._field
        if kind == _SUBFIELD:
            if field is not None and self._code:
                field[3].append((self._code, "".join(self._text)))
                self._code = ""
        elif kind == _PASSED_OVER:
            return
        elif not self._in_record:
            pass
        elif kind == _DATAFIELD:
            if field is not None:
                self._fields.append(field)
                self._field = None
        elif kind == _CONTROLFIELD:
            if field is not None:
                tag, indicators, _, subfields = field
                self._fields.append((tag, indicators, "".join(self._text), subfields))
                self._field = None
        elif kind == _RECORD:
            self._in_record = False
            self._records.append(_finished(self._leader, self._fields))
        elif kind == _LEADER:
            leader = "".join(self._text)
            if len(leader) != 24 or not leader.isascii():
                raise _NotForScanner
            self._leader = leader
        self._text.clear()


def _finished(leader: str | None, fields: list[Field]) -> Any:
    """Return a Record, or leader and fields as they are."""
    shown = _NO_LEADER if leader is None else leader
    raw = as_plain(shown, fields)
    if raw is None:
        return leader, fields
    record = object.__new__(Classes.record)
    record._raw = raw
    record._fields = None
    record._leader = None if raw.startswith(shown.encode()) else Classes.leader(shown)
    record._Record__pos = 0  # type: ignore[attr-defined]
    record.pos = 0
    record.force_utf8 = False
    record.to_unicode = True
    return record


def as_plain(leader: str, fields: list[Field]) -> bytes | None:
    """Return the record in ISO 2709; None, when it has no form that may stay bytes.

    XML has no way to write the delimiters, so none can be in the texts.
    """
    contents = []
    for tag, indicators, data, subfields in fields:
        if len(tag) != 3 or not tag.isascii():
            return None
        if tag < "010" and tag.isdigit():
            # A variable control field has no place for subfields.
            if data is None:
                return None
            content = data
        else:
            if indicators is None or data is not None or not _INDICATORS.issuperset(indicators):
                return None
            content = "".join(indicators)
            for code, value in subfields:
                if code not in _CODES:
                    return None
                content += f"\x1f{code}{value}"
        contents.append((tag.encode(), content.encode()))
    return build_record(f"{leader[:9]}a{leader[10:]}".encode(), contents)
