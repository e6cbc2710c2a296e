"""JSON and XML of records whose fields are out: as of the fields, however the engine makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Indicators, Leader, Record, Subfield, record_to_xml, record_to_xml_node
from mrrc.marcxml import record_to_utf8_xml
from tests.property.strategies import FAST, PLAIN_RECORDS


def same_cursors(asked: Record, told: Record) -> bool:
    """Whether record and fields stand where the others do, as far as these fields are out."""
    pairs: list[tuple[Any, Any, str]] = [(asked, told, "_Record__pos")]
    pairs += [
        (one, other, "_Field__pos")
        for one, other in zip(asked._fields or told.fields, told.fields, strict=True)
        if one is not None
    ]
    return all(getattr(one, name, -1) == getattr(other, name, -1) for one, other, name in pairs)


def check(make: Callable[[], Record]) -> None:
    """Compare with what is made from the dictionary and from the tree, of another such record."""
    asked, told = make(), make()
    assert asked.as_json() == json.dumps(told.as_dict())
    assert asked._as_json(compact=True) == json.dumps(told.as_dict(), separators=(",", ":"))
    assert same_cursors(asked, told)
    for namespace in (False, True):
        asked, told = make(), make()
        tree = record_to_xml_node(told, namespace=namespace)
        assert record_to_xml(asked, namespace=namespace) == ElementTree.tostring(tree)
        assert same_cursors(asked, told)
    assert record_to_utf8_xml(make()) == ElementTree.tostring(
        record_to_xml_node(make()), encoding="utf-8"
    )


@FAST
@given(PLAIN_RECORDS, st.integers(0, 4), st.sampled_from(["00000cas  2200000 i 4500", "odd & é"]))
def test_any_record(raw: bytes, touched: int, leader: str) -> None:
    def make() -> Record:
        made = Record(raw)
        if touched in (0, 1):
            made.get(made.fields[0].tag if touched else "245")
        elif touched == 2:
            for field in made.fields:
                field.subfields  # noqa: B018 - no field has its bytes
        elif touched == 3:
            made.add_field(Field("245", Indicators("1", "0"), [Subfield("a", '<&>"\r\n日本')]))
        else:
            made.leader = Leader(" " * 24)
            made.leader.leader = leader
            made.remove_fields("650")
        return made

    check(make)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [Field("001", data="a\x1eb")],
        [Field("001", data="a\x1fb")],
        [Field("500", Indicators(" ", " "), [Subfield("a", "x\x1f")])],
        [Field("500", Indicators("é", " "), [Subfield("ab", "x" * 12_000)])],
        [Field("50", Indicators(" ", " "), [Subfield("a", "x")])],
        [Field("500", Indicators(" ", " "), [])],
    ],
)
def test_what_iso_2709_does_not_hold(fields: list[Field]) -> None:
    check(lambda: Record(fields=list(fields)))


def test_a_subclass_is_asked_for_its_fields() -> None:
    class Special(Record):
        def as_dict(self) -> dict[str, object]:
            return {"special": True}

    made = Special(fields=[Field("001", data="x")])
    assert made.as_json() == '{"special": true}'
