"""MARCWriter and what is too long for ISO 2709: refused, divided, or with zeros."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, FieldTooLong, MARCReader, MARCWriter, RawField, Record, RecordTooLong
from mrrc._writing.division import divide_field
from mrrc.problems import Problem
from tests.property.strategies import FAST
from tests.unit.writing import data, read, record, shape


def write(made: Record, oversize: str, **options: Any) -> tuple[bytes, list[Problem]]:
    file = io.BytesIO()
    writer = MARCWriter(file, oversize=oversize, **options)
    writer.write(made)
    assert writer.records_written == 1
    return file.getvalue(), writer.problems


def items(count: int, length: int = 900, tag: str = "952") -> list[Field]:
    return [data(tag, ("p", f"{number:05}"), ("x", "y" * length)) for number in range(count)]


def joined(parts: list[Record]) -> Record:
    """The record that was divided: the first part's fields, and from the others what is new."""
    heads = {str(field) for field in parts[0].fields}
    whole = Record(leader=str(parts[0].leader))
    for part in parts:
        own = [field for field in part.fields if not is_mark(field)]
        if part is not parts[0]:
            assert sum(str(field) in heads for field in own) >= 2
            own = [field for field in own if str(field) not in heads]
        whole.add_field(*own)
    return whole


def is_mark(field: Field) -> bool:
    return field.tag == "887" and field.get("2") == "mrrc"


FITS = [
    data("500", ("a", "x" * 9_994)),
    Field("008", data="x" * 9_998),
]
TOO_LONG = [
    data("500", ("a", "x" * 9_995)),
    Field("008", data="x" * 9_999),
]


@pytest.mark.parametrize("oversize", ["raise", "split", "zeros"])
def test_what_fits_is_written_as_it_is(oversize: str) -> None:
    for made in (record("id1", *FITS), record("id1", *items(99))):
        assert write(made, oversize) == (made.as_marc(), [])


def test_nothing_is_written_by_default() -> None:
    file = io.BytesIO()
    writer = MARCWriter(file)
    writer.write(record("1"))
    for field in TOO_LONG:
        with pytest.raises(FieldTooLong) as caught:
            writer.write(record("2", field))
        assert (caught.value.tag, caught.value.length) == (field.tag, 10_000)
        # The same where a closer look is needed.
        with pytest.raises(FieldTooLong):
            writer.write(record("2", field, data("500", ("", "x"))))
    with pytest.raises(RecordTooLong) as record_caught:
        writer.write(record("2", *items(150)))
    assert record_caught.value.control_number == "2"
    writer.write(record("3"))
    assert [each["001"].data for each in read(file.getvalue())] == ["1", "3"]
    assert writer.records_written == 2
    assert writer.problems == []


# -- zeros ----------------------------------------------------------------------------------


def numbers(marc: bytes) -> tuple[str, str, list[tuple[str, str, str]]]:
    """Record length, base address and directory entries, as they are written."""
    directory = marc[24 : marc.index(b"\x1e")].decode()
    return (
        marc[:5].decode(),
        marc[12:17].decode(),
        [(entry[:3], entry[3:7], entry[7:]) for entry in re.findall(".{12}", directory)],
    )


def test_zeros_for_a_field() -> None:
    marc, (problem,) = write(record("id1", *TOO_LONG, data("650", ("a", "z"))), "zeros")
    length, base, entries = numbers(marc)
    assert (length, base) == (f"{len(marc):05}", "00085")
    assert entries == [
        ("001", "0004", "00000"), ("245", "0010", "00004"), ("500", "0000", "00014"),
        ("008", "0000", "10014"), ("650", "0006", "20014"),
    ]  # fmt: skip
    assert marc[85:].split(b"\x1e")[2] == b"  \x1fa" + b"x" * 9_995
    assert (problem.code, problem.severity) == ("written-lengths-as-zeros", "note")
    assert "field 500 of 10,000 bytes" in problem.found


def test_zeros_for_a_record() -> None:
    made = record("id1", *items(150))
    marc, (problem,) = write(made, "zeros")
    length, base, entries = numbers(marc)
    assert (length, base) == ("00000", f"{24 + 12 * 152 + 1:05}")
    offset = 0
    for (_, field_length, start), field in zip(entries, made.fields, strict=True):
        content = field.as_marc("utf-8")
        assert field_length == f"{len(content):04}"
        assert start == (f"{offset:05}" if offset <= 99_999 else "00000")
        offset += len(content)
    assert marc.endswith(b"".join(field.as_marc("utf-8") for field in made.fields) + b"\x1d")
    assert marc.count(b"\x1d") == 1
    assert f"record of {len(marc):,} bytes" in problem.found


def test_zeros_for_a_base_address() -> None:
    made = record("id1", *items(8_400, 0))
    _, base, entries = numbers(write(made, "zeros")[0])
    assert base == "00000"
    assert len(entries) == 8_402


# -- split: fields --------------------------------------------------------------------------


def test_a_field_is_divided_between_its_subfields() -> None:
    contents = [("a" if number % 2 else "t", f"{number} " + "z" * 700) for number in range(40)]
    made = record("id1", data("505", *contents, indicators="0 "), data("650", ("a", "z")))
    marc, (problem,) = write(made, "split")
    (back,) = read(marc)
    assert [field.tag for field in back.fields] == ["001", "245", *["505"] * 3, "650"]
    divided = back.get_fields("505")
    assert {field.indicators for field in divided} == {("0", " ")}
    assert [tuple(each) for field in divided for each in field.subfields] == contents
    assert problem[:2] == ("written-field-divided", "note")
    assert (problem.tag, problem.done) == ("505", "divided over 3 fields")


def test_what_concerns_the_whole_field_is_in_each_part() -> None:
    long = [("a", "z" * 5_000), ("b", "z" * 5_000), ("c", "z")]
    field = data("650", ("6", "880-01"), ("3", "v.1"), *long, ("2", "local"), ("5", "DLC"))
    (back,) = read(write(record("id1", field), "split")[0])
    assert [[each.code for each in part.subfields] for part in back.get_fields("650")] == [
        ["6", "3", "a", "2", "5"],
        ["6", "3", "b", "c", "2", "5"],
    ]


@pytest.mark.parametrize(
    "field",
    [
        *TOO_LONG,
        data("500", ("a", "x"), ("b", "x" * 9_995)),
        data("500", ("a", "x"), ("2", "y" * 9_995)),
        data("500", ("2", "x" * 5_000), ("2", "y" * 5_000)),
        data("500", ("2", "y" * 5_000), ("a", "x" * 5_000)),
    ],
)
def test_a_field_that_cannot_be_divided(field: Field) -> None:
    file = io.BytesIO()
    writer = MARCWriter(file, oversize="split")
    with pytest.raises(FieldTooLong) as caught:
        writer.write(record("id1", field))
    assert (caught.value.tag, caught.value.control_number) == (field.tag, "id1")
    assert (file.getvalue(), writer.problems) == (b"", [])


SUBFIELDS = st.lists(
    st.tuples(st.sampled_from("aabt2368"), st.sampled_from([0, 1, 100, 4_000, 4_990, 9_990])),
    max_size=8,
)


@FAST
@given(SUBFIELDS)
def test_any_field(subfields: list[tuple[str, int]]) -> None:
    content = data("500", *[(code, "z" * length) for code, length in subfields]).as_marc("utf-8")
    parts = divide_field(content)
    if parts is None:
        return
    assert max(map(len, parts)) <= 9_999
    split = [part[:-1].split(b"\x1f") for part in parts]
    assert all(part[0] == b"  " and part[-1:] != [b""] for part in split)
    own = [piece for part in split for piece in part[1:] if piece[:1] not in b"23568"]
    assert own == [p for p in content[:-1].split(b"\x1f")[1:] if p[:1] not in b"23568"]
    shared = Counter(p for p in content[:-1].split(b"\x1f")[1:] if p[:1] in b"23568")
    for part in split:
        assert Counter(p for p in part[1:] if p[:1] in b"23568") == shared


# -- split: records -------------------------------------------------------------------------


def test_a_record_is_divided() -> None:
    head = [Field("008", data="f" * 40), data("100", ("a", "Author")), data("300", ("a", "1 v."))]
    rest = [data("500", ("a", "note")), data("650", ("a", "subject")), *items(300)]
    made = record("id1", *head, *rest)
    made.leader.record_status = "c"
    marc, (problem,) = write(made, "split")
    parts = read(marc)
    assert len(parts) == 3
    assert max(len(part.as_marc()) for part in parts) > 98_000
    for number, part in enumerate(parts, 1):
        tags = [field.tag for field in part.fields]
        assert tags[:5] == ["001", "245", "008", "100", "300"]
        assert [part[tag].as_marc("utf-8") for tag in tags[:5]] == [
            made[tag].as_marc("utf-8") for tag in tags[:5]
        ]
        assert part.leader[5:10] == made.leader[5:10] == "cam a"
        assert [str(field) for field in part.fields if is_mark(field)] == [
            f"=887  \\\\$apart {number} of 3$2mrrc"
        ]
        assert tags.index("887") < tags.index("952")
    assert shape(joined(parts)) == shape(made)
    assert [bool(part.get("500")) for part in parts] == [True, False, False]
    assert problem[:3] == ("written-record-divided", "note", 1)
    assert problem.done == "divided over 3 records"


def test_the_parts_are_written_in_one_call() -> None:
    class Calls(io.BytesIO):
        calls = 0

        def write(self, data: Any) -> int:
            self.calls += 1
            return super().write(data)

    file = Calls()
    MARCWriter(file, oversize="split").write(record("id1", *items(300)))
    assert file.calls == 1


def test_linked_fields_stay_together() -> None:
    made = record("id1")
    made["245"].subfields.insert(0, data("245", ("6", "880-01")).subfields[0])
    names = [data("700", ("6", f"880-{number:02}"), ("a", "n" * 900)) for number in range(2, 80)]
    others = [
        data("880", ("6", f"{tag}-{number:02}/(N"), ("a", "ф" * 450))
        for tag, number in [("245", 1), *[("700", number) for number in range(2, 80)]]
    ]
    made.add_field(*names, data("880", ("6", "500-00"), ("a", "unlinked")), *others)
    parts = read(write(made, "split")[0])
    assert len(parts) == 2
    for part in parts:
        for field in part.get_fields("245", "700"):
            (other,) = part.get_linked_fields(field)
            assert other["6"].startswith(field.tag)
        tags = [field.tag for field in part.fields if field.tag != "887"]
        assert tags == sorted(tags)
    assert sum(len(part.get_fields("700")) for part in parts) == 78


def test_a_location_keeps_its_holdings() -> None:
    made = record("id1")
    for number in range(120):
        made.add_field(
            data("852", ("a", f"{number:03}")),
            data("866", ("a", f"{number:03}" + "h" * 500)),
            data("876", ("p", f"{number:03}" + "i" * 500)),
        )
    parts = read(write(made, "split")[0])
    assert len(parts) == 2
    for part in parts:
        own = [each for each in part.fields if each.tag > "500" and not is_mark(each)]
        assert [each.tag for each in own] == ["852", "866", "876"] * (len(own) // 3)
        assert len({each.subfields[0].value[:3] for each in own}) == len(own) // 3
    assert shape(joined(parts)) == shape(made)


def test_a_location_with_too_many_items() -> None:
    made = record("id1", data("852", ("a", "one")), *items(200, tag="876"))
    parts = read(write(made, "split")[0])
    assert len(parts) == 2
    assert shape(joined(parts)) == shape(made)


@pytest.mark.parametrize(
    ("kind", "tag", "repeated"), [("z", "400", False), ("a", "400", True), ("x", "852", True)]
)
def test_the_head_depends_on_the_type_of_record(kind: str, tag: str, repeated: bool) -> None:
    made = record("id1", data(tag, ("a", "once")), *items(150, tag="880" if kind == "x" else "952"))
    made.leader.type_of_record = kind
    parts = read(write(made, "split")[0])
    assert [tag in part for part in parts] == [True, repeated]


def test_a_long_head() -> None:
    made = record("id1", *items(70, tag="020"), *items(80))
    parts = read(write(made, "split")[0])
    assert len(parts) == 2
    assert all("245" in part for part in parts)
    assert shape(joined(parts)) == shape(made)
    made = record("id1", *items(70, tag="245"), *items(80))
    parts = read(write(made, "split")[0])
    assert len(parts) == 2
    fields = [each for part in parts for each in part.fields if each.tag not in ("001", "887")]
    assert [each.tag for each in fields] == ["245"] * 71 + ["952"] * 80


def test_control_fields_that_are_too_long() -> None:
    made = record("id1", *[Field("006", data="x" * 9_000) for _ in range(12)])
    file = io.BytesIO()
    writer = MARCWriter(file, oversize="split")
    with pytest.raises(RecordTooLong) as caught:
        writer.write(made)
    assert caught.value.control_number == "id1"
    assert (file.getvalue(), writer.problems) == (b"", [])


def test_with_repairs_and_in_marc8() -> None:
    long = data("970", ("x", "é" * 4_000), ("x", "é" * 4_000))
    made = record("id1", *items(150), data("960", ("", "é")), long)
    marc, problems = write(made, "split", encoding="marc8")
    assert {problem.code for problem in problems} == {
        "written-subfield-code", "written-field-divided", "written-record-divided",
    }  # fmt: skip
    parts = [part for part in MARCReader(marc) if part is not None]
    assert [part.leader[9] for part in parts] == [" ", " "]
    assert [field["x"] for part in parts for field in part.get_fields("970")] == ["é" * 4_000] * 2
    assert [part["960"]["?"] for part in parts if "960" in part] == ["é"]


def test_fields_that_were_not_decoded() -> None:
    subfields = [("a", b"\xe9" * 4_000)] * 4
    field = RawField("500", None, [type(data("x", ("a", "")).subfields[0])(*s) for s in subfields])  # type: ignore[arg-type]
    made = Record(to_unicode=False, fields=[field])
    marc, _ = write(made, "split")
    (back,) = MARCReader(marc, to_unicode=False)
    assert back is not None
    assert [len(each.subfields) for each in back.fields] == [2, 2]


@pytest.mark.parametrize("number", ["", None])
def test_without_a_control_number(number: str | None) -> None:
    made = Record(fields=[data("245", ("a", "T")), *items(150)])
    if number is not None:
        made.fields.insert(0, Field("001", data=number))
    parts = read(write(made, "split")[0])
    assert [part["887"]["a"] for part in parts] == ["part 1 of 2", "part 2 of 2"]


@FAST
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["020", "245", "500", "700", "852", "866", "880", "952", "ABC"]),
            st.sampled_from([0, 10, 3_000, 9_900]),
        ),
        min_size=5,
        max_size=40,
    )
)
def test_any_record(kinds: list[tuple[str, int]]) -> None:
    fields = [
        data(tag, ("a", f"{number:03}" + "x" * length))
        for number, (tag, length) in enumerate(kinds)
    ]
    made = record("id1", *fields)
    marc, problems = write(made, "split")
    parts = read(marc)
    assert bool(problems) is (len(parts) > 1)
    if not problems:
        assert marc == made.as_marc()
        return
    expected = [each.as_marc("utf-8") for each in made.fields]
    found: Counter[bytes] = Counter()
    for part in parts:
        own = [each.as_marc("utf-8") for each in part.fields if not is_mark(each)]
        places = [expected.index(content) for content in own]
        assert places == sorted(places)
        found.update(own)
    assert set(found) == set(expected)
    assert all(count in (1, len(parts)) for count in found.values())
