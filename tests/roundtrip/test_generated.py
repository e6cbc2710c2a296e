"""Records that nobody has, through all formats: whatever a field can hold."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mrrc
from tests.property.strategies import (
    CODES,
    FAST,
    INDICATORS,
    PLAIN_RECORDS,
    TEXT,
    THOROUGH,
)
from tests.roundtrip.carrying import TARGETS, plain
from tests.roundtrip.trips import Trip, check, convert, name_of, read, sound

LEADERS = st.one_of(
    st.just("00000nam a2200000   4500"),
    st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), min_size=24, max_size=24),
)
TAGS = st.one_of(
    st.sampled_from(["001", "008", "000", "245", "650", "880", "999"]),
    st.sampled_from(["00A", "aBc", "ABC", "abc", "LDR", "   ", '<"&', "24", "2455", "", "0é1"]),
)
TEXTS = st.one_of(
    TEXT, st.text(st.sampled_from("a \x1d\x1e\x1f\x00\r\n\t$\\{}&<\udce9\ufffe"), max_size=6)
)


@st.composite
def edited_records(draw: st.DrawFn) -> Any:
    """A record as a program may put it together."""
    record = mrrc.Record(leader=draw(LEADERS))
    for tag in draw(st.lists(TAGS, max_size=5)):
        # Subfields of a control field are no part of it; data of a data field are.
        if tag in ("000", "001", "008") or draw(st.integers(0, 9)) == 9:
            record.fields.append(mrrc.Field(tag, data=draw(TEXTS)))
            continue
        values = draw(st.lists(st.tuples(CODES, TEXTS), max_size=3))
        indicators = mrrc.Indicators(*draw(INDICATORS))
        subfields = [mrrc.Subfield(code, value) for code, value in values]
        record.fields.append(mrrc.Field(tag, indicators, subfields))
    return record


def written(records: list[Any], target: str) -> Trip:
    """The records in a file, and what `mrrc.write` said."""
    output = io.BytesIO()
    problems: dict[int | None, list[Any]] = {}
    count = mrrc.write(
        records,
        output,
        name_of(target),
        encoding="marc8" if target == "marc8" else "utf-8",
        undecodable="replace",
        on_problem=lambda problem: problems.setdefault(problem.record_number, []).append(problem),
    )
    return Trip(output.getvalue(), mrrc.Conversion(records=count, written=count), problems)


def hold(trip: Trip, before: list[Any], target: str) -> None:
    assert check(before, trip, target).failures == []
    assert sound(trip, target) == ""


def through_all(data: bytes) -> None:
    """Sound records through each pair of formats."""
    before = read(data, "marc")
    for source in TARGETS:
        first = convert(data, "marc", source)
        hold(first, before, source)
        between = read(first.data, source)
        for target in TARGETS:
            hold(convert(first.data, source, target), between, target)


@FAST
@given(st.lists(PLAIN_RECORDS, min_size=1, max_size=3).map(b"".join), st.sampled_from(TARGETS))
def test_plain_records(data: bytes, target: str) -> None:
    hold(convert(data, "marc", target), read(data, "marc"), target)


@FAST
@given(st.lists(edited_records(), min_size=1, max_size=3), st.sampled_from(TARGETS))
def test_edited_records(records: list[Any], target: str) -> None:
    before = [plain(record) for record in records]
    hold(written(records, target), before, target)


@FAST
@given(PLAIN_RECORDS, st.sampled_from(TARGETS), st.sampled_from(TARGETS))
def test_from_format_to_format(data: bytes, source: str, target: str) -> None:
    first = convert(data, "marc", source)
    hold(convert(first.data, source, target), read(first.data, source), target)


@pytest.mark.slow
@THOROUGH
@given(st.lists(PLAIN_RECORDS, min_size=1, max_size=3).map(b"".join))
def test_many_through_all_formats(data: bytes) -> None:
    through_all(data)
