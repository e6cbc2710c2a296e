"""mrrc.write: any format, to a path or a file; in place only when it is whole."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import FieldTooLong, InvalidContent, Record, WriteNeedsRecord
from tests.unit.packed import IDS, LEADER, MARC, RECORDS, SAMPLES, made
from tests.unit.writing import data, record, run, shape

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and devices of POSIX")
NAMES = {
    "out.mrc": "marc",
    "out.marc": "marc",
    "OUT.MRC": "marc",
    "out.xml": "marcxml",
    "out.marcxml": "marcxml",
    "out.json": "json",
    "out.jsonl": "jsonl",
    "out.ndjson": "jsonl",
    "out.mrk": "mrk",
    "a.b.xml": "marcxml",
}
MAGIC = {"": b"", ".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ", ".GZ": b"\x1f\x8b"}


def written(format: str, records: Any = RECORDS, **options: Any) -> bytes:
    file = io.BytesIO()
    mrrc.write(records, file, format, **options)
    assert not file.closed
    return file.getvalue()


@pytest.mark.parametrize("suffix", MAGIC)
@pytest.mark.parametrize("name", NAMES)
def test_the_name_says_format_and_compression(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / (name + suffix)
    assert mrrc.write(RECORDS, path) == 3
    assert path.read_bytes().startswith(MAGIC[suffix])
    with mrrc.open(path) as reader:
        assert [shape(each) for each in reader] == [shape(each) for each in RECORDS]
        assert reader.format == NAMES[name]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["out", "out.txt", "out.gz", "out.tar.gz", "mrc", ".mrc.d"])
def test_a_name_that_says_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not say in which format"):
        mrrc.write(RECORDS, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert mrrc.write(RECORDS, tmp_path / name, "mrk") == 3
    with pytest.raises(ValueError, match="a file that was opened before"):
        mrrc.write(RECORDS, io.BytesIO())


def test_what_is_written() -> None:
    assert written("marc") == MARC
    # What stands between records and fields is ours to choose, so it is written down here.
    assert written("jsonl") == SAMPLES["jsonl"]
    assert written("json") == SAMPLES["json"]
    assert written("mrk") == SAMPLES["mrk"]
    lines = written("marcxml").decode().splitlines()
    assert lines[:2] == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<collection xmlns="http://www.loc.gov/MARC21/slim">',
    ]
    assert [line.startswith("<record><leader>") for line in lines[2:5]] == [True] * 3
    assert lines[5:] == ["</collection>"]


def test_no_records() -> None:
    assert written("marc", []) == written("mrk", []) == written("jsonl", []) == b""
    assert json.loads(written("json", [])) == []
    assert written("marcxml", []).endswith(b'slim">\n</collection>\n')
    for format in ("marc", "marcxml", "json", "jsonl", "mrk"):
        assert mrrc.read(written(format, []), format) == []
        assert mrrc.read(written(format, [])) == []


def test_forms() -> None:
    crlf = written("mrk", crlf=True)
    assert crlf.replace(b"\r\n", b"\n") == SAMPLES["mrk"]
    assert crlf.count(b"\r\n") == SAMPLES["mrk"].count(b"\n")
    (first, *_) = json.loads(written("json", json_form="oclc"))
    assert first == {
        "leader": LEADER,
        "controlfield": [{"tag": "001", "data": "a1"}],
        "datafield": [
            {
                "tag": "245",
                "ind": "10",
                "subfield": [{"code": "a", "data": "Título a1 /"}, {"code": "c", "data": "我"}],
            }
        ],
    }
    for format in ("json", "jsonl"):
        again = mrrc.read(written(format, json_form="oclc"))
        assert [shape(each) for each in again] == [shape(each) for each in RECORDS]
    marc8 = written("marc", encoding="marc8")
    assert marc8[9:10] == b" "
    assert [shape(each) for each in mrrc.read(marc8)] == [shape(each) for each in RECORDS]
    assert gzip.decompress(written("marc", compression="gzip")) == MARC


@pytest.mark.parametrize("format", ["marc", "marcxml", "json", "jsonl", "mrk"])
def test_normalized_texts_leave_the_records_alone(format: str) -> None:
    (again, *_) = mrrc.read(written(format, [made("a1")], normalize="NFD"))
    assert again["245"]["a"] == "Ti\u0301tulo a1 /"
    record = made("a1")
    assert record["245"]["a"] == "Título a1 /"
    written(format, [record], normalize="NFD")
    assert record["245"]["a"] == "Título a1 /"


def test_options_have_to_be_what_they_can_be(tmp_path: Path) -> None:
    for format, options in (
        ("line", {}),
        ("csv", {}),
        ("marc", {"encoding": "latin-1"}),
        ("mrk", {"encoding": "marc8"}),
        ("mrk", {"undecodable": "keep"}),
        ("json", {"undecodable": "loud"}),
        ("json", {"normalize": "NFX"}),
        ("json", {"json_form": "other"}),
        ("marc", {"oversize": "cut"}),
        ("marc", {"crlf": True}),
        ("marc", {"compression": "zip"}),
    ):
        with pytest.raises(ValueError):
            mrrc.write(RECORDS, tmp_path / "out", format, **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match="a path or a binary file"):
        mrrc.write(RECORDS, 5, "marc")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        mrrc.write(RECORDS, io.StringIO(), "mrk")  # type: ignore[arg-type]


# -- what cannot be written as it is ---------------------------------------------------------


def test_changes_are_reported() -> None:
    odd = record("odd", data("500", ("ab", "text")))
    for format in ("marc", "marcxml", "mrk"):
        told: list[Any] = []
        assert len(mrrc.read(written(format, [odd, made("a1")], on_problem=told.append))) == 2
        assert [each.code for each in told] == ["written-subfield-code"]
        assert told[0].control_number == "odd"
    assert odd["500"].subfields[0].code == "ab"


def test_changes_nobody_listens_to_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    for format in ("marc", "marcxml", "mrk"):
        caplog.clear()
        written(format, [record("odd", data("500", ("ab", "text")))])
        assert len(caplog.records) == 1
        assert "001 odd" in caplog.text
        assert "field 500: " in caplog.text


def test_a_record_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "out.mrc"
    path.write_bytes(b"before")
    long = record("long", data("500", ("a", "x" * 10_000)))
    with pytest.raises(FieldTooLong):
        mrrc.write([*RECORDS, long], path)
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["out.mrc"]
    errors: list[Any] = []
    count = mrrc.write(
        [RECORDS[0], long, None, RECORDS[1]],  # type: ignore[list-item]
        path,
        on_error=lambda number, record, error: errors.append((number, record, type(error))),
    )
    assert count == 2
    assert errors == [(2, long, FieldTooLong), (3, None, WriteNeedsRecord)]
    assert [each["001"].data for each in mrrc.read(path)] == IDS[:2]
    assert mrrc.write([long], path, oversize="zeros") == 1
    for format in ("marcxml", "jsonl", "mrk"):
        assert len(mrrc.read(written(format, [long]))) == 1
        with pytest.raises(WriteNeedsRecord):
            written(format, ["no record"])


@pytest.mark.parametrize("format", ["marc", "marcxml", "json", "jsonl", "mrk"])
def test_undecodable_bytes_are_refused_or_replaced(format: str) -> None:
    bad = record("bad", data("500", ("a", "caf\udce9")))
    with pytest.raises((InvalidContent, UnicodeEncodeError)):
        written(format, [bad])
    told: list[Any] = []
    again = mrrc.read(written(format, [bad], undecodable="replace", on_problem=told.append))
    assert again[0]["500"]["a"] == "caf\ufffd"
    assert [each.code for each in told] == ["written-replacement-character"]


# -- files -----------------------------------------------------------------------------------


class Failing:
    """An iterable that breaks after some records."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __iter__(self) -> Any:
        yield from RECORDS * 1000
        raise self.error


@pytest.mark.parametrize("name", ["out.mrc", "out.xml", "out.json.gz", "out.mrk"])
def test_nothing_is_in_place_after_an_exception(name: str, tmp_path: Path) -> None:
    for error in (KeyError("mine"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            mrrc.write(Failing(error), tmp_path / name)  # type: ignore[arg-type]
        assert list(tmp_path.iterdir()) == []
    (tmp_path / name).write_bytes(b"before")
    with pytest.raises(KeyError):
        mrrc.write(Failing(KeyError()), tmp_path / name)  # type: ignore[arg-type]
    assert (tmp_path / name).read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


@posix
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"")
    path.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    mrrc.write(RECORDS, link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_bytes() == SAMPLES["jsonl"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("format", ["marc", "marcxml", "jsonl"])
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_a_full_disk(format: str, compression: str | None) -> None:
    with pytest.raises(OSError, match="No space left"):
        mrrc.write(RECORDS, "/dev/full", format, compression=compression)
    with open("/dev/full", "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        mrrc.write(RECORDS, file, format, compression=compression)


@posix
def test_a_device_is_written_as_it_is() -> None:
    assert mrrc.write(RECORDS, os.devnull, "marcxml") == 3
    assert not stat.S_ISREG(os.stat(os.devnull).st_mode)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        mrrc.write(RECORDS, tmp_path / "no" / "out.mrc")
    with pytest.raises(OSError):
        mrrc.write(RECORDS, tmp_path, "marc")


def test_a_file_that_takes_a_little_at_a_time() -> None:
    class Short(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            taken = bytes(data[:5])
            self.data += taken
            return len(taken)

    file = Short()
    mrrc.write(RECORDS, file, "mrk")  # type: ignore[arg-type]
    assert file.data == SAMPLES["mrk"]


def test_a_generator_is_written_as_it_comes() -> None:
    file = io.BytesIO()
    sizes = []

    def records() -> Any:
        for number in range(5000):
            sizes.append(len(file.getvalue()))
            yield made(f"{number:05}")

    assert mrrc.write(records(), file, "marcxml") == 5000
    assert len(set(sizes)) > 5


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_signal_leaves_no_file(tmp_path: Path) -> None:
    program = (
        "import mrrc\n"
        "def records():\n"
        "    for number in range(10_000):\n"
        "        yield record(number)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    while True:\n"
        "        yield record(1)\n"
        "mrrc.write(records(), 'out.jsonl')\n"
    )
    done = run(program, cwd=tmp_path)
    assert "KeyboardInterrupt" in done.stderr
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


# -- methods of a record ---------------------------------------------------------------------


def test_a_record_as_text() -> None:
    record = RECORDS[0]
    xml = record.as_xml()
    assert xml.startswith('<record xmlns="http://www.loc.gov/MARC21/slim"><leader>')
    assert xml.endswith("</record>")
    assert [shape(each) for each in mrrc.read(xml.encode())] == [shape(record)]
    assert shape(mrrc.parse_xml_to_array(io.StringIO(xml))[0]) == shape(record)  # type: ignore[arg-type]
    assert record.as_jsonl() + "\n" == SAMPLES["jsonl"].decode().splitlines(keepends=True)[0]
    assert record.as_mrk() == SAMPLES["mrk"].decode().split("\n\n")[0] + "\n"
    for text in (record.as_xml(), record.as_jsonl(), record.as_mrk()):
        assert type(text) is str


def test_a_record_as_text_is_always_valid(caplog: pytest.LogCaptureFixture) -> None:
    odd = record("odd", data("500", ("ab", "te\x00xt \udce9")))
    (again,) = mrrc.read(odd.as_xml().encode())
    assert again["500"].subfields[0].code == "?"
    assert "\ufffd" in odd.as_jsonl()
    assert "\ufffd" in odd.as_mrk()
    assert caplog.records
    assert shape(Record()) == []
    assert Record().as_mrk() == "=LDR            22        4500\n"
