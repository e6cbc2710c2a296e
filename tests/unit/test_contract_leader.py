"""What a Leader promises, and what as_marc does with it."""

from __future__ import annotations

from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, Leader, Record, Subfield

TEXT = "00475cas a2200169 i 4500"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("record_length", "00475"), ("record_status", "c"), ("type_of_record", "a"),
        ("bibliographic_level", "s"), ("type_of_control", " "), ("coding_scheme", "a"),
        ("indicator_count", "2"), ("subfield_code_count", "2"), ("base_address", "00169"),
        ("encoding_level", " "), ("cataloging_form", "i"), ("multipart_ressource", " "),
        ("length_of_field_length", "4"), ("starting_character_position_length", "5"),
        ("implementation_defined_length", "0"),
    ],
)  # fmt: skip
def test_named_positions(name: str, value: str) -> None:
    leader = Leader(TEXT)
    assert getattr(leader, name) == value
    assert leader[name] == value
    start = str(leader).index(value) if len(value) > 1 else None
    changed = "8" * len(value)
    setattr(leader, name, changed)
    assert getattr(leader, name) == changed
    assert len(str(leader)) == 24
    assert sum(a != b for a, b in zip(str(leader), TEXT, strict=True)) == len(value)
    if start is not None:
        assert str(leader)[start : start + len(value)] == changed
    other = Leader(TEXT)
    other[name] = changed
    assert str(other) == str(leader)
    for wrong in ("", changed + "9"):
        with pytest.raises(mrrc.BadLeaderValue):
            setattr(leader, name, wrong)
    assert str(other) == str(leader)


@pytest.mark.parametrize(
    ("key", "value"),
    [(5, "c"), (slice(0, 5), "00475"), (slice(-4, None), "4500"), (-1, "0"), (slice(None), TEXT)],
)
def test_reading_by_position(key: Any, value: str) -> None:
    assert Leader(TEXT)[key] == value


@pytest.mark.parametrize(
    ("key", "value", "result"),
    [
        (5, "d", "00475das a2200169 i 4500"),
        (slice(17, 19), "ab", "00475cas a2200169ab 4500"),
        (slice(5, 6), "xyz", "00475xyz a2200169 i 4500"),
        (slice(0, 5), "1", "10475cas a2200169 i 4500"),
        (5, "", TEXT),
        (0, "99999", "99999cas a2200169 i 4500"),
    ],
)
def test_writing_by_position(key: Any, value: str, result: str) -> None:
    leader = Leader(TEXT)
    leader[key] = value
    assert str(leader) == leader.leader == result


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        (slice(None, 5), "00000", TypeError),
        (-1, "x", IndexError),
        (23, "xy", mrrc.BadLeaderValue),
        (24, "x", mrrc.BadLeaderValue),
        (slice(20, None), "45000", mrrc.BadLeaderValue),
    ],
)
def test_writing_refused(key: Any, value: str, error: type[Exception]) -> None:
    leader = Leader(TEXT)
    with pytest.raises(error):
        leader[key] = value
    assert str(leader) == TEXT


def test_reading_refused() -> None:
    with pytest.raises(IndexError):
        Leader(TEXT)[24]
    with pytest.raises(AttributeError):
        Leader(TEXT)["nonsense"]


@pytest.mark.parametrize("text", ["", "x", "0" * 23, "0" * 25])
def test_only_24_characters(text: str) -> None:
    with pytest.raises(mrrc.RecordLeaderInvalid) as caught:
        Leader(text)
    assert caught.value.args == ()


def test_other_attributes_are_kept() -> None:
    leader = Leader(TEXT)
    leader.remark = 1  # type: ignore[attr-defined]
    leader["note"] = "2"
    assert (leader.remark, leader.note) == (1, "2")  # type: ignore[attr-defined]


def test_a_leader_is_no_str() -> None:
    leader = Leader(TEXT)
    assert not isinstance(leader, str)
    with pytest.raises(TypeError):
        len(leader)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        leader + "x"  # type: ignore[operator]
    assert list(leader)[:3] == ["0", "0", "4"]  # type: ignore[call-overload]
    assert "c" in leader  # type: ignore[operator]
    assert "cas" not in leader  # type: ignore[operator]
    assert f"{leader}" == "%s" % leader == TEXT  # noqa: UP031
    assert Leader(TEXT) != Leader(TEXT)
    assert Leader(TEXT) != TEXT
    assert "Leader object at" in repr(leader)


def record() -> Record:
    made = Record()
    made.add_field(Field("001", data="id1"))
    made.add_field(Field("245", Indicators("1", "0"), [Subfield("a", "T :"), Subfield("b", "s")]))
    return made


@pytest.mark.parametrize("origin", ["built", "read"])
def test_as_marc_sets_the_coding_scheme_and_nothing_else(origin: str) -> None:
    made = record()
    written = made.as_marc()
    if origin == "read":
        raw = bytearray(written)
        raw[9:10] = b" "
        made = Record(bytes(raw))
        assert made.leader[9] == " "
        made.leader[0:5] = "11111"
        written = made.as_marc()
        assert str(made.leader) == "11111" + written.decode()[5:24]
    assert written[9:10] == b"a"
    assert made.leader[9] == "a"
    assert int(written[:5]) == len(written)
    assert written[int(written[12:17]) - 1 :][:1] == b"\x1e"
    assert written == made.as_marc21() == made.as_marc()


def test_an_empty_record_is_written() -> None:
    assert Record().as_marc() == b"00026    a2200025   4500\x1e\x1d"
    reader = mrrc.MARCReader(Record().as_marc())
    assert next(reader) is None
    assert isinstance(reader.current_exception, mrrc.NoFieldsFound)


def test_a_str_as_leader() -> None:
    made = record()
    made.leader = "00000nam  2200000 a 4500"  # type: ignore[assignment]
    written = made.as_marc()
    assert written[:24] == b"%05dnam a22%05d a 4500" % (len(written), 49)
    assert made.leader == "00000nam a2200000 a 4500"  # type: ignore[comparison-overlap]
    assert type(made.leader) is str
    assert made.as_json().startswith('{"leader": "00000nam a2200000 a 4500"')


def test_changes_to_a_leader_that_was_handed_out_are_written() -> None:
    made = Record(record().as_marc())
    held = made.leader
    assert made.as_marc()[5:6] == b" "
    held[5] = "d"
    assert made.as_marc()[5:6] == b"d"
    made.leader = Leader("00000nas a2200000 a 4500")
    assert made.as_marc()[5:8] == b"nas"
    held[5] = "x"
    assert made.as_marc()[5:8] == b"nas"


def test_latin_1_without_unicode() -> None:
    made = Record(to_unicode=False)
    made.add_field(Field("245", subfields=[Subfield("a", "\u00e9")]))
    assert made.as_marc()[-5:] == b"\x1fa\xe9\x1e\x1d"
    assert made.leader[9] == " "
    made["245"]["a"] = "\u65e5"
    with pytest.raises(UnicodeEncodeError):
        made.as_marc()


@pytest.mark.parametrize(
    ("tag", "entry"), [("24", b"024"), ("a", b"00a"), ("7", b"007"), ("", b"000")]
)
def test_short_tags_are_padded(tag: str, entry: bytes) -> None:
    made = Record()
    field = Field("245", subfields=[Subfield("a", "x")])
    field.tag = tag
    made.add_field(field)
    assert made.as_marc()[24:27] == entry


def test_nothing_is_escaped() -> None:
    made = Record()
    made.add_field(Field("245", Indicators("10", "0"), [Subfield("ab", "x\x1fby\x1e")]))
    assert made.as_marc()[37:] == b"100\x1fabx\x1fby\x1e\x1e\x1d"


def test_a_leader_that_is_not_ascii() -> None:
    assert Record(leader="00000nam a2200000 \u00e9 4500").as_marc()[:25] == (
        b"00026nam a2200025 \xc3\xa9 4500"
    )
