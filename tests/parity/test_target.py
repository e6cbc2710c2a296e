"""Records formatted as they stand in files, in both engines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Indicators, Leader, RawField, Record, Subfield
from mrrc._pure.target import SEPARATORS
from tests.parity.comparing import Engines, agree
from tests.parity.test_formats import HANDMADE
from tests.property.strategies import FAST, PLAIN_RECORDS, PlainField, encode

TARGETS = list(SEPARATORS)
LEADERS = [
    "00475cas a2200169 i 4500",
    "     nam  22        4500",
    "     nam  22            ",
    "00475cas  2200169 i 45x0",
    '"\\475<&>',
    "00475cas a2200169 i 450",
    "00475cas a2200169 i 4500 ",
    "00475cas a2200169\x7fi 4500",
    "00475cas a2200169 é 4500",
    "00475cas a2200169\ni 4500",
]


def leader_of(text: str) -> Leader:
    """A leader of any text, which a program can give it afterwards."""
    leader = Leader(" " * 24)
    leader.leader = text
    return leader


def check(engines: Engines, make: Callable[[], Record]) -> None:
    """Compare the engines, and what they give with what the record's own methods do."""
    for target in TARGETS:
        record = make()
        cursor = record._Record__pos  # type: ignore[attr-defined]
        state = (record._raw, record._fields, record._leader)
        formatted = agree(engines, "format_record", record, target)
        assert record._Record__pos == cursor  # type: ignore[attr-defined]
        after = (record._raw, record._fields, record._leader)
        assert all(one is other for one, other in zip(state, after, strict=True))
        content = formatted[1]
        if content is None:
            continue
        if target == "marc":
            assert content == make().as_marc()
        if target == "marc8":
            assert content == make().as_marc("marc8")
        if target in ("json", "jsonl"):
            assert json.loads(content) == make().as_dict()
            assert (
                content
                == json.dumps(make().as_dict(), ensure_ascii=False, separators=(",", ":")).encode()
            )
        if target == "marcxml":
            assert as_read(ElementTree.fromstring(content)) == as_expected(make())


def as_read(element: ElementTree.Element) -> list[object]:
    """Tags, indicators and texts, in order."""
    found: list[object] = [element.findtext("leader")]
    for field in element[1:]:
        attributes = dict(field.attrib)
        if field.tag == "controlfield":
            found.append((attributes, field.text or ""))
        else:
            found.append((attributes, [(each.get("code"), each.text or "") for each in field]))
    return found


def as_expected(record: Record) -> list[object]:
    found: list[object] = [str(record.leader)]
    for field in record.fields:
        if field.control_field:
            found.append(({"tag": field.tag}, field.data))
        else:
            attributes = {"tag": field.tag, "ind1": field.indicator1, "ind2": field.indicator2}
            found.append((attributes, [tuple(each) for each in field.subfields]))
    return found


@pytest.mark.parametrize("raw", HANDMADE, ids=range(len(HANDMADE)))
def test_handmade(engines: Engines, raw: bytes) -> None:
    check(engines, lambda: Record(raw))
    for leader in LEADERS:

        def with_leader(leader: str = leader) -> Record:
            record = Record(raw)
            record.leader = leader_of(leader)
            return record

        check(engines, with_leader)


@FAST
@given(PLAIN_RECORDS, st.sampled_from([None, *LEADERS]), st.integers(0, 3))
def test_any_record(engines: Engines, raw: bytes, leader: str | None, touched: int) -> None:
    def make() -> Record:
        record = Record(raw)
        if leader is not None:
            record.leader = leader_of(leader)
        if touched == 1:
            record.fields  # noqa: B018 - all fields are out
        elif touched == 2:
            record.get("245")
        elif touched == 3:
            record.add_field(Field("245", Indicators("1", "0"), [Subfield("a", '<&>"\r\n')]))
        return record

    check(engines, make)


def of_fields(*fields: Field) -> Record:
    record = Record(fields=list(fields))
    record.leader = Leader("00475cas a2200169 i 4500")
    return record


TITLE = Field("245", Indicators("1", "0"), [Subfield("a", "Título")])
VALID = [
    of_fields(Field("001", data="x"), TITLE),
    of_fields(Field("001", data=""), Field("500", Indicators(" ", "a"), [Subfield("a", "")])),
    of_fields(Field("AAA", Indicators(" ", " "), [Subfield("#", "a"), Subfield("'", "b")])),
    of_fields(Field("0zz", Indicators(" ", " "), [Subfield('"', "a"), Subfield("<", "\r\t\n")])),
]
NOT_VALID = [
    of_fields(TITLE, Field("001", data="x")),
    of_fields(Field("000", data="x")),
    of_fields(Field("001", data="\x1fa")),
    of_fields(Field("001", data="\ufffe")),
    of_fields(Field("00A", Indicators(" ", " "), [Subfield("a", "")])),
    of_fields(Field("AAa", Indicators(" ", " "), [Subfield("a", "")])),
    of_fields(Field("24 ", Indicators(" ", " "), [Subfield("a", "")])),
    of_fields(Field("245", Indicators("A", " "), [Subfield("a", "")])),
    of_fields(Field("245", Indicators(" ", "|"), [Subfield("a", "")])),
    of_fields(Field("245", Indicators(" ", " "), [Subfield("@", "")])),
    of_fields(Field("245", Indicators(" ", " "), [Subfield("a", ""), Subfield(" ", "")])),
    of_fields(Field("245", Indicators(" ", " "), [Subfield("a", "\x01")])),
    of_fields(Field("245", Indicators(" ", " "), [])),
]


@pytest.mark.parametrize("record", VALID, ids=range(len(VALID)))
def test_a_valid_record_has_every_form(engines: Engines, record: Record) -> None:
    check(engines, lambda: record)
    for engine in engines:
        for target in TARGETS:
            assert engine.format_record(record, target) is not None


@pytest.mark.parametrize("record", NOT_VALID, ids=range(len(NOT_VALID)))
def test_what_the_schema_forbids_is_left_to_the_package(engines: Engines, record: Record) -> None:
    check(engines, lambda: record)
    for engine in engines:
        assert engine.format_record(record, "marcxml") is None
        assert engine.format_record(record, "json") is not None


def test_what_else_is_left_to_the_package(engines: Engines) -> None:
    class Special(Record):
        pass

    raw = VALID[0].as_marc()
    undecoded = Record(raw, to_unicode=False)
    other_leader, odd_leader = Record(raw), Record(raw)
    other_leader.leader = "00475cas a2200169 i 4500"
    odd_leader.leader = leader_of("short")
    surrogate = of_fields(Field("001", data="\udc80"))
    too_long = of_fields(Field("500", Indicators(" ", " "), [Subfield("a", "x" * 9_999)]))
    raw_field = of_fields(RawField("500", Indicators(" ", " "), [Subfield("a", b"x")]))
    no_list = of_fields(TITLE)
    no_list._fields = (TITLE,)
    for record in (
        Special(raw), undecoded, other_leader, odd_leader, surrogate, too_long, raw_field, no_list,
        of_fields(), None, raw,
    ):  # fmt: skip
        for target in TARGETS:
            assert agree(engines, "format_record", record, target)[1] is None


def test_a_name_that_is_none(engines: Engines) -> None:
    for target in ("xml", "MARC", "line"):
        assert agree(engines, "format_record", VALID[0], target) == ("raised", ValueError)


def test_json_escapes_what_it_must(engines: Engines) -> None:
    text = "".join(map(chr, range(0x1D))) + '"\\/\x7f\x80é\u2028日\U0001f600\uffff'
    record = Record(encode([PlainField("500", None, (" ", " "), (("a", text),))]))
    for engine in engines:
        lines = engine.format_record(record, "jsonl")
        assert json.loads(lines)["fields"][0]["500"]["subfields"] == [{"a": text}]
        assert not re.search(rb"[\x00-\x1f]", lines)
        assert "/\x7f\x80é\u2028日\U0001f600\uffff".encode() in lines


MARC8 = b"00057nam  2200037   4500245001900000\x1e10\x1faEmm\xe2a caf\xe2e xx\x1e\x1d"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("raw", HANDMADE, ids=range(len(HANDMADE)))
def test_next_run(engines: Engines, raw: bytes, target: str) -> None:
    good = VALID[0].as_marc()
    for data in (raw, good + raw + good, good * 3 + raw[:-1], raw + MARC8 + good, b"x" + good):
        for start in (0, 1, len(good), len(data), len(data) + 1):
            for options in (
                (False, "iso8859-1"),
                (True, "iso8859-1"),
                (False, "auto"),
                (False, "checked"),
            ):
                agree(engines, "next_run", data, start, target, *options)


def test_next_run_ends_where_something_is_not_sound(engines: Engines) -> None:
    good = VALID[0].as_marc()
    for engine in engines:
        data = good * 3 + good[:-1]
        assert engine.next_run(data, 0, "marc", False, "iso8859-1") == (3, good * 3, 3 * len(good))
        formatted = engine.format_record(Record(MARC8), "jsonl")
        assert json.loads(formatted)["leader"] == MARC8[:24].decode()
        data = MARC8 * 2 + NOT_VALID[0].as_marc()
        found = engine.next_run(data, 0, "jsonl", False, "iso8859-1")
        assert found[:2] == (3, b"\n".join([formatted, formatted, found[1].split(b"\n")[2]]))
        assert engine.next_run(data, len(MARC8), "marcxml", False, "iso8859-1")[::2] == (
            1,
            2 * len(MARC8),
        )
        with pytest.raises(ValueError, match="no target"):
            engine.next_run(data, 0, "xml", False, "iso8859-1")
