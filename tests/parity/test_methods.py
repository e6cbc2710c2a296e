"""Methods that the engine put into the classes, beside those in Python that they replace."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest

import mrrc
from mrrc import Field, Indicators, Record, Subfield
from mrrc.record import _in_python
from tests.parity.comparing import shown

pytestmark = pytest.mark.skipif(
    not _in_python, reason="the engine of this session has no methods of its own"
)

ODD: list[Any] = [None, "", "abc", "ab", "\u00e9", "\ud800", 7, b"245", ("a",), ["a"], True, object]


def plain() -> Record:
    record = Record(
        fields=[
            Field("001", data="id1"),
            Field("002", data=""),
            Field("245", Indicators("1", "0"), [Subfield("a", " One "), Subfield("b", "")]),
            Field("245", Indicators("1", "0"), [Subfield("b", "Two")]),
            Field("500", Indicators(" ", " ")),
            Field("650", Indicators(" ", "7"), [Subfield("a", "\u00c9t\u00e9\u3000")]),
            Field(
                "650",
                Indicators("~", "!"),
                [
                    Subfield("a", "x"),
                    Subfield("x", "\u2003y\tz"),
                    Subfield("a", "and some more text"),
                ],
            ),
        ]
    )
    return Record(record.as_marc())


def record_with(change: Callable[[Record], object]) -> Callable[[], Record]:
    def make() -> Record:
        record = plain()
        change(record)
        return record

    return make


def put(name: str, value: object) -> Callable[[object], None]:
    return lambda target: setattr(target, name, value)


def _retag(record: Record) -> None:
    record["245"].tag = "246"


RECORDS: dict[str, Callable[[], Record]] = {
    "bytes": plain,
    "one field out": record_with(lambda record: record["245"]),
    "another tag": record_with(_retag),
    "objects": record_with(lambda record: record.fields),
    "leader out": record_with(lambda record: record.leader),
    "in the middle": record_with(lambda record: next(record)),
    "at the end": record_with(lambda record: [*record]),
    "made": lambda: Record(fields=[Field("245", subfields=[Subfield("a", "x")])]),
    "empty": Record,
    "no title": record_with(lambda record: record.remove_fields("245")),
    "tuple for fields": record_with(put("fields", (Field("245", subfields=[]),))),
    "strange fields": record_with(put("fields", [Field("001", data="x"), 5, None])),
    "None for fields": record_with(put("fields", None)),
    "nonsense for bytes": record_with(put("_raw", b"00060nam a22xx049 a 4500")),
    "cut bytes": record_with(lambda record: setattr(record, "_raw", record._raw[:150])),  # type: ignore[index]
    "text for bytes": record_with(put("_raw", "x")),
    "leader a str": record_with(put("leader", "x" * 24)),
    **{
        f"cursor {value!r}": record_with(put("_Record__pos", value))
        for value in (-1, -99, 3, 2**70, True, None, "x")
    },
}


def field_with(index: int, change: Callable[[Field], object]) -> Callable[[], Field]:
    def make() -> Field:
        field = plain().fields[index]
        change(field)
        return field

    return make


def _nothing(field: Field) -> None:
    pass


FIELDS: dict[str, Callable[[], Field]] = {
    **{f"field {index}": field_with(index, _nothing) for index in range(7)},
    "subfields out": field_with(6, lambda field: field.subfields),
    "in the middle": field_with(6, lambda field: next(iter(field))),
    "at the end": field_with(6, lambda field: [*field]),
    "made": lambda: Field("245", subfields=[Subfield("a", "x")]),
    "tuple for subfields": field_with(6, put("subfields", (Subfield("a", "x"),))),
    "strange subfields": field_with(6, put("subfields", [5, "ab", None])),
    "number for a value": field_with(6, put("subfields", [Subfield("a", 5)])),  # type: ignore[arg-type]
    "None for subfields": field_with(6, put("subfields", None)),
    "nothing but a terminator": field_with(6, put("_raw", b"\x1e")),
    "cut bytes": field_with(6, lambda field: setattr(field, "_raw", field._raw[:9])),  # type: ignore[index]
    "no bytes": field_with(6, put("_raw", b"")),
    "text for bytes": field_with(6, put("_raw", "x")),
    "Latin-1": field_with(6, put("_raw", b"10\x1fa\xe9\x1fb\xe9\x1e")),
    "pair of indicators": field_with(6, put("_indicators", ("1", "2"))),
    "no indicators": field_with(6, put("_indicators", None)),
    **{
        f"control_field {value!r}": field_with(6, put("control_field", value))
        for value in (True, 0, 1, None, "x")
    },
    **{f"data {value!r}": field_with(0, put("data", value)) for value in (None, "", b"x", 0, 5)},
    **{
        f"cursor {value!r}": field_with(6, put("_Field__pos", value))
        for value in (-1, -99, 1, 2**70, True, None, "x")
    },
    "unset": lambda: Field.__new__(Field),
}


def outcome(
    methods: dict[str, Any], name: str, target: Any, arguments: Any, keywords: dict[str, Any]
) -> Any:
    """What a call returns or raises, which of the object's own things that is, and what is left."""
    try:
        result = bound(name, methods, target)(*arguments, **keywords)
        held = [getattr(target, name, None) for name in ("_fields", "_subfields", "_leader")]
        own = [result is target, *[result is each for each in held if each is not None]]
        if isinstance(held[0], list):
            places = result if isinstance(result, list) else [result]
            own += [
                [index for index, each in enumerate(held[0]) if each is place] for place in places
            ]
        result = shown(result) if result is not target else "itself"
    except Exception as error:
        result, own = ("raised", type(error)), []
    return result, own, shown(target)


def calls(name: str) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Arguments for a method."""
    attribute = name.partition(".")[2]
    texts = ["245", "650", "999", "001", "500", "a", "x", "b", "!", *ODD]
    if attribute in ("__getitem__", "__contains__"):
        yield from (((text,), {}) for text in texts)
    elif attribute == "get":
        yield from (((text,), {}) for text in texts)
        yield from (((text, 5), {}) for text in texts)
        yield ("245",), {"default": 7}
        yield (), {"tag": "245", "code": "a"}
        yield (), {(name.startswith("Field") and "code") or "tag": "a", "default": 1}
        yield (), {}
        yield (1, 2, 3), {}
    elif attribute in ("get_fields", "get_subfields"):
        yield (), {}
        yield from (((text,), {}) for text in texts)
        yield from ((("650", text, "a"), {}) for text in texts)
        yield ("245", "001", "650", "a", "b", "x", "500", "002", "999"), {}
        yield ("a",), {"b": 1}
    else:
        yield (), {}


def bound(name: str, methods: dict[str, Any], target: Any) -> Callable[..., Any]:
    attribute = methods[name]
    return attribute.__get__(target) if callable(attribute) else lambda: attribute.__get__(target)


INSTALLED = {
    name: vars(getattr(mrrc, name.partition(".")[0]))[name.partition(".")[2]] for name in _in_python
}


@pytest.mark.parametrize("name", _in_python)
def test_the_same_outcome(name: str) -> None:
    assert INSTALLED[name] is not _in_python[name]
    makers: dict[str, Callable[[], Any]] = RECORDS if name.startswith("Record") else FIELDS
    for state, make in makers.items():
        for arguments, keywords in calls(name):
            if name == "Field.__contains__" and state in ("Latin-1", "cut bytes"):
                continue  # No value is decoded to say that it is there.
            expected = outcome(_in_python, name, make(), arguments, keywords)
            found = outcome(INSTALLED, name, make(), arguments, keywords)
            assert found == expected, (state, arguments, keywords)


@pytest.mark.parametrize("name", _in_python)
def test_the_same_documentation(name: str) -> None:
    in_python, installed = _in_python[name], INSTALLED[name]
    if in_python.__doc__ and "__" not in name:
        assert inspect.getdoc(installed) == inspect.getdoc(in_python)
    if callable(in_python) and "__" not in name:
        parameters = inspect.signature(installed).parameters.values()
        expected = inspect.signature(in_python).parameters.values()
        assert [(p.name, p.default) for p in parameters] == [(p.name, p.default) for p in expected]
    assert isinstance(installed, property) or installed.__name__ == name.partition(".")[2]


def test_attributes_are_written_as_before() -> None:
    record, field = plain(), plain()["245"]
    record.fields = [field]
    assert record.fields == [field]
    field.subfields = [Subfield("a", "x")]
    assert field.value() == "x"
    field.indicator1 = "7"
    assert field.indicators == Indicators("7", "0")
    for target, name in ((record, "fields"), (record, "leader"), (field, "subfields")):
        with pytest.raises(AttributeError):
            delattr(target, name)
    with pytest.raises(AttributeError):
        record.title = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("record", "title"),
        ("field", "indicators"),
        ("field", "indicator1"),
        ("field", "indicator2"),
    ],
)
def test_a_property_knows_its_name(target: str, name: str) -> None:
    thing: Any = plain() if target == "record" else plain()["245"]
    with pytest.raises(AttributeError, match=f"'{name}'"):
        delattr(thing, name)
    with pytest.raises(AttributeError, match="'title'"):
        plain().title = "x"  # type: ignore[misc]


def test_what_a_subclass_says_counts() -> None:
    class Loud(Field):
        data = property(lambda self: "LOUD", lambda self, value: None)  # type: ignore[assignment]

        def __next__(self) -> Subfield:
            return Subfield("z", super().__next__().value.upper())

    assert Loud("001", data="x").value() == "LOUD"
    loud = Loud("245", subfields=[Subfield("a", "x"), Subfield("b", "y")])
    assert [*loud] == [Subfield("z", "X"), Subfield("z", "Y")]

    class Counting(Record):
        asked = 0

        def __getitem__(self, tag: str) -> Field:
            Counting.asked += 1
            return super().__getitem__(tag)

    record = Counting(plain().as_marc())
    assert record["245"] is record["245"]
    assert record.title == "One" or record.title == " One "
    assert Counting.asked == 2


def test_what_is_put_into_the_class_counts() -> None:
    field, record = plain()["245"], plain()
    with patch.object(Field, "value", lambda self: "patched"):
        assert field.value() == "patched"
    with patch.object(Record, "__next__", lambda self: next(iter([]))):
        assert [*record] == []
    assert field.value() == "One "
    assert len([*record]) == 7


def test_objects_may_be_copied_and_pickled() -> None:
    record = plain()
    assert pickle.loads(pickle.dumps(record)).title == record.title
    field = copy.deepcopy(record)["245"]
    assert field.value() == record["245"].value()
    assert copy.copy(field).subfields is field.subfields


def test_nothing_is_held_too_long_or_let_go_too_early() -> None:
    """Every object goes away with its record, through each of the methods."""
    gc.collect()
    for name, make in (*RECORDS.items(), *FIELDS.items()):
        target: Any = make()
        for method in _in_python:
            if method.startswith(type(target).__name__):
                for arguments, keywords in calls(method):
                    outcome(INSTALLED, method, target, arguments, keywords)
        assert shown(target) == shown(target), name
    del target
    before = len(gc.get_objects())
    for _ in range(50):
        record = plain()
        assert [field.value() for field in record] == [field.value() for field in record.fields]
        assert [subfield for field in record for subfield in field if "a" in field] != []
        assert record.get_fields("650", "245")[0].get_subfields("a") == [" One "]
        assert record.get("245") is record["245"]
    del record
    gc.collect()
    assert len(gc.get_objects()) - before < 50


def test_the_collector_is_shown_no_list_with_holes() -> None:
    """A list whose items are still being made has no objects in its places yet.

    Up to Python 3.11 the collector runs whenever something is made. `get_referents` leaves out
    places without an object, which every other look into the list takes for one.
    """
    holes: list[str] = []
    looked = 0

    def look(phase: str, _: object) -> None:
        nonlocal looked
        for item in gc.get_objects(generation=0) if phase == "start" else ():
            looked += 1
            if type(item) is list and len(gc.get_referents(item)) != len(item):
                holes.append(f"a list for {len(item)} items")

    thresholds = gc.get_threshold()
    gc.callbacks.append(look)
    gc.set_threshold(5, 1000, 1000)
    try:
        for _ in range(50):
            record = plain()
            found = record.get_fields("650", "245", "001")
            subfields = [field.subfields for field in plain().fields]
            assert gc.is_tracked(found)
            assert all(gc.is_tracked(each) for each in subfields)
    finally:
        gc.callbacks.remove(look)
        gc.set_threshold(*thresholds)
    assert looked > 0
    assert holes == []


def test_no_exception_outlives_its_handling() -> None:
    """Those that are raised, and those that the engine keeps to itself."""

    def lookups(record: Record, field: Field, key: str) -> None:
        for look in (record.__getitem__, field.__getitem__):
            with pytest.raises(KeyError):
                look(key)
        assert key not in record
        assert key not in field
        assert record.get(key) is None
        assert field.get(key) is None
        assert not record.get_fields(key)
        assert not field.get_subfields(key)

    objects = plain()
    assert objects.fields
    listed = plain()["245"]
    assert listed.subfields
    surrogate = "".join(["24", chr(0xDC80)])
    for record, field in ((plain(), plain()["245"]), (objects, listed)):
        lookups(record, field, surrogate)
        missing: object = KeyError
        before = sys.getrefcount(surrogate), sys.getrefcount(missing)
        for _ in range(20):
            with suppress(KeyError):
                record["999"]
            with suppress(KeyError):
                field["z"]
            assert surrogate not in field
            assert field.get(surrogate) is None
        after = sys.getrefcount(surrogate), sys.getrefcount(missing)
        assert [new - old < 10 for new, old in zip(after, before, strict=True)] == [True, True]
