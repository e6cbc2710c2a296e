"""What each format cannot carry, and what becomes of it: the only differences after a round trip.

Written from the documentation, not from mrrc's code: `carried` says what has to be read again when
a record was written in a format, and which limits of the format it met on the way.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from itertools import starmap
from typing import Any, NamedTuple

from mrrc import _engine


class PlainField(NamedTuple):
    """A field without mrrc; of a control field there are only tag and data."""

    tag: str
    data: str | None
    indicators: tuple[str, str] = (" ", " ")
    subfields: tuple[tuple[str, str], ...] = ()


class PlainRecord(NamedTuple):
    """A record without mrrc."""

    leader: str
    fields: tuple[PlainField, ...]


def plain(record: Any) -> PlainRecord:
    """What is in a Record."""
    return PlainRecord(str(record.leader), tuple(map(_plain_field, record.fields)))


def _plain_field(field: Any) -> PlainField:
    if field.control_field or (field.data is not None and not field.subfields):
        return PlainField(field.tag, field.data or "")
    return PlainField(
        field.tag,
        None,
        tuple(field.indicators),
        tuple((subfield.code, subfield.value) for subfield in field.subfields),
    )


class Limit(NamedTuple):
    """Something that a format has no place for.

    Attributes:
        targets: the formats.
        code: of the problem that has to be reported for it; None where nothing is lost.
        what: what it is and what becomes of it, in a sentence.
    """

    targets: tuple[str, ...]
    code: str | None
    what: str


MARC = ("marc", "marc8")
JSON = ("json", "jsonl")
TEXT = ("marcxml", *JSON, "mrk")
TARGETS = (*MARC, *TEXT)

LIMITS: dict[str, Limit] = {
    "lengths": Limit(
        MARC, None, "Record length and base address in the leader are those of the new file."
    ),
    "coding scheme": Limit(
        MARC, None, "Leader position 9 says which encoding the new file has: `a`, or a blank."
    ),
    "normal form": Limit(
        ("marc8",), None, "Text in MARC-8 is read in the composed form (NFC), whatever it was."
    ),
    "reference": Limit(
        ("marc8",),
        None,
        "A character that MARC-8 does not have is written as `&#x...;`. In subfields that is "
        "undone where references are asked for, in control fields never.",
    ),
    "control field": Limit(
        ("marc8",),
        None,
        "Control fields are read byte by byte, so that only ASCII comes back as it was.",
    ),
    "delimiter": Limit(
        MARC,
        "written-delimiter-in-data",
        "A subfield delimiter (1F) in a subfield is a blank.",
    ),
    "terminator": Limit(
        MARC, "written-terminator-in-data", "A terminator (1D, 1E) in a text is a blank."
    ),
    "forbidden character": Limit(
        ("marcxml",),
        "written-forbidden-character",
        "A control character, or FFFE or FFFF, which XML does not have, is U+FFFD.",
    ),
    "undecodable bytes": Limit(
        TARGETS,
        "written-replacement-character",
        "A byte that was no character of its encoding is U+FFFD.",
    ),
    "leader": Limit(
        (*MARC, "marcxml", "mrk"),
        "written-leader",
        "A leader of another length, or with characters that cannot stand where they do, is padded "
        "or cut, and has blanks, or what MARCXML demands, in their place.",
    ),
    "tag": Limit(
        (*MARC, "marcxml", "mrk"),
        "written-tag",
        "A tag that is not three graphic characters, or in MARCXML one of capital and small "
        "letters or with other characters, has the letter Z for what cannot stand there.",
    ),
    "indicator": Limit(
        (*MARC, "marcxml", "mrk"),
        "written-indicator",
        "An indicator that is no graphic character, or in MARCXML no digit, small letter or "
        "blank, is a blank.",
    ),
    "subfield code": Limit(
        (*MARC, "marcxml", "mrk"),
        "written-subfield-code",
        "A subfield code that is no graphic character, or in MARCXML `@` or `|`, is `?`.",
    ),
    "no subfields": Limit(
        ("marcxml",),
        "written-field-without-subfields",
        "A data field without subfields has an empty subfield `a`.",
    ),
    "no fields": Limit(
        MARC,
        None,
        "A record without fields is written, and not taken for a record when it is read: that is "
        "reported.",
    ),
    "part of JSON": Limit(
        JSON,
        None,
        "In JSON everything is written. What is read there as a leader has 24 graphic characters, "
        "as a tag three letters or digits, as an indicator one graphic character, as a subfield "
        "code one that is no blank; in place of anything else are blanks, question marks, and the "
        "code in front of the text: that is reported.",
    ),
    "order": Limit(
        ("marcxml",),
        "written-order-of-fields",
        "Control fields behind data fields come before them.",
    ),
    "kind of field": Limit(
        TARGETS,
        "written-kind-of-field",
        "A control field with the tag of a data field has its data as subfield `a`; a data field "
        "with the tag of a control field is its values, joined by blanks.",
    ),
}

_GRAPHIC = frozenset(map(chr, range(0x20, 0x7F)))
_DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_XML_CODES = _GRAPHIC - {" ", "@", "|"}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def carried(record: PlainRecord, target: str) -> tuple[PlainRecord, Counter[str]]:
    """What a record is after it was written in a format, and the limits that it met."""
    carrier = _Carrier(target)
    fields = [carrier.field(field) for field in record.fields]
    carrier.note("no fields", target in MARC and not fields)
    if target == "marcxml":
        in_order = sorted(fields, key=lambda field: field.data is None and field.tag != "00Z")
        carrier.note("order", in_order != fields)
        fields = in_order
    return PlainRecord(carrier.leader(record.leader), tuple(fields)), carrier.met


class _Carrier:
    def __init__(self, target: str) -> None:
        self.target = target
        self.met: Counter[str] = Counter()

    def note(self, limit: str, is_met: bool) -> bool:
        if is_met:
            assert self.target in LIMITS[limit].targets, f"{limit} is no limit of {self.target}"
            self.met[limit] += 1
        return is_met

    def leader(self, leader: str) -> str:
        if self.target in JSON:
            leader = self.decoded(leader)
            used = "".join(c if c in _GRAPHIC else " " for c in leader)[:24].ljust(24)
            self.note("part of JSON", used != leader)
            return used
        if self.target == "marcxml":
            leader = self.decoded(leader)
            cut = leader[:24].ljust(24)
            used = "".join(map(_in_xml_leader, range(20), cut))
            used += "    " if cut[20:] == "    " else "4500"
            self.note("leader", used != leader)
            return used
        allowed = _GRAPHIC
        if self.target in MARC:
            allowed = frozenset(map(chr, range(0x80))) - set("\x1d\x1e\x1f")
        cut = "".join(c if c in allowed else " " for c in leader)[:24].ljust(24)
        if self.target == "mrk":
            self.note("leader", cut != leader)
            return cut
        self.note("leader", _without_numbers(cut) != _without_numbers(leader))
        scheme = " " if self.target == "marc8" else "a"
        self.note("coding scheme", cut[9] != scheme)
        return _without_numbers(f"{cut[:9]}{scheme}{cut[10:]}")

    def field(self, field: PlainField) -> PlainField:
        tag = self.tag(field.tag)
        is_control = tag < "010" and tag.isdigit() and tag.isascii()
        texts = [value for _, value in field.subfields]
        data, subfields = field.data, field.subfields
        if self.note("kind of field", is_control is not (data is not None)):
            if is_control:
                data = " ".join(self.text(value, is_control=True) for value in texts)
                return PlainField(self.final_tag(tag, True), data)
            data, subfields = None, (("a", data or ""),)
        if data is not None:
            data = self.text(data, is_control=True)
            if self.target == "marcxml" and tag == "000":
                # Of what the schema allows, nothing is a control field to readers but 001 to 009.
                return PlainField(self.final_tag(tag, True), None, (" ", " "), (("a", data),))
            return PlainField(self.final_tag(tag, True), data)
        if self.target == "marcxml" and self.note("no subfields", not subfields):
            subfields = (("a", ""),)
        return PlainField(
            self.final_tag(tag, False),
            None,
            (self.indicator(field.indicators[0]), self.indicator(field.indicators[1])),
            tuple(starmap(self.subfield, subfields)),
        )

    def tag(self, tag: str) -> str:
        """The tag by which the kind of field is told."""
        if self.target in JSON:
            used = tag.rjust(3, "0") if re.fullmatch("[0-9]+", tag) else tag
            used = re.sub("[^0-9A-Za-z]", "?", used)[:3].ljust(3, "?")
            self.note("part of JSON", used != tag)
            return used
        if self.target == "marcxml":
            return self.decoded(tag)
        wanted = tag
        if self.target in MARC:
            wanted = tag.rjust(3, "0")
        used = "".join(c if c in _GRAPHIC else "Z" for c in wanted)
        if self.target == "mrk":
            used = used[:3].ljust(3, "Z")
            used = "LDZ" if used == "LDR" else used
        elif len(used) > 3:
            used = used[:2] + "Z"
        self.note("tag", used != wanted)
        return used

    def final_tag(self, tag: str, is_control: bool) -> str:
        """The tag that is written."""
        if self.target != "marcxml":
            return tag
        if is_control:
            used = tag if re.fullmatch("00[1-9]", tag) else "00Z"
        elif re.fullmatch("[0-9A-Z]{3}|[0-9a-z]{3}", tag) and tag[:2] != "00":
            used = tag
        else:
            used = re.sub("[^0-9A-Z]", "Z", tag.upper())[:3].rjust(3, "0")
            used = f"0Z{used[2]}" if used[:2] == "00" else used
        self.note("tag", used != tag)
        return used

    def indicator(self, indicator: str) -> str:
        allowed: Any = _GRAPHIC
        if self.target in JSON:
            is_met = self.note("part of JSON", len(indicator) != 1 or indicator not in _GRAPHIC)
            return " " if is_met else indicator
        if self.target == "marcxml":
            indicator = self.decoded(indicator)
            allowed = " " + _DIGITS + _SMALL
        else:
            allowed = _GRAPHIC | {"\x7f"}
        is_met = self.note("indicator", len(indicator) != 1 or indicator not in allowed)
        return " " if is_met else indicator

    def subfield(self, code: str, value: str) -> tuple[str, str]:
        if self.target not in JSON:
            return self.code(code), self.text(value)
        is_met = self.note("part of JSON", len(code) != 1 or code not in _GRAPHIC - {" "})
        return ("?", self.text(code + value)) if is_met else (code, self.text(value))

    def code(self, code: str) -> str:
        allowed: Any = _GRAPHIC - {" "}
        if self.target == "marcxml":
            code = self.decoded(code)
            allowed = _XML_CODES
        elif self.target == "mrk":
            allowed = frozenset(map(chr, range(0x80)))
        return "?" if self.note("subfield code", len(code) != 1 or code not in allowed) else code

    def decoded(self, text: str) -> str:
        is_met = self.note("undecodable bytes", bool(_SURROGATE.search(text)))
        return _SURROGATE.sub("\ufffd", text) if is_met else text

    def text(self, text: str, is_control: bool = False) -> str:
        text = self.decoded(text)
        if self.target == "marcxml" and self.note(
            "forbidden character", bool(_NOT_IN_XML.search(text))
        ):
            text = _NOT_IN_XML.sub("\ufffd", text)
        if self.target in MARC:
            if self.note("terminator", bool(re.search("[\x1d\x1e]", text))):
                text = re.sub("[\x1d\x1e]", " ", text)
            if not is_control and self.note("delimiter", "\x1f" in text):
                text = text.replace("\x1f", " ")
        if self.target == "marc8":
            composed = unicodedata.normalize("NFC", text)
            self.note("normal form", composed != text)
            text = composed
            if is_control:
                text = _in_marc8(composed)
                self.note("reference", text.count("&#x") > composed.count("&#x"))
                self.note("control field", not text.isascii())
        return text


def _in_xml_leader(position: int, character: str) -> str:
    letters = frozenset(_DIGITS + _SMALL + _SMALL.upper())
    allowed: Callable[[str], bool]
    if position < 5 or 12 <= position < 17:
        allowed, instead = frozenset(_DIGITS + " ").__contains__, " "
    elif position in (10, 11):
        allowed, instead = frozenset("2 ").__contains__, "2"
    elif position == 6:
        allowed, instead = letters.__contains__, "a"
    else:
        allowed, instead = (letters | {" "}).__contains__, " "
    return character if allowed(character) else instead


def _in_marc8(text: str) -> str:
    """A text as it is read from a control field in MARC-8; its tables are mrrc's own."""
    pieces = [_engine.encode_marc8(piece) for piece in text.split("\x1f")]
    return b"\x1f".join(pieces).decode("latin-1")


def _without_numbers(leader: str) -> str:
    """A leader without what a file in ISO 2709 says of the record in it."""
    return f"00000{leader[5:12]}00000{leader[17:]}"


def comparable(record: PlainRecord, target: str) -> PlainRecord:
    """A record that was read from a file of a format, without what the file says about itself."""
    if target in MARC:
        return record._replace(leader=_without_numbers(record.leader))
    return record


def reports(met: Counter[str]) -> set[str]:
    """The codes of the problems that have to be reported for these limits."""
    return {code for limit in met if (code := LIMITS[limit].code) is not None}
