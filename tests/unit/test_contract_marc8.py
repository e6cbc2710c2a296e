"""What MARC-8 decoding promises: the sets, the escapes, the marks, and what is unknown."""

from __future__ import annotations

from typing import Any

import pytest

import mrrc
from mrrc import Field, MARC8ToUnicode, RawField, Record, Subfield, marc8_to_unicode

SOUND = [
    (b"", ""),
    (b"abc", "abc"),
    (b"\xe2e", "\u00e9"),
    (b"\xe2", ""),
    (b"a\xe2", "a"),
    (b"\xe2\xe8a", "\u00e1\u0308"),
    (b"\xe1a\xf0c", "\u00e0\u00e7"),
    (b"\xa1\xb2\xa5", "\u0141\u00f8\u00c6"),
    (b"\x1bp1\x1bs2", "\u00b92"),
    (b"\x1bb1\x1bs", "\u2081"),
    (b"\x1bgabc\x1bs", "\u03b1\u03b2\u03b3"),
    (b"\x1b(NABC\x1b(Bx", "\u0430\u0431\u0446x"),
    (b"\x1b(2`ab\x1b(B", "\u05d0\u05d1\u05d2"),
    (b"a\x09b\x0ac\x00", "abc"),
    (b"\x88sort\x89", "sort"),
    (b"\x1b$1!0!\x1b(B!", "\u4e00!"),
    (b"\x1b$,1!0!\x1b(B!", "\u4e00!"),
    (b"\xebi\xeca", "i\ufe20a\ufe21"),
    (b"\xfan\xfbg", "n\ufe22g\ufe23"),
    (b"\xc7\xc8\xae", "\u00df\u20ac\u02bc"),
    (None, ""),
    ("", ""),
    ("a str", "a str"),
]


@pytest.mark.parametrize(("given", "text"), SOUND, ids=[ascii(given) for given, _ in SOUND])
def test_decoding(given: Any, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert marc8_to_unicode(given) == text
    assert MARC8ToUnicode(quiet=True).translate(given) == text
    assert capsys.readouterr().err == ""


UNKNOWN = [
    (b"\x80\xff\xfez", "  z\u0313"),
    (b"\x1b(Zabc", "   "),
    (b"\x1b$1!0", " "),
    (b"\x1b)N\xc1\xc2", "  "),
    ("\u65e5", " "),
]


@pytest.mark.parametrize(("given", "text"), UNKNOWN, ids=[ascii(given) for given, _ in UNKNOWN])
def test_unknown_bytes_are_blanks(
    given: Any, text: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert marc8_to_unicode(given) == text
    assert [(entry.name, entry.levelname) for entry in caplog.records] == [("pymarc", "WARNING")]
    assert capsys.readouterr().err == ""


def test_unknown_bytes_when_quiet(caplog: pytest.LogCaptureFixture) -> None:
    assert marc8_to_unicode(b"\x80\xff\xfez", hide_utf8_warnings=True) == "  z\u0313"
    assert marc8_to_unicode(b"\x1b(Zabc", True) == "   "
    assert caplog.records == []


def test_a_final_escape() -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        marc8_to_unicode(b"a\x1b")
    assert caught.value.args[:4] == ("marc8_to_unicode", b"a\x1b", 0, 2)


def test_a_converter_keeps_its_sets() -> None:
    converter = MARC8ToUnicode()
    assert (converter.g0, converter.g1, converter.quiet) == (66, 69, False)
    assert (MARC8ToUnicode.basic_latin, MARC8ToUnicode.ansel) == (66, 69)
    assert converter.translate(b"\x1b(Nabc") == "\u0410\u0411\u0426"
    assert converter.g0 == 78
    assert converter.translate(b"abc") == "\u0410\u0411\u0426"
    assert marc8_to_unicode(b"abc") == "abc"
    assert MARC8ToUnicode(G0=0x4E).translate(b"abc") == "\u0410\u0411\u0426"


def test_the_tables() -> None:
    sizes = {code: len(table) for code, table in mrrc.marc8_mapping.CODESETS.items()}
    assert sizes == {
        0x31: 15739, 0x32: 78, 0x33: 83, 0x34: 90, 0x42: 99, 0x45: 69, 0x4E: 94, 0x51: 42,
        0x53: 73, 0x62: 14, 0x67: 3, 0x70: 14,
    }  # fmt: skip
    assert mrrc.marc8_mapping.CODESETS[0x42][0x61] == (0x61, 0)
    assert mrrc.marc8_mapping.CODESETS[0x45][0xE2] == (0x301, 1)
    assert mrrc.marc8_mapping.CHARSET_67 == {97: (945, 0), 98: (946, 0), 99: (947, 0)}
    assert mrrc.marc8_mapping.ODD_MAP == {
        2170941: 8230, 2170944: 8220, 8331284: 8212, 8331289: 8217, 8331296: 8221, 8331554: 8482,
    }  # fmt: skip


def test_mapping_fields_and_records() -> None:
    field = RawField("245", ["1", "0"], [Subfield("a", b"\xe2e")])  # type: ignore[arg-type]
    record = Record(to_unicode=False)
    record.add_field(field, Field("001", data="x"))
    assert mrrc.map_marc8_record(record) is record
    assert record.leader[9] == "a"
    assert record["245"]["a"] == "\u00e9"
    assert type(record["245"]) is RawField
    mapped = mrrc.map_marc8_field(Field("245", subfields=[Subfield("a", b"\xe2e")]))  # type: ignore[arg-type]
    assert mapped["a"] == "\u00e9"
