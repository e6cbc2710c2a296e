"""MARCXML by `MARCXMLReader`: what it reads, what it says is wrong, encodings, OAI-PMH."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.sax import SAXParseException

import pytest

from mrrc import DamagedRecord, Record, parse_xml_to_array
from mrrc._formats.xml_events import restored_leader
from mrrc._formats.xml_reader import Header, MARCXMLReader
from mrrc._formats.xml_reading import read as read_span
from tests.shared import DATA, needs_shared, real_files
from tests.unit.format_problems import IN_TEXT_FORMATS
from tests.xml_documents import ALLOWED, LEADER, NAMESPACE, value

FIELD = '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">%s</subfield></datafield>'
RECORD = f"<record xmlns='{NAMESPACE}'><leader>{LEADER}</leader>{FIELD}</record>"
OAI = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>%s</ListRecords></OAI-PMH>'
)
PARTS = {"one piece": 1 << 20, "small pieces": 7}


class Pieces(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._size)


def opened(data: bytes | str, size: int = 1 << 20, **options: Any) -> MARCXMLReader:
    raw = data.encode() if isinstance(data, str) else data
    return MARCXMLReader(Pieces(raw, size), **options)


def codes(reader: MARCXMLReader) -> list[str]:
    return [problem.code for problem in reader.problems]


def titles(reader: MARCXMLReader) -> list[str]:
    return [record["245"]["a"] for record in reader]


def shape(record: Record) -> Any:
    fields = [
        (field.tag, field.data, None)
        if field.control_field
        else (field.tag, list(field.indicators), list(field.subfields))
        for field in record.fields
    ]
    return str(record.leader), fields


def without_oddities(record: Record) -> Any:
    """The shape, with blanks for odd indicators, and odd codes in front of the text."""
    leader, fields = shape(record)
    sound = []
    for tag, content, subfields in fields:
        if subfields is not None:
            content = [each if re.fullmatch("[ -\x7f]", each) else " " for each in content]
            subfields = [
                (code, text) if re.fullmatch("[!-~]", code) else ("?", code + text)
                for code, text in subfields
            ]
        sound.append((tag, content, subfields))
    return leader, sound


def salvaged(span: str | bytes, context: bytes = b"") -> tuple[Any, list[Any]]:
    """The record of a span by the reference reader, and codes with what was found."""
    raw = span.encode() if isinstance(span, str) else span
    reported: list[Any] = []

    def report(code: str, offset: int, **facts: Any) -> None:
        assert 0 <= offset <= len(raw)
        reported.append((code, offset))

    return read_span(raw, context, report), reported


# -- well-formed documents -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('<controlfield tag="00Z">x</controlfield>', ("00Z", None, [("a", "x")])),
        ('<controlfield tag="245">x</controlfield>', ("245", None, [("a", "x")])),
        (
            '<datafield tag="001" ind1=" " ind2=" "><subfield code="a">x</subfield>'
            '<subfield code="b">y</subfield></datafield>',
            ("001", "x y", []),
        ),
    ],
)
def test_a_field_of_the_wrong_kind_loses_nothing(field: str, expected: Any) -> None:
    record, reported = salvaged(
        f"<record><leader>00000nam a2200000   4500</leader>{field}</record>"
    )
    (found,) = record.fields
    assert (found.tag, found.data, list(found.subfields)) == expected
    assert reported == [("kind-of-field-wrong", 49)]


@needs_shared
def test_real_files_are_read_as_pymarc_reads_them() -> None:
    compared = 0
    for path in real_files(".xml"):
        try:
            expected = parse_xml_to_array(str(path))
        except Exception:
            continue
        with MARCXMLReader(path) as reader:
            found = list(reader)
        if "record-terminator-missing" in codes(reader):
            # A record in a record, of which pymarc makes one.
            assert len(found) == len(expected) + 1
            continue
        if "kind-of-field-wrong" in codes(reader):
            # pymarc has no place for what such a field holds.
            assert len(found) == len(expected)
            continue
        shapes = [shape(each) for each in found]
        assert shapes == [without_oddities(each) for each in expected], path.name
        compared += len(found)
    assert compared > 1000


@pytest.mark.parametrize("content", ALLOWED)
def test_texts_are_those_of_xml(content: str) -> None:
    document = f"<collection>{value(content)}{value('next')}</collection>"
    reader = opened(document)
    found = [shape(each) for each in reader]
    if re.search("<[^!?/]", re.sub(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", "", content)):
        # Text before an element is text all the same, for pymarc it is none.
        assert codes(reader)
        return
    try:
        expected = parse_xml_to_array(io.BytesIO(document.encode()))
    except SAXParseException:
        # A colon in the name of a processing instruction: no namespaces are known for these.
        assert ":" in content
        assert codes(reader) == ["markup-malformed"]
        return
    assert codes(reader) == []
    assert found == [shape(each) for each in expected]


@pytest.mark.parametrize("size", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize(
    "wrapping",
    [
        "%s",
        "<?xml version='1.0'?>%s",
        "<collection>%s</collection>",
        f'<m:collection xmlns:m="{NAMESPACE}">%s</m:collection>',
        "<a><record><header>x</header><metadata>%s</metadata></record></a>",
        '<zs:r xmlns:zs="http://www.loc.gov/zing/srw/"><zs:record><zs:recordData>%s'
        "</zs:recordData></zs:record></zs:r>",
        "<a><!-- <record><leader/></record> -->%s<?p </record>?></a>",
        "<!DOCTYPE a SYSTEM 'marc.dtd'>\n<a>%s</a>",
        '<!DOCTYPE a [<!ENTITY e "<record>"> <!-- ]> -->]>\n<a>%s</a>',
        "<a><b><![CDATA[<record><leader></record>]]></b>%s</a>",
        "\ufeff<a>%s</a>\n\n",
    ],
)
def test_records_are_found_in_any_wrapping(wrapping: str, size: int) -> None:
    reader = opened(wrapping % (RECORD % "one"), size)
    assert titles(reader) == ["one"]
    assert codes(reader) == []
    reader = opened((wrapping % (RECORD % "one")) + (wrapping % (RECORD % "two")), size)
    assert titles(reader) == ["one", "two"]
    assert codes(reader) == []


def test_markup_in_a_record_does_not_end_it() -> None:
    content = "a<!-- </record> -->b<![CDATA[</record>]]>c<?p </record><record>?>d"
    reader = opened(f"<c>{RECORD % content}{RECORD % 'two'}</c>")
    assert titles(reader) == ["ab</record>cd", "two"]
    assert codes(reader) == []


def test_other_records_are_none() -> None:
    reader = opened("<r xmlns='urn:x'><record><a/></record><record id='1'/><record>x</record></r>")
    assert list(reader) == []
    assert codes(reader) == []


@pytest.mark.parametrize("uri", ["", "info:lc/xmlns/marcxchange-v1", "http://example.org/other"])
def test_namespaces_of_records(uri: str) -> None:
    record = f"<m:record><m:leader>{LEADER}</m:leader></m:record>".replace(
        "m:", "m:" if uri else ""
    )
    data = f'<m:c xmlns:m="{uri}">{record}</m:c>' if uri else record
    reader = opened(data)
    assert [str(each.leader) for each in reader] == [LEADER]
    assert codes(reader) == []


def test_the_files_of_the_tests_are_read() -> None:
    for path in sorted((DATA / "xml").glob("*.xml")):
        with MARCXMLReader(path) as reader:
            read = list(reader)
            total = sum(reader.accounting)
        assert total == path.stat().st_size, path.name
        assert read or path.stem in ("not_xml", "empty"), path.name


# -- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", [code for code, case in IN_TEXT_FORMATS.items() if case[0] == "marcxml"]
)
def test_a_problem_is_reported(code: str) -> None:
    _, data, problem = IN_TEXT_FORMATS[code]
    reader = opened(data)
    (record,) = reader
    assert record["001"].data == "x"
    assert problem in reader.problems
    with pytest.raises(DamagedRecord):
        list(opened(data, recovery="strict"))


HEAD = f'<record><leader>{LEADER}</leader><controlfield tag="001">1</controlfield>'
SALVAGED = [
    # what stands in the record, the fields after 001, the problems
    (FIELD % "a &amp; b & c", "$aa & b & c", ["character-unescaped"]),
    (FIELD % "a < b <c> d", "$aa < b  d", ["character-unescaped", "element-misplaced"]),
    (FIELD % "x &nbsp; &#xD800; y", "$ax &nbsp; &#xD800; y", ["entity-unknown"] * 2),
    (FIELD % "<b>x</b> y", "$ax y", ["element-misplaced"]),
    (FIELD % "x\x01y\x1ez", "$ax\x01y z", ["character-forbidden"]),
    (FIELD.replace("</subfield>", "") % "x", "$ax", ["element-unclosed"]),
    (
        FIELD.replace("</subfield>", "<subfield code='b'>y</subfield>") % "x",
        "$ax$by",
        ["element-unclosed"],
    ),
    (FIELD.replace("</datafield>", "") % "x", "$ax", ["element-unclosed"]),
    (FIELD.replace('code="a"', "code=a") % "x", "$ax", ["markup-malformed"]),
    (FIELD.replace('code="a"', 'code="a') % "x", "$ax", ["markup-malformed"]),
    (FIELD.replace(' code="a"', "") % "x", "$?x", ["subfield-without-code"]),
    (FIELD.replace('code="a"', 'code="ab"') % "x", "$?abx", ["subfield-code-invalid"]),
    (FIELD.replace('code="a"', 'code="é"') % "x", "$?éx", ["subfield-code-invalid"]),
    (FIELD.replace('code="a"', 'code=" "') % "x", "$? x", ["subfield-code-invalid"]),
    (FIELD.replace('code="a"', 'code=""') % "x", "$?x", ["subfield-without-code"]),
    (FIELD.replace(' ind1="1" ind2="0"', "") % "x", "$ax", ["indicators-missing"]),
    (FIELD.replace("<subfield", "t<subfield") % "x", "$?t$ax", ["text-before-subfields"]),
    (FIELD.replace("</datafield>", "t</datafield>") % "x", "$ax", ["text-misplaced"]),
    (FIELD.replace(' tag="245"', "") % "x", None, ["tag-unreadable"]),
    (FIELD.replace("<datafield", "<m:datafield") % "x", "$ax", ["markup-malformed"]),
    (FIELD % "x" + "t", "$ax", ["text-misplaced"]),
    (FIELD % "x<!-- y", "$ax y", ["markup-malformed"]),
    (FIELD % "x<![CDATA[y", "$axy", ["markup-malformed"]),
    (
        FIELD.replace("</subfield>", "</subfeld>") % "x",
        "$ax",
        ["markup-malformed", "element-unclosed"],
    ),
]


@pytest.mark.parametrize(("content", "text", "expected"), SALVAGED)
def test_what_can_be_read_is_read(content: str, text: str | None, expected: list[str]) -> None:
    reader = opened(f"<c>{HEAD}{content}</record>{RECORD % 'next'}</c>")
    first, second = reader
    assert [problem.code for problem in first.problems] == expected
    assert [problem.code for problem in reader.problems] == expected
    fields = [str(field)[8:] for field in first.fields if field.tag == "245"]
    assert fields == ([] if text is None else [text])
    assert second["245"]["a"] == "next"
    assert first.problems[0].line == 1


@pytest.mark.parametrize(
    ("written", "read", "code"),
    [
        ("00714cam 2200205 a 4500", "00714cam  2200205 a 4500", "leader-length"),
        (" 00714cam a2200205 a 4500\n", "00714cam a2200205 a 4500", "leader-length"),
        ("00714cam a22", "00714cam a22            ", "leader-length"),
        ("00714c\xe9m a2200205 a 4500", "00714c\xe9m a2200205 a 4500", "leader-invalid"),
    ],
)
def test_leaders(written: str, read: str, code: str) -> None:
    reader = opened(RECORD.replace(LEADER, written) % "x")
    (record,) = reader
    assert str(record.leader) == read
    assert codes(reader) == [code]
    assert len(restored_leader(written)) == 24


def test_no_leader() -> None:
    reader = opened("<record><controlfield tag='001'>x</controlfield></record>")
    (record,) = reader
    assert codes(reader) == ["leader-missing"]
    assert str(record.leader) == str(Record().leader)


def test_bytes_that_are_no_utf_8() -> None:
    data = (RECORD % "Caf\xe9").encode("latin-1")
    reader = opened(data)
    (record,) = reader
    assert record["245"]["a"] == "Caf\udce9"
    assert [(each.code, each.offset) for each in reader.problems] == [
        ("text-undecodable", data.index(b"\xe9"))
    ]
    assert titles(opened(data, undecodable="replace")) == ["Caf\ufffd"]
    assert titles(opened(data, undecodable="reject")) == []


@pytest.mark.parametrize("length", range(40, 250, 7))
def test_a_file_that_breaks_off(length: int) -> None:
    data = f"<collection>{RECORD % 'one'}{RECORD % 'two'}</collection>"
    cut = data[: data.index("two") - 120 + length]
    reader = opened(cut)
    first, *_ = [each["245"].get("a") if "245" in each else None for each in reader]
    assert first == "one"
    if cut != data:
        assert set(codes(reader)) & {"record-terminator-missing", "file-truncated", "bytes-unread"}


def test_a_record_that_is_not_ended_ends_before_the_next_one() -> None:
    broken = (RECORD % "one").replace("</record>", "")
    reader = opened(f"<c>{broken}{RECORD % 'two'}</c><c>{broken}</c>{RECORD % 'four'}")
    assert titles(reader) == ["one", "two", "one", "four"]
    assert codes(reader) == ["record-terminator-missing"] * 2


def test_entities_of_plain_text_are_known() -> None:
    doctype = (
        '<!DOCTYPE c [<!ENTITY ae "&#228; &amp;"><!ENTITY file SYSTEM "/etc/passwd">'
        '<!ENTITY two "&ae;&ae;"><!ENTITY tag "<b/>"><!ENTITY ae "again">]>'
    )
    reader = opened(f"{doctype}<c>{RECORD % '&ae;'}{RECORD % '&file;&two;&tag;'}</c>{RECORD % 'x'}")
    assert titles(reader) == ["\xe4 &", "&file;&two;&tag;", "x"]
    assert codes(reader) == ["entity-unknown"] * 3


# -- encodings -----------------------------------------------------------------------------------


def document(encoding: str, declared: str | None, text: str) -> bytes:
    first = (
        "<?xml version='1.0'?>"
        if declared is None
        else f'<?xml version="1.0" encoding="{declared}"?>'
    )
    return f"{first}\n<c>{RECORD % text}</c>\n".encode(encoding)


ENCODED = {
    "utf-8": document("utf-8", "UTF-8", "\xe9\u20ac?"),
    "mark": b"\xef\xbb\xbf" + document("utf-8", None, "\xe9\u20ac?"),
    "latin-1": document("latin-1", "ISO-8859-1", "\xe9?"),
    "windows-1252": document("cp1252", "windows-1252", "\xe9\u20ac?"),
    "koi8-r": document("koi8-r", "KOI8-R", "\u0436?"),
    "utf-16-le, mark": b"\xff\xfe" + document("utf-16-le", "UTF-16", "\xe9\u20ac?"),
    "utf-16-be, mark": b"\xfe\xff" + document("utf-16-be", "UTF-16", "\xe9\u20ac?"),
    "utf-16-le": document("utf-16-le", None, "\xe9\u20ac?"),
    "utf-16-be": document("utf-16-be", "UTF-16", "\xe9\u20ac?"),
    "gb18030": document("gb18030", "GB18030", "\u4e2d?"),
    "shift_jis": document("shift_jis", "Shift_JIS", "\u30bd?"),
    "unknown": document("utf-8", "x-nothing", "\xe9"),
    "lie": document("utf-8", "UTF-16", "\xe9"),
}
TEXTS = {
    "latin-1": "\xe9?",
    "koi8-r": "\u0436?",
    "gb18030": "\u4e2d?",
    "shift_jis": "\u30bd?",
    "unknown": "\xe9",
    "lie": "\xe9",
}


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
@pytest.mark.parametrize("name", ENCODED)
def test_encodings_are_found(name: str, size: int) -> None:
    reader = opened(ENCODED[name], size)
    assert titles(reader) == [TEXTS.get(name, "\xe9\u20ac?")]
    assert codes(reader) == []
    assert reader.bytes_read == len(ENCODED[name])


@pytest.mark.parametrize("size", [3, 1 << 20])
def test_documents_of_several_encodings(size: int) -> None:
    names = [
        "utf-8",
        "latin-1",
        "utf-16-le, mark",
        "utf-16-be, mark",
        "utf-8",
        "utf-16-le",
        "latin-1",
    ]
    reader = opened(b"".join(ENCODED[name] for name in names), size)
    starts = []
    at = 0
    for name, record in zip(names, reader, strict=True):
        assert record["245"]["a"] == TEXTS.get(name, "\xe9\u20ac?")
        encoding = name.partition(",")[0]
        starts.append(at + ENCODED[name].index("<record".encode(encoding), 0) - reader.offset)
        at += len(ENCODED[name])
    # Zeros of UTF-16 let "<" be found a byte early in the other order.
    assert set(starts) == {0}
    assert codes(reader) == []


def test_an_encoding_that_is_given() -> None:
    data = document("koi8-r", "ISO-8859-1", "\u0436")
    assert titles(opened(data, encoding="koi8-r")) == ["\u0436"]
    with pytest.raises(LookupError):
        opened(data, encoding="no-such")


def test_bytes_that_are_no_character_of_the_encoding() -> None:
    data = ENCODED["gb18030"].replace("\u4e2d".encode("gb18030"), b"\x81\xff")
    reader = opened(data)
    (record,) = reader
    assert "\udcff" in record["245"]["a"]
    assert codes(reader) == ["text-undecodable"]
    assert reader.problems[0].offset in range(len(data))


# -- OAI-PMH -------------------------------------------------------------------------------------


def oai_record(number: int, *, deleted: bool = False) -> str:
    status = ' status="deleted"' if deleted else ""
    header = (
        f"<header{status}><identifier>oai:x:{number}</identifier>"
        f"<datestamp>2020-01-0{number % 9}</datestamp><setSpec>a&amp;b</setSpec>"
        "<setSpec>c</setSpec></header>"
    )
    metadata = "" if deleted else f"<metadata>{RECORD % number}</metadata>"
    return f"<record>{header}{metadata}</record>\n"


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("size", [11, 1 << 20])
def test_headers_of_oai(size: int, threads: int) -> None:
    records = "".join(oai_record(number, deleted=number % 3 == 1) for number in range(40))
    tail = "<!-- <header><identifier>no</identifier></header> -->"
    tail += "<resumptionToken>t&lt;1</resumptionToken>"
    deleted: list[Header] = []
    data = OAI % (records + tail) + RECORD % "alone"
    reader = opened(data, size, on_deleted=deleted.append, threads=threads)
    seen = []
    for record in reader:
        header = reader.header
        if header is None:
            assert record["245"]["a"] == "alone"
            continue
        assert header.identifier == f"oai:x:{record['245']['a']}"
        assert header.sets == ("a&b", "c")
        assert not header.deleted
        seen.append(header)
    assert len(seen) == 27
    assert [header.identifier for header in deleted] == [f"oai:x:{n}" for n in range(1, 40, 3)]
    assert all(header.deleted and header.datestamp for header in deleted)
    assert reader.deleted_count == 13
    assert reader.resumption_token == "t<1"
    assert codes(reader) == []
    told: list[Header] = []
    again = opened(data, size, on_deleted=told.append, threads=threads)
    assert sum(getattr(each, "count", 1) for each in again._runs("")) == 28
    assert told == deleted


def test_an_exception_of_the_callback_loses_nothing() -> None:
    data = OAI % "".join(oai_record(number, deleted=number < 3) for number in range(5))
    told: list[str] = []

    def tell(header: Header) -> None:
        told.append(header.identifier)
        if len(told) == 2:
            raise RuntimeError("stop")

    reader = opened(data, on_deleted=tell)
    with pytest.raises(RuntimeError):
        list(reader)
    assert titles(reader) == ["3", "4"]
    assert told == ["oai:x:0", "oai:x:1", "oai:x:2"]
