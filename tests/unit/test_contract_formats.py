"""What the JSON, XML and MARCMaker sides promise, and the writers."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
import xml.sax
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, JSONReader, MARCMakerReader, Record, Subfield

LEADER = "00000nam a2200000 a 4500"


def record(*pairs: tuple[str, Any], indicators: str = "10") -> Record:
    made = Record()
    made.add_field(Field("001", data="id1"))
    given = pairs or (("a", "T :"), ("b", "sub"))
    made.add_field(Field("245", Indicators(*indicators), [Subfield(c, v) for c, v in given]))
    return made


def read(*pairs: tuple[str, Any]) -> Record:
    return Record(record(*pairs).as_marc())


origins = pytest.mark.parametrize("make", [record, read], ids=["built", "read"])


@origins
def test_as_dict(make: Any) -> None:
    made = make()
    given = made.as_dict()
    assert given == {
        "leader": str(made.leader),
        "fields": [
            {"001": "id1"},
            {"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "T :"}, {"b": "sub"}]}},
        ],
    }
    assert list(given) == ["leader", "fields"]
    given["fields"][1]["245"]["subfields"][0]["a"] = "z"
    assert made.title == "T : sub"


@origins
def test_cursor_after_serialising(make: Any) -> None:
    for serialise in (Record.as_dict, Record.as_json, mrrc.record_to_xml, mrrc.record_to_xml_node):
        made = make()
        iter(made)
        next(made)
        serialise(made)
        with pytest.raises(StopIteration):
            next(made)
    made = make()
    made.as_marc()
    str(made)
    assert next(made).tag == "001"


@origins
def test_as_json(make: Any) -> None:
    made = make(("a", "\u00e9\u65e5"))
    assert '{"a": "\\u00e9\\u65e5"}' in made.as_json()
    assert made.as_json() == json.dumps(made.as_dict())
    short = made.as_json(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert short.startswith('{"fields":[{"001":"id1"},{"245":{"ind1":"1"')
    assert "\u00e9\u65e5" in short
    assert made.as_json(indent=2) == json.dumps(made.as_dict(), indent=2)
    with pytest.raises(TypeError):
        made.as_json(no_such_option=1)


@pytest.mark.parametrize("value", ['"', "\\", "\x00\x1c\x7f", "\u2028", "\U0001f331", "</a>", ""])
@origins
def test_json_escapes(make: Any, value: str) -> None:
    made = make(("a", value))
    assert made.as_json() == json.dumps(made.as_dict())
    assert json.loads(made.as_json())["fields"][1]["245"]["subfields"] == [{"a": value}]


def test_values_of_odd_types_stay_as_they_are() -> None:
    made = record(("a", None), ("b", 17))
    assert made.as_dict()["fields"][1]["245"]["subfields"] == [{"a": None}, {"b": 17}]  # type: ignore[index]
    assert '[{"a": null}, {"b": 17}]' in made.as_json()
    assert made.title is None
    assert str(made["245"]) == "=245  10$aNone$b17"


def test_json_reader() -> None:
    text = record().as_json()
    for given, count in ((text, 1), (f"[{text},{text}]", 2), ("[]", 0)):
        reader = JSONReader(given)
        assert iter(reader) is reader
        assert [r.title for r in reader] == ["T : sub"] * count
        assert [r.title for r in reader] == ["T : sub"] * count
        assert [r.title for r in mrrc.parse_json_to_array(given)] == ["T : sub"] * count
    assert [r.title for r in mrrc.parse_json_to_array(io.StringIO(text))] == ["T : sub"]
    with pytest.raises(AttributeError):
        next(JSONReader(text))


def test_json_reader_takes_a_path(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(record().as_json())
    assert [r.title for r in JSONReader(str(path))] == ["T : sub"]
    with path.open() as handle:
        assert [r.title for r in JSONReader(handle)] == ["T : sub"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("not json nor a path", json.JSONDecodeError),
        ('{"leader": "short", "fields": []}', mrrc.RecordLeaderInvalid),
        ('{"fields": []}', KeyError),
        ('{"leader": "' + LEADER + '"}', KeyError),
        ('{"leader": "' + LEADER + '", "fields": [{"245": {"subfields": []}}]}', KeyError),
        (b"{}", TypeError),
    ],
)
def test_json_refused(text: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        list(JSONReader(text))


def test_json_subfield_objects_are_flattened() -> None:
    fields = [{"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "x", "b": "y"}]}}]
    (made,) = JSONReader(json.dumps({"leader": "x" * 24, "fields": fields}))
    assert str(made) == "=LDR  xxxxxxxxxxxxxxxxxxxxxxxx\n=245  10$ax$by\n"


def test_json_streaming_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    JSONReader("[]", stream=True)
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_json_handler_empties_what_it_is_given() -> None:
    given = record().as_dict()
    handler = mrrc.JSONHandler()
    made = handler.elements(given)
    assert made is handler.records
    assert [field.tag for field in made[0].fields] == ["001", "245"]
    assert given["fields"] == [{}, {}]


HEAD = "<record><leader>          22        4500</leader>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("T", b"T"), ("<&>\"'", b"&lt;&amp;&gt;\"'"), ("\u00e9\u65e5", b"&#233;&#26085;"),
        ("a\n\tb", b"a\n\tb"), ("\U0001f331", b"&#127793;"),
    ],
)  # fmt: skip
@origins
def test_record_to_xml(make: Any, value: str, text: bytes) -> None:
    made = make(("a", value))
    written = mrrc.record_to_xml(made)
    assert written == (
        f"<record><leader>{made.leader}</leader>".encode()
        + b'<controlfield tag="001">id1</controlfield><datafield ind1="1" ind2="0" tag="245">'
        + b'<subfield code="a">' + text + b"</subfield></datafield></record>"
    )  # fmt: skip
    assert ET.tostring(mrrc.record_to_xml_node(made)) == written


def test_xml_of_nothing() -> None:
    made = Record()
    made.add_field(Field("001"), Field("245", subfields=[Subfield("a", "")]), Field("300"))
    assert mrrc.record_to_xml(made).decode() == (
        f'{HEAD}<controlfield tag="001" /><datafield ind1=" " ind2=" " tag="245">'
        '<subfield code="a" /></datafield><datafield ind1=" " ind2=" " tag="300" /></record>'
    )


def test_xml_attributes_are_escaped() -> None:
    assert b'ind1="&quot;" ind2="&lt;"' in mrrc.record_to_xml(record(indicators='"<'))


@origins
def test_xml_namespace(make: Any) -> None:
    written = mrrc.record_to_xml(make(), namespace=True)
    assert written.startswith(
        b'<record xmlns="http://www.loc.gov/MARC21/slim" '
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="'
        b"http://www.loc.gov/MARC21/slim "
        b'http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"><leader>'
    )
    stream = io.BytesIO(written)
    assert [r.title for r in mrrc.parse_xml_to_array(stream, strict=True)] == ["T : sub"]
    assert mrrc.parse_xml_to_array(io.BytesIO(mrrc.record_to_xml(make())), strict=True) == []


def parsed(text: str, **options: Any) -> list[Record]:
    return list(mrrc.parse_xml_to_array(io.StringIO(text), **options))


def test_xml_read() -> None:
    (made,) = parsed(
        '<record><datafield tag="245"><subfield code="a"> x\ny </subfield>'
        '<subfield code="">q</subfield></datafield>'
        '<controlfield tag="8"> z </controlfield></record>'
    )
    assert str(made) == "=LDR            22        4500\n=245  \\\\$a x\ny \n=008  \\z\\\n"
    (made,) = parsed('<r:c xmlns:r="urn:x"><r:record><r:controlfield tag="001">x'
                     "</r:controlfield></r:record></r:c>")  # fmt: skip
    assert made["001"].data == "x"
    (made,) = parsed('<record><datafield tag="245" ind1="" ind2="0"/></record>')
    assert made["245"].indicators == ("", "0")
    (made,) = parsed('<record><datafield tag="880"><subfield code="a">a<b>x</b>c'
                     "</subfield></datafield></record>")  # fmt: skip
    assert made["880"]["a"] == "c"
    (made,) = parsed('<!DOCTYPE r [<!ENTITY a "AAA">]><record><controlfield tag="001">&a;'
                     "</controlfield></record>")  # fmt: skip
    assert made["001"].data == "AAA"


def test_xml_normal_forms() -> None:
    text = '<record><controlfield tag="001">e\u0301\ufb01</controlfield></record>'
    forms = {None: "e\u0301\ufb01", "NFC": "\u00e9\ufb01", "NFKD": "e\u0301fi", "NFKC": "\u00e9fi"}
    for form, value in forms.items():
        assert parsed(text, normalize_form=form)[0]["001"].data == value
    with pytest.raises(ValueError):
        parsed(text, normalize_form="BAD")


@pytest.mark.parametrize(
    ("text", "error", "args"),
    [
        ("<record><leader>short</leader></record>", mrrc.RecordLeaderInvalid, ()),
        ('<record><datafield ind1="1"/></record>', KeyError, ((None, "tag"),)),
        ("<record><controlfield>x</controlfield></record>", KeyError, ((None, "tag"),)),
        ('<record><datafield tag="245"><subfield/></datafield></record>', KeyError,
         ((None, "code"),)),
        ('<record><controlfield tag="001">', xml.sax.SAXParseException, None),
        ("", xml.sax.SAXParseException, None),
    ],
)  # fmt: skip
def test_xml_refused(text: str, error: type[Exception], args: Any) -> None:
    with pytest.raises(error) as caught:
        parsed(text)
    assert args is None or caught.value.args == args


def test_xml_text_is_no_path() -> None:
    with pytest.raises(ValueError):
        mrrc.parse_xml_to_array("<record/>")


def test_xml_from_a_path_and_by_callback(tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_bytes(mrrc.record_to_xml(record()))
    assert [r.title for r in mrrc.parse_xml_to_array(str(path))] == ["T : sub"]
    seen: list[Record] = []
    assert mrrc.map_xml(seen.append, str(path), str(path)) is None  # type: ignore[func-returns-value]
    assert [r.title for r in seen] == ["T : sub"] * 2

    class Handler(mrrc.XmlHandler):
        def process_record(self, made: Record) -> None:
            seen.append(made)

    handler = Handler()
    mrrc.parse_xml(str(path), handler)
    assert len(seen) == 3
    assert handler.records == []


def test_mrk_round_trip() -> None:
    made = next(MARCMakerReader(str(record())))
    assert str(made) == str(record())
    made = next(MARCMakerReader(f"=LDR  {LEADER}\n=008  a\\b\n=245  1\\$aT$bsub\n"))
    assert made["008"].data == "a\\b"
    assert made["245"].indicators == ("1", "\\")
    made = next(MARCMakerReader("=245  10$a5{dollar}$b"))
    assert made["245"].subfields == [("a", "5{dollar}"), ("b", "")]
    assert [len(r.fields) for r in MARCMakerReader("=001  a\n\n=001  b\n\n")] == [1, 1, 0]
    (field,) = next(MARCMakerReader("=00A  10$ax")).fields
    assert (field.control_field, field.subfields, field.data) == (False, [], None)


@pytest.mark.parametrize(
    "line", ["=245  1", "245  10$ax", "=LDR  short", "=245 10$ax", "=001  a\r\n\r\n=001  b\r\n"]
)
def test_mrk_refused(line: str) -> None:
    with pytest.raises(mrrc.PymarcException) as caught:
        list(MARCMakerReader(line))
    assert caught.value.__cause__ is not None


def test_mrk_sources(tmp_path: Path) -> None:
    path = tmp_path / "one.mrk"
    path.write_text("=001  \u00e9\n", encoding="utf-8")
    assert next(MARCMakerReader(str(path)))["001"].data == "\u00e9"
    assert next(MARCMakerReader(str(path), encoding="latin-1"))["001"].data == "\u00c3\u00a9"
    handle = io.StringIO("=001  x")
    reader = MARCMakerReader(handle)  # type: ignore[arg-type]
    assert handle.closed
    assert iter(reader) is reader
    assert next(reader)["001"].data == "x"


WRITERS = [
    (mrrc.MARCWriter, False, "", ""),
    (mrrc.JSONWriter, True, "[", "]"),
    (mrrc.TextWriter, True, "", ""),
    (mrrc.XMLWriter, False, '<?xml version="1.0" encoding="UTF-8"?>'
     '<collection xmlns="http://www.loc.gov/MARC21/slim">', "</collection>"),
]  # fmt: skip


@pytest.mark.parametrize(("writer", "text", "head", "tail"), WRITERS)
def test_writers(writer: Any, text: bool, head: str, tail: str) -> None:
    def target() -> Any:
        return io.StringIO() if text else io.BytesIO()

    assert issubclass(writer, mrrc.Writer)
    stream = target()
    out = writer(stream)
    assert out.file_handle is stream
    for wrong in ("x", None, 1, Field("245")):
        with pytest.raises(mrrc.WriteNeedsRecord) as caught:
            out.write(wrong)
        assert caught.value.args == ()
    assert out.write(record()) is None
    out.write(read())
    out.close(close_fh=False)
    written = stream.getvalue() if text else stream.getvalue().decode()
    assert written.startswith(head)
    assert written.endswith(tail)
    assert out.file_handle is None
    assert out.write(record()) is None
    assert out.close() is None
    assert stream.getvalue() == (written if text else written.encode())
    closed = target()
    writer(closed).close()
    assert closed.closed
    empty = target()
    writer(empty).close(close_fh=False)
    assert empty.getvalue() == (head + tail if text else (head + tail).encode())


def test_what_writers_write() -> None:
    first, second = record(("a", "\u00e9")), record()
    marc, js, text, xml_file = io.BytesIO(), io.StringIO(), io.StringIO(), io.BytesIO()
    targets: Any = (marc, js, text, xml_file)
    for (writer, *_), target in zip(WRITERS, targets, strict=True):
        out = writer(target)
        out.write(first)
        out.write(second)
        out.close(close_fh=False)
    assert marc.getvalue() == first.as_marc() + second.as_marc()
    dicts = [first.as_dict(), second.as_dict()]
    assert js.getvalue() == json.dumps(dicts, separators=(",", ":"))
    assert text.getvalue() == f"{first}\n{second}"
    assert b'<subfield code="a">\xc3\xa9</subfield>' in xml_file.getvalue()
    assert b"\n" not in xml_file.getvalue()
    found = mrrc.parse_xml_to_array(io.BytesIO(xml_file.getvalue()), strict=False)
    assert [r.title for r in found] == ["\u00e9", "T : sub"]


def test_a_writer_without_a_file() -> None:
    assert mrrc.Writer(None).file_handle is None  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        mrrc.XMLWriter(io.StringIO())  # type: ignore[arg-type]
