"""The examples do what they say, on the sample file and on bad ones."""

from __future__ import annotations

import logging
import unicodedata
from pathlib import Path

import pytest

import mrrc
from tests.docs.running import ENGINES, EXAMPLES, SAMPLE, run_example

# Each test runs both engines.
pytestmark = pytest.mark.once

READERS = [
    "titles.py", "convert_to_xml.py", "find_damage.py", "edit_records.py", "concurrent_writing.py",
]  # fmt: skip
WRITERS = ["titles.py", "convert_to_xml.py", "edit_records.py", "concurrent_writing.py"]
THREADED = ["concurrent_reading.py"]  # see test_example_concurrent


def chunks() -> list[bytes]:
    return [record + b"\x1d" for record in SAMPLE.read_bytes().split(b"\x1d")[:-1]]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The sample file with a byte that is no UTF-8 in field 245 of the third record."""
    records = chunks()
    assert records[2].count(b"Vishnevy") == 1
    records[2] = records[2].replace(b"Vishnevy", b"Vishnev\xff")
    path = tmp_path / "broken.mrc"
    path.write_bytes(b"".join(records))
    return path


@pytest.fixture
def truncated(tmp_path: Path) -> Path:
    """The sample file without its last 100 bytes."""
    path = tmp_path / "truncated.mrc"
    path.write_bytes(SAMPLE.read_bytes()[:-100])
    return path


def test_every_example_is_tested_here() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(
        [*READERS, *THREADED, "make_sample.py"]
    )


# -- the sample file --------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_the_sample_is_made_identically(engine: str, tmp_path: Path) -> None:
    done = run_example(engine, "make_sample.py", "new.mrc", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "new.mrc").read_bytes() == SAMPLE.read_bytes()


def test_the_sample_is_readable_and_silent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        records = list(mrrc.MARCReader(SAMPLE))
        assert [record["001"].data for record in records] == [
            f"quay{number:06}" for number in range(1, 10)
        ]
        for record in records:
            assert len(record["008"].data) == 40
            for field in record.get_fields("100", "245", "264"):
                if "6" in field:
                    assert len(record.get_linked_fields(field)) == 1
            assert mrrc.Record(record.as_marc()).as_dict()["fields"] == record.as_dict()["fields"]
    assert not caplog.records


def test_the_sample_has_several_scripts_and_kinds() -> None:
    records = list(mrrc.MARCReader(SAMPLE))
    text = "".join(map(str, records))
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in text}
    assert {"LATIN", "CYRILLIC", "CJK", "ARABIC", "HEBREW", "COMBINING"} <= scripts
    assert [record.leader.coding_scheme for record in records].count(" ") == 1
    kinds = {record.leader.type_of_record + record.leader.bibliographic_level for record in records}
    assert kinds == {"am", "as", "em"}
    marc8 = records[6]
    assert marc8["246"]["a"] == "Пан Тадеуш"
    assert "księgach" in marc8["245"]["b"]
    assert marc8["260"].get_subfields("a", "b") == ["Paryż :", "A. Jełowicki,"]


# -- on the sample ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", [*READERS, "make_sample.py"])
def test_without_arguments_the_sample_is_taken(name: str, engine: str, tmp_path: Path) -> None:
    arguments = [tmp_path / "new.mrc"] if name == "make_sample.py" else []
    before = SAMPLE.read_bytes()
    assert run_example(engine, name, *arguments, cwd=tmp_path).returncode == 0
    assert SAMPLE.read_bytes() == before


@pytest.mark.parametrize("engine", ENGINES)
def test_titles(engine: str, tmp_path: Path) -> None:
    done = run_example(engine, "titles.py", SAMPLE, "out.mrc", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(lines) == 9
    assert lines[0] == ["quay000001", "Babička : obrazy venkovského života /"]
    assert lines[3] == ["quay000004", "Kokoro /", "心 /"]
    assert lines[4][2] == "الأجنحة المتكسرة /"
    assert lines[5][2] == "מסעות בנימין השלישי /"
    written = (tmp_path / "out.mrc").read_bytes()
    parts = [part + b"\x1d" for part in written.split(b"\x1d")[:-1]]
    # Only the record in MARC-8 is not what it was.
    assert [new == old for new, old in zip(parts, chunks(), strict=True)] == [
        number != 7 for number in range(1, 10)
    ]
    assert parts[6][9:10] == b"a"
    assert "Пан Тадеуш".encode() in parts[6]


@pytest.mark.parametrize("engine", ENGINES)
def test_convert_to_xml(engine: str, tmp_path: Path) -> None:
    done = run_example(engine, "convert_to_xml.py", SAMPLE, "out.xml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    records = mrrc.parse_xml_to_array(str(tmp_path / "out.xml"), strict=True)
    assert [str(record) for record in records] == [str(each) for each in mrrc.MARCReader(SAMPLE)]
    shown = run_example(engine, "convert_to_xml.py", SAMPLE, cwd=tmp_path).stdout
    assert shown.encode() == (tmp_path / "out.xml").read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", ["1", "3"])
def test_concurrent_writing(engine: str, threads: str, tmp_path: Path) -> None:
    arguments = ["--threads", threads, SAMPLE, "out.mrc"]
    done = run_example(engine, "concurrent_writing.py", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    expected = b"".join([record.as_marc("marc8") for record in mrrc.MARCReader(SAMPLE)])
    assert (tmp_path / "out.mrc").read_bytes() == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_edit_records(engine: str, tmp_path: Path) -> None:
    options = ["--agency", "XX-Me", "--note", "Gift", "--remove", "949", "--remove", "066"]
    done = run_example(engine, "edit_records.py", *options, SAMPLE, "out.mrc", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "quay000001\tadded 040 $d XX-Me; added 590"
    assert lines[2] == "quay000003\tremoved 066; added 040 $d XX-Me; added 590"
    old, new = mrrc.MARCReader(SAMPLE), mrrc.MARCReader(tmp_path / "out.mrc")
    for before, after in zip(old, new, strict=True):
        assert after["040"].get_subfields("d") == ["XX-Me"]
        assert after["590"]["a"] == "Gift"
        tags = [field.tag for field in before if field.tag not in ("066", "949")]
        assert [field.tag for field in after if field.tag != "590"] == tags
        above = [field.tag for field in after]
        assert all(tag <= "590" for tag in above[: above.index("590")] if tag != "880")
        assert after["245"].value() == before["245"].value()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_edit_has_nothing_to_do(engine: str, tmp_path: Path) -> None:
    options = ["--agency", "XX-Me"]
    run_example(engine, "edit_records.py", *options, SAMPLE, "once.mrc", cwd=tmp_path)
    done = run_example(engine, "edit_records.py", *options, "once.mrc", "twice.mrc", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "once.mrc").read_bytes() == (tmp_path / "twice.mrc").read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_edit_that_does_not_fit_loses_that_record_only(engine: str, tmp_path: Path) -> None:
    roomy = mrrc.Record(fields=[mrrc.Field("001", data="a1")])
    full = mrrc.Record(fields=[mrrc.Field("001", data="a2")])
    for _ in range(10):
        full.add_field(mrrc.Field("500", subfields=[mrrc.Subfield("a", "x" * 9_900)]))
    source = tmp_path / "in.mrc"
    source.write_bytes(full.as_marc() + roomy.as_marc())
    options = ["--note", "y" * 900]
    done = run_example(engine, "edit_records.py", *options, source, "out.mrc", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == "a1\tadded 590\n"
    assert "a2" in done.stderr
    assert "99,999" in done.stderr
    assert [record["001"].data for record in mrrc.MARCReader(tmp_path / "out.mrc")] == ["a1"]


# -- on bad files -----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", WRITERS)
def test_a_broken_record_is_named_and_left_out(
    name: str, engine: str, broken: Path, tmp_path: Path
) -> None:
    done = run_example(engine, name, broken, "out", cwd=tmp_path)
    assert done.returncode == 1
    offset = sum(map(len, chunks()[:2]))
    assert done.stderr == (
        f"{name[:-3]}: {broken}: record 3, byte {offset}, field 245, 001 quay000003: "
        "UnicodeDecodeError\n"
    )
    if name == "convert_to_xml.py":
        kept = mrrc.parse_xml_to_array(str(tmp_path / "out"))
    else:
        kept = list(mrrc.MARCReader(tmp_path / "out"))
    assert [record["001"].data[-1] for record in kept] == list("12456789")


@pytest.mark.parametrize("engine", ENGINES)
def test_find_damage(engine: str, broken: Path, truncated: Path, tmp_path: Path) -> None:
    done = run_example(
        engine, "find_damage.py", "--save", "bad.mrc", broken, truncated, SAMPLE, cwd=tmp_path
    )
    assert done.returncode == 1
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    offsets = [sum(map(len, chunks()[:count])) for count in (2, 8)]
    assert rows[0][:5] == [str(broken), "3", str(offsets[0]), "quay000003", "245"]
    assert rows[0][5].startswith("UnicodeDecodeError: ")
    assert rows[1][:5] == [str(truncated), "9", str(offsets[1]), "quay000009", "-"]
    assert rows[1][5].startswith("TruncatedRecord: ")
    assert len(rows) == 2
    assert done.stderr.splitlines() == [
        f"{broken}: 9 records, 1 damaged",
        f"find_damage: {truncated}: the end of record 9 is unknown, what follows it was not read",
        f"{truncated}: 9 records, 1 damaged",
        f"{SAMPLE}: 9 records, 0 damaged",
    ]
    third = broken.read_bytes()[offsets[0] :].split(b"\x1d")[0] + b"\x1d"
    assert (tmp_path / "bad.mrc").read_bytes() == third + truncated.read_bytes()[offsets[1] :]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", READERS)
def test_an_empty_file_has_no_records(name: str, engine: str, tmp_path: Path) -> None:
    (tmp_path / "empty.mrc").write_bytes(b"")
    output = [] if name == "find_damage.py" else ["out"]
    done = run_example(engine, name, "empty.mrc", *output, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    if name == "convert_to_xml.py":
        assert mrrc.parse_xml_to_array(str(tmp_path / "out")) == []
    elif output:
        assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_is_an_error_of_one_line(name: str, engine: str, tmp_path: Path) -> None:
    done = run_example(engine, name, "none.mrc", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{name[:-3]}: ")
    assert "none.mrc" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", WRITERS)
def test_source_and_output_must_differ(name: str, engine: str, tmp_path: Path) -> None:
    path = tmp_path / "same.mrc"
    path.write_bytes(SAMPLE.read_bytes())
    done = run_example(engine, name, path, path, cwd=tmp_path)
    assert done.returncode == 2
    assert "same file" in done.stderr
    assert path.read_bytes() == SAMPLE.read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", [*WRITERS, "make_sample.py"])
def test_an_output_that_cannot_be_written(name: str, engine: str, tmp_path: Path) -> None:
    source = [] if name == "make_sample.py" else [SAMPLE]
    done = run_example(engine, name, *source, tmp_path / "no" / "such" / "directory", cwd=tmp_path)
    assert done.returncode == 2
    assert "directory" in done.stderr
    assert done.stderr.count("\n") == 1
