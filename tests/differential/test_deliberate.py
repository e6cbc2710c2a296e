"""Each deliberate difference is still one: pymarc does this, mrrc does that."""

from __future__ import annotations

import io
import json
import logging
import mmap
import os
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mrrc
from tests.differential.compare import Step
from tests.differential.differences import ADDITIONS, TABLE, is_sound
from tests.differential.outcomes import Outcome, outcome
from tests.shared import DATA

PROVEN: dict[str, str] = {}


def proves(name: str) -> Callable[[Any], Any]:
    """Marks the test (one of the tests) of a row."""

    def mark(test: Any) -> Any:
        PROVEN[name] = test.__name__
        return test

    return mark


@pytest.fixture(autouse=True)
def only_with_mrrc(pymarc: ModuleType, subject: ModuleType) -> None:
    if subject.__name__ != "mrrc":
        pytest.skip("the harness is checking itself")


@pytest.fixture
def notices() -> Iterator[list[logging.LogRecord]]:
    """Log records of the package's logger."""
    kept: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record)

    handler = Keep()
    logger = logging.getLogger("pymarc")
    logger.addHandler(handler)
    yield kept
    logger.removeHandler(handler)


def row(name: str) -> Any:
    return next(row for row in TABLE if row.name == name)


def applies(
    name: str,
    run: Callable[[ModuleType], Any],
    *packages: ModuleType,
    step: str = "deliberate",
) -> bool:
    """Whether the row, and no other one, covers the outcomes of `run` on both packages."""
    theirs, ours = (outcome(run, package) for package in packages)
    assert theirs != ours
    covering = [row.name for row in TABLE if row.applies(Step(step, name), theirs, ours)]
    return covering == [name]


def book(package: ModuleType, *subfields: tuple[str, str]) -> Any:
    record = package.Record()
    record.add_field(package.Field("001", data="id1"))
    record.add_field(
        package.Field(
            "245", package.Indicators("1", "0"), [package.Subfield(c, v) for c, v in subfields]
        )
    )
    return record


def sample(name: str) -> bytes:
    return (DATA / "iso2709" / f"{name}.mrc").read_bytes()


def test_every_row_has_a_reason_and_a_test() -> None:
    names = [row.name for row in TABLE] + list(ADDITIONS)
    assert len(names) == len(set(names))
    assert all(len(reason) > 40 for reason in [*(row.reason for row in TABLE), *ADDITIONS.values()])
    assert set(PROVEN) == set(names)


@pytest.mark.parametrize("size", [9_996, 20_000])
@proves("size limits")
def test_a_field_over_the_limit(pymarc: ModuleType, subject: ModuleType, size: int) -> None:
    def write(package: ModuleType) -> bytes:
        return bytes(book(package, ("a", "x" * size)).as_marc())

    written = write(pymarc)
    reader = pymarc.MARCReader(written)
    assert next(reader) is None
    with pytest.raises(subject.exceptions.FieldTooLong) as caught:
        write(subject)
    error = caught.value
    assert isinstance(error, subject.PymarcException)
    assert (error.tag, error.length, error.limit) == ("245", size + 5, 9_999)
    assert error.control_number == "id1"
    assert applies("size limits", write, pymarc, subject)


def test_a_field_of_just_the_limit_is_written(pymarc: ModuleType, subject: ModuleType) -> None:
    written = book(subject, ("a", "x" * 9_994)).as_marc()
    assert written == book(pymarc, ("a", "x" * 9_994)).as_marc()
    assert b"24599990000" in written[:60]


def many(package: ModuleType, last: int) -> Any:
    record = book(package, ("a", "T"))
    for _ in range(10):
        record.add_field(package.Field("500", subfields=[package.Subfield("a", "y" * 9_800)]))
    record.add_field(package.Field("501", subfields=[package.Subfield("a", "z" * last)]))
    return record


def test_a_record_over_the_limit(pymarc: ModuleType, subject: ModuleType) -> None:
    spare = 99_999 - len(many(pymarc, 0).as_marc())
    assert len(many(subject, spare).as_marc()) == 99_999
    assert many(subject, spare).as_marc() == many(pymarc, spare).as_marc()
    assert len(many(pymarc, spare + 1).as_marc()) > 99_999
    with pytest.raises(subject.exceptions.RecordTooLong) as caught:
        many(subject, spare + 1).as_marc()
    error = caught.value
    assert isinstance(error, subject.PymarcException)
    assert (error.length, error.limit, error.control_number) == (100_000, 99_999, "id1")
    assert applies("size limits", lambda p: many(p, spare + 1).as_marc(), pymarc, subject)


@pytest.mark.parametrize("tag", ["1234", "abcd", "24\u00e9"])
def test_a_tag_that_is_not_three_bytes(pymarc: ModuleType, subject: ModuleType, tag: str) -> None:
    def write(package: ModuleType) -> bytes:
        record = book(package, ("a", "T"))
        record["245"].tag = tag
        return bytes(record.as_marc())

    with pytest.raises(subject.exceptions.FieldTooLong) as caught:
        write(subject)
    assert caught.value.tag == tag
    assert applies("size limits", write, pymarc, subject)


def test_nothing_is_written_when_a_record_is_refused(
    pymarc: ModuleType, subject: ModuleType
) -> None:
    target = io.BytesIO()
    writer = subject.MARCWriter(target)
    with pytest.raises(subject.exceptions.FieldTooLong):
        writer.write(book(subject, ("a", "x" * 10_000)))
    assert target.getvalue() == b""
    writer.write(book(subject, ("a", "T")))
    assert target.getvalue() == book(pymarc, ("a", "T")).as_marc()


def written_twice(record: Callable[[ModuleType], Any]) -> Callable[[ModuleType], bytes]:
    """What a MARCWriter makes of a record, two times over."""

    def write(package: ModuleType) -> bytes:
        target = io.BytesIO()
        writer = package.MARCWriter(target)
        for _ in range(2):
            writer.write(record(package))
        return target.getvalue()

    return write


def with_tag(package: ModuleType, tag: str) -> Any:
    record = book(package, ("a", "T"))
    record["245"].tag = tag
    return record


def with_indicator(package: ModuleType, indicator: str) -> Any:
    record = book(package, ("a", "T"))
    record["245"].indicators = package.Indicators(indicator, "0")
    return record


@pytest.mark.parametrize(
    "record",
    [
        lambda package: book(package, ("a", "one\x1etwo")),
        lambda package: book(package, ("a", "one\x1dtwo")),
        lambda package: book(package, ("a", "one\x1ftwo")),
        lambda package: book(package, ("", "empty code")),
        lambda package: book(package, ("\u00e9", "code")),
        lambda package: with_tag(package, "24\x1e"),
        lambda package: with_indicator(package, "\x1f"),
        lambda package: with_indicator(package, ""),
    ],
    ids=["field terminator", "record terminator", "delimiter", "no code", "code", "tag",
         "indicator", "no indicator"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
@proves("unsound content")
def test_unsound_content_is_repaired(
    pymarc: ModuleType,
    subject: ModuleType,
    record: Callable[[ModuleType], Any],
    notices: list[logging.LogRecord],
) -> None:
    run = written_twice(record)
    fields = [each and each.as_dict()["fields"] for each in pymarc.MARCReader(run(pymarc))]
    # By the lengths alone pymarc finds the way; other programs look at the terminators.
    assert not is_sound(run(pymarc)) or fields != [record(pymarc).as_dict()["fields"]] * 2
    notices.clear()
    assert is_sound(run(subject))
    assert [(entry.name, entry.levelname) for entry in notices] == [("pymarc", "WARNING")] * 2
    assert applies("unsound content", run, pymarc, subject, step="MARCWriter")


def test_unsound_content_can_be_refused(subject: ModuleType) -> None:
    target = io.BytesIO()
    writer = subject.MARCWriter(target, invalid="raise")
    with pytest.raises(subject.exceptions.InvalidContent):
        writer.write(book(subject, ("a", "one\x1etwo")))
    assert target.getvalue() == b""


def test_as_marc_itself_gives_what_pymarc_s_gives(pymarc: ModuleType, subject: ModuleType) -> None:
    written = [book(package, ("a", "one\x1etwo")).as_marc() for package in (pymarc, subject)]
    assert written[0] == written[1]


SOUND = book(mrrc, ("a", "T")).as_marc()


@pytest.mark.parametrize(
    ("data", "left"),
    [(SOUND + b"\n" * 5 + SOUND, len(SOUND)), (b"x" + SOUND, len(SOUND) - 4),
     (b"%05d" % (len(SOUND) - 1) + SOUND[5:], 1), (SOUND + b"\r\n" * 4, 3)],
    ids=["newlines", "shifted", "short length", "line ends"],
)  # fmt: skip
@proves("unread bytes")
def test_unread_bytes_are_logged(
    pymarc: ModuleType,
    subject: ModuleType,
    data: bytes,
    left: int,
    notices: list[logging.LogRecord],
) -> None:
    def read(package: ModuleType) -> Any:
        reader = package.MARCReader(data)
        return [(record, reader.current_exception) for record in reader]

    assert read(pymarc)
    assert not notices
    (*_, (_, error)) = read(subject)
    (entry,) = notices
    assert (entry.name, entry.levelname) == ("pymarc", "WARNING")
    assert entry.args[:2] == (error.record_number, error.offset)
    assert str(left) in entry.getMessage().split()
    assert applies("unread bytes", read, pymarc, subject)


@pytest.mark.parametrize(
    "data", [b"", SOUND, SOUND + b"\n", SOUND + b"\x1a", SOUND + b"\n" * 5, SOUND[:-1], b"x",
             SOUND[:-1] + b"x"],
)  # fmt: skip
def test_nothing_is_logged_where_nothing_is_left(
    subject: ModuleType, data: bytes, notices: list[logging.LogRecord]
) -> None:
    assert list(subject.MARCReader(data))[1:] in ([], [None])
    assert not notices


FORBIDDEN = ("\x00", "\x08", "\x0b", "\x1b", "\x1f", "\ufffe", "\uffff")


@pytest.mark.parametrize("character", FORBIDDEN, ids=ascii)
@proves("XML characters")
def test_xml_is_well_formed(
    pymarc: ModuleType, subject: ModuleType, character: str, notices: list[logging.LogRecord]
) -> None:
    def serialise(package: ModuleType) -> bytes:
        return bytes(package.record_to_xml(book(package, ("a", f"x{character}y{character}"))))

    with pytest.raises(ET.ParseError):
        ET.fromstring(serialise(pymarc))
    assert not notices
    tree = ET.fromstring(serialise(subject))
    assert tree.findtext("datafield/subfield") == "x\ufffdy\ufffd"
    assert [(entry.name, entry.levelname) for entry in notices] == [("pymarc", "WARNING")]
    assert applies("XML characters", serialise, pymarc, subject)


def test_an_xml_file_is_well_formed(
    pymarc: ModuleType, subject: ModuleType, notices: list[logging.LogRecord]
) -> None:
    def serialise(package: ModuleType) -> bytes:
        target = io.BytesIO()
        writer = package.XMLWriter(target)
        writer.write(book(package, ("a", "x\x1by"), ("b", "\x00")))
        writer.write(book(package, ("a", "good")))
        writer.write(book(package, ("\x01", "code")))
        writer.close(close_fh=False)
        return target.getvalue()

    with pytest.raises(ET.ParseError):
        ET.fromstring(serialise(pymarc))
    assert len(list(ET.fromstring(serialise(subject)))) == 3
    assert len(notices) == 2
    assert applies("XML characters", serialise, pymarc, subject)


@proves("MARC-8 notices")
def test_unknown_marc8_is_logged_once(
    pymarc: ModuleType, subject: ModuleType, notices: list[logging.LogRecord],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    data = sample("marc8_trouble")[:183]

    def read(package: ModuleType) -> Any:
        return next(package.MARCReader(data))

    assert read(pymarc) is not None
    assert capsys.readouterr().err.count("Unable to parse character") == 2
    assert not notices
    record = read(subject)
    assert capsys.readouterr().err == ""
    assert [(entry.name, entry.levelname) for entry in notices] == [("pymarc", "WARNING")]
    assert record["245"]["a"] == read(pymarc)["245"]["a"]
    assert applies("MARC-8 notices", read, pymarc, subject)


def test_a_blank_in_another_set_is_no_notice(
    pymarc: ModuleType, subject: ModuleType, notices: list[logging.LogRecord],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    hebrew = b"\x1b(2`a b\x1b(B"

    def decode(package: ModuleType) -> Any:
        return package.marc8_to_unicode(hebrew)

    assert decode(pymarc) == decode(subject) == "\u05d0\u05d1 \u05d2"
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not notices
    assert applies("MARC-8 notices", decode, pymarc, subject)


@proves("message text")
def test_messages_are_our_own(pymarc: ModuleType, subject: ModuleType) -> None:
    def build(package: ModuleType) -> Any:
        return package.Field("245", ["1"], [])

    assert applies("message text", build, pymarc, subject)


def test_a_table_row_does_not_cover_other_things(pymarc: ModuleType) -> None:
    """Rows are narrow: silence, other values and other classes are no deliberate differences."""
    said = ("Unable to parse character 0x80 in g0=66 g1=69",)
    notice = ("pymarc", "WARNING", ("text",))
    steps = Step("next", "here")

    def covered(theirs: Outcome, ours: Outcome) -> bool:
        return any(row.applies(steps, theirs, ours) for row in TABLE)

    assert covered(Outcome("x", None, (), (), said), Outcome("x", None, (), (notice,), ()))
    assert not covered(Outcome("x", None, (), (), said), Outcome("x", None, (), (), ()))
    assert not covered(Outcome("x", None, (), (), said), Outcome("y", None, (), (notice,), ()))
    assert not covered(Outcome("x", None, (), (), said), Outcome("x", None, (), (notice,) * 2, ()))
    assert not covered(Outcome("x", None, (), (), ()), Outcome("x", None, (), (notice,), ()))
    assert not covered(Outcome("x", None, (), (notice,), ()), Outcome("x", None, (), (), ()))
    key = (("KeyError", "LookupError", "Exception"), ())
    index = (("IndexError", "LookupError", "Exception"), ())
    assert not covered(Outcome(None, key, (), (), ()), Outcome(None, index, (), (), ()))
    said_key = (key[0], ("text",))
    assert not covered(Outcome(None, key, (), (), ()), Outcome(None, said_key, (), (), ()))
    size = (("FieldTooLong", "PymarcException"), ())
    fine = bytes(book(pymarc, ("a", "readable")).as_marc())
    assert not covered(Outcome(fine, None, (), (), ()), Outcome(None, size, (), (), ()))
    good = b"<record><leader>x</leader></record>"
    bad = b"<record><leader>x\x00</leader></record>"
    fixed = b"<record><leader>x&#65533;</leader></record>"
    assert covered(Outcome(bad, None, (), (), ()), Outcome(fixed, None, (), (notice,), ()))
    assert not covered(Outcome(bad, None, (), (), ()), Outcome(fixed, None, (), (), ()))
    assert not covered(Outcome(bad, None, (), (), ()), Outcome(good, None, (), (notice,), ()))
    assert not covered(Outcome(good, None, (), (), ()), Outcome(good, None, (), (notice,), ()))
    lost = ["list", (None, ("exception", ("RecordLengthInvalid",), ()))]
    cut = ["list", (None, ("exception", ("TruncatedRecord",), ()))]
    unread = ("pymarc", "WARNING", (1, 0, "2,310 bytes are"))
    none_left = ("pymarc", "WARNING", (1, 0, "0 bytes are"))
    assert covered(Outcome(lost, None, (), (), ()), Outcome(lost, None, (), (unread,), ()))
    assert not covered(Outcome(lost, None, (), (), ()), Outcome(lost, None, (), (notice,), ()))
    assert not covered(Outcome(lost, None, (), (), ()), Outcome(lost, None, (), (unread,) * 2, ()))
    assert not covered(Outcome(lost, None, (), (), ()), Outcome(lost, None, (), (none_left,), ()))
    assert not covered(Outcome(lost, None, (), (), ()), Outcome(cut, None, (), (unread,), ()))
    assert not covered(Outcome(cut, None, (), (), ()), Outcome(cut, None, (), (unread,), ()))


def test_a_repair_covers_nothing_but_a_sound_file() -> None:
    repairs = row("unsound content").applies
    notice = ("pymarc", "WARNING", (1, "", "text", ""))
    unsound = SOUND.replace(b"T\x1e", b"\x1e\x1e")
    other = SOUND.replace(b"T\x1e", b"U\x1e")
    bad, fixed = Outcome(unsound, None, (), (), ()), Outcome(SOUND, None, (), (notice,), ())
    assert repairs(Step("MARCWriter", ""), bad, fixed)
    assert not repairs(Step("as_marc", ""), bad, fixed)
    assert not repairs(Step("MARCWriter", ""), bad, Outcome(unsound[:-1], None, (), (notice,), ()))
    assert not repairs(Step("MARCWriter", ""), bad, Outcome(SOUND, None, (), (), ()))
    assert not repairs(Step("MARCWriter", ""), bad, Outcome(SOUND, None, (), (notice,) * 2, ()))
    assert not repairs(Step("MARCWriter", ""), bad, Outcome(b"", None, (), (), ()))
    fine = Outcome(other, None, (), (), ())
    assert not repairs(Step("MARCWriter", ""), fine, Outcome(SOUND, None, (), (), ()))


class Dribble:
    """A source that never gives more than seven bytes at once."""

    def __init__(self, data: bytes) -> None:
        self.inner = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self.inner.read(min(size, 7) if size >= 0 else 7)


@proves("short reads")
def test_short_reads_are_continued(pymarc: ModuleType, subject: ModuleType) -> None:
    data = sample("plain")
    reader = pymarc.MARCReader(Dribble(data))
    assert next(reader) is None
    assert type(reader.current_exception).__name__ == "TruncatedRecord"
    titles = [record.title for record in subject.MARCReader(Dribble(data))]
    assert titles == [record.title for record in pymarc.MARCReader(data)]


def test_a_socket_is_read_to_its_end(pymarc: ModuleType, subject: ModuleType) -> None:
    data = sample("plain")
    one, other = socket.socketpair()
    with one, other:
        for start in range(0, len(data), 1000):
            one.sendall(data[start : start + 1000])
        one.shutdown(socket.SHUT_WR)
        with other.makefile("rb", buffering=0) as stream:
            titles = [record.title for record in subject.MARCReader(stream)]
    assert titles == [record.title for record in pymarc.MARCReader(data)]


def test_a_source_that_really_ends_is_truncated(subject: ModuleType) -> None:
    reader = subject.MARCReader(Dribble(sample("plain")[:100]))
    assert list(reader) == [None]
    assert isinstance(reader.current_exception, subject.exceptions.TruncatedRecord)


ALL_FILES = sorted((DATA / "iso2709").glob("*.mrc"))


@pytest.mark.parametrize("kind", [str, Path], ids=["str", "Path"])
@proves("paths")
def test_paths_are_opened(pymarc: ModuleType, subject: ModuleType, kind: Any) -> None:
    for path in ALL_FILES:
        with pytest.raises(AttributeError):
            next(pymarc.MARCReader(kind(path)))

        # Of the bytes, not of an open file: that refuses the negative sizes of a lying length.
        def by_bytes(package: ModuleType, path: Path = path) -> Any:
            reader = package.MARCReader(path.read_bytes())
            return [(record, reader.current_exception, reader.current_chunk) for record in reader]

        def by_path(package: ModuleType, path: Path = path) -> Any:
            with package.MARCReader(kind(path)) as reader:
                return [
                    (record, reader.current_exception, reader.current_chunk) for record in reader
                ]

        assert outcome(by_path, subject) == outcome(by_bytes, subject)


@pytest.mark.parametrize("kind", [str, Path], ids=["str", "Path"])
def test_paths_are_written(
    pymarc: ModuleType, subject: ModuleType, kind: Any, tmp_path: Path
) -> None:
    path = tmp_path / "out.mrc"
    with pytest.raises(AttributeError):
        pymarc.MARCWriter(kind(path)).write(book(pymarc, ("a", "T")))
    with subject.MARCWriter(kind(path)) as writer:
        writer.write(book(subject, ("a", "T")))
    assert path.read_bytes() == book(pymarc, ("a", "T")).as_marc()


def test_a_missing_file_is_the_systems_error(subject: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(subject.MARCReader(tmp_path / "none.mrc"))


@proves("memory maps")
def test_memory_maps(pymarc: ModuleType, subject: ModuleType) -> None:
    first, second = book(subject, ("a", "One")).as_marc(), book(subject, ("a", "Two")).as_marc()
    for package, moved in ((pymarc, len(second)), (subject, 0)):
        with mmap.mmap(-1, len(first + second)) as memory:
            memory.write(first + second)
            memory.seek(len(first))
            reader = package.MARCReader(memory)
            assert next(reader).title == "Two"
            assert memory.tell() == len(first) + moved


@proves("JSON paths")
def test_json_paths_are_utf8(pymarc: ModuleType, subject: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(
        json.dumps(book(subject, ("a", "Émile")).as_dict(), ensure_ascii=False), encoding="utf-8"
    )
    ascii_locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    def read(package: ModuleType) -> str:
        name = package.__name__
        code = (
            f"from {name} import JSONReader; print(ascii(list(JSONReader({str(path)!r}))[0].title))"
        )
        answer = subprocess.run(
            [sys.executable, "-c", code],
            # Elsewhere, or the source tree would be imported in place of what is installed.
            cwd=tmp_path,
            env={**os.environ, **ascii_locale},
            capture_output=True,
            text=True,
        )
        return answer.stdout.strip() or answer.stderr.splitlines()[-1].partition(":")[0]

    assert read(pymarc) == "UnicodeDecodeError"
    assert read(subject) == ascii("Émile")


@proves("context managers")
def test_context_managers(pymarc: ModuleType, subject: ModuleType) -> None:
    data = sample("plain")
    with pytest.raises((TypeError, AttributeError)), pymarc.MARCReader(data):
        pass
    with subject.MARCReader(data) as reader:
        assert next(reader).title
    assert reader.file_handle.closed
    for name in ("MARCWriter", "XMLWriter", "TextWriter", "JSONWriter"):
        text = name in ("TextWriter", "JSONWriter")
        with (
            pytest.raises((TypeError, AttributeError)),
            getattr(pymarc, name)(io.StringIO() if text else io.BytesIO()),
        ):
            pass
        target: Any = io.StringIO() if text else io.BytesIO()
        with getattr(subject, name)(target) as writer:
            writer.write(book(subject, ("a", "T")))
        assert writer.file_handle is None
        assert target.closed


@proves("exception details")
def test_exceptions_say_where(pymarc: ModuleType, subject: ModuleType) -> None:
    good = sample("plain")
    length = int(good[:5])
    bad = good[:length].replace(b"Gardens", b"Gard\xffns")
    data = good[:length] + bad + good[:length] + b"00x12"
    reader = subject.MARCReader(data)
    seen = [(record is None, reader.current_exception) for record in reader]
    assert [failed for failed, _ in seen] == [False, True, False, True]
    error = seen[1][1]
    assert isinstance(error, UnicodeDecodeError)
    assert (error.record_number, error.offset) == (2, length)  # type: ignore[attr-defined]
    assert error.tag == "245"  # type: ignore[attr-defined]
    assert error.control_number == "mrrc000001"  # type: ignore[attr-defined]
    last = seen[3][1]
    assert (last.record_number, last.offset) == (4, 3 * length)
    assert (last.tag, last.control_number) == (None, None)
    plain = pymarc.MARCReader(data)
    assert [hasattr(plain.current_exception, "offset") for _ in plain] == [False] * 4
