"""From fields to ISO 2709, in both engines: what they write, and what they leave to the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Indicators, RawField, Record, Subfield
from tests.parity.comparing import Engines, agree
from tests.property.strategies import (
    FAST,
    HEADS,
    TAILS,
    PlainField,
    encode,
    field_lists,
    is_control,
)

HEAD, TAIL = "nam a22", " a 4500"


def public(field: PlainField) -> Field:
    if field.data is not None:
        return Field(field.tag, data=field.data)
    subfields = [Subfield(code, value) for code, value in field.subfields]
    return Field(field.tag, Indicators(*field.indicators), subfields)


def title(**changes: Any) -> Field:
    """An ordinary field with some of its slots set to something else."""
    field = Field("245", Indicators("1", "0"), [Subfield("a", "x"), Subfield("b", "é")])
    for name, value in changes.items():
        setattr(field, name, value)
    return field


def control(**changes: Any) -> Field:
    field = Field("001", data="id")
    for name, value in changes.items():
        setattr(field, name, value)
    return field


class OwnField(Field):
    def as_marc(self, encoding: str) -> bytes:
        return b"mine\x1e"


class Text(str):
    """Not exactly a str."""


class Pair(Subfield):
    """Not exactly a Subfield."""


class Ends(Indicators):
    """Not exactly Indicators."""


LAZY_RAW = encode([PlainField("245", None, ("1", "0"), (("a", "T"), ("b", "日")))])


def lazy(**changes: Any) -> Field:
    """A field that still has its bytes."""
    field = Record(LAZY_RAW)["245"]
    assert field._raw is not None
    for name, value in changes.items():
        setattr(field, name, value)
    return field


FIELDS: dict[str, Callable[[], Any]] = {
    "data": title,
    "control": control,
    "lazy": lazy,
    "lazy, other indicators": lambda: lazy(indicators=Indicators("é", "")),
    "lazy, no indicators": lambda: lazy(_indicators=None),
    "lazy, other tag": lambda: lazy(tag="246"),
    "lazy, made a control field": lambda: lazy(control_field=True, data="x"),
    "subclass": lambda: OwnField("245", Indicators("1", "0"), [Subfield("a", "x")]),
    "raw field": lambda: RawField("245", Indicators("1", "0"), [Subfield("a", b"x")]),  # type: ignore[arg-type]
    "raw control field": lambda: RawField("001", data=b"x"),  # type: ignore[arg-type]
    "no field": object,
    "a str": lambda: "245",
    "data None": lambda: control(data=None),
    "data int": lambda: control(data=5),
    "data bytes": lambda: control(data=b"x"),
    "data subclass": lambda: control(data=Text("x")),
    "data surrogate": lambda: control(data="\udc80"),
    "data empty": lambda: control(data=""),
    "data with terminators": lambda: control(data="a\x1db\x1ec\x1fd"),
    "control field, data tag": lambda: control(tag="245"),
    "data field, control tag": lambda: title(tag="001"),
    "indicators None": lambda: title(_indicators=None),
    "indicators a tuple": lambda: title(_indicators=("1", "0")),
    "indicators a list": lambda: title(_indicators=["1", "0"]),
    "indicators subclass": lambda: title(_indicators=Ends("1", "0")),
    "indicator int": lambda: title(_indicators=Indicators(1, "0")),  # type: ignore[arg-type]
    "indicator None": lambda: title(_indicators=Indicators(None, "0")),  # type: ignore[arg-type]
    "indicators long": lambda: title(_indicators=Indicators("12", "345")),
    "indicators empty": lambda: title(_indicators=Indicators("", "")),
    "indicators not ASCII": lambda: title(_indicators=Indicators("é", "日")),
    "indicator surrogate": lambda: title(_indicators=Indicators("\ud800", "0")),
    "value None": lambda: title(subfields=[Subfield("a", None)]),  # type: ignore[arg-type]
    "value int": lambda: title(subfields=[Subfield("a", 5)]),  # type: ignore[arg-type]
    "value bytes": lambda: title(subfields=[Subfield("a", b"x")]),  # type: ignore[arg-type]
    "value subclass": lambda: title(subfields=[Subfield("a", Text("x"))]),
    "value surrogate": lambda: title(subfields=[Subfield("a", "x"), Subfield("b", "\udfff")]),
    "value with terminators": lambda: title(subfields=[Subfield("a", "\x1d\x1e\x1f")]),
    "code long": lambda: title(subfields=[Subfield("abc", "x")]),
    "code empty": lambda: title(subfields=[Subfield("", "")]),
    "code not ASCII": lambda: title(subfields=[Subfield("é", "x")]),
    "code None": lambda: title(subfields=[Subfield(None, "x")]),  # type: ignore[arg-type]
    "subfield a tuple": lambda: title(subfields=[("a", "x")]),
    "subfield a list": lambda: title(subfields=[["a", "x"]]),
    "subfield subclass": lambda: title(subfields=[Pair("a", "x")]),
    "subfield a str": lambda: title(subfields=["ax"]),
    "subfield None": lambda: title(subfields=[None]),
    "no subfields": lambda: title(subfields=[]),
    "tag short": lambda: title(tag="24"),
    "tag long": lambda: title(tag="2456"),
    "tag empty": lambda: title(tag=""),
    "tag two characters, three bytes": lambda: title(tag="é1"),
    "tag one character, three bytes": lambda: title(tag="日"),
    "tag three characters, not ASCII": lambda: title(tag="24é"),
    "tag surrogate": lambda: title(tag="24\ud800"),
    "tag None": lambda: title(tag=None),
    "tag int": lambda: title(tag=245),
    "tag bytes": lambda: title(tag=b"245"),
    "tag subclass": lambda: title(tag=Text("245")),
    "tag letters": lambda: title(tag="A\x1e\x00"),
    "control_field int": lambda: title(control_field=0),
    "control_field str": lambda: title(control_field="yes", data="x"),
    "control_field None": lambda: title(control_field=None),
    "longest": lambda: title(subfields=[Subfield("a", "x" * 9_994)]),
    "too long": lambda: title(subfields=[Subfield("a", "x" * 9_995)]),
    "too long in bytes": lambda: title(subfields=[Subfield("a", "é" * 4_998)]),
    "control field too long": lambda: control(data="x" * 9_999),
    "control field longest": lambda: control(data="x" * 9_998),
}
WRITTEN = {
    "data", "control", "lazy", "lazy, other indicators", "lazy, other tag",
    "lazy, made a control field", "data empty", "data with terminators",
    "control field, data tag", "data field, control tag", "indicators long", "indicators empty",
    "indicators not ASCII", "value with terminators", "code long", "code empty", "code not ASCII",
    "no subfields", "tag letters", "control_field int", "control_field str", "control_field None",
    "longest", "control field longest",
}  # fmt: skip


@pytest.mark.parametrize("kind", FIELDS)
def test_one_field(engines: Engines, kind: str) -> None:
    for fields in ([FIELDS[kind]()], [control(), FIELDS[kind](), title()]):
        _, marc = agree(engines, "serialise", HEAD, TAIL, fields, None)
        assert (marc is not None) is (kind in WRITTEN)


@pytest.mark.parametrize("kind", FIELDS)
def test_only_sound_fields_where_these_are_asked_for(engines: Engines, kind: str) -> None:
    for fields in ([FIELDS[kind]()], [control(), FIELDS[kind](), title()]):
        _, marc = agree(engines, "serialise", HEAD, TAIL, fields, None, True)
        for engine in engines:
            written = engine.serialise(HEAD, TAIL, fields, None)
            assert marc == (written if engine.fields_are_sound(fields) else None)


def test_sound_and_unsound_fields_beside_holes(engines: Engines) -> None:
    for kind, wanted in (("data", True), ("value with terminators", False)):
        fields = [None, FIELDS[kind]()]
        _, marc = agree(engines, "serialise", HEAD, TAIL, fields, LAZY_RAW, True)
        assert (marc is not None) is wanted


@pytest.mark.parametrize("kind", sorted(WRITTEN))
def test_they_write_what_the_reference_serialiser_writes(engines: Engines, kind: str) -> None:
    from mrrc._serialising import serialise_fields

    field = FIELDS[kind]()
    for engine in engines:
        marc = engine.serialise(HEAD, TAIL, [field], None)
        assert marc == serialise_fields(f"     {HEAD}     {TAIL}", [field], "utf-8")


@FAST
@given(field_lists(), HEADS, TAILS)
def test_any_fields(engines: Engines, fields: list[PlainField], head: str, tail: str) -> None:
    made = [public(field) for field in fields if is_control(field.tag) or field.data is None]
    kept = [field for field in fields if is_control(field.tag) or field.data is None]
    _, marc = agree(engines, "serialise", head, tail, made, None)
    assert marc == encode(kept, head, tail)


ODD_TEXT = st.one_of(st.text(max_size=3), st.none(), st.integers(), st.binary(max_size=2))


@FAST
@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from(["245", "00A"]), st.text(max_size=3)),
            st.tuples(ODD_TEXT, ODD_TEXT),
            st.lists(st.tuples(ODD_TEXT, ODD_TEXT), max_size=3),
        ),
        max_size=3,
    )
)
def test_odd_values(engines: Engines, contents: list[Any]) -> None:
    fields = []
    for tag, indicators, subfields in contents:
        field = Field("245", Indicators(*indicators), [Subfield(*pair) for pair in subfields])
        field.tag = tag
        fields.append(field)
    agree(engines, "serialise", HEAD, TAIL, fields, None)


@FAST
@given(field_lists(), st.data())
def test_holes_are_filled_from_the_bytes(
    engines: Engines, fields: list[PlainField], data: st.DataObject
) -> None:
    raw = encode(fields)
    held: list[Field | None] = []
    for field in Record(raw).fields:
        held.append(data.draw(st.sampled_from([None, field])))
    _, marc = agree(engines, "serialise", HEAD, TAIL, held, raw)
    assert marc == raw
    changed = [field for field in held if field is not None and not field.control_field]
    if changed:
        changed[0].add_subfield("z", "日本")
        _, marc = agree(engines, "serialise", HEAD, TAIL, held, raw)
        assert len(marc) == len(raw) + 8


def test_a_hole_without_bytes(engines: Engines) -> None:
    assert agree(engines, "serialise", HEAD, TAIL, [None], None)[1] is None


@pytest.mark.parametrize("count", [9, 10])
def test_records_at_the_limit(engines: Engines, count: int) -> None:
    # 24 + 10 * 12 + 1 + 10 * 9,985 + 1 = 99,996
    fields = [title(subfields=[Subfield("a", "x" * 9_980)]) for _ in range(count)]
    for extra in ("", "1", "12", "123", "1234", "12345"):
        fields[0].subfields = [Subfield("a", "x" * 9_980 + extra)]
        _, marc = agree(engines, "serialise", HEAD, TAIL, fields, None)
        assert (marc is None) is (count == 10 and len(extra) > 3)


@pytest.mark.parametrize("text", ["", "x", "é" * 7, "\ud800", "longer than it should be", "\x1e"])
def test_odd_leaders(engines: Engines, text: str) -> None:
    agree(engines, "serialise", text, TAIL, [title()], None)
    agree(engines, "serialise", HEAD, text, [title()], None)


def test_no_fields(engines: Engines) -> None:
    _, marc = agree(engines, "serialise", HEAD, TAIL, [], None)
    assert marc == b"00026nam a2200025 a 4500\x1e\x1d"
