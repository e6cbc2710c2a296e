"""MARCWriter when the system says no: what is complete stays readable and is counted."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from mrrc import MARCWriter
from tests.unit.writing import data, numbers, record, run

posix = pytest.mark.skipif(os.name != "posix", reason="devices, limits and pipes of POSIX")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
ONE = record().as_marc()


def told(error: BaseException) -> str:
    """All that a traceback shows of the error."""
    return " ".join([str(error), *getattr(error, "__notes__", [])])


class Calls(io.BytesIO):
    """Counts the calls of write."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def write(self, data: Any) -> int:
        self.calls += 1
        return super().write(data)


def test_one_call_for_each_record() -> None:
    file = Calls()
    writer = MARCWriter(file)
    for number in range(1, 4):
        writer.write(record())
        assert (file.calls, file.getvalue()) == (number, ONE * number)


class Slow(io.RawIOBase):
    """Takes a few bytes at a time."""

    def __init__(self, portion: int = 7, room: int = 1 << 20) -> None:
        self.taken = b""
        self.portion = portion
        self.room = room

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int | None:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        piece = bytes(data)[: min(self.portion, self.room)]
        self.taken += piece
        self.room -= len(piece)
        return len(piece)


def test_a_short_write_goes_on() -> None:
    file = Slow()
    with MARCWriter(file) as writer:  # type: ignore[arg-type]
        writer.write(record())
        writer.write(record())
    assert file.taken == ONE * 2
    assert writer.records_written == 2


class Wrapped:
    """As the files of the module tempfile are."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.write = file.write
        self.close = file.close


def test_a_short_write_behind_a_wrapper_goes_on() -> None:
    file = Slow()
    MARCWriter(Wrapped(file)).write(record())  # type: ignore[arg-type]
    assert file.taken == ONE


@pytest.mark.parametrize("answer", [None, 3, "three"])
def test_what_other_objects_return_is_their_own_affair(answer: Any) -> None:
    taken = []

    class Other:
        def write(self, data: bytes) -> Any:
            taken.append(data)
            return answer

    writer = MARCWriter(Other())  # type: ignore[arg-type]
    writer.write(record())
    assert taken == [ONE]
    assert writer.records_written == 1


def test_a_file_that_would_block() -> None:
    class Blocking(Slow):
        def write(self, data: Any) -> int | None:
            return None

    with pytest.raises(BlockingIOError):
        MARCWriter(Blocking()).write(record())  # type: ignore[arg-type]


def test_a_file_that_takes_nothing() -> None:
    with pytest.raises(OSError, match="takes nothing"):
        MARCWriter(Slow(portion=0)).write(record())  # type: ignore[arg-type]


def test_the_error_says_how_many() -> None:
    file = Slow(room=len(ONE) * 2 + 5)
    writer = MARCWriter(file)  # type: ignore[arg-type]
    writer.write(record())
    writer.write(record())
    with pytest.raises(OSError, match="No space") as caught:
        writer.write(record())
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.records_written == writer.records_written == 2  # type: ignore[attr-defined]
    assert "2 records" in told(caught.value)


@needs_full
def test_a_full_device() -> None:
    writer = MARCWriter(FULL)
    for _ in range(100):
        writer.write(record())
    long = record("id1", *[data("500", ("a", "x" * 9_000))] * 9)
    with pytest.raises(OSError, match="No space") as caught:
        writer.write(long)
    assert caught.value.records_written == writer.records_written == 0  # type: ignore[attr-defined]
    assert "0 records are complete" in told(caught.value)
    writer.close()


@needs_full
def test_a_full_device_at_close() -> None:
    writer = MARCWriter(str(FULL))
    writer.write(record())
    with pytest.raises(OSError, match="No space") as caught:
        writer.close()
    assert "0 records are complete" in told(caught.value)
    writer.close()


@needs_full
def test_a_full_device_of_somebody_else() -> None:
    writer = MARCWriter(FULL.open("wb"))
    writer.write(record())
    with pytest.raises(OSError, match="No space") as caught:
        writer.close()
    assert "1 records were handed to the file" in told(caught.value)


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
writer = MARCWriter(sys.argv[1], %s)
try:
    for number in range(100_000):
        writer.write(record(number, "text " * (number %% 50)))
except OSError as error:
    print(number, error.records_written, writer.records_written)
    print(error, *getattr(error, "__notes__", []))
%s
"""


@posix
@pytest.mark.parametrize("append", [False, True])
def test_a_file_that_may_not_grow(tmp_path: Path, append: bool) -> None:
    path = tmp_path / "out.mrc"
    done = run(LIMITED % (f"append={append}", "writer.close()"), path, cwd=tmp_path)
    assert done.stderr == ""
    counts, sentence = done.stdout.splitlines()
    number, in_error, in_writer = map(int, counts.split())
    found = numbers(path)
    assert found == [str(each) for each in range(len(found))]
    assert len(found) == in_error == in_writer
    assert f"{in_error:,} records are complete" in sentence
    assert number >= in_error
    # To the last record that fits.
    assert 200_000 - 400 < path.stat().st_size <= 200_000


@posix
def test_a_writer_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    limited = LIMITED.replace("(200_000, 200_000)", "(200_000, -1)")
    after = """
resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
writer.write(record("last"))
writer.close()
print(writer.records_written)
"""
    done = run(limited % ("append=False", after), path, cwd=tmp_path)
    assert done.stderr == ""
    complete = int(done.stdout.split()[1])
    assert numbers(path) == [*map(str, range(complete)), "last"]
    assert done.stdout.split()[-1] == str(complete + 1)


@posix
@pytest.mark.parametrize("end", ["writer.close()", "del writer", "", "writer.write(record(1))"])
def test_atomic_after_an_error(tmp_path: Path, end: str) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(ONE)
    done = run(LIMITED % ("atomic=True", end), path, cwd=tmp_path)
    assert ("File too large" in done.stderr) is (end == "writer.close()")
    assert "the file itself is as it was" in done.stdout
    assert path.read_bytes() == ONE
    assert [each.name for each in tmp_path.iterdir()] == ["out.mrc"]


@posix
def test_a_closed_pipe(tmp_path: Path) -> None:
    program = """
reading, writing = os.pipe()
writer = MARCWriter(open(writing, "wb", buffering=0))
writer.write(record(1))
writer.write(record(2))
first = os.read(reading, 1 << 20)
os.close(reading)
try:
    writer.write(record(3))
except BrokenPipeError as error:
    print(error.records_written, first.count(b"\\x1d"), len(first))
"""
    done = run(program, cwd=tmp_path)
    assert done.stdout.split()[:2] == ["2", "2"], done.stderr


@posix
def test_a_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    program = """
import threading
raw = []
reader = threading.Thread(target=lambda: raw.append(open(sys.argv[1], "rb").read()))
reader.start()
with MARCWriter(sys.argv[1]) as writer:
    for number in range(3000):
        writer.write(record(number))
reader.join()
sys.stdout.buffer.write(str(raw[0].count(b"\\x1d")).encode())
"""
    assert run(program, path, cwd=tmp_path).stdout == "3000"


@posix
def test_an_interrupt_while_writing(tmp_path: Path) -> None:
    program = """
def interrupt(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.2)
writer = MARCWriter(sys.argv[1])
try:
    while True:
        writer.write(record(7, "text " * 300))
except KeyboardInterrupt:
    writer.close()
    print(writer.records_written)
"""
    path = tmp_path / "out.mrc"
    done = run(program, path, cwd=tmp_path)
    assert done.stderr == ""
    assert abs(len(numbers(path)) - int(done.stdout)) <= 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with Python 3.11")
def test_the_note_is_there_once() -> None:
    file = Slow(room=0)
    writer = MARCWriter(file)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="No space") as caught:
        writer.write(record())
    assert len(caught.value.__notes__) == 1  # type: ignore[attr-defined]
