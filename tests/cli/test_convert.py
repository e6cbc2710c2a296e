"""convert and cat: formats by name and by content, several files, what is refused."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

import mrrc
from tests.cli.running import PROBLEMS, SAMPLE, Here, numbers, records

DAMAGED = PROBLEMS / "field-truncated.mrc"
UNREAD = PROBLEMS / "bytes-unread.mrc"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("b.xml", b"<?xml"),
        ("b.json", b"["),
        ("b.jsonl", b'{"leader"'),
        ("b.ndjson", b'{"leader"'),
        ("b.mrk", b"=LDR  "),
        ("b.mrc", b"00540cam"),
        ("b.mrc.gz", b"\x1f\x8b"),
        ("b.xml.bz2", b"BZh"),
    ],
)
def test_the_name_of_the_target_says_the_format(here: Here, name: str, start: bytes) -> None:
    done = here("convert", SAMPLE, name)
    assert (done.code, done.out, done.err) == (0, b"", "")
    assert here.files == [name]
    assert (here.directory / name).read_bytes().startswith(start)
    assert here("count", name).text == "9\n"


@pytest.mark.parametrize("format", ["marc", "marcxml", "json", "jsonl", "mrk", "xml", "MRC"])
def test_there_and_back(here: Here, format: str) -> None:
    there = here("convert", SAMPLE, "--to", format)
    assert there.code == 0
    back = here("convert", "-", "--to", "marc", input=there.out)
    assert back.code == 0
    assert numbers(back.out) == numbers(SAMPLE.read_bytes())


def test_several_inputs_in_any_formats(here: Here) -> None:
    here.write("a.mrc", records(3))
    here.write("b.mrc.gz", gzip.compress(records(2, 4)))
    assert here("convert", "a.mrc", "c.xml").code == 0
    done = here("convert", "a.mrc", "b.mrc.gz", "c.xml", "-o", "all.mrc")
    assert (done.code, done.err) == (0, "")
    assert numbers((here.directory / "all.mrc").read_bytes()) == [*"12345", *"123"]


def test_patterns_are_expanded_here_too(here: Here) -> None:
    for number in (1, 2, 3):
        here.write(f"p{number}.mrc", records(1, number))
    assert numbers(here("cat", "p*.mrc").out) == ["1", "2", "3"]
    assert numbers(here("cat", "p[12].mrc").out) == ["1", "2"]
    done = here("cat", "q*.mrc")
    assert (done.code, done.out) == (2, b"")
    assert "q*.mrc: no file has a name like this" in done.err
    here.write("odd[1].mrc", records(1, 7))
    assert numbers(here("cat", "odd[1].mrc").out) == ["7"]


def test_cat_keeps_the_format_of_the_first(here: Here) -> None:
    here("convert", SAMPLE, "a.mrk")
    assert here("cat", "a.mrk", SAMPLE).text.count("=LDR  ") == 18
    assert here("cat", SAMPLE, "a.mrk").out.count(b"\x1d") == 18
    assert here("cat", SAMPLE, "-o", "x.jsonl").code == 0
    assert len((here.directory / "x.jsonl").read_bytes().splitlines()) == 9


def test_an_empty_file_has_no_records(here: Here) -> None:
    here.write("empty.mrc", b"")
    assert here("convert", "empty.mrc", "b.xml").code == 0
    assert here("count", "b.xml").text == "0\n"
    assert here("count", "empty.mrc").text == "0\n"
    assert here("cat", "empty.mrc").out == b""


def test_damage_is_told_in_a_line_for_each_record(here: Here) -> None:
    done = here("convert", DAMAGED, "b.xml")
    assert done.code == 1
    first, second = done.err.splitlines()
    assert first.startswith(f"{DAMAGED}: record 2, byte 128, 001 pb-2: ")
    assert "field-truncated (245)" in first
    assert "field-missing (650)" in first
    assert second.startswith("convert: 2 records, 1 changed; 264 bytes")
    assert here("count", "b.xml").text == "2\n"


def test_bytes_that_cannot_be_read_go_to_the_rejects(here: Here) -> None:
    done = here("convert", UNREAD, "b.xml", "--rejects", "bad.bin", "--report", "report.jsonl")
    assert done.code == 1
    assert (here.directory / "bad.bin").read_bytes() == b"Query OK, 1 row affected\n"
    (line,) = (here.directory / "report.jsonl").read_text("utf-8").splitlines()
    told = json.loads(line)
    assert (told["code"], told["offset"], told["length"]) == ("bytes-unread", 128, 25)
    assert told["file"] == str(UNREAD)
    assert "2 records, 25 bytes unread" in done.err


def test_quiet_says_nothing_and_the_code_says_it_all(here: Here) -> None:
    done = here("convert", "--quiet", UNREAD, "b.xml")
    assert (done.code, done.out, done.err) == (1, b"", "")


def test_notes_are_no_changes(here: Here) -> None:
    done = here("convert", PROBLEMS / "record-length-wrong.mrc", "b.xml")
    assert (done.code, done.err) == (0, "")


def test_very_many_changes_are_told_in_part(here: Here) -> None:
    bad = DAMAGED.read_bytes()[128:] + b"\n\n"
    here.write("bad.mrc", (bad + records(1)) * 60)
    done = here("convert", "bad.mrc", "b.xml")
    assert done.code == 1
    assert len(done.err.splitlines()) == 52
    assert "... and 10 records more; --report FILE lists them all" in done.err


def test_strict_stops_at_the_first_problem_and_says_where(here: Here) -> None:
    here.write("bad.mrc", records(3) + DAMAGED.read_bytes())
    size = (here.directory / "bad.mrc").stat().st_size
    done = here("convert", "--strict", "bad.mrc", "b.xml")
    assert done.code == 2
    assert done.err.startswith("mrrc convert: bad.mrc: record 5, byte ")
    assert "001 pb-2: record-terminator-missing" in done.err
    assert "b.xml was not written" in done.err
    assert here.files == ["bad.mrc"]
    assert size


def test_max_errors_is_a_limit(here: Here) -> None:
    data = UNREAD.read_bytes() * 3
    here.write("bad.mrc", data)
    assert here("convert", "bad.mrc", "b.xml", "--max-errors", "3").code == 1
    (here.directory / "b.xml").write_bytes(b"before")
    done = here("convert", "bad.mrc", "-o", "b.xml", "--max-errors", "2")
    assert done.code == 2
    assert "3 errors, and --max-errors allows 2" in done.err
    assert "b.xml is as it was" in done.err
    assert (here.directory / "b.xml").read_bytes() == b"before"
    assert here.files == ["b.xml", "bad.mrc"]


@pytest.mark.parametrize("words", [["-o", "a.mrc"], ["-o", "./a.mrc"], ["-o", "link.mrc"]])
def test_the_input_is_not_overwritten(here: Here, words: list[str]) -> None:
    path = here.write("a.mrc", records(2))
    (here.directory / "link.mrc").symlink_to(path)
    done = here("cat", "a.mrc", *words)
    assert done.code == 2
    assert "is read, so it cannot be written" in done.err
    assert path.read_bytes() == records(2)


@pytest.mark.parametrize("option", ["--rejects", "--report"])
def test_nor_by_what_is_written_beside(here: Here, option: str) -> None:
    path = here.write("a.mrc", records(2))
    done = here("convert", "a.mrc", "b.xml", option, "a.mrc")
    assert done.code == 2
    assert "this file is read or written already" in done.err
    assert path.read_bytes() == records(2)


def test_a_pattern_for_two_files_does_not_overwrite_the_second(here: Here) -> None:
    here.write("a.mrc", records(1))
    here.write("b.mrc", records(2))
    done = here("convert", "a.mrc", "b.mrc")
    assert done.code == 2
    assert "mrrc convert a.mrc -o b.mrc" in done.err
    assert numbers((here.directory / "b.mrc").read_bytes()) == ["1", "2"]
    assert here("convert", "a.mrc", "-o", "b.mrc").code == 0
    assert numbers((here.directory / "b.mrc").read_bytes()) == ["1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["convert", "a.mrc"], "in which format?"),
        (["convert", "a.mrc", "b.foo"], "does not say in which format"),
        (["convert", "a.mrc", "b.mrc", "c.xml"], "which of the 3 files"),
        (["convert", "no.mrc", "b.xml"], "no.mrc: there is no such file"),
        (["convert", ".", "b.xml"], ".: it is a directory"),
        (["convert", "a.mrc", "no/b.xml"], "there is no directory no"),
        (["convert", "a.mrc", "-o", "dir", "--to", "marc"], "dir is a directory"),
        (["convert", "a.mrc", "b.mrk", "--to-encoding", "marc8"], "MARC-8 is for MARC"),
        (["convert", "a.mrc", "b.xml", "--crlf"], "--crlf is for mrk"),
        (["convert", "a.mrc", "b.mrk", "--json-form", "oclc"], "--json-form is for json"),
        (["convert", "a.mrc", "b.xml", "--key", "001"], "--ids FILE which of them"),
        (["convert", "a.mrc", "--to", "csv"], "'csv' is no format"),
        (["convert", "a.mrc", "--to", "line"], "'line' can be read, not written"),
        (["convert", "a.mrc", "--to", "mrk", "--from-encoding", "x-y"], "'x-y' is no encoding"),
        (["convert", "a.mrc", "--bogus"], "there is no option --bogus\n"),
        (["convert", "a.mrc", "--rejcts=x"], "--rejcts=x; did you mean --rejects?"),
        (["convert", "text.txt", "b.xml"], "not MARC, by its first bytes"),
        (["cat", "-", "-"], "standard input can be read once"),
        (["cat", "a.mrc", "--ids", "empty.txt"], "the list of keys is empty"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    here: Here, words: list[str], said: str
) -> None:
    here.write("a.mrc", records(1))
    here.write("text.txt", b"Dear librarian, here is my list of books.\n" * 30)
    here.write("empty.txt", b"\n")
    (here.directory / "dir").mkdir()
    before = here.files
    done = here(*words)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err
    assert done.err.startswith(f"mrrc {words[0]}: ")
    assert "Traceback" not in done.err
    assert here.files == before


def test_only_records_whose_key_is_in_a_list(here: Here) -> None:
    here.write("a.mrc", records(30))
    here.write("ids.txt", b"\xef\xbb\xbf7\r\n21\r\n\r\n99\r\n")
    assert numbers(here("cat", "a.mrc", "--ids", "ids.txt").out) == ["7", "21"]
    here.write("titles.txt", b"Title 3\nTitle 4\n")
    done = here("cat", "a.mrc", "--ids", "titles.txt", "--key", "245$a")
    assert numbers(done.out) == ["3", "4"]
    assert here("count", "a.mrc", "--ids", "ids.txt").text == "2\n"


def test_encodings_in_and_out(here: Here) -> None:
    title = "Čapek, Karel: Válka s mloky"
    here.write("a.mrc", mrrc.Record(leader=" " * 24).as_marc() if not title else _marc8(title))
    done = here("convert", "a.mrc", "--to", "mrk")
    assert title in done.text
    back = here("convert", "-", "--from", "mrk", "--to", "marc", "--to-encoding", "marc8",
                input=done.out)  # fmt: skip
    assert back.out[9:10] == b" "
    assert b"\xe9C" in back.out
    latin = _latin1("Café")
    assert "Café" in here("convert", "-", "--to", "mrk", "--from-encoding", "latin-1",
                          input=latin).text  # fmt: skip
    assert "Café" in here("convert", "-", "--to", "mrk", "--from-encoding", "cp1252",
                          input=latin).text  # fmt: skip


def test_normalization(here: Here) -> None:
    data = _record_with("Cafe\N{COMBINING ACUTE ACCENT}").as_marc()
    assert "Caf\xe9" in here("cat", "--to", "mrk", "--normalize", "nfc", input=data).text
    assert "Cafe\N{COMBINING ACUTE ACCENT}" in here("cat", "--to", "mrk", input=data).text


def _record_with(title: str) -> mrrc.Record:
    from tests.cli.running import record

    return record("1", title)


def _marc8(title: str) -> bytes:
    return _record_with(title).as_marc(encoding="marc8")


def _latin1(title: str) -> bytes:
    made = bytearray(_record_with(title.replace("é", "#")).as_marc())
    return bytes(made).replace(b"#", b"\xe9")


def test_an_unusual_file_name_is_shown_harmlessly(here: Here) -> None:
    name = "a\x1b[2Jb.mrc"
    here.write(name, UNREAD.read_bytes())
    done = here("convert", name, "b.xml")
    assert "\x1b" not in done.err
    assert "a\\x1b[2Jb.mrc: byte 128" in done.err


def test_oversize(here: Here) -> None:
    long = _record_with("x" * 20_000)
    here("convert", "-", "a.xml", input=b"")
    from mrrc import record_to_xml

    xml = b"<collection>" + record_to_xml(long) + b"</collection>"
    here.write("long.xml", xml)
    done = here("convert", "long.xml", "b.mrc")
    assert done.code == 1
    assert "record-not-written" in done.err
    assert here("count", "b.mrc").text == "0\n"
    done = here("convert", "long.xml", "-o", "b.mrc", "--oversize", "zeros")
    assert here("count", "b.mrc").text == "1\n"


def test_crlf_and_the_form_of_json(here: Here) -> None:
    done = here("cat", "--to", "mrk", "--crlf", input=records(2))
    assert done.out.count(b"\r\n") == done.out.count(b"\n") == 7
    done = here("cat", "--to", "jsonl", "--json-form", "oclc", input=records(1))
    assert set(json.loads(done.out)) >= {"leader", "controlfield", "datafield"}


def test_a_path_that_begins_with_a_dash(here: Here) -> None:
    (here.directory / "-x.mrc").write_bytes(records(1))
    assert here("count", "--", "-x.mrc").text == "1\n"
    assert here("count", "./-x.mrc").text == "1\n"


def test_no_file_is_left_of_a_run_that_failed(here: Here) -> None:
    path = here.write("a.mrc", records(5))
    done = here("convert", path, Path("missing.mrc"), "-o", "b.xml")
    assert done.code == 2
    assert "missing.mrc: there is no such file" in done.err
    assert "b.xml was not written" in done.err
    assert here.files == ["a.mrc"]


def test_a_run_that_failed_at_once_leaves_the_reports_of_another(here: Here) -> None:
    words = ("--rejects", "bad.mrc", "--report", "report.jsonl", "--deleted", "gone.txt")
    (here.directory / "bad.mrc").write_bytes(b"old")
    (here.directory / "report.jsonl").write_bytes(b"old")
    done = here("convert", "no.mrc", "b.xml", *words)
    assert done.code == 2
    assert here.files == ["bad.mrc", "report.jsonl"]
    assert {(here.directory / name).read_bytes() for name in here.files} == {b"old"}
    here.write("a.mrc", records(2))
    assert here("convert", "a.mrc", "b.xml", *words).code == 0
    assert {(here.directory / name).read_bytes() for name in words[1::2]} == {b""}


def test_archives_are_read(here: Here) -> None:
    with zipfile.ZipFile(here.directory / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "All our records, see below.\n" * 9)
        archive.writestr("one.mrc", records(2))
        archive.writestr("bad/two.mrc", UNREAD.read_bytes())
        archive.writestr("three.xml", here("cat", "--to", "marcxml", input=records(1, 7)).out)
    done = here("cat", "a.zip")
    assert done.code == 1
    assert numbers(done.out) == ["1", "2", "pb-1", "pb-3", "7"]
    assert "a.zip (bad/two.mrc): byte 128: bytes-unread" in done.err
    assert here("count", "a.zip").text == "5\n"
    assert here("convert", "a.zip", "b.jsonl").code == 1
    assert here("count", "b.jsonl").text == "5\n"
    assert "── Record 1 · 7 · three.xml" in here("view", "a.zip", "--id", "7").text
    about = here("info", "a.zip").text
    assert "ISO 2709 and MARCXML (zip)" in about
    assert "25 bytes in no record" not in about  # more of them: the text is in none either


OAI = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>oai:x.org:1</identifier><datestamp>2024-01-01</datestamp></header>
<metadata>{}</metadata></record>
<record><header status="deleted"><identifier>oai:x.org:2&amp;3</identifier>
<datestamp>2024-01-02</datestamp></header></record>
<record><header status='deleted'><identifier>oai:x.org:4</identifier>
<datestamp>2024-01-03</datestamp></header></record>
</ListRecords></OAI-PMH>
"""


def test_deletions_of_an_oai_response_go_to_a_list(here: Here) -> None:
    made = here("cat", "--to", "marcxml", input=records(1)).text
    inside = made[made.index("<record") : made.index("</collection")].replace(
        "<record", '<record xmlns="http://www.loc.gov/MARC21/slim"', 1
    )
    here.write("oai.xml", OAI.format(inside).encode())
    done = here("convert", "oai.xml", "b.mrc", "--deleted", "gone.txt")
    assert (done.code, done.err) == (0, "")
    assert numbers((here.directory / "b.mrc").read_bytes()) == ["1"]
    gone = (here.directory / "gone.txt").read_text("utf-8")
    assert gone == "oai:x.org:2&3\noai:x.org:4\n"
    assert "deleted" in here("info", "oai.xml").text
    assert here("count", "oai.xml", "--deleted", "gone.txt").text == "1\n"
    assert (here.directory / "gone.txt").read_text("utf-8") == gone


def wrong_about_their_encoding() -> bytes:
    """The sample in UTF-8, every record of which says that it is in MARC-8."""
    parts = SAMPLE.read_bytes().split(b"\x1d")[:-1]
    return b"".join(part[:9] + b" " + part[10:] + b"\x1d" for part in parts)


@pytest.mark.parametrize("threads", ["0", "2"])
def test_records_that_are_wrong_about_their_encoding(here: Here, threads: str) -> None:
    here.write("old.mrc", wrong_about_their_encoding())
    done = here("convert", "old.mrc", "new.mrc", "--threads", threads)
    assert done.code == 1
    # Of the others the texts are ASCII, or really MARC-8.
    assert done.err.count("encoding-other") + done.err.count("utf-8 (certainty 1.00") >= 6
    assert "changed" in done.err.splitlines()[-1]
    found = [record.title for record in mrrc.read(here.directory / "new.mrc")]
    said = mrrc.read(SAMPLE)
    same = [record.title == title for record, title in zip(said, found, strict=True)]
    assert same.count(True) >= 8
    assert here("convert", "old.mrc", "as-said.mrc", "--from-encoding", "marc8").code == 1
    assert (here.directory / "as-said.mrc").read_bytes() != (
        here.directory / "new.mrc"
    ).read_bytes()


def test_a_command_and_check_find_the_same(here: Here) -> None:
    here.write("old.mrc", wrong_about_their_encoding())
    here("convert", "old.mrc", "new.mrc", "--report", "report.jsonl")
    lines = (here.directory / "report.jsonl").read_text("utf-8").splitlines()
    codes = [json.loads(line)["code"] for line in lines]
    checked = [
        json.loads(line)["code"] for line in here("check", "--json", "old.mrc").text.splitlines()
    ]
    assert [code for code in codes if not code.startswith("written-")] == checked
    assert "encoding-other" in checked


@pytest.mark.parametrize("command", ["convert", "cat", "fix", "split", "head", "tail"])
def test_what_is_read_as_another_format_is_a_failure(here: Here, command: str) -> None:
    here("convert", SAMPLE, "a.xml")
    here.write("b.mrc", b"as it was")
    words = ["-n", "1"] if command == "split" else []
    done = here(command, "a.xml", "-o", "b.mrc", "--from", "marc", *words)
    assert done.code == 2
    assert "nothing of it can be read as marc" in done.err
    assert "without --from" in done.err
    assert sorted(here.files) == ["a.xml", "b.mrc"]
    assert (here.directory / "b.mrc").read_bytes() == b"as it was"


@pytest.mark.parametrize("name", ["b.zip", "b.xml.zip", "b.Z", "b.tar", "b.7z"])
def test_a_name_of_what_is_only_read_is_refused(here: Here, name: str) -> None:
    done = here("convert", SAMPLE, "-o", name, "--to", "marc")
    assert done.code == 2
    assert ".gz" in done.err
    assert here("split", "-n", "1", SAMPLE, "-o", name).code == 2
    assert here.files == []


def test_a_source_that_is_missing_is_said_first(here: Here) -> None:
    here.write("b.mrc", records(1))
    assert "a.mrc: there is no such file" in here("convert", "a.mrc", "b.mrc").err


def test_keys_that_are_not_found_are_told_of(here: Here) -> None:
    here.write("keys", b"quay000003\nnope\n")
    assert "1 of 2 keys was not found" in here("convert", SAMPLE, "b.mrc", "--ids", "keys").err
    assert "1 of 2 keys was not found" in here("count", SAMPLE, "--ids", "keys").err
    here.write("keys", "quay000003\n".encode("utf-16"))
    for content in ("quay000003\n".encode("utf-16"), SAMPLE.read_bytes()):
        here.write("keys", content)
        done = here("convert", SAMPLE, "c.mrc", "--ids", "keys")
        assert (done.code, "is no list of keys" in done.err) == (2, True)


def test_only_records_in_the_list_are_looked_at(here: Here) -> None:
    here.write("old.mrc", wrong_about_their_encoding())
    here.write("keys", b"quay000009\n")
    done = here("check", "old.mrc", "--ids", "keys")
    assert done.code == 1
    assert "record 9" in done.text
    assert "record 1," not in done.text
    assert "1 record, 1 of them with problems" in done.text
    said = json.loads(here("info", "--json", "old.mrc", "--ids", "keys").text)
    assert (said["records"], said["problems"]) == (1, {"encoding-other": 1})
