"""What MARCReader reads from: each kind of source, its end, its closing, its errors."""

from __future__ import annotations

import array
import bz2
import gc
import gzip
import io
import lzma
import mmap
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mrrc import Field, MARCReader, Record, RecordLengthInvalid, Subfield
from tests.unit.writing import data, record

ONE, TWO, THREE = (record(n, data("500", ("a", "A note"))).as_marc() for n in ("1", "2", "3"))
ALL = ONE + TWO + THREE
unix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs FIFOs and signals")


def large(number: str) -> bytes:
    """A record of 99,999 bytes, the most there can be."""
    fields = [Field("500", subfields=[Subfield("a", "x" * 9_000)]) for _ in range(11)]
    made = record(number, *fields)
    missing = 99_999 - len(made.as_marc())
    made.add_field(Field("500", subfields=[Subfield("a", "y" * (missing - 12 - 5))]))
    raw = made.as_marc()
    assert len(raw) == 99_999
    return raw


def numbers(records: Any) -> list[Any]:
    return [None if each is None else each["001"].data for each in records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "three.mrc"
    made.write_bytes(ALL)
    return made


class OnlyRead:
    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.sizes: list[int] = []

    def read(self, size: int) -> bytes:
        self.sizes.append(size)
        return self._file.read(size)


# -- by type -------------------------------------------------------------------------------------


def test_a_path(path: Path) -> None:
    for target in (path, str(path)):
        with MARCReader(target) as reader:
            assert reader.backend == "file"
            assert not reader.file_handle.closed
            assert reader.file_handle.name == str(path)
            assert (reader.bytes_read, reader.bytes_total) == (0, len(ALL))
            assert next(reader)["001"].data == "1"  # type: ignore[index]
            assert (reader.bytes_read, reader.bytes_total) == (len(ONE), len(ALL))
            assert reader.current_chunk == ONE
            assert numbers(reader) == ["2", "3"]
            assert (reader.bytes_read, reader.bytes_total) == (len(ALL), len(ALL))
            assert reader.current_chunk == b""
        assert reader.file_handle.closed


@pytest.mark.parametrize(
    "target",
    [
        bytearray(ALL),
        memoryview(ALL),
        memoryview(b"junk" + ALL)[4:],
        memoryview(bytearray(ALL)).toreadonly(),
        memoryview(ALL + b"0" * (-len(ALL) % 4)).cast("I"),
        memoryview(array.array("b", ALL)),
    ],
    ids=["bytearray", "memoryview", "slice", "read-only", "of ints", "of an array"],
)
@pytest.mark.parametrize("recovery", ["pymarc", "salvage"])
def test_buffers(target: Any, recovery: str) -> None:
    reader = MARCReader(target, recovery=recovery)
    assert reader.backend == "buffer"
    size = memoryview(target).nbytes
    assert (reader.bytes_read, reader.bytes_total) == (0, size)
    assert numbers(next(reader) for _ in range(3)) == ["1", "2", "3"]
    assert reader.bytes_read == len(ALL)
    reader.close()
    assert memoryview(target).nbytes == size


def test_a_view_with_gaps_is_refused() -> None:
    with pytest.raises(BufferError):
        MARCReader(memoryview(ALL)[::2])


def test_a_bytearray_can_be_resized_between_two_records() -> None:
    target = bytearray(large("1") * 30)
    reader = MARCReader(target)
    assert next(reader) is not None
    target += ALL
    assert numbers(reader)[-3:] == ["1", "2", "3"]
    target = bytearray(large("1") * 30)
    reader = MARCReader(target)
    assert next(reader) is not None
    # Nothing holds the memory: it can shrink, and what is not there any more is not read.
    del target[:]
    assert len(list(reader)) < 29


def test_mmap(path: Path) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        mapped.seek(len(ONE))
        reader = MARCReader(mapped)
        assert (reader.backend, reader.bytes_total) == ("buffer", len(TWO + THREE))
        assert numbers(reader) == ["2", "3"]
        assert reader.bytes_read == len(TWO + THREE)
        assert mapped.tell() == len(ONE)
        reader.close()
        assert not mapped.closed
        salvaging = MARCReader(mapped, recovery="salvage")
        assert numbers(salvaging) == ["2", "3"]
        assert salvaging.accounting == (len(TWO + THREE), 0, 0)


def test_bytes_have_a_true_position() -> None:
    reader = MARCReader(ALL)
    assert (reader.backend, type(reader.file_handle)) == ("bytes", io.BytesIO)
    assert next(reader) is not None
    assert reader.file_handle.tell() == len(ONE) == reader.bytes_read
    reader.file_handle.seek(len(ONE + TWO))
    assert numbers(reader) == ["3"]
    assert reader.bytes_total == len(ALL)


def test_file_objects_are_read_as_pymarc_reads_them(path: Path) -> None:
    source = OnlyRead(ALL)
    reader = MARCReader(source)  # type: ignore[arg-type]
    assert (reader.backend, reader.bytes_total) == ("object", None)
    assert numbers(reader) == ["1", "2", "3"]
    sizes = [part for each in (ONE, TWO, THREE) for part in (5, len(each) - 5)]
    assert source.sizes == [*sizes, 5]
    assert reader.bytes_read == len(ALL)
    with path.open("rb") as file:
        reader = MARCReader(file)
        assert (reader.backend, reader.bytes_total) == ("object", len(ALL))
        assert next(reader) is not None
        assert file.tell() == len(ONE)
        assert file.read(len(TWO)) == TWO
        assert numbers([next(reader)]) == ["3"]
        assert reader.bytes_total == len(ONE + THREE)


def test_bytes_total_of_file_objects_read_ahead(path: Path) -> None:
    for options in ({"threads": 2}, {"recovery": "salvage"}):
        with path.open("rb") as file:
            file.seek(len(ONE))
            reader = MARCReader(file, **options)
            assert (reader.bytes_read, reader.bytes_total) == (0, len(TWO + THREE))
            assert next(reader) is not None
            assert (reader.bytes_read, reader.bytes_total) == (len(TWO), len(TWO + THREE))
            assert len(list(reader)) == 1
            assert (reader.bytes_read, reader.bytes_total) == (len(TWO + THREE), len(TWO + THREE))


def pack(kind: str, content: bytes) -> bytes:
    if kind == "zst":
        return bytes(pytest.importorskip("zstandard").ZstdCompressor().compress(content))
    if kind == "gz":
        return gzip.compress(content)
    return bz2.compress(content) if kind == "bz2" else lzma.compress(content)


BACKENDS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}


@pytest.mark.parametrize("kind", BACKENDS)
@pytest.mark.parametrize("recovery", ["pymarc", "salvage", "strict"])
@pytest.mark.parametrize("threads", [0, 2])
def test_compressed_files(kind: str, recovery: str, threads: int, tmp_path: Path) -> None:
    packed = pack(kind, ALL) + pack(kind, ALL * 1000)
    for suffix in (kind, kind.upper()):
        path = tmp_path / f"three.mrc.{suffix}"
        path.write_bytes(packed)
        reader = MARCReader(path, recovery=recovery, threads=threads)
        assert reader.backend == BACKENDS[kind]
        assert (reader.bytes_read, reader.bytes_total) == (0, len(packed))
        assert not reader.file_handle.closed
        assert numbers(reader) == ["1", "2", "3"] * 1001
        assert reader.bytes_read == len(packed)
        handle = reader.file_handle
        reader.close()
        reader.close()
        assert handle.closed
        assert reader.bytes_read == len(packed)


@pytest.mark.parametrize("kind", BACKENDS)
@pytest.mark.parametrize("threads", [0, 2])
def test_a_cut_compressed_file_ends_with_an_error_again_and_again(
    kind: str, threads: int, tmp_path: Path
) -> None:
    content = b"".join(record(str(n)).as_marc() for n in range(5000))
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(pack(kind, content)[:-20])
    reader = MARCReader(path, threads=threads)
    read: list[Any] = []
    with pytest.raises(EOFError):
        read.extend(reader)
    for _ in range(3):
        with pytest.raises(EOFError):
            next(reader)


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("recovery", ["pymarc", "salvage"])
def test_what_is_whole_before_an_error_is_read(tmp_path: Path, threads: int, recovery: str) -> None:
    content = [record(str(n)).as_marc() for n in range(5000)]
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(b"".join(content))[:-8])
    reader = MARCReader(path, threads=threads, recovery=recovery)
    with pytest.raises(EOFError):  # noqa: PT012 - the loop is what raises
        for number in range(5001):
            assert numbers([next(reader)]) == [str(number)]
    assert number == 5000
    # A second member behind a damaged one is not read on with as if nothing were missing.
    broken = bytearray(gzip.compress(b"".join(content)))
    broken[-6] ^= 0xFF
    path.write_bytes(bytes(broken) + gzip.compress(ALL))
    reader = MARCReader(path, threads=threads, recovery=recovery)
    for _ in range(2):
        with pytest.raises(gzip.BadGzipFile):
            list(reader)


@pytest.mark.parametrize("threads", [0, 2])
def test_a_fatal_error_where_a_compressed_file_is_cut_is_told(
    tmp_path: Path, threads: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(ONE + b"xxxxx")[:-8])
    reader = MARCReader(path, threads=threads)
    assert numbers(reader) == ["1", None]
    assert isinstance(reader.current_exception, RecordLengthInvalid)
    assert reader.current_chunk == b"xxxxx"
    assert "the rest of the data is left unread" in caplog.text


def test_what_is_no_gzip_is_told_at_reading(tmp_path: Path) -> None:
    path = tmp_path / "plain.gz"
    path.write_bytes(ALL)
    with MARCReader(path) as reader:
        for _ in range(2):
            with pytest.raises(gzip.BadGzipFile):
                next(reader)


def test_zst_without_a_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("Python reads .zst itself")
    path = tmp_path / "a.zst"
    path.write_bytes(b"")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImportError, match=r"pip install 'mrrc\[zstd\]'"):
            MARCReader(path)
        gc.collect()


# -- errors and closing --------------------------------------------------------------------------


def test_errors_of_opening_are_python_s_own(tmp_path: Path) -> None:
    for target, error in ((tmp_path / "none.mrc", FileNotFoundError),
                          (tmp_path, IsADirectoryError)):  # fmt: skip
        if sys.platform == "win32" and error is IsADirectoryError:
            continue
        with pytest.raises(error) as caught:
            MARCReader(target)
        assert caught.value.filename == str(target)


@unix_only
def test_a_file_that_must_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.mrc"
    path.write_bytes(ALL)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(PermissionError) as caught:
        MARCReader(path)
    assert caught.value.filename == str(path)


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "gz": lambda path: _packed(path),
    "object": lambda path: path.open("rb"),
}


def _packed(path: Path) -> Path:
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, path: Path) -> Any:
    return SOURCES[request.param](path)


@pytest.mark.parametrize("recovery", ["pymarc", "salvage"])
@pytest.mark.parametrize("threads", [0, 2])
def test_closing(source: Any, recovery: str, threads: int) -> None:
    reader = MARCReader(source, recovery=recovery, threads=threads)
    assert next(reader) is not None
    reader.close()
    reader.close()
    assert reader.current_chunk == ONE
    for _ in range(2):
        with pytest.raises(ValueError, match="closed file"):
            next(reader)


@pytest.mark.parametrize("recovery", ["pymarc", "salvage"])
def test_the_end_stays_the_end(source: Any, recovery: str) -> None:
    reader = MARCReader(source, recovery=recovery)
    assert len(list(reader)) == 3
    assert list(reader) == []
    assert next(reader, None) is None
    if reader.backend not in ("object", "bytes") or recovery != "pymarc":
        reader.close()
        assert list(reader) == []


def test_closing_the_file_oneself(tmp_path: Path) -> None:
    path = tmp_path / "many.mrc"
    path.write_bytes(ALL * 20_000)
    for options in ({}, {"recovery": "salvage"}, {"threads": 2}):
        reader = MARCReader(path, **options)
        assert next(reader) is not None
        reader.file_handle.close()
        with pytest.raises(ValueError, match="closed file"):
            list(reader)
        reader.close()


def test_a_with_statement_closes_after_an_exception(path: Path) -> None:
    with pytest.raises(KeyError), MARCReader(path) as reader:
        raise KeyError
    assert reader.file_handle.closed


@pytest.mark.parametrize("recovery", ["pymarc", "salvage", "strict"])
@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("content", [b"", ONE], ids=["empty", "one"])
@pytest.mark.parametrize("kind", ["path", "bytes", "bytearray", "gz", "object"])
def test_hardly_anything(
    content: bytes, kind: str, threads: int, recovery: str, tmp_path: Path
) -> None:
    path = tmp_path / "small.mrc"
    path.write_bytes(content)
    reader = MARCReader(SOURCES[kind](path), recovery=recovery, threads=threads)
    assert numbers(reader) == ["1"] * (content == ONE)
    assert reader.current_exception is None
    if kind != "gz":
        assert (reader.bytes_read, reader.bytes_total) == (len(content), len(content))


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("offset", [-40_000, -1, 0, 1, 23, 24])
def test_the_largest_records_at_the_ends_of_blocks(
    offset: int, threads: int, tmp_path: Path
) -> None:
    filler = [record(str(n)).as_marc() for n in range(2)]
    front = b""
    target = (1 << 17) + offset
    while len(front) < target - 200_000 or len(front) + 200 < target:
        front += filler[0]
    padding = target - len(front)
    front += _exactly(padding)
    content = front + large("x") + large("y") + ONE + large("z")
    path = tmp_path / "large.mrc"
    path.write_bytes(content)
    count = front.count(b"\x1d")
    for recovery in ("pymarc", "salvage", "strict"):
        read = list(MARCReader(path, recovery=recovery, threads=threads))
        assert numbers(read)[count:] == ["x", "y", "1", "z"]
        assert b"".join(each.as_marc() for each in read if each) == content


def _exactly(length: int) -> bytes:
    """A record of so many bytes, 80 or more."""
    made = Record(fields=[Field("001", data="f")])
    missing = length - len(made.as_marc())
    made = Record(fields=[Field("001", data="f" + "f" * missing)])
    raw = made.as_marc()
    assert len(raw) == length
    return raw


# -- pipes ---------------------------------------------------------------------------------------


def given_one_by_one(reader: MARCReader, give: Callable[[bytes], None]) -> None:
    """Each record comes as soon as it is whole, while the writer waits."""
    for number, each in enumerate((ONE, TWO, THREE), 1):
        give(each[:40])
        threading.Timer(0.05, give, [each[40:]]).start()
        assert numbers([next(reader)]) == [str(number)]


@unix_only
def test_a_pipe() -> None:
    ends = os.pipe()
    with os.fdopen(ends[0], "rb") as out:
        reader = MARCReader(out)
        assert reader.bytes_total is None
        given_one_by_one(reader, lambda piece: void(os.write(ends[1], piece)))
        os.close(ends[1])
        assert list(reader) == []


def void(_: object) -> None:
    pass


@unix_only
@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("recovery", ["pymarc", "salvage", "strict"])
def test_a_fifo_by_path(threads: int, recovery: str, tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    opened: list[int] = []
    opening = threading.Thread(target=lambda: opened.append(os.open(path, os.O_WRONLY)))
    opening.start()
    reader = MARCReader(path, threads=threads, recovery=recovery)
    opening.join()
    assert (reader.backend, reader.bytes_total) == ("file", None)
    given_one_by_one(reader, lambda piece: void(os.write(opened[0], piece)))
    os.close(opened[0])
    assert list(reader) == []
    assert reader.bytes_read == len(ALL)


def python(program: str, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=cwd,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


@unix_only
@pytest.mark.parametrize("options", ["", ", threads=2", ", recovery='salvage'"])
def test_standard_input(path: Path, tmp_path: Path, options: str) -> None:
    program = (
        "from mrrc import MARCReader\n"
        f"print([each['001'].data for each in MARCReader('/dev/stdin'{options})])"
    )
    with path.open("rb") as file:
        told, said = python(program, tmp_path, stdin=file).communicate(timeout=60)
    assert told.strip() == "['1', '2', '3']", said
    copy = "import pathlib, sys; sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())"
    command = [sys.executable, "-c", copy, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as pipe:
        told, said = python(program, tmp_path, stdin=pipe.stdout).communicate(timeout=60)
    assert told.strip() == "['1', '2', '3']", said


@unix_only
def test_an_interrupt_ends_waiting(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program = (
        "from mrrc import MARCReader\n"
        f"reader = MARCReader({str(fifo)!r})\n"
        "print(next(reader)['001'].data, flush=True)\n"
        "try:\n"
        "    next(reader)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
        "print(next(reader)['001'].data, flush=True)\n"
    )
    process = python(program, tmp_path)
    # For reading as well: so opening does not wait for a process that failed.
    with os.fdopen(os.open(fifo, os.O_RDWR), "wb", buffering=0) as file:
        file.write(ONE + TWO[:30])
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        # Nothing was lost by it.
        file.write(TWO[30:])
        assert process.stdout.readline() == "2\n"
    assert process.wait(20) == 0


@unix_only
def test_a_signal_that_is_handled_does_not_end_reading(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program = (
        "import signal\n"
        "from mrrc import MARCReader\n"
        "signal.signal(signal.SIGUSR1, lambda *_: print('handled', flush=True))\n"
        f"reader = MARCReader({str(fifo)!r})\n"
        "print('ready', flush=True)\n"
        "print([each['001'].data for each in reader], flush=True)\n"
    )
    process = python(program, tmp_path)
    # For reading as well: so opening does not wait for a process that failed.
    with os.fdopen(os.open(fifo, os.O_RDWR), "wb", buffering=0) as file:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for piece in (ONE + TWO[:30], TWO[30:]):
            file.write(piece)
            time.sleep(0.2)
            process.send_signal(signal.SIGUSR1)
            assert process.stdout.readline() == "handled\n"
    assert process.stdout.readline() == "['1', '2']\n"
    assert process.wait(20) == 0


def test_a_file_that_grows_behind_its_end(tmp_path: Path) -> None:
    path = tmp_path / "growing.mrc"
    path.write_bytes(ONE)
    by_path = MARCReader(path)
    with path.open("rb") as file:
        by_object = MARCReader(file)
        assert numbers(by_path) == numbers(by_object) == ["1"]
        with path.open("ab") as more:
            more.write(TWO)
        assert list(by_path) == []
        # pymarc asks the file again.
        assert numbers(by_object) == ["2"]


@pytest.fixture(autouse=True)
def no_open_files() -> Iterator[None]:
    """Files that the tests left to the collector are closed before the next one counts them."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
