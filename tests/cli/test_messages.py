"""What is said is true, names the right file, and leads on."""

from __future__ import annotations

import gzip
import importlib.util
import zipfile
from pathlib import Path

import pytest

from tests.cli.running import SAMPLE, Here, records


def test_a_file_into_itself_is_not_advised(here: Here) -> None:
    here.write("a.mrc", records(1))
    done = here("convert", "a.mrc", "./a.mrc")
    assert done.code == 2
    assert "./a.mrc is read, so it cannot be written at the same time" in done.err
    assert "to overwrite it" not in done.err


def test_a_missing_package_is_no_fault_of_the_input(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ImportError("a package is missing")

    monkeypatch.setattr("mrrc._sources.zstd_compressor", refuse)
    for words in (["convert"], ["split", "-n", "2"]):
        done = here(words[0], SAMPLE, "-o", "b.xml.zst", *words[1:])
        assert done.code == 2
        first, *rest = done.err.splitlines()
        assert first.startswith(f"mrrc {words[0]}: b")
        assert first.endswith(".xml.zst cannot be written: a package is missing")
        assert "not read" not in " ".join(rest)
    assert here.files == []


@pytest.mark.skipif(importlib.util.find_spec("grp") is None, reason="other words on Windows")
def test_a_report_needs_its_directory(here: Here) -> None:
    done = here("convert", SAMPLE, "b.xml", "--report", "none/report.jsonl")
    assert done.code == 2
    assert "none/report.jsonl cannot be written: there is no directory none" in done.err


def test_the_end_of_reading_is_counted_in_words(here: Here) -> None:
    here.write("a.mrc", records(1) + b"\n")
    done = here("convert", "a.mrc", "b.xml", "--strict")
    assert "  1 byte from there on was not read\n" in done.err


def test_options_that_are_none(here: Here) -> None:
    done = here("head", "-5", SAMPLE)
    assert (done.code, done.err) == (
        2,
        "mrrc head: there is no option -5\n  for so many records: -n 5\n",
    )
    assert "there is no option -5" in here("count", "-5", SAMPLE).err
    assert "options come behind it" in here("--quiet", "count", SAMPLE).err
    here.write("-5", records(2))
    assert here("count", "--", "-5").text == "2\n"


@pytest.mark.parametrize("name", ["utf-16", "punycode"])
def test_a_codec_that_no_record_can_have(here: Here, name: str) -> None:
    done = here("count", SAMPLE, "--from-encoding", name)
    assert done.code == 2
    assert f"--from-encoding: '{name}' is no encoding of texts in records" in done.err


def test_a_wrong_expression_is_shown_not_a_file(here: Here) -> None:
    done = here("grep", "-E", "-e", "(", SAMPLE)
    assert done.err.startswith("mrrc grep: '(' is no regular expression: ")


def _archive(directory: Path) -> Path:
    path = directory / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.mrc", records(3))
        archive.writestr("two.mrc", records(5, 4))
    return path


def test_numbers_in_an_archive_are_those_of_each_file(here: Here) -> None:
    path = _archive(here.directory)
    done = here("view", path, "-r", "2")
    headings = [line.split(" ──")[0] for line in done.lines if line.startswith("──")]
    assert headings == ["── Record 2 · 2 · one.mrc", "── Record 2 · 5 · two.mrc"]
    assert "5 · two.mrc" not in here("view", path, "-r", "4").text
    done = here("view", path, "-r", "6")
    assert done.code == 2
    assert "a.zip has 8 records, numbered from 1 in each file of an archive" in done.err


def test_a_file_cut_off_has_sound_records(here: Here) -> None:
    data = gzip.compress(records(9), 0)
    here.write("a.mrc.gz", data[:-4])
    check = here("check", "--summary", "a.mrc.gz")
    assert check.code == 1
    assert check.lines[0] == "a.mrc.gz: 9 records, nothing wrong with them, but"
    damage = [line for line in here("info", "a.mrc.gz").lines if "source-damaged" in line]
    assert damage[0].split() == ["damage", "1", "error", "source-damaged"]


def test_info_is_about_the_records_that_are_wanted(here: Here) -> None:
    here.write("a.mrc", records(10))
    here.write("ids", b"10\n")
    length = len(records(1, 10))
    text = here("info", "a.mrc", "--ids", "ids").text
    assert f"{length} to {length} bytes, {length} on average" in text
