"""Conversions from a format to a format, and what came back, held against what can be carried."""

from __future__ import annotations

import io
import itertools
import json
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import mrrc
from tests.roundtrip.carrying import (
    JSON,
    MARC,
    PlainRecord,
    carried,
    comparable,
    plain,
    reports,
)

NOT_WRITTEN = "record-not-written"


class Trip(NamedTuple):
    """A conversion: the bytes it wrote, its account, the problems of each record by number."""

    data: bytes
    conversion: Any
    problems: dict[int | None, list[Any]]


def name_of(target: str) -> str:
    """The format's name: ISO 2709 is one format, in two encodings."""
    return "marc" if target in MARC else target


def convert(source: Path | bytes, source_format: str | None, target: str, **options: Any) -> Trip:
    """Convert a file or bytes; what there is to say is in the problems."""
    output = io.BytesIO()
    problems: dict[int | None, list[Any]] = {}
    conversion = mrrc.convert(
        source,
        output,
        from_format=source_format and name_of(source_format),
        to_format=name_of(target),
        to_encoding="marc8" if target == "marc8" else "utf-8",
        references=source_format == "marc8",
        on_problem=lambda problem: problems.setdefault(problem.record_number, []).append(problem),
        **options,
    )
    return Trip(output.getvalue(), conversion, problems)


def read(source: Path | bytes, source_format: str | None = None) -> list[PlainRecord]:
    """The records of a file or of bytes."""
    wanted = source_format and name_of(source_format)
    with mrrc.open(source, wanted, references=source_format == "marc8") as reader:
        return [plain(record) for record in reader]


@dataclass
class Tally:
    """What came of trips: how many records, how many of them equal, and the limits met."""

    records: int = 0
    equal: int = 0
    left_out: int = 0
    limits: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.records += other.records
        self.equal += other.equal
        self.left_out += other.left_out
        self.limits += other.limits
        self.failures += other.failures

    def named(self, name: str) -> Tally:
        """The same, with a name in front of every failure."""
        failures = [f"{name}: {failure}" for failure in self.failures]
        return Tally(self.records, self.equal, self.left_out, self.limits, failures)


def check(before: list[PlainRecord], trip: Trip, target: str) -> Tally:
    """Hold a conversion of these records against what its target can carry."""
    tally = Tally(len(before))
    after = iter(read(trip.data, target))
    if trip.conversion.records != len(before):
        tally.failures.append(f"{trip.conversion.records} records read, not {len(before)}")
    numbers = (number for number in itertools.count(1) if not _was_unreadable(trip, number))
    for number, record in zip(numbers, before):  # noqa: B905 - there is no end of numbers
        codes = [problem.code for problem in trip.problems.get(number, [])]
        if NOT_WRITTEN in codes:
            tally.left_out += 1
            if not may_be_left_out(record, target):
                problem = next(p for p in trip.problems[number] if p.code == NOT_WRITTEN)
                tally.failures.append(f"record {number} was left out: {problem}")
            continue
        expected, met = carried(record, target)
        if "no fields" in met:
            tally.limits.update(met.keys())
            continue
        found = next(after, None)
        if found is None:
            tally.failures.append(f"record {number} is missing")
            break
        difference = first_difference(expected, comparable(found, target))
        reported = {code for code in codes if code.startswith("written-")}
        if difference:
            tally.failures.append(f"record {number}: {difference}")
        elif reported != reports(met):
            tally.failures.append(f"record {number}: {sorted(met)} met, {sorted(reported)} said")
        tally.equal += not met
        tally.limits.update(met.keys())
    if next(after, None) is not None:
        tally.failures.append("more records than before")
    return tally


def _was_unreadable(trip: Trip, number: int) -> bool:
    """Whether a number is that of a stretch of bytes, which is counted as a record of the file."""
    return any(problem.code == "record-unreadable" for problem in trip.problems.get(number, []))


def may_be_left_out(record: PlainRecord, target: str) -> bool:
    """Whether ISO 2709 may have no room for a record."""
    if target not in MARC:
        return False
    fields = [_text_of(field) for field in record.fields]
    # In MARC-8 a character can be a reference of eight or more bytes.
    width = 10 if target == "marc8" else 4
    lengths = [len(text) * width for text in fields]
    return max(lengths, default=0) > 9_990 or sum(lengths) + 12 * len(fields) > 99_900


def _text_of(field: Any) -> str:
    values = "".join(f"\x1f{code}{value}" for code, value in field.subfields)
    text = (field.data or "") + values
    return unicodedata.normalize("NFD", text)


def first_difference(expected: PlainRecord, found: PlainRecord) -> str:
    """Where two records differ first; nothing where they are equal."""
    if expected == found:
        return ""
    if expected.leader != found.leader:
        return f"leader {found.leader!r}, not {expected.leader!r}"
    for index, (one, other) in enumerate(zip(expected.fields, found.fields, strict=False)):
        if one != other:
            return f"field {index}: {other!r}, not {one!r}"
    return f"{len(found.fields)} fields, not {len(expected.fields)}"


def sound(trip: Trip, target: str) -> str:
    """What a program that is not mrrc has against the bytes of a file; nothing if it is sound."""
    if target == "marcxml":
        from tests.schema.validating import faults

        return "; ".join(faults(trip.data)[:3])
    if target in JSON:
        text = trip.data.decode()
        documents = json.loads(text) if target == "json" else list(map(json.loads, lines(text)))
        if len(documents) != trip.conversion.written:
            return f"{len(documents)} documents for {trip.conversion.written} records"
        return ""
    if target in MARC:
        return _unsound_marc(trip)
    trip.data.decode()
    return ""


def lines(text: str) -> list[str]:
    """The lines of a file of JSON; only a line feed ends one."""
    return [line for line in text.split("\n") if line]


def _unsound_marc(trip: Trip) -> str:
    place = count = 0
    while place < len(trip.data):
        length = int(trip.data[place : place + 5])
        place += length
        count += 1
        if trip.data[place - 1 : place] != b"\x1d":
            return f"no record terminator at {place}"
    return "" if count == trip.conversion.written else f"{count} records"
