"""What a Record promises: construction, lookup, iteration, ordering, properties, copies."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, Leader, Record, Subfield


def data_field(tag: str, *pairs: tuple[str, Any], indicators: str = "  ") -> Field:
    return Field(tag, Indicators(*indicators), [Subfield(code, value) for code, value in pairs])


def small() -> Record:
    record = Record()
    record.add_field(
        Field("001", data="id1"),
        data_field("245", ("a", "T :"), ("b", "sub"), indicators="10"),
        data_field("650", ("a", "S1"), indicators=" 0"),
        data_field("650", ("a", "S2"), indicators=" 0"),
    )
    return record


def read() -> Record:
    """The same record, read from bytes and not yet looked at."""
    return Record(small().as_marc())


both_origins = pytest.mark.parametrize("make", [small, read], ids=["built", "read"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, "          22        4500"),
        ({"leader": "00000nam a2200000 a 4500"}, "00000nam a2200000 a 4500"),
        ({"leader": "abcdefghijklmnopqrstuvwx"}, "abcdefghij22mnopqrst4500"),
        ({"leader": "0" * 30}, "000000000022000000004500"),
        ({"force_utf8": True}, "         a22        4500"),
    ],
)
def test_leader_of_a_new_record(given: dict[str, Any], kept: str) -> None:
    record = Record(**given)
    assert str(record.leader) == kept
    assert type(record.leader) is Leader


def test_a_short_leader_is_refused() -> None:
    with pytest.raises(mrrc.RecordLeaderInvalid) as caught:
        Record(leader="short")
    assert caught.value.args == ()


def test_a_leader_object_is_taken() -> None:
    assert str(Record(leader=Leader("0" * 24)).leader) == "000000000022000000004500"  # type: ignore[arg-type]


def test_the_list_of_fields_is_kept() -> None:
    fields = [Field("001", data="x")]
    assert Record(fields=fields).fields is fields
    assert Record(b"not a record", fields=fields).fields is fields


def test_empty_fields_leave_the_data_in_force() -> None:
    assert Record(small().as_marc(), fields=[]).title == "T : sub"


def test_text_is_no_record() -> None:
    with pytest.raises(AttributeError):
        Record("a str")


def test_slots_and_subclasses() -> None:
    with pytest.raises(AttributeError):
        Record().remark = 1  # type: ignore[attr-defined]

    class Remarkable(Record):
        pass

    other = Remarkable(small().as_marc())
    other.remark = 1  # type: ignore[attr-defined]
    assert (other.remark, other.title) == (1, "T : sub")  # type: ignore[attr-defined]


def test_flags_and_cursors_of_a_new_record() -> None:
    record = Record()
    assert (record.pos, record.force_utf8, record.to_unicode) == (0, False, True)
    assert record._Record__pos == 0  # type: ignore[attr-defined]


@both_origins
def test_objects_are_themselves(make: Any) -> None:
    record = make()
    title = record["245"]
    assert title is record["245"] is record.get("245")
    assert record.get_fields("650")[0] is record.get_fields("650")[0]
    assert record.get_fields() is record.fields
    assert title is record.fields[1]
    assert record.get_fields("650") == record.fields[2:]
    assert record.leader is record.leader
    assert record.fields[2].subfields is record.fields[2].subfields


@both_origins
@pytest.mark.parametrize("key", ["999", 245, None, ("245",)])
def test_missing_tags(make: Any, key: Any) -> None:
    record = make()
    with pytest.raises(KeyError) as caught:
        record[key]
    assert caught.value.args == ()
    assert record.get(key) is None
    assert record.get(key, 5) == 5
    assert key not in record
    assert record.get_fields(key) == []


@both_origins
@pytest.mark.parametrize(
    ("tags", "found"),
    [
        (("650", "245"), ["245", "650", "650"]),
        (("650",), ["650", "650"]),
        (("999", "001"), ["001"]),
        ((["245", "650"],), []),
        ((), ["001", "245", "650", "650"]),
    ],
)
def test_get_fields(make: Any, tags: Any, found: list[str]) -> None:
    assert [field.tag for field in make().get_fields(*tags)] == found


@both_origins
def test_get_fields_of_lists(make: Any) -> None:
    with pytest.raises(TypeError):
        make().get_fields(["245"], ["650"])


@both_origins
def test_membership(make: Any) -> None:
    record = make()
    assert "245" in record
    assert record["245"] not in record


@both_origins
def test_a_record_is_its_own_iterator(make: Any) -> None:
    record = make()
    assert iter(record) is record
    every = ["001", "245", "650", "650"]
    assert [f.tag for f in record] == every
    assert [f.tag for f in record] == every
    assert [(a.tag, b.tag) for a in record for b in record] == [("001", tag) for tag in every]
    record = make()
    assert next(record).tag == "001"
    assert next(record).tag == "245"
    assert [f.tag for f in record] == every
    with pytest.raises(StopIteration):
        next(record)


@both_origins
def test_removing_while_iterating_skips(make: Any) -> None:
    record = make()
    for field in record:
        if field.tag == "650":
            record.remove_field(field)
    assert [str(field) for field in record.get_fields("650")] == ["=650  \\0$aS2"]


@both_origins
def test_fields_may_be_assigned_and_cut(make: Any) -> None:
    record = make()
    held = record.fields
    record.remove_fields("650", "001")
    assert held is record.fields
    assert [field.tag for field in held] == ["245"]
    mine: list[Any] = []
    record.fields = mine
    mine.append(data_field("500", ("a", "x")))
    assert record.fields is mine
    assert len(record.as_marc()) == 44


def test_no_length_but_truth() -> None:
    assert bool(Record())
    with pytest.raises(TypeError):
        len(Record())  # type: ignore[arg-type]


@both_origins
def test_anything_can_be_added(make: Any) -> None:
    record = make()
    assert record.add_field(1, None) is None
    assert record.fields[-2:] == [1, None]
    assert record.add_field() is None


@both_origins
@pytest.mark.parametrize("missing", ["245", None, 1])
def test_remove_field_goes_by_identity(make: Any, missing: Any) -> None:
    record = make()
    with pytest.raises(mrrc.FieldNotFound) as caught:
        record.remove_field(missing)
    assert caught.value.args == ()
    with pytest.raises(mrrc.FieldNotFound):
        record.remove_field(copy.copy(record["245"]))
    record.remove_field(*record.get_fields("650"))
    assert [field.tag for field in record.fields] == ["001", "245"]


def test_removing_nothing() -> None:
    record = small()
    assert record.remove_field() is None  # type: ignore[func-returns-value]
    assert record.remove_fields() is None  # type: ignore[func-returns-value]
    assert record.remove_fields("nope") is None  # type: ignore[func-returns-value]
    assert len(record.fields) == 4


TAGS = ("650", "245", "100", "999", "500", "abc", "300")


@pytest.mark.parametrize(
    ("method", "tags", "result"),
    [
        ("add_ordered_field", TAGS, ["100", "245", "300", "500", "650", "999", "abc"]),
        ("add_grouped_field", TAGS, ["100", "245", "300", "500", "650", "999", "abc"]),
        ("add_ordered_field", ("500", "505", "500", "501"), ["500", "500", "501", "505"]),
        ("add_grouped_field", ("500", "505", "500", "501"), ["500", "505", "500", "501"]),
        ("add_field", ("650", "245"), ["650", "245"]),
    ],
)
def test_sorted_insertion(method: str, tags: Any, result: list[str]) -> None:
    record = Record()
    for tag in tags:
        getattr(record, method)(data_field(tag, ("a", "x")))
    assert [field.tag for field in record.fields] == result


@both_origins
def test_text_form(make: Any) -> None:
    record = make()
    text = str(record)
    assert text.startswith("=LDR  ")
    assert text.split("\n", 1)[1] == "=001  id1\n=245  10$aT :$bsub\n=650  \\0$aS1\n=650  \\0$aS2\n"
    assert "Record object at" in repr(record)


PROPERTIES: list[tuple[str, list[Field], Any]] = [
    ("title", [data_field("245", ("b", "only b"))], None),
    ("title", [data_field("245", ("a", ""), ("b", "b"))], ""),
    ("title", [data_field("245", ("a", "A "), ("n", "n"), ("b", "1"), ("b", "2"))], "A  1"),
    ("title", [], None),
    ("issn_title", [data_field("222", ("a", "K"), ("b", "(P)"))], "K (P)"),
    ("issn_title", [], None),
    ("isbn", [data_field("020", ("a", "978-0-306-40615-7 (pbk.)"))], "9780306406157"),
    ("isbn", [data_field("020", ("a", "ISBN 0914378287"))], "0914378287"),
    ("isbn", [data_field("020", ("a", "0-914378-28-X :"))], "091437828X"),
    ("isbn", [data_field("020", ("a", "x"))], "x"),
    ("isbn", [data_field("020", ("a", "(hbk)"))], None),
    ("isbn", [data_field("020", ("a", "Index 123"))], "x"),
    ("isbn", [data_field("020", ("z", "1")), data_field("020", ("a", "2"))], None),
    ("issn", [data_field("022", ("a", "1234-5678"))], "1234-5678"),
    ("issn", [data_field("022", ("l", "1234-5678"))], None),
    ("issnl", [data_field("022", ("l", "1234-5678"))], "1234-5678"),
    ("issnl", [], None),
    ("sudoc", [data_field("086", ("a", "X 1.2:"), ("z", "y"))], "X 1.2: y"),
    ("author", [data_field("100", ("6", "880-01"), ("a", "A,"), ("d", "1."))], "A, 1."),
    ("author", [data_field("111", ("a", "C")), data_field("110", ("a", "B"))], "B"),
    ("author", [], None),
    ("uniformtitle", [data_field("240", ("a", "U")), data_field("130", ("a", "V"))], "V"),
    ("publisher", [data_field("264", ("b", "no"), indicators=" 4"),
                   data_field("264", ("b", "P"), indicators=" 1")], "P"),
    ("publisher", [data_field("260", ("a", "x")), data_field("264", ("b", "P"), indicators=" 1")],
     None),
    ("pubyear", [data_field("264", ("c", "c2010"), indicators=" 4"),
                 data_field("264", ("c", "2010"), indicators=" 1")], "2010"),
    ("pubyear", [data_field("260", ("b", "x"), ("c", "1999."))], "1999."),
    ("publisher", [], None),
]  # fmt: skip


@pytest.mark.parametrize("origin", ["built", "read"])
@pytest.mark.parametrize(("name", "fields", "expected"), PROPERTIES)
def test_properties(name: str, fields: list[Field], expected: Any, origin: str) -> None:
    record = Record()
    record.add_field(*fields)
    if origin == "read":
        record.add_field(Field("001", data="so that there is a field"))
        record = Record(record.as_marc())
    assert getattr(record, name) == expected


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("series", ("440", "490", "800", "810", "811", "830")),
        ("subjects", ("600", "610", "611", "630", "648", "650", "651", "653", "654", "655", "656",
                      "657", "658", "662", "690", "691", "696", "697", "698", "699")),
        ("addedentries", ("700", "710", "711", "720", "730", "740", "752", "753", "754", "790",
                          "791", "792", "793", "796", "797", "798", "799")),
        ("location", ("852",)),
        ("physicaldescription", ("300",)),
        ("notes", ("500", "501", "502", "504", "505", "506", "507", "508", "510", "511", "513",
                   "514", "515", "516", "518", "520", "521", "522", "524", "525", "526", "530",
                   "533", "534", "535", "536", "538", "540", "541", "544", "545", "546", "547",
                   "550", "552", "555", "556", "561", "562", "563", "565", "567", "580", "581",
                   "583", "584", "585", "586", "590", "591", "592", "593", "594", "595", "596",
                   "597", "598", "599")),
    ],
)  # fmt: skip
def test_groups_of_fields(name: str, tags: tuple[str, ...]) -> None:
    record = Record()
    record.add_field(*(data_field(f"{tag:03}", ("a", "x")) for tag in range(1000)))
    found = getattr(record, name)
    assert tuple(field.tag for field in found) == tags
    assert found is not getattr(record, name)
    assert getattr(Record(), name) == []


@pytest.mark.parametrize("name", ["title", "isbn", "series", "pubyear"])
def test_properties_cannot_be_set(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(small(), name, "x")


def test_title_is_no_method() -> None:
    with pytest.raises(TypeError):
        small().title()  # type: ignore[operator, misc]


@both_origins
def test_copies(make: Any) -> None:
    record = make()
    deep = copy.deepcopy(record)
    assert deep.fields[1] is not record.fields[1]
    assert deep.as_marc() == record.as_marc()
    assert deep != record
    shallow = copy.copy(make())
    shallow.add_field(Field("009", data="x"))
    assert len(shallow.fields) == 5
    record = make()
    other = copy.copy(record)
    assert other.fields is record.fields
    assert other.leader is record.leader


@both_origins
@pytest.mark.parametrize("protocol", range(6))
def test_pickles(make: Any, protocol: int) -> None:
    record = make()
    if protocol < 2:
        with pytest.raises(TypeError):
            pickle.dumps(record, protocol)
        return
    restored = pickle.loads(pickle.dumps(record, protocol))
    assert type(restored) is Record
    assert restored.title == "T : sub"
    assert restored.as_marc() == record.as_marc()


@both_origins
def test_the_cursor_is_copied_too(make: Any) -> None:
    record = make()
    iter(record)
    next(record)
    assert next(copy.deepcopy(record)).tag == "245"
    assert next(copy.copy(record)).tag == "245"
    assert next(pickle.loads(pickle.dumps(record))).tag == "245"


def test_equality_is_identity() -> None:
    one, other = small(), small()
    assert one != other
    assert one == one
    assert len({one, other, one}) == 2
    assert one["245"] != other["245"]


def linked() -> tuple[Record, Field, Field]:
    record = Record()
    one = data_field("245", ("6", "880-01"), ("a", "x"))
    other = data_field("880", ("6", "245-01/(3/r"), ("a", "y"))
    record.add_field(one, other)
    return record, one, other


def test_linked_fields() -> None:
    record, one, other = linked()
    assert record.get_linked_fields(one) == [other]
    record.remove_field(other)
    with pytest.raises(mrrc.MissingLinkedFields) as caught:
        record.get_linked_fields(one)
    assert caught.value.args == (one,)
    unlinked = data_field("880", ("a", "y"))
    record.add_field(unlinked)
    assert record.get_linked_fields(data_field("500", ("a", "x"))) == [unlinked]
