"""Options, subclasses, progress and batches of MARCReader, on every kind of source."""

from __future__ import annotations

import gc
import io
import warnings
import weakref
from pathlib import Path
from typing import Any

import pytest

from mrrc import DamagedRecord, MARCReader
from tests.unit.test_reader_sources import ALL, ONE, SOURCES, THREE, TWO, numbers
from tests.unit.writing import data, record


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    path = tmp_path / "three.mrc"
    path.write_bytes(ALL)
    return SOURCES[request.param](path)


# -- options between two records -----------------------------------------------------------------


def latin(number: str) -> bytes:
    """A record in no encoding that MARC knows, an e with an acute accent in the title."""
    raw = record(number).as_marc().replace(b"Title", b"T\xe9tle")
    return raw[:9] + b" " + raw[10:]


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("threads", [0, 2])
def test_each_record_sees_the_options_of_its_moment(
    kind: str, threads: int, tmp_path: Path
) -> None:
    path = tmp_path / "latin.mrc"
    utf8 = record("u", data("500", ("a", "é"))).as_marc()
    path.write_bytes((latin("1") + utf8) * 1000)
    reader = MARCReader(SOURCES[kind](path), threads=threads)
    changes: list[dict[str, Any]] = [
        {},
        {"file_encoding": "latin-1"},
        {"file_encoding": "cp437"},
        {"force_utf8": True},
        {"utf8_handling": "replace"},
        {"to_unicode": False},
        {"to_unicode": True, "force_utf8": False, "file_encoding": "iso8859-1"},
        {"utf8_handling": "strict"},
    ]
    expected = MARCReader(io.BytesIO((latin("1") + utf8) * 1000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for change in changes * 5:
            for name, value in change.items():
                setattr(reader, name, value)
                setattr(expected, name, value)
            for _ in range(6):
                found, wanted = next(reader), next(expected)
                assert (found is None) == (wanted is None)
                if found is not None and wanted is not None:
                    assert found.as_dict() == wanted.as_dict() if reader.to_unicode else True
                    assert [f.data for f in found.fields] == [f.data for f in wanted.fields]
                assert type(reader.current_exception) is type(expected.current_exception)
                assert reader.current_chunk == expected.current_chunk
    titles = []
    reader = MARCReader(SOURCES[kind](path), threads=threads, file_encoding="latin-1")
    titles.append(next(reader).title)  # type: ignore[union-attr]
    next(reader)
    reader.file_encoding = "cp437"
    titles.append(next(reader).title)  # type: ignore[union-attr]
    assert titles == ["Tétle", "TΘtle"]


# -- subclasses ----------------------------------------------------------------------------------


def test_a_subclass_with_next_of_its_own(source: Any) -> None:
    class Loud(MARCReader):
        def __next__(self) -> Any:
            return super().__next__(), "!"

    reader = Loud(source)
    assert [each["001"].data + mark for each, mark in reader] == ["1!", "2!", "3!"]
    assert reader.read_batch() == []


def test_class_attributes_and_properties_for_options(tmp_path: Path) -> None:
    class Fixed(MARCReader):
        file_encoding = "latin-1"

    class Asked(MARCReader):
        asked = 0

        @property
        def file_encoding(self) -> str:
            self.asked += 1
            return "latin-1"

        @file_encoding.setter
        def file_encoding(self, value: str) -> None:
            pass

    path = tmp_path / "latin.mrc"
    path.write_bytes(latin("1") * 3)
    # The class attribute is only a default: __init__ sets the attribute, as pymarc's does.
    assert Fixed(path).file_encoding == "iso8859-1"
    reader = Asked(path)
    assert [each.title for each in reader if each] == ["Tétle"] * 3
    assert reader.asked >= 3


def test_without_init(source: Any) -> None:
    class Bare(MARCReader):
        def __init__(self, handle: Any) -> None:
            self.file_handle = handle

    reader = Bare(io.BytesIO(ALL))
    assert next(reader) is None
    assert isinstance(reader.current_exception, AttributeError)
    for name, value in MARCReader(b"").__dict__.items():
        if name != "file_handle":
            setattr(reader, name, value)
    for name in ("to_unicode", "force_utf8", "hide_utf8_warnings", "utf8_handling",
                 "file_encoding"):  # fmt: skip
        setattr(reader, name, getattr(MARCReader(b""), name))
    assert numbers(reader) == ["2", "3"]
    assert reader.bytes_read == len(ALL)


def test_a_reader_in_a_cycle_with_its_exception_is_freed(tmp_path: Path) -> None:
    class Watched(MARCReader):
        pass

    class Source:
        def __init__(self, content: bytes) -> None:
            self.read = io.BytesIO(content).read
            self.reader: Any = None

    path = tmp_path / "bad.mrc"
    path.write_bytes(b"00030nam" + ONE)
    for by_path, threads in ((True, 0), (True, 2), (False, 0), (False, 2)):
        target: Any = path if by_path else Source(ONE + b"x")
        reader = Watched(target, threads=threads)
        list(reader)
        error: Any = reader.current_exception
        assert error is not None
        error.reader = reader
        if isinstance(target, Source):
            target.reader = reader
        reader.file_encoding = type("Text", (str,), {"reader": reader})("latin-1")
        gone = weakref.ref(reader)
        # The file is open until the collector comes, and says so.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del reader, error, target
            gc.collect()
        assert gone() is None


# -- how far it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["path", "bytes", "bytearray", "object"])
@pytest.mark.parametrize("recovery", ["pymarc", "salvage"])
@pytest.mark.parametrize("threads", [0, 2])
def test_bytes_read_adds_up(kind: str, recovery: str, threads: int, tmp_path: Path) -> None:
    path = tmp_path / "damaged.mrc"
    bad = bytearray(TWO)
    bad[24:27] = b"???"
    content = ONE + bytes(bad) + THREE + b"00100"
    path.write_bytes(content)
    reader = MARCReader(SOURCES[kind](path), recovery=recovery, threads=threads)
    seen = [reader.bytes_read]
    for _ in range(3):
        next(reader)
        seen.append(reader.bytes_read)
        assert reader.bytes_total == len(content)
    assert seen == [0, len(ONE), len(ONE + TWO), len(ALL)]
    list(reader)
    assert reader.bytes_read == reader.bytes_total == len(content)
    reader.close()
    assert reader.bytes_read == len(content)


# -- batches -------------------------------------------------------------------------------------

BAD = TWO[:24] + b"x" * (len(TWO) - 25) + b"\x1d"


@pytest.mark.parametrize("threads", [0, 2])
def test_batches(source: Any, threads: int) -> None:
    reader = MARCReader(source, threads=threads)
    assert [numbers(batch) for batch in reader.batches(2)] == [["1", "2"], ["3"]]
    assert reader.read_batch() == reader.read_batch(1) == []
    assert reader.batch_errors == []
    for size in (0, -1):
        with pytest.raises(ValueError, match="1 or more"):
            reader.read_batch(size)


def test_errors_of_a_batch(tmp_path: Path) -> None:
    path = tmp_path / "bad.mrc"
    path.write_bytes(ONE + BAD + THREE + BAD + ONE)
    for target in (path, path.read_bytes()):
        reader = MARCReader(target)
        first = reader.read_batch(3)
        assert numbers(first) == ["1", None, "3"]
        ((index, error, chunk),) = reader.batch_errors
        assert (index, chunk) == (1, BAD)
        assert error is not None
        assert error.record_number == 2  # type: ignore[attr-defined]
        assert numbers(reader.read_batch(10)) == [None, "1"]
        assert [(index, chunk) for index, _, chunk in reader.batch_errors] == [(0, BAD)]
        # What was returned stays as it was.
        assert first[1] is None
        assert reader.read_batch() == []
        assert reader.batch_errors == []
    salvaged = MARCReader(path, recovery="salvage").read_batch()
    assert None not in salvaged


def test_a_fatal_error_ends_the_batches() -> None:
    reader = MARCReader(ONE + b"x" + TWO)
    assert numbers(reader.read_batch()) == ["1", None]
    assert reader.read_batch() == reader.read_batch() == []


@pytest.mark.parametrize("target", ["path", "bytes"])
def test_records_before_an_exception_are_not_lost(target: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.mrc"
    path.write_bytes(ONE + TWO + BAD + THREE)
    reader = MARCReader(SOURCES[target](path), recovery="strict")
    assert numbers(reader.read_batch()) == ["1", "2"]
    with pytest.raises(DamagedRecord):
        reader.read_batch()
    assert reader.read_batch() == []
    reader = MARCReader(SOURCES[target](path), recovery="strict")
    assert numbers(reader.read_batch()) == ["1", "2"]
    with pytest.raises(DamagedRecord):
        next(reader)
    assert reader.read_batch() == []


class Failing(io.BytesIO):
    """Fails once, where it is told to."""

    error: BaseException | None = None
    calls = 0

    def read(self, size: int | None = -1) -> bytes:
        self.calls += 1
        if self.calls == 5 and self.error is not None:
            raise self.error
        return super().read(size)


def test_an_exception_of_the_file_waits_and_an_interrupt_does_not() -> None:
    source = Failing(ALL + ONE)
    source.error = OSError("gone")
    reader = MARCReader(source)
    assert numbers(reader.read_batch()) == ["1", "2"]
    with pytest.raises(OSError, match="gone"):
        reader.read_batch()
    assert numbers(reader.read_batch()) == ["3", "1"]
    source = Failing(ONE + BAD + THREE)
    source.error = KeyboardInterrupt()
    reader = MARCReader(source)
    with pytest.raises(KeyboardInterrupt):
        reader.read_batch()
    assert numbers(reader.read_batch()) == ["1", None, "3"]
    assert [index for index, *_ in reader.batch_errors] == [1]
    assert reader.read_batch() == []


def test_what_an_interrupt_left_comes_in_batches_of_the_size_asked_for() -> None:
    source = Failing(ONE + BAD + THREE)
    source.error = KeyboardInterrupt()
    reader = MARCReader(source)
    with pytest.raises(KeyboardInterrupt):
        reader.read_batch()
    assert numbers(reader.read_batch(1)) == ["1"]
    assert reader.batch_errors == []
    assert numbers(reader.read_batch(1)) == [None]
    assert [(index, chunk) for index, _, chunk in reader.batch_errors] == [(0, BAD)]
    assert numbers(reader.read_batch(1)) == ["3"]
    assert reader.read_batch(1) == []


def test_a_fatal_error_behind_a_held_one_still_ends() -> None:
    class Once(MARCReader):
        raised = False

        def __next__(self) -> Any:
            found = super().__next__()
            if found is None and not self.raised:
                self.raised = True
                raise RuntimeError("mine")
            return found

    reader = Once(ONE + b"x" + TWO)
    assert numbers(reader.read_batch()) == ["1"]
    with pytest.raises(RuntimeError, match="mine"):
        next(reader)
    assert list(reader) == []
