"""MARC-8 of which nothing is lost: what has no character is kept, replaced or refused."""

from __future__ import annotations

import pytest

from mrrc.marc8 import decode_keeping, marc8_to_unicode, unicode_to_marc8


def kept(data: bytes) -> str:
    return "".join(chr(0xDC00 + byte) for byte in data)


DAMAGED = [
    (b"a\xffb", "a", b"\xff", "b", "byte 0xFF at offset 1"),
    (b"\x7f", "", b"\x7f", "", "byte 0x7F at offset 0"),
    (b"\x1b(N\x41\x1b)N\xc1", "а", b"\xc1", "", "byte 0xC1 at offset 7"),
    (b"\x1bg!\x1bsa", "", b"!", "a", "byte 0x21 at offset 2"),
    (b"a\x1b$1!0\x7f!0!\x1b(Bb", "a", b"!0\x7f", "一b", "sequence 0x21307F at offset 4"),
    (b"a\x1b$1!0", "a", b"!0", "", "cut off: 2 of its 3 bytes are there"),
    (b"a\x1b", "a", b"\x1b", "", "escape sequence at offset 1 is cut off"),
    (b"a\x1b(", "a", b"\x1b(", "", "escape sequence at offset 1 is cut off"),
    (b"a\x1b)", "a", b"\x1b)", "", "escape sequence at offset 1 is cut off"),
    (b"a\x1b$,", "a", b"\x1b$,", "", "escape sequence at offset 1 is cut off"),
    (b"a\x1bp", "a", b"\x1bp", "", "escape sequence at offset 1 is cut off"),
    (b"a\x1b1", "a", b"\x1b1", "", "escape sequence at offset 1 is cut off"),
    (b"ab\xe2", "ab", b"\xe2", "", "combining character 0xE2 at offset 2"),
    (b"\xe1e\xe2\x1b(B", "è", b"\xe2", "", "combining character 0xE2 at offset 2"),
    # The code after a short escape sequence.
    (b"\x1bs\xe2", "", b"\xe2", "", "combining character 0xE2 at offset 2"),
    (b"\x1b(2@", "", b"@", "", "combining character 0x40 at offset 3"),
]


@pytest.mark.parametrize(("data", "before", "damage", "after", "note"), DAMAGED, ids=ascii)
def test_damage(data: bytes, before: str, damage: bytes, after: str, note: str) -> None:
    text, notes = decode_keeping(data)
    assert text == before + kept(damage) + after
    assert len(notes) == 1
    assert note in notes[0]
    assert decode_keeping(data, "keep") == (text, notes)
    assert decode_keeping(data, "replace") == (f"{before}\ufffd{after}", notes)
    with pytest.raises(UnicodeDecodeError) as caught:
        decode_keeping(data, "strict")
    encoding, found, start, end, reason = caught.value.args
    assert (encoding, found, found[start:end], reason) == ("marc-8", data, damage, notes[0])
    assert decode_keeping(unicode_to_marc8(text))[0] == text


def test_several_places() -> None:
    # The second mark has a base, the byte that was kept; the last two have none.
    text, notes = decode_keeping(b"\xe2e\xe1\xff \xe3\xe4\x1b")
    assert text == f"é\udcff\u0300 {kept(bytes((0xE3, 0xE4, 0x1B)))}"
    assert [note.split(" at offset ")[1].split()[0] for note in notes] == ["3", "5", "6", "7"]
    assert decode_keeping(unicode_to_marc8(text))[0] == text


def test_marks_before_a_sequence_that_is_cut_off() -> None:
    text, notes = decode_keeping(b"\xe2\x1b$1!0")
    assert text == kept(b"\xe2!0")
    assert [note.split(" at offset ")[1].split()[0] for note in notes] == ["0", "4"]
    assert decode_keeping(unicode_to_marc8(text))[0] == text


@pytest.mark.parametrize("errors", ["strict", "keep", "replace"])
@pytest.mark.parametrize(
    "data", [b"", b"abc", b"caf\xe2e\t", b"\x1b(NAB W\x1b(B", b"\x1b$1!0!\x1b(B", b"x\x1bp2\x1bs"]
)
def test_sound_text_is_as_ever(data: bytes, errors: str) -> None:
    assert decode_keeping(data, errors) == (marc8_to_unicode(data), ())  # type: ignore[arg-type]


def test_the_word_must_be_one_of_three() -> None:
    with pytest.raises(ValueError, match="'ignore'"):
        decode_keeping(b"", "ignore")  # type: ignore[arg-type]
