"""Any edits in any order, between any looks, on a record that was read from bytes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mrrc
from tests.conftest import ENGINE_MODULES, engine_module
from tests.property.commands import ALL_COMMANDS, COMMANDS, LAZY_COMMANDS, Command
from tests.property.model import Model
from tests.property.real import Real
from tests.property.strategies import (
    FAST,
    HEADS,
    LATIN_TEXT,
    TEXT,
    THOROUGH,
    PlainField,
    encode,
    field_lists,
    is_control,
)

Source = tuple[bytes, list[PlainField]]
WAYS = ["Record", "MARCReader", "decode_marc"]


@pytest.fixture(scope="session")
def serialisers() -> list[ModuleType]:
    """Each engine there is, the public classes registered with it."""
    found = []
    for name in ENGINE_MODULES:
        try:
            engine = engine_module(name)
        except pytest.skip.Exception:
            continue
        engine.register(mrrc.Record, mrrc.Field, mrrc.Subfield, mrrc.Indicators, mrrc.Leader)
        found.append(engine)
    return found


def read(package: ModuleType, raw: bytes, way: str) -> Any:
    options = {"file_encoding": "latin-1"}
    if way == "MARCReader":
        return next(package.MARCReader(raw, **options))
    if way == "decode_marc":
        record = package.Record()
        record.decode_marc(raw, encoding="latin-1")
        return record
    return package.Record(raw, **options)


def follow(
    raw: bytes,
    fields: list[PlainField],
    commands: list[Command],
    way: str,
    serialisers: list[ModuleType],
) -> None:
    """Do the commands to the model, to mrrc and to pymarc, and compare after each."""
    pymarc = pytest.importorskip("pymarc")
    model = Model(raw[:24].decode(), [PlainField(**vars(field)) for field in fields])
    subjects = [Real(package, read(package, raw, way)) for package in (pymarc, mrrc)]
    for command in commands:
        expected = command.on_model(model)
        for subject in subjects:
            answer = command.on_real(subject)
            assert answer == expected, f"{subject.package.__name__}, {command}"
    record = subjects[1].record
    held, leader = record._fields, str(record.leader)
    head = leader[5:9] + "a" + leader[10:12]
    marc = model.as_marc()
    if held is not None:
        for engine in serialisers:
            assert engine.serialise(head, leader[17:], held, record._raw) == marc
    for subject in subjects:
        assert subject.record.as_marc() == marc, subject.package.__name__
    # A field that got a tag of the other kind is written as it is, but not read as it was.
    if model.fields and all(is_control(f.tag) is (f.data is not None) for f in model.fields):
        assert read(mrrc, marc, way).as_marc() == marc


SAMPLE = [
    PlainField("001", "id"),
    PlainField("245", None, ("1", "0"), (("a", "Title :"), ("b", "more"))),
    PlainField("650", None, (" ", "0"), (("a", "x"),)),
]


@st.composite
def read_records(draw: st.DrawFn) -> tuple[bytes, list[PlainField]]:
    """A record's bytes, plain or in Latin-1, and what is in it: often the fields asked for."""
    if draw(st.integers(0, 3)):
        fields = draw(field_lists(TEXT)) + draw(st.sampled_from([SAMPLE, []]))
        return encode(fields, draw(HEADS)), fields
    fields = draw(field_lists(LATIN_TEXT))
    return encode(fields, "nam  22", encoding="latin-1"), fields


HELD_EDIT = [
    Command("hold", (("tag", "245"),)),
    Command("tag", (("held", 0), "650")),
    Command("as_json", ()),
    Command("tags", (["650"],)),
    Command("add_subfield", (("held", 0), "c", "é", None)),
    Command("pickle", ()),
    Command("text", ()),
]


@FAST
@given(read_records(), COMMANDS, st.sampled_from(WAYS))
@example((encode(SAMPLE), SAMPLE), HELD_EDIT, "Record")
def test_any_edits(
    serialisers: list[ModuleType],
    source: Source,
    commands: list[Command],
    way: str,
) -> None:
    follow(*source, commands, way, serialisers)


@FAST
@given(read_records(), LAZY_COMMANDS, st.sampled_from(WAYS))
@example((encode(SAMPLE), SAMPLE), HELD_EDIT[:2], "Record")
@example((encode(SAMPLE), SAMPLE), [HELD_EDIT[0], HELD_EDIT[4]], "Record")
@example((encode(SAMPLE), SAMPLE), [HELD_EDIT[0], HELD_EDIT[4], HELD_EDIT[5]], "Record")
@example((encode(SAMPLE), SAMPLE), [Command("edit leader", (5, "d"))], "Record")
@example((encode(SAMPLE), SAMPLE), [Command("edit leader", (5, "d")), HELD_EDIT[5]], "Record")
def test_edits_that_leave_the_bytes(
    serialisers: list[ModuleType],
    source: Source,
    commands: list[Command],
    way: str,
) -> None:
    follow(*source, commands, way, serialisers)


@pytest.mark.slow
@THOROUGH
@given(read_records(), st.one_of(COMMANDS, LAZY_COMMANDS), st.sampled_from(WAYS))
def test_many_more_edits(
    serialisers: list[ModuleType],
    source: Source,
    commands: list[Command],
    way: str,
) -> None:
    follow(*source, commands, way, serialisers)


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_each_command_by_itself(name: str, serialisers: list[ModuleType]) -> None:
    kept = st.lists(ALL_COMMANDS["hold"], max_size=2)
    some = st.lists(ALL_COMMANDS[name], min_size=1, max_size=3)

    @settings(FAST, max_examples=25)
    @given(read_records(), kept, some)
    def search(source: Source, held: list[Command], commands: list[Command]) -> None:
        follow(*source, [*held, *commands], "Record", serialisers)

    search()
