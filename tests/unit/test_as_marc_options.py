"""Record.as_marc with options: MARC-8, undecodable bytes, normalization."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc import Field, FieldTooLong, Leader, MARCReader, RawField, Record, Subfield
from tests.property.strategies import FAST, PLAIN_RECORDS
from tests.unit.writing import data, record, shape

COMPOSED, DECOMPOSED = "Caf\u00e9 \u1ee7", "Cafe\u0301 u\u0309"


def texts(marc: bytes, **options: Any) -> list[Any]:
    (back,) = MARCReader(marc, **options)
    assert back is not None, marc
    return shape(back)


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", "utf8"])
def test_the_default_by_its_names(name: str) -> None:
    made = record("id1", data("500", ("a", COMPOSED)))
    assert made.as_marc(name) == made.as_marc(encoding=name) == made.as_marc()


@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "latin-1"},
        {"encoding": "iso8859-1"},
        {"encoding": ""},
        {"encoding": None},
        {"undecodable": "strict"},
        {"normalize": "NFKD"},
        {"normalize": ""},
        {"normalize": "NFD", "encoding": "marc8"},
    ],
)
def test_options_that_there_are_not(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not|no "):
        record().as_marc(**options)


# -- MARC-8 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["marc8", "marc-8", "MARC-8", "MARC8"])
def test_marc8(name: str) -> None:
    made = record("é", data("500", ("a", COMPOSED), ("b", "Ж")))
    marc = made.as_marc(name)
    assert marc[9:10] == b" "
    assert b"\x1e\xe2e\x1e" in marc
    assert b"\x1faCaf\xe2e \xe0u\x1fb\x1b(Nv\x1b(B" in marc
    assert int(marc[:5]) == len(marc)
    # A reader takes control fields for Latin-1, as pymarc does.
    assert texts(marc)[1:] == shape(made)[1:]


@pytest.mark.parametrize("made_of", ["objects", "bytes", "a str"])
def test_marc8_leaves_the_record_alone(made_of: str) -> None:
    made = record()
    made.leader.coding_scheme = " "
    if made_of == "bytes":
        made = Record(record().as_marc())
    if made_of == "a str":
        made.leader = str(made.leader)  # type: ignore[assignment]
    before = str(made.leader)
    assert made.as_marc("marc8")[9:10] == b" "
    assert str(made.leader) == before
    assert made.as_marc()[9:10] == b"a"
    assert str(made.leader)[9] == "a"


def test_marc8_references() -> None:
    marc = record("id1", data("500", ("a", "\U0001f600"))).as_marc("marc8")
    assert b"\x1fa&#x1F600;\x1e" in marc


def test_marc8_from_fields_that_were_not_decoded() -> None:
    utf8 = record("id1", data("500", ("a", "é"), ("b", "è"))).as_marc()
    marc8 = record("id1", data("500", ("a", "é"), ("b", "è"))).as_marc("marc8")
    for source in (utf8, marc8):
        (made,) = MARCReader(source, to_unicode=False)
        assert made is not None
        assert made.as_marc("marc8") == marc8
        assert made.as_marc() == source
    (made,) = MARCReader(marc8, to_unicode=False)
    assert made is not None
    made.add_field(data("500", ("a", "é")))
    assert made.as_marc("marc8").endswith(b"  \x1fa\xe2e\x1e\x1d")


def test_marc8_from_a_field_with_its_own_as_marc() -> None:
    class Mine(Field):
        def as_marc(self, encoding: str) -> bytes:
            return "10\x1fané\x1fbè\x1e".encode(encoding)

    for to_unicode in (True, False):
        made = Record(fields=[Mine("500")], to_unicode=to_unicode)
        assert made.as_marc("marc8").endswith(b"10\x1fan\xe2e\x1fb\xe1e\x1e\x1d")
        assert made.as_marc(normalize="NFD").count(b"e\xcc\x81") == to_unicode


def test_marc8_has_the_same_limits() -> None:
    made = record("id1", data("500", ("a", "x" * 9_995)))
    with pytest.raises(FieldTooLong) as caught:
        made.as_marc("marc8")
    assert (caught.value.tag, caught.value.length) == ("500", 10_000)
    made["500"].tag = "5000"
    with pytest.raises(FieldTooLong) as caught:
        made.as_marc("marc8")
    assert caught.value.limit == 3


# -- undecodable bytes ----------------------------------------------------------------------

KEPT = "a\udce9b \udcff\udcfe é"


def test_rejected() -> None:
    made = record("id1", data("500", ("a", KEPT)))
    for encoding in ("utf-8", "marc8"):
        with pytest.raises(UnicodeEncodeError):
            made.as_marc(encoding)
    with pytest.raises(UnicodeEncodeError):
        made.as_marc(undecodable="reject", normalize="NFC")


def test_kept() -> None:
    made = record("id1", data("500", ("a", KEPT)))
    marc = made.as_marc(undecodable="keep")
    assert marc.endswith(b"\x1faa\xe9b \xff\xfe \xc3\xa9\x1e\x1d")
    assert int(marc[:5]) == len(marc)
    assert made.leader[9] == "a"


@pytest.mark.parametrize("code", [0xD800, 0xDFFF, 0xDC1D, 0xDC1E, 0xDC1F])
@pytest.mark.parametrize("encoding", ["utf-8", "marc8"])
def test_what_is_no_byte_is_not_kept(code: int, encoding: str) -> None:
    made = record("id1", data("500", ("a", f"\udce9{chr(code)}")))
    with pytest.raises(UnicodeEncodeError):
        made.as_marc(encoding, undecodable="keep")


def test_replaced() -> None:
    made = record("id1", data("500", ("a", KEPT + "\ud800")))
    marc = made.as_marc(undecodable="replace")
    assert texts(marc)[2][3] == [("a", "a\ufffdb \ufffd\ufffd é\ufffd")]
    assert made["500"]["a"] == KEPT + "\ud800"
    assert b"&#xFFFD;" in made.as_marc("marc8", undecodable="replace")


@pytest.mark.parametrize("undecodable", ["reject", "keep", "replace"])
def test_records_without_such_text_are_the_same(undecodable: str) -> None:
    made = record("id1", data("500", ("a", COMPOSED)))
    assert made.as_marc(undecodable=undecodable) == made.as_marc()
    read = Record(made.as_marc())
    assert read.as_marc(undecodable=undecodable) is read.as_marc()


@pytest.mark.parametrize(
    ("undecodable", "expected"), [("keep", b"\xff\xe2e"), ("replace", b"&#xFFFD;\xe2e")]
)
def test_fields_that_were_not_decoded(undecodable: str, expected: bytes) -> None:
    field = RawField("500", None, [Subfield("a", b"\xff\xc3\xa9")])  # type: ignore[arg-type]
    made = Record(to_unicode=False, force_utf8=True, fields=[field])
    assert made.as_marc() == made.as_marc(undecodable=undecodable)
    with pytest.raises(UnicodeDecodeError):
        made.as_marc("marc8")
    found = made.as_marc("marc8", undecodable=undecodable)
    assert found.endswith(b"  \x1fa" + expected + b"\x1e\x1d")


# -- normalization --------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "expected"), [("NFC", COMPOSED), ("NFD", DECOMPOSED)])
@pytest.mark.parametrize("text", [COMPOSED, DECOMPOSED, COMPOSED + DECOMPOSED])
@pytest.mark.parametrize("lazy", [True, False])
def test_normalized(form: str, expected: str, text: str, lazy: bool) -> None:
    made = record(text, data("500", ("a", text), ("b", "x")))
    if lazy:
        made = Record(made.as_marc())
    marc = made.as_marc(normalize=form)
    normal = unicodedata.normalize(form, text)
    back = texts(marc)
    assert (back[0][1], back[2][3]) == (normal, [("a", normal), ("b", "x")])
    assert made["001"].data == made["500"]["a"] == text
    assert expected in normal


def test_a_mark_at_the_start_does_not_join_the_code() -> None:
    made = record("id1", data("500", ("a", "\u0301x")))
    for marc in (made.as_marc(normalize="NFC"), Record(made.as_marc()).as_marc(normalize="NFC")):
        assert texts(marc)[2][3] == [("a", "\u0301x")]


def test_a_field_that_fits_when_it_is_normalized() -> None:
    made = record("id1", data("500", ("a", "e\u0301" * 4_000)))
    with pytest.raises(FieldTooLong):
        made.as_marc()
    assert len(texts(made.as_marc(normalize="NFC"))[2][3][0][1]) == 4_000


def test_the_leader_becomes_utf8() -> None:
    made = record("id1", data("500", ("a", DECOMPOSED)))
    made.leader = Leader(str(made.leader)[:9] + " " + str(made.leader)[10:])
    assert made.as_marc(normalize="NFC")[9:10] == b"a"
    assert made.leader[9] == "a"


@FAST
@given(PLAIN_RECORDS, st.sampled_from(["NFC", "NFD"]))
def test_any_record(raw: bytes, form: str) -> None:
    made, other = Record(raw), Record(raw)
    marc = made.as_marc(normalize=form)
    back = Record(marc)
    for field, original in zip(back.fields, other.fields, strict=True):
        assert field.tag == original.tag
        if field.data is not None:
            assert field.data == unicodedata.normalize(form, original.data or "")
        values = [unicodedata.normalize(form, each.value) for each in original.subfields]
        assert [each.value for each in field.subfields] == values
    assert back.as_marc(normalize=form) == marc
