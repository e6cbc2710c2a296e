"""view: tags explained, 880 fields below their own, nothing that commands the terminal."""

from __future__ import annotations

import pytest

from mrrc import Field, Indicators, Record, Subfield
from mrrc.cli.tags import name_of
from mrrc.cli.texts import plain, visible, width_of
from mrrc.cli.viewing import layout
from tests.cli.running import PROBLEMS, SAMPLE, Here, record, records


def field(tag: str, *subfields: str) -> Field:
    made = [Subfield(each[0], each[1:]) for each in subfields]
    return Field(tag, Indicators(" ", "1"), made)


def shown(made: Record, width: int | None = None) -> list[str]:
    return [plain(line) for line in layout(made, "Record 1", width)]


def test_tags_are_explained(here: Here) -> None:
    done = here("view", SAMPLE, "-r", "3")
    assert (done.code, done.err) == (0, "")
    lines = done.lines
    assert lines[0].startswith("── Record 3 · quay000003 ──")
    assert lines[1] == "language material, monograph; corrected; says it is UTF-8"
    title = next(line for line in lines if line.startswith("245 10 "))
    assert "Title Statement" in title
    assert "$a Vishnevyĭ sad : $b komedīi︠a︡ / $c Anton Chekhov." in title


def test_other_scripts_stand_below_their_fields(here: Here) -> None:
    lines = here("view", SAMPLE, "-r", "3").lines
    tags = [line[:3] for line in lines if line[:3].isdigit()]
    assert tags == "001 003 005 008 040 066 100 880 245 880 264 880 300 650".split()
    assert "in Cyrillic" in lines[tags.index("880") + 3]


def test_an_880_field_alone_says_what_it_would_belong_to() -> None:
    lines = shown(
        record("1", "A", field("880", "6500-00/(3/r", "aنص"), field("880", "6245-07/Grek", "aΑ"))
    )
    assert any("General Note in Arabic" in line for line in lines)
    assert any("Title Statement in Greek" in line for line in lines)


def test_two_pairs_with_the_same_number_stay_apart() -> None:
    made = record("1", "A", field("700", "6880-01", "aX"), field("710", "6880-01", "aY"))
    made.add_field(field("880", "6710-01/$1", "aB"), field("880", "6700-01/$1", "aA"))
    made.add_field(field("880", "aC"))
    assert [line[-1] for line in shown(made)[5:]] == ["X", "A", "Y", "B", "C"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-r", "2"], "2"),
        (["-r", "2,4-5"], "245"),
        (["-r", "5-"], "56"),
        (["--id", "3"], "3"),
        (["--id", "3", "--id", "5"], "35"),
        (["--id", "Title 4", "--key", "245a"], "4"),
        ([], "123456"),
    ],
)
def test_records_by_number_or_by_key(here: Here, words: list[str], found: str) -> None:
    here.write("a.mrc", records(6))
    done = here("view", "a.mrc", *words)
    assert done.code == 0
    headings = [line for line in done.lines if line.startswith("── ")]
    assert [line.split()[2] for line in headings] == list(found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-r", "7"], "there is no such record: a.mrc has 6 records"),
        (["--id", "x"], "no record has x in 001: a.mrc has 6 records"),
        (["--id", "x", "--key", "245$a"], "no record has x in 245$a"),
        (["-r", "0"], "'0' is no number of a record"),
        (["-r", "4-2"], "'4-2' ends before it begins"),
    ],
)
def test_a_record_that_is_not_there(here: Here, words: list[str], said: str) -> None:
    here.write("a.mrc", records(6))
    done = here("view", "a.mrc", *words)
    assert done.code == 2
    assert said in done.err


def test_problems_are_shown_with_their_record(here: Here) -> None:
    done = here("view", PROBLEMS / "field-truncated.mrc", "-r", "2", "--quiet")
    assert "! error field-truncated: " in done.text
    assert done.err == ""


def test_nothing_commands_the_terminal() -> None:
    made = record("1\x1b[2J", "A\x07\x9b31mtitle\udce9\u202e")
    made.add_field(Field("9\x1b9", Indicators("\x1b", " "), [Subfield("\x1b", "x")]))
    text = "\n".join(shown(made))
    assert text.replace("\n", "").isprintable()
    assert "A\\x07\\x9b31mtitle\\xe9\\u202e" in text


@pytest.mark.parametrize("text", ["نص\u200f", "क्\u200dष", "日本\u3000語", "a\u00a0b"])
def test_texts_of_all_scripts_stay(text: str) -> None:
    assert visible(text) == text


def test_lines_fit_the_terminal() -> None:
    made = record(
        "1", "word " * 60, field("880", "a" + "日本語" * 60), field("500", "a" + "x" * 300)
    )
    for width in (40, 80, 100):
        assert max(map(width_of, shown(made, width)[2:])) <= width
    joined = "".join(line.replace(" ", "") for line in shown(made, 80))
    assert "日本語" * 60 in joined
    assert "x" * 300 in joined


def test_without_names(here: Here) -> None:
    done = here("view", SAMPLE, "-r", "1", "--no-names")
    assert "245 10 $a Babička" in done.text


@pytest.mark.parametrize(
    ("tag", "kind", "name"),
    [
        ("245", "a", "Title Statement"),
        ("100", "z", "Heading - Personal Name"),
        ("856", "z", "Electronic Location and Access"),
        ("245", "z", ""),
        ("949", "a", "local"),
        ("099", "a", "local"),
        ("ABC", "a", ""),
    ],
)
def test_names_of_tags(tag: str, kind: str, name: str) -> None:
    assert name_of(tag, kind) == name


def test_records_of_other_kinds(here: Here) -> None:
    made = Record(leader="00000nz  a2200000n  4500")
    made.add_field(Field("001", data="n1"), field("150", "aWhales"), field("550", "aMammals"))
    text = here("view", input=made.as_marc()).text
    assert "authority data" in text
    assert "Heading - Topical Term" in text
    assert "See Also From - Topical Term" in text
