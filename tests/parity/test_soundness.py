"""Whether fields can be written as they are, asked of both engines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Indicators, Subfield
from tests.parity.comparing import Engines, agree
from tests.parity.test_serialise import FIELDS, control, lazy, title
from tests.property.strategies import FAST

SOUND = {
    "data", "control", "lazy", "lazy, other tag", "data empty", "no subfields",
    "longest", "too long", "too long in bytes", "control field too long", "control field longest",
    "control_field int", "control_field None",
}  # fmt: skip


@pytest.mark.parametrize("kind", FIELDS)
def test_one_field(engines: Engines, kind: str) -> None:
    for fields in ([FIELDS[kind]()], [control(), FIELDS[kind](), title()]):
        assert agree(engines, "fields_are_sound", fields)[1] is (kind in SOUND)


@pytest.mark.parametrize("character", [*map(chr, range(0x21)), "~", "\x7f", "\x80", "é", "\ud800"])
def test_one_character(engines: Engines, character: str) -> None:
    graphic = character in " ~"
    text = character not in "\x1d\x1e\x1f\ud800"
    for field, sound in [
        (title(tag="24" + character), graphic),
        (title(_indicators=Indicators(character, "0")), graphic),
        (title(_indicators=Indicators("1", character)), graphic),
        (lazy(_indicators=Indicators("1", character)), graphic),
        (title(subfields=[Subfield(character, "x")]), graphic),
        (title(subfields=[Subfield("a", f"x{character}y")]), text),
        (control(data=f"x{character}"), text or character == "\x1f"),
    ]:
        assert agree(engines, "fields_are_sound", [field])[1] is sound


@pytest.mark.parametrize("fields", [(), [None], (title(),), None, iter([])])
def test_what_is_no_list_of_fields(engines: Engines, fields: Any) -> None:
    assert agree(engines, "fields_are_sound", fields)[1] is (fields == [None])


TEXTS = st.text(st.sampled_from("ab\x1d\x1e\x1f\x00é"), max_size=3)


@FAST
@given(
    st.sampled_from(["245", "001", "00A", "2 5", "24é"]),
    st.tuples(TEXTS, TEXTS),
    st.lists(st.tuples(TEXTS, TEXTS), max_size=3),
)
def test_any_texts(engines: Engines, tag: str, pair: Any, subfields: Any) -> None:
    field = Field("245", Indicators(*pair), [Subfield(*each) for each in subfields])
    field.tag = tag
    agree(engines, "fields_are_sound", [field])
