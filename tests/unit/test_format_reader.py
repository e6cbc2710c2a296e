"""FormatReader: whatever the format, each byte is counted once and nothing is lost."""

from __future__ import annotations

import gc
import gzip
import io
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from mrrc import DamagedRecord, Record, _engine
from mrrc._formats.reader import FormatReader
from mrrc._runs import Run
from mrrc.problems import Problem
from tests.json_documents import LEADER

THREADS = [0, 2]


def document(number: object, text: str = "A note.") -> bytes:
    field = f'{{"500":{{"ind1":" ","ind2":" ","subfields":[{{"a":"{text}"}}]}}}}'
    return f'{{"leader":"{LEADER}","fields":[{{"001":"{number}"}},{field}]}}'.encode()


def numbers(records: list[Record]) -> list[str | None]:
    return [record["001"].data for record in records]


DATA = b"\n".join(document(number) for number in range(3_000)) + b"\n"
# Of every kind: sound, salvaged, unreadable, none at all, and between.
MIXED = b"\n".join(
    [document(1), document(2, "\\q"), b'{"a":1}', b"what is this?", b"", document(3), b""]
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "records.jsonl"
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize("threads", THREADS)
def test_a_path_a_file_and_bytes(path: Path, threads: int) -> None:
    packed = path.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(DATA))
    with path.open("rb") as file:
        for target in (path, str(path), file, DATA, bytearray(DATA), io.BytesIO(DATA), packed):
            with FormatReader(target, "jsonl", threads=threads) as reader:
                assert numbers(list(reader)) == [str(number) for number in range(3_000)]
                assert reader.record_number == 3_000
                assert reader.accounting == (len(DATA), 0, 0)
                if reader.backend != "gzip":
                    assert reader.bytes_read == reader.bytes_total == len(DATA)
                else:
                    assert reader.bytes_read == reader.bytes_total == packed.stat().st_size
    assert list(reader.problems) == []


@pytest.mark.parametrize("threads", THREADS)
def test_each_byte_is_counted_once(threads: int) -> None:
    told: list[Problem] = []
    with FormatReader(MIXED, "json", on_problem=told.append, threads=threads) as reader:
        records = []
        for record in reader:
            records.append(record)
            assert reader.current_chunk == MIXED[reader.offset :][: len(reader.current_chunk)]
            assert reader.current_chunk == document(
                record["001"].data, "\\q" if record.problems else "A note."
            )
        assert numbers(records) == ["1", "2", "3"]
        lengths = [problem.length for problem in reader.problems]
        accounting = reader.accounting
    assert told == reader.problems
    assert [(each.code, each.line, each.record_number) for each in told] == [
        ("json-invalid", 2, 2),
        ("record-unreadable", 3, 3),
        ("bytes-unread", 4, 3),
    ]
    assert [each.control_number for each in told] == ["2", None, None]
    assert [list(record.problems) for record in records] == [[], [told[0]], []]
    assert sum(accounting) == len(MIXED)
    assert accounting.salvaged == len(document(2, "\\q"))
    assert accounting.reported == sum(lengths[1:])
    assert dict(reader.problem_counts) == {
        "json-invalid": 1,
        "record-unreadable": 1,
        "bytes-unread": 1,
    }


def test_strict_reading_ends_at_the_first_problem() -> None:
    with FormatReader(MIXED, "json", recovery="strict") as reader:
        assert next(reader)["001"].data == "1"
        with pytest.raises(DamagedRecord) as caught:
            next(reader)
        assert caught.value.problem.code == "json-invalid"
        assert (caught.value.record_number, caught.value.control_number) == (2, "2")
        # It goes on if it is asked to.
        assert next(reader)["001"].data == "2"


def test_an_exception_of_the_listener_s_loses_nothing() -> None:
    told = []

    def listen(problem: Problem) -> None:
        told.append(problem.code)
        raise KeyError(problem.code)

    reader = FormatReader(MIXED, "json", on_problem=listen)
    records = []
    raised = 0
    while True:
        try:
            records.append(next(reader))
        except StopIteration:
            break
        except KeyError:
            raised += 1
    assert numbers(records) == ["1", "2", "3"]
    assert raised == len(told) == 3
    assert sum(reader.accounting) == len(MIXED)


def test_batches() -> None:
    with FormatReader(DATA, "jsonl") as reader:
        assert [len(batch) for batch in reader.batches(1_234)] == [1_234, 1_234, 532]
        assert reader.read_batch() == []
        with pytest.raises(ValueError, match="1 or more"):
            reader.read_batch(0)
    with FormatReader(MIXED, "json", recovery="strict") as reader:
        assert numbers(reader.read_batch()) == ["1"]
        with pytest.raises(DamagedRecord):
            reader.read_batch()
        assert numbers(reader.read_batch()) == ["2"]


@pytest.mark.parametrize("threads", THREADS)
def test_runs_and_records_make_up_the_file(threads: int) -> None:
    data = DATA + MIXED
    with FormatReader(data, "json", threads=threads) as reader:
        count = 0
        salvaged = 0
        for found in reader._runs("json"):
            if isinstance(found, Run):
                assert _engine.module.__name__ == "mrrc._mrrc"
                assert found.data.count(b'"leader"') == found.count
                count += found.count
            else:
                assert isinstance(found, Record)
                salvaged += bool(found.problems)
                count += 1
        assert (count, salvaged) == (3_003, 1)
        assert reader.record_number == 3_004
        assert sum(reader.accounting) == len(data)
        assert {each.code: each.line for each in reader.problems} == {
            "json-invalid": 3_002,
            "record-unreadable": 3_003,
            "bytes-unread": 3_004,
        }


def test_normal_forms() -> None:
    decomposed = "\u0301a" + "e\u0301"
    data = document(1, decomposed) + document(2, "plain") + document(3, "e\u0301\\ud83d")
    with FormatReader(data, "json", normalize="NFC") as reader:
        texts = [record["500"]["a"] for record in reader]
        assert texts == ["\u0301a\u00e9", "plain", "\u00e9\ufffd"]
        assert all(isinstance(each, Record) for each in reader._runs("json"))
    with FormatReader(document(1, "\u00e9"), "json", normalize="NFD") as reader:
        (record,) = reader._runs("json")
        assert isinstance(record, Record)
        assert record["500"]["a"] == "e\u0301"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "marc"}, "format is 'marc'; it can be 'aleph', 'json'"),
        ({"recovery": "pymarc"}, "recovery is 'pymarc'; it can be 'salvage', 'strict'"),
        ({"undecodable": "x"}, "undecodable is 'x'"),
        ({"normalize": "NFKC"}, "normalize is 'NFKC'"),
        ({"threads": -1}, "threads is 0 or more"),
    ],
)
def test_options_that_are_none(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FormatReader(b"", **{"format": "json", **options})


@pytest.mark.parametrize("threads", THREADS)
def test_closing_in_the_middle(path: Path, threads: int) -> None:
    reader = FormatReader(path, "jsonl", threads=threads)
    next(reader)
    reader.close()
    reader.close()
    assert reader.file_handle.closed
    with pytest.raises(ValueError, match="closed"):
        next(reader)


def test_an_error_of_the_file_s_comes_when_all_before_it_was_read() -> None:
    class Failing(io.BytesIO):
        failures = 1

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(10_000)
            if not data and self.failures:
                self.failures -= 1
                raise OSError("unplugged")
            return data

    reader = FormatReader(Failing(DATA[:-1]), "jsonl")
    with pytest.raises(OSError, match="unplugged"):
        list(reader)
    assert reader.record_number == 2_999
    assert len(list(reader)) == 1, "read on, the end was there"
    assert sum(reader.accounting) == len(DATA) - 1


@pytest.mark.parametrize("threads", THREADS)
def test_threads_may_share_a_reader(threads: int) -> None:
    reader = FormatReader(DATA, "jsonl", threads=threads)
    found: list[str | None] = []

    def read() -> None:
        found.extend(numbers(list(reader)))

    workers = [threading.Thread(target=read) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(map(int, filter(None, found))) == list(range(3_000))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_not_got_the_threads(engine: str) -> None:
    if engine == "python":
        pytest.skip("no threads")
    reader = FormatReader(io.BytesIO(DATA * 10), "jsonl", threads=2)
    next(reader)
    child = os.fork()
    if child == 0:
        try:
            list(reader)
        except RuntimeError:
            os._exit(17)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17
    assert len(list(reader)) == 29_999


class Interrupted(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
@pytest.mark.parametrize("after", [0.002, 0.02])
def test_an_interrupt_while_the_engine_works_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, engine: str, after: float
) -> None:
    if engine == "python":
        pytest.skip("an interrupt may be met in the middle of a step")

    def interrupt(*_: object) -> None:
        raise Interrupted

    def next_in_time(reader: FormatReader) -> None:
        signal.setitimer(signal.ITIMER_REAL, after)
        reader.__next__()

    # Enough for some tenths of a second.
    data = DATA * 12
    monkeypatch.setattr("mrrc._formats.reader._BLOCK", len(data))
    before = signal.signal(signal.SIGALRM, interrupt)
    count = 0
    # Hypothesis has the collector call a function of its own, where exceptions are lost.
    callbacks = gc.callbacks[:]
    gc.callbacks.clear()
    try:
        for threads in (0, 1):
            with FormatReader(io.BytesIO(data), "jsonl", threads=threads) as reader:
                with pytest.raises(Interrupted):
                    next_in_time(reader)
                count = len(list(reader))
                assert sum(reader.accounting) == len(data)
                assert count == 36_000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.callbacks.extend(callbacks)


def test_a_batch_that_is_interrupted_loses_nothing() -> None:
    data = b"\n".join([document(1), document(2), document(3, "\\q"), document(4), b""])
    met: list[Problem] = []

    def interrupt_once(problem: Problem) -> None:
        met.append(problem)
        if len(met) == 1:
            raise KeyboardInterrupt

    with FormatReader(io.BytesIO(data), "jsonl", on_problem=interrupt_once) as reader:
        with pytest.raises(KeyboardInterrupt):
            reader.read_batch(10)
        assert numbers(reader.read_batch(1)) == ["1"]
        assert numbers(reader.read_batch(10)) == ["2", "3", "4"]
        assert reader.read_batch(10) == []
        assert reader.accounting.sound + reader.accounting.salvaged == len(data)


@pytest.mark.parametrize("threads", [0, 1])
def test_a_closed_reader_says_so_unless_it_was_at_its_end(threads: int) -> None:
    data = b"\n".join(document(number) for number in range(5))
    for count in (0, 1, 4):
        reader = FormatReader(io.BytesIO(data), "jsonl", threads=threads)
        for _ in range(count):
            next(reader)
        reader.close()
        reader.close()
        for ask in (reader.__next__, reader.read_batch):
            with pytest.raises(ValueError, match="closed"):
                ask()
    with FormatReader(io.BytesIO(data), "jsonl", threads=threads) as reader:
        assert len(list(reader)) == 5
    assert reader.read_batch() == []
