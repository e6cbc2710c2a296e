"""The reference formatters of MARCXML and MARC-in-JSON: valid, whatever the record is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Indicators, Leader, RawField, Record, Subfield, _engine
from mrrc._formats import json_writing, xml_writing
from mrrc.problems import CODES, make_problem
from tests.property.strategies import FAST, PLAIN_RECORDS

LEADER = "00000nam a2200000 a 4500"
PATTERN = re.compile(
    r"[0-9 ]{5}[0-9A-Za-z ][0-9A-Za-z][0-9A-Za-z ]{3}(2| )(2| )[0-9 ]{5}[0-9A-Za-z ]{3}(4500|    )"
)
CONTROL_TAG = re.compile("00[1-9A-Za-z]")
DATA_TAG = re.compile("(?!00)([0-9A-Z]{3}|[0-9a-z]{3})")
CODE = re.compile(r"""[0-9A-Za-z!"#$%&'()*+,\-./:;<=>?{}_^`~\[\]\\]""")

Change = tuple[str, "bytes | None", bytes, bytes]


class Changes(list[Change]):
    """What a formatter reports."""

    def __call__(
        self, code: str, offset: int, *, length: int, tag: bytes | None, found: bytes, used: bytes
    ) -> None:
        assert (offset, length) == (0, 0)
        make_problem(
            code, record_number=1, record_start=None, record_offset=None,
            length=length, tag=tag, found=found, used=used,
        )  # fmt: skip
        self.append((code, tag, found, used))


def as_xml(record: Record) -> tuple[ElementTree.Element, Changes]:
    changes = Changes()
    data = xml_writing.formatted(record, changes)
    element = ElementTree.fromstring(data)
    check_schema(element)
    return element, changes


def as_json(record: Record) -> tuple[Any, Changes]:
    changes = Changes()
    data = json_writing.formatted(record, changes)
    assert b"\n" not in data
    return json.loads(data), changes


def check_schema(record: ElementTree.Element) -> None:
    """The schema's rules, written down once more."""
    leader, *fields = record
    assert (leader.tag, leader.attrib) == ("leader", {})
    assert PATTERN.fullmatch(leader.text or "")
    kinds = [field.tag for field in fields]
    assert kinds == sorted(kinds)
    for field in fields:
        if field.tag == "controlfield":
            assert set(field.attrib) == {"tag"}
            assert CONTROL_TAG.fullmatch(field.attrib["tag"])
            assert len(field) == 0
            continue
        assert field.tag == "datafield"
        assert set(field.attrib) == {"tag", "ind1", "ind2"}
        assert DATA_TAG.fullmatch(field.attrib["tag"])
        assert re.fullmatch("[0-9a-z ]{2}", field.attrib["ind1"] + field.attrib["ind2"])
        assert len(field) > 0
        for subfield in field:
            assert (subfield.tag, set(subfield.attrib)) == ("subfield", {"code"})
            assert CODE.fullmatch(subfield.attrib["code"])


def record(*fields: Field, leader: str = LEADER) -> Record:
    made = Record(fields=list(fields))
    made.leader = Leader(" " * 24)
    made.leader.leader = leader
    return made


def note(*subfields: tuple[str, Any], tag: Any = "500", indicators: Any = (" ", " ")) -> Field:
    field = Field("500", Indicators(*indicators), [Subfield(*each) for each in subfields])
    field.tag = tag
    return field


def other_kind(tag: str) -> Field:
    field = Field("245" if tag < "010" else "001", data="text")
    if tag < "010":
        field.subfields = [Subfield("a", "one"), Subfield("b", "two")]
    field.tag = tag
    return field


# A record, what is reported for MARCXML, and the fields written.
XML: dict[str, tuple[Callable[[], Record], list[Change], str]] = {
    "nothing": (
        lambda: record(Field("001", data="x"), note(("a", "y"))),
        [],
        '<controlfield tag="001">x</controlfield><datafield ind1=" " ind2=" " tag="500">'
        '<subfield code="a">y</subfield></datafield>',
    ),
    "no-subfields": (
        lambda: record(note()),
        [("written-field-without-subfields", b"500", b"", b"")],
        '<datafield ind1=" " ind2=" " tag="500"><subfield code="a" /></datafield>',
    ),
    "forbidden": (
        lambda: record(note(("a", "x\x1by\ufffe"))),
        [("written-forbidden-character", b"500", "x\x1by\ufffe".encode(), b"")],
        '<datafield ind1=" " ind2=" " tag="500"><subfield code="a">x\ufffdy\ufffd</subfield>'
        "</datafield>",
    ),
    "order": (
        lambda: record(note(("a", "")), Field("001", data="x")),
        [("written-order-of-fields", None, b"500, 001", b"")],
        '<controlfield tag="001">x</controlfield><datafield ind1=" " ind2=" " tag="500">'
        '<subfield code="a" /></datafield>',
    ),
    "indicators": (
        lambda: record(note(("a", "x"), indicators=("A", "|"))),
        [("written-indicator", b"500", b"A", b""), ("written-indicator", b"500", b"|", b"")],
        '<datafield ind1=" " ind2=" " tag="500"><subfield code="a">x</subfield></datafield>',
    ),
    "code": (
        lambda: record(note(("@", "x"), ("ab", "y"))),
        [
            ("written-subfield-code", b"500", b"@", b""),
            ("written-subfield-code", b"500", b"ab", b""),
        ],
        '<datafield ind1=" " ind2=" " tag="500"><subfield code="?">x</subfield>'
        '<subfield code="?">y</subfield></datafield>',
    ),
    "tag of a control field": (
        lambda: record(Field("000", data="x")),
        [("written-tag", b"00Z", b"000", b"00Z")],
        '<controlfield tag="00Z">x</controlfield>',
    ),
    "surrogates": (
        lambda: record(Field("001", data="a\udce9")),
        [("written-replacement-character", b"001", b"a\\udce9", b"")],
        '<controlfield tag="001">a\ufffd</controlfield>',
    ),
    "control field with the tag of a data field": (
        lambda: record(other_kind("500")),
        [("written-kind-of-field", b"500", b"control field, tag of a data field", b"")],
        '<datafield ind1=" " ind2=" " tag="500"><subfield code="a">text</subfield></datafield>',
    ),
    "data field with the tag of a control field": (
        lambda: record(other_kind("001")),
        [("written-kind-of-field", b"001", b"data field, tag of a control field", b"")],
        '<controlfield tag="001">one two</controlfield>',
    ),
    "a carriage return": (
        lambda: record(Field("000", data="x"), note(("a", "1\r\n2"))),
        [("written-tag", b"00Z", b"000", b"00Z")],
        '<controlfield tag="00Z">x</controlfield><datafield ind1=" " ind2=" " tag="500">'
        '<subfield code="a">1&#13;\n2</subfield></datafield>',
    ),
}


@pytest.mark.parametrize("name", XML)
def test_marcxml(name: str) -> None:
    make, expected, fields = XML[name]
    _, changes = as_xml(make())
    assert changes == expected
    head = f"<record><leader>{LEADER}</leader>"
    assert xml_writing.formatted(make(), Changes()).decode() == f"{head}{fields}</record>"
    assert all(code in CODES for code, *_ in changes)


@pytest.mark.parametrize(
    ("tag", "used"),
    [
        ("00A", "0ZA"), ("00a", "0ZA"), ("AAa", "AAA"), ("2a4", None), ("24 ", "24Z"),
        ("2é4", "2Z4"), ("2455", "245"), ("5", "0Z5"), ("", "0Z0"), ("ß", "0SS"), ("|||", "ZZZ"),
    ],
)  # fmt: skip
def test_tags_that_marcxml_does_not_allow(tag: str, used: str | None) -> None:
    element, changes = as_xml(record(note(("a", "x"), tag=tag)))
    assert element[1].attrib["tag"] == (used or tag)
    expected = [] if used is None else [("written-tag", used.encode(), tag, used.encode())]
    assert [(code, at, found.decode("unicode_escape" if "\\" in found.decode() else "utf-8"), by)
            for code, at, found, by in changes] == expected  # fmt: skip


@pytest.mark.parametrize(
    ("leader", "used"),
    [
        ("          22        4500", "      a   22        4500"),
        ("00000nam a2200000|||4500", "00000nam a2200000   4500"),
        ("00000#am  3300000 a 45  ", "00000 am  2200000 a 4500"),
        ("00000nam a2200000 a     ", "00000nam a2200000 a     "),
        ("short", "      a                 "),
        ("00000nam a2200000 a 4500 and more", "00000nam a2200000 a 4500"),
        ("0000١nam aé200000 a 4500", "0000 nam a2200000 a 4500"),
    ],
)
def test_leaders_that_marcxml_does_not_allow(leader: str, used: str) -> None:
    element, changes = as_xml(record(leader=leader))
    assert element[0].text == used
    if leader == used:
        assert changes == []
    else:
        assert changes == [("written-leader", None, leader.encode(), used.encode())]


def test_json_takes_everything_but_surrogates() -> None:
    odd = record(
        note(("ab", "x\x1b\udce9"), tag="24 ", indicators=("é", "")), other_kind("001"),
        leader="short",
    )  # fmt: skip
    document, changes = as_json(odd)
    assert document == {
        "leader": "short",
        "fields": [
            {"24 ": {"ind1": "é", "ind2": "", "subfields": [{"ab": "x\x1b\ufffd"}]}},
            {"001": "one two"},
        ],
    }
    assert [code for code, *_ in changes] == [
        "written-replacement-character",
        "written-kind-of-field",
    ]


def test_a_record_too_long_for_iso_2709() -> None:
    long = record(note(("a", "é" * 60_000)))
    assert _engine.format_record(long, "jsonl") is None
    document, changes = as_json(long)
    assert document == long.as_dict()
    element, more = as_xml(long)
    assert element[1][0].text == "é" * 60_000
    assert changes == more == []


def test_records_that_were_not_decoded() -> None:
    """Bytes are decoded as the leader says."""
    for scheme, data in (("a", "é".encode()), (" ", b"\xe2e")):
        field = RawField("500", Indicators(" ", " "), [Subfield("a", data)])  # type: ignore[arg-type]
        made = record(field, leader=f"{LEADER[:9]}{scheme}{LEADER[10:]}")
        assert as_json(made)[0]["fields"][0]["500"]["subfields"] == [{"a": "é"}]
        made = record(
            RawField("001", data=b"\xff"),  # type: ignore[arg-type]
            leader=f"{LEADER[:9]}{scheme}{LEADER[10:]}",
        )
        document, changes = as_json(made)
        assert document["fields"] == [{"001": "\ufffd"}]
        assert [code for code, *_ in changes] == ["written-replacement-character"]


class Special(Record):
    """A record of which the engine says nothing."""


@FAST
@given(PLAIN_RECORDS, st.booleans())
def test_any_record_is_valid(raw: bytes, special: bool) -> None:
    made = (Special if special else Record)(raw)
    _, changes = as_xml(made)
    if not changes:
        # Without the engine the same bytes.
        assert xml_writing.formatted(Special(raw), changes) == xml_writing.formatted(
            Record(raw), changes
        )
        assert _engine.format_record(Record(raw), "marcxml") is not None
    document, changes = as_json(made)
    assert (document, changes) == (Record(raw).as_dict(), [])
    assert json_writing.formatted(made, changes) == _engine.format_record(Record(raw), "json")


TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\r\n\t\x1b\udc80\ufffe<&>\"' Aa0|@")),
               max_size=4)  # fmt: skip


@FAST
@given(
    TEXT,
    st.lists(
        st.tuples(st.one_of(st.sampled_from(["001", "000", "245", "00A"]), TEXT), TEXT,
                  st.lists(st.tuples(TEXT, TEXT), max_size=3))
    ),
)  # fmt: skip
def test_whatever_is_in_it(leader: str, fields: list[Any]) -> None:
    made = record(leader=leader)
    for tag, data, subfields in fields:
        if tag == "001" and data:
            made.add_field(Field("001", data=data))
        else:
            made.add_field(note(*subfields, tag=tag, indicators=(data[:1], data[1:])))
    as_xml(made)
    as_json(made)
