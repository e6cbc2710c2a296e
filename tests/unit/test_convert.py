"""mrrc.convert: any sources to one target, with an account of every record and every byte."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import DamagedRecord, Field, Record
from mrrc.exceptions import TooManyErrors, UnknownFormat
from tests.shared import needs_shared, real_files
from tests.unit.packed import IDS, MARC, RECORDS, SAMPLES, Trickle, made, zipped
from tests.unit.writing import data, record, run, shape

TARGETS = ("marc", "marcxml", "json", "jsonl", "mrk")
MANY = b"".join(made(f"{number:06}").as_marc() for number in range(3000))
LONG = record("long", data("500", ("a", "x" * 10_000)))
AS_LINE = "".join(each.as_jsonl() + "\n" for each in [RECORDS[0], LONG, RECORDS[1]]).encode()


def converted(source: Any, to_format: str, **options: Any) -> tuple[bytes, mrrc.Conversion]:
    file = io.BytesIO()
    result = mrrc.convert(source, file, to_format=to_format, **options)
    return file.getvalue(), result


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", SAMPLES)
def test_every_format_into_every_other(source: str, target: str, tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(SAMPLES[source])
    for threads in (0, 2):
        done, result = converted(path, target, threads=threads)
        assert [shape(each) for each in mrrc.read(done, target)] == [shape(e) for e in RECORDS]
        assert result[:6] == (3, 3, 0, 0, 0, 0)
        assert sum(result[7:]) == len(SAMPLES[source])
        assert result.bytes_reported == 0
        assert result.is_clean
    expected = io.BytesIO()
    mrrc.write(mrrc.read(path), expected, target)
    assert done == expected.getvalue()


@pytest.mark.parametrize("target", TARGETS)
def test_runs_and_records_give_the_same(target: str) -> None:
    whole, result = converted(MANY, target)
    assert result.written == result.records == 3000
    one_by_one, again = converted(MANY, target, select=lambda record: True)
    assert one_by_one == whole
    assert again == result
    expected = io.BytesIO()
    mrrc.write(mrrc.read(MANY), expected, target)
    assert whole == expected.getvalue()


def test_a_path_to_a_path(tmp_path: Path) -> None:
    source = tmp_path / "source.dat"
    source.write_bytes(gzip.compress(MANY))
    result = mrrc.convert(source, tmp_path / "out.xml.gz")
    assert result.records == result.written == 3000
    assert len(mrrc.read(tmp_path / "out.xml.gz")) == 3000
    mrrc.convert(str(tmp_path / "out.xml.gz"), str(tmp_path / "back.mrc"), threads=1)
    assert (tmp_path / "back.mrc").read_bytes() == MANY
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(ValueError, match="does not say in which format"):
        mrrc.convert(source, tmp_path / "out.bin")


def test_a_file_onto_itself(tmp_path: Path) -> None:
    path = tmp_path / "records.mrc"
    path.write_bytes(MARC + b"\r\n" + MARC)
    result = mrrc.convert(path, path)
    assert path.read_bytes() == MARC + MARC
    assert result.problems == {"newline-between-records": 1}
    assert (result.bytes_sound, result.bytes_reported) == (2 * len(MARC), 2)


def test_several_sources_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(MARC)
    sources = [path, SAMPLES["mrk"], Trickle(SAMPLES["jsonl"]), zipped(("x", SAMPLES["marcxml"]))]
    done, result = converted(sources, "jsonl")
    assert [each["001"].data for each in mrrc.read(done)] == IDS * 4
    assert result.records == 12
    sizes = [len(SAMPLES[each]) for each in ("marc", "mrk", "jsonl", "marcxml")]
    assert sum(result[7:]) == sum(sizes)
    assert converted([], "jsonl")[1].records == 0


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_gives_a_file_without_records(target: str) -> None:
    done, result = converted(b"", target)
    assert mrrc.read(done, target) == []
    assert result.records == result.written == 0


def test_options_of_reading_and_writing() -> None:
    assert converted(MARC, "marc", to_encoding="marc8")[0][9:10] == b" "
    back, _ = converted(converted(MANY, "marc", to_encoding="marc8")[0], "marc")
    assert [shape(each) for each in mrrc.read(back)] == [shape(each) for each in mrrc.read(MANY)]
    assert b"\r\n" in converted(MARC, "mrk", crlf=True)[0]
    assert b"controlfield" in converted(MARC, "json", json_form="oclc")[0]
    assert "i\u0301" in converted(MARC, "jsonl", normalize="NFD")[0].decode()
    assert converted(MARC, "jsonl", compression="gzip")[0][:2] == b"\x1f\x8b"
    latin = SAMPLES["mrk"].decode().replace("我", "ø").encode("latin-1")
    assert "ø" in converted(latin, "jsonl", encoding="latin-1")[0].decode()
    assert converted(b"%PDF-1.7 " + MARC, "jsonl", from_format="marc")[1].records == 3
    with pytest.raises(UnknownFormat):
        converted(b"%PDF-1.7 " + MARC, "jsonl")
    for options in ({"recovery": "pymarc"}, {"to_encoding": "x"}, {"threads": -1}):
        with pytest.raises(ValueError):
            converted(MARC, "jsonl", **options)  # type: ignore[arg-type]


def test_only_some_records() -> None:
    done, result = converted(MARC, "jsonl", select=lambda record: record["001"].data == "a2")
    assert [each["001"].data for each in mrrc.read(done)] == ["a2"]
    assert (result.records, result.written, result.rejected) == (3, 1, 0)
    assert result.is_clean


def test_no_target_counts() -> None:
    result = mrrc.convert([MANY, MARC], None)
    assert (result.records, result.written) == (3003, 0)
    assert result.bytes_sound == len(MANY) + len(MARC)


OAI = (
    b"<?xml version='1.0'?><OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><ListRecords>"
    b"<record><header status='deleted'><identifier>oai:x:1</identifier>"
    b"<datestamp>2024-01-02</datestamp></header></record>"
    b"<record><header><identifier>oai:x:2</identifier><datestamp>2024-01-03</datestamp></header>"
    b"<metadata>" + RECORDS[0].as_xml().encode() + b"</metadata></record>"
    b"<record><header status='deleted'><identifier>oai:x:3</identifier>"
    b"<datestamp>2024-01-04</datestamp></header></record></ListRecords></OAI-PMH>"
)


def test_deleted_records_of_oai_pmh() -> None:
    for source in (OAI, gzip.compress(OAI), zipped(("a.xml", OAI))):
        told: list[Any] = []
        _, result = converted(source, "marc", deleted=told.append)
        assert (result.records, result.written, result.deleted) == (1, 1, 2)
        assert [(each.identifier, each.datestamp) for each in told] == [
            ("oai:x:1", "2024-01-02"),
            ("oai:x:3", "2024-01-04"),
        ]
        assert converted(source, "marc")[1].deleted == 2
        told.clear()
        assert len(mrrc.read(source, on_deleted=told.append)) == 1
        assert len(told) == 2


# -- what goes wrong -------------------------------------------------------------------------


def test_what_cannot_be_read_or_written_is_rejected(tmp_path: Path) -> None:
    told: list[Any] = []
    rejects = io.BytesIO()
    done, result = converted(AS_LINE, "marc", on_problem=told.append, rejects=rejects)
    assert [each["001"].data for each in mrrc.read(done)] == IDS[:2]
    assert (result.records, result.written, result.rejected) == (3, 2, 1)
    assert not result.is_clean
    assert result.problems == {"record-not-written": 1}
    (problem,) = told
    assert (problem.record_number, problem.control_number, problem.tag) == (2, "long", "500")
    assert problem.offset == AS_LINE.index(b"\n") + 1
    assert "FieldTooLong" in problem.found
    assert rejects.getvalue() == AS_LINE.splitlines(keepends=True)[1]
    assert [each["001"].data for each in mrrc.read(rejects.getvalue())] == ["long"]
    path = tmp_path / "rejects"
    converted(b"garbage, and more" + MARC, "jsonl", rejects=path, from_format="marc")
    assert path.read_bytes() == b"garbage, and more"
    assert converted(AS_LINE, "marc", oversize="zeros")[1].written == 3


def test_salvaged_and_changed_records_are_counted() -> None:
    late = record("odd", Field("008", data="a control field behind the others"))
    odd = late.as_jsonl().encode() + b"\n"
    told: list[Any] = []
    _, result = converted(SAMPLES["jsonl"] + odd, "marcxml", on_problem=told.append)
    assert (result.records, result.changed, result.rejected) == (4, 1, 0)
    assert result.problems == {"written-order-of-fields": 1}
    change = next(each for each in told if each.code == "written-order-of-fields")
    assert (change.record_number, change.control_number) == (4, "odd")
    assert change.offset == len(SAMPLES["jsonl"])
    damaged = MARC + b"99999" + MARC[5:]
    _, result = converted(damaged, "marc")
    assert result.salvaged >= 1
    assert result.bytes_salvaged > 0
    assert result.changed == 0


def test_undecodable_bytes_are_replaced_or_the_record_is_rejected() -> None:
    bad = MARC.replace("í".encode(), b"\xedx", 1)
    for target in TARGETS:
        done, result = converted(bad, target)
        assert mrrc.read(done)[0]["245"]["a"] == "T\ufffdxtulo a1 /"
        assert (result.written, result.changed, result.salvaged, result.rejected) == (3, 1, 1, 0)
        rejects = io.BytesIO()
        _, result = converted(bad, target, to_undecodable="reject", rejects=rejects)
        assert (result.written, result.changed, result.rejected) == (2, 0, 1)
        assert rejects.getvalue() == bad[: len(RECORDS[0].as_marc())]
    assert converted(bad, "marc", to_undecodable="keep")[0] == bad


def test_the_sum_of_the_bytes_is_all_of_them() -> None:
    for source in (
        b"garbage" + MARC + b"\x1a\x1a" + MARC[:-20],
        SAMPLES["jsonl"] + b"{broken\n" + SAMPLES["jsonl"],
        SAMPLES["mrk"] + b"no line of a record\n\n" + SAMPLES["mrk"],
        SAMPLES["marcxml"][:-40],
    ):
        _, result = converted(source, "jsonl")
        assert sum(result[7:]) == len(source)
        assert result.problems


def test_strict_stops_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mrc"
    path.write_bytes(MARC + b"XX" + MARC)
    with pytest.raises(DamagedRecord) as caught:
        mrrc.convert(path, tmp_path / "out.xml", recovery="strict")
    assert (caught.value.record_number, caught.value.offset) == (3, len(MARC))
    assert caught.value.source == path  # type: ignore[attr-defined]
    assert [each.name for each in tmp_path.iterdir()] == ["damaged.mrc"]


def test_too_many_errors(tmp_path: Path) -> None:
    bad = LONG.as_jsonl().encode() + b"\n"
    source = SAMPLES["jsonl"] + bad * 5
    assert converted(source, "marc", max_errors=5)[1].rejected == 5
    for most in (0, 4):
        rejects = tmp_path / "rejects"
        with pytest.raises(TooManyErrors) as caught:
            mrrc.convert(source, tmp_path / "out.mrc", max_errors=most, rejects=rejects)
        assert caught.value.errors == most + 1
        assert f"{most + 1} records" in str(caught.value)
        assert not (tmp_path / "out.mrc").exists()
        assert rejects.read_bytes() == bad * (most + 1)
    for most in (0, 1):
        garbage = b"garbage" + MARC + b"garbage"
        with pytest.raises(TooManyErrors):
            converted(garbage, "marc", max_errors=most, from_format="marc")


def test_a_compressed_source_that_is_cut_off() -> None:
    cut = gzip.compress(MANY)
    done, result = converted(cut[: len(cut) // 2], "jsonl")
    assert 0 < result.records < 3000
    assert result.problems["source-damaged"] == 1
    assert len(mrrc.read(done)) == result.written
    with pytest.raises(EOFError):
        converted(cut[: len(cut) // 2], "jsonl", recovery="strict")


class Interrupted(Trickle):
    """A file at which Ctrl-C is pressed."""

    def __init__(self, data: bytes, error: BaseException) -> None:
        super().__init__(data, 10_000)
        self.error = error

    def read(self, size: int = -1) -> bytes:
        block = super().read(size)
        if not block:
            raise self.error
        return block


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(5, "broken"), MemoryError()])
def test_nothing_is_in_place_after_an_error(error: BaseException, tmp_path: Path) -> None:
    out = tmp_path / "out.xml"
    for before in (None, b"before"):
        if before is not None:
            out.write_bytes(before)
        with pytest.raises(type(error)) as caught:
            mrrc.convert(Interrupted(MANY, error), out)
        assert caught.value is error
        assert [each.name for each in tmp_path.iterdir()] == ([] if before is None else ["out.xml"])
    assert out.read_bytes() == b"before"


def test_an_error_of_a_callback_stops_it(tmp_path: Path) -> None:
    def refuse(*arguments: Any) -> None:
        raise KeyError("mine")

    for options in ({"progress": refuse}, {"select": refuse}):
        with pytest.raises(KeyError, match="mine"):
            mrrc.convert(MANY, tmp_path / "out.mrc", **options)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="mine"):
        mrrc.convert(MARC + b"\n", tmp_path / "out.mrc", on_problem=refuse)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("target", TARGETS)
def test_a_full_disk(target: str) -> None:
    with pytest.raises(OSError, match="No space left"):
        mrrc.convert(MANY, "/dev/full", to_format=target)
    with pytest.raises(OSError, match="No space left"):
        mrrc.convert(MARC, "/dev/full", to_format=target)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_leaves_no_file(tmp_path: Path) -> None:
    source = tmp_path / "source.mrc"
    source.write_bytes(MANY)
    program = (
        "import mrrc, signal\n"
        "def told(*arguments):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "mrrc.convert(['source.mrc'] * 50, 'out.xml', progress=told)\n"
    )
    done = run(program, cwd=tmp_path)
    assert done.returncode != 0
    assert "KeyboardInterrupt" in done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["source.mrc"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes of POSIX")
def test_through_pipes(tmp_path: Path) -> None:
    program = (
        "import mrrc, sys\n"
        "result = mrrc.convert(sys.stdin.buffer, sys.stdout.buffer, to_format='jsonl')\n"
        "print(result.written, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(Path(mrrc.__file__).parent.parent)}
    done = subprocess.run(
        command, input=MARC, capture_output=True, env=environment, cwd=tmp_path, timeout=60
    )
    assert (done.stdout, done.stderr.strip()) == (converted(MARC, "jsonl")[0], b"3")
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        try:
            process.stdin.write(MANY)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert b"BrokenPipeError" in process.stderr.read()


# -- progress --------------------------------------------------------------------------------


def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "source.mrc"
    path.write_bytes(MANY)
    now = [0.0]

    def later() -> float:
        now[0] += 0.03
        return now[0]

    monkeypatch.setattr(time, "monotonic", later)
    told: list[Any] = []
    times: list[float] = []

    def tell(*facts: Any) -> None:
        told.append(facts)
        times.append(now[0])

    total = 2 * len(MANY)
    mrrc.convert([path, path], None, progress=tell, select=lambda record: True)
    assert told[-1] == (total, total, 6000, 0)
    assert len(told) > 100
    # But for the last one, which comes at the end.
    gaps = [after - before for before, after in pairwise(times[:-1])]
    assert min(gaps) >= 0.1 - 1e-9
    for before, after in pairwise(told):
        assert before[0] <= after[0]
        assert before[2] <= after[2]
    assert {each[1] for each in told} == {total}
    told.clear()
    mrrc.convert(Trickle(MARC + b"\n"), None, progress=tell)
    assert told[-1] == (len(MARC) + 1, None, 3, 1)


def test_progress_of_what_is_packed(tmp_path: Path) -> None:
    path = tmp_path / "source"
    for packed in (gzip.compress(MANY), zipped(("a", MANY))):
        path.write_bytes(packed)
        told: list[Any] = []
        mrrc.convert(path, None, progress=lambda *facts: told.append(facts))  # noqa: B023
        assert told[-1] == (len(packed), len(packed), 3000, 0)
        assert all(each[0] <= len(packed) for each in told)


@needs_shared
def test_real_files_are_accounted_for() -> None:
    """Whatever is in them: what is written can be read, and the bytes add up."""
    for path in real_files()[::23]:
        done, result = converted(path, "jsonl", threads=0)
        assert sum(result[7:]) == path.stat().st_size, path.name
        assert len(mrrc.read(done, "jsonl")) == result.written, path.name
        assert result.written + result.rejected >= result.records, path.name


def test_a_conversion_says_what_it_did() -> None:
    assert isinstance(converted(MARC, "json")[1], mrrc.Conversion)
    assert isinstance(mrrc.read(MARC)[0], Record)
    assert mrrc.Conversion().is_clean


class OnlyRead:
    """What is read from, and can do nothing else."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("format", ["marc", "marcxml", "json", "jsonl", "mrk"])
def test_a_source_that_cannot_be_closed(format: str, packed: bool) -> None:
    file = io.BytesIO()
    mrrc.write([mrrc.Record(fields=[mrrc.Field("001", data="a1")])], file, format)
    data = gzip.compress(file.getvalue()) if packed else file.getvalue()
    target = io.BytesIO()
    assert mrrc.convert(OnlyRead(data), target, to_format="mrk").records == 1
    assert b"=001  a1" in target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "marc8"])
@pytest.mark.parametrize("code", [" ", "\t", "\x7f"])
@pytest.mark.parametrize("read", [False, True])
def test_a_code_that_iso2709_would_give_back_as_damage(
    code: str, encoding: str, read: bool
) -> None:
    subfields = [mrrc.Subfield("a", "é"), mrrc.Subfield(code, "x")]
    record = mrrc.Record(fields=[mrrc.Field("245", ["1", "0"], subfields)])
    record = mrrc.Record(record.as_marc()) if read else record
    problems: list[mrrc.Problem] = []
    file = io.BytesIO()
    count = mrrc.write([record] * 2, file, "marc", encoding=encoding, on_problem=problems.append)
    assert count == 2
    assert [(each.code, each.tag) for each in problems] == [("written-subfield-code", "245")] * 2
    (found, _) = mrrc.read(file.getvalue())
    assert [tuple(each) for each in found["245"].subfields] == [("a", "é"), ("?", "x")]
    assert not found.problems


def test_an_odd_indicator_stays_in_marc8() -> None:
    field = mrrc.Field("245", ["1", "\x7f"], [mrrc.Subfield("a", "x")])
    record = mrrc.Record(mrrc.Record(fields=[field]).as_marc())
    problems: list[mrrc.Problem] = []
    file = io.BytesIO()
    mrrc.write([record], file, "marc", encoding="marc8", on_problem=problems.append)
    assert problems == []
    assert b"\x1e1\x7f\x1fax\x1e\x1d" in file.getvalue()


def test_the_file_of_rejects_is_none_of_the_others(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mrc", tmp_path / "b.xml"
    source.write_bytes(MARC)
    for rejects in (source, target, tmp_path / "." / "a.mrc"):
        with pytest.raises(ValueError, match="which is read or written as well"):
            mrrc.convert(source, target, rejects=rejects)
    assert source.read_bytes() == MARC
    assert not target.exists()


def test_the_rejects_of_a_run_before_stay_if_nothing_can_be_read(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects"
    rejects.write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        mrrc.convert(tmp_path / "no.mrc", tmp_path / "b.xml", rejects=rejects)
    assert rejects.read_bytes() == b"old"
    source = tmp_path / "a.mrc"
    source.write_bytes(MARC)
    mrrc.convert(source, tmp_path / "b.xml", rejects=rejects)
    assert rejects.read_bytes() == b""
