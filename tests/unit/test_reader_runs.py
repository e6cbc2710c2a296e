"""`MARCReader._runs`: sound records formatted many at a time, all else as the reader gives it."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest

from mrrc import DamagedRecord, MARCReader, Record, _engine
from mrrc._pure.target import SEPARATORS
from mrrc._runs import Run
from tests.parity.damaging import damaged_file, sound_record
from tests.unit.encodings import titled
from tests.unit.writing import data, record

TARGETS = ["", "marc", "marc8", "marcxml", "json", "jsonl"]
MARC8 = b"00057nam  2200037   4500245001900000\x1e10\x1faEmm\xe2a caf\xe2e xx\x1e\x1d"
GOOD = record("one", data("500", ("a", "é"))).as_marc()
LIED = b"99" + GOOD[2:]
FORBIDDEN = record("two", data("500", ("a", "\x1b"))).as_marc()


def content(seed: int) -> bytes:
    """Sound records, more than a block of them, and some that are not."""
    dice = random.Random(seed)
    sound = [sound_record(dice) for _ in range(20)]
    parts = [*sound * 30, MARC8 * 3, damaged_file(dice), *sound * 5, FORBIDDEN, *sound * 30]
    return b"".join(parts)


def open_reader(source: Any, **options: Any) -> MARCReader:
    return MARCReader(source, recovery="salvage", **options)


def as_list(reader: MARCReader, target: str) -> tuple[list[bytes], int]:
    """Each piece of the output, and how many records came in runs."""
    parts: list[bytes] = []
    in_runs = 0
    for each in reader._runs(target):
        if isinstance(each, Run):
            assert each.count > 0
            assert reader.current_chunk
            in_runs += each.count
            parts.append(each.data)
            continue
        assert each is not None
        parts.append(formatted(each, target))
    return parts, in_runs


def formatted(made: Record, target: str) -> bytes:
    answer = _engine.format_record(made, target)
    return b"?" if answer is None else answer


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize(("seed", "target"), list(enumerate(TARGETS)))
def test_the_records_the_problems_and_the_bytes_are_the_readers(
    seed: int, target: str, threads: int, tmp_path: Path
) -> None:
    raw = content(seed)
    path = tmp_path / "records.mrc"
    path.write_bytes(raw)
    expected = open_reader(raw)
    one_by_one = [formatted(each, target) for each in expected if each is not None]
    for source in (path, raw, io.BytesIO(raw)):
        told: list[Any] = []
        with open_reader(source, threads=threads, on_problem=told.append) as reader:
            parts, in_runs = as_list(reader, target)
        join = SEPARATORS[target].join
        assert join(parts) == join(one_by_one)
        assert reader._record_number == len(one_by_one)
        # MARCXML has no data fields without subfields.
        assert in_runs > (200 if target == "marcxml" else 1_250)
        assert list(reader.problems) == list(expected.problems) == told != []
        assert reader.accounting == expected.accounting
        assert reader.bytes_read == len(raw)


def test_what_comes_from_damage_is_a_record_with_problems() -> None:
    reader = open_reader(GOOD * 2 + LIED + GOOD + b"\n" + FORBIDDEN + GOOD)
    found = list(reader._runs("marcxml"))
    shown = [each.count if isinstance(each, Run) else each for each in found]
    first, lied, second, forbidden, last = shown
    assert (first, second, last) == (2, 1, 1)
    assert isinstance(lied, Record)
    assert [problem.code for problem in lied.problems] == ["record-length-wrong"]
    assert isinstance(forbidden, Record)
    assert list(forbidden.problems) == []
    assert [problem.record_number for problem in reader.problems] == [3, 4]
    assert reader.accounting == (
        4 * len(GOOD) + len(FORBIDDEN), len(GOOD), 1,
    )  # fmt: skip


def test_strict() -> None:
    reader = MARCReader(GOOD * 2 + LIED + GOOD, recovery="strict")
    runs = reader._runs("marc")
    assert next(runs) == Run(2, GOOD * 2)
    with pytest.raises(DamagedRecord) as caught:
        next(runs)
    assert caught.value.problem.record_number == 3
    assert list(reader._runs("marc"))[-1] == Run(1, GOOD)


@pytest.mark.parametrize("threads", [0, 2])
def test_as_pymarc(threads: int, tmp_path: Path) -> None:
    bad = GOOD[:-3] + b"\xff" + GOOD[-2:]
    path = tmp_path / "records.mrc"
    path.write_bytes(GOOD * 500 + bad + GOOD * 3 + b"x" + GOOD)
    with MARCReader(path, threads=threads) as reader:
        runs = reader._runs("jsonl")
        count = 0
        while isinstance(each := next(runs), Run):
            count += each.count
        assert (count, each) == (500, None)
        assert isinstance(reader.current_exception, UnicodeDecodeError)
        assert isinstance(next(runs), Record)
        run = next(runs)
        assert isinstance(run, Run)
        assert run.count == 2
        assert reader.current_exception is None
        assert reader._record_number == 504
        assert reader.bytes_read == 504 * len(GOOD)
        assert next(runs) is None
        assert reader.current_exception is not None
        assert list(runs) == []


def test_a_file_that_is_read_record_by_record_has_no_runs() -> None:
    with MARCReader(io.BytesIO(GOOD * 3)) as reader:
        assert [type(each) for each in reader._runs("marc")] == [Record] * 3


@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "cp1252"},
        {"encoding": "auto", "normalize": "NFC"},
        {"normalize": "NFC"},
        {"references": True},
        {"to_unicode": False},
    ],
)
def test_options_that_ask_for_a_look_at_each_record(options: dict[str, Any]) -> None:
    source = GOOD * 3 + MARC8 * 2
    reader = open_reader(source, **options)
    assert [type(each) for each in reader._runs("marc")] == [Record] * 5
    if "to_unicode" not in options:
        reader = MARCReader(io.BytesIO(source), threads=2, **options)
        assert [type(each) for each in reader._runs("marc")] == [Record] * 5


def test_only_what_is_in_doubt_is_looked_at() -> None:
    ascii_only = GOOD * 3
    doubtful = titled("é".encode(), " ")
    for encoding, kinds in (
        ("checked", [Run, Record, Run]),
        ("auto", [Run, Record, Record, Record]),
    ):
        # MARC-8 is sure only after a look.
        reader = open_reader(ascii_only + doubtful + MARC8 * 2, encoding=encoding)
        assert [type(each) for each in reader._runs("marc")] == kinds


def test_records_that_are_said_to_be_in_utf8() -> None:
    claims = GOOD[:9] + b" " + GOOD[10:]
    found = list(open_reader(claims * 2 + GOOD, encoding="utf-8")._runs("marc"))
    assert found == [Run(3, GOOD * 3)]
    source = claims + titled(b"Gr\xe8usse", " ") + claims * 2
    found = list(open_reader(source, encoding="utf-8")._runs("marc"))
    assert [type(each) for each in found] == [Run, Record, Run]
    assert (found[0], found[2]) == (Run(1, GOOD), Run(2, GOOD * 2))
    # What is not formatted is a record like all others.
    assert all(not each.force_utf8 for each in open_reader(source, encoding="utf-8"))
    for options in ({"normalize": "NFC"}, {"references": True}):
        found = list(open_reader(claims, encoding="utf-8", **options)._runs("marc"))
        assert [type(each) for each in found] == [Record]


def test_force_utf8() -> None:
    claims = GOOD[:9] + b" " + GOOD[10:]
    (run,) = open_reader(claims * 2, force_utf8=True)._runs("marc")
    assert run == Run(2, GOOD * 2)


def test_the_reader_goes_on_after_runs() -> None:
    """Whoever stops at a run finds the rest in the reader itself."""
    raw = content(1)
    reader = open_reader(io.BytesIO(raw))
    numbers = 0
    for each in reader._runs("marc"):
        if not isinstance(each, Run):
            numbers += 1
            break
        numbers += each.count
    rest = list(reader)
    assert numbers + len(rest) == len(list(open_reader(raw)))
    assert reader._record_number == numbers + len(rest)
    assert [each.as_marc() for each in rest[-1:] if each] == [
        each.as_marc() for each in list(open_reader(raw))[-1:] if each
    ]
