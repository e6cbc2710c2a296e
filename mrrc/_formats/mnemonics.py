"""Mnemonics in braces, as the mnemonic format has them for characters.

The names are those of the Library of Congress's MARCMaker, whose format this was. There a mark
comes before its letter, as in MARC-8 ({acute}e); here it is moved behind it, and the two become one
character where Unicode has one. Names that stood for several characters over time, for romanized
Cyrillic and Greek letters, for single letters and digits, and for bytes of MARC-8 are left alone,
as is every name that is not known: what stands in braces can be text that was never escaped.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = {
    "acute": "\u0301",
    "breve": "\u0306",
    "breveb": "\u032e",
    "candra": "\u0310",
    "caron": "\u030c",
    "cedil": "\u0327",
    "circ": "\u0302",
    "commaa": "\u0313",
    "commab": "\u0326",
    "dblac": "\u030b",
    "dbldotb": "\u0324",
    "dblunder": "\u0333",
    "diaer": "\u0308",
    "dot": "\u0307",
    "dotb": "\u0323",
    "grave": "\u0300",
    "hooka": "\u0309",
    "hookl": "\u0326",
    "hookr": "\u0328",
    "ldbltil": "\ufe22",
    "llig": "\ufe20",
    "macr": "\u0304",
    "ogon": "\u0328",
    "rcedil": "\u031c",
    "rcommaa": "\u0315",
    "rdbltil": "\ufe23",
    "ring": "\u030a",
    "ringb": "\u0325",
    "rlig": "\ufe21",
    "tilde": "\u0303",
    "uml": "\u0308",
    "under": "\u0332",
}
"""Marks by their names; in a text they stand before their letter."""

_CHARACTERS = {
    "AElig": "\u00c6",
    "Dagger": "\u2021",
    "Dstrok": "\u0110",
    "ETH": "\u00d0",
    "Lstrok": "\u0141",
    "OElig": "\u0152",
    "Ohorn": "\u01a0",
    "Ostrok": "\u00d8",
    "THORN": "\u00de",
    "Uhorn": "\u01af",
    "aelig": "\u00e6",
    "alif": "\u02bc",
    "amp": "&",
    "apos": "'",
    "ast": "*",
    "ayn": "\u02bb",
    "brvbar": "\u00a6",
    "bsol": "\\",
    "bull": "\u2022",
    "cent": "\u00a2",
    "colon": ":",
    "comma": ",",
    "commat": "@",
    "copy": "\u00a9",
    "dagger": "\u2020",
    "deg": "\u00b0",
    "divide": "\u00f7",
    "dollar": "$",
    "dstrok": "\u0111",
    "equals": "=",
    "esc": "\x1b",
    "eth": "\u00f0",
    "excl": "!",
    "flat": "\u266d",
    "frac12": "\u00bd",
    "frac14": "\u00bc",
    "frac34": "\u00be",
    "gs": "\x1d",
    "gt": ">",
    "hardsign": "\u02ba",
    "hellip": "\u2026",
    "hyphen": "-",
    "iexcl": "\u00a1",
    "inodot": "\u0131",
    "iquest": "\u00bf",
    "joiner": "\u200d",
    "laquo": "\u00ab",
    "lcub": "{",
    "ldquo": "\u201c",
    "lpar": "(",
    "lsqb": "[",
    "lsquo": "\u2018",
    "lstrok": "\u0142",
    "lt": "<",
    "mdash": "\u2014",
    "middot": "\u00b7",
    "mllhring": "\u02bb",
    "mlPrime": "\u02ba",
    "mlprime": "\u02b9",
    "mlrhring": "\u02bc",
    "ndash": "\u2013",
    "nonjoin": "\u200c",
    "num": "#",
    "oelig": "\u0153",
    "ohorn": "\u01a1",
    "ordf": "\u00aa",
    "ordm": "\u00ba",
    "ostrok": "\u00f8",
    "para": "\u00b6",
    "percnt": "%",
    "period": ".",
    "phono": "\u2117",
    "pipe": "|",
    "plus": "+",
    "plusmn": "\u00b1",
    "pound": "\u00a3",
    "quest": "?",
    "quot": '"',
    "raquo": "\u00bb",
    "rcub": "}",
    "reg": "\u00ae",
    "rpar": ")",
    "rs": "\x1e",
    "rsqb": "]",
    "rsquo": "\u2019",
    "scriptl": "\u2113",
    "sect": "\u00a7",
    "semi": ";",
    "sharp": "\u266f",
    "softsign": "\u02b9",
    "sol": "/",
    "space": " ",
    "spcirc": "^",
    "spgrave": "`",
    "sptilde": "~",
    "spundscr": "_",
    "sup1": "\u00b9",
    "sup2": "\u00b2",
    "sup3": "\u00b3",
    "szlig": "\u00df",
    "thorn": "\u00fe",
    "times": "\u00d7",
    "trade": "\u2122",
    "uhorn": "\u01b0",
    "us": "\x1f",
    "verbar": "|",
    "yen": "\u00a5",
}
"""Other characters by their names."""

# Letters with a mark, as "eacute", by the letter; only what Unicode has as one character counts.
_MARKS_OF_LETTERS = (
    "acute breve caron cedil circ commab dblac dot grave hookr macr ogon ring tilde uml"
)

# Normalizing takes time by the square of how many marks there are.
_MOST_MARKS = 30
_MNEMONIC = re.compile(r"\{([0-9A-Za-z]{2,8})\}")


def _with_letters() -> dict[str, str]:
    """Return all characters by their names."""
    characters = {**_CHARACTERS, **{f"{code:02X}": chr(code) for code in (*range(0x20), 0x7F)}}
    for letter in map(chr, (*range(0x41, 0x5B), *range(0x61, 0x7B))):
        for mark in _MARKS_OF_LETTERS.split():
            composed = unicodedata.normalize("NFC", letter + _MARKS[mark])
            # "rcedil" is a mark of its own.
            if len(composed) == 1 and letter + mark not in _MARKS:
                characters[letter + mark] = composed
    return characters


_KNOWN = _with_letters()


def character(text: str, start: int) -> tuple[str, int]:
    """Return the character at an index of a text, and where the next one begins.

    A mnemonic is one character if it is known, and not a mark.

    >>> character("{dollar}5", 0)
    ('$', 8)
    """
    if text[start] == "{":
        match = _MNEMONIC.match(text, start)
        if match is not None and match[1] in _KNOWN:
            return _KNOWN[match[1]], match.end()
    return text[start], start + 1


def without_mnemonics(text: str) -> str:
    """Return a text with the characters that mnemonics stand for.

    >>> without_mnemonics("{lcub}x{rcub} {dollar}5 {unknown}")
    '{x} $5 {unknown}'
    >>> without_mnemonics("Caf{acute}e {copy}") == "Caf\u00e9 \u00a9"
    True
    """
    if "{" not in text:
        return text
    parts = []
    marks = ""
    start = 0
    for match in _MNEMONIC.finditer(text):
        name = match[1]
        if name not in _KNOWN and name not in _MARKS:
            continue
        before = text[start : match.start()]
        start = match.end()
        if before:
            parts.append(_marked(before, marks))
            marks = ""
        if name in _MARKS:
            marks += _MARKS[name]
        else:
            parts.append(_marked(_KNOWN[name], marks))
            marks = ""
    parts.append(_marked(text[start:], marks))
    return "".join(parts)


def _marked(text: str, marks: str) -> str:
    """Return the text, its first character with these marks."""
    if not marks:
        return text
    if len(marks) > _MOST_MARKS:
        return text[:1] + marks + text[1:]
    return unicodedata.normalize("NFC", text[:1] + marks) + text[1:]
