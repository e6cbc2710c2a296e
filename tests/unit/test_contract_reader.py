"""What MARCReader and decode_marc promise: boundaries, damage, options, warnings."""

from __future__ import annotations

import io
import logging
import os
import warnings
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, MARCReader, RawField, Record, Subfield


def raw() -> bytes:
    """A sound record of 105 bytes: 001, 245 and two 650s."""
    record = Record()
    record.add_field(Field("001", data="id1"))
    record.add_field(Field("245", ["1", "0"], [Subfield("a", "T :"), Subfield("b", "sub")]))  # type: ignore[arg-type]
    record.add_field(Field("650", Indicators(" ", "0"), [Subfield("a", "S1")]))
    record.add_field(Field("650", Indicators(" ", "0"), [Subfield("a", "S2")]))
    return record.as_marc()


GOOD = raw()


def made(content: bytes, tag: bytes = b"245", coding: bytes = b"a") -> bytes:
    """A record of one field with this content."""
    data = content + b"\x1e"
    total = 24 + 12 + 1 + len(data) + 1
    head = b"%05d    " % total + coding + b"2200037   4500"
    return head + tag + b"%04d00000\x1e" % len(data) + data + b"\x1d"


def put(position: int, text: bytes, data: bytes = GOOD) -> bytes:
    return data[:position] + text + data[position + len(text) :]


def run(data: Any, **options: Any) -> list[str]:
    """`ok` for each record, the exception's name for each None."""
    reader = MARCReader(data, **options)
    said = []
    for record in reader:
        error = reader.current_exception
        assert (record is None) is (error is not None)
        said.append("ok" if record is not None else type(error).__name__)
    return said


def test_the_record_is_as_described() -> None:
    assert len(GOOD) == 105
    assert run(GOOD) == ["ok"]


FATAL = [
    (b"", []),
    (b"0012", ["TruncatedRecord"]),
    (b"0012X" + GOOD, ["RecordLengthInvalid"]),
    (b"     " + GOOD, ["RecordLengthInvalid"]),
    (GOOD[:-10], ["TruncatedRecord"]),
    (GOOD[:-1], ["TruncatedRecord"]),
    (GOOD[:-1] + b"X" + GOOD, ["EndOfRecordNotFound"]),
    (put(0, b"00010"), ["EndOfRecordNotFound"]),
    (put(0, b"99999") + GOOD, ["TruncatedRecord"]),
    (GOOD + b"\n" + GOOD, ["ok", "EndOfRecordNotFound"]),
    (GOOD + b"\x1a", ["ok", "TruncatedRecord"]),
    (GOOD + b"\r\n", ["ok", "TruncatedRecord"]),
    (b"\xef\xbb\xbf" + GOOD, ["RecordLengthInvalid"]),
    (b"00010nam a\x1d", ["EndOfRecordNotFound"]),
    (b"00011nam a\x1d", ["RecordLeaderInvalid"]),
    (b"00005" + GOOD, ["EndOfRecordNotFound"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), FATAL, ids=range(len(FATAL)))
def test_damaged_boundaries(data: bytes, said: list[str]) -> None:
    assert run(data) == said
    assert run(io.BytesIO(data)) == said


LENIENT = [put(0, b"00000"), put(0, b"-0001"), put(0, b" 0"), put(0, b"+"), put(0, b"0_1"),
           put(0, b"  105"), put(0, b"1_05 "), put(0, b"00003")]  # fmt: skip


@pytest.mark.parametrize("data", LENIENT, ids=range(len(LENIENT)))
def test_lengths_that_int_accepts(data: bytes) -> None:
    assert run(data) == ["ok"]


def test_a_length_below_five_takes_the_rest() -> None:
    reader = MARCReader(put(0, b"00000") + GOOD)
    record = next(reader)
    assert [field.tag for field in record.fields] == ["001", "245", "650", "650"]
    assert len(reader.current_chunk) == 210
    assert next(reader, "end") == "end"


INNER = [
    (put(12, b"00000"), "BaseAddressNotFound"),
    (put(12, b"-0001"), "BaseAddressNotFound"),
    (put(12, b"99999"), "BaseAddressInvalid"),
    (put(12, b"00105"), "BaseAddressInvalid"),
    (put(12, b"xxxxx"), "ValueError"),
    (put(12, b"00025"), "NoFieldsFound"),
    (put(12, b"00024"), "NoFieldsFound"),
    (put(12, b"00070"), "RecordDirectoryInvalid"),
    (put(9, b"\xe9"), "UnicodeDecodeError"),
    (put(24, b"\xe9\xe9\xe9"), "UnicodeDecodeError"),
    (put(27, b"00x4"), "ValueError"),
    (put(31, b"0 001"), "ValueError"),
    (made(b"10\x1fa\xff"), "UnicodeDecodeError"),
    (made(b"\xe9\xe9\x1fax"), "UnicodeDecodeError"),
    (made(b"caf\xe9", tag=b"001"), "UnicodeDecodeError"),
    (made("10\x1f\u65e5\u672c".encode()), "IndexError"),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("data", "name"), INNER, ids=range(len(INNER)))
def test_damage_inside_a_record_is_not_fatal(data: bytes, name: str) -> None:
    assert run(data + GOOD) == [name, "ok"]
    with pytest.raises(Exception) as caught:
        Record(data)
    assert type(caught.value).__name__ == name


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"x" * 10, mrrc.RecordLeaderInvalid),
        (b"00050     2200025   4500\x1e\x1d", mrrc.TruncatedRecord),
        (b"00026     2200025   4500\x1e\x1d", mrrc.NoFieldsFound),
        (GOOD[:-5], mrrc.TruncatedRecord),
    ],
)
def test_the_constructor_raises(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        Record(data)
    assert caught.value.args == ()


@pytest.mark.parametrize("data", [GOOD[:-1] + b"X", GOOD + b"trailing", GOOD])
def test_the_constructor_checks_no_terminator(data: bytes) -> None:
    assert Record(data).title == "T : sub"


def test_fields_before_a_failure_stay() -> None:
    record = Record()
    with pytest.raises(ValueError):
        record.decode_marc(put(51, b"00x4"))
    assert [field.tag for field in record.fields] == ["001", "245"]


def test_decode_marc_appends() -> None:
    record = Record(GOOD)
    title = record["245"]
    record.decode_marc(GOOD)
    assert [field.tag for field in record.fields] == ["001", "245", "650", "650"] * 2
    assert record["245"] is title


def test_decode_marc_calls_add_field() -> None:
    class Counting(Record):
        def add_field(self, *fields: Any) -> None:
            self.seen = [*getattr(self, "seen", []), *(field.tag for field in fields)]
            super().add_field(*fields)

    assert Counting(GOOD).seen == ["001", "245", "650", "650"]


DIRECTORY = [
    (put(39, b"9999"), "=245  10$aT :$bsub\x1e 0$aS1\x1e 0$aS2\x1e\x1d"),
    (put(39, b"0005"), "=245  10$a"),
    (put(39, b" 013"), "=245  10$aT :$bsub"),
    (put(27, b"0000"), "=245  10$aT :$bsub"),
]


@pytest.mark.parametrize(("data", "text"), DIRECTORY, ids=range(len(DIRECTORY)))
def test_wrong_directories_are_sliced(data: bytes, text: str) -> None:
    assert str(Record(data)["245"]) == text


def test_the_last_byte_of_a_field_is_dropped_whatever_it_is() -> None:
    assert Record(put(27, b"0002"))["001"].data == "i"
    assert Record(put(27, b"0000"))["001"].data == ""


def test_reading_is_exact() -> None:
    asked: list[int] = []

    class Source:
        def __init__(self) -> None:
            self.inner = io.BytesIO(GOOD + GOOD)

        def read(self, size: int) -> bytes:
            asked.append(size)
            return self.inner.read(size)

    assert run(Source()) == ["ok", "ok"]
    assert asked == [5, 100, 5, 100, 5]


def test_state_of_a_reader() -> None:
    reader = MARCReader(GOOD + GOOD)
    assert (reader.current_chunk, reader.current_exception) == (None, None)
    assert iter(reader) is reader
    assert next(reader).title == "T : sub"
    assert reader.current_chunk == GOOD
    assert reader.file_handle.tell() == 105
    reader.file_handle.seek(0)
    assert len(list(reader)) == 2
    assert (reader.current_chunk, reader.current_exception) == (b"", None)
    for name in ("current_chunk", "current_exception"):
        with pytest.raises(AttributeError):
            setattr(reader, name, 1)
    reader.anything = 1  # type: ignore[attr-defined]
    reader.close()
    assert reader.file_handle.closed


def test_a_fatal_exception_stays() -> None:
    reader = MARCReader(b"0012X")
    assert next(reader) is None
    error = reader.current_exception
    assert next(reader, "stop") == "stop"
    assert reader.current_exception is error


def test_arguments_of_a_reader() -> None:
    reader = MARCReader(GOOD, False, True, True, "replace", "cp1252", True)
    names = ("to_unicode", "force_utf8", "hide_utf8_warnings", "utf8_handling", "file_encoding",
             "permissive")  # fmt: skip
    assert [getattr(reader, n) for n in names] == [False, True, True, "replace", "cp1252", True]
    reader = MARCReader(GOOD)
    assert [getattr(reader, n) for n in names] == [True, False, False, "strict", "iso8859-1", False]


def test_options_may_change_between_records() -> None:
    bad = made(b"10\x1fa\xffz")
    reader = MARCReader(bad * 3)
    assert next(reader) is None
    reader.utf8_handling = "replace"
    assert next(reader)["245"]["a"] == "\ufffdz"
    reader.to_unicode = False
    assert next(reader)["245"]["a"] == b"\xffz"


def test_errors_of_the_source_pass_through() -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        next(MARCReader(Broken()))  # type: ignore[arg-type]


def test_a_text_stream_gives_no_record() -> None:
    reader = MARCReader(io.StringIO(GOOD.decode()))  # type: ignore[arg-type]
    assert next(reader) is None
    assert isinstance(reader.current_exception, mrrc.EndOfRecordNotFound)
    assert type(reader.current_chunk) is str


def test_subclasses_of_the_reader() -> None:
    class Titles(MARCReader):
        def __next__(self) -> Any:
            record = super().__next__()
            return record and record.title

    assert list(Titles(GOOD + GOOD)) == ["T : sub", "T : sub"]


def test_paths_are_read_like_files(tmp_path: Path) -> None:
    path = tmp_path / "records.mrc"
    path.write_bytes(GOOD + GOOD + b"0012X")
    for target in (path, str(path)):
        assert run(target) == ["ok", "ok", "RecordLengthInvalid"]


INDICATORS = [
    (b"\x1fax", (" ", " "), b"\x1fax"),
    (b"1\x1fax", ("1", " "), b"1\x1fax"),
    (b"123\x1fax", ("1", "2"), b"123\x1fax"),
    (b"plain text", ("p", "l"), b"plain text"),
    (b"", (" ", " "), b""),
    (b"10\x1fax", ("1", "0"), None),
    (b"10", ("1", "0"), None),
]


@pytest.mark.parametrize(("content", "kept", "logged"), INDICATORS, ids=range(len(INDICATORS)))
def test_indicators(
    content: bytes, kept: tuple[str, str], logged: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "pymarc"):
        record = Record(made(content))
    assert record["245"].indicators == kept
    entries = [(entry.name, entry.levelname, entry.args) for entry in caplog.records]
    assert entries == ([] if logged is None else [("pymarc", "WARNING", (logged,))])


@pytest.mark.parametrize(
    ("content", "subfields"),
    [
        (b"10\x1fax\x1f\x1fby\x1fc", [("a", "x"), ("b", "y"), ("c", "")]),
        (b"10\x1f", []),
        (b"10\x1fa", [("a", "")]),
        (b"10\x1fa x \x1fb\n", [("a", " x "), ("b", "\n")]),
        (b"10\x1fax\x1ey\x1dz", [("a", "x\x1ey\x1dz")]),
        (b"10\x1f\x00x", [("\x00", "x")]),
    ],
)
def test_subfields(content: bytes, subfields: list[tuple[str, str]]) -> None:
    assert Record(made(content))["245"].subfields == subfields


@pytest.mark.parametrize(
    ("content", "subfields", "bad"),
    [
        ("10\x1f\u00e9zz".encode(), [("e", "zz")], "\u00e9zz".encode()),
        ("10\x1f\u65e5zz".encode(), [("z", "zz")], "\u65e5zz".encode()),
        (b"10\x1faok\x1f\xe9q", [("a", "ok"), ("e", "q")], b"\xe9q"),
    ],
)
def test_codes_that_are_not_ascii(content: bytes, subfields: Any, bad: bytes) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = Record(made(content))
    assert record["245"].subfields == subfields
    (warning,) = caught
    assert warning.category is mrrc.BadSubfieldCodeWarning
    assert warning.message.subf == bad  # type: ignore[union-attr]
    assert os.path.basename(warning.filename) == "record.py"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(made(content)) == ["BadSubfieldCodeWarning"]


def test_control_fields_hold_anything() -> None:
    assert Record(made(b"10\x1fax\x1fby", b"001"))["001"].data == "10\x1fax\x1fby"
    assert Record(made(b"10\x1fax", b"00A"))["00A"].subfields == [("a", "x")]
    assert Record(made(b"\xe9", b"001", b" "))["001"].data == "\u00e9"
    assert run(made(b"\xe9", b"001"), utf8_handling="replace") == ["UnicodeDecodeError"]


@pytest.mark.parametrize(
    ("handling", "text"),
    [("replace", "\ufffdz"), ("ignore", "z"), ("backslashreplace", "\\xffz"),
     ("surrogateescape", "\udcffz")],
)  # fmt: skip
def test_error_handlers(handling: str, text: str) -> None:
    record = next(MARCReader(made(b"10\x1fa\xffz"), utf8_handling=handling))
    assert record["245"]["a"] == text


def test_unknown_handlers_and_codecs() -> None:
    assert run(made(b"10\x1fa\xffz"), utf8_handling="bogus") == ["LookupError"]
    assert run(made(b"10\x1fax", coding=b" "), file_encoding="bogus") == ["LookupError"]


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        (b"10\x1fa\xe2e", {}, "\u00e9"),
        ("10\x1fa\u00e9".encode(), {"force_utf8": True}, "\u00e9"),
        (b"10\x1fa\xe9", {"file_encoding": "latin-1"}, "\u00e9"),
        (b"10\x1fa\x93x\x94", {"file_encoding": "cp1252"}, "\u201cx\u201d"),
        ("10\x1fa\u041f".encode("cp1251"), {"file_encoding": "cp1251"}, "\u041f"),
    ],
)
def test_records_that_are_not_utf8(content: bytes, options: dict[str, Any], text: str) -> None:
    record = next(MARCReader(made(content, coding=b" "), **options))
    assert record["245"]["a"] == text
    assert record.leader[9] == " "
    written = record.as_marc()
    assert written[9:10] == b"a"
    assert record.leader[9] == "a"
    assert Record(written)["245"]["a"] == text


def test_utf8_is_not_normalised() -> None:
    assert Record(made("10\x1fae\u0301".encode()))["245"]["a"] == "e\u0301"


def test_raw_records() -> None:
    data = made(b"10\x1fa\xe2e", coding=b" ")
    record = next(MARCReader(data, to_unicode=False))
    field = record["245"]
    assert type(field) is RawField
    assert field["a"] == record.title == b"\xe2e"
    assert record.as_marc() == data
    with pytest.raises(TypeError):
        field.value()
    with pytest.raises(TypeError):
        record.as_json()
    assert b"&#233;" in mrrc.record_to_xml(record)
    assert mrrc.map_marc8_record(record) is record
    assert record.leader[9] == "a"
    assert record["245"]["a"] == "\u00e9"
    with pytest.raises(TypeError):
        record.as_marc()


def test_map_records() -> None:
    seen: list[Any] = []
    given = mrrc.map_records(
        lambda record: seen.append(record and record.title),
        io.BytesIO(GOOD),
        io.BytesIO(GOOD + b"0012X"),
    )
    assert given is None  # type: ignore[func-returns-value]
    assert seen == ["T : sub", "T : sub", None]


@pytest.mark.parametrize(
    ("given", "normal"),
    [("\u00e9".encode(), ("e", 2)), (b"\xe9x", ("e", 1)), ("\u65e5z".encode(), ("z", 3))],
)
def test_normalize_subfield_code(given: bytes, normal: tuple[str, int]) -> None:
    assert mrrc.normalize_subfield_code(given) == normal
