"""Documents of MARCXML, written in all the ways there are: read as by pymarc, and as by lxml."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Record, parse_xml_to_array
from mrrc._formats.xml_events import RecordEvents
from mrrc._formats.xml_reader import MARCXMLReader
from mrrc._formats.xml_reading import read
from mrrc._formats.xml_salvage import salvage
from mrrc._pure.xml_frames import RECORD, XMLFrames
from tests.property.strategies import FAST
from tests.xml_documents import NAMESPACE

CHARACTERS = st.one_of(
    st.sampled_from("ab &<>\"']é日\u0301\n\t "),
    st.characters(
        exclude_characters="\r\ufffe\uffff",
        exclude_categories=("Cs",),
        min_codepoint=0x20,
    ),
)
TEXT = st.text(CHARACTERS, max_size=8)
SPACE = st.sampled_from(["", " ", "\n  ", "\t", "<!-- </record> -->", "<?p <record>?>\n"])
LEADER = st.just("00060nam a2200049 a 4500") | st.text(
    st.sampled_from("0123456789 acnpu"), min_size=24, max_size=24
)


def escaped(draw: st.DrawFn, text: str, quote: str) -> str:
    """Text in one of the ways in which XML can say it."""
    special = {"&": "&amp;", "<": "&lt;", ">": "&gt;", quote: f"&#{ord(quote or ' ')};"}
    ways = ["as it is", "references", "hexadecimal", *([] if quote else ["section", "comment"])]
    written = []
    for character in text:
        way = draw(st.sampled_from(ways))
        plain = special.get(character, character)
        if way == "references" or (quote and character in "\n\t"):
            plain = f"&#{ord(character)};"
        elif way == "hexadecimal":
            plain = f"&#x{ord(character):X};"
        elif way == "section" and character != "]":
            plain = f"<![CDATA[{character}]]>"
        elif way == "comment":
            plain = f"{plain}<!-- <leader> -->"
        written.append(plain)
    return "".join(written)


@st.composite
def documents(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(["", "marc:", "m-1:"]))
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"

    def attribute(key: str, value: str) -> str:
        quote = draw(st.sampled_from("'\""))
        equals = draw(st.sampled_from(["=", " =", "= "]))
        return f"{key}{equals}{quote}{escaped(draw, value, quote)}{quote}"

    def element(local: str, content: str, attributes: list[str]) -> str:
        listed = "".join(f" {each}" for each in draw(st.permutations(attributes)))
        end = draw(st.sampled_from(["", " "]))
        return f"<{prefix}{local}{listed}{end}>{content}</{prefix}{local}{end}>{draw(SPACE)}"

    def field() -> str:
        if draw(st.booleans()):
            tag = attribute("tag", draw(st.sampled_from(["001", "005", "008"])))
            return element("controlfield", escaped(draw, draw(TEXT), ""), [tag])
        tag = attribute("tag", draw(st.sampled_from(["245", "500", "9AB"])))
        codes = st.sampled_from("ab6&<9")
        subfields = [
            element("subfield", escaped(draw, draw(TEXT), ""), [attribute("code", draw(codes))])
            for _ in range(draw(st.integers(0, 3)))
        ]
        indicators = [attribute(key, draw(st.sampled_from(" 1a&"))) for key in ("ind1", "ind2")]
        return element("datafield", draw(SPACE) + "".join(subfields), [tag, *indicators])

    def record() -> str:
        leader = element("leader", escaped(draw, draw(LEADER), ""), [])
        fields = [field() for _ in range(draw(st.integers(1, 4)))]
        declared = [f'{name}="{NAMESPACE}"'] if prefix or draw(st.booleans()) else []
        return element("record", draw(SPACE) + leader + "".join(fields), declared)

    records = [record() for _ in range(draw(st.integers(1, 3)))]
    inside = draw(SPACE) + "".join(records)
    declaration = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\n', "\ufeff"]))
    wrapper = draw(st.sampled_from(["collection", "x:collection xmlns:x='urn:y'", "a a='>'"]))
    return f"{declaration}<{wrapper}>{inside}</{wrapper.split()[0]}>"


def shape(record: Record) -> Any:
    fields = [
        (field.tag, field.data)
        if field.control_field
        else (field.tag, tuple(field.indicators), tuple(map(tuple, field.subfields)))
        for field in record.fields
    ]
    return str(record.leader), fields


@FAST
@given(documents(), st.integers(1, 200))
def test_as_pymarc_reads_it(document: str, size: int) -> None:
    data = document.encode()
    reader = MARCXMLReader(Blocks(data, size))
    found = list(reader)
    assert reader.problems == []
    assert [shape(each) for each in found] == [
        shape(each) for each in parse_xml_to_array(io.BytesIO(data))
    ]


@FAST
@given(documents())
def test_as_lxml_reads_it(document: str) -> None:
    etree = pytest.importorskip("lxml.etree", reason="lxml is not installed here")
    data = document.encode()
    expected = []
    for record in etree.fromstring(data).iter("{*}record"):
        fields: list[Any] = []
        for field in record:
            if not isinstance(field.tag, str):
                continue
            local = etree.QName(field).localname
            if local == "controlfield":
                fields.append((field.get("tag"), text_of(field)))
            elif local == "datafield":
                subfields = [
                    (each.get("code"), text_of(each)) for each in field if isinstance(each.tag, str)
                ]
                indicators = (field.get("ind1"), field.get("ind2"))
                fields.append((field.get("tag"), indicators, tuple(subfields)))
        expected.append((text_of(record.find("{*}leader")), fields))
    assert [shape(each) for each in MARCXMLReader(io.BytesIO(data))] == expected


def text_of(element: Any) -> str:
    """The text of an element, comments and the like left out."""
    return (element.text or "") + "".join(each.tail or "" for each in element)


@FAST
@given(documents(), st.sampled_from([".", "e", "&", "<", ">", '"', "/", "'"]), st.integers(0, 500))
def test_salvaging_reads_what_is_sound_as_it_is(document: str, broken: str, at: int) -> None:
    data = document.encode()
    frames = XMLFrames()
    end = start = 0
    kind = 0
    while kind != RECORD:
        start = end
        kind, end = frames.next_frame(data, start, True) or (RECORD, start)
    span = data[start:end]
    usual: list[Any] = []
    expected = read(span, frames.context, lambda *facts, **more: usual.append(facts))
    assert usual == []
    events = RecordEvents(span, well_formed=False)
    salvage(span, b"", events)
    found = events.record()
    assert expected is not None
    assert found is not None
    assert shape(found) == shape(expected)
    # Whatever is done to it, it is read to the end.
    damaged = span[:at] + broken.encode() + span[at + 1 :]
    read(damaged, b"", lambda *facts, **more: None)


class Blocks(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._size)
