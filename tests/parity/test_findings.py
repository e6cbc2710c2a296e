"""What the fuzzers and reviewers came upon in scanner and salvage, each by its name."""

from __future__ import annotations

import time
from types import ModuleType

import pytest

from mrrc._pure.scan import RECORD, UNREAD, WINDOW

SOUND = b"00060nam a2200049 a 4500001000400000245000600004\x1eid1\x1e10\x1fax\x1e\x1d"


def spans(engine: ModuleType, data: bytes) -> list[tuple[int, int, int]]:
    """Kind, start and end of each span."""
    found = []
    start = 0
    while (span := engine.next_frame(data, start, True)) is not None:
        kind, end = span
        found.append((kind, start, end))
        start = end
    assert start == len(data)
    return found


@pytest.mark.parametrize(
    "piece",
    [
        b"junk\x1d00026nam  2200025   4500\x1e\x1d",
        b"junk245000600004\x1e\x1d",
        b"\x1d",
        b"00026nam a22",
        b"245000600004\x1e",
        SOUND[:-1],
    ],
    ids=["junk and leaders", "junk and entries", "terminators", "leaders", "entries", "no end"],
)
def test_time_grows_with_the_data(engine_functions: ModuleType, piece: bytes) -> None:
    """Twice as much data once took four times as long, and a megabyte more than ten seconds."""

    def seconds(size: int) -> float:
        data = piece * (size // len(piece))
        times = []
        for _ in range(3):
            begin = time.process_time()
            spans(engine_functions, data)
            times.append(time.process_time() - begin)
        return min(times)

    assert seconds(256_000) < 8 * seconds(64_000) + 0.05


def test_problems_lie_inside_the_record(engine_functions: ModuleType) -> None:
    """The last of several damaged entries was reported as long as a whole one."""
    for raw in (
        b"00061nam a2200000 a 4500001000200\x1000245000100002\x1faBase\x1e\x1d",
        b"00041nam a2200037 a 4500   000300000\x1eid",
        b"00041nam a2200037 a 4500300000300000\x1e\x9d",
        b"\x11",
    ):
        for _, offset, length, *_ in engine_functions.salvage_record(raw)[3]:
            assert 0 <= offset <= offset + length <= len(raw)


def test_a_full_window_is_the_same_at_the_end_of_the_data(engine_functions: ModuleType) -> None:
    """Where exactly a window was left, unread bytes were cut elsewhere at the end of the data."""
    data = b"x" * WINDOW
    assert engine_functions.next_frame(data, 0, True) == engine_functions.next_frame(data, 0, False)
    kind, end = engine_functions.next_frame(data, 0, True)
    assert kind == UNREAD
    assert 0 < end < WINDOW


@pytest.mark.parametrize("length", range(1, 25))
@pytest.mark.parametrize("between", [b"", b"\n"], ids=["nothing", "newline"])
def test_a_record_behind_a_part_of_a_leader(
    engine_functions: ModuleType, length: int, between: bytes
) -> None:
    """It was taken for the rest of the record whose leader broke off."""
    data = SOUND[:length] + between + SOUND
    assert spans(engine_functions, data)[-1] == (RECORD, len(data) - len(SOUND), len(data))


def test_own_directory_is_no_other_record(engine_functions: ModuleType) -> None:
    """The rest of a directory that lost bytes was taken for the beginning of another record."""
    for start in range(24, 48):
        for end in range(start + 1, 48):
            damaged = SOUND[:start] + SOUND[end:]
            data = SOUND + damaged + SOUND
            kinds = [kind for kind, _, _ in spans(engine_functions, data)]
            assert kinds == [RECORD] * 3


def test_many_terminators_are_one_problem(engine_functions: ModuleType) -> None:
    """Each was a problem of its own, which took hundreds of bytes for one."""
    raw = SOUND[:-1] + b"\x1e" * 10_000 + b"\x1d"
    codes = [code for code, *_ in engine_functions.salvage_record(raw)[3]]
    assert codes.count("field-terminator-surplus") == 1


@pytest.mark.parametrize("content", [b"\x1f" * 10_000, b"\x1f\x01" * 5_000])
def test_many_bad_codes_are_one_problem(engine_functions: ModuleType, content: bytes) -> None:
    """Each was a problem of its own: a megabyte of delimiters took half a gigabyte."""
    raw = b"00000nam a2200037 a 4500245000000000\x1e10" + content + b"\x1e\x1d"
    found = engine_functions.salvage_record(raw)[3]
    codes = [code for code, *_ in found if code.startswith("subfield-code")]
    assert len(codes) == 1
    assert sum(length for code, _, length, *_ in found if code in codes) >= 5_000
