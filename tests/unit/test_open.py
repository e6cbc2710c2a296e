"""mrrc.open and mrrc.read: any format, packed in any way, from anything that has bytes."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import DamagedRecord, Record
from mrrc.exceptions import UnknownFormat
from tests.unit.packed import IDS, MARC, PACKED, RECORDS, SAMPLES, TEXTS, Trickle
from tests.unit.writing import run, shape

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs FIFOs")


def ids(records: Any) -> list[str | None]:
    return [record["001"].data for record in records]


def as_path(data: bytes, directory: Path) -> Path:
    # A name that says something else, as mrrc.open does not ask it.
    path = directory / "records.pdf"
    path.write_bytes(data)
    return path


def as_mmap(data: bytes, directory: Path) -> mmap.mmap:
    with as_path(data, directory).open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def as_file(data: bytes, directory: Path) -> Any:
    return as_path(data, directory).open("rb")


GIVEN: dict[str, Callable[[bytes, Path], Any]] = {
    "path": as_path,
    "str": lambda data, directory: str(as_path(data, directory)),
    "bytes": lambda data, directory: data,
    "bytearray": lambda data, directory: bytearray(data),
    "memoryview": lambda data, directory: memoryview(data),
    "mmap": as_mmap,
    "file": as_file,
    "BytesIO": lambda data, directory: io.BytesIO(data),
    "read only": lambda data, directory: Trickle(data),
    "read only, in pieces": lambda data, directory: Trickle(data, 100_000),
}


# -- what it is ------------------------------------------------------------------------------


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("format", SAMPLES)
def test_every_format_from_everything(format: str, given: str, tmp_path: Path) -> None:
    data = SAMPLES[format]
    with mrrc.open(GIVEN[given](data, tmp_path)) as reader:
        assert reader.format == format
        records = list(reader)
        assert [shape(each) for each in records] == [shape(each) for each in RECORDS]
        assert sum(reader.accounting) == len(data)
        assert reader.accounting.reported == 0
        assert not [each for each in reader.problems if each.severity != "note"]
        assert reader.record_number == 3
        assert reader.bytes_read == len(data)
        assert reader.bytes_total == (None if given.startswith("read only") else len(data))
    assert [str(each.leader)[5:10] for each in records] == ["nam a"] * 3


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("format", SAMPLES)
def test_every_format_in_every_packing(format: str, packing: str, tmp_path: Path) -> None:
    packed = PACKED[packing](SAMPLES[format])
    for given in ("path", "bytes", "file", "read only"):
        with mrrc.open(GIVEN[given](packed, tmp_path)) as reader:
            assert ids(reader) == IDS
            assert reader.format == format
            assert sum(reader.accounting) == len(SAMPLES[format])
            assert reader.bytes_read == len(packed)
            assert reader.bytes_total == (None if given == "read only" else len(packed))
        assert reader.bytes_read == len(packed), "after it was closed"


def test_zst(tmp_path: Path) -> None:
    if sys.version_info >= (3, 14):
        from compression import zstd

        packed = zstd.compress(MARC)
    else:
        packed = pytest.importorskip("zstandard").ZstdCompressor().compress(MARC)
    for given in ("path", "bytes", "read only"):
        assert ids(mrrc.read(GIVEN[given](packed, tmp_path))) == IDS


ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("format", TEXTS)
def test_text_in_other_encodings_of_unicode(format: str, encoding: str, tmp_path: Path) -> None:
    data = TEXTS[format].encode(encoding)
    for given in ("path", "bytes", "bytearray", "read only"):
        with mrrc.open(GIVEN[given](data, tmp_path)) as reader:
            assert [shape(each) for each in reader] == [shape(each) for each in RECORDS]
            assert reader.bytes_read == len(data)
    assert ids(mrrc.read(gzip.compress(data))) == IDS


@pytest.mark.parametrize("format", ["mrk", "jsonl", "line", "aleph"])
def test_text_in_an_encoding_that_is_said(format: str) -> None:
    data = TEXTS[format].replace("我", "ø").encode("latin-1")
    records = mrrc.read(data, encoding="latin-1")
    assert [record["245"]["a"] for record in records] == [f"Título {each} /" for each in IDS]
    assert [record["245"]["c"] for record in records] == ["ø"] * 3
    with pytest.raises(LookupError):
        mrrc.open(data, encoding="no such encoding")


@pytest.mark.parametrize("declared", ["ISO-8859-1", "windows-1252", "utf-8"])
def test_the_encoding_that_xml_declares(declared: str) -> None:
    text = TEXTS["marcxml"].replace("我", "ø")
    data = f'<?xml version="1.0" encoding="{declared}"?>\n{text}'.encode(declared)
    assert [record["245"]["c"] for record in mrrc.read(data)] == ["ø"] * 3
    # What can be read is no UTF-16, whatever it says.
    wrong = '<?xml version="1.0" encoding="UTF-16"?>\n' + TEXTS["marcxml"]
    assert ids(mrrc.read(wrong.encode())) == IDS


def test_half_a_character_at_the_end() -> None:
    data = TEXTS["mrk"].encode("utf-16")[:-3]
    with mrrc.open(data) as reader:
        assert ids(reader) == IDS
        assert reader.problem_counts


@pytest.mark.parametrize("format", SAMPLES)
def test_white_space_before_the_first_record(format: str) -> None:
    with mrrc.open(b"\r\n \n" + SAMPLES[format]) as reader:
        assert (reader.format, ids(reader)) == (format, IDS)


def test_damaged_iso_2709_is_still_that() -> None:
    for data in (
        b"XX" + MARC[2:],
        MARC[5:],
        b"-- exported on Monday --\r\n" + MARC,
        b"\x00" * 5000 + MARC,
        MARC[: len(MARC) - 10],
        MARC.replace(b"\x1d", b""),
        b"\xef\xbb\xbf" + MARC,
    ):
        with mrrc.open(data) as reader:
            assert reader.format == "marc"
            assert len(list(reader)) >= 2
            assert sum(reader.accounting) == len(data)
            assert reader.problems


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\x00\x1a", b"\xef\xbb\xbf"])
def test_nothing_has_no_records(data: bytes, tmp_path: Path) -> None:
    for given in ("path", "bytes", "file", "read only"):
        assert mrrc.read(GIVEN[given](data, tmp_path)) == []
    assert mrrc.read(gzip.compress(data)) == []


NOT_MARC = {
    "a PNG image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "an HTML page": b"<!DOCTYPE html>\n<html><body><p>collection</p></body></html>",
    "XML without MARC records, its first element is <mods>": b'<?xml version="1.0"?><mods/>',
    "JSON without MARC records": b'{"name": "value", "list": [1, 2]}',
    "text that begins with 'Dear Sir or Madam'": b"Dear Sir or Madam",
    "text that begins with 'id,title,author 1,Emma,Austen'": b"id,title,author\n1,Emma,Austen\n",
    "a 7-Zip archive; unpack it first": b"7z\xbc\xaf\x27\x1c" + b"\x00" * 600,
    "binary data of an unknown kind": bytes(range(256)) * 40,
    "something compressed 5 times over": PACKED["gz in gz"](
        PACKED["gz in gz"](gzip.compress(MARC))
    ),
}


@pytest.mark.parametrize("what", NOT_MARC)
def test_what_is_no_marc_is_called_by_its_name(what: str, tmp_path: Path) -> None:
    data = NOT_MARC[what]
    path = as_path(data, tmp_path)
    with pytest.raises(UnknownFormat) as caught:
        mrrc.open(path)
    error = caught.value
    assert (error.name, error.looks_like) == (str(path), what)
    assert str(error).startswith(f"{path} is {what}, by the first bytes; ")
    assert "format='marc'" in str(error)
    assert isinstance(error, ValueError)
    for given in ("bytes", "read only"):
        with pytest.raises(UnknownFormat, match=r"^The data are "):
            mrrc.open(GIVEN[given](data, tmp_path))


def test_a_file_that_is_refused_is_closed(tmp_path: Path) -> None:
    file = Trickle(NOT_MARC["a PNG image"])
    with pytest.raises(UnknownFormat):
        mrrc.open(file)  # type: ignore[arg-type]
    assert file.closed


def test_a_format_that_is_said_is_believed() -> None:
    data = b"%PDF-1.7 and then " + MARC
    with pytest.raises(UnknownFormat):
        mrrc.open(data)
    with mrrc.open(data, "marc") as reader:
        assert ids(reader) == IDS
        assert reader.problem_counts == {"bytes-unread": 1}
    assert ids(mrrc.read(gzip.compress(SAMPLES["jsonl"]), format="ndjson")) == IDS
    assert ids(mrrc.read(Trickle(SAMPLES["mrk"]), format="mrk")) == IDS  # type: ignore[arg-type]


# -- options and errors ----------------------------------------------------------------------


def test_options_have_to_be_what_they_can_be(tmp_path: Path) -> None:
    for options in (
        {"format": "csv"},
        {"recovery": "pymarc"},
        {"undecodable": "loud"},
        {"normalize": "NFX"},
        {"threads": -1},
    ):
        for format in ("marc", "mrk"):
            with pytest.raises(ValueError):
                mrrc.open(SAMPLES[format], **options)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        mrrc.open(tmp_path / "nothing.mrc")
    with pytest.raises((IsADirectoryError, PermissionError)):
        mrrc.open(tmp_path)
    with pytest.raises(TypeError, match="what can be opened is a path"):
        mrrc.open(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="binary mode"):
        mrrc.open(io.StringIO(TEXTS["mrk"]))  # type: ignore[arg-type]


def test_salvage_is_the_default_and_strict_stops() -> None:
    data = MARC + b"00000" + MARC
    told: list[Any] = []
    with mrrc.open(data, on_problem=told.append) as reader:
        assert len(list(reader)) == 6
        assert told == list(reader.problems) != []
    with mrrc.open(data, recovery="strict") as reader, pytest.raises(DamagedRecord):
        list(reader)


def test_options_go_to_the_reader() -> None:
    decomposed = "Ti\u0301tulo"
    for format in ("marc", "mrk"):
        (first, *_) = mrrc.read(SAMPLES[format], normalize="NFD")
        assert first["245"]["a"] == f"{decomposed} a1 /"
    data = TEXTS["mrk"].encode().replace("í".encode(), b"\xed")
    assert mrrc.read(data, undecodable="replace")[0]["245"]["a"] == "T\ufffdtulo a1 /"
    assert mrrc.read(data)[0]["245"]["a"] == "T\udcedtulo a1 /"
    assert mrrc.read(data, undecodable="reject") == []


@pytest.mark.parametrize("format", SAMPLES)
def test_batches_and_threads(format: str, tmp_path: Path) -> None:
    path = as_path(SAMPLES[format], tmp_path)
    for threads in (0, 2):
        with mrrc.open(path, threads=threads) as reader:
            assert ids(reader.read_batch(2)) == IDS[:2]
            assert [ids(batch) for batch in reader.batches(2)] == [IDS[2:]]
            assert reader.read_batch() == []
            with pytest.raises(ValueError, match="batch_size"):
                reader.read_batch(0)


def test_a_reader_closes_what_it_reads(tmp_path: Path) -> None:
    for format in ("marc", "mrk"):
        for packed in (SAMPLES[format], gzip.compress(SAMPLES[format])):
            file = io.BytesIO(packed)
            with mrrc.open(file):
                assert not file.closed
            assert file.closed


def test_offsets_begin_where_a_file_stands() -> None:
    file = io.BytesIO(b"12345" + MARC)
    file.seek(5)
    with mrrc.open(file) as reader:
        next(reader)
        next(reader)
        assert reader.offset == 5 + len(RECORDS[0].as_marc())
        assert reader.current_chunk == RECORDS[1].as_marc()
        assert reader.bytes_total == len(MARC)


@unix_only
@pytest.mark.parametrize("format", ["marc", "mrk", "jsonl"])
def test_a_fifo(format: str, tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(SAMPLES[format],))
    writer.start()
    with mrrc.open(path) as reader:
        assert ids(reader) == IDS
        assert reader.bytes_total is None
    writer.join()


@unix_only
def test_a_record_is_there_when_its_last_byte_is() -> None:
    """Nobody waits for a block of a pipe to be full."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(RECORDS[0].as_marc())
        reader = mrrc.open(file)
        assert ids([next(reader)]) == ["a1"]
        pipe.write(RECORDS[1].as_marc())
        assert ids([next(reader)]) == ["a2"]


def test_standard_input(tmp_path: Path) -> None:
    program = (
        "import mrrc, sys\n"
        "with mrrc.open(sys.stdin.buffer) as reader:\n"
        "    print(reader.format, [record['001'].data for record in reader])\n"
    )
    for data, format in ((gzip.compress(SAMPLES["marcxml"]), "marcxml"), (MARC, "marc")):
        done = subprocess.run(
            [sys.executable, "-c", program],
            input=data,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(mrrc.__file__).parent.parent)},
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.decode().split(maxsplit=1)[0] == format
        assert done.stdout.decode().count("a2") == 1


# -- damage ----------------------------------------------------------------------------------


@pytest.mark.parametrize("format", SAMPLES)
@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_a_compressed_file_that_is_cut_off(format: str, packing: str, tmp_path: Path) -> None:
    # Formats with brackets around the records have only these few.
    many = SAMPLES[format] if format in ("json", "marcxml") else SAMPLES[format] * 500
    packed = PACKED[packing](many)
    cut = packed[: len(packed) - len(packed) // 5]
    for given in ("path", "read only, in pieces"):
        with mrrc.open(GIVEN[given](cut, tmp_path)) as reader:
            count = sum(1 for _ in reader)
            assert reader.problem_counts["source-damaged"] == 1
            assert sum(reader.accounting) <= len(many)
        # The other two unpack in large blocks.
        if many is not SAMPLES[format] and packing == "gz":
            assert 0 < count < 1500
        with pytest.raises((EOFError, OSError, ValueError, DamagedRecord)):
            list(mrrc.open(GIVEN[given](cut, tmp_path), recovery="strict"))


def test_bytes_behind_a_compressed_file() -> None:
    with mrrc.open(gzip.compress(MARC) + b"this is no gzip") as reader:
        assert ids(reader) == IDS
        (problem,) = reader.problems
        assert problem.code == "source-damaged"
        assert "gzip" in problem.found


def test_an_error_of_the_file_itself_passes_through() -> None:
    class Broken(Trickle):
        def read(self, size: int = -1) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError(5, "the disk is broken")
            return data

    for data in (MARC, gzip.compress(MARC)[:-20], SAMPLES["mrk"]):
        reader = mrrc.open(Broken(data, 1000))  # type: ignore[arg-type]
        with pytest.raises(OSError, match="the disk is broken"):
            list(reader)
        assert "source-damaged" not in reader.problem_counts


# -- names -----------------------------------------------------------------------------------


def test_the_star_leaves_open_alone(tmp_path: Path) -> None:
    program = (
        "from mrrc import *\n"
        "import builtins, mrrc\n"
        "assert open is builtins.open\n"
        "with open('words.txt', 'w') as file:\n"
        "    print('words', file=file)\n"
        "with open('words.txt') as file:\n"
        "    print(file.read(), Record().leader, 'read' in globals(), 'convert' in globals())\n"
        "print(len(mrrc.read(b'')), mrrc.open is mrrc.open)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(program)
    done = run("exec(open(sys.argv[1]).read(), {})", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "words"
    assert done.stdout.split()[-4:] == ["False", "False", "0", "True"]


def test_the_names_are_there() -> None:
    for name in ("open", "read", "write", "convert"):
        assert callable(getattr(mrrc, name))
        assert name not in mrrc.__all__
    assert isinstance(mrrc.read(MARC)[0], Record)
