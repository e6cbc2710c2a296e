"""`MARCWriter.write_many`: what one `write` after another would write, and what is left out."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import (
    Field,
    FieldTooLong,
    InvalidContent,
    Leader,
    MARCReader,
    MARCWriter,
    Record,
    RecordsNotWritten,
    Subfield,
    WriteNeedsRecord,
)  # fmt: skip
from tests.shared import real_iso2709_files
from tests.unit.writing import data, record

THREADS = [None, 0, 1, 2, 4]


class OwnRecord(Record):
    """Goes through `as_marc`."""

    def as_marc(self, *arguments: Any, **options: Any) -> bytes:
        self["245"]["a"] = "Own title"
        return super().as_marc(*arguments, **options)


def untouched(made: Record) -> Record:
    return Record(made.as_marc())


def numbers(marc: bytes) -> list[str | None]:
    return [each["001"].data for each in MARCReader(marc) if each is not None]


def led(made: Record) -> Record:
    made.leader[5] = "d"
    return made


def mixed() -> list[Record]:
    """Records of every kind: bytes, leaders out, fields out, edited, strange, too long in UTF-8."""
    made = []
    for number in range(700):
        each = untouched(record(f"id{number}", data("500", ("a", f"Été {number} & Война 日本 ệ"))))
        if number % 3 == 1:
            each["500"].add_subfield("b", "ma\u0301s &#x41;")
        if number % 5 == 2:
            each.leader[5] = "c"
        if number % 50 == 3:
            each.add_field(data("500", ("a", "delimiter \x1f in it")))
        if number % 60 == 4:
            each.add_field(data("500", ("a", "\u1ac1 newer mark")))
        if number % 70 == 5:
            each.add_field(data("500", ("a", "Ж" * 5_000)))
        if number % 80 == 6:
            each = OwnRecord(each.as_marc())
        if number % 90 == 7:
            each.leader.leader = each.leader.leader[:6] + "\t" + each.leader.leader[7:]
        if number % 100 == 8:
            each.to_unicode = False
        made.append(each)
    return made


OPTIONS: dict[str, dict[str, Any]] = {
    "as read": {},
    "marc8": {"encoding": "marc8"},
    "marc8, replace": {"encoding": "marc8", "undecodable": "replace"},
    "normalized": {"normalize": "NFD"},
    "kept": {"undecodable": "keep"},
    "split": {"encoding": "marc8", "oversize": "split"},
    "zeros": {"oversize": "zeros"},
}


def one_by_one(
    records: list[Any], **options: Any
) -> tuple[bytes, list[tuple[int, str]], MARCWriter]:
    target = io.BytesIO()
    writer = MARCWriter(target, **options)
    errors = []
    for number, each in enumerate(records, 1):
        try:
            writer.write(each)
        except Exception as error:
            errors.append((number, type(error).__name__))
    return target.getvalue(), errors, writer


def at_once(
    records: Any, threads: int | None, **options: Any
) -> tuple[bytes, list[tuple[int, str]], MARCWriter]:
    target = io.BytesIO()
    writer = MARCWriter(target, **options)
    errors: list[tuple[int, str]] = []
    try:
        count = writer.write_many(records, threads=threads)
    except RecordsNotWritten as error:
        count = error.records_written
        errors = [(number, type(each).__name__) for number, each in error.errors]
    assert count == writer.records_written
    return target.getvalue(), errors, writer


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("invalid", ["repair", "raise"])
def test_the_same_bytes(name: str, threads: int | None, invalid: str) -> None:
    options = {**OPTIONS[name], "invalid": invalid}
    expected, errors, writer = one_by_one([*mixed(), None], **options)
    found, reported, other = at_once(iter([*mixed(), None]), threads, **options)
    assert found == expected
    assert reported == errors
    assert errors[-1] == (701, "WriteNeedsRecord")
    assert other.problems == writer.problems
    assert other.records_written == writer.records_written


@pytest.mark.parametrize("threads", [1, 2])
def test_real_files(threads: int) -> None:
    files = real_iso2709_files()
    if not files:
        pytest.skip("no real files on this machine")
    for path in files:
        for options in ({}, {"encoding": "marc8"}):
            read = [*MARCReader(path.read_bytes()[:300_000])]
            again = MARCReader(path.read_bytes()[:300_000])
            expected, errors, _ = one_by_one(read, **options)
            found, reported, _ = at_once(again, threads, **options)
            assert (found, reported) == (expected, errors), path.name


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("options", [{}, {"atomic": True}, {"append": True}], ids=str)
def test_files_of_the_writers_own(tmp_path: Path, threads: int, options: dict[str, Any]) -> None:
    path = tmp_path / "out.mrc"
    with MARCWriter(path) as writer:
        writer.write(record("first"))
    before = path.read_bytes()
    with MARCWriter(path, encoding="marc8", **options) as writer:
        assert writer.write_many(mixed()[:3], threads=threads) == 3
        assert writer.records_written == 3
    expected = one_by_one(mixed()[:3], encoding="marc8")[0]
    assert path.read_bytes() == (before if "append" in options else b"") + expected


def test_what_is_yielded_counts_not_what_becomes_of_it() -> None:
    def changing() -> Iterator[Record]:
        each = record("id1", data("500", ("a", "é")))
        for number in range(600):
            each["001"].data = str(number)
            yield each
        each["001"].data = "changed"

    found, errors, _ = at_once(changing(), 2, encoding="marc8")
    assert errors == []
    assert numbers(found) == [str(number) for number in range(600)]


def test_what_cannot_be_written_is_left_out_and_told_at_once() -> None:
    long = untouched(record("long", data("500", ("a", "\u3042" * 1_500))))
    long_marc8 = untouched(record("longer", data("500", ("a", "\U0001f600" * 1_200))))
    records = [record("1"), None, long, long_marc8, record("2")]
    told = []
    target = io.BytesIO()
    writer = MARCWriter(target, encoding="marc8")
    count = writer.write_many(records, threads=2, on_error=lambda *each: told.append(each))  # type: ignore[arg-type]
    assert count == 3
    assert [(number, each, type(error)) for number, each, error in told] == [
        (2, None, WriteNeedsRecord),
        (4, long_marc8, FieldTooLong),
    ]
    assert told[1][2].record_number == 4
    assert numbers(target.getvalue()) == ["1", "long", "2"]
    with pytest.raises(RecordsNotWritten) as caught:
        writer.write_many(records)
    assert [number for number, _ in caught.value.errors] == [2, 4]
    assert caught.value.records_written == 3
    text = str(caught.value)
    assert text.startswith("2 records were not written, 3 were: 2: WriteNeedsRecord: ")
    assert "4: FieldTooLong: " in text
    assert str(RecordsNotWritten([(1, ValueError("x"))] * 5, 0)).endswith("; and 2 more")
    writer.write(record("3"))
    assert writer.records_written == 7


def test_an_exception_of_the_program_ends_it() -> None:
    class Stop(Exception):
        pass

    def stop(number: int, each: Any, error: Exception) -> None:
        raise Stop(number)

    writer = MARCWriter(io.BytesIO(), encoding="marc8")
    with pytest.raises(Stop, match="2"):
        writer.write_many([record("1"), None, record("2")], on_error=stop)
    assert writer.records_written == 1
    writer.write(record("3"))


@pytest.mark.parametrize("error", [ValueError("own"), OSError("own"), KeyboardInterrupt()])
def test_an_exception_of_the_iterable_comes_after_what_came_before(error: BaseException) -> None:
    def failing() -> Iterator[Record | None]:
        yield None
        for number in range(300):
            yield record(str(number))
        raise error

    target = io.BytesIO()
    writer = MARCWriter(target, encoding="marc8")
    with pytest.raises(type(error)) as caught:
        writer.write_many(failing(), threads=2)
    assert caught.value is error
    assert isinstance(error.__context__, RecordsNotWritten)
    assert [number for number, _ in error.__context__.errors] == [1]
    assert len(numbers(target.getvalue())) == writer.records_written == 300
    assert writer.write_many([record("x")]) == 1


class Full(io.BytesIO):
    """Takes some records and no more."""

    def write(self, marc: Any) -> int:
        if self.tell() > 20_000:
            raise OSError(28, "full")
        return super().write(marc)


@pytest.mark.parametrize("options", [{}, {"encoding": "marc8"}], ids=str)
def test_an_error_of_the_file_ends_it(options: dict[str, Any]) -> None:
    target = Full()
    writer = MARCWriter(target, **options)
    with pytest.raises(OSError, match="full") as caught:
        writer.write_many((record(str(number)) for number in range(2_000)), threads=2)
    written = len(numbers(target.getvalue()))
    assert 0 < written == writer.records_written == caught.value.records_written  # type: ignore[attr-defined]


def test_writing_closing_and_nesting_meanwhile() -> None:
    target = io.BytesIO()
    writer = MARCWriter(target, encoding="marc8")

    def busy() -> Iterator[Record]:
        yield record("1", data("500", ("a", "é")))
        writer.write(record("2"))
        yield record("3")
        assert writer.write_many([record("4"), record("5")]) == 2
        yield record("6")
        writer.close(close_fh=False)
        yield record("7")

    assert writer.write_many(busy(), threads=2) == 3
    assert numbers(target.getvalue()) == ["1", "2", "3", "4", "5", "6"]
    assert writer.write_many([record("8")]) == 0


@pytest.mark.parametrize("options", [{}, {"encoding": "marc8"}], ids=str)
def test_threads_that_share_a_writer(options: dict[str, Any]) -> None:
    target = io.BytesIO()
    writer = MARCWriter(target, **options)
    start = threading.Barrier(4)
    counts: list[int] = []

    def write(name: str) -> None:
        made = [record(f"{name}-{number}", data("500", ("a", "é"))) for number in range(1_000)]
        start.wait()
        counts.append(writer.write_many(made, threads=2))

    workers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    assert counts == [1_000] * 4
    assert writer.records_written == 4_000
    found = numbers(target.getvalue())
    for name in "abcd":
        own = [each for each in found if each is not None and each.startswith(name)]
        assert own == [f"{name}-{number}" for number in range(1_000)]


def test_another_thread_leaves_a_batch_alone() -> None:
    target = io.BytesIO()
    writer = MARCWriter(target, encoding="marc8")

    def busy() -> Iterator[Record]:
        yield record("1")
        other = threading.Thread(target=writer.write, args=(record("2"),))
        other.start()
        other.join()
        yield record("3")

    assert writer.write_many(busy()) == 2
    assert numbers(target.getvalue()) == ["2", "1", "3"]


@pytest.mark.parametrize("many", [False, True])
def test_closed_while_a_record_is_made(tmp_path: Path, many: bool) -> None:
    class Closing(Record):
        def as_marc(self, *arguments: Any, **options: Any) -> bytes:
            writer.close()
            return super().as_marc(*arguments, **options)

    path = tmp_path / "out.mrc"
    writer = MARCWriter(path)
    writer.write(record("1"))
    closing = Closing(record("2").as_marc())
    if many:
        assert writer.write_many([closing]) == 0
    else:
        writer.write(closing)
    assert numbers(path.read_bytes()) == ["1"]
    assert writer.records_written == 1


def test_a_class_with_its_own_write() -> None:
    class Counting(MARCWriter):
        count = 0

        def write(self, each: Record) -> None:
            self.count += 1
            super().write(each)

    target = io.BytesIO()
    writer = Counting(target, encoding="marc8")
    with pytest.raises(RecordsNotWritten):
        writer.write_many([*mixed(), None], threads=2)
    assert writer.count == 701
    assert target.getvalue() == one_by_one(mixed(), encoding="marc8")[0]


def test_threads_that_are_no_number() -> None:
    writer = MARCWriter(io.BytesIO())
    with pytest.raises(ValueError, match="-1"):
        writer.write_many([], threads=-1)
    with pytest.raises(TypeError):
        writer.write_many([], threads="2")  # type: ignore[arg-type]


def heavy(count: int) -> list[Record]:
    """Records that take the encoder a while."""
    notes = [data("880", ("a", "Война и мир " * 60), ("b", "日本文学 " * 40)) for _ in range(20)]
    raw = record("id1", *notes).as_marc()
    return [Record(raw) for _ in range(count)]


rust_only = pytest.mark.skipif(mrrc.engine != "rust", reason="only the extension has threads")


@rust_only
@pytest.mark.parametrize("threads", [1, 2])
def test_other_threads_run_meanwhile(threads: int) -> None:
    records = heavy(256)
    ended = threading.Event()
    turns: list[float] = []

    def look() -> None:
        while not ended.is_set():
            turns.append(time.perf_counter())
            time.sleep(0.0005)

    interval = sys.getswitchinterval()
    # Who waits for the interpreter gets it only where it is released.
    sys.setswitchinterval(60)
    watcher = threading.Thread(target=look)
    try:
        watcher.start()
        writer = MARCWriter(io.BytesIO(), encoding="marc8")
        start = time.perf_counter()
        writer.write_many(records, threads=threads)
        end = time.perf_counter()
    finally:
        ended.set()
        sys.setswitchinterval(interval)
        watcher.join()
    during = [
        turn for turn in turns if start + (end - start) / 10 < turn < end - (end - start) / 10
    ]
    assert during


def threads_of_writers() -> int:
    """Threads by the name that the extension gives them; others may begin and end meanwhile."""
    count = 0
    for task in Path("/proc/self/task").iterdir():
        try:
            count += (task / "comm").read_text().startswith("mrrc-write-")
        except OSError:
            continue
    return count


@rust_only
@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc to count threads in")
def test_no_thread_is_left() -> None:
    def waited(is_reached: Callable[[int], bool]) -> int:
        # A thread has its name only when it runs, which a busy machine lets it do late.
        deadline = time.monotonic() + 30
        while not is_reached(threads_of_writers()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return threads_of_writers()

    during = []

    def counted() -> Iterator[Record]:
        for number, each in enumerate(heavy(600)):
            # By then the first batch is on its way.
            if number == 400:
                during.append(waited(lambda count: count >= 3))
            yield each

    for number in range(1, 4):
        MARCWriter(io.BytesIO(), encoding="marc8").write_many(counted(), threads=3)
        assert len(during) == number
        assert during[-1] >= 3
        assert waited(lambda count: count == 0) == 0


def write_in_child(sender: Any) -> None:
    target = io.BytesIO()
    MARCWriter(target, encoding="marc8").write_many(heavy(10), threads=2)
    sender.send_bytes(target.getvalue())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_writes_as_well() -> None:
    context = multiprocessing.get_context("fork")
    target = io.BytesIO()
    writer = MARCWriter(target, encoding="marc8")
    # Enough to be in the threads while the process is divided; in Python it takes half a minute.
    count = 600 if mrrc.engine == "rust" else 20
    children = []
    receiver, sender = context.Pipe(duplex=False)

    def forking() -> Iterator[Record]:
        yield from heavy(count)
        child = context.Process(target=write_in_child, args=(sender,), daemon=True)
        child.start()
        children.append(child)

    writer.write_many(forking(), threads=2)
    # A child that goes on with what its parent began finds the threads gone.
    own, found = os.pipe()
    os.set_blocking(own, False)

    def dividing() -> Iterator[Record]:
        yield from heavy(count)
        child = os.fork()
        if child == 0:
            # The parent waits for its end, so it must not wait for anything forever.
            signal.alarm(60)
            os.write(found, b"child")
            return
        os.waitpid(child, 0)

    parent = os.getpid()
    MARCWriter(io.BytesIO(), encoding="marc8").write_many(dividing(), threads=2)
    if os.getpid() != parent:
        os.write(found, b" ended")
        os._exit(0)
    assert os.read(own, 100) == b"child ended"
    try:
        assert receiver.poll(60), "the child is stuck"
        assert receiver.recv_bytes() == one_by_one(heavy(10), encoding="marc8")[0]
        children[0].join(60)
        assert children[0].exitcode == 0
    finally:
        children[0].kill()


FORKED_AT_THE_FIRST_RECORD = """
import os, signal, time
from mrrc import Field, Record, Subfield, _engine

title = Field("245", ["1", "0"], [Subfield("a", "caf\\xe9")])
raw = Record(fields=[title]).as_marc()
batches = _engine.Marc8Batches(2)
batches.submit([raw] * 4)
time.sleep({pause})
child = os.fork()
if child == 0:
    signal.alarm(10)
    os._exit(0 if _engine.record_to_marc8(raw) else 1)
assert os.waitpid(child, 0)[1] == 0, "the child is stuck"
assert None not in batches.take()
"""


@rust_only
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("pause", [0, 0.0005, 0.002])
def test_a_process_forked_while_a_thread_makes_the_tables(pause: float) -> None:
    """What a thread of the parent is at, a child cannot wait for."""
    subprocess.run(
        [sys.executable, "-c", FORKED_AT_THE_FIRST_RECORD.replace("{pause}", str(pause))],
        cwd=sys.prefix,
        check=True,
        timeout=60,
    )


def test_the_leader_stays_as_it_is() -> None:
    made = record("1")
    before = str(made.leader)
    target = io.BytesIO()
    MARCWriter(target, encoding="marc8").write_many([made])
    assert str(made.leader) == before
    assert isinstance(made.leader, Leader)
    assert target.getvalue() == made.as_marc("marc8")


@pytest.mark.parametrize("change", [lambda each: None, led], ids=["bytes", "leader"])
def test_marc8_field_by_field_and_at_once(change: Callable[[Record], object]) -> None:
    """The fast way and the one for subclasses."""
    made = untouched(record("é", data("500", ("a", "Ж 日 e\u0301 &#x41;"))))
    change(made)
    same = OwnRecord(made.as_marc())
    same["245"]["a"] = "Own title"
    made["245"]["a"] = "Own title"
    assert made.as_marc("marc8") == same.as_marc("marc8")


def test_unsound_records_are_refused() -> None:
    unsound = record("1", Field("500", subfields=[Subfield("a", "x\x1ey")]))
    for options in ({}, {"encoding": "marc8"}):
        with pytest.raises(RecordsNotWritten) as caught:
            MARCWriter(io.BytesIO(), invalid="raise", **options).write_many([unsound])  # type: ignore[arg-type]
        assert isinstance(caught.value.errors[0][1], InvalidContent)
