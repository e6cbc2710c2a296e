"""How well bytes fit an encoding: the byte model.

For each encoding the model knows how often each byte above 0x7F occurs, and what stands before and
after it. All encodings are judged by the same bytes, so their scores (natural logarithms) can be
compared: a difference of 3 means that one is about twenty times as likely as the other.

What one byte shows in several places counts less than what several bytes show: a rare language
repeats its letters, and would add up to evidence against itself.
"""

from __future__ import annotations

import re
from functools import cache
from math import sqrt

# Kinds of neighbours: 26 letters without case, then these.
_DIGIT, _SPACE, _EDGE, _OTHER, _HIGH = 26, 27, 28, 29, 30
KINDS = 33
# A byte that an encoding does not have.
IMPOSSIBLE = -14.0
# The table has steps of a quarter, one printable character each.
STEP = 0.25
LOWEST = -11.0
FIRST_CHARACTER = 0x30
TOKEN = 5

# Alphabets of one-byte encodings, the commonest letters first.
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґ"
_GREEK = "αοιετνσηυρπκμλςόίωάέδγήχθφύβώξζψϊϋΐΰ"
_HEBREW = "יוהלארתבשמנםדקחןעטפסגכזצךףץ"
_ARABIC = "اليمنروتبةعدسفهكقحجشصطخضذثغزأىءئظإآؤ"
_ALPHABETS = {
    "cp1251": _RUSSIAN,
    "cp866": _RUSSIAN,
    "koi8-r": _RUSSIAN,
    "iso8859-5": _RUSSIAN,
    "iso5427": _RUSSIAN,
    "iso8859-7": _GREEK,
    "cp1253": _GREEK,
    "iso5427-ext": "ёіїєґђѓѕјљњћќўџѣѳѵѫ",
    "iso5428": _GREEK,
    "iso8859-8": _HEBREW,
    "cp1256": _ARABIC,
    "iso8859-6": _ARABIC,
}
SCRIPTS = tuple(_ALPHABETS)
# What stands beside a letter of such an alphabet: as in the table of the model.
_BESIDE_LETTERS = (*(-4.0 for _ in range(26)), -2.0, 0.5, 0.5, 0.0, 2.0, 2.0, 2.0)
_CAPITAL = -2.5
_RARE = -7.0
_OTHER_CHARACTER = -5.5

# For each byte above 0x7F, the pairs of what is before and after it, each once.
Neighbourhoods = dict[int, set[tuple[int, int]]]
# For each pair a score, and what the score of other pairs is made of.
Row = tuple[dict[tuple[int, int], float], list[float], list[float]]


_HIGH_BYTE = re.compile(rb"[\x80-\xff]")


def _kind(code: int) -> int:
    if code >= 0x80:
        return _HIGH + (code >= 0xC0) + (code >= 0xE0)
    character = chr(code)
    if character.isalpha():
        return ord(character.lower()) - ord("a")
    if character.isdigit():
        return _DIGIT
    if character == " ":
        return _SPACE
    return _EDGE if code in (0x1D, 0x1E, 0x1F) else _OTHER


KIND_OF = bytes(_kind(code) for code in range(0x100))


def neighbourhoods(text: bytes) -> Neighbourhoods:
    """Return what stands around the bytes above 0x7F."""
    text = b"\x1e" + text + b"\x1e"
    kinds = text.translate(KIND_OF)
    found: Neighbourhoods = {}
    for match in _HIGH_BYTE.finditer(text):
        position = match.start()
        pair = (kinds[position - 1], kinds[position + 1])
        code = text[position]
        if code in found:
            found[code].add(pair)
        else:
            found[code] = {pair}
    return found


def _value(character: str) -> float:
    return LOWEST + STEP * (ord(character) - FIRST_CHARACTER)


@cache
def table(name: str) -> dict[int, Row]:
    """Return the scores of one encoding, by the bytes that it has."""
    if name in _ALPHABETS:
        return _script_table(name)
    from mrrc.encoding._model import PAIRS, SINGLE

    rows: dict[int, Row] = {}
    for line in SINGLE[name].split():
        values = [_value(each) for each in line[2:]]
        share, before, after = values[0], values[1 : KINDS + 1], values[KINDS + 1 :]
        rows[int(line[:2], 16)] = ({}, [share + each for each in before], after)
    tokens = PAIRS[name].replace("\n", "")
    for start in range(0, len(tokens), TOKEN):
        token = tokens[start : start + TOKEN]
        pair = (ord(token[2]) - FIRST_CHARACTER, ord(token[3]) - FIRST_CHARACTER)
        rows[int(token[:2], 16)][0][pair] = _value(token[4])
    return rows


def _script_table(name: str) -> dict[int, Row]:
    from mrrc.encoding import _unimarc

    if name.startswith("iso54"):
        characters = {code: entry[0] for code, entry in _unimarc.right_half(name).items()}
    else:
        characters = {
            code: character
            for code in range(0x80, 0x100)
            if (character := bytes([code]).decode(name, "ignore"))
        }
    ranks = {letter: rank for rank, letter in enumerate(_ALPHABETS[name])}
    rows: dict[int, Row] = {}
    for code, character in characters.items():
        rank = ranks.get(character.lower())
        if rank is None:
            share = _RARE if character.isalpha() else _OTHER_CHARACTER
        else:
            share = -2.2 - rank / 9.0 + (_CAPITAL if character.isupper() else 0.0)
        beside = list(_BESIDE_LETTERS)
        rows[code] = ({}, [share + each for each in beside], beside)
    return rows


def score(found: Neighbourhoods, name: str) -> float:
    """Return how well bytes and their neighbours fit an encoding."""
    rows = table(name)
    total = 0.0
    for code, pairs in found.items():
        row = rows.get(code)
        if row is None:
            total += IMPOSSIBLE * sqrt(len(pairs))
            continue
        known, before, after = row
        scores = 0.0
        for pair in pairs:
            if pair in known:
                scores += known[pair]
            else:
                scores += max(LOWEST, before[pair[0]] + after[pair[1]])
        total += scores / sqrt(len(pairs))
    return total


def size(found: Neighbourhoods) -> float:
    """Return what a score is to be divided by for the mean score of a byte."""
    return sum(sqrt(len(pairs)) for pairs in found.values())
