"""MARCReader's `recovery`: the warning of pymarc's way, strict, and salvage on every source."""

from __future__ import annotations

import copy
import io
import logging
import os
import pickle
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mrrc import DamagedRecord, Field, MARCReader, Problem, RawField, Record
from tests.unit.writing import data, record


def marc(number: str) -> bytes:
    return record(number, data("500", ("a", "A note"))).as_marc()


ONE, TWO, THREE = marc("one"), marc("two"), marc("three")
# Lengths that lie, junk, and what Windows and CP/M leave behind.
DAMAGED = ONE + b"99" + TWO[2:] + b"\r\nlitter" + THREE + b"\x1a"
LIED = len(ONE)
JUNK = len(ONE + TWO) + 2


def numbers(records: Any) -> list[str]:
    return [each["001"].data for each in records]


def salvage(source: Any = DAMAGED, **options: Any) -> MARCReader:
    return MARCReader(source, recovery="salvage", **options)


# -- as pymarc ----------------------------------------------------------------------------------


def said_by(source: Any, caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="pymarc"):
        list(MARCReader(source))
    assert {entry.levelname for entry in caplog.records} <= {"WARNING"}
    return [entry.getMessage() for entry in caplog.records]


def test_a_fatal_error_says_what_is_left(caplog: pytest.LogCaptureFixture) -> None:
    (said,) = said_by(ONE + b"x" + TWO, caplog)
    assert said.startswith(f"record 2 at byte {len(ONE)} cannot be read, ")
    assert f"{len(TWO) - 4} bytes are left unread" in said
    assert "recovery='salvage'" in said
    (said,) = said_by(ONE + b"\n" * 5 + b"!", caplog)
    assert "1 byte is left unread" in said
    (said,) = said_by(b"%05d" % (len(ONE) - 1) + ONE[5:] + TWO, caplog)
    assert f"{len(TWO) + 1} bytes are left unread" in said


def test_many_bytes_are_counted_from_where_reading_stopped(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "many.mrc"
    path.write_bytes(ONE + b"x" * 2_000_000)
    for source in (path, path.read_bytes(), path.open("rb", buffering=0)):
        (said,) = said_by(source, caplog)
        assert "1,999,995 bytes are left unread" in said


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\x1a", b"\n" * 5])
def test_an_end_without_a_rest_is_no_matter(end: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert said_by(ONE + end, caplog) == []


def test_a_pipe_is_not_read_on_to_count(caplog: pytest.LogCaptureFixture) -> None:
    inner = io.BytesIO(ONE + b"x" + TWO)
    (said,) = said_by(Dribble(inner, 1 << 20), caplog)
    assert "the rest of the data is left unread" in said
    assert inner.tell() == len(ONE) + 5


def test_the_position_stays_where_reading_stopped(caplog: pytest.LogCaptureFixture) -> None:
    source = io.BytesIO(ONE + b"x" + TWO)
    assert len(said_by(source, caplog)) == 1
    assert source.tell() == len(ONE) + 5


def test_pymarc_s_way_has_nothing_to_report() -> None:
    reader = MARCReader(DAMAGED)
    assert next(reader) is not None
    assert (list(reader.problems), dict(reader.problem_counts)) == ([], {})
    assert reader.problem_counts["bytes-unread"] == 0
    assert (reader.accounting, reader.encoding_found) == (None, None)


# -- strict -------------------------------------------------------------------------------------


def test_strict_reads_sound_data_through() -> None:
    reader = MARCReader(ONE + TWO + THREE, recovery="strict")
    assert numbers(reader) == ["one", "two", "three"]
    assert reader.accounting == (len(ONE + TWO + THREE), 0, 0)


def test_strict_raises_at_the_first_problem_and_is_over() -> None:
    reader = MARCReader(DAMAGED, recovery="strict")
    assert next(reader)["001"].data == "one"  # type: ignore[index]
    with pytest.raises(DamagedRecord) as caught:
        next(reader)
    error = caught.value
    assert error.problem.code == "record-length-wrong"
    assert (error.record_number, error.offset, error.control_number) == (2, LIED, "two")
    assert str(error.problem) in str(error)
    assert reader.current_chunk == b"99" + TWO[2:]
    assert list(reader) == []
    assert list(reader.problems) == [error.problem]


def test_strict_does_not_let_bytes_between_records_pass() -> None:
    reader = MARCReader(ONE + b"\n" + TWO, recovery="strict")
    assert next(reader) is not None
    with pytest.raises(DamagedRecord) as caught:
        next(reader)
    assert caught.value.problem.code == "newline-between-records"
    assert (caught.value.offset, caught.value.tag) == (len(ONE), None)
    assert pickle.loads(pickle.dumps(caught.value)).problem == caught.value.problem


# -- salvage ------------------------------------------------------------------------------------


def test_salvage_reads_to_the_end_and_says_what_was_wrong() -> None:
    told: list[Problem] = []
    reader = salvage(on_problem=told.append)
    records = list(reader)
    assert None not in records
    assert numbers(records) == ["one", "two", "three"]
    assert [[each.code for each in made.problems] for made in records if made] == [
        [],
        ["record-length-wrong"],
        [],
    ]
    assert [(each.code, each.offset, each.raw) for each in reader.problems] == [
        ("record-length-wrong", LIED, b""),
        ("newline-between-records", JUNK - 2, b""),
        ("bytes-unread", JUNK, b"litter"),
        ("end-of-file-mark", len(DAMAGED) - 1, b""),
    ]
    assert told == list(reader.problems)
    assert reader.problem_counts == Counter(each.code for each in told)
    assert reader.accounting == (len(ONE + THREE), len(TWO), 9)
    assert reader.current_exception is None


def test_problems_come_with_their_records() -> None:
    reader = salvage()
    seen = [(len(reader.problems), reader.accounting) for _ in reader]
    assert [count for count, _ in seen] == [0, 1, 3]
    sums = [sum(accounting or ()) for _, accounting in seen]
    assert sums == [len(ONE), len(ONE + TWO), len(DAMAGED) - 1]


def test_chunks_are_the_bytes_of_the_records() -> None:
    reader = salvage()
    assert reader.current_chunk == b""
    assert [reader.current_chunk for _ in reader] == [ONE, b"99" + TWO[2:], THREE]
    assert reader.current_chunk == b""


def test_at_its_end_a_reader_stays_at_its_end() -> None:
    source = io.BytesIO(ONE)
    reader = salvage(source)
    assert numbers(reader) == ["one"]
    source.write(TWO)
    source.seek(len(ONE))
    assert list(reader) == []
    assert next(reader, "over") == "over"


def test_iteration_can_be_left_and_taken_up() -> None:
    reader = salvage()
    for each in reader:
        assert each is not None
        break
    assert numbers(reader) == ["two", "three"]


class Dribble:
    """Has nothing but `read`, and never gives more than so many bytes at once."""

    def __init__(self, inner: io.BytesIO, most: int = 7) -> None:
        self.inner = inner
        self.most = most

    def read(self, size: int) -> bytes:
        assert size > 0
        return self.inner.read(min(size, self.most))


def as_pipe(raw: bytes) -> io.FileIO:
    source, target = os.pipe()

    def fill() -> None:
        with os.fdopen(target, "wb") as file:
            file.write(raw)

    threading.Thread(target=fill, daemon=True).start()
    return io.FileIO(source, "rb")


def saved(raw: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "data.mrc"
    path.write_bytes(raw)
    return path


SOURCES: dict[str, Callable[[bytes, Path], Any]] = {
    "bytes": lambda raw, _: raw,
    "BytesIO": lambda raw, _: io.BytesIO(raw),
    "path": saved,
    "str": lambda raw, place: str(saved(raw, place)),
    "open file": lambda raw, place: saved(raw, place).open("rb"),
    "unbuffered": lambda raw, place: saved(raw, place).open("rb", buffering=0),
    "short reads": lambda raw, _: Dribble(io.BytesIO(raw)),
    "pipe": lambda raw, _: as_pipe(raw),
}
DATA = {
    "nothing": b"",
    "one byte": b"x",
    "a newline": b"\n",
    "junk": b"no MARC at all, " * 20,
    "sound": ONE + TWO,
    "cut": ONE + TWO[:-9],
    "damaged": DAMAGED,
    "large": (DAMAGED + b"\x00" * 3_000 + ONE * 50) * 300,
}


@pytest.mark.parametrize("raw", DATA.values(), ids=DATA)
@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_same_and_all_bytes_are_accounted_for(
    source: str, raw: bytes, tmp_path: Path
) -> None:
    if source == "short reads" and len(raw) > 100_000:
        raw = raw[:100_000]
    wanted = salvage(raw)
    told = [(each.as_marc(), each.problems) for each in wanted if each]
    with_source = SOURCES[source](raw, tmp_path)
    reader = salvage(with_source)
    assert [(each.as_marc(), each.problems) for each in reader if each] == told
    assert list(reader.problems) == list(wanted.problems)
    assert reader.problem_counts == Counter(each.code for each in reader.problems)
    assert reader.accounting is not None
    assert sum(reader.accounting) == len(raw)
    assert reader.accounting == wanted.accounting
    between = [each for each in reader.problems if each.record_offset is None]
    assert reader.accounting.reported == sum(each.length for each in between)
    assert all(each.raw in (b"", raw[each.offset :][: each.length]) for each in between)
    if hasattr(with_source, "close"):
        reader.close()


def test_nothing_in_the_data_is_nothing_wrong() -> None:
    reader = salvage(b"")
    assert list(reader) == []
    assert list(reader.problems) == []
    assert reader.accounting == (0, 0, 0)


def test_offsets_count_from_the_start_of_the_file() -> None:
    source = io.BytesIO(b"a header\n" + DAMAGED)
    source.seek(9)
    reader = salvage(source)
    assert len(list(reader)) == 3
    assert [each.offset for each in reader.problems][:2] == [9 + LIED, 9 + JUNK - 2]


class Failing(Dribble):
    """Raises once, before it gives the byte at an offset."""

    def __init__(self, raw: bytes, offset: int, error: type[BaseException]) -> None:
        super().__init__(io.BytesIO(raw), 10)
        self.offset = offset
        self.error: type[BaseException] | None = error

    def read(self, size: int) -> bytes:
        if self.error is not None and self.inner.tell() >= self.offset:
            error, self.error = self.error, None
            raise error
        return super().read(size)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, TimeoutError])
@pytest.mark.parametrize("offset", [0, len(ONE), len(ONE) + 30, len(DAMAGED) - 1, len(DAMAGED)])
@pytest.mark.parametrize("recovery", ["salvage", "pymarc"])
def test_an_error_of_the_file_is_raised_and_nothing_is_lost(
    recovery: str, offset: int, error: type[BaseException]
) -> None:
    raw = DAMAGED if recovery == "salvage" else ONE + TWO
    reader = MARCReader(Failing(raw, min(offset, len(raw)), error), recovery=recovery)  # type: ignore[arg-type]
    records = []
    raised = 0
    while True:
        try:
            records.append(next(reader))
        except StopIteration:
            break
        except error:
            raised += 1
            if recovery == "pymarc":
                return
    assert raised == 1
    assert numbers(records) == ["one", "two", "three"]
    assert sum(reader.accounting or ()) == len(raw)


def test_offsets_are_right_after_an_error_of_the_file() -> None:
    class Once(io.BytesIO):
        failed = False

        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0 and not self.failed:
                self.failed = True
                raise OSError
            return super().read(min(size or 0, 40))

    reader = salvage(Once(DAMAGED))
    with pytest.raises(OSError, match=r"^$"):
        next(reader)
    assert numbers(reader) == ["one", "two", "three"]
    assert list(reader.problems) == list(problems_of(DAMAGED))


def problems_of(raw: bytes) -> list[Problem]:
    reader = salvage(raw)
    assert all(reader)
    return list(reader.problems)


def test_an_error_of_the_listener_s_is_raised_and_reading_can_go_on() -> None:
    def refuse(problem: Problem) -> None:
        if problem.code == "bytes-unread":
            raise RuntimeError(problem.code)

    reader = salvage(on_problem=refuse)
    assert numbers([next(reader), next(reader)]) == ["one", "two"]
    with pytest.raises(RuntimeError, match="bytes-unread"):
        next(reader)
    assert numbers(reader) == ["three"]
    assert sum(reader.accounting or ()) == len(DAMAGED)


def test_a_reader_that_is_busy_in_another_thread_waits_for_its_turn() -> None:
    inside, done = threading.Event(), threading.Event()

    class Waits(Dribble):
        def read(self, size: int) -> bytes:
            inside.set()
            done.wait(5)
            return super().read(size)

    reader = salvage(Waits(io.BytesIO(ONE + TWO), 1 << 20))
    found: list[Any] = []
    other = threading.Thread(target=lambda: found.append(next(reader)))
    other.start()
    assert inside.wait(10)
    later = threading.Thread(target=lambda: found.append(next(reader)))
    later.start()
    later.join(0.2)
    assert later.is_alive()
    assert not found
    done.set()
    other.join(10)
    later.join(10)
    assert sorted(numbers(found)) == ["one", "two"]
    assert list(reader) == []


def test_closing_is_closing_however_often(tmp_path: Path) -> None:
    path = saved(DAMAGED, tmp_path)
    with salvage(path) as reader:
        assert next(reader) is not None
        reader.close()
    reader.close()
    assert reader.file_handle.closed
    assert reader.accounting == (len(ONE), 0, 0)
    unread = salvage(path)
    unread.close()
    with pytest.raises(ValueError, match="closed"):
        next(unread)


# -- options of pymarc, and subclasses ------------------------------------------------------------


class Watching(MARCReader):
    """As programs have it: everything through, one method overridden."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.seen = 0
        super().__init__(*arguments, **options)

    def __next__(self) -> Any:
        self.seen += 1
        return super().__next__()


class Salvaging(MARCReader):
    """Another default."""

    def __init__(self, target: Any) -> None:
        super().__init__(target, recovery="salvage")


def test_subclasses() -> None:
    watching = Watching(DAMAGED, True, recovery="salvage")
    assert numbers(watching) == ["one", "two", "three"]
    assert watching.seen == 4
    assert numbers(Salvaging(DAMAGED)) == ["one", "two", "three"]


def test_a_subclass_without_the_constructor_reads_as_pymarc_does() -> None:
    class Own(MARCReader):
        def __init__(self, raw: bytes) -> None:
            self.file_handle = io.BytesIO(raw)
            self.to_unicode, self.force_utf8, self.hide_utf8_warnings = True, False, False
            self.utf8_handling, self.file_encoding = "strict", "iso8859-1"

    reader = Own(ONE + TWO)
    assert numbers(reader) == ["one", "two"]
    assert list(reader.problems) == []


LATIN_1 = record("e", data("500", ("a", "Caf\xe9"))).as_marc().replace(b"\xc3\xa9", b"\xe9\xe9")
MARC_8 = LATIN_1.replace(b"nam a", b"nam  ").replace(b"\xe9\xe9", b"\xe2e")


@pytest.mark.parametrize(
    ("raw", "options"),
    [
        (DAMAGED[: len(ONE)] + MARC_8, {}),
        (MARC_8, {"file_encoding": "cp1252"}),
        (MARC_8.replace(b"\xe2e", b"\xc3\xa9"), {"force_utf8": True}),
        (LATIN_1, {"utf8_handling": "replace"}),
        (LATIN_1, {"utf8_handling": "ignore"}),
        (LATIN_1 + MARC_8, {"to_unicode": False}),
        (ONE + TWO, {"to_unicode": False, "hide_utf8_warnings": True}),
    ],
)
def test_sound_structure_is_read_as_pymarc_s_options_say(raw: bytes, options: Any) -> None:
    def shown(reader: MARCReader) -> list[Any]:
        return [
            # The lengths in the leader are those of the bytes that a record has got.
            (str(each.leader)[5:12], type(each.fields[0]), each.to_unicode, [
                (field.tag, field.data, field.indicators, field.subfields) for field in each.fields
            ])
            for each in reader if each
        ]  # fmt: skip

    reader = salvage(raw, **options)
    assert shown(reader) == shown(MARCReader(raw, **options)) != []
    assert list(reader.problems) == []


def test_without_unicode_salvaged_fields_hold_bytes() -> None:
    reader = salvage(DAMAGED, to_unicode=False)
    records = [each for each in reader if each]
    assert [each["001"].data for each in records] == [b"one", b"two", b"three"]
    assert all(isinstance(field, RawField) for each in records for field in each.fields)
    assert [len(each.problems) for each in records] == [0, 1, 0]
    assert [each.as_marc() for each in records] == [ONE, TWO, THREE]


def test_options_are_looked_at_for_each_record() -> None:
    reader = salvage(ONE + TWO)
    assert next(reader)["001"].data == "one"  # type: ignore[index]
    reader.to_unicode = False
    assert next(reader)["001"].data == b"two"  # type: ignore[index]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"recovery": "Salvage"}, ValueError),
        ({"recovery": None}, ValueError),
        ({"recovery": ""}, ValueError),
        ({"undecodable": "ignore"}, ValueError),
        ({"undecodable": None}, ValueError),
        ({"normalize": "NFKC"}, ValueError),
        ({"normalize": ""}, ValueError),
        ({"encoding": "nosuch"}, LookupError),
        ({"encoding": ""}, LookupError),
        ({"encoding": "base64"}, LookupError),
        ({"recovery": "salvage", "file_encoding": "nosuch"}, LookupError),
        ({"recovery": "strict", "utf8_handling": "nosuch"}, LookupError),
    ],
    ids=str,
)
def test_values_that_there_are_not_are_refused_before_anything_is_opened(
    options: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("builtins.open", lambda *arguments: opened.append(arguments))
    with pytest.raises(error, match=r"\w"):
        MARCReader("any.mrc", **options)
    assert opened == []


def test_values_are_given_by_keyword() -> None:
    with pytest.raises(TypeError):
        MARCReader(ONE, True, False, False, "strict", "iso8859-1", False, "salvage")  # type: ignore[misc]


# -- records with problems ------------------------------------------------------------------------


def damaged_record() -> Record:
    (each,) = [each for each in salvage() if each and each.problems]
    return each


def copies(original: Record) -> Iterator[Record]:
    yield copy.copy(original)
    yield copy.deepcopy(original)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(original, protocol))


@pytest.mark.parametrize("touch", [lambda record: None, lambda record: record.fields])
def test_copies_of_a_record_keep_its_problems(touch: Callable[[Record], object]) -> None:
    original = damaged_record()
    touch(original)
    found = original.problems
    assert [each.code for each in found] == ["record-length-wrong"]
    for each in copies(original):
        assert each.problems == found
        assert each.as_marc() == TWO
    assert original.problems is found


def test_a_sound_record_has_no_problems_and_no_place_for_them() -> None:
    (sound,) = [each for each in salvage(ONE) if each]
    for each in (sound, Record(), *copies(sound)):
        assert each.problems == ()
        assert not hasattr(each, "_problems")


def test_problems_say_what_was_read_not_what_the_record_became() -> None:
    each = damaged_record()
    each.remove_fields("001", "245", "500")
    each.add_field(Field("001", data="new"))
    assert [problem.control_number for problem in each.problems] == ["two"]
    with pytest.raises(AttributeError):
        each.problems = ()  # type: ignore[misc]
