"""Records that are bytes: reading them, finding their fields, giving the bytes up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Leader, Record, Subfield
from tests.parity.comparing import Engines, agree, outcome, shown
from tests.property.strategies import ANY_RECORDS, FAST, PLAIN_RECORDS, PlainField, encode

RAW = encode(
    [
        PlainField("001", "id1"),
        PlainField("245", None, ("1", "0"), (("a", "Title :"), ("b", "more"), ("a", "again"))),
        PlainField("650", None, (" ", "0"), (("a", "日本"),)),
        PlainField("00A", None, (" ", "0"), (("a", "x"),)),
        PlainField("650", None, (" ", "1"), ()),
        PlainField("001", ""),
        PlainField("&< ", None, (" ", "1"), ()),
    ]
)


class Tag(str):
    """A str whose subclass is no reason for another answer."""


TAGS: list[object] = [
    "001", "245", "650", "00A", "&< ", "999", "", "1", "24", "2450", "6500", "é1", "日", "\udc61",
    "45 ", "501", "000", Tag("245"), None, 1, 245, b"245", ("245",), ["245"], 2.5,
]  # fmt: skip


def read(engine: Any, raw: bytes = RAW) -> Record:
    record = engine.read_record(raw, False, "iso8859-1")
    assert type(record) is Record
    return record


def each(engines: Engines, raw: bytes = RAW) -> list[tuple[Any, Record]]:
    return [(engine, read(engine, raw)) for engine in engines]


def same(results: list[Any]) -> Any:
    assert results[1] == results[0]
    return results[0]


@FAST
@given(
    ANY_RECORDS,
    st.sampled_from([False, True, 0, 1, None]),
    st.sampled_from(["iso8859-1", "latin-1", "utf-16", "no codec", None]),
)
def test_read_record(engines: Engines, raw: bytes, force_utf8: object, encoding: object) -> None:
    agree(engines, "read_record", raw, force_utf8, encoding)


def test_what_is_read(engines: Engines) -> None:
    for engine in engines:
        record = read(engine)
        assert record._raw is RAW
        assert (record._fields, record._leader, record.pos) == (None, None, 0)
        assert (record.to_unicode, record.force_utf8) == (True, False)
        other = RAW.replace(b"nam a", b"nam  ")
        record = engine.read_record(other, 1, "iso8859-1")
        assert record._raw == RAW
        assert record.leader.leader == other[:24].decode()
        assert type(record._leader) is Leader
        assert record.force_utf8 == 1


@pytest.mark.parametrize("tag", TAGS, ids=repr)
def test_one_tag(engines: Engines, tag: object) -> None:
    for name in ("has_tag", "get_field"):
        results = []
        for engine, record in each(engines):
            result = outcome(getattr(engine, name), record, tag)
            results.append((result, shown(record)))
        same(results)
    same([outcome(engine.get_fields, record, (tag,)) for engine, record in each(engines)])


@pytest.mark.parametrize(
    "tags",
    [
        (),
        ("650", "001"),
        ("245", "245"),
        ("999", None),
        (b"650", 650, "650"),
        ("650", "\udc61", "é1"),
        tuple(f"{number:03}" for number in range(1000)),
    ],
    ids=range(7),
)
def test_several_tags(engines: Engines, tags: tuple[object, ...]) -> None:
    results = []
    for engine, record in each(engines):
        result = outcome(engine.get_fields, record, tags)
        results.append((result, shown(record)))
    same(results)


def test_a_field_that_is_out_is_the_field(engines: Engines) -> None:
    for engine, record in each(engines):
        second = engine.get_fields(record, ("650",))[1]
        assert engine.get_fields(record, ("650",))[1] is second
        title = engine.get_field(record, "245")
        assert engine.get_fields(record, ("245", "999")) == [title]
        held = record._fields
        fields = engine.materialise(record)
        assert fields is held
        assert record._fields is held
        assert record._raw is None
        assert (fields[1], fields[4]) == (title, second)
        assert [field.tag for field in fields] == "001 245 650 00A 650 001 &< ".split(" ", 6)


NEW_TAGS: list[object] = ["245", "999", "650", "001", "", "é", "24", Tag("245"), None, 245, b"245"]


@pytest.mark.parametrize("new", NEW_TAGS, ids=repr)
def test_the_tag_of_a_field_that_is_out_counts(engines: Engines, new: Any) -> None:
    results = []
    for engine, record in each(engines):
        engine.get_field(record, "650").tag = new
        answers = []
        for tag in [*TAGS, *NEW_TAGS]:
            answers.append(outcome(engine.has_tag, record, tag))
            answers.append(outcome(engine.get_field, record, tag))
            answers.append(outcome(engine.get_fields, record, (tag, "001")))
        answers.append(outcome(engine.materialise, record))
        results.append(answers)
    same(results)


def test_leader_of(engines: Engines) -> None:
    for engine, record in each(engines):
        leader = engine.leader_of(record)
        assert type(leader) is Leader
        assert str(leader) == RAW[:24].decode()
        assert engine.leader_of(record) is leader is record._leader is record.leader
        assert record._raw == RAW
        record.leader = "x" * 24
        assert engine.leader_of(record) == "x" * 24
        engine.materialise(record)
        assert engine.leader_of(record) == "x" * 24
    for engine, record in each(engines):
        engine.materialise(record)
        assert engine.leader_of(record) is record._leader
    for engine in engines:
        assert str(engine.leader_of(Record(leader=" " * 24))) == " " * 10 + "22" + " " * 8 + "4500"


def test_subfields_of(engines: Engines) -> None:
    for engine, record in each(engines):
        for field in record.fields:
            raw = field._raw
            subfields = engine.subfields_of(field)
            assert subfields == ([] if raw is None else engine.field_subfields(raw))
            assert engine.subfields_of(field) is subfields is field._subfields is field.subfields
            assert field._raw is None
        made = Field("245", subfields=[Subfield("a", "x")])
        assert engine.subfields_of(made) is made.subfields


def test_materialise(engines: Engines) -> None:
    results = []
    for engine, record in each(engines):
        fields = engine.materialise(record)
        assert fields is record._fields
        assert all(type(field) is Field for field in fields)
        results.append(shown(record))
    same(results)


def test_a_leader_that_is_out_stays(engines: Engines) -> None:
    for engine, record in each(engines):
        leader = record.leader
        leader.record_status = "d"
        engine.materialise(record)
        assert record._leader is leader


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("has_tag"), st.sampled_from(["001", "245", "650", "999", "00A"])),
        st.tuples(st.just("get_field"), st.sampled_from(["001", "245", "650", "999", "00A"])),
        st.tuples(
            st.just("get_fields"), st.lists(st.sampled_from(["001", "245", "650"])).map(tuple)
        ),
        st.tuples(st.just("retag"), st.sampled_from(["001", "245", "650", "999", "00A", "x"])),
        st.tuples(st.just("subfields"), st.integers(0, 9)),
    ),
    max_size=8,
)


@FAST
@given(PLAIN_RECORDS, STEPS)
def test_any_order_of_looks(engines: Engines, raw: bytes, steps: list[tuple[str, Any]]) -> None:
    results: list[Any] = []
    for engine, record in each(engines, raw):
        answers: list[Any] = []
        for step, argument in steps:
            out = [field for field in record._fields or () if field is not None]
            if step == "retag":
                for field in out[:1]:
                    field.tag = argument
            elif step == "subfields":
                for field in out[argument : argument + 1]:
                    answers.append(outcome(lambda field=field: field.subfields))
            else:
                answers.append(outcome(getattr(engine, step), record, argument))
        answers.append(shown(record))
        answers.append(outcome(engine.materialise, record))
        answers.append(shown(record))
        results.append(answers)
    same(results)


@pytest.mark.parametrize("codes", ["", "a", "b", "ab", "ba", "aa", "abc", "z"])
@pytest.mark.parametrize("tag", ["245", "650", "00A", "999", "100"])
def test_first_subfields(engines: Engines, tag: str, codes: str) -> None:
    agree(engines, "first_subfields", RAW, tag, codes)


@FAST
@given(PLAIN_RECORDS, st.sampled_from(["245", "222", "020", "022", "650"]))
def test_first_subfields_of_any_record(engines: Engines, raw: bytes, tag: str) -> None:
    for codes in ("ab", "a", "l"):
        agree(engines, "first_subfields", raw, tag, codes)
