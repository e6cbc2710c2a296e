"""MARC-in-JSON in all its forms, and what is wrong with some of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mrrc import Field, Indicators, MARCReader, Record, Subfield
from mrrc._formats.json_reading import read
from mrrc._formats.reader import FormatReader
from mrrc.problems import CODES, Problem
from tests.json_documents import LEADER
from tests.shared import DATA
from tests.unit.json_problems import IN_JSON

TITLE: dict[str, Any] = {"ind1": "1", "ind2": "0", "subfields": [{"a": "Emma /"}, {"c": "J.A."}]}
SOUND: dict[str, Any] = {"leader": LEADER, "fields": [{"001": "x"}, {"245": TITLE}]}
LINES = ["=001  x", "=245  10$aEmma /$cJ.A."]


def readings(data: str | bytes, format: str = "json") -> tuple[list[Record], list[Problem]]:
    """The records of a file, and its problems; no byte is lost."""
    data = data.encode() if isinstance(data, str) else data
    with FormatReader(data, format) as reader:
        records = list(reader)
    assert sum(reader.accounting) == len(data)
    return records, list(reader.problems)


def lines(record: Record) -> list[str]:
    return [str(field) for field in record.fields]


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


@pytest.mark.parametrize("code", IN_JSON)
def test_each_problem_is_reported(code: str) -> None:
    text, problem = IN_JSON[code]
    (record,), problems = readings(text)
    assert problems == [problem]
    assert list(record.problems) == [problem]
    assert (problem.code, problem.severity) == (code, CODES[code].severity)


FORMS = {
    "pymarc": json.dumps(SOUND),
    "array": json.dumps([SOUND]),
    "spread": json.dumps([SOUND], indent=4),
    "fields first": json.dumps({"fields": SOUND["fields"], "leader": LEADER}),
    "subfields first": json.dumps(
        {"leader": LEADER, "fields": [{"001": "x"}, {"245": dict(reversed(TITLE.items()))}]}
    ),
    "other members": json.dumps({"_id": 7, **SOUND, "type": {"a": ["b"]}}),
    "FOLIO": json.dumps(
        {
            "id": "c56b70ce-4ef6-47ef-8bc3-c470bafa0b8c",
            "recordType": "MARC_BIB",
            "rawRecord": {"id": "1", "content": "00000nam"},
            "parsedRecord": {"id": "1", "content": SOUND, "formattedContent": "LEADER 00000nam"},
        }
    ),
    "FOLIO, text in text": json.dumps({"parsedRecord": {"content": json.dumps(SOUND)}}),
    "FOLIO, exported for SearchWorks": json.dumps(
        {"holdings": [{"x": [1]}], "source_record": [SOUND], "instance": {"fields_": []}}
    ),
    "FOLIO, records": json.dumps({"records": [{"parsedRecord": {"content": SOUND}}], "total": 1}),
    "FOLIO, source records": json.dumps(
        {"total": 1, "sourceRecords": [{"parsedRecord": {"content": SOUND}}]}
    ),
    "OCLC": json.dumps(
        {
            "leader": LEADER,
            "controlfield": [{"tag": "001", "data": "x"}],
            "datafield": [
                {
                    "tag": "245",
                    "ind": "10",
                    "subfield": [{"code": "a", "data": "Emma /"}, {"code": "c", "data": "J.A."}],
                }
            ],
        }
    ),
    "marc-hash": json.dumps(
        {
            "type": "marc-hash",
            "version": [1, 0],
            "leader": LEADER,
            "fields": [["001", "x"], ["245", "1", "0", [["a", "Emma /"], ["c", "J.A."]]]],
        }
    ),
    "byte order mark": "\ufeff" + json.dumps([SOUND]),
    "sequence": "\x1e" + json.dumps(SOUND) + "\n",
}
FORMS["OCLC, collection"] = f'{{"collection": {{"record": [{FORMS["OCLC"]}]}}}}'
FORMS["OCLC, record"] = f'{{"record": {FORMS["OCLC"]}}}'

SEVERAL = ("array", "spread", "FOLIO, records", "FOLIO, source records", "byte order mark")
ONE_IN_A_LINE = sorted(set(FORMS) - set(SEVERAL))


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read_without_a_problem(form: str) -> None:
    (record,), problems = readings(FORMS[form])
    assert problems == []
    assert record._raw is not None, "in the lazy state"
    assert lines(record) == LINES
    assert str(record.leader) == LEADER
    if form in ONE_IN_A_LINE:
        (same,), problems = readings(FORMS[form], "jsonl")
        assert (lines(same), problems) == (LINES, [])


def test_documents_one_after_the_other() -> None:
    one = json.dumps(SOUND)
    records, problems = readings(f"{one}{one}\n{one},[{one}]\n[]")
    assert [lines(each) for each in records] == [LINES] * 4
    assert problems == []


def test_the_repository_s_own_examples() -> None:
    for path in sorted((DATA / "json").glob("*.json")):
        data = path.read_bytes()
        try:
            content = json.loads(data, strict=False)
        except ValueError:
            continue
        records, _ = readings(data)
        assert len(records) == (len(content) if isinstance(content, list) else 1), path.name


def one(*fields: object, leader: object = LEADER) -> str:
    return json.dumps({"leader": leader, "fields": list(fields)})


def data_field(*subfields: object, first: object = " ", second: object = " ") -> dict[str, Any]:
    return {"500": {"ind1": first, "ind2": second, "subfields": list(subfields)}}


FIELDS_X, FIELDS_Y = (data_field({"a": text}) for text in "xy")
REPAIRED: dict[str, tuple[str, list[str], list[str]]] = {
    "two fields in an object": (
        one(FIELDS_X, FIELDS_Y).replace('}, {"500"', ', "500"'),
        ["=500  \\\\$ax", "=500  \\\\$ay"],
        ["members-joined"],
    ),
    "a field object for all": (
        json.dumps(
            {"leader": LEADER, "fields": {"001": "x", "500": data_field({"a": "y"})["500"]}}
        ),
        ["=001  x", "=500  \\\\$ay"],
        ["members-joined"],
    ),
    "subfields in an object": (
        one({"500": {"ind1": " ", "ind2": " ", "subfields": {"a": "x", "b": ["y", "z"]}}}),
        ["=500  \\\\$ax$by$bz"],
        ["members-joined"],
    ),
    "subfields beside the indicators": (
        one({"500": {"ind1": "1", "ind2": " ", "a": "x", "b": "y"}}),
        ["=500  1\\$ax$by"],
        ["members-joined"],
    ),
    "no indicators": (
        one({"500": {"subfields": [{"a": "x"}]}}),
        ["=500  \\\\$ax"],
        ["indicators-missing"],
    ),
    "numbers": (
        one({"001": 17}, data_field({"a": 1.50}, {"b": True}, first=1)),
        ["=001  17", "=500  1\\$a1.5$btrue"],
        ["value-not-text", "value-not-text"],
    ),
    "null": (
        one({"001": None}, data_field({"a": None}, first=None)),
        ["=001  ", "=500  \\\\$a"],
        ["value-not-text", "indicator-invalid", "value-not-text"],
    ),
    "indicators of other lengths": (
        one(data_field({"a": "x"}, first="", second="12")),
        ["=500  \\\\$ax"],
        ["indicator-invalid"],
    ),
    "codes of other lengths": (
        one(data_field({"ab": "x"}, {"": "y"}, {"\u00e9": "z"})),
        ["=500  \\\\$?abx$?y$?\u00e9z"],
        ["subfield-code-invalid"],
    ),
    "tags": (
        one({"1": "x"}, {"24": data_field({"a": "y"})["500"]}, {"50\u00e9": {}}, {"5000": "z"}),
        ["=001  x", "=024  \\\\$ay", "=50?  \\\\", "=500  \\\\$az"],
        [*["tag-invalid"] * 3, "indicators-missing", "tag-invalid", "kind-of-field-wrong"],
    ),
    "leader": (one({"001": "x"}, leader=None), ["=001  x"], ["leader-missing"]),
    "kinds of fields": (
        one({"001": data_field({"a": "x"}, {"b": "y"})["500"]}, {"500": "z"}),
        ["=001  x\\y", "=500  \\\\$az"],
        ["kind-of-field-wrong", "kind-of-field-wrong"],
    ),
    "nothing": (
        one({}, "x", 5, [], None, {"500": {"ind1": " ", "ind2": " ", "subfields": [{}, "x", []]}}),
        ["=500  \\\\"],
        ["part-unread"] * 6,
    ),
    "halves of characters": (
        one(data_field({"a": "\ud83d"}, {"b": "\ude00\ud83d"}, {"c": "\ud83d\ude00"})),
        ["=500  \\\\$a\ufffd$b\ufffd\ufffd$c\U0001f600"],
        ["surrogate-unpaired"],
    ),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_is_repaired(name: str) -> None:
    text, expected, found = REPAIRED[name]
    (record,), problems = readings(text)
    assert record._raw is not None, "sound"
    assert (lines(record), codes(problems)) == (expected, found)
    assert list(record.problems) == problems


def test_delimiters_in_texts_stay() -> None:
    text = one({"001": "a\x1eb"}, data_field({"a": "x\x1fby"}))
    (record,), problems = readings(text)
    assert problems == []
    assert record["001"].data == "a\x1eb"
    assert record["500"].subfields == [Subfield("a", "x\x1fby")]


def test_fields_longer_than_iso_2709_has_them() -> None:
    (record,), problems = readings(one({"001": "x"}, data_field({"a": "x" * 20_000})))
    assert problems == []
    assert len(record["500"]["a"]) == 20_000


def test_undecodable_bytes() -> None:
    text = one({"001": "x"}, data_field({"a": "A?"}, {"b": "??"})).encode().replace(b"?", b"\xe9")
    for undecodable, expected in (("keep", "A\udce9"), ("replace", "A\ufffd")):
        with FormatReader(text, "json", undecodable=undecodable) as reader:
            (record,) = reader
        assert record["500"]["a"] == expected
        (problem,) = reader.problems
        assert (problem.code, problem.tag, problem.found) == ("text-undecodable", "500", "\\xe9")
        assert text[problem.offset : problem.offset + problem.length] == b"\xe9"  # type: ignore[operator]
    with FormatReader(text, "json", undecodable="reject") as reader:
        assert list(reader) == []
    (problem,) = reader.problems
    assert (problem.code, problem.severity, problem.raw) == ("text-undecodable", "error", text)


WHOLE = json.dumps(SOUND)
BROKEN: dict[str, tuple[str, list[list[str]], set[str]]] = {
    "cut in a text": (WHOLE[:-8], [["=001  x", "=245  10$aEmma /$cJ.A"]], {"field-truncated"}),
    "cut in a name": (
        WHOLE[: WHOLE.index('"c"') + 2],
        [["=001  x", "=245  10$aEmma /"]],
        {"field-truncated"},
    ),
    "cut behind a field": (WHOLE[:-1], [LINES], {"json-invalid"}),
    "cut in an array": (
        f"[{WHOLE},{WHOLE[:-8]}",
        [LINES, ["=001  x", "=245  10$aEmma /$cJ.A"]],
        {"field-truncated", "file-truncated"},
    ),
    "a quotation mark": (
        "[" + WHOLE.replace("Emma", 'Em"ma') + "," + WHOLE + "]",
        [["=001  x", '=245  10$aEm"ma /$cJ.A.'], LINES],
        {"json-invalid"},
    ),
    "a quotation mark that is missing": (
        "[" + WHOLE.replace('J.A."', "J.A.") + "," + WHOLE + "]",
        [["=001  x", "=245  10$aEmma /$cJ.A.}]}}]},"], LINES],
        {"field-truncated"},
    ),
    "a line end in a text that has no end": (
        f"[{WHOLE[:-8]}\n{WHOLE},\n{WHOLE}]",
        [["=001  x", "=245  10$aEmma /$cJ.A"], LINES, LINES],
        {"field-truncated"},
    ),
    "a record in a record": (
        f"[{WHOLE[:-2]},\n{WHOLE}]",
        [LINES, LINES],
        {"json-invalid"},
    ),
    "commas that are missing": (
        WHOLE.replace("}, {", "} {").replace('"ind1": "1",', '"ind1": "1"'),
        [LINES],
        {"json-invalid"},
    ),
    "an escape that is none": (
        WHOLE.replace("Emma", "\\Emma \\u12"),
        [["=001  x", "=245  10$a\\Emma \\u12 /$cJ.A."]],
        {"json-invalid"},
    ),
    "something else": (
        WHOLE.replace('{"001": "x"}', '{"001": "x"} ; DROP TABLE'),
        [LINES],
        {"part-unread"},
    ),
    "something behind": (WHOLE + " trailing", [LINES], {"bytes-unread"}),
    "no record": ('{"a": 1}', [], {"record-unreadable"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_json_is_read_as_far_as_it_can_be(name: str) -> None:
    text, expected, found = BROKEN[name]
    records, problems = readings(text)
    assert [lines(record) for record in records] == expected
    assert set(codes(problems)) == found


def test_lines_are_read_one_by_one() -> None:
    text = f"{WHOLE}\n{WHOLE[:-20]}\n\n{{}}\r\n5\n{WHOLE}{WHOLE}\n{WHOLE}"
    records, problems = readings(text, "jsonl")
    assert [lines(record)[0] for record in records] == ["=001  x"] * 4
    assert [(each.code, each.line, each.record_number) for each in problems] == [
        ("field-truncated", 2, 2),
        ("record-unreadable", 4, 3),
        ("record-unreadable", 5, 4),
        ("part-unread", 6, 5),
    ]


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_what_is_too_deep_is_left_out(format: str) -> None:
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    records, problems = readings(f"{WHOLE}\n{deep}\n{WHOLE}\n", format)
    assert [lines(record) for record in records] == [LINES, LINES]
    assert codes(problems) == ["bytes-unread" if format == "json" else "record-unreadable"]
    deep = '{"leader":"","fields":' + "[" * 100_000
    records, problems = readings(f"{deep}\n{WHOLE}\n", format)
    assert [lines(record) for record in records][-1:] == [LINES]
    assert problems


def test_texts_in_texts() -> None:
    text = WHOLE
    for _ in range(5):
        text = json.dumps({"parsedRecord": {"content": text}})
    (record,), problems = readings(text)
    assert (lines(record), problems) == (LINES, [])


def test_far_too_many_parts_are_not_taken_apart() -> None:
    text = '{"a":1,"leader":"","fields":[' + "[]," * 1_000_001 + "[]]}"
    assert read(text.encode(), b"", lambda *_, **__: None) is None


def test_what_was_written_is_read_again() -> None:
    count = 0
    for path in sorted((DATA / "iso2709").glob("*.mrc")):
        with MARCReader(path, recovery="salvage") as reader:
            for record in reader:
                assert record is not None
                (back,), problems = readings(record.as_json())
                if not problems:
                    count += 1
                    assert lines(back) == lines(record)
                    assert str(back.leader) == str(record.leader)
    assert count > 10


def test_a_record_of_objects_equals_one_of_bytes() -> None:
    fields = [
        Field("001", data="x"),
        Field("245", Indicators("1", "0"), [Subfield("a", "Emma /"), Subfield("c", "J.A.")]),
    ]
    (record,), _ = readings(WHOLE)
    assert record.as_dict() == Record(fields=fields, leader=LEADER).as_dict()
    assert record.as_marc() == Record(fields=fields, leader=LEADER).as_marc()
