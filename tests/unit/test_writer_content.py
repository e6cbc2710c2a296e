"""MARCWriter and content that would not be read as it is: repaired and reported, or refused."""

from __future__ import annotations

import io
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, Indicators, MARCReader, MARCWriter, RawField, Record, Subfield, exceptions
from mrrc.problems import CODES, Problem
from tests.property.strategies import FAST
from tests.unit.writing import LEADER, data, read, record, shape


def write(made: Record, **options: Any) -> tuple[bytes, list[Problem]]:
    file = io.BytesIO()
    writer = MARCWriter(file, **options)
    writer.write(made)
    assert writer.records_written == 1
    assert sum(writer.problem_counts.values()) == len(writer.problems)
    return file.getvalue(), writer.problems


def changed(field: Field, **slots: Any) -> Field:
    for name, value in slots.items():
        setattr(field, name, value)
    return field


class OwnField(Field):
    content = b"10\x1faown\x1e"

    def as_marc(self, encoding: str) -> bytes:
        return self.content


def own(content: bytes, tag: str = "500") -> Field:
    field = OwnField(tag)
    field.content = content
    return field


def raw(tag: str, *subfields: tuple[str, bytes]) -> Field:
    return RawField(tag, Indicators(" ", " "), [Subfield(*each) for each in subfields])  # type: ignore[arg-type]


# What is in the record, the codes reported, and what is read back.
UNSOUND: dict[str, tuple[Callable[[], Field], list[str], Any]] = {
    "field terminator": (
        lambda: data("500", ("a", "x\x1ey")), ["written-terminator-in-data"],
        ("500", None, "  ", [("a", "x y")])),
    "record terminator": (
        lambda: data("500", ("a", "x\x1d"), ("b", "y")), ["written-terminator-in-data"],
        ("500", None, "  ", [("a", "x "), ("b", "y")])),
    "delimiter": (
        lambda: data("500", ("a", "x\x1fby")), ["written-delimiter-in-data"],
        ("500", None, "  ", [("a", "x by")])),
    "all three": (
        lambda: data("500", ("a", "\x1d\x1e\x1f")),
        ["written-terminator-in-data", "written-delimiter-in-data"],
        ("500", None, "  ", [("a", "   ")])),
    "terminator in control field": (
        lambda: Field("008", data="a\x1eb"), ["written-terminator-in-data"],
        ("008", "a b", None, [])),
    "delimiter in control field, data tag": (
        lambda: changed(Field("008", data="a\x1fb"), tag="500"),
        ["written-delimiter-in-data", "written-kind-of-field"],
        ("500", None, "  ", [("a", "a b")])),
    "tag empty": (
        lambda: changed(data("500", ("a", "x")), tag=""), ["written-kind-of-field"],
        ("000", "x", None, [])),
    "tag long": (
        lambda: data("5000", ("a", "x")), ["written-tag"], ("50Z", None, "  ", [("a", "x")])),
    "tag not ASCII": (
        lambda: data("50é", ("a", "x")), ["written-tag"], ("50Z", None, "  ", [("a", "x")])),
    "tag with a terminator": (
        lambda: data("5\x1e0", ("a", "x")), ["written-tag"], ("5Z0", None, "  ", [("a", "x")])),
    "tag with a digit that is no number": (
        lambda: changed(data("500", ("a", "x")), tag="50²"), ["written-tag"],
        ("50Z", None, "  ", [("a", "x")])),
    "tag surrogate": (
        lambda: data("50\udc80", ("a", "x")), ["written-tag"], ("50Z", None, "  ", [("a", "x")])),
    "tag int": (
        lambda: changed(data("500", ("a", "x")), tag=500), ["written-tag"],
        ("500", None, "  ", [("a", "x")])),
    "tag None": (
        lambda: changed(data("500", ("a", "x")), tag=None), ["written-tag"],
        ("NoZ", None, "  ", [("a", "x")])),
    "control field, data tag": (
        lambda: changed(Field("008", data="x"), tag="500"), ["written-kind-of-field"],
        ("500", None, "  ", [("a", "x")])),
    "control field, tag that becomes a data tag": (
        lambda: changed(Field("008", data="x"), tag="0010"), ["written-kind-of-field"],
        ("010", None, "  ", [("a", "x")])),
    "data field, control tag": (
        lambda: changed(data("500", ("a", "x"), ("b", "y")), tag="008"),
        ["written-kind-of-field"], ("008", "x y", None, [])),
    "indicator empty": (
        lambda: data("500", ("a", "x"), indicators=("", "1")), ["written-indicator"],
        ("500", None, " 1", [("a", "x")])),
    "indicator long": (
        lambda: data("500", ("a", "x"), indicators=("12", "1")), ["written-indicator"],
        ("500", None, " 1", [("a", "x")])),
    "indicators None": (
        lambda: data("500", ("a", "x"), indicators=(None, None)), ["written-indicator"] * 2,
        ("500", None, "  ", [("a", "x")])),
    "no indicators": (
        lambda: changed(data("500", ("a", "x")), _indicators=None), ["written-indicator"] * 2,
        ("500", None, "  ", [("a", "x")])),
    "indicator a delimiter": (
        lambda: data("500", ("a", "x"), indicators=("1", "\x1f")), ["written-indicator"],
        ("500", None, "1 ", [("a", "x")])),
    "indicator not ASCII": (
        lambda: data("500", ("a", "x"), indicators=("é", "1")), ["written-indicator"],
        ("500", None, " 1", [("a", "x")])),
    "code empty": (
        lambda: data("500", ("", "x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "code empty, nothing else": (
        lambda: data("500", ("", "")), ["written-subfield-code"], ("500", None, "  ", [("?", "")])),
    "code long": (
        lambda: data("500", ("ab", "x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "code control character": (
        lambda: data("500", ("\x01", "x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "code 0x7F": (
        lambda: data("500", ("\x7f", "x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "code not ASCII": (
        lambda: data("500", ("é", "x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "code a delimiter": (
        lambda: data("500", ("\x1f", "x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "code None": (
        lambda: data("500", (None, "x")), ["written-subfield-code"],  # type: ignore[arg-type]
        ("500", None, "  ", [("?", "x")])),
    "raw data": (
        lambda: RawField("008", data=b"a\x1e\x1fb"),  # type: ignore[arg-type]
        ["written-terminator-in-data"], ("008", "a \x1fb", None, [])),
    "raw value": (
        lambda: raw("500", ("a", b"x\x1ey"), ("b", b"z")), ["written-terminator-in-data"],
        ("500", None, "  ", [("a", "x y"), ("b", "z")])),
    "raw code": (
        lambda: raw("500", ("", b"x")), ["written-subfield-code"],
        ("500", None, "  ", [("?", "x")])),
    "own as_marc, no terminator": (
        lambda: own(b"10\x1fax"), ["written-terminator-in-data"],
        ("500", None, "10", [("a", "x")])),
    "own as_marc, terminators": (
        lambda: own(b"10\x1fax\x1e\x1d\x1e"), ["written-terminator-in-data"],
        ("500", None, "10", [("a", "x  ")])),
    "own as_marc, indicators": (
        lambda: own(b"\x1fax\x1e"), ["written-indicator"] * 2,
        ("500", None, "  ", [("a", "x")])),
    "own as_marc, text without code": (
        lambda: own(b"10text\x1fax\x1e"), ["written-subfield-code"],
        ("500", None, "10", [("?", "text"), ("a", "x")])),
    "own as_marc, codes": (
        lambda: own(b"10\x1f\x1f\xc3\xa9x\x1e"), ["written-subfield-code"] * 2,
        ("500", None, "10", [("?", ""), ("?", "éx")])),
    "own as_marc, control field": (
        lambda: own(b"1\x1fa\x1dx\x1e", "008"), ["written-terminator-in-data"],
        ("008", "1\x1fa x", None, [])),
}  # fmt: skip


def in_shape(field: Any) -> Any:
    tag, text, indicators, subfields = field
    return tag, text, None if indicators is None else tuple(indicators), subfields


@pytest.mark.parametrize("kind", UNSOUND)
def test_repaired_and_reported(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    make, codes, expected = UNSOUND[kind]
    with caplog.at_level(logging.WARNING, "pymarc"):
        caplog.clear()
        marc, problems = write(record("id1", make(), data("650", ("a", "é"))))
    assert [problem.code for problem in problems] == codes
    (back,) = read(marc)
    assert shape(back)[2] == in_shape(expected)
    assert shape(back)[3] == in_shape(("650", None, "  ", [("a", "é")]))
    assert shape(back)[:2] == shape(record())
    repairs = [each for each in caplog.records if "repaired" in each.message]
    assert [each.levelname for each in repairs] == ["WARNING"]
    for problem in problems:
        assert problem.severity == CODES[problem.code].severity == "warning"
        assert (problem.record_number, problem.control_number) == (1, "id1")
        assert problem.tag == expected[0]
        assert problem.found
        assert problem.done
        assert problem.offset is None
        assert problem.record_offset is not None
        end = problem.record_offset + problem.length
        assert marc[problem.record_offset - 1] == marc[end - 1] == 0x1E
        assert problem.found in repairs[0].message


@pytest.mark.parametrize("kind", UNSOUND)
def test_refused(kind: str) -> None:
    make, codes, expected = UNSOUND[kind]
    file = io.BytesIO()
    writer = MARCWriter(file, invalid="raise")
    writer.write(record())
    with pytest.raises(exceptions.InvalidContent) as caught:
        writer.write(record("id2", make()))
    error = caught.value
    assert [problem.code for problem in error.problems] == codes
    assert (error.tag, error.control_number, error.record_number) == (expected[0], "id2", 2)
    assert error.problems[0].found in str(error)
    assert "id2" in str(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.problems, str(copy)) == (error.problems, str(error))
    writer.write(record("id3"))
    assert [each["001"].data for each in read(file.getvalue())] == ["id1", "id3"]
    assert writer.records_written == 2
    assert writer.problems == []


# Odd, but read back as it is, and written by pymarc without a word.
SOUND: dict[str, Callable[[], Field]] = {
    "tag of two digits": lambda: changed(data("500", ("a", "x")), tag="50"),
    "tag of one digit": lambda: changed(Field("008", data="x"), tag="5"),
    "tag of a letter": lambda: data("A", ("a", "x")),
    "tag in other digits": lambda: changed(data("500", ("a", "x")), tag="٥٠٠"),
    "tag of blanks": lambda: data("5 0", ("a", "x")),
    "no subfields": lambda: data("500"),
    "blank code": lambda: data("500", (" ", "x")),
    "graphic code": lambda: data("500", ("~", "x"), ("$", "y")),
    "graphic indicators": lambda: data("500", ("a", "x"), indicators="~!"),
    "indicator 0x7F": lambda: data("500", ("a", "x"), indicators="\x7f1"),
    "value int": lambda: data("500", ("a", 5)),  # type: ignore[arg-type]
    "value None": lambda: data("500", ("a", None)),  # type: ignore[arg-type]
    "indicators int": lambda: data("500", ("a", "x"), indicators=(1, 0)),  # type: ignore[arg-type]
    "data None": lambda: Field("008"),
    "data empty": lambda: Field("008", data=""),
    "data with subfields, as in danMARC": lambda: Field("004", data="00\x1farn\x1fae"),
    "raw data with subfields": lambda: RawField("004", data=b"00\x1fa\xe9"),  # type: ignore[arg-type]
    "control characters": lambda: data("500", ("a", "\x00\x1b\x1c\x7f\x85")),
    "subclass": lambda: type("Mine", (Field,), {})("500", Indicators("1", "0"), []),
    "own as_marc": lambda: own(b"10\x1faown\x1e"),
    "raw": lambda: raw("500", ("a", b"\xff")),
    "raw control field": lambda: RawField("008", data=b"\xe9"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("kind", SOUND)
def test_left_alone(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    made = record("id1", SOUND[kind]())
    with caplog.at_level(logging.WARNING, "pymarc"):
        marc, problems = write(made, invalid="raise")
    assert marc == made.as_marc()
    assert problems == []
    assert caplog.records == []


@pytest.mark.parametrize("utf8", [True, False])
def test_records_that_were_not_decoded(utf8: bool) -> None:
    source = record("id1", data("500", ("a", "é"))).as_marc("utf-8" if utf8 else "marc8")
    (made,) = MARCReader(source, to_unicode=False)
    assert made is not None
    assert write(made, invalid="raise") == (made.as_marc(), [])
    assert made.as_marc() == source
    made["500"].subfields[0] = Subfield("a", b"x\x1e")  # type: ignore[arg-type]
    marc, problems = write(made)
    assert [problem.code for problem in problems] == ["written-terminator-in-data"]
    assert marc.endswith(b"\x1fax \x1e\x1d")


def test_bytes_that_nobody_touched_are_written_as_they_are() -> None:
    source = record("id1", data("500", ("\x01", "x"), indicators="\x7f1")).as_marc()
    (made,) = MARCReader(source)
    assert made is not None
    assert write(made) == (source, [])
    made.leader.record_status = "c"
    made["245"]["a"] = "Other"
    marc, problems = write(made)
    assert marc.endswith(b"Other\x1e\x7f1\x1f\x01x\x1e\x1d")
    assert problems == []
    assert made["500"].subfields == [("\x01", "x")]
    assert [each.code for each in write(made)[1]] == ["written-subfield-code"]


@pytest.mark.parametrize(
    ("leader", "written"),
    [
        ("00000nam a22000000a 4500", None),
        ("     \x00am a22     \x1ba\x7f4500", None),
        ("\x1e\x1e\x1e\x1e\x1enam a22\x1d\x1d\x1d\x1d\x1d a 4500", None),
        ("     n\x1dm a22      a 4500", "n m a22 a 4500"),
        ("     nám a22      a 4500", "n m a22 a 4500"),
        ("     nam a22", "nam a22       "),
        ("     nam a22      a 4500 and more", "nam a22 a 4500"),
    ],
)
def test_leaders(leader: str, written: str | None) -> None:
    made = record()
    made.leader = leader  # type: ignore[assignment]
    marc, problems = write(made)
    (back,) = read(marc)
    assert shape(back) == shape(made)
    shown = str(back.leader)
    if written is None:
        assert problems == []
        assert marc == made.as_marc()
    else:
        assert [problem.code for problem in problems] == ["written-leader"]
        assert shown[5:12] + shown[17:] == written
        with pytest.raises(exceptions.InvalidContent):
            write(made, invalid="raise")


def test_a_record_with_its_own_as_marc() -> None:
    class Mine(Record):
        answer: Any = None

        def as_marc(self, *arguments: Any, **options: Any) -> bytes:
            return super().as_marc() if self.answer is None else self.answer  # type: ignore[no-any-return]

    made = Mine(leader=LEADER, fields=record().fields)
    assert write(made) == (record().as_marc(), [])
    made.answer = b"00000" + record().as_marc()[5:]
    assert write(made) == (made.answer, [])
    made.answer = b""
    assert write(made) == (b"", [])
    for answer in (b"junk", b"00030" + b"x" * 24 + b"\x1d\x1d", record().as_marc()[:-1], "text"):
        made.answer = answer
        for invalid in ("repair", "raise"):
            with pytest.raises(exceptions.InvalidContent):
                write(made, invalid=invalid)


@pytest.mark.parametrize(
    "options",
    [{"encoding": "marc8"}, {"normalize": "NFD"}, {"undecodable": "keep"}, {"encoding": "UTF8"}],
)
@pytest.mark.parametrize("touched", [False, True])
def test_options_of_as_marc(options: dict[str, Any], touched: bool) -> None:
    made = Record(record("id1", data("500", ("a", "é"))).as_marc())
    if touched:
        made["245"]["a"] = "È"
    marc, problems = write(made, **options)
    assert problems == []
    assert marc == made.as_marc(**options)
    assert (marc == made.as_marc()) is ("é".encode() in marc)


def test_undecodable_text() -> None:
    made = record("id1", data("500", ("a", "x\udce9")))
    with pytest.raises(UnicodeEncodeError) as caught:
        write(made)
    assert caught.value.tag == "500"  # type: ignore[attr-defined]
    marc, problems = write(made, undecodable="keep", invalid="raise")
    assert marc.endswith(b"\x1fax\xe9\x1e\x1d")
    assert problems == []
    marc, (problem,) = write(made, undecodable="replace", invalid="raise")
    assert marc.endswith("\x1fax\ufffd\x1e\x1d".encode())
    assert (problem.code, problem.found) == ("written-replacement-character", "1 lone surrogates")


def test_a_subclass_without_init() -> None:
    class Mine(MARCWriter):
        def __init__(self, file: Any) -> None:
            self.file_handle = file

    file = io.BytesIO()
    writer = Mine(file)
    writer.write(record())
    writer.write(record("id1", data("500", ("", "x"))))
    assert (writer.records_written, len(writer.problems)) == (2, 1)
    assert len(read(file.getvalue())) == 2


def test_the_keyword_is_that_of_pymarc() -> None:
    file = io.BytesIO()
    MARCWriter(file_handle=file).write(record())
    assert file.getvalue() == record().as_marc()


def test_problems_are_counted_and_the_first_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mrrc.writer._KEPT_PROBLEMS", 3)
    writer = MARCWriter(io.BytesIO())
    for _ in range(5):
        writer.write(record("id1", data("500", ("", "x"))))
    assert [problem.record_number for problem in writer.problems] == [1, 2, 3]
    assert writer.problem_counts == {"written-subfield-code": 5}


def test_a_log_record_names_the_first_ten(caplog: pytest.LogCaptureFixture) -> None:
    write(record("id1", data("500", *[("", str(number)) for number in range(25)])))
    (logged,) = caplog.records
    assert logged.name == "pymarc"
    assert logged.message.count("written as ?") == 10
    assert logged.message.endswith("; and 15 more")


TEXTS = st.text(st.sampled_from("ab0\x1d\x1e\x1f\x01é日"), max_size=3)
FIELDS = st.one_of(
    st.builds(lambda tag, text: changed(Field("001", data=text), tag=tag), TEXTS, TEXTS),
    st.builds(
        lambda tag, pair, subfields: changed(
            Field("500", Indicators(*pair), [Subfield(*each) for each in subfields]), tag=tag
        ),
        st.one_of(TEXTS, st.sampled_from(["245", "001", "5"])),
        st.tuples(TEXTS, TEXTS),
        st.lists(st.tuples(TEXTS, TEXTS), max_size=3),
    ),
)


@FAST
@given(st.lists(FIELDS, max_size=4), st.sampled_from(["utf-8", "marc8"]))
def test_whatever_is_written_is_one_sound_record(fields: list[Field], encoding: str) -> None:
    made = record("id1", *fields)
    marc, problems = write(made, encoding=encoding)
    assert marc.count(b"\x1d") == 1
    assert marc.count(b"\x1e") == len(made.fields) + 1
    assert int(marc[:5]) == len(marc)
    (back,) = MARCReader(marc)
    assert back is not None
    assert len(back.fields) == len(made.fields)
    again, none = write(back, invalid="raise", encoding=encoding)
    assert none == []
    if encoding == "utf-8":
        assert again == marc
        if not problems:
            assert marc == made.as_marc()
            assert shape(back)[:2] == shape(record())
