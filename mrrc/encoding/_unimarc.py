"""The character sets of UNIMARC, and where a record names them.

A UNIMARC record names its sets in field 100, subfield a, by two digits each: positions 26-29 the
sets in force (G0 for bytes below 0x80, G1 for those above), positions 30-33 the additional ones.
Escape sequences (ISO 2022) change them.

Sources: UNIMARC Manual, Bibliographic Format, appendix J; ISO 5426 (registration 53, whose table
is cross-checked with the ones in YAZ and MARC4J); the Cyrillic and Greek sets (registrations 37,
54 and 55) are those of MARC-8. Codes 79, 89 and 99 are of RUSMARC.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

from mrrc._pure.marc8 import character_set

# Position of the sets in 100 $a of a bibliographic record, and the shortest subfield that has them.
_SETS = 26
_SHORTEST = 30
# What the directory of such a record has; others may have it as well.
MARK = b"100"
_FIELD_100 = re.compile(rb"\x1fa([0-9]{8}[^\x1d-\x1f]{22,})")

# The encoding that two digits call for. 01 (ISO 646) as the only set is ASCII.
_BY_CODE = {
    b"01": "ascii",
    b"02": "iso5427",
    b"03": "iso5426",
    b"04": "iso5427-ext",
    b"05": "iso5428",
    b"50": "utf-8",
    b"79": "cp866",
    b"89": "cp1251",
    b"99": "koi8-r",
}

_BASIC_CYRILLIC = 0x4E
_EXTENDED_CYRILLIC = 0x51
_BASIC_GREEK = 0x53

# ISO 5426, right half: the first code of a run, a colon for characters that stand alone or a plus
# for those that belong to the next letter, and the characters. The first line is ISO 6630 (begin
# and end of what is not sorted), the code points those that MARC-8 has for them.
_ISO_5426 = """
88:\\x98\\x9c
a1:¡„£$¥†§′‘“«♭©℗® b0:ʻʼ‚ b6:‡·″’”»♯ʹʺ¿
c0+\\u0309\\u0300\\u0301\\u0302\\u0303\\u0304\\u0306\\u0307\\u0308\\u0308\\u030a
cb+\\u0315\\u0313\\u030b\\u031b\\u030c\\u0327\\u031c\\u0326\\u0328\\u0325\\u032e
d6+\\u0323\\u0324\\u0332\\u0333\\u0329\\u032d dd+\\ufe20\\ufe21\\ufe23
e1:ÆĐ e6:Ĳ e8:ŁØŒ ec:Þ f1:æđð f5:ıĳ f8:łøœßþ
"""

# The final bytes of escape sequences, and the sets they call for.
_FINALS = {
    0x42: "ascii",
    0x40: "ascii",
    0x50: "iso5426",
    0x4E: "iso5427",
    0x51: "iso5427-ext",
    0x53: "iso5428",
}
ESCAPES = re.compile(rb"\x1b([(),-])([@BPNQS])")


@cache
def right_half(name: str) -> dict[int, tuple[str, bool]]:
    """Return one set by bytes from 0x80 on: each its character, and whether it is combining."""
    if name == "ascii":
        return {}
    if name == "iso5426":
        return dict(_iso_5426())
    designation = {
        "iso5427": _BASIC_CYRILLIC,
        "iso5427-ext": _EXTENDED_CYRILLIC,
        "iso5428": _BASIC_GREEK,
    }[name]
    return {
        code | 0x80: (chr(point), bool(combining))
        for code, (point, combining) in character_set(designation).items()
        if code > 0x20
    }


def _iso_5426() -> list[tuple[int, tuple[str, bool]]]:
    entries = []
    for token in _ISO_5426.split():
        separator = token[2]
        text = re.sub(
            r"\\(?:u(....)|x(..))", lambda match: chr(int(match[1] or match[2], 16)), token[3:]
        )
        for code, character in enumerate(text, int(token[:2], 16)):
            entries.append((code, (character, separator == "+")))
    return entries


def decode(data: bytes, name: str, errors: str) -> str:
    """Return the text of bytes whose set above 0x7F is `name`, in NFC.

    Combining characters come before their letter, in ISO 5426 and in ISO 5428. Bytes that have no
    character are an error ("strict"), kept as lone surrogates ("keep"), or U+FFFD ("replace").
    """
    low, high = right_half("ascii"), right_half(name)
    pieces: list[str] = []
    marks: list[str] = []
    start = 0
    for escape in ESCAPES.finditer(data):
        _append(data, start, escape.start(), (low, high), errors, pieces, marks)
        start = escape.end()
        called = right_half(_FINALS[escape[2][0]])
        if escape[1] in b"(,":
            low = {code & 0x7F: entry for code, entry in called.items()}
        else:
            high = called
    _append(data, start, len(data), (low, high), errors, pieces, marks)
    # Marks at the very end have no letter; they are not dropped.
    pieces += marks
    return normalize("NFC", "".join(pieces))


def _append(
    data: bytes,
    start: int,
    end: int,
    sets: tuple[dict[int, tuple[str, bool]], dict[int, tuple[str, bool]]],
    errors: str,
    pieces: list[str],
    marks: list[str],
) -> None:
    low, high = sets
    for position in range(start, end):
        code = data[position]
        character, combining = (high if code > 0x7F else low).get(code, ("", False))
        if combining:
            marks.append(character)
            continue
        if not character:
            if code < 0x80:
                character = chr(code)
            elif errors == "keep":
                character = chr(0xDC00 + code)
            elif errors == "replace":
                character = "\ufffd"
            else:
                reason = "byte without a character"
                raise UnicodeDecodeError("iso2022", data, position, position + 1, reason)
        pieces.append(character)
        if marks:
            pieces += marks
            marks.clear()


def claimed(field_100: bytes) -> str | None:
    """Return what UNIMARC 100 $a says the encoding is; None if this is no such field.

    Several sets give the one whose bytes are above 0x7F, because ASCII is part of every encoding.
    """
    found = _FIELD_100.search(field_100)
    if found is None or len(found[1]) < _SHORTEST:
        return None
    text = found[1]
    codes = [text[at : at + 2] for at in range(_SETS, min(len(text) - 1, _SETS + 8), 2)]
    names = [_BY_CODE.get(code, "") for code in codes]
    for name in names:
        if name not in ("", "ascii"):
            return name
    return "ascii" if "ascii" in names else None
