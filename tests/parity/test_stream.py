"""`RecordStream` of both engines, side by side: the same calls, the same outcomes."""

from __future__ import annotations

import io
import random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mrrc._pure.target import SEPARATORS
from tests.parity.comparing import outcome
from tests.parity.damaging import damaged_file, sound_record

Engines = tuple[ModuleType, ModuleType]

CALLS = st.one_of(
    st.tuples(st.just("next_record"), st.booleans(), st.sampled_from(["iso8859-1", "cp1252"])),
    st.tuples(st.just("next_record"), st.just(False), st.just("iso8859-1")),
    st.tuples(st.just("read"), st.sampled_from([0, 1, 5, 24, 100, 300_000, -1])),
    # What was read last, or the end of it, goes back.
    st.tuples(st.just("unread"), st.sampled_from([0, 1, 5, 100_000])),
    st.tuples(st.just("runs"), st.sampled_from(["", "marc", "jsonl", "marcxml"])),
    st.tuples(st.just("close")),
)
NEXT = ("next_record", False, "iso8859-1")


class Uneven(io.BytesIO):
    """Gives a few bytes at a time, nothing for the moment, or an error, as its dice say."""

    def __init__(self, content: bytes, seed: int, trouble: bool) -> None:
        super().__init__(content)
        self._dice = random.Random(seed)
        self._trouble = trouble

    def read(self, size: int | None = -1) -> Any:
        if self._trouble:
            chance = self._dice.random()
            if chance < 0.05:
                return None
            if chance < 0.1:
                raise OSError("gone")
            size = min(size or 0, self._dice.choice([1, 7, 200, 100_000]))
        return super().read(size)


def all_runs(stream: Any, target: str) -> Any:
    """All runs that there are at the position, as one: an engine gives as many as it has."""
    count, parts = 0, []
    while (run := stream.take_run(target, False, "iso8859-1")) is not None:
        assert run[0] > 0
        assert stream.position - stream.offset == len(stream.chunk) > 0
        count += run[0]
        parts.append(run[1])
    assert stream.chunk == b""
    return count, SEPARATORS[target].join(parts)


def step(stream: Any, call: tuple[Any, ...], last: list[bytes]) -> Any:
    """What the call did, and where the stream stands then."""
    name, *arguments = call
    if name == "runs":
        last[0] = b""
        done = outcome(all_runs, stream, *arguments)
        return done, stream.position
    if name == "unread":
        arguments = [last[0][len(last[0]) - min(arguments[0], len(last[0])) :]]
        last[0] = b""
    done = outcome(getattr(stream, name), *arguments)
    if name == "read":
        last[0] = done[1] if done[0] is bytes else b""
    elif name != "unread":
        last[0] = b""
    return done, stream.chunk, stream.offset, stream.position


def content(seed: int) -> bytes:
    dice = random.Random(seed)
    if dice.random() < 0.3:
        # More than a block of either engine.
        sound = [sound_record(dice) for _ in range(10)]
        return b"".join([*sound * 80, damaged_file(dice), *sound * 10])
    return damaged_file(dice)


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    calls=st.lists(CALLS, max_size=25),
    sound=st.booleans(),
    trouble=st.booleans(),
    start=st.sampled_from([0, 17]),
    threads=st.sampled_from([0, 0, 2]),
)
@example(423, [NEXT, ("read", 1), ("read", 1), NEXT], False, False, 0, 0)  # behind junk
@example(0, [NEXT, ("read", 5), NEXT, ("read", 300_000), NEXT], False, False, 0, 0)
def test_any_calls(
    engines: Engines,
    seed: int,
    calls: list[tuple[Any, ...]],
    sound: bool,
    trouble: bool,
    start: int,
    threads: int,
) -> None:
    data = content(seed)
    # Threads read ahead, so trouble would meet them at another moment.
    trouble = trouble and not threads
    # Blocks differ in size, so only what is read whole in one go fails at the same record.
    trouble = trouble and len(data) < 50_000
    streams = [
        engine.RecordStream(Uneven(data, seed, trouble), False, start, sound, threads, 100)
        for engine in engines
    ]
    if trouble:
        # Runs end wherever reading fails.
        calls = [call for call in calls if call[0] != "runs"]
    lasts = [[b""], [b""]]
    for number, call in enumerate(calls):
        pure, extension = (
            step(stream, call, last) for stream, last in zip(streams, lasts, strict=True)
        )
        assert extension == pure, f"call {number}, {call}"
        if call[0] == "close":
            break
    for stream in streams:
        stream.close()


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("seed", range(40))
def test_reading_a_file_through(
    seed: int, threads: int, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("stream") / "records.mrc"
    path.write_bytes(content(seed))
    seen = []
    for engine in engines:
        with path.open("rb") as file:
            stream = engine.RecordStream(file, True, 0, bool(seed % 2), threads, 10)
            steps = []
            for _ in range(10_000):
                done = step(stream, ("next_record", False, "iso8859-1"), [b""])
                steps.append(done)
                if done[0][1] is None:
                    break
            steps.append(step(stream, ("read", 5), [b""]))
            steps.append(step(stream, ("read", -1), [b""]))
            steps.append(step(stream, ("read", 1), [b""]))
            stream.close()
        seen.append(steps)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("seed", range(20))
def test_runs_are_the_records(
    seed: int, threads: int, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file in runs, and what is none record by record, is the file record by record."""
    path = tmp_path_factory.mktemp("runs") / "records.mrc"
    path.write_bytes(content(seed))
    target = ["marc", "jsonl", "marcxml", "marc8", ""][seed % 5]
    for engine in engines:
        found: list[list[bytes]] = []
        for by_runs in (True, False):
            parts = []
            with path.open("rb") as file:
                stream = engine.RecordStream(file, True, 0, bool(seed % 2), threads, 10)
                while True:
                    if by_runs:
                        count, data = all_runs(stream, target)
                        parts += [data] * bool(count)
                    record = stream.next_record(False, "iso8859-1")
                    if record is None:
                        break
                    formatted = engine.format_record(record, target)
                    assert not by_runs or formatted is None
                    if type(record) is bytes:
                        formatted = record
                    parts.append(b"?" if formatted is None else formatted)
                parts.append(stream.read(-1))
                stream.close()
            found.append(parts)
        join = SEPARATORS[target].join
        assert join(found[0]) == join(found[1])


def test_runs_after_records_of_another_kind(engines: Engines) -> None:
    dice = random.Random(3)
    records = [sound_record(dice) for _ in range(400)]
    for engine in engines:
        stream = engine.RecordStream(io.BytesIO(b"".join(records)), threads=0)
        assert stream.take_run("json", False, "iso8859-1")[0] > 0
        stream.unread(stream.chunk)
        first = stream.next_record(False, "iso8859-1")
        assert first.as_marc() == records[0]
        # In the middle of what was formatted, and as something else.
        assert stream.take_run("marc", False, "iso8859-1")[1].startswith(records[1])
        stream.unread(stream.chunk[len(records[1]) :])
        assert stream.read(5) == records[2][:5]
        stream.unread(records[2][:5])
        count, data = all_runs(stream, "marc")
        assert (count, data) == (398, b"".join(records[2:]))
        assert stream.take_run("marc", False, "iso8859-1") is None
        with pytest.raises(ValueError, match="no target"):
            stream.take_run("xml", False, "iso8859-1")


def test_after_closing(engines: Engines) -> None:
    raw = sound_record(random.Random(1))
    for engine in engines:
        stream = engine.RecordStream(io.BytesIO(raw * 3))
        stream.next_record(False, "iso8859-1")
        stream.close()
        assert (stream.chunk, stream.offset, stream.position) == (raw, 0, len(raw))
        stream.close()
        assert (stream.chunk, stream.offset, stream.position) == (raw, 0, len(raw))
        for _ in range(2):
            with pytest.raises(ValueError, match="closed file"):
                stream.read(5)
            with pytest.raises(ValueError, match="closed file"):
                stream.next_record(False, "iso8859-1")
            with pytest.raises(ValueError, match="closed file"):
                stream.take_run("marc", False, "iso8859-1")
        assert (stream.chunk, stream.position) == (b"", len(raw))


@pytest.mark.parametrize("given", ["text", 5, memoryview(b"12345"), bytearray(b"12345")])
def test_what_is_no_bytes(given: Any, engines: Engines) -> None:
    class Odd:
        def read(self, size: int) -> Any:
            return given

    pure, extension = (outcome(engine.RecordStream(Odd()).read, 5) for engine in engines)
    assert pure == extension
