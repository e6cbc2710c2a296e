"""MARC-8 strings: known texts, errors, notes, logging."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys
import unicodedata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mrrc._pure.marc8 import Marc8Decoder, character_set, decode_marc8, odd_codes
from mrrc.marc8 import MARC8ToUnicode, decode_noting, log_notes, marc8_to_unicode

KNOWN = [
    (b"", ""),
    (b"abc", "abc"),
    (b"Histoire de la litt\xe2erature", "Histoire de la littérature"),
    (b"\xe2", ""),
    (b"a\xe2", "a"),
    (b"\xe2\xe8a", "\u00e1\u0308"),
    (b"\xf2\xe3o", "\u1ed9"),
    (b"\x1bp1\x1bs2", "¹2"),
    (b"\x1bb1\x1bs", "₁"),
    (b"\x1bgabc", "αβγ"),
    (b"\x1b(NABC\x1b(Bx", "абцx"),
    (b"\x1b,NABC", "абц"),
    (b"\x1b)Q\xc0", "ґ"),
    (b"\x1b-Q\xc0", "ґ"),
    (b"a\tb\nc\x88d\x89e\x9f", "abcde"),
    (b"\x1b$1!0!\x1b(B!", "一!"),
    (b"\x1b$,1!0!", "一"),
    (b"\x1b1!0!\x1bsa", "一a"),
    (b"\xebi\xeca", "i\ufe20a\ufe21"),
    (b"\xfan\xfbg", "n\ufe22g\ufe23"),
    (b"\xc7\xc8\xae", "ß€ʼ"),
    # A combining character waits through escape sequences, control characters and odd codes.
    (b"\xe2\x1b(B\x09e", "é"),
    (b"\xe2\x1b$1! =\x1b(Be", "…é"),
    # What is no escape sequence: the escape character alone is dropped, or kept near the end.
    (b"a\x1b!b", "a!b"),
    (b"a\x1b(", "a\x1b("),
    # The code after a short form is taken as it is.
    (b"\x1bp\x1b1", "¹"),
    # G0 changes to a set that no designation names, and back.
    (b"\x1b$)1\x1b(Ba", " a"),
]

CUT_OFF = [(b"a\x1b", 1), (b"\x1b)", 0), (b"\x1b-", 0), (b"\x1b$,", 0), (b"ab\x1bp", 2)]


@pytest.mark.parametrize(("data", "text"), KNOWN)
def test_known_strings(engine_functions: ModuleType, data: bytes, text: str) -> None:
    assert engine_functions.decode_marc8(data)[0] == text
    assert marc8_to_unicode(data, hide_utf8_warnings=True) == text


@pytest.mark.parametrize(("data", "offset"), CUT_OFF)
def test_cut_off_escape_sequence(engine_functions: ModuleType, data: bytes, offset: int) -> None:
    with pytest.raises(TypeError, match=f"escape sequence at offset {offset} is cut off"):
        engine_functions.decode_marc8(data)
    with pytest.raises(UnicodeDecodeError) as caught:
        marc8_to_unicode(data)
    assert caught.value.args == (
        "marc8_to_unicode",
        data,
        0,
        len(data),
        "invalid multibyte character encoding",
    )
    assert isinstance(caught.value.__cause__, TypeError)


def test_notes_say_what_and_where(engine_functions: ModuleType) -> None:
    text, g0, g1, notes = engine_functions.decode_marc8(b"a\x80\xffb\x1b$1!!!!0")
    assert (text, g0, g1) == ("a  b  ", 0x31, 0x45)
    unknown = "has no character in the sets in force"
    assert notes == (
        f"MARC-8 byte 0x80 at offset 1 {unknown} (G0 0x42, G1 0x45)",
        f"MARC-8 byte 0xFF at offset 2 {unknown} (G0 0x42, G1 0x45)",
        f"MARC-8 sequence 0x212121 at offset 7 {unknown} (G0 0x31, G1 0x45)",
        "MARC-8 sequence at offset 10 is cut off: 2 of its 3 bytes are there (G0 0x31, G1 0x45)",
    )


def test_every_entry_of_every_single_byte_set(engine_functions: ModuleType) -> None:
    count = 0
    for designation in set(character_set_designations()) - {0x31}:
        for code, (point, combining) in character_set(designation).items():
            if code < 0x20 or 0x80 < code < 0xA0:
                continue
            # The base is Basic Latin, so a combining character has something to stand on.
            escape = b"\x1b" + (b"(" if code < 0x80 else b")") + bytes((designation, code))
            text, _, _, notes = engine_functions.decode_marc8(escape + b"\x1b(B.")
            raw = f".{chr(point)}" if combining else f"{chr(point)}."
            assert (text, notes) == (unicodedata.normalize("NFC", raw), ())
            count += 1
    assert count == 651


def test_every_entry_of_eacc(engine_functions: ModuleType) -> None:
    eacc = {code: point for code, (point, _) in character_set(0x31).items()} | odd_codes()
    data = b"\x1b$1" + b"".join(code.to_bytes(3, "big") for code in eacc)
    text, _, _, notes = engine_functions.decode_marc8(data)
    assert notes == ()
    assert text == unicodedata.normalize("NFC", "".join(map(chr, eacc.values())))


def character_set_designations() -> list[int]:
    return [0x31, 0x32, 0x33, 0x34, 0x42, 0x45, 0x4E, 0x51, 0x53, 0x62, 0x67, 0x70]


def test_converter_has_the_attributes_of_pymarcs() -> None:
    assert (MARC8ToUnicode.basic_latin, MARC8ToUnicode.ansel) == (0x42, 0x45)
    assert vars(MARC8ToUnicode()) == {
        "g0": 66,
        "g0_set": {b",", b"(", b"$"},
        "g1": 69,
        "g1_set": {b")", b"-", b"$"},
        "quiet": False,
    }
    parameters = inspect.signature(MARC8ToUnicode.__init__).parameters.values()
    assert [(p.name, p.default) for p in parameters][1:] == [
        ("G0", 66),
        ("G1", 69),
        ("quiet", False),
    ]


def test_converter_keeps_the_sets_between_strings() -> None:
    converter = MARC8ToUnicode()
    assert converter.translate(b"\x1b(Nabc\x1b)Q") == "АБЦ"
    assert (converter.g0, converter.g1) == (0x4E, 0x51)
    assert converter.translate(b"abc\xc0") == "АБЦґ"
    assert marc8_to_unicode(b"abc") == "abc"


def test_converter_keeps_the_sets_and_logs_after_an_error(caplog: pytest.LogCaptureFixture) -> None:
    converter = MARC8ToUnicode()
    with pytest.raises(TypeError):
        converter.translate(b"\x80\x1b(N\x1b")
    assert converter.g0 == 0x4E
    assert len(caplog.records) == 1


@pytest.mark.parametrize("g0", [0x4E, 300, -1, None, "N"])
def test_converter_takes_any_designation(g0: Any) -> None:
    converter = MARC8ToUnicode(g0, 0x51, quiet=True)
    assert converter.translate(b"A\xc0") == ("аґ" if g0 == 0x4E else " ґ")
    assert converter.g0 == g0


@pytest.mark.parametrize("nothing", [None, "", b"", [], 0])
def test_nothing_is_an_empty_text(nothing: Any) -> None:
    assert marc8_to_unicode(nothing) == ""
    assert MARC8ToUnicode().translate(nothing) == ""


def test_a_str_is_decoded_by_character() -> None:
    assert marc8_to_unicode("a str") == "a str"
    assert marc8_to_unicode("\xe2e") == "é"
    # An escape character in it is a control character like others.
    assert marc8_to_unicode("\x1b(Nabc") == "(Nabc"
    assert MARC8ToUnicode(0x31).translate("!0!") == "一"
    notes: list[str] = []
    assert decode_noting("日", notes) == " "
    assert "0x65E5" in notes[0]


def test_other_sequences_fail_where_their_items_do() -> None:
    assert marc8_to_unicode(bytearray(b"\xe2e")) == "é"
    with pytest.raises(UnicodeDecodeError):
        marc8_to_unicode(bytearray(b"\x1b(Na"))
    with pytest.raises(UnicodeDecodeError):
        marc8_to_unicode(memoryview(b"a"))
    with pytest.raises(AttributeError):
        marc8_to_unicode(memoryview(b"\x1b("))
    with pytest.raises(ValueError, match="hash"):
        marc8_to_unicode(memoryview(bytearray(b"\x1b(")))
    with pytest.raises(TypeError, match="list"):
        marc8_to_unicode([1])
    with pytest.raises(TypeError, match="int"):
        marc8_to_unicode(5)


def test_one_warning_for_a_string(caplog: pytest.LogCaptureFixture) -> None:
    assert marc8_to_unicode(b"\x80\xff") == "  "
    [record] = caplog.records
    assert (record.name, record.levelno) == ("pymarc", logging.WARNING)
    assert "0x80" in record.getMessage()
    assert "0xFF" in record.getMessage()


def test_a_warning_names_a_few_of_many_notes(caplog: pytest.LogCaptureFixture) -> None:
    log_notes([f"note {number};" for number in range(25)])
    [record] = caplog.records
    assert "note 9;" in record.getMessage()
    assert "note 10;" not in record.getMessage()
    assert record.getMessage().endswith("and 15 more")


def test_nothing_is_logged_when_quiet(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert marc8_to_unicode(b"\x1b$1!0", hide_utf8_warnings=True) == " "
    assert MARC8ToUnicode(quiet=True).translate(b"\x80") == " "
    assert decode_noting(b"\x80", []) == " "
    assert marc8_to_unicode(b"fine") == "fine"
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


def test_noting_appends_to_the_callers_list() -> None:
    notes = ["earlier"]
    assert decode_noting(b"\x80", notes) == " "
    with pytest.raises(UnicodeDecodeError):
        decode_noting(b"\x80\x1b", notes)
    assert len(notes) == 3


def test_import_does_not_read_the_tables(tmp_path: Path) -> None:
    code = (
        "import sys, mrrc, mrrc.marc8; mrrc.marc8_to_unicode(b'abc');"
        "assert 'mrrc._pure._marc8_tables' not in sys.modules"
    )
    # Elsewhere, or the source tree would be imported in place of what is installed.
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


# What comes next is the naive twin of the decoder: a code at a time, nothing prepared.

SETS = {designation: character_set(designation) for designation in character_set_designations()}


def naive(data: bytes, g0: int, g1: int) -> tuple[str, int, int, int] | None:
    """Text, sets and number of notes; None where an escape sequence is cut off."""
    codes = list(data)
    text, marks, notes = "", "", 0
    while codes:
        if codes[0] == 0x1B:
            form = bytes(codes[1:2])
            if form == b"":
                return None
            if form in (b"(", b",", b"$"):
                if len(codes) == 2:
                    text += "\x1b"
                    del codes[0]
                    continue
                del codes[: 3 if bytes(codes[:3]) == b"\x1b$," else 2]
                if not codes:
                    return None
                g0 = codes.pop(0)
                continue
            if form in (b")", b"-"):
                if len(codes) == 2:
                    return None
                g1 = codes[2]
                del codes[:3]
                continue
            if form == b"s" or form[0] in SETS:
                g0 = 0x42 if form == b"s" else form[0]
                del codes[:2]
                if not codes and form == b"s":
                    break
        length = 3 if g0 == 0x31 else 1
        if len(codes) < length and length == 1:
            return None
        code = int.from_bytes(bytes(codes[:length]), "big") if len(codes) >= length else 0x20
        del codes[:length]
        if code < 0x20 or 0x81 <= code <= 0x9F:
            continue
        entries = SETS.get(g1 if length == 1 and code > 0x80 else g0, {})
        if code not in entries and code in odd_codes():
            text += chr(odd_codes()[code])
            continue
        # The blank is one in every set; a sequence that is cut off counts as one and is noted.
        notes += code not in entries and (code != 0x20 or length == 3)
        point, combining = entries.get(code, (0x20, 0))
        if combining:
            marks += chr(point)
        else:
            text += chr(point) + marks
            marks = ""
    return unicodedata.normalize("NFC", text), g0, g1, notes


pieces = st.one_of(
    st.sampled_from(
        [b"\x1b", b"\x1b(", b"\x1b)", b"\x1b$", b"\x1b$,", b"\x1b-", b"\x1b,", b"\x1bs"]
    ),
    st.sampled_from([bytes((final,)) for final in (*SETS, 0x73, 0x21, 0x5A)]),
    st.sampled_from([code.to_bytes(3, "big") for code in (*odd_codes(), *list(SETS[0x31])[::150])]),
    st.integers(0xE0, 0xFE).map(lambda code: bytes((code,))),
    st.binary(min_size=1, max_size=4),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20).map(str.encode),
)
designations = st.sampled_from([0x42, 0x42, 0x42, 0x45, 0x45, 0x45, *SETS, 0, 0x5A, 0xFF])


@given(st.lists(pieces, max_size=9).map(b"".join), designations, designations)
@example(b"\x1b1", 0x42, 0x45)
@example(b"\x1b1\xe2", 0x42, 0x45)
@example(b"\xe2\x1b(", 0x42, 0x45)
@example(b"\x1b\x1b\x1b", 0x31, 0x45)
def test_decoder_agrees_with_its_naive_twin(data: bytes, g0: int, g1: int) -> None:
    expected = naive(data, g0, g1)
    # Item by item is the way for anything but bytes; a str has no escape sequences to follow.
    items = Marc8Decoder(g0, g1)
    if expected is None:
        with pytest.raises(TypeError):
            decode_marc8(data, g0, g1)
        return
    text, last_g0, last_g1, notes = decode_marc8(data, g0, g1)
    assert (text, last_g0, last_g1, len(notes)) == expected
    if b"\x1b" not in data:
        assert items.decode(data.decode("latin-1")) == text
        assert tuple(items.notes) == notes
