"""The other commands: what they write, and their exit codes."""

from __future__ import annotations

import gzip
import json

import pytest

from mrrc import Field, Indicators, Subfield
from mrrc.cli.commands import COMMANDS
from tests.cli.running import PROBLEMS, SAMPLE, Here, numbers, record, records
from tests.unit.packed import zipped

DAMAGED = PROBLEMS / "field-truncated.mrc"


def test_help_teaches_with_examples(here: Here) -> None:
    done = here("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.text
        about = here(name, "--help")
        assert (about.code, about.err) == (0, "")
        assert about.text.startswith(f"usage: mrrc {name} ")
        assert about.text.count("\n  # ") >= 3
        assert max(map(len, about.lines)) <= 100
        assert here("help", name).out == about.out


def test_without_a_command_it_helps(here: Here) -> None:
    done = here()
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("usage: mrrc COMMAND")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("veiw", "there is no command veiw; did you mean view?"),
        ("a.mrc", "a command comes first, as in: mrrc view a.mrc"),
        ("--bogus", "there is no option --bogus before a command"),
    ],
)
def test_a_word_that_is_no_command(here: Here, word: str, said: str) -> None:
    here.write("a.mrc", b"")
    done = here(word)
    assert done.code == 2
    assert said in done.err


def test_count(here: Here) -> None:
    here.write("a.mrc", records(3))
    here.write("b.mrc.gz", gzip.compress(records(12)))
    assert here("count", "a.mrc") == (0, b"3\n", "")
    assert here("count", input=records(4)).out == b"4\n"
    done = here("count", "a.mrc", "b.mrc.gz")
    assert done.lines == ["      3 a.mrc", "     12 b.mrc.gz", "     15 total"]
    damaged = here("count", DAMAGED)
    assert damaged == (0, b"2\n", "")
    unread = here("count", PROBLEMS / "bytes-unread.mrc")
    assert (unread.code, unread.out) == (1, b"2\n")
    assert "byte 128: bytes-unread: 25 bytes" in unread.err


def test_head_and_tail(here: Here) -> None:
    here.write("a.mrc", records(8))
    here.write("b.mrc", records(7, 9))
    assert numbers(here("head", "a.mrc", "b.mrc").out) == [str(n) for n in range(1, 11)]
    assert numbers(here("head", "-n", "2", "a.mrc").out) == ["1", "2"]
    assert numbers(here("tail", "-n", "9", "a.mrc", "b.mrc").out) == [str(n) for n in range(7, 16)]
    assert numbers(here("tail", "-n", "99", "a.mrc").out) == [str(n) for n in range(1, 9)]
    assert here("head", "-n", "1", SAMPLE, "--to", "mrk").text.startswith("=LDR  00540cam")
    for command in ("head", "tail", "sample"):
        done = here(command, "-n", "0", "a.mrc", "--to", "marc")
        assert (done.code, done.out, done.err) == (0, b"", "")
        assert "no number from 0 on" in here(command, "-n", "-1", "a.mrc").err


def test_head_reads_no_further_than_it_must(here: Here) -> None:
    here.write("a.mrc", records(3) + b"junk " * 30 + records(2))
    assert here("head", "-n", "3", "a.mrc").code == 0
    assert here("tail", "-n", "1", "a.mrc").code == 1


def test_damage_is_told_of_records_that_are_written(here: Here) -> None:
    here.write("a.mrc", records(2) + DAMAGED.read_bytes()[128:] + b"\n" + records(2, 3))
    for words in (["head", "-n", "2"], ["tail", "-n", "2"], ["grep", "Title 1"]):
        done = here(*words, "a.mrc")
        assert (done.code, done.err) == (0, ""), words
    for words in (["head", "-n", "3"], ["tail", "-n", "3"], ["grep", "Karel"], ["sample"]):
        done = here(*words, "a.mrc")
        assert done.code == 1, words
        first, last = done.err.splitlines()
        assert first.startswith("a.mrc: record 3, byte 128, 001 pb-2: "), words
        assert ", 1 changed; " in last, words
    here.write("ids.txt", b"1\n4\n")
    assert here("cat", "a.mrc", "--ids", "ids.txt").code == 0


def test_a_sample_is_in_order_and_by_chance(here: Here) -> None:
    here.write("a.mrc", records(200))
    first = here("sample", "-n", "20", "--seed", "a", "a.mrc")
    found = list(map(int, numbers(first.out)))
    assert len(set(found)) == 20
    assert found == sorted(found)
    assert here("sample", "-n", "20", "--seed", "a", "a.mrc").out == first.out
    assert here("sample", "-n", "20", "--seed", "b", "a.mrc").out != first.out
    assert len(numbers(here("sample", "-n", "300", "a.mrc").out)) == 200
    everyone = set()
    for seed in range(60):
        everyone.update(numbers(here("sample", "-n", "10", "--seed", str(seed), "a.mrc").out))
    # Each record has a chance of one in twenty, sixty times: nine in two hundred are missed.
    assert 150 < len(everyone) <= 200


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["Moby"], "1"),
        (["moby"], ""),
        (["-i", "moby"], "1"),
        (["-i", "moby", "--in", "100"], ""),
        (["-i", "MOBY", "--in", "245$a"], "1"),
        (["Dick / Melville"], "1"),
        (["Dick / Melville", "--in", "245ac"], ""),
        (["M.by"], ""),
        (["-E", "M.by"], "1"),
        (["-E", "^Whal", "--in", "6XX"], "23"),
        (["-E", "^Whales$", "--in", "650$a,651$a"], "2"),
        (["-v", "Whal"], "1"),
        (["-e", "Moby", "-e", "Jonah"], "12"),
        (["Müller"], "3"),
        (["-v", "Müller"], "12"),
        (["Mu\N{COMBINING DIAERESIS}ller"], "3"),
        (["-i", "MÜLLER"], "3"),
        (["-E", "^.{5}na", "--in", "LDR"], "123"),
        (["3", "--in", "001"], "3"),
        (["nowhere"], ""),
        (["KELVIN"], "3"),
        (["-i", "whal müller"], ""),
        (["-i", "dick / mel"], "1"),
        (["-i", "MOBY"], "1"),
        (["-i", "-e", "mOBy", "-e", "jonaH"], "12"),
        (["MOBY"], ""),
    ],
)
def test_grep(here: Here, words: list[str], found: str) -> None:
    def subject(text: str) -> Field:
        return Field("650", Indicators(" ", "0"), [Subfield("a", text)])

    one = record("1", "Moby Dick /")
    one["245"].add_subfield("c", "Melville")
    two = record("2", "Jonah", subject("Whales"))
    three = record("3", "By Mu\N{COMBINING DIAERESIS}ller", subject("Whaling"))
    three["245"].add_subfield("b", "\N{KELVIN SIGN}ELVIN")
    here.write("a.mrc", b"".join(each.as_marc() for each in (one, two, three)))
    options = [word for word in words if word.startswith("-")]
    done = here("grep", *words, "a.mrc")
    assert (done.code, done.err) == (0, ""), options
    assert "".join(numbers(done.out)) == found
    assert here("grep", "-c", *words, "a.mrc").text == f"{len(found)}\n"


def test_grep_counts_in_each_file(here: Here) -> None:
    here.write("a.mrc", records(12))
    here.write("b.mrc", records(2))
    done = here("grep", "-c", "Title 1", "a.mrc", "b.mrc")
    assert done.lines == ["      4 a.mrc", "      1 b.mrc", "      5 total"]
    assert numbers(here("grep", "Title 12", "-", input=records(12)).out) == ["12"]
    assert numbers(here("grep", "Title 12", input=records(12)).out) == ["12"]


def test_counting_changes_nothing(here: Here) -> None:
    for text in ("nowhere", "a"):
        done = here("grep", "-c", text, DAMAGED)
        assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("words", [[], [""], ["-E", "("], ["a", "--in", "24"]])
def test_grep_needs_something_to_look_for(here: Here, words: list[str]) -> None:
    here.write("a.mrc", records(1))
    assert here("grep", *words).code == 2


def test_grep_for_what_begins_with_a_dash(here: Here) -> None:
    here.write("a.mrc", record("1", "A -dash").as_marc())
    assert numbers(here("grep", "--", "-dash", "a.mrc").out) == ["1"]
    assert numbers(here("grep", "--text=-dash", "a.mrc").out) == ["1"]


def test_split_by_number(here: Here) -> None:
    here.write("a.mrc.gz", gzip.compress(records(7)))
    done = here("split", "-n", "3", "a.mrc.gz")
    assert done.code == 0
    assert here.files == ["a-0001.mrc.gz", "a-0002.mrc.gz", "a-0003.mrc.gz", "a.mrc.gz"]
    assert here("count", "a-0*.gz").lines[-1] == "      7 total"
    assert "a-0003.mrc.gz: 1 record," in done.err
    data = gzip.decompress((here.directory / "a-0003.mrc.gz").read_bytes())
    assert numbers(data) == ["7"]


def test_split_by_size(here: Here) -> None:
    here.write("a.mrc", records(40))
    (here.directory / "out").mkdir()
    assert here("split", "--size", "1kB", "a.mrc", "-o", "out/p{}.xml").code == 0
    parts = sorted((here.directory / "out").iterdir())
    sizes = [each.stat().st_size for each in parts]
    assert len(parts) > 3
    assert max(sizes) <= 1000
    assert min(sizes[:-1]) > 600
    assert here("cat", "out/*.xml", "--to", "marc").out == records(40)


def test_split_leaves_nothing_if_it_fails(here: Here) -> None:
    here.write("a.mrc", records(9))
    done = here("split", "-n", "2", "a.mrc", "missing.mrc")
    assert done.code == 2
    assert "no part was written" in done.err
    assert here.files == ["a.mrc"]
    assert here("split", "a.mrc").code == 2
    assert here("split", "-n", "2", "-s", "1kB", "a.mrc").code == 2
    assert here("split", "-n", "2", "a.mrc", "-o", "no/p.mrc").code == 2
    assert here("split", "-n", "2", "a.mrc", "-o", "-").code == 2
    here.write("a-0001.mrc", records(9))
    done = here("split", "-n", "2", "a-0001.mrc", "-o", "a-{}.mrc")
    assert done.code == 2
    assert "a-0001.mrc is read" in done.err
    assert here.files == ["a-0001.mrc", "a.mrc"]


def test_check_tells_and_counts(here: Here) -> None:
    done = here("check", DAMAGED)
    assert (done.code, done.err) == (1, "")
    assert done.lines[0].startswith(f"{DAMAGED}: record 2, byte 128, 001 pb-2: warning ")
    assert done.lines[4] == f"{DAMAGED}: 2 records, 1 of them with problems"
    assert "  1  error field-missing" in done.lines
    sound = here("check", SAMPLE)
    assert (sound.code, sound.text) == (0, f"{SAMPLE}: 9 records, nothing wrong\n")
    assert here("check", "-q", DAMAGED) == (1, b"", "")


def test_check_for_programs(here: Here) -> None:
    done = here("check", "--json", DAMAGED)
    assert done.code == 1
    codes = [json.loads(line)["code"] for line in done.lines]
    assert len(codes) == 4
    assert "field-truncated" in codes
    done = here("check", "--json", "--severity", "error", DAMAGED)
    assert [json.loads(line)["severity"] for line in done.lines] == ["error", "error"]
    notes = PROBLEMS / "record-length-wrong.mrc"
    assert here("check", notes).code == 1
    assert here("check", "--severity", "warning", notes).code == 0
    assert len(here("check", "--summary", DAMAGED).lines) == 5
    assert here("check", "--json", SAMPLE) == (0, b"", "")


def test_check_goes_by_records_in_each_file(here: Here) -> None:
    done = here("check", "--summary", DAMAGED, DAMAGED)
    assert done.lines[0] == "2 files: 4 records, 2 of them with problems"


def test_fix_writes_sound_records_and_tells_all(here: Here) -> None:
    done = here("fix", DAMAGED, "-o", "fixed.mrc", "--report", "changes.jsonl")
    assert done.code == 1
    assert len(done.err.splitlines()) == 5
    assert "note" not in done.err
    assert "record-length-wrong" in done.err
    assert len((here.directory / "changes.jsonl").read_bytes().splitlines()) == 4
    assert here("check", "fixed.mrc").code == 0
    again = here("fix", "fixed.mrc", "-o", "again.mrc")
    assert (again.code, again.err) == (0, "fix: 2 records, nothing to fix\n")
    assert (here.directory / "again.mrc").read_bytes() == (
        here.directory / "fixed.mrc"
    ).read_bytes()


def test_fix_mends_what_was_wrong_in_form_only(here: Here) -> None:
    done = here("fix", PROBLEMS / "record-length-wrong.mrc", "-o", "fixed.mrc")
    assert done.code == 1
    assert "record-length-wrong" in done.err


def test_fix_finds_out_encodings(here: Here) -> None:
    title = "Mémoires d’un âne, où l’écolière élève des bêtes à été".replace("’", "'")
    data = record("1", title.encode("latin-1").decode("latin-1")).as_marc()
    latin = data.replace(title.encode(), title.encode("latin-1"))
    here.write("a.mrc", latin)
    done = here("fix", "a.mrc", "-o", "b.mrc")
    assert done.code == 1
    assert "encoding-other" in done.err
    assert title.encode() in (here.directory / "b.mrc").read_bytes()


def test_a_dry_run_writes_nothing(here: Here) -> None:
    done = here("fix", "--dry-run", DAMAGED)
    assert (done.code, done.out) == (1, b"")
    assert "field-truncated" in done.err
    assert here.files == []
    assert here("fix", "--dry-run", DAMAGED, "-o", "b.mrc").code == 2


def test_info(here: Here) -> None:
    here.write("a.mrc.gz", gzip.compress(SAMPLE.read_bytes()))
    text = here("info", "a.mrc.gz", DAMAGED).text
    assert "a.mrc.gz\n" in text
    assert "ISO 2709 (gzip)" in text
    assert "records           2\n" in text
    assert "UTF-8 8, MARC-8 1" in text
    assert "language material, monograph (am)" in text
    assert "1 record has problems" in text
    (line,) = here("info", "--json", SAMPLE).lines
    told = json.loads(line)
    assert (told["format"], told["records"], told["bytes"]) == ("marc", 9, 5764)
    assert told["record_size"] == {"smallest": 508, "largest": 764}
    assert told["bytes_sound"] == 5764
    assert told["records_with_tag"]["245"] == 9
    assert told["encodings_found"] == {"UTF-8": 7, "MARC-8": 1, "ASCII": 1}


def test_info_about_an_empty_file(here: Here) -> None:
    here.write("empty.mrc", b"")
    done = here("info", "empty.mrc")
    assert done.code == 0
    assert "records  0" in done.text


def test_a_report_on_standard_output(here: Here) -> None:
    done = here("convert", DAMAGED, "b.xml", "--report", "-", "--quiet")
    assert [json.loads(line)["record"] for line in done.lines] == [2, 2, 2, 2]
    assert here("cat", DAMAGED, "--report", "-").code == 2


def test_threads_give_the_same(here: Here) -> None:
    here.write("a.mrc", records(500))
    plain = here("convert", "a.mrc", "--to", "marcxml", "--threads", "0")
    assert here("convert", "a.mrc", "--to", "marcxml", "--threads", "3").out == plain.out
    assert here("count", "a.mrc", "--threads", "2").text == "500\n"


@pytest.mark.parametrize("place", ["008/35-37", "LDR/9", "949;651", "", "245$", "24"])
def test_what_is_no_place_is_refused(here: Here, place: str) -> None:
    done = here("grep", "-c", "a", "--in", place, SAMPLE)
    assert (done.code, "names no field" in done.err) == (2, True)


def test_parts_of_another_time_are_told_of(here: Here) -> None:
    here.write("a.mrc", records(9))
    here("split", "-n", "2", "a.mrc")
    done = here("split", "-n", "5", "a.mrc")
    assert done.code == 0
    assert "a-0003.mrc is still there" in done.err
    assert "still there" not in here("split", "-n", "2", "a.mrc").err


def test_parts_have_the_suffix_of_what_is_in_them(here: Here) -> None:
    here.write("a.zip", zipped(("a.mrc", records(3))))
    assert here("split", "-n", "2", "a.zip").code == 0
    here.write("b.seq", b"000000001 24510 L $$aTitel\n")
    here("split", "-n", "2", "b.seq")
    here.write("c.dat", records(1))
    here("split", "-n", "2", "c.dat")
    assert sorted(here.files) == [
        *("a-0001.mrc", "a-0002.mrc", "a.zip"),
        *("b-0001.mrk", "b.seq", "c-0001.dat", "c.dat"),
    ]
    assert "no records, so there are no parts" in here("split", "-n", "2", "-", input=b"").err
    assert here("split", "-n", "1", "-o", "w-{:06d}.mrc", "c.dat").code == 2


def test_an_id_may_have_blanks_around_it(here: Here) -> None:
    done = here("view", "--id", "  quay000003 ", "--id", "nope", SAMPLE)
    assert done.code == 0
    assert "quay000003" in done.text
    assert done.err == "view: no record has nope in 001\n"
    assert "none of the records asked for" in here("view", "-r", "3", "--id", "nope", SAMPLE).err


def test_fix_says_what_the_texts_were_read_as(here: Here) -> None:
    done = here("fix", SAMPLE, "-o", "b.mrc", "--from-encoding", "latin-1")
    assert "texts read as latin-1, nothing else to fix" in done.err


def test_what_check_says_and_a_report_are_not_mixed(here: Here) -> None:
    assert here("check", SAMPLE, "--report", "-").code == 2
    done = here("check", "--quiet", PROBLEMS / "field-truncated.mrc", "--report", "-")
    assert [json.loads(line)["code"] for line in done.text.splitlines()]
