"""MARC-8 both ways: what was written is read again, of any text and of any bytes."""

from __future__ import annotations

import unicodedata
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mrrc._pure.marc8 import DESIGNATIONS, character_set
from mrrc.marc8 import decode_keeping, decode_references
from tests.conftest import ENGINE_MODULES, engine_module
from tests.property.strategies import FAST, THOROUGH
from tests.shared import needs_shared, real_iso2709_files

DELIMITERS = "\x1d\x1e\x1f"
ENTRIES = [
    (code, chr(point), combining)
    for designation in sorted(DESIGNATIONS)
    for code, (point, combining) in list(character_set(designation).items())[
        :: 50 if designation == 0x31 else 1
    ]
    if not chr(point).isascii()
]
# Any character, those of MARC-8 more often, and marks on them.
characters = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters=DELIMITERS),
    st.sampled_from([character for _, character, _ in ENTRIES]),
    st.sampled_from([character for _, character, combining in ENTRIES if combining]),
    st.sampled_from(["a", "e", "o", " ", "\u030f", "\u0338", "\u0361", "й", "ё", "ờ", "ᾂ", "가"]),
    st.sampled_from(["&", "&#x", "&#X4e00;", "&#x1F600;", "&#x1f;", "41;", "\t"]),
)
texts = st.lists(characters, max_size=12).map("".join)
kept = st.integers(0, 0xFF).map(lambda byte: chr(0xDC00 + byte))
any_texts = st.lists(
    st.one_of(kept, st.sampled_from("\udc1b\udc21\udcff"), characters, st.just("\ud800")),
    max_size=10,
).map("".join)

escapes = [b"(", b")", b"$", b"$,", b"-", b",", b"s", b"$1", b"(Q", b")N", b"b", b"1", b""]
pieces = st.one_of(
    st.sampled_from(escapes).map(lambda rest: b"\x1b" + rest),
    st.sampled_from([bytes((each,)) for each in sorted(DESIGNATIONS)]),
    st.sampled_from([code.to_bytes(3, "big") for code, _, _ in ENTRIES if code > 0xFF]),
    st.integers(0xE0, 0xFE).map(lambda code: bytes((code,))),
    st.binary(min_size=1, max_size=4).map(lambda data: data.translate(None, b"\x1d\x1e\x1f")),
)


@pytest.fixture(params=list(ENGINE_MODULES), scope="module")
def functions(request: pytest.FixtureRequest) -> ModuleType:
    """Each engine; of the module's scope, because a test has many examples."""
    return engine_module(request.param)


def read_again(functions: ModuleType, data: bytes) -> str:
    text, g0, g1, notes = functions.decode_marc8(data)
    assert (g0, g1, notes) == (0x42, 0x45, ())
    return decode_references(text)


@FAST
@given(texts)
@example("&#x4E00;")
@example("\u0301\u0301a")
@example("一\u0301б\u05b8²\u0301")
def test_any_text_is_read_again(functions: ModuleType, text: str) -> None:
    data = functions.encode_marc8(text)
    assert read_again(functions, data) == unicodedata.normalize("NFC", text)


@pytest.mark.slow
@THOROUGH
@given(texts)
def test_many_texts_are_read_again(functions: ModuleType, text: str) -> None:
    data = functions.encode_marc8(text)
    assert read_again(functions, data) == unicodedata.normalize("NFC", text)


def test_every_character_is_read_again(functions: ModuleType) -> None:
    for point in range(0x110000):
        character = chr(point)
        if 0xD800 <= point <= 0xDFFF or character in DELIMITERS:
            continue
        # A million are no characters yet, or for private use; to all programs they are alike.
        if point > 0xFFFF and point % 61 and unicodedata.category(character) in ("Cn", "Co"):
            continue
        # By itself, and for the scripts of MARC-8 among others as well.
        text = character if point > 0x33FF else f"{character}a{character}\u0301б{character}"
        data = functions.encode_marc8(text)
        assert read_again(functions, data) == unicodedata.normalize("NFC", text)


@FAST
@given(any_texts)
@example("\udcff\udce2\u0301\udce2\udce2")
def test_a_text_with_bytes_in_it_is_read_again_or_refused(functions: ModuleType, text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    try:
        data = functions.encode_marc8(text)
    except UnicodeEncodeError as error:
        refused = normal[error.start : error.end] if "\ud800" not in text else "\ud800"
        # Bytes that can stand by themselves are never a reason.
        assert any(not 0xDCA0 <= ord(character) <= 0xDCFF for character in refused)
        return
    assert decode_references(decode_keeping(data)[0]) == normal


@FAST
@given(st.lists(pieces, max_size=8).map(b"".join))
@example(b"\xf2\x1b$1a\xfc/\x83")
@example(b"\x1b1\x1bbE!EV\x1b-")
@example(b"\xe2\x1b)N\xe2\x1b(2@")
def test_bytes_that_were_kept_are_kept_again(functions: ModuleType, data: bytes) -> None:
    text, notes = decode_keeping(data)
    assert (not notes) is not any("\udc00" <= character <= "\udcff" for character in text)
    written = functions.encode_marc8(text)
    assert decode_references(decode_keeping(written)[0]) == text


@FAST
@given(st.lists(pieces, max_size=8).map(b"".join))
def test_keeping_differs_only_where_something_is_noted(functions: ModuleType, data: bytes) -> None:
    text, noted = decode_keeping(data, "replace")
    try:
        decoded, _, _, notes = functions.decode_marc8(data)
    except TypeError:
        assert noted
        return
    assert len(noted) >= len(notes)
    if not noted:
        assert text == decoded
        assert decode_keeping(data, "strict") == (decoded, ())
    else:
        with pytest.raises(UnicodeDecodeError):
            decode_keeping(data, "strict")


@needs_shared
def test_real_values_are_read_again(functions: ModuleType) -> None:
    values = set()
    for path in real_iso2709_files():
        for record in path.read_bytes().split(b"\x1d"):
            if record[9:10] != b"a":
                for field in record[24:].split(b"\x1e"):
                    values.update(field.split(b"\x1f"))
    values = {value for value in values if not value.isascii() or b"\x1b" in value}
    assert len(values) > 1000
    identical = 0
    for value in values:
        text, notes = decode_keeping(value)
        data = functions.encode_marc8(text)
        assert decode_references(decode_keeping(data)[0]) == text, value
        if not notes:
            assert read_again(functions, data) == text, value
            identical += data == value
    # Most are written as they were: the escape sequences are those that others use.
    assert identical > len(values) // 2
