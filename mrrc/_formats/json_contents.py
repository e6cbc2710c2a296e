"""What can be made of a record in JSON in which something is not as it usually is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mrrc._formats.json_parsing import Broken, Items, Literal, Members, Node, Parser, Text

Report = Callable[..., None]

FieldParts = tuple[str, str, "str | None", list[tuple[str, str]]]
"""Tag; indicators, data of a control field (a data field has None); subfields, code and value."""

NO_LEADER = "00000nam a2200000   4500"
"""The leader of a record that has none."""

# Each of these may become an object of Python's.
_PARTS = (b"{", b"[", b",")
_MOST_PARTS = 1_000_000
_NOT_GRAPHIC = re.compile("[^ -~]")
_NO_PART_OF_TAG = re.compile("[^0-9A-Za-z]", re.ASCII)
_CONTROL_TAG = re.compile(r"00[0-9]\Z")
_INDICATOR = re.compile(r"[ -~]\Z")
_CODE = re.compile(r"[!-~]\Z")
_UNDECODABLE = re.compile("[\udc80-\udcff]+")
# Where a field begins, and where the leader is, in what cannot be read otherwise.
_FIELD = re.compile(r'\{[ \t\r\n]*"(?!tag")[0-9A-Za-z]{3}"[ \t\r\n]*:[ \t\r\n]*["{]', re.ASCII)
_LEADER = re.compile(r'"leader"[ \t\r\n]*:(?=[ \t\r\n]*")')
# FOLIO, what is exported from it for SearchWorks, and forms with a record or a collection in them.
_AROUND = ("parsedRecord", "content", "source_record", "record", "collection")
_VALUES = ("data", "value", "content")
_MOST_SHOWN = 400
# What is left of what was opened says nothing by itself.
_CLOSERS = " \t\r\n,]}"


def careful_record(span: bytes, report: Report) -> tuple[str, list[FieldParts]] | None:
    """Return leader and fields of the record in a span, None if nothing of it can be read."""
    if sum(map(span.count, _PARTS)) > _MOST_PARTS:
        return None
    reader = _CarefulReader(span)
    parts = reader.read()
    if parts is not None:
        reader.tell(report)
    return parts


class _CarefulReader:
    """Reads the record of one span."""

    def __init__(self, span: bytes) -> None:
        self._text = span.decode("utf-8", "surrogateescape")
        self._parser = Parser(self._text)
        # Code, index in the text, and facts.
        self._found: list[tuple[str, int, dict[str, object]]] = []
        self._noted: set[tuple[str, int]] = set()
        # Where each field begins, and its tag.
        self._tags: list[tuple[int, str]] = []
        # Set while the text of a string is read: all of it is where the string is.
        self._inside: int | None = None

    # -- telling ---------------------------------------------------------------------------------

    def _note(self, code: str, at: int, tag: str | None = None, **facts: object) -> None:
        """Note a problem; one of each kind for a field."""
        at = at if self._inside is None else self._inside
        if tag is not None:
            # Of very many in one field the first one says it.
            if (code, len(self._tags)) in self._noted:
                return
            self._noted.add((code, len(self._tags)))
        self._found.append((code, at, {"tag": tag, **facts}))

    def tell(self, report: Report) -> None:
        """Report everything that was noted, in the order of the places."""
        notes = list(self._parser.notes)
        notes += [("text-undecodable", each.start()) for each in _UNDECODABLE.finditer(self._text)]
        fields = sorted(self._tags)
        number = 0
        told: set[tuple[str, int]] = set()
        for code, at in sorted(notes, key=lambda note: note[1]):
            while number < len(fields) and fields[number][0] <= at:
                number += 1
            if (code, number) in told:
                continue
            told.add((code, number))
            match = _UNDECODABLE.match(self._text, at)
            end = match.end() if match and code == "text-undecodable" else at + 1
            if code == "surrogate-unpaired":
                end = at + 6
            tag = fields[number - 1][1] if number else None
            self._found.append((code, at, {"tag": tag, "found": self._text[at:end]}))
        at = offset = 0
        for code, place, facts in sorted(self._found, key=lambda found: found[1]):
            offset += len(_bytes(self._text[at:place]))
            at = place
            given: dict[str, object] = {
                name: _bytes(value) if isinstance(value, str) else value
                for name, value in facts.items()
            }
            found = given.get("found", b"")
            given.setdefault("length", len(found) if isinstance(found, bytes) else 0)
            report(code, offset, **given)

    # -- the record ------------------------------------------------------------------------------

    def read(self) -> tuple[str, list[FieldParts]] | None:
        """Return leader and fields."""
        roots: list[Node] = []
        broken = None
        try:
            end = self._parser.blanks(self._parser.value(0, roots.append))
            if self._text[end:].strip(_CLOSERS):
                self._note("part-unread", end, found=self._text[end:])
        except Broken as error:
            broken = error.at
        record = self._record_in(roots[0], 0) if roots else None
        if record is None and broken is None:
            return None
        leader = None if record is None else record.get("leader")
        entries = _entries(record)
        fields = list(self._fields(entries))
        if broken is not None:
            fields += self._behind(broken, entries[-1] if entries else None)
            if leader is None:
                leader = self._leader_anywhere()
            if leader is None and not fields:
                return None
        at = 0 if record is None else record.at
        return self._leader(leader, at), fields

    def _record_in(self, node: Node, depth: int) -> Members | None:
        """Return the object that is a record: this one, or one in it."""
        if isinstance(node, Text):
            return self._record_in_text(node) if depth else None
        if isinstance(node, Items):
            return self._record_in(node.values[0], depth) if len(node.values) == 1 else None
        if not isinstance(node, Members):
            return None
        if node.get("fields", "controlfield", "datafield") is not None:
            return node
        for name in _AROUND:
            inner = node.get(name)
            if inner is not None:
                record = self._record_in(inner, depth + 1)
                if record is not None:
                    return record
        return node if node.get("leader") is not None else None

    def _record_in_text(self, string: Text) -> Members | None:
        """Return the record that a string has in it, as JSON in JSON."""
        if self._inside is not None or not string.value.lstrip().startswith("{"):
            return None
        inner = _CarefulReader(b"")
        inner._parser = Parser(string.value)
        roots: list[Node] = []
        try:
            inner._parser.value(0, roots.append)
        except Broken:
            self._note("json-invalid", string.at, found=string.value[:_MOST_SHOWN])
        record = inner._record_in(roots[0], 0) if roots else None
        if record is not None:
            self._inside = string.at
            for code, _ in inner._parser.notes[:1]:
                self._note(code, string.at)
        return record

    def _leader_anywhere(self) -> Node | None:
        match = _LEADER.search(self._text)
        nodes: list[Node] = []
        if match:
            try:
                self._parser.value(match.end(), nodes.append)
            except Broken:
                return nodes[0] if nodes else None
        return nodes[0] if nodes else None

    def _leader(self, node: Node | None, at: int) -> str:
        text = None if node is None else _plain_text(node)
        if node is None or text is None:
            self._note("leader-missing", at, used=NO_LEADER)
            return NO_LEADER
        leader = _NOT_GRAPHIC.sub(" ", text)[:24]
        leader += NO_LEADER[len(leader) :]
        if leader != text:
            code = "leader-invalid" if len(text) == 24 else "leader-length"
            self._note(code, node.at, found=text[:_MOST_SHOWN], used=leader)
        return leader

    def _behind(self, broken: int, last: Node | None) -> list[FieldParts]:
        """Report where it is no JSON, and return the fields behind that place."""
        fields: list[FieldParts] = []
        text = self._text
        start = first = broken
        while True:
            match = _FIELD.search(text, broken)
            end = match.start() if match else len(text)
            begun = last is not None and last.end is None
            tag = self._tags[-1][1] if begun and self._tags else None
            if text[start:end].strip(_CLOSERS):
                self._note("part-unread", start, tag, found=text[start:end])
            elif begun and start == len(text):
                self._note("field-truncated", start, tag)
            elif start == first:
                self._note("json-invalid", start, tag)
            if match is None:
                return fields
            nodes: list[Node] = []
            start = broken = match.end() - 1
            try:
                start = broken = self._next_entry(self._parser.value(end, nodes.append))
            except Broken as error:
                start = broken = max(error.at, match.end())
            fields += self._fields(nodes)
            last = nodes[0] if nodes else None

    def _next_entry(self, at: int) -> int:
        """Return where the next field begins, behind the comma."""
        at = self._parser.blanks(at)
        return self._parser.blanks(at + 1) if self._text.startswith(",", at) else at

    # -- fields ----------------------------------------------------------------------------------

    def _fields(self, entries: list[Node]) -> Iterator[FieldParts]:
        for entry in entries:
            pairs = _tags_and_values(entry)
            if not pairs:
                self._unread(entry)
                continue
            if len(pairs) > 1:
                self._note("members-joined", entry.at, _shown_tag(pairs[0][0]))
            for tag, value in pairs:
                yield self._field(tag, value, entry.at)

    def _unread(self, node: Node, tag: str | None = None) -> None:
        if node.end is None and self._inside is None:
            # It breaks off here, which is said elsewhere.
            return
        found = self._text[node.at : node.end] if self._inside is None else ""
        self._note("part-unread", node.at, tag, found=found)

    def _field(self, name: str, value: Node, at: int) -> FieldParts:
        tag = _shown_tag(name)
        self._tags.append((at if self._inside is None else self._inside, tag))
        if tag != name:
            self._note("tag-invalid", at, tag, found=name)
        structured = isinstance(value, (Members, Items))
        if _CONTROL_TAG.match(tag):
            if not structured:
                return tag, "", self._value(value, tag), []
            _, subfields = self._data_field(value, tag)
            self._note("kind-of-field-wrong", value.at, tag, used="a control field")
            return tag, "", " ".join(text for _, text in subfields), []
        if structured:
            indicators, subfields = self._data_field(value, tag)
            return tag, indicators, None, subfields
        self._note("kind-of-field-wrong", value.at, tag, used="a data field with subfield $a")
        return tag, "  ", None, [("a", self._value(value, tag))]

    def _data_field(self, value: Node, tag: str) -> tuple[str, list[tuple[str, str]]]:
        """Return indicators and subfields."""
        subfields: list[tuple[str, str]] = []
        if isinstance(value, Items):
            self._subfields(value, tag, subfields)
            self._note("indicators-missing", value.at, tag)
            return "  ", subfields
        indicators: list[Node | None] = [None, None]
        arrays: list[Node] = []
        if not isinstance(value, Members):
            return "  ", subfields
        for name, part in value.pairs:
            if name.value in ("ind1", "ind2") and indicators[name.value == "ind2"] is None:
                indicators[name.value == "ind2"] = part
            elif name.value == "ind" and isinstance(part, Text) and len(part.value) == 2:
                for place, character in enumerate(part.value):
                    each = Text(part.at)
                    each.value = character
                    indicators[place] = each
            elif name.value in ("subfields", "subfield"):
                arrays.append(part)
            elif name.value == "tag":
                pass
            elif _CODE.match(name.value):
                # Subfields that stand where the array of them should.
                self._note("members-joined", name.at, tag)
                self._subfield(name.value, part, name.at, tag, subfields)
            else:
                self._unread(part, tag)
        first, second = (self._indicator(each, value.at, tag) for each in indicators)
        for part in arrays:
            self._subfields(part, tag, subfields)
        return first + second, subfields

    def _indicator(self, node: Node | None, at: int, tag: str) -> str:
        if node is None:
            self._note("indicators-missing", at, tag)
            return " "
        text = _plain_text(node)
        if isinstance(node, Literal) and len(node.value) == 1:
            text = node.value
            self._note("value-not-text", node.at, tag, found=text, used=text)
        if text is None or not _INDICATOR.match(text):
            self._note("indicator-invalid", node.at, tag, found=text or "", used=" ")
            return " "
        return text

    def _subfields(self, node: Node, tag: str, subfields: list[tuple[str, str]]) -> None:
        if isinstance(node, Members):
            self._note("members-joined", node.at, tag)
        elif not isinstance(node, Items):
            if self._value(node, tag):
                self._unread(node, tag)
            return
        entries = node.values if isinstance(node, Items) else [node]
        for entry in entries:
            pairs = _codes_and_values(entry)
            if not pairs:
                self._unread(entry, tag)
            elif len(pairs) > 1:
                self._note("members-joined", entry.at, tag)
            for code, value in pairs:
                self._subfield(code, value, entry.at, tag, subfields)

    def _subfield(
        self, code: str, node: Node, at: int, tag: str, subfields: list[tuple[str, str]]
    ) -> None:
        prefix = ""
        if not _CODE.match(code):
            self._note("subfield-code-invalid", at, tag, found=code, used="?")
            code, prefix = "?", code
        if isinstance(node, Items) and node.values:
            self._note("members-joined", node.at, tag)
            values = node.values
        else:
            values = [node]
        for value in values:
            subfields.append((code, prefix + self._value(value, tag)))
            prefix = ""

    def _value(self, node: Node, tag: str) -> str:
        """Return the text of a value, whatever it is."""
        if isinstance(node, Text):
            return node.value
        if isinstance(node, Literal):
            text = "" if node.value == "null" else node.value
        else:
            text = self._text[node.at : node.end] if self._inside is None else ""
        self._note("value-not-text", node.at, tag, found=text[:_MOST_SHOWN], used=text or "empty")
        return text


def _entries(record: Members | None) -> list[Node]:
    """Return what has the fields in it, control fields first."""
    entries: list[Node] = []
    for name in ("fields", "controlfield", "datafield"):
        node = None if record is None else record.get(name)
        if isinstance(node, Items):
            entries += node.values
        elif isinstance(node, Members):
            # One object, where there should be an array of them.
            entries.append(node)
    return entries


def _tags_and_values(entry: Node) -> list[tuple[str, Node]]:
    """Return the fields that an entry has."""
    if isinstance(entry, Members):
        tag = entry.get("tag")
        if isinstance(tag, Text):
            value = entry.get(*_VALUES)
            if value is not None and entry.get("subfield", "subfields") is None:
                return [(tag.value, value)]
            return [(tag.value, entry)]
        return [(name.value, value) for name, value in entry.pairs]
    if isinstance(entry, Items) and entry.values:
        first, *parts = entry.values
        if not isinstance(first, Text):
            return []
        if len(parts) == 1:
            return [(first.value, parts[0])]
        if len(parts) == 3:
            field = Members(entry.at)
            for name, part in zip(("ind1", "ind2", "subfields"), parts, strict=True):
                called = Text(part.at)
                called.value = name
                field.pairs.append((called, part))
            return [(first.value, field)]
    return []


def _codes_and_values(entry: Node) -> list[tuple[str, Node]]:
    """Return the subfields that an entry has."""
    if isinstance(entry, Members):
        code = entry.get("code")
        value = entry.get(*_VALUES)
        if isinstance(code, Text) and value is not None:
            return [(code.value, value)]
        return [(name.value, value) for name, value in entry.pairs]
    if isinstance(entry, Items) and len(entry.values) == 2:
        code, value = entry.values
        if isinstance(code, Text):
            return [(code.value, value)]
    return []


def _plain_text(node: Node) -> str | None:
    return node.value if isinstance(node, Text) else None


def _shown_tag(tag: str) -> str:
    """Return a tag of three characters; zeros that a number has lost are given back."""
    if tag.isdigit() and tag.isascii():
        tag = tag.zfill(3)
    return _NO_PART_OF_TAG.sub("?", tag)[:3].ljust(3, "?")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
