"""Bytes to text, by every name that detection gives."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mrrc.encoding import _scoring, _twice, _unimarc, decode

# Names that detection gives and that are texts.
NAMES = [
    *("utf-8", "marc8", "latin-1", "cp1252", "iso5426", "iso5427", "iso5427-ext", "iso5428"),
    *(
        "utf-8-twice",
        "utf-8-thrice",
        "ascii",
        "cp1251",
        "cp866",
        "koi8-r",
        "iso8859-7",
        "iso8859-8",
    ),
]
KNOWN = [
    ("utf-8", "Mémoire".encode(), "Mémoire"),
    ("utf-8", b"e\xcc\x81", "e\u0301"),
    ("marc8", b"M\xe2emoire", "Mémoire"),
    ("marc8", b"\x1b$1!0!\x1b(B!", "一!"),
    ("latin-1", b"M\xe9moire", "Mémoire"),
    ("cp1252", b"\x93M\xe9moire\x94", "\u201cMémoire\u201d"),
    ("cp866", b"\x8c\xa8\xe0", "Мир"),
    ("iso5426", b"M\xc2emoire \xc9uber \xd0ca", "Mémoire über ça"),
    ("iso5426", b"\xe1\xf1\xfb\xe8\xf8\xa4\xad \xabx\xbb", "ÆæßŁł$© «x»"),
    # Two marks on one letter, and one mark over two letters.
    ("iso5426", b"\xc5\xc2o", "\u1e53"),
    ("iso5426", b"\xddi\xdea", "i\ufe20a\ufe21"),
    # What is not sorted, as in MARC-8.
    ("iso5426", b"\x88Le \x89monde", "\x98Le \x9cmonde"),
    # Marks that nothing follows are not dropped.
    ("iso5426", b"x \xc2", "x \u0301"),
    ("iso5427", b"\xed\xc9\xd2", "Мир"),
    ("iso5427-ext", b"\xc4\xc6", "ёі"),
    ("iso5428", b"\xcc\xf6\xf8\xf2\xf5\xec\xe1", "Ιστορια"),
    ("iso5428", b"\xa2\xe1", "ά"),
    ("iso5426", b"x\x1b(Nm\x49\x52\x1b(By", "xМирy"),
    ("iso5426", b"\x1b)N\xed\xc9\xd2\x1b)P\xc2e", "Мирé"),
    ("utf-8-twice", b"M\xc3\x83\xc2\xa9moire", "Mémoire"),
    ("utf-8-twice", "é – “ñ”".encode().decode("latin-1").encode(), "é – “ñ”"),
    ("utf-8-twice", "é – “ñ".encode().decode("cp1252").encode(), "é – “ñ"),
    # What was encoded once stays.
    ("utf-8-twice", "é Ã© 中 Ã".encode(), "é é 中 Ã"),
    ("utf-8-thrice", b"e\xc3\x83\xc2\x8c\xc3\x82\xc2\x81", "e\u0301"),
    ("utf-16-be", b"\x00a", "a"),
]


@pytest.mark.parametrize(("encoding", "data", "text"), KNOWN)
def test_known_texts(encoding: str, data: bytes, text: str) -> None:
    for errors in ("strict", "keep", "replace"):
        assert decode(data, encoding, errors) == text  # type: ignore[arg-type]


DAMAGED = [
    ("utf-8", b"a\xffb"),
    ("cp1252", b"a\x81b"),
    ("iso5426", b"a\xe0b"),
    ("iso5427", b"a\x80b"),
    ("iso5428", b"a\xffb"),
    ("utf-8-twice", b"a\xffb"),
    ("marc8", b"a\xffb"),
    ("ascii", b"a\xffb"),
]


@pytest.mark.parametrize(("encoding", "data"), DAMAGED)
def test_bytes_without_a_character(encoding: str, data: bytes) -> None:
    with pytest.raises(UnicodeDecodeError) as raised:
        decode(data, encoding)
    assert (raised.value.start, raised.value.end) == (1, 2)
    assert decode(data, encoding, "keep") == f"a{chr(0xDC00 + data[1])}b"
    assert decode(data, encoding, "replace") == "a\ufffdb"


def test_a_mark_of_marc8_that_nothing_follows() -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"a\xe2", "marc8")
    assert decode(b"a\xe2", "marc8", "keep") == "a\udce2"


@pytest.mark.parametrize("name", ["mixed", "unknown", "no such encoding"])
def test_names_that_are_no_encoding(name: str) -> None:
    with pytest.raises(LookupError):
        decode(b"a\xff", name)


def test_an_error_handler_that_is_none() -> None:
    with pytest.raises(KeyError):
        decode(b"a", "utf-8", "ignore")  # type: ignore[arg-type]


@given(st.binary(max_size=40), st.sampled_from(NAMES))
def test_nothing_is_lost_or_raised_in_keeping(data: bytes, name: str) -> None:
    text = decode(data, name, "keep")
    surrogates = [ord(each) for each in text if "\ud800" <= each <= "\udfff"]
    assert all(0xDC00 <= each <= 0xDCFF for each in surrogates)
    decode(data, name, "replace").encode()


@given(st.binary(max_size=40))
def test_kept_bytes_of_utf8_come_back(data: bytes) -> None:
    assert decode(data, "utf-8", "keep").encode("utf-8", "surrogateescape") == data


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=20))
def test_whatever_was_encoded_twice_comes_back(text: str) -> None:
    """Not quite whatever: a text that looks encoded twice itself is undone once too often."""
    if _twice.undo(text) != text:
        return
    once_more = text.encode().decode("latin-1").encode()
    assert decode(once_more, "utf-8-twice") == text


def test_iso_5426_has_all_its_characters_once() -> None:
    table = _unimarc.right_half("iso5426")
    marks = [code for code, (_, combining) in table.items() if combining]
    assert all(0xC0 <= code <= 0xDF for code in marks)
    assert len(marks) == 31
    for code in marks:
        assert unicodedata.combining(table[code][0]) or table[code][0] in "\ufe20\ufe21\ufe23"
    # Umlaut and diaeresis are one character in Unicode.
    characters = [character for character, _ in table.values()]
    assert len(characters) - len(set(characters)) == 1


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"  \x1fa20160101d2016    m  y0engy0103    ba\x1e", "iso5426"),
        (b"  \x1fa20160101d2016    m  y0engy010203  ba\x1e", "iso5427"),
        (b"  \x1fa20160101d2016    m  y0engy01  03  ba\x1e", "iso5426"),
        (b"  \x1fa20160101d2016    m  y0engy50\x1e", None),
        (b"  \x1fa20160101d2016    m  y0engy50  \x1e", "utf-8"),
        (b"  \x1fa20160101d2016    m  y0engy||||\x1e", None),
        (b"  \x1faac  |||||||||\x1e", None),
        (b"1 \x1faMiller, Arthur, 1915-2005, with a long tail\x1e", None),
    ],
)
def test_the_sets_that_field_100_names(field: bytes, name: str | None) -> None:
    assert _unimarc.claimed(field) == name


@pytest.mark.parametrize("name", ["marc8", "cp1252", "iso5426", *_scoring.SCRIPTS])
def test_the_model_is_whole(name: str) -> None:
    table = _scoring.table(name)
    assert len(table) > 30
    for code, (pairs, before, after) in table.items():
        assert code > 0x7F
        assert len(before) == len(after) == _scoring.KINDS
        assert all(0 <= kind < _scoring.KINDS for pair in pairs for kind in pair)


def test_every_byte_has_a_kind() -> None:
    assert len(_scoring.KIND_OF) == 256
    assert set(_scoring.KIND_OF) == set(range(_scoring.KINDS))
    assert _scoring.KIND_OF[ord("é".encode("latin-1"))] == _scoring.KINDS - 1
    assert _scoring.KIND_OF[ord("Z")] == _scoring.KIND_OF[ord("z")] == 25


def test_neighbourhoods() -> None:
    edge, letter = _scoring.KIND_OF[0x1E], _scoring.KIND_OF[ord("a")]
    assert _scoring.neighbourhoods(b"\xe9a") == {0xE9: {(edge, letter)}}
    assert _scoring.neighbourhoods(b"plain") == {}
