"""Where a reader says it is: errors with their place, sources of every kind, lying lengths."""

from __future__ import annotations

import contextlib
import io
import os
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, MARCReader, PymarcException, Record, Subfield

OTHER_BYTES = b"something in front of the records "


def record(number: int) -> bytes:
    """A sound record with the control number id<number>."""
    made = Record()
    made.add_field(Field("001", data=f"id{number}"))
    made.add_field(Field("245", Indicators("1", "0"), [Subfield("a", "Título")]))
    return made.as_marc()


GOOD = record(1)


def replaced(number: int, old: bytes, new: bytes) -> bytes:
    data = record(number)
    assert data.count(old) == 1
    return data.replace(old, new)


# What is wrong with the third record, the exception, and the tag it happens at.
FAULTS: dict[str, tuple[bytes, type[Exception], str | None]] = {
    "text": (replaced(3, b"T\xc3\xad", b"T\xff\xad"), UnicodeDecodeError, "245"),
    "base address": (replaced(3, b"00049", b"99999"), mrrc.BaseAddressInvalid, None),
    "no base address": (replaced(3, b"00049", b"00000"), mrrc.BaseAddressNotFound, None),
    "base address no number": (replaced(3, b"00049", b"0x049"), ValueError, None),
    "directory": (replaced(3, b"00049", b"00048"), mrrc.RecordDirectoryInvalid, None),
    "length no number": (replaced(3, b"2450012", b"2450x12"), ValueError, "245"),
    "offset no number": (replaced(3, b"00004\x1e", b"0-0-4\x1e"), ValueError, "245"),
    "indicators": (replaced(3, b"10\x1fa", b"\xe90\x1fa"), UnicodeDecodeError, "245"),
    "code": (replaced(3, "aTítulo".encode(), "££££".encode()), IndexError, "245"),
    "terminator": (record(3)[:-1] + b"x", mrrc.EndOfRecordNotFound, None),
}
FATAL = {"terminator"}


def with_fault(fault: str) -> bytes:
    return record(1) + record(2) + FAULTS[fault][0] + record(4)


class Pipe:
    """A source that knows only how to be read, `step` bytes at a time."""

    def __init__(self, data: bytes, step: int = 1 << 30) -> None:
        self.source = io.BytesIO(data)
        self.step = step

    def read(self, size: int = -1) -> bytes:
        return self.source.read(self.step if size < 0 else min(size, self.step))


class Unseekable(Pipe):
    """One whose `tell` fails, as that of a pipe does."""

    def tell(self) -> int:
        raise OSError(29, "Illegal seek")


Source = Callable[[bytes, Path], Any]


def later_in_a_buffer(data: bytes, _: Path) -> io.BytesIO:
    source = io.BytesIO(OTHER_BYTES + data)
    source.seek(len(OTHER_BYTES))
    return source


def in_a_file(data: bytes, path: Path) -> Path:
    file = path / "records.mrc"
    file.write_bytes(data)
    return file


def later_in_a_file(data: bytes, path: Path) -> Any:
    handle = in_a_file(OTHER_BYTES + data, path).open("rb")
    handle.seek(len(OTHER_BYTES))
    return handle


# The source, and the offset of the first record in it.
SOURCES: dict[str, tuple[Source, int]] = {
    "bytes": (lambda data, _: data, 0),
    "BytesIO": (lambda data, _: io.BytesIO(data), 0),
    "BytesIO, later": (later_in_a_buffer, len(OTHER_BYTES)),
    "file": (lambda data, path: in_a_file(data, path).open("rb"), 0),
    "file, later": (later_in_a_file, len(OTHER_BYTES)),
    "unbuffered file": (lambda data, path: in_a_file(data, path).open("rb", buffering=0), 0),
    "str": (lambda data, path: str(in_a_file(data, path)), 0),
    "Path": (in_a_file, 0),
    "only read": (lambda data, _: Pipe(data), 0),
    "tell fails": (lambda data, _: Unseekable(data), 0),
    "short reads": (lambda data, _: Pipe(data, 7), 0),
}


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Source, int]]:
    """Each kind of source, and where its first record is; files are closed afterwards."""
    make, start = SOURCES[request.param]
    made: list[Any] = []

    def keeping(data: bytes, path: Path) -> Any:
        made.append(make(data, path))
        return made[-1]

    yield keeping, start
    for each in made:
        if hasattr(each, "close"):
            each.close()


@pytest.fixture
def reading() -> Iterator[Callable[[Any], MARCReader]]:
    """Makes readers, and closes those that opened a file of their own."""
    readers: list[MARCReader] = []

    def read(target: Any) -> MARCReader:
        readers.append(MARCReader(target))
        return readers[-1]

    yield read
    for each in readers:
        if isinstance(each.file_handle, io.BufferedReader):
            each.close()


@pytest.mark.filterwarnings("ignore::mrrc.BadSubfieldCodeWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_carries_its_place(
    fault: str, source: tuple[Source, int], tmp_path: Path, reading: Callable[[Any], MARCReader]
) -> None:
    make, start = source
    _, exception, tag = FAULTS[fault]
    reader = reading(make(with_fault(fault), tmp_path))
    assert [next(reader) is not None for _ in range(3)] == [True, True, False]
    error = reader.current_exception
    assert type(error) is exception
    assert vars(error)["record_number"] == 3
    assert vars(error)["offset"] == start + 2 * len(GOOD)
    assert getattr(error, "tag", None) == tag
    known = "base address" not in fault and fault != "directory"
    assert getattr(error, "control_number", None) == ("id3" if known else None)
    assert reader.current_chunk == FAULTS[fault][0]
    rest = list(reader)
    assert [each is not None for each in rest] == ([] if fault in FATAL else [True])


@pytest.mark.filterwarnings("ignore::mrrc.BadSubfieldCodeWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_sentence_of_our_own_errors_has_the_place(fault: str) -> None:
    reader = MARCReader(with_fault(fault))
    for _ in range(3):
        next(reader)
    error = reader.current_exception
    if isinstance(error, PymarcException):
        assert f"record 3, byte {2 * len(GOOD)}" in str(error)
    assert isinstance(error, (PymarcException, ValueError, IndexError))


@pytest.mark.parametrize("cut", [1, 4, 5, 6, 23, 30, 50, len(GOOD) - 1])
def test_a_file_that_ends_too_early(
    cut: int, source: tuple[Source, int], tmp_path: Path, reading: Callable[[Any], MARCReader]
) -> None:
    make, start = source
    reader = reading(make(GOOD + GOOD[:cut], tmp_path))
    assert [each is not None for each in reader] == [True, False]
    error = reader.current_exception
    assert type(error) is mrrc.TruncatedRecord
    assert (error.record_number, error.offset) == (2, start + len(GOOD))
    assert error.control_number == ("id1" if cut > 53 else None)
    assert reader.current_chunk == GOOD[:cut]


def test_what_is_no_record_length() -> None:
    reader = MARCReader(GOOD + b"MARC! and so on")
    assert [each is not None for each in reader] == [True, False]
    error = reader.current_exception
    assert type(error) is mrrc.RecordLengthInvalid
    assert (error.record_number, error.offset) == (2, len(GOOD))
    assert f"record 2, byte {len(GOOD)}" in str(error)


def test_several_errors_each_have_their_own_place() -> None:
    bad = FAULTS["text"][0]
    reader = MARCReader(bad + GOOD + bad + bad)
    places = []
    for each in reader:
        if each is None:
            error: Any = reader.current_exception
            places.append((error.record_number, error.offset))
        else:
            assert reader.current_exception is None
    assert places == [(1, 0), (3, len(bad) + len(GOOD)), (4, 2 * len(bad) + len(GOOD))]


def test_without_a_reader_only_the_tag_is_known() -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        Record(FAULTS["text"][0])
    assert vars(caught.value) == {"tag": "245"}
    with pytest.raises(mrrc.BaseAddressInvalid) as invalid:
        Record(FAULTS["base address"][0])
    assert (invalid.value.record_number, invalid.value.offset) == (None, None)


# -- sources -------------------------------------------------------------------------------------


def test_every_source_gives_every_record(
    source: tuple[Source, int], tmp_path: Path, reading: Callable[[Any], MARCReader]
) -> None:
    make, _ = source
    reader = reading(make(b"".join(record(number) for number in range(50)), tmp_path))
    ids = [each["001"].data for each in reader if each is not None]
    assert ids == [f"id{number}" for number in range(50)]
    assert reader.current_exception is None


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 24, 61])
def test_short_reads_are_continued(step: int) -> None:
    data = record(1) + FAULTS["text"][0] + record(2)
    reader = MARCReader(Pipe(data, step))  # type: ignore[arg-type]
    assert [each and each["001"].data for each in reader] == ["id1", None, "id2"]


def test_a_pipe_of_the_system() -> None:
    receive, send = os.pipe()

    def write() -> None:
        with os.fdopen(send, "wb", buffering=0) as handle:
            for part in (GOOD[:3], GOOD[3:20], GOOD[20:] + GOOD[:1], GOOD[1:]):
                handle.write(part)
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(receive, "rb", buffering=0) as handle:
        found = [each and each["001"].data for each in MARCReader(handle)]
    writer.join()
    assert found == ["id1", "id1"]


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_opened_and_closed(kind: Callable[[Path], Any], tmp_path: Path) -> None:
    path = in_a_file(GOOD, tmp_path)
    with MARCReader(kind(path)) as reader:
        assert isinstance(next(reader), Record)
        handle = reader.file_handle
        assert not handle.closed
    assert handle.closed


def test_any_path_like_object_will_do(tmp_path: Path) -> None:
    path = in_a_file(GOOD, tmp_path)

    class Place:
        def __fspath__(self) -> str:
            return str(path)

    with MARCReader(Place()) as reader:
        assert len(list(reader)) == 1


def test_the_context_manager_closes_after_an_error(tmp_path: Path) -> None:
    path = in_a_file(GOOD, tmp_path)
    with pytest.raises(KeyError), MARCReader(path) as reader:
        next(reader)["999"]  # type: ignore[index]
    assert reader.file_handle.closed


def test_an_open_file_is_closed_too(tmp_path: Path) -> None:
    with in_a_file(GOOD, tmp_path).open("rb") as handle, MARCReader(handle) as reader:
        assert reader.file_handle is handle
        reader.close()
        assert handle.closed


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_that_is_not_there(kind: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        MARCReader(kind(tmp_path / "gone.mrc"))
    assert "gone.mrc" in str(caught.value.filename)


@pytest.mark.skipif(os.name == "nt", reason="Windows refuses to open a directory otherwise")
def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        MARCReader(tmp_path)


def test_errors_of_the_file_itself_pass() -> None:
    class Fails(Pipe):
        def read(self, size: int = -1) -> bytes:
            if self.source.tell() > len(GOOD):
                raise TimeoutError("the network is away")
            return super().read(size)

    reader = MARCReader(Fails(GOOD * 3))  # type: ignore[arg-type]
    assert next(reader) is not None
    with pytest.raises(TimeoutError) as caught:
        next(reader)
    assert vars(caught.value) == {}


def test_the_position_between_records_is_true(tmp_path: Path) -> None:
    with in_a_file(GOOD * 3, tmp_path).open("rb") as handle:
        reader = MARCReader(handle)
        for number in range(1, 4):
            assert next(reader) is not None
            assert handle.tell() == number * len(GOOD)


# -- lengths that lie ----------------------------------------------------------------------------


def lying(length: bytes) -> bytes:
    return length + GOOD[5:]


LIES = [b"99999", b"00000", b"00001", b"00004", b"00005", b"00006", b"00024", b"    5", b"+0099",
        b"-9999", b"-0001", b"9_999", b"1_2_3"]  # fmt: skip


@pytest.mark.parametrize("length", LIES)
def test_a_lying_length_neither_hangs_nor_takes_memory(
    length: bytes, source: tuple[Source, int], tmp_path: Path, reading: Callable[[Any], MARCReader]
) -> None:
    make, _ = source
    target = make(lying(length) * 3, tmp_path)
    reader = reading(target)
    # Asked for a negative number of bytes an open file raises, and its owner sees that.
    refusal = [ValueError] if isinstance(target, io.BufferedReader) else []
    found = 0
    tracemalloc.start()
    try:
        with contextlib.suppress(*refusal):
            for _ in reader:
                found += 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found <= 60
    assert peak < 200_000


def test_a_field_cannot_take_more_than_the_record() -> None:
    """Directory entries that all claim the same 9,999 bytes cost what pymarc's would."""
    entries = b"".join(b"500999900000" for _ in range(100))
    text = b"  \x1fa" + b"x" * 5_000 + b"\x1e\x1d"
    base = 24 + len(entries) + 1
    raw = b"%05dnam a22%05d a 4500" % (base + len(text), base) + entries + b"\x1e" + text
    tracemalloc.start()
    try:
        (found,) = MARCReader(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found is not None
    assert len(found.fields) == 100
    assert peak < 100 * len(text) * 2


@pytest.mark.parametrize("data", [b"", b"\x1d" * 100, b"0" * 100, b"00000" * 1000, b"\xff" * 99])
def test_what_is_no_marc_ends(data: bytes) -> None:
    started = time.monotonic()
    assert len(list(MARCReader(data))) <= 1
    assert time.monotonic() - started < 5


def test_one_more_call_after_the_end() -> None:
    for data, expected in ((GOOD, 1), (GOOD + b"x", 2), (b"", 0)):
        reader = MARCReader(data)
        assert len(list(reader)) == expected
        for _ in range(3):
            with pytest.raises(StopIteration):
                next(reader)
