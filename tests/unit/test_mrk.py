"""MarcEdit's mnemonic format, read and written by the reference."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings

import mrrc
from mrrc import Field, Indicators, MARCReader, Record, Subfield
from mrrc._formats import mrk_reading, mrk_writing
from mrrc._formats.mnemonics import _CHARACTERS, _KNOWN, _MARKS, without_mnemonics
from mrrc._formats.reader import FormatReader
from mrrc.marc8 import marc8_to_unicode
from tests.property.strategies import FAST, PLAIN_RECORDS
from tests.shared import needs_shared, real_files, real_iso2709_files
from tests.unit.format_problems import IN_TEXT_FORMATS

LDR = "00000nam a2200000 a 4500"
DOLLAR = "dollar-in-text"
HEAD = f"=LDR  {LDR}\n"


def read(text: str | bytes) -> tuple[Record, list[str]]:
    """The record of these lines, and the codes of its problems."""
    span = text if isinstance(text, bytes) else text.encode()
    codes: list[str] = []
    record = mrk_reading.read(span, b"", lambda code, *_, **__: codes.append(code))
    assert record is not None
    return record, codes


def field(line: str) -> tuple[Any, list[str]]:
    """What is read from the line of a field: data, or indicators and subfields."""
    record, codes = read(f"{HEAD}{line}\n")
    (only,) = record.fields
    if only.control_field:
        return only.data, codes
    return ("".join(only.indicators), [tuple(each) for each in only.subfields]), codes


def write(record: Record) -> tuple[str, list[str]]:
    """The lines of a record, and the codes of what was changed."""
    codes: list[str] = []
    text = mrk_writing.formatted(record, lambda code, *_, **__: codes.append(code))
    return text.decode(), codes


def record_of(*fields: Field) -> Record:
    return Record(fields=list(fields), leader=LDR)


def data_field(*subfields: tuple[str, str], indicators: str = "  ", tag: str = "245") -> Field:
    return Field(tag, Indicators(*indicators), [Subfield(*each) for each in subfields])


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("=001  fol05731351\\", "fol05731351 "),
        ("=008  a\\\\b $c{dollar}{bsol}{lcub}{rcub}", "a  b $c$\\{}"),
        ("=001  ", ""),
        ("=001", ""),
        ("=245  10$aTitle /$cName", ("10", [("a", "Title /"), ("c", "Name")])),
        ("=245  \\\\$aTitle", ("  ", [("a", "Title")])),
        ("=245    $aTitle", ("  ", [("a", "Title")])),
        ("=245  {dollar}{bsol}$aTitle", ("$\\", [("a", "Title")])),
        ("=245  1#", ("1#", [])),
        ("=245  10$a$b$c", ("10", [("a", ""), ("b", ""), ("c", "")])),
        ("=010  \\\\$a   00020737 ", ("  ", [("a", "   00020737 ")])),
        ("=500  \\\\$aC:\\dir {bsol} {0A}{0D}{1F}", ("  ", [("a", "C:\\dir \\ \n\r\x1f")])),
        ("=500  \\\\${dollar}x${space}y", ("  ", [("$", "x"), (" ", "y")])),
        ("=500  \\\\${lcub}x$*y", ("  ", [("{", "x"), ("*", "y")])),
        ("=500  \\\\${x}y", ("  ", [("{", "x}y")])),
        ("=500  \\\\$a{x} {{dollar}} {} {Dollar} {a", ("  ", [("a", "{x} {$} {} {Dollar} {a")])),
        ("=FMT  \\\\$aBK", ("  ", [("a", "BK")])),
    ],
)  # fmt: skip
def test_a_field_is_read(line: str, expected: Any) -> None:
    found, codes = field(line)
    assert found == expected
    assert codes in ([], ["field-spacing"] if line == "=001" else [])


@pytest.mark.parametrize(
    ("line", "expected", "code"),
    [
        ("=245 10$aTitle", ("10", [("a", "Title")]), "field-spacing"),
        ("=245\t10$aTitle", ("10", [("a", "Title")]), "field-spacing"),
        ("=245  $aTitle", ("  ", [("a", "Title")]), "indicators-missing"),
        ("=245  1$aTitle", ("1 ", [("a", "Title")]), "indicators-missing"),
        ("=245  é0$aTitle", (" 0", [("a", "Title")]), "indicator-invalid"),
        ("=245  10Title$bx", ("10", [("?", "Title"), ("b", "x")]), "text-before-subfields"),
        ("=245  10$a$$bx$", ("10", [("a", ""), ("b", "x")]), "subfield-code-missing"),
        ("=245  10$éTitle", ("10", [("?", "éTitle")]), "subfield-code-invalid"),
        ("=245  10${eacute}x", ("10", [("?", "éx")]), "subfield-code-invalid"),
        ("=245  10$ Title", ("10", [("?", " Title")]), "subfield-code-invalid"),
        ("=020  \\\\$c$ 12.50", ("  ", [("c", "$ 12.50")]), DOLLAR),
        ("=020  \\\\$c$12.50 (pbk.)", ("  ", [("c", "$12.50 (pbk.)")]), DOLLAR),
        ("=020  \\\\$cUS$1,012.50$zx", ("  ", [("c", "US$1,012.50"), ("z", "x")]), DOLLAR),
        ("=020  \\\\$a1 ($12.50)", ("  ", [("a", "1 ($12.50)")]), DOLLAR),
        ("=020  \\\\$a1 :$c $12.50{rcub}", ("  ", [("a", "1 :"), ("c", " $12.50}")]), DOLLAR),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_reported_and_read(
    line: str, expected: Any, code: str
) -> None:
    assert field(line) == (expected, [code])


@pytest.mark.parametrize(
    "line",
    [
        "=082  00$a005.74$221",
        "=082  00$a005.74$221.50",
        "=650  \\7$aDNA$2lcsh$0123.4",
        "=245  10$81.10\\u$aTitle",
        "=949  \\\\$h43$i334$p1.00$22.505",
    ],
)
def test_digits_are_codes_where_no_price_stands(line: str) -> None:
    (_, subfields), codes = field(line)
    assert codes == []
    assert "".join(f"${code}{value}" for code, value in subfields) == line[8:]


@pytest.mark.parametrize(
    ("lines", "expected", "codes"),
    [
        ("=LDR  00000nam\\a2200000\\a\\4500\n=001  x", LDR, []),
        ("=000  00000nam\\a2200000\\a\\4500\n=001  x", LDR, []),
        ("=LDR  00000nam a22\n=001  x", "00000nam a22".ljust(24), ["leader-length"]),
        (f"=LDR  {LDR}  \n=001  x", LDR, ["leader-length"]),
        ("=LDR  00000nam é2200000 a 4500\n=001  x", "00000nam  2200000 a 4500", ["leader-invalid"]),
        ("=001  x", "00000nam a2200000   4500", ["leader-missing"]),
        (f"=001  x\n=LDR  {LDR}", LDR, []),
    ],
)  # fmt: skip
def test_a_leader_is_read(lines: str, expected: str, codes: list[str]) -> None:
    record, found = read(lines)
    assert (str(record.leader), found) == (expected, codes)
    assert record["001"].data == "x"


def test_lines_that_are_no_fields() -> None:
    record, codes = read(
        f"{HEAD}# comment\r\n=245  10$aA long\r\ntitle \nthat goes\n on$bx\n$cy\n"
        "=1  x\n=24510$a\n\n"
    )
    assert str(record["245"]) == "=245  10$aA long title that goes on$bx$cy"
    assert codes == [*["line-continued"] * 4, "comment-line", "line-unread", "line-unread"]
    codes.clear()
    assert mrk_reading.read(b"=\n== x\n", b"", lambda code, *_, **__: codes.append(code)) is None
    assert codes == ["line-unread"] * 2


def test_a_record_with_very_many_lines_that_are_wrong() -> None:
    data = HEAD.encode() + b"=001  x\n" + b"y\n" * 150 + b"=2\n" * 150_000 + b"=245 10\n" * 150
    reader = FormatReader(data, "mrk")
    (record,) = reader
    assert record["001"].data == "x" + " y" * 150
    assert len(record.get_fields("245")) == 150
    counts = {"line-continued": 100, "line-unread": 101, "field-spacing": 100}
    assert reader.problem_counts == counts
    unread = [each.raw for each in reader.problems if each.code == "line-unread"]
    assert b"\n".join(unread) == b"\n".join([b"=2"] * 150_000)


def test_bytes_that_are_not_utf8_are_kept() -> None:
    record, codes = read(HEAD.encode() + b"=245  10$aCaf\xe9$b\xc3\xa9\n")
    assert [each.value for each in record["245"].subfields] == ["Caf\udce9", "é"]
    assert codes == ["text-undecodable"]


@pytest.mark.parametrize(
    "code", [code for code, case in IN_TEXT_FORMATS.items() if case[0] == "mrk"]
)
def test_the_problem_of_a_file(code: str) -> None:
    _, data, problem = IN_TEXT_FORMATS[code]
    reader = FormatReader(data, "mrk")
    (record,) = reader
    assert record["001"].data == "x"
    assert list(reader.problems) == [problem]
    assert record.problems == (problem,)


# -- mnemonics -------------------------------------------------------------------------------------


def test_marks_move_behind_their_letter() -> None:
    assert without_mnemonics("Caf{acute}e") == "Café"
    assert (
        without_mnemonics("{macr}{dotb}a{acute}")
        == unicodedata.normalize("NFC", "a\u0304\u0323") + "\u0301"
    )
    assert without_mnemonics("{llig}i{rlig}a {acute}{aelig}") == "i\ufe20a\ufe21 ǽ"
    assert without_mnemonics("{Eacute}{ntilde}{Ccedil}{aring}{Uhorn}") == "ÉñÇåƯ"  # fmt: skip
    assert without_mnemonics("a{acute") == "a{acute"


MARC8 = {
    "Lstrok Ostrok Dstrok THORN AElig OElig softsign middot flat reg plusmn Ohorn Uhorn": 0xA1,
    "mlrhring": 0xAE,
    "mllhring lstrok ostrok dstrok thorn aelig oelig hardsign inodot pound eth": 0xB0,
    "ohorn uhorn": 0xBC,
    "deg scriptl phono copy sharp iquest iexcl": 0xC0,
    "hooka grave acute circ tilde macr breve dot uml caron ring llig rlig rcommaa dblac": 0xE0,
    "candra": 0xEF,
    "cedil ogon dotb dbldotb ringb dblunder under commab rcedil breveb ldbltil rdbltil": 0xF0,
    "commaa": 0xFE,
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name"),
    [each for names, first in MARC8.items() for each in enumerate(names.split(), first)],
)  # fmt: skip
def test_names_stand_for_what_marc8_has(code: int, name: str) -> None:
    is_mark = code >= 0xE0
    expected = marc8_to_unicode(bytes([code]) + b"x" * is_mark)
    assert without_mnemonics(f"{{{name}}}" + "x" * is_mark) == expected


def test_no_name_is_too_long_or_has_two_meanings() -> None:
    assert not set(_CHARACTERS) & set(_MARKS)
    assert not set(_KNOWN) & set(_MARKS)
    for name, text in {**_KNOWN, **_MARKS}.items():
        assert len(text) == 1
        assert without_mnemonics(f"{{{name}}}") == text


# -- writing ---------------------------------------------------------------------------------------


def test_a_record_is_written() -> None:
    record = record_of(
        Field("001", data="a b\\"),
        data_field(("a", "Café {x} $5"), ("b", ""), ("c", "line\nend\r"), indicators=" \\"),
        data_field(("$", "x"), (" ", "y"), ("\n", "z"), indicators="$1"),
        data_field(),
    )
    assert write(record) == (
        f"{HEAD}=001  a\\b{{bsol}}\n"
        "=245  \\{bsol}$aCafé {lcub}x{rcub} {dollar}5$b$cline{0A}end{0D}\n"
        "=245  {dollar}1${dollar}x${space}y${0A}z\n"
        "=245  \\\\\n",
        [],
    )


def test_line_ends_of_windows() -> None:
    record = record_of(Field("001", data="x\n"))
    target = io.BytesIO()
    mrrc.write([record], target, format="mrk", crlf=True)
    text = target.getvalue()
    assert text == f"=LDR  {LDR}\r\n=001  x{{0A}}\r\n".encode()
    again, codes = read(text)
    assert (again.as_dict(), codes) == (record.as_dict(), [])


@pytest.mark.parametrize(
    ("field", "line", "code"),
    [
        (data_field(("a", "x"), tag="2\n5"), "=2Z5  \\\\$ax", "written-tag"),
        (data_field(("a", "x"), tag="2é5"), "=2Z5  \\\\$ax", "written-tag"),
        (data_field(("a", "x"), tag="LDR"), "=LDZ  \\\\$ax", "written-tag"),
        (data_field(("a", "x"), indicators="é0"), "=245  \\0$ax", "written-indicator"),
        (data_field(("é", "x")), "=245  \\\\$?x", "written-subfield-code"),
        (data_field(("ab", "x")), "=245  \\\\$?x", "written-subfield-code"),
        (data_field(("a", "x\udce9y")), "=245  \\\\$ax\ufffdy", "written-replacement-character"),
    ],
)
def test_what_cannot_be_written_is_replaced_and_reported(
    field: Field, line: str, code: str
) -> None:
    assert write(record_of(field)) == (f"{HEAD}{line}\n", [code])


def test_kinds_of_fields_and_leaders() -> None:
    field = data_field(("a", "x"), ("b", "y"))
    field.tag = "001"
    assert write(record_of(field)) == (f"{HEAD}=001  x\\y\n", ["written-kind-of-field"])
    field = Field("001", data="x y")
    field.tag = "245"
    text, codes = write(record_of(field))
    assert (text, codes) == (f"{HEAD}=245  \\\\$ax y\n", ["written-kind-of-field"])
    record = record_of()
    record.leader = "00000nam é22"  # type: ignore[assignment]
    assert write(record) == ("=LDR  00000nam  22            \n", ["written-leader"])


def test_what_looks_like_a_price_is_not_read_as_one() -> None:
    for subfields in (
        [("a", ""), ("1", "2.50")],
        [("a", "US"), ("1", "2,012.50")],
        [("a", "x ("), ("9", ".25 y.50")],
    ):
        record = record_of(data_field(*subfields))
        text, changes = write(record)
        again, codes = read(text)
        assert (again.as_dict(), codes, changes) == (record.as_dict(), [], [])
    assert text.endswith("$9{period}25 y.50\n")
    # Nothing can be a price before there is a subfield.
    first = record_of(data_field(("1", "2.50"), indicators=" A"))
    assert write(first) == (f"{HEAD}=245  \\A$12.50\n", [])
    assert field("=245  \\A$12.50") == ((" A", [("1", "2.50")]), [])


# -- there and back --------------------------------------------------------------------------------


def there_and_back(record: Record) -> None:
    text, changes = write(record)
    again, codes = read(text)
    assert codes == []
    assert write(again) == (text, [])
    if not changes:
        assert again.as_dict() == record.as_dict()
        assert again.as_marc() == record.as_marc()


@settings(FAST, max_examples=60)
@given(PLAIN_RECORDS)
def test_any_plain_record_comes_back(raw: bytes) -> None:
    (record,) = MARCReader(raw)
    assert record is not None
    there_and_back(record)


EVERY = [pytest.param(6, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)]


@needs_shared
@pytest.mark.parametrize("step", EVERY)
def test_real_records_come_back(step: int) -> None:
    count = 0
    for path in real_iso2709_files()[::step]:
        for index, record in enumerate(MARCReader(path, recovery="salvage")):
            if record is None or index == 20:
                break
            there_and_back(record)
            count += 1
    assert count > 1200 / step


@needs_shared
def test_a_real_file_comes_back() -> None:
    for path in real_files(".mrk"):
        data = path.read_bytes()
        reader = FormatReader(data, "mrk")
        records = list(reader)
        assert (len(records), list(reader.problems)) == (data.count(b"=LDR"), [])
        text = b"\n".join(mrk_writing.formatted(record, print) for record in records)
        assert text.split() == data.split()


# -- files -----------------------------------------------------------------------------------------


def test_records_follow_each_other_in_every_way() -> None:
    one, two = f"=LDR  {LDR}\n=001  1\n", f"=LDR  {LDR}\r\n=001  2\r\n"
    data = f"\ufeff{one}\n{two}\r\n\r\n \t\n# comment\n{one}{two}{one}".encode()
    reader = FormatReader(data, "mrk")
    assert [record["001"].data for record in reader] == ["1", "2", "1", "2", "1"]
    assert list(reader.problems) == []
    assert reader.accounting == (len(data), 0, 0)


def test_what_is_no_record_is_reported() -> None:
    data = f"not a record\n\n=LDR  {LDR}\n=001  1\n\n= \n\n".encode()
    reader = FormatReader(data, "mrk")
    assert [record["001"].data for record in reader] == ["1"]
    assert [(each.code, each.offset, each.line) for each in reader.problems] == [
        ("bytes-unread", 0, 1),
        ("line-unread", 54, 6),
        ("record-unreadable", 54, 6),
    ]
