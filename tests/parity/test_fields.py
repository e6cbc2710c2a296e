"""One variable data field as bytes, in both engines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Indicators, Subfield
from tests.parity.comparing import Engines, agree
from tests.property.strategies import CODES, FAST, PlainField, data_fields

ODD_CODES: list[object] = [
    "a", "b", "6", " ", "\x00", "\x7f", "\x1f", "\x1e", "", "ab", "é", "\x80", "日", "\udc61",
    None, 1, b"a", ("a",), ["a"], {"a"}, 1.5,
]  # fmt: skip


class Shout(str):
    """A str whose subclass is no reason for another answer."""


HANDMADE = [
    PlainField("245"),
    PlainField("245", None, ("1", "0"), (("a", ""),)),
    PlainField("245", None, ("1", "0"), (("a", ""), ("a", "x"), ("b", ""))),
    PlainField("245", None, ("a", "a"), (("b", "a"), ("a", "b"))),
    PlainField("245", None, ("1", "0"), (("a", "  x y  "), ("b", " "), ("c", "z"))),
    PlainField("245", None, ("1", "0"), (("a", "\u3000x\x85"), ("b", "\x1c\x0b\u200b"))),
    PlainField("245", None, ("1", "0"), (("a", "日本"), ("b", "📚"), ("\x00", "\x00"))),
]


def check_field(engines: Engines, field: PlainField) -> None:
    """Every function of a field answers alike, and right."""
    raw = field.encode()
    agree(engines, "field_subfields", raw)
    agree(engines, "field_value", raw)
    codes = [code for code, _ in field.subfields]
    for engine in engines:
        assert engine.field_subfields(raw) == list(field.subfields)
        assert engine.field_value(raw) == " ".join(value.strip() for _, value in field.subfields)
        for code, value in reversed(field.subfields):
            assert (
                engine.subfield_values(raw, (code,))[-1:]
                == [found for other, found in field.subfields if other == code][-1:]
            )
            if codes.index(code) == field.subfields.index((code, value)):
                assert engine.subfield_value(raw, code) == value
    for odd in [*codes, *ODD_CODES, Shout("a")]:
        agree(engines, "subfield_value", raw, odd)
        agree(engines, "subfield_values", raw, (odd,))
    agree(engines, "subfield_values", raw, ())
    agree(engines, "subfield_values", raw, tuple(codes))
    agree(engines, "subfield_values", raw, ("a", None, "ab", "b", "a"))


@pytest.mark.parametrize("field", HANDMADE, ids=range(len(HANDMADE)))
def test_handmade(engines: Engines, field: PlainField) -> None:
    check_field(engines, field)


@FAST
@given(data_fields())
def test_any_field(engines: Engines, field: PlainField) -> None:
    check_field(engines, field)


@FAST
@given(data_fields(), st.lists(CODES, max_size=4).map(tuple))
def test_any_codes(engines: Engines, field: PlainField, codes: tuple[str, ...]) -> None:
    agree(engines, "subfield_values", field.encode(), codes)
    for code in codes:
        agree(engines, "subfield_value", field.encode(), code)


def test_every_character_that_strip_removes(engines: Engines) -> None:
    blanks = [chr(code) for code in range(0x110000) if chr(code).isspace()]
    near = [chr(ord(blank) + step) for blank in blanks for step in (-1, 1)]
    for character in [*blanks, *near, "\u200b", "\ufeff", "\u180e"]:
        if character not in "\x1d\x1e\x1f":
            check_field(
                engines, PlainField("500", None, (" ", " "), (("a", f"{character}x{character}"),))
            )


def test_the_objects_are_the_public_classes(engines: Engines) -> None:
    for engine in engines:
        (subfield,) = engine.field_subfields(b"10\x1faT\xc3\xa9\x1e")
        assert type(subfield) is Subfield
        assert subfield == Subfield("a", "Té")
        assert hash(subfield) == hash(Subfield("a", "Té"))
        assert subfield._replace(value="x") == ("a", "x")


def test_indicators_are_the_public_class(engines: Engines) -> None:
    for engine in engines:
        raw = b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d"
        record = engine.read_record(raw, False, "iso8859-1")
        indicators = engine.get_field(record, "245")._indicators
        assert type(indicators) is Indicators
        assert indicators == Indicators("1", "0")
