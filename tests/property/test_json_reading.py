"""MARC-in-JSON of generated records, however it is laid out: what was written is read."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mrrc import Record
from mrrc._formats.json_reading import read
from mrrc._formats.oclc_json import formatted
from mrrc._formats.reader import FormatReader
from tests.json_documents import LEADER
from tests.property.strategies import FAST, TEXT, PlainField

LAYOUTS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 0, 1, "\t"]),
        "separators": st.sampled_from([None, (",", ":"), (" ,", " : ")]),
    }
)
GRAPHIC = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
INDICATORS = st.sampled_from(' 01a|\\"')
FIELDS = st.one_of(
    st.builds(PlainField, st.sampled_from(["001", "005", "009"]), TEXT),
    st.builds(
        PlainField,
        st.sampled_from(["010", "245", "999", "00A", "LOC"]),
        st.none(),
        st.tuples(INDICATORS, INDICATORS),
        st.lists(st.tuples(GRAPHIC, TEXT), max_size=3).map(tuple),
    ),
)


def content_of(field: PlainField) -> dict[str, Any]:
    if field.data is not None:
        return {field.tag: field.data}
    subfields = [{code: value} for code, value in field.subfields]
    return {
        field.tag: {
            "ind1": field.indicators[0],
            "ind2": field.indicators[1],
            "subfields": subfields,
        }
    }


def records(data: bytes, format: str) -> list[Record]:
    with FormatReader(data, format) as reader:
        found = list(reader)
    assert list(reader.problems) == []
    assert sum(reader.accounting) == len(data)
    return found


@FAST
@given(st.lists(st.lists(FIELDS, max_size=4), max_size=3), LAYOUTS, st.booleans())
def test_what_is_written_is_read(
    contents: list[list[PlainField]], layout: dict[str, Any], reverse: bool
) -> None:
    documents: list[dict[str, Any]] = []
    for fields in contents:
        document = {"leader": LEADER, "fields": [content_of(field) for field in fields]}
        documents.append(dict(reversed(document.items())) if reverse else document)
    expected = [document["fields"] for document in documents]
    data = json.dumps(documents, **layout).encode()
    assert [record.as_dict()["fields"] for record in records(data, "json")] == expected
    layout["indent"] = None
    lines = "\n".join(json.dumps(document, **layout) for document in documents).encode()
    for format in ("json", "jsonl"):
        found = records(lines, format)
        assert [record.as_dict()["fields"] for record in found] == expected
        assert {str(record.leader) for record in found} <= {LEADER}
        data = b"\n".join(formatted(record, no_change) for record in found)
        in_order = [sorted(each, key=is_data_field) for each in expected]
        assert [record.as_dict()["fields"] for record in records(data, "jsonl")] == in_order


def is_data_field(field: dict[str, Any]) -> bool:
    return any(isinstance(value, dict) for value in field.values())


def no_change(*arguments: object, **facts: object) -> None:
    raise AssertionError((arguments, facts))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "leader fields 245 001 ind1 ind2 subfields a tag data controlfield datafield "
                "subfield "
                "code parsedRecord content".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(FAST, max_examples=75)
@given(JSON_VALUES, st.integers(0, 200), st.text(max_size=3))
def test_whatever_it_is_there_is_no_exception(value: object, place: int, text: str) -> None:
    data = json.dumps(value)
    for document in (data, data[:place] + text + data[place + 1 :]):
        span = document.encode()
        told = []

        def report(code: str, offset: int, told: list[Any] = told, **facts: Any) -> None:
            told.append((code, offset, facts["length"]))

        record = read(span, b"", report)
        assert all(0 <= offset <= len(span) for _, offset, _ in told)
        assert [offset for _, offset, _ in told] == sorted(offset for _, offset, _ in told)
        if record is not None:
            assert len(str(record.leader)) == 24
            assert len(record.as_marc()) > 24
            assert all(len(field.tag) == 3 for field in record.fields)
        with FormatReader(span, "json") as reader:
            list(reader)
        assert sum(reader.accounting) == len(span)
