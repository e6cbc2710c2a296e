"""Text to MARC-8: known texts, references, bytes that were kept, errors."""

from __future__ import annotations

import unicodedata
from types import ModuleType

import pytest

from mrrc._pure.marc8 import DESIGNATIONS, character_set
from mrrc.marc8 import decode_references, marc8_to_unicode, unicode_to_marc8

KNOWN = [
    ("", b""),
    ("abc & def", b"abc & def"),
    ("Histoire de la littérature", b"Histoire de la litt\xe2erature"),
    ("e\u0301", b"\xe2e"),
    ("Łódź ß €", b"\xa1\xe2od\xe2z \xc7 \xc8"),
    # Several marks, in the order of NFC; a letter with a horn is one character of ANSEL.
    ("ậ ờ ǭ", b"\xf2\xe3a \xe1\xbc \xf1\xe5o"),
    # A mark on a blank, and on a delimiter that is none of the text.
    (" \u0301a", b"\xe2 a"),
    # The halves of double-width marks.
    ("i\ufe20a\ufe21 n\ufe22g\ufe23", b"\xebi\xeca \xfan\xfbg"),
    # Blanks, digits and signs do not leave a set that has them; letters do.
    ("Приве́т, мир (2) no", b"\x1b(NpRIW\xe2ET, MIR (2) \x1b(Bno"),
    ("ёй", b"\x1b)Q\xc4\x1b(NJ\x1b)E\x1b(B"),
    ("שָׁלוֹם a", None),
    ("\u05e9\u05b8", b"\x1b(2Ay\x1b(B"),
    ("م\u064e،", b"\x1b(3ne,\x1b(B"),
    ("\u1f82", b"\x1b(S%!'a\x1b(B"),
    # The Greek symbols (ESC g) are not for writing.
    ("β-carotene", b"\x1b(Sb\x1b(B-carotene"),
    ("x² H₂O", b"x\x1bp2\x1bs H\x1bb2\x1bsO"),
    ("x²₂2", b"x\x1bp2\x1bb2\x1bs2"),
    ("²é", b"\x1bp2\xe2\x1bse"),
    ("aб\u0301в\u0301", b"a\x1b(N\xe2B\xe2W\x1b(B"),
    ("日本 go", b"\x1b$1!Bs!Ci\x1b(B go"),
    # The ideographic space is 0x212321, not 0x212320; of variants the lowest code is taken.
    ("\u3000\u51b7", b"\x1b$1!#!!3>\x1b(B"),
    # A set in G1, and a mark from ANSEL, need G0 to be another set than EACC.
    ("一ä", b"\x1b$1!0!\x1b(B\xe8a"),
    ("一ё", b"\x1b$1!0!\x1b(B\x1b)Q\xc4\x1b)E"),
    ("a一\u0304б", b"a\xe5\x1b$1!0!\x1b(NB\x1b(B"),
    ("一б\u0304", b"\x1b$1!0!\x1b(N\xe5B\x1b(B"),
    ("一²\u05b8", b"\x1b$1!0!\x1b(2A\x1bp2\x1bs"),
    ("a\x1eb", b"a\x1eb"),
    ("一\x1f", b"\x1b$1!0!\x1b(B\x1f"),
]

REFERENCES = [
    ("\U0001f600", b"&#x1F600;"),
    ("a\u2019b", b"a&#x2019;b"),
    ("б\u2019в", b"\x1b(NB\x1b(B&#x2019;\x1b(NW\x1b(B"),
    # One reference for a letter, not a letter with a reference behind it.
    ("ȁ", b"&#x0201;"),
    ("a\u0302\u030f\u0301", b"\xe3a&#x030F;&#x0301;"),
    # Marks that would be given to another letter.
    ("\u0301a", b"&#x0301;a"),
    ("\u2019\u0301a", b"&#x2019;&#x0301;a"),
    ("\x1f\u0301a", b"\x1f&#x0301;a"),
    # What the decoder knows as two halves.
    ("t\u0361s", b"t&#x0361;s"),
    # What the decoder drops.
    ("a\tb\x1bc\x00", b"a&#x0009;b&#x001B;c&#x0000;"),
    ("\x98The \x9cend\u200d\x7f", b"&#x0098;The &#x009C;end&#x200D;&#x007F;"),
    # The text's own.
    ("&#x4E00;", b"&#x0026;#x4E00;"),
    ("&#X41; &#x110000; &#xD800; &#x1f; &#65; &#x;", None),
]


@pytest.mark.parametrize(("text", "data"), KNOWN + REFERENCES, ids=ascii)
def test_known_texts(engine_functions: ModuleType, text: str, data: bytes | None) -> None:
    encoded = engine_functions.encode_marc8(text)
    if data is not None:
        assert encoded == data
    decoded, g0, g1, notes = engine_functions.decode_marc8(encoded)
    assert (g0, g1, notes) == (0x42, 0x45, ())
    expected = unicodedata.normalize("NFC", text).translate(dict.fromkeys(range(0x1D, 0x20)))
    assert decode_references(decoded) == expected
    if (text, data) in KNOWN:
        assert decoded == expected
    assert unicode_to_marc8(text) == encoded
    assert marc8_to_unicode(encoded) == decoded


def test_only_what_would_be_decoded_is_protected(engine_functions: ModuleType) -> None:
    text = "&#x110000; &#xD800; &#x1f; &#65; &#x; &#x0000041; &#x4E00 &x4E00; & &# &#x"
    assert engine_functions.encode_marc8(text) == text.encode("ascii")
    assert decode_references(text) == text
    for text in ("&#x41;", "&#X00004f;", "&#x10ffff;"):
        assert engine_functions.encode_marc8(text) == b"&#x0026;" + text[1:].encode("ascii")


def test_every_character_of_every_set_has_a_code(engine_functions: ModuleType) -> None:
    for designation in DESIGNATIONS:
        for code, (point, combining) in character_set(designation).items():
            if code < 0x20 or 0x80 < code < 0xA0:
                continue
            text = f"a{chr(point)}" if combining else chr(point)
            encoded = engine_functions.encode_marc8(text)
            assert b"&#" not in encoded
            assert engine_functions.decode_marc8(encoded)[0] == unicodedata.normalize("NFC", text)


def test_plain_text_in_another_set_takes_linear_time(engine_functions: ModuleType) -> None:
    text = "б" + " 1" * 200_000
    assert engine_functions.encode_marc8(text) == b"\x1b(NB" + b" 1" * 200_000 + b"\x1b(B"
    marks = "a" + "\u0301" * 200_000
    assert engine_functions.encode_marc8(marks) == b"\xe2" * 200_000 + b"a"


# Bytes that were kept, and what is written: each in a state in which it has no character.
KEPT = [
    (b"a\xff\x80b", b"a\xff\x80b"),
    (b"\x7f", b"\x7f"),
    # Known in ANSEL, so they came from another set; likewise in Basic Latin.
    (b"\xa5b", b"\x1b)N\xa5b\x1b)E"),
    (b"\xe2b", b"\x1b)N\xe2b\x1b)E"),
    (b"A", b"\x1b(QA\x1b(B"),
    # A mark at the end, where it has no letter.
    (b"\xe2", b"\xe2"),
    (b"\xff\xe2\xe1", b"\xff\xe2\xe1"),
    # EACC: no character, cut off, an escape character that is a code.
    (b"!0\x7fb", b"\x1b$1!0\x7f\x1b(Bb"),
    (b"!0!b", b"\x1b(Q!0!\x1b(Bb"),
    (b"\x05", b"\x1b$1\x05"),
    (b"\x1bN!b", b"\x1b1\x1bN!\x1b(Bb"),
    # An escape sequence that is cut off.
    (b"\x1b", b"\x1b"),
    (b"\x1b$,", b"\x1b$,"),
    (b"\x1bp", b"\x1bp"),
]


@pytest.mark.parametrize(("kept", "data"), KEPT, ids=ascii)
def test_bytes_that_were_kept(engine_functions: ModuleType, kept: bytes, data: bytes) -> None:
    # A letter b at the end stands for itself: it says that something follows.
    head = kept.removesuffix(b"b")
    text = "".join(chr(0xDC00 + byte) for byte in head) + ("b" if head != kept else "")
    if kept.startswith(b"a"):
        text = f"a{text[1:]}"
    assert engine_functions.encode_marc8(text) == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("\u00b2\udc1b", b"\x1bp2\x1b(B\x1b"),
        ("\udcff\u0301", b"\xe2\xff"),
        ("\udc21\udc30\udc7f\u0301", b"\xe2\x1b$1!0\x7f\x1b(B"),
        ("\u4e00\udc21\udc30\udc7f", b"\x1b$1!0!!0\x7f\x1b(B"),
        ("\u4e00\udcff", b"\x1b$1!0!\x1b(B\xff"),
        # Bytes are divided so that all of them are kept, not from the left at any price.
        ("\udcff\udc21\udc05\udc05\udc21", b"\xff\x1b$1!\x05\x05\x1b(Q!\x1b(B"),
    ],
    ids=ascii,
)
def test_kept_bytes_among_text(engine_functions: ModuleType, text: str, data: bytes) -> None:
    assert engine_functions.encode_marc8(text) == data


@pytest.mark.parametrize(
    ("text", "start", "end", "reason"),
    [
        ("a\ud800b", 1, 2, "surrogates not allowed"),
        ("a\udd00", 1, 2, "surrogates not allowed"),
        ("\udc05\udfff", 1, 2, "surrogates not allowed"),
        ("ab\udc1bc", 2, 3, "these bytes would not be kept where they are"),
        ("ab\udc20\udc05", 2, 4, None),
        ("\udcff\udc1e", 0, 2, "these bytes would not be kept where they are"),
        ("a\udc90\u0301", 1, 2, "these bytes would not be kept where they are"),
    ],
    ids=ascii,
)
def test_what_cannot_be_written(
    engine_functions: ModuleType, text: str, start: int, end: int, reason: str | None
) -> None:
    if reason is None:
        assert engine_functions.encode_marc8(text) == b"ab\x1b$1 \x05"
        return
    with pytest.raises(UnicodeEncodeError) as caught:
        engine_functions.encode_marc8(text)
    assert caught.value.args == ("marc-8", text, start, end, reason)


def test_references() -> None:
    assert decode_references("no references & none &amp;") == "no references & none &amp;"
    assert decode_references("&#x4e00;&#X4E00;&#x1F600;&#x41;") == "一一\U0001f600A"
    assert decode_references("&#x00000A;&#x9;&#x98;") == "\n\t\x98"
    for stays in ("&#x1D;", "&#x1e;", "&#x00001F;", "&#xD800;", "&#xdfff;", "&#x110000;"):
        assert decode_references(stays) == stays
    # Once: what comes out is not looked at again, nor normalised.
    assert decode_references("&#x26;#x41;") == "&#x41;"
    assert decode_references("e&#x301;") == "e\u0301"
