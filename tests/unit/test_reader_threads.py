"""MARCReader(threads=N): its threads end when they should, and nothing else is seen of them."""

from __future__ import annotations

import gc
import gzip
import io
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import Field, MARCReader, Record, Subfield
from tests.unit.writing import data, record

unix_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")
proc_only = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="needs /proc to count threads and look at files"
)
rust_only = pytest.mark.skipif(mrrc.engine != "rust", reason="this engine has no threads")

COUNT = 30_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of some 10 MB, with records in UTF-8, in MARC-8 and bad ones."""
    path = tmp_path_factory.mktemp("threads") / "large.mrc"
    with path.open("wb") as file:
        for number in range(COUNT):
            raw = record(f"{number:06}", data("500", ("a", "A note " * 25))).as_marc()
            if number % 10 == 3:
                raw = raw[:9] + b" " + raw[10:]
            if number % 1000 == 7:
                raw = raw[:24] + b"x" * (len(raw) - 25) + b"\x1d"
            file.write(raw)
    return path


def tasks() -> int:
    return len(os.listdir("/proc/self/task"))


def settles(count: int, patience: float = 5) -> bool:
    """Whether there are soon no more threads than this."""
    until = time.monotonic() + patience
    while tasks() > count:
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "object": lambda path: io.BytesIO(path.read_bytes()),
    "bytearray": lambda path: bytearray(path.read_bytes()),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, large: Path) -> Any:
    return SOURCES[request.param](large)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


def test_threads_and_queue_are_checked() -> None:
    for options in ({"threads": -1}, {"queue": 0}):
        with pytest.raises(ValueError):
            MARCReader(b"", **options)  # type: ignore[arg-type]


# -- the end of the threads -----------------------------------------------------------------------


def left_early(source: Any) -> None:
    for number, _ in enumerate(MARCReader(source, threads=3)):
        if number == 5:
            break


def closed(source: Any) -> None:
    reader = MARCReader(source, threads=3)
    next(reader)
    assert mrrc.engine != "rust" or tasks() >= 4
    reader.close()


def in_a_cycle(source: Any) -> None:
    reader = MARCReader(source, threads=3)
    reader.itself = reader  # type: ignore[attr-defined]
    next(reader)
    del reader
    gc.collect()


def failing(source: Any) -> None:
    numbers = enumerate(MARCReader(source, threads=3))
    with pytest.raises(ZeroDivisionError):
        deque(1 / (7 - number) for number, _ in numbers)


def in_a_with_statement(source: Any) -> None:
    def run() -> None:
        with MARCReader(source, threads=3) as reader:
            next(reader)
            raise KeyError

    with pytest.raises(KeyError):
        run()


def read_to_the_end(source: Any) -> None:
    assert sum(1 for _ in MARCReader(source, threads=3)) == COUNT


def never_read(source: Any) -> None:
    MARCReader(source, threads=3)


ENDS = [left_early, closed, in_a_cycle, failing, in_a_with_statement, read_to_the_end, never_read]


@proc_only
@pytest.mark.parametrize("use", ENDS, ids=lambda use: use.__name__)
def test_threads_end(use: Callable[[Any], None], source: Any) -> None:
    before = tasks()
    use(source)
    gc.collect()
    assert settles(before)


@proc_only
def test_fifty_readers_leak_no_threads_and_no_files(large: Path) -> None:
    before, files = tasks(), len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        reader = MARCReader(large, threads=2)
        next(reader)
        reader.close()
    assert settles(before)
    assert len(os.listdir("/proc/self/fd")) == files


@proc_only
@unix_only
def test_an_interrupt_ends_the_threads(large: Path, tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "from mrrc import MARCReader\n"
        "def run():\n"
        f"    for number, record in enumerate(MARCReader({str(large)!r}, threads=2)):\n"
        "        if number == 3:\n"
        "            print('reading', flush=True)\n"
        "        if number > 3:\n"
        "            time.sleep(0.01)\n"
        "try:\n"
        "    run()\n"
        "except KeyboardInterrupt:\n"
        "    for _ in range(500):\n"
        "        if len(os.listdir('/proc/self/task')) == 1:\n"
        "            print('alone', flush=True)\n"
        "            break\n"
        "        time.sleep(0.01)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "alone\n"
    process.stdout.close()
    assert process.wait(20) == 0


# -- the queue -----------------------------------------------------------------------------------


@proc_only
@rust_only
@pytest.mark.parametrize(("queue", "most"), [(1, 700_000), (1000, 1_200_000)])
def test_the_scanner_waits_when_the_queue_is_full(large: Path, queue: int, most: int) -> None:
    with MARCReader(large, threads=2, queue=queue) as reader:
        for _ in range(10):
            next(reader)
        descriptor = reader.file_handle.fileno()
        time.sleep(0.3)

        # The reader's own descriptor shares its position with the file object's.
        with open(f"/proc/self/fdinfo/{descriptor}") as information:
            position = int(information.readline().split()[1])
        assert 0 < position < most < large.stat().st_size


@rust_only
def test_little_is_asked_of_an_object_ahead(large: Path) -> None:
    source = io.BytesIO(large.read_bytes())
    reader = MARCReader(source, threads=2, queue=10)
    for _ in range(10):
        next(reader)
    assert source.tell() < 1_000_000


class Chatty:
    """Gives a record at a time, like a socket, and says when."""

    def __init__(self, records: list[bytes]) -> None:
        self.records = iter(records)
        self.given = 0

    def read(self, size: int) -> bytes:
        self.given += 1
        return next(self.records, b"")


@pytest.mark.parametrize("recovery", ["pymarc", "salvage"])
def test_what_came_is_handed_over_before_more_is_asked_for(recovery: str) -> None:
    source = Chatty([record(str(number)).as_marc() for number in range(20)])
    reader = MARCReader(source, threads=2, recovery=recovery)  # type: ignore[arg-type]
    for number in range(20):
        assert next(reader)["001"].data == str(number)  # type: ignore[index]
        assert source.given <= number + 2
    assert list(reader) == []


class Fails(io.BytesIO):
    """Fails once, in the middle."""

    error: BaseException

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 300_000 and self.error is not None:
            error, self.error = self.error, None  # type: ignore[assignment]
            raise error
        return super().read(size)


@pytest.mark.parametrize("queue", [1, 1000])
def test_an_error_of_the_file_comes_behind_the_records_before_it(large: Path, queue: int) -> None:
    whole = [each and each["001"].data for each in MARCReader(large.read_bytes()[:1_000_000])]
    source = Fails(large.read_bytes()[:1_000_000])
    source.error = OSError("gone")
    reader = MARCReader(source, threads=2, queue=queue)
    found: list[Any] = []
    with pytest.raises(OSError, match="gone"):
        found.extend(each and each["001"].data for each in reader)
    assert reader.bytes_read > 0
    # Nothing is lost by it: 300,000 bytes at the least were there.
    begun = len(found)
    found.extend(each and each["001"].data for each in reader)
    assert found == whole or begun == 0


# -- what is seen of them ------------------------------------------------------------------------


def test_messages_come_at_the_hand_over_in_the_consumer_s_thread(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "bad.mrc"
    good = record("1").as_marc()
    odd = record("2", data("500", ("a", "?"))).as_marc()
    odd = odd[:9] + b" " + odd[10:].replace(b"?", b"\xff")
    path.write_bytes((good * 9 + odd) * 200)
    reader = MARCReader(path, threads=2)
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        time.sleep(0.05)
        for number in range(1, 2001):
            assert (next(reader) is None) == (reader.current_exception is not None)
            said = len(caught) + len(caplog.records)
            assert said == number // 10
    assert {entry.thread for entry in caplog.records} <= {threading.get_ident()}


@pytest.mark.parametrize("kind", ["path", "object", "bytes", "gz", "mmap"])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_every_source(kind: str, threads: int, large: Path, tmp_path: Path) -> None:
    content = large.read_bytes()[:2_000_000]
    if kind == "gz":
        target: Any = tmp_path / "large.gz"
        target.write_bytes(gzip.compress(content, 1))
    elif kind == "path":
        target = tmp_path / "large.mrc"
        target.write_bytes(content)
    else:
        target = {"object": io.BytesIO, "bytes": bytes, "mmap": bytearray}[kind](content)
    expected = [each and each.as_marc() for each in MARCReader(io.BytesIO(content))]
    found = [each and each.as_marc() for each in MARCReader(target, threads=threads)]
    assert found == expected


@unix_only
def test_a_fifo(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    content = b"".join(record(str(number)).as_marc() for number in range(5000))
    writer = threading.Thread(target=lambda: path.write_bytes(content))
    writer.start()
    reader = MARCReader(path, threads=2)
    assert [each["001"].data for each in reader if each] == [str(n) for n in range(5000)]
    writer.join()


def test_a_file_that_looks_at_the_reader_when_it_is_given_up(tmp_path: Path) -> None:
    program = (
        "import gc, io, mrrc\n"
        "class File(io.BytesIO):\n"
        "    def __del__(self):\n"
        "        print(reader.to_unicode)\n"
        "reader = mrrc.MARCReader(File(), threads=1)\n"
        "reader.__init__(b'', threads=1)\n"
        "gc.collect()\n"
        "print(list(reader))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert done.stdout.split() == ["True", "[]"], done.stderr


@unix_only
def test_a_fork_does_not_hang(large: Path, tmp_path: Path) -> None:
    program = (
        "import os, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "import mrrc\n"
        f"reader = mrrc.MARCReader({str(large)!r}, threads=2)\n"
        "next(reader)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    code = 3\n"
        "    try:\n"
        "        for record in reader: pass\n"
        "        code = 0 if mrrc.engine == 'python' else 4\n"
        "    except RuntimeError as error:\n"
        "        code = 0 if 'fork' in str(error) else 5\n"
        "    reader.close()\n"
        "    del reader\n"
        "    os._exit(code)\n"
        "status = os.waitpid(child, 0)[1]\n"
        "print(os.waitstatus_to_exitcode(status))\n"
        "if mrrc.engine == 'rust':\n"
        "    print(sum(1 for _ in reader))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["0", *([str(COUNT - 1)] * (mrrc.engine == "rust"))], done.stderr


# -- the interpreter is free ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def demanding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long records that say they are in MARC-8: nearly all the time is work on their bytes."""
    fields = [Field("500", subfields=[Subfield("a", "A note. " * 250)]) for _ in range(40)]
    raw = Record(fields=[Field("001", data="1"), *fields]).as_marc()
    path = tmp_path_factory.mktemp("demanding") / "marc8.mrc"
    path.write_bytes((raw[:9] + b" " + raw[10:]) * 100)
    return path


@rust_only
@pytest.mark.parametrize("kind", ["path", "bytearray"])
def test_other_threads_run_while_a_block_is_worked_on(kind: str, demanding: Path) -> None:
    """Nobody takes the interpreter here from a thread that does not give it."""
    turns = 0
    stop = threading.Event()

    def take_turns() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            # Gives the interpreter, and waits to get it again.
            time.sleep(0)

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=take_turns)
    thread.start()
    sys.setswitchinterval(1000)
    most = 0
    try:
        # On a busy machine the other thread may miss the moment, but not time and again.
        for _ in range(200):
            reader = MARCReader(SOURCES[kind](demanding))
            before = turns
            count = sum(1 for _ in reader)
            most = max(most, turns - before)
            assert count == 100
            if most > 5:
                break
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        thread.join()
    assert most > 5
