"""Each code of a problem: an example that has it, what is said about it, and its paragraph.

The examples of the reader's codes are the files of tests/data/problems; those of the writer's codes
are made here.
"""

from __future__ import annotations

import io
import re
import runpy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mrrc import DamagedRecord, Field, MARCReader, MARCWriter, Record
from mrrc.problems import CODES, ERROR, NOTE, WARNING, Problem
from tests.shared import DATA, ROOT
from tests.unit.format_problems import IN_TEXT_FORMATS
from tests.unit.json_problems import IN_JSON
from tests.unit.problem_examples import AFTER, BEFORE, BY_CODE, READ, START, TITLE
from tests.unit.writing import data, record

EXAMPLES = DATA / "problems"
PAGE = ROOT / "docs" / "problems.md"


def lines(made: Record) -> list[str]:
    return [str(field) for field in made.fields]


@pytest.mark.parametrize("code", BY_CODE)
def test_an_example_is_read_and_reported(code: str) -> None:
    problem, (before, after), middle, last, options = BY_CODE[code]
    path = EXAMPLES / f"{code}.mrc"
    raw = path.read_bytes()
    told: list[Problem] = []
    with MARCReader(path, recovery="salvage", on_problem=told.append, **options) as reader:
        records = list(reader)
    assert [each.code for each in reader.problems] == [*before, code, *after]
    assert reader.problems[len(before)] == problem
    assert told == reader.problems
    assert reader.problem_counts == Counter([*before, code, *after])

    expected = [BEFORE, *([] if middle is None else [middle]), *([AFTER] if last else [])]
    assert [lines(each) for each in records if each is not None] == expected
    assert len(records) == len(expected), "no None"
    of_records = [list(each.problems) for each in records if each is not None]
    if middle is None:
        assert of_records == [[], []]
    else:
        assert of_records == [[], reader.problems, *([[]] if last else [])]

    accounting = reader.accounting
    assert accounting is not None
    assert sum(accounting) == len(raw)
    if middle is None:
        assert accounting == (288, 0, sum(each.length for each in reader.problems))
    else:
        neighbours = 288 if last else START
        assert accounting == (neighbours, len(raw) - neighbours, 0)


@pytest.mark.parametrize("code", BY_CODE)
def test_strict_stops_at_the_first_problem(code: str) -> None:
    problem, (before, _), _, _, options = BY_CODE[code]
    raw = (EXAMPLES / f"{code}.mrc").read_bytes()
    found = list(MARCReader(raw, recovery="salvage", **options))
    reader = MARCReader(io.BytesIO(raw), recovery="strict", **options)
    records: list[Record | None] = []
    with pytest.raises(DamagedRecord) as caught:
        records.extend(reader)
    error = caught.value
    assert error.problem.code == [*before, code][0]
    assert list(reader.problems) == [error.problem]
    if not before:
        assert error.problem == problem
    assert (error.record_number, error.offset) == (
        error.problem.record_number,
        error.problem.offset,
    )
    assert (error.tag, error.control_number) == (error.problem.tag, error.problem.control_number)
    assert str(error.problem) in str(error)
    assert len(found) in (2, 3)


@pytest.mark.parametrize("code", BY_CODE)
def test_what_is_in_no_field_is_in_the_problem(code: str) -> None:
    problem = BY_CODE[code].problem
    data = (EXAMPLES / f"{code}.mrc").read_bytes()
    assert problem.offset is not None
    assert problem.offset + problem.length <= len(data)
    left_out = problem.severity == ERROR and code not in ("field-truncated", "field-missing")
    expected = data[problem.offset : problem.offset + problem.length] if left_out else b""
    assert problem.raw == expected


def test_undecodable_text_can_be_replaced_or_refused() -> None:
    path = EXAMPLES / "text-undecodable.mrc"
    with MARCReader(path, recovery="salvage", undecodable="replace") as reader:
        records = list(reader)
    assert records[1] is not None
    assert lines(records[1])[2] == TITLE.replace("á", "\ufffd")
    assert [problem.done for problem in reader.problems] == ["replaced by U+FFFD"]
    with MARCReader(path, recovery="salvage", undecodable="reject") as reader:
        records = list(reader)
    assert [lines(each) for each in records if each is not None] == [BEFORE, AFTER]
    (problem,) = reader.problems
    assert (problem.code, problem.severity) == ("text-undecodable", ERROR)
    assert problem.raw == path.read_bytes()[START:-160]
    assert reader.accounting == (288, 0, len(problem.raw))


# -- writing ---------------------------------------------------------------------------------


def kind_of_field() -> Record:
    field = Field("009", data="A note.")
    field.tag = "500"
    return record("w-1", field)


def short_leader() -> Record:
    made = record("w-1")
    made.leader = "00000nam"
    return made


# For each code: a record, the options of the writer, and tag, found and done of the problem.
LONG = data("500", ("a", "x" * 6_000), ("a", "y" * 6_000))
WRITTEN: dict[str, tuple[Callable[[], Record], dict[str, Any], tuple[str | None, str, str]]] = {
    "written-delimiter-in-data": (
        lambda: record("w-1", data("500", ("a", "one\x1ftwo"))),
        {},
        (
            "500",
            "delimiters in the text: 1, first '\\x1ftwo'",
            "a blank was written for each",
        ),
    ),
    "written-field-divided": (
        lambda: record("w-1", LONG),
        {"oversize": "split"},
        ("500", "field of 12,007 bytes", "divided over 2 fields"),
    ),
    "written-indicator": (
        lambda: record("w-1", data("500", ("a", "A note."), indicators=("é", " "))),  # type: ignore[arg-type]
        {},
        ("500", "indicator 'é'", "a blank was written"),
    ),
    "written-kind-of-field": (
        kind_of_field,
        {},
        ("500", "control field, tag of a data field", "written as $a"),
    ),
    "written-leader": (
        short_leader,
        {},
        (None, "'00000nama'", "written as 'nama   ' and '       '"),
    ),
    "written-lengths-as-zeros": (
        lambda: record("w-1", LONG),
        {"oversize": "zeros"},
        (None, "field 500 of 12,007 bytes", "what does not fit was written as zeros"),
    ),
    "written-record-divided": (
        lambda: record("w-1", *(data("500", ("a", "x" * 9_000)) for _ in range(12))),
        {"oversize": "split"},
        (None, "record of 108,268 bytes", "divided over 2 records"),
    ),
    "written-replacement-character": (
        lambda: record("w-1", data("500", ("a", "V\udce1lka"))),
        {"undecodable": "replace"},
        (None, "1 lone surrogates", "written as U+FFFD"),
    ),
    "written-subfield-code": (
        lambda: record("w-1", data("500", ("ab", "A note."))),
        {},
        ("500", "subfield code 'ab'", "written as ?"),
    ),
    "written-tag": (
        lambda: record("w-1", data("50é", ("a", "A note."))),
        {},
        ("50Z", "tag '50é'", "written as 50Z"),
    ),
    "written-terminator-in-data": (
        lambda: record("w-1", data("500", ("a", "one\x1etwo"))),
        {},
        (
            "500",
            "terminators in the text: 1, first '\\x1etwo'",
            "a blank was written for each",
        ),
    ),
}


@pytest.mark.parametrize("code", WRITTEN)
def test_a_repair_is_reported(code: str) -> None:
    make, options, expected = WRITTEN[code]
    file = io.BytesIO()
    writer = MARCWriter(file, **options)
    writer.write(make())
    (problem,) = writer.problems
    assert (problem.code, problem.severity) == (code, CODES[code].severity)
    assert (problem.record_number, problem.control_number) == (1, "w-1")
    assert (problem.tag, problem.found, problem.done) == expected
    assert writer.problem_counts == {code: 1}
    reader = MARCReader(file.getvalue(), recovery="salvage")
    back = list(reader)
    assert {each["001"].data for each in back if each is not None} == {"w-1"}
    if code == "written-lengths-as-zeros":
        assert set(reader.problem_counts) == {"field-too-long", "directory-wrong"}
    else:
        assert list(reader.problems) == []


def test_padding_at_the_end_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "old.mrc"
    old = (EXAMPLES / "end-of-file-mark.mrc").read_bytes()
    path.write_bytes(old)
    with MARCWriter(path, append=True) as writer:
        writer.write(record("w-1"))
    (problem,) = writer.problems
    assert (problem.code, problem.severity) == ("append-after-padding", NOTE)
    assert (problem.offset, problem.length, problem.raw) == (288, 1, b"\x1a")
    assert problem.found == "b'\\x1a' after the last record"
    assert problem.done == "the next record takes its place"
    assert path.read_bytes() == old[:-1] + record("w-1").as_marc()


# The examples are in test_format_writing.py.
WRITTEN_AS_XML = (
    "written-field-without-subfields",
    "written-forbidden-character",
    "written-order-of-fields",
)


# -- the list --------------------------------------------------------------------------------


# Examples are in test_open.py and test_convert.py.
IN_CONVERSIONS = ("source-damaged", "member-skipped", "record-not-written")


def test_every_code_has_an_example() -> None:
    known = [*BY_CODE, *IN_TEXT_FORMATS, *IN_JSON, *IN_CONVERSIONS, "append-after-padding"]
    known += [*WRITTEN, *WRITTEN_AS_XML]
    assert sorted(CODES) == sorted(known)


def test_the_examples_are_those_that_the_script_makes() -> None:
    """If this fails: python tests/data/make_problems.py."""
    made = runpy.run_path(str(DATA / "make_problems.py"))["contents"]()
    assert {path.stem: path.read_bytes() for path in EXAMPLES.iterdir()} == made
    assert sorted(made) == sorted(BY_CODE)
    assert [code for code, data in made.items() if len(data) > 2_000] == [
        "record-too-long",
        "field-too-long",
    ]


def literals(path: Path) -> list[str]:
    """Strings of a source file that could be codes; one is the name of a form of JSON."""
    found = re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text(encoding="utf-8"))
    return [each for each in found if each != "marc-in-json"]


def emitted(*paths: Path) -> set[str]:
    # A record without fields is reported as unreadable.
    return {text for path in paths for text in literals(path)}


def test_the_list_has_what_is_emitted_and_nothing_else() -> None:
    library = ROOT / "mrrc"
    sources = [
        *(library / "_pure" / f"{name}.py" for name in ("salvage", "align", "contents", "scan")),
        library / "_recovering.py",
        library / "_texts.py",
        library / "writer.py",
        *(library / "_writing").glob("*.py"),
        *(library / "_formats").glob("*.py"),
    ]
    assert emitted(*sources) == set(CODES)


def test_the_engines_have_the_same_codes() -> None:
    pure = [ROOT / "mrrc" / "_pure" / f"{name}.py" for name in ("salvage", "align", "contents")]
    rust = (ROOT / "rust" / "core" / "src" / "salvage").glob("*.rs")
    assert emitted(*rust) == emitted(*pure) != set()


def test_every_code_has_a_meaning() -> None:
    for code, (severity, meaning, done) in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", code)
        assert severity in (NOTE, WARNING, ERROR)
        assert meaning[0].isupper()
        assert meaning.endswith((".", "`raw` has them.", "`raw` has it.", "`raw` has the field."))
        assert done
        assert not done.endswith(".")
        assert done.format(used="1") != done or "{" not in done


def paragraphs() -> dict[str, str]:
    """The paragraph of each code on the page of problems."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^### `([\w-]+)`\n\n(.*?)(?=\n#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(found) == len({code for code, _ in found})
    return dict(found)


def test_every_code_has_a_paragraph() -> None:
    assert list(paragraphs()) == list(CODES)


def test_the_paragraphs_say_what_the_list_says() -> None:
    for code, text in paragraphs().items():
        severity, meaning, done = CODES[code]
        first = " ".join(text.split())
        assert first.startswith(f"*{severity}.* {meaning} "), code
        assert f"Done: {done.replace('{used}', '…')}." in first, code
        assert len(first) > len(meaning) + len(done) + 80, code


def test_the_table_of_severities() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (note|warning|error) \| (.*?) \| (\d+) \|$", text, re.MULTILINE)
    counts = Counter(code.severity for code in CODES.values())
    assert {severity: int(count) for severity, _, count in rows} == counts


# -- as text ---------------------------------------------------------------------------------


def test_a_problem_is_a_line_of_text() -> None:
    problem = BY_CODE["tag-invalid"].problem
    assert str(problem) == (
        "warning tag-invalid: found ???, done: kept; a question mark stands for what is not "
        "graphic ASCII (record 2, byte 237, field ???, 001 pb-2)"
    )
    assert str(Problem("bytes-unread", ERROR)) == "error bytes-unread"
    assert str(Problem("bytes-unread", ERROR, found="x")) == "error bytes-unread: found x"
    assert str(Problem("bytes-unread", ERROR, done="y", offset=0)) == (
        "error bytes-unread: done: y (byte 0)"
    )


def test_blanks_in_a_line_of_text_can_be_seen() -> None:
    problem = BY_CODE["base-address-not-number"].problem
    assert "found '     ', done: read as 00073 " in str(problem)
    for example in READ:
        text = str(example.problem)
        assert text.isprintable()
        assert "\n" not in text
