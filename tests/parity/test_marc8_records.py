"""Whole records in MARC-8: both engines, and the way field by field."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Record
from mrrc._serialising import assemble as put_together
from mrrc._serialising import leader_with_scheme
from mrrc._writing.texts import TextEncoder, plain_entries
from tests.parity.comparing import Engines, agree
from tests.property.strategies import FAST, PlainField, assemble, encode, field_lists
from tests.shared import real_iso2709_files

# Marks, letters that MARC-8 has as they are, in parts or not at all, and what looks like a
# numeric character reference.
MARKED = (
    "& &#x41; \u0301 \u0327 \ufe20 \ufe21 Ж 日 ệ ớ 한 \x7f \u1ac1 \u0898 \U0001f600 x² α ش א \x1b"
)
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\x1d\x1e\x1f")
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(MARKED.split(" ")),
        st.text("aZ /", max_size=4),
        st.text(ANY, max_size=3),
    ),
    max_size=6,
).map("".join)


def one(*values: str, tag: str = "500") -> bytes:
    subfields = tuple(("a", value) for value in values)
    return encode([PlainField("001", "id1"), PlainField(tag, None, ("1", "0"), subfields)])


def field_by_field(raw: bytes) -> bytes:
    encoder = TextEncoder("marc8", "reject", None)
    encoder.start_record(True, True)
    leader = leader_with_scheme(raw[:24].decode(), " ")
    return put_together(leader, plain_entries(raw, encoder))


@FAST
@given(st.lists(TEXTS, max_size=4))
def test_texts(engines: Engines, values: list[str]) -> None:
    raw = one(*values)
    _, marc = agree(engines, "record_to_marc8", raw)
    if marc is not None:
        assert marc == field_by_field(raw)


@FAST
@given(field_lists())
def test_records(engines: Engines, fields: list[PlainField]) -> None:
    raw = encode(fields)
    _, marc = agree(engines, "record_to_marc8", raw)
    if marc is not None:
        assert marc == field_by_field(raw)


def test_every_character_in_its_normal_form(engines: Engines) -> None:
    # The characters of a range stand in one record; a range with others is left out whole.
    encoded = 0
    for start in range(0, 0x20000, 8):
        points = [each for each in range(start, start + 8) if not 0xD800 <= each <= 0xDFFF]
        values = [f"a{chr(point)}\u0301" for point in points if not 0x1D <= point <= 0x1F]
        _, marc = agree(engines, "record_to_marc8", raw := one(*values))
        if marc is not None:
            encoded += 1
            assert marc == field_by_field(raw), hex(start)
    assert encoded > 5_000


@pytest.mark.parametrize(
    "raw",
    [
        # The leader, a delimiter in a control field, an indicator, a mark that is not in every
        # edition of Unicode, a field and a record that grow too long.
        encode([PlainField("245", None, ("1", "0"), (("a", "x"),))], head="nam\ta22"),
        encode([PlainField("001", "a\x1fb")]),
        encode([PlainField("245", None, ("1", "\x7f"), (("a", "x"),))]),
        one("a\u1ac1"),
        one("\u3042" * 1_500 + "\U0001f600" * 1_200),
        encode([PlainField("500", None, ("1", "0"), (("a", "\U0001f600" * 900),))] * 20),
    ],
    ids=["leader", "delimiter", "indicator", "mark", "field", "record"],
)  # fmt: skip
def test_left_to_a_closer_look(engines: Engines, raw: bytes) -> None:
    assert Record(raw)._raw is not None or raw[8:9] == b"\t" or b"\x1fb" in raw
    _, marc = agree(engines, "record_to_marc8", raw)
    assert marc is None


def test_same_bytes(engines: Engines) -> None:
    raw = one("Emma /")
    _, marc = agree(engines, "record_to_marc8", raw)
    assert marc == raw[:9] + b" " + raw[10:]


def test_real_records(engines: Engines) -> None:
    files = real_iso2709_files()
    if not files:
        pytest.skip("no real files on this machine")
    pure, extension = engines
    for path in files:
        for chunk in path.read_bytes().split(b"\x1d")[:200]:
            raw = chunk + b"\x1d"
            if not pure.is_plain(raw):
                continue
            marc = extension.record_to_marc8(raw)
            assert marc == pure.record_to_marc8(raw), path.name
            assert marc is None or marc == field_by_field(raw), path.name


@pytest.mark.parametrize("threads", [0, 1, 2, 8])
def test_batches_come_out_in_order(engines: Engines, threads: int) -> None:
    raws = [one(f"{number} é", "\u1ac1" if number % 7 == 0 else "日") for number in range(300)]
    expected = [engines[0].record_to_marc8(raw) for raw in raws]
    assert None in expected
    for engine in engines:
        batches = engine.Marc8Batches(threads)
        assert batches.take() == []
        for start in (0, 100, 100, 200):
            batches.submit(raws[start : start + 100])
        batches.submit([])
        taken = [batches.take() for _ in range(6)]
        assert taken[0] == expected[:100]
        assert taken[1] == taken[2] == expected[100:200]
        assert taken[3] == expected[200:]
        assert taken[4] == taken[5] == []


def test_only_bytes_are_taken(engines: Engines) -> None:
    extension = engines[1]
    with pytest.raises(TypeError):
        extension.Marc8Batches(2).submit(["x"])


def test_letters_with_marks_are_normalised_first(engines: Engines) -> None:
    for text in ("e\u0301", "\u1e17", "o\u031b\u0301", "\u0344", "\u212b", "a\u0323\u0302"):
        _, marc = agree(engines, "record_to_marc8", one(text))
        _, composed = agree(engines, "record_to_marc8", one(unicodedata.normalize("NFC", text)))
        assert marc == composed is not None


def test_a_record_that_is_not_plain_is_never_taken_for_one(engines: Engines) -> None:
    whole = assemble([(b"001", b"id\x1e")], b"nam a22", b" a 4500")
    assert engines[1].record_to_marc8(whole[:-1] + b"\x1e") is None
    assert engines[1].record_to_marc8(b"") is None
