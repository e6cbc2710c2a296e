"""Write the MARC-8 tables of both engines from the Library of Congress's codetables.xml.

    python rust/core/generate_marc8_tables.py path/to/codetables.xml

The tables must equal pymarc 5.4.0's, entry for entry. Four rules reproduce them:

1. A code stands for its `ucs`; where that is empty, for its `alt`.
2. A code is combining when `isCombining` is `true`.
3. Extended Arabic and Extended Cyrillic have their G1 codes (high bit set) in place of the G0
   codes that the file lists, so these two sets answer in G1 only.
4. The entries of `DEPARTURES` replace the file's.

`ODD_CODES` is no part of the file.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

Entry = tuple[int, bool]
CharacterSets = dict[int, dict[int, Entry]]

EXTENDED_ARABIC = 0x34
EXTENDED_CYRILLIC = 0x51
EACC = 0x31
ANSEL = 0x45

# pymarc's tables go back to an older edition of the file. It gave the two double diacritics as
# half marks, where the present one gives the joined mark with the first half and nothing with the
# second; some EACC variants as compatibility ideographs or in the private use area, where the
# present one unifies them; and the geta mark where only CJK Extension B has the ideograph.
DEPARTURES: dict[int, dict[int, Entry]] = {
    ANSEL: {
        0xEB: (0xFE20, True),  # ligature, first half: half mark for U+0361
        0xFA: (0xFE22, True),  # double tilde, first half: half mark for U+0360
    },
    EACC: {
        0x214339: (0xFA12, False),  # compatibility ideograph of U+6674
        0x215061: (0xFA1D, False),  # compatibility ideograph of U+7CBE
        0x215C32: (0xFA25, False),  # compatibility ideograph of U+9038
        0x215F71: (0xFA1C, False),  # compatibility ideograph of U+9756
        0x4B333E: (0xF92E, False),  # compatibility ideograph of U+51B7
        0x4B4B3E: (0xF9AD, False),  # compatibility ideograph of U+73B2
        0x4B5F58: (0xF9B2, False),  # compatibility ideograph of U+96F6
        0x4B7421: (0xF9A9, False),  # compatibility ideograph of U+56F9
        0x217559: (0x3013, False),  # geta mark for U+212C4
        0x222A34: (0x3013, False),  # geta mark for U+2251B
        0x223339: (0x3013, False),  # geta mark for U+22C4D
        0x6F7625: (0xE8B1, False),  # private use for U+318D
        0x6F773C: (0xE8CB, False),  # private use for U+C717
    },
}

# Codes that one vendor's system (Innovative Interfaces) exports and no code table lists.
ODD_CODES: dict[int, int] = {
    0x21203D: 0x2026,
    0x212040: 0x201C,
    0x7F2014: 0x2014,
    0x7F2019: 0x2019,
    0x7F2020: 0x201D,
    0x7F2122: 0x2122,
}

LINE_LENGTH = 98
# A token of the Python table must fit on a line: a code, a sign and four digits a character.
LONGEST_RUN = 22
HEADER = (
    "Generated from the Library of Congress's codetables.xml by",
    "rust/core/generate_marc8_tables.py; do not edit.",
)


def read_code_tables(path: Path) -> tuple[CharacterSets, dict[int, str]]:
    """Return the character sets by designation, in the file's order, and their names."""
    sets: CharacterSets = {}
    names: dict[int, str] = {}
    for element in ElementTree.parse(path).iter("characterSet"):
        designation = int(element.attrib["ISOcode"], 16)
        high_bit = 0x80 if designation in (EXTENDED_ARABIC, EXTENDED_CYRILLIC) else 0
        entries: dict[int, Entry] = {}
        for code in element.iter("code"):
            character = _text(code, "ucs") or _text(code, "alt")
            combining = _text(code, "isCombining") == "true"
            entries[int(_text(code, "marc"), 16) | high_bit] = (int(character, 16), combining)
        entries.update(DEPARTURES.get(designation, {}))
        sets[designation] = dict(sorted(entries.items()))
        names[designation] = element.attrib["name"]
    return sets, names


def _text(code: ElementTree.Element, tag: str) -> str:
    return (code.findtext(tag) or "").strip()


def python_module(sets: CharacterSets, names: dict[int, str]) -> str:
    """Return the text of the Python tables."""
    lines = [
        f'"""The MARC-8 character sets as text.\n\n{HEADER[0]}\n{HEADER[1]}\n',
        "A token is the first code of a run, a sign (`:` for characters that stand alone, `+` for",
        "combining ones) and four hexadecimal digits for each character of the run, whose codes",
        'follow one another.\n"""\n',
        "from __future__ import annotations\n",
        "# fmt: off",
        "SETS: dict[int, str] = {",
    ]
    for designation, entries in sets.items():
        lines.append(f"    # {names[designation]}")
        lines.append(f'    0x{designation:02X}: """')
        lines.extend(_filled(_tokens(entries)))
        lines.append('""",')
    lines.append("}")
    lines.append("ODD_CODES: dict[int, int] = {")
    lines.extend(f"    0x{code:06X}: 0x{character:04X}," for code, character in ODD_CODES.items())
    lines.append("}")
    return "\n".join(lines) + "\n"


def _tokens(entries: dict[int, Entry]) -> list[str]:
    """Return the entries as runs of codes that follow one another and combine alike."""
    runs: list[tuple[int, bool, list[int]]] = []
    for code, (character, combining) in entries.items():
        if runs:
            first, run_combining, characters = runs[-1]
            if (
                code == first + len(characters)
                and combining == run_combining
                and len(characters) < LONGEST_RUN
            ):
                characters.append(character)
                continue
        runs.append((code, combining, [character]))
    return [
        f"{first:02X}{'+' if combining else ':'}{''.join(f'{c:04X}' for c in characters)}"
        for first, combining, characters in runs
    ]


def _filled(tokens: list[str]) -> list[str]:
    """Return the tokens on as few lines as the line length allows."""
    lines: list[str] = []
    line = ""
    for token in tokens:
        if line and len(line) + 1 + len(token) > LINE_LENGTH:
            lines.append(line)
            line = token
        else:
            line = f"{line} {token}" if line else token
    lines.append(line)
    return lines


def rust_module(sets: CharacterSets, names: dict[int, str]) -> str:
    """Return the text of the Rust tables."""
    single_byte = {key: entries for key, entries in sets.items() if key != EACC}
    lines = [
        f"// {HEADER[0]}",
        f"// {HEADER[1]}",
        "",
        "use super::SingleByteSet;",
        "",
    ]
    for designation, entries in single_byte.items():
        # No set has codes on both sides of 0x80, so 128 characters and one bit do for each.
        high_bit = next(iter(entries)) & 0x80
        if any(code & 0x80 != high_bit for code in entries):
            raise ValueError(f"set 0x{designation:02X} has codes on both sides of 0x80")
        characters = [entries.get(high_bit | low, (0, False))[0] for low in range(0x80)]
        marks = sum(1 << (code & 0x7F) for code, (_, combining) in entries.items() if combining)
        lines += [
            f"/// {names[designation]}.",
            f"pub(super) static SET_{designation:02X}: SingleByteSet = SingleByteSet {{",
            f"    high_bit: 0x{high_bit:02X},",
            f"    combining: 0x{marks:032x},",
            "    characters: [",
            *_rust_numbers(characters, 8),
            "    ],",
            "};",
            "",
        ]
    lines += [
        "/// The single-byte set that a designation names.",
        "pub(super) const fn single_byte_set(designation: u8) -> Option<&'static SingleByteSet> {",
        "    match designation {",
        *(f"        0x{key:02X} => Some(&SET_{key:02X})," for key in single_byte),
        "        _ => None,",
        "    }",
        "}",
        "",
    ]
    return "\n".join(lines + _rust_eacc(sets[EACC])) + "\n"


def _rust_eacc(entries: dict[int, Entry]) -> list[str]:
    """Return EACC as planes (first byte) of rows (second byte) of characters (third byte)."""
    planes = sorted({code >> 16 for code in entries})
    rows: dict[int, list[int]] = {}
    for code, (character, combining) in entries.items():
        if combining or character > 0xFFFF:
            raise ValueError(f"EACC 0x{code:06X} is combining or above U+FFFF")
        rows.setdefault(code >> 8, []).append(code & 0xFF)
    plane_numbers = [planes.index(byte) if byte in planes else 0xFF for byte in range(0x80)]
    characters: list[int] = []
    packed_rows: list[int] = []
    for plane in planes:
        for second in range(0x80):
            thirds = rows.get(plane << 8 | second)
            if thirds is None:
                packed_rows.append(0)
                continue
            first, last = min(thirds), max(thirds)
            packed_rows.append(len(characters) << 16 | first << 8 | last - first + 1)
            page = plane << 16 | second << 8
            characters += [
                entries.get(page | third, (0, False))[0] for third in range(first, last + 1)
            ]
    return [
        "/// The plane of EACC that a first byte below 0x80 selects; 0xFF for none.",
        "pub(super) static EACC_PLANES: [u8; 128] = [",
        *_rust_numbers(plane_numbers, 16, digits=2, indent=4),
        "];",
        "",
        "/// The rows of all planes, 128 to a plane, by second byte. A row is 16 bits of where its",
        "/// characters start, 8 bits of its first third byte, 8 bits of how many there are.",
        f"pub(super) static EACC_ROWS: [u32; {len(packed_rows)}] = [",
        *_rust_numbers(packed_rows, 8, digits=8, indent=4),
        "];",
        "",
        "/// The characters of all rows, each from the first to the last third byte; 0 for none.",
        f"pub(super) static EACC_CHARACTERS: [u16; {len(characters)}] = [",
        *_rust_numbers(characters, 12, indent=4),
        "];",
        "",
        "/// The character of an odd code: exported by one vendor's system, in no code table.",
        "pub(super) const fn odd_character(code: u32) -> Option<char> {",
        "    match code {",
        *(f"        0x{c:06X} => Some('\\u{{{u:04X}}}')," for c, u in ODD_CODES.items()),
        "        _ => None,",
        "    }",
        "}",
    ]


def _rust_numbers(
    numbers: list[int], per_line: int, *, digits: int = 4, indent: int = 8
) -> list[str]:
    texts = [f"0x{number:0{digits}X}," for number in numbers]
    return [
        " " * indent + " ".join(texts[start : start + per_line])
        for start in range(0, len(texts), per_line)
    ]


def render(code_tables: Path) -> dict[str, str]:
    """Return the generated files: path below the top of the repository, and text."""
    sets, names = read_code_tables(code_tables)
    return {
        "mrrc/_pure/_marc8_tables.py": python_module(sets, names),
        "rust/core/src/marc8/tables.rs": rust_module(sets, names),
    }


def main(arguments: list[str]) -> int:
    """Write both files; return the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: generate_marc8_tables.py path/to/codetables.xml\n")
        return 2
    top = Path(__file__).resolve().parents[2]
    for path, text in render(Path(arguments[0])).items():
        (top / path).write_text(text, encoding="ascii", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
