"""The judgement: which encoding the texts of one record are in."""

from __future__ import annotations

import re
from math import exp
from typing import NamedTuple

from mrrc.encoding import _scoring, _twice, _unimarc
from mrrc.encoding._finding import Finding
from mrrc.encoding._scoring import IMPOSSIBLE

# What a claim is worth beforehand, against scores of `_scoring`. Leader position 9 of MARC 21 is
# often a default that nobody changed: its weight is the least by which no record of the Library of
# Congress, in MARC-8, is taken for something else. What UNIMARC says is set record by record.
CLAIM = 11.5
UNIMARC_CLAIM = 14.0
# The same for MARC-8 with a mark that has no letter to stand on, or a byte that is no character.
_UNSOUND = 6.0
# How much better another encoding must fit one text before the record is mixed.
_OTHER_THAN_THE_REST = 15.0
# A character of UTF-8, whichever, and a byte that is in none.
_UTF8_CHARACTER = -3.0
_UTF8_DAMAGE = -13.0
# A text that ends inside a character: something was cut off there.
_UTF8_CUT = -6.0
# A mean below this is no text in the encoding.
_NO_TEXT = -10.0
# What alphabets other than the Latin one are worth beforehand, where nothing claims them, and in
# how many bytes they must show.
_SCRIPT = -16.0
_SCRIPT_BYTES = 5
# Those that occur without being claimed, each after the likelier one of the same letters.
_UNCLAIMED_SCRIPTS = ("cp1251", "cp866", "koi8-r", "iso8859-7", "cp1253", "iso8859-8", "cp1256")
_UTF8 = frozenset(("utf-8", "utf-8-twice", "utf-8-thrice"))
_LATIN = ("marc8", "cp1252", "iso5426")

_ESCAPE = b"\x1b"
_MARC8_ESCAPE = re.compile(rb"\x1b(?:[gbps]|\$[,)\-]?1|[(,)\-]!?[BENQS234])")
_UNSOUND_MARC8 = re.compile(
    rb"[\xe0-\xf4\xf7-\xfe](?![A-Za-z\xa1-\xbe\xe0-\xfe])"
    rb"|[\x80-\x87\x8a-\x8c\x8f-\xa0\xaf\xbf\xc9-\xdf\xff]"
)
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]"
    rb"|(?:\xe0[\xa0-\xbf]|\xed[\x80-\x9f]|[\xe1-\xec\xee\xef][\x80-\xbf])[\x80-\xbf]"
    rb"|(?:\xf0[\x90-\xbf]|\xf4[\x80-\x8f]|[\xf1-\xf3][\x80-\xbf])[\x80-\xbf]{2}"
)
_UTF8_CUT_OFF = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}$")
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_WINDOWS_ONLY = re.compile(rb"[\x80-\x9f]")

_NAMES = {
    "utf-8": "UTF-8",
    "marc8": "MARC-8",
    "latin-1": "Latin-1",
    "cp1252": "Windows-1252",
    "utf-8-twice": "UTF-8 encoded twice",
    "utf-8-thrice": "UTF-8 encoded three times",
    "iso5426": "ISO 5426",
    "iso5427": "ISO 5427",
    "iso5428": "ISO 5428",
    "ascii": "ASCII",
}
_SAMPLE = 32
_HIGH = re.compile(rb"[\x80-\xff]")


class Judgement(NamedTuple):
    """What the texts of a record are, together and each."""

    finding: Finding
    encodings: dict[bytes, str]


class _Best(NamedTuple):
    """The encoding that fits several texts best, by how much, and the next one."""

    encoding: str
    margin: float
    second: str


def judge(texts: list[bytes], claimed: str, weight: float, usual: str | None) -> Judgement:
    """Return what texts are that are not plain ASCII, at least one.

    `weight` is what the claim is worth; `usual` is worth as much.
    """
    weights = {_model(claimed): weight}
    if usual is not None:
        weights[_model(usual)] = weight
    encodings: dict[bytes, str] = {}
    rest = []
    for text in texts:
        if _ESCAPE in text and _is_escaped(text, claimed):
            encodings[text] = claimed if claimed.startswith("iso54") else "marc8"
        elif _is_utf8(text) and _likely_utf8(text, weights):
            encodings[text] = _utf8_name(text)
        else:
            rest.append(text)
    if not rest:
        return Judgement(_agreement(encodings, claimed), encodings)
    others = set(encodings.values())
    if "marc8" in others:
        weights["marc8"] = max(weights.get("marc8", 0.0), weight)
    if weights.get("marc8", 0.0) > _UNSOUND and any(map(_UNSOUND_MARC8.search, rest)):
        weights["marc8"] = _UNSOUND
    if not _mostly_utf8(rest):
        # The claim of UTF-8 is worth nothing for what is none.
        weights["utf-8"] = 0.0 if others & _UTF8 else IMPOSSIBLE
    best = _best(rest, weights)
    if best.encoding == "unknown" and claimed in others:
        best = _Best(claimed, 0.0, best.second)
    for text in rest:
        encodings[text] = _exact(_odd(text, best.encoding) or best.encoding, rest)
    found = sorted(set(encodings.values()))
    if best.encoding == "unknown" or len(found) > 1:
        finding = _disagreement(found, best, claimed)
    else:
        sentence = _why(found[0], claimed, rest, best.second)
        finding = Finding(found[0], _certainty(best.margin), claimed, sentence)
    return Judgement(finding, encodings)


def _model(encoding: str) -> str:
    """Return what an encoding is called in the scores."""
    return {"latin-1": "cp1252", "utf-8-twice": "utf-8", "utf-8-thrice": "utf-8"}.get(
        encoding, encoding
    )


def _exact(name: str, texts: list[bytes]) -> str:
    """Return Latin-1 for Windows-1252 where it is the same."""
    if name == "cp1252" and not any(_WINDOWS_ONLY.search(text) for text in texts):
        return "latin-1"
    return name


def _is_escaped(text: bytes, claimed: str) -> bool:
    """Return whether escape sequences say which sets are in force."""
    if claimed.startswith("iso54") and _unimarc.ESCAPES.search(text):
        return True
    # Beside characters of UTF-8 a sequence is what a conversion left of MARC-8.
    return bool(_MARC8_ESCAPE.search(text)) and (text.isascii() or not _is_utf8(text))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _likely_utf8(text: bytes, weights: dict[str, float]) -> bool:
    """Return whether a text that is valid UTF-8 is not so by chance."""
    if text.isascii():
        # Escape characters that begin no escape sequence say nothing.
        return "utf-8" in weights or "ascii" in weights
    models = [name for name in weights if name not in ("utf-8", "ascii")]
    if not models:
        return True
    utf8 = _utf8_score([text]) + weights.get("utf-8", 0.0)
    around = _scoring.neighbourhoods(text)
    return all(utf8 >= _scoring.score(around, name) + weights[name] for name in models)


def _mostly_utf8(texts: list[bytes]) -> bool:
    """Return whether more characters are valid UTF-8 than bytes are none."""
    joined = b"\n".join(texts)
    rest, characters = _UTF8_SEQUENCE.subn(b"", joined)
    return characters > len(_HIGH.findall(rest))


def _utf8_score(texts: list[bytes]) -> float:
    """Return how well texts fit UTF-8 that may have been damaged."""
    sequences: set[bytes] = set()
    damage = 0.0
    for text in texts:
        sequences.update(_UTF8_SEQUENCE.findall(text))
        rest = _UTF8_SEQUENCE.sub(b"", text)
        cut_off = _UTF8_CUT_OFF.search(rest)
        if cut_off:
            damage += _UTF8_CUT
            rest = rest[: cut_off.start()]
        damage += _UTF8_DAMAGE * len(_HIGH.findall(rest))
    return _UTF8_CHARACTER * len(sequences) + damage


def _utf8_name(text: bytes) -> str:
    return ("utf-8", "utf-8-twice", "utf-8-thrice")[_twice.layers(text.decode())]


def _agreement(encodings: dict[bytes, str], claimed: str) -> Finding:
    """Return what texts are that are all escaped or valid UTF-8."""
    found = sorted(set(encodings.values()))
    if len(found) > 1:
        return _disagreement(found, None, claimed)
    encoding, texts = found[0], list(encodings)
    if encoding == "utf-8":
        return Finding(encoding, 0.999, claimed, "Every text is valid UTF-8.")
    if encoding.startswith("utf-8"):
        sentence = _twice.evidence(texts, 1 if encoding == "utf-8-twice" else 2)
        return Finding(encoding, _certainty(4.0 + 4.0 * len(texts)), claimed, sentence)
    sentence = f"Texts with escape sequences of {_named(encoding)}."
    return Finding(encoding, 0.99, claimed, sentence)


def _disagreement(found: list[str], best: _Best | None, claimed: str) -> Finding:
    if found == ["unknown"]:
        return Finding("unknown", 0.1, claimed, "No encoding makes text of these bytes.")
    certainty = 0.95 if best is None else min(0.95, _certainty(best.margin))
    sentence = f"Some texts are {', some '.join(map(_named, found))}."
    return Finding("mixed", certainty, claimed, sentence)


def _best(texts: list[bytes], weights: dict[str, float]) -> _Best:
    """Return the one encoding that fits texts best."""
    around = _scoring.neighbourhoods(b"\x1e".join(texts))
    scores = {name: _scoring.score(around, name) for name in _LATIN}
    scores["utf-8"] = _utf8_score(texts)
    runs = {run for text in texts for run in _RUN.findall(text)}
    if sum(map(len, runs)) >= _SCRIPT_BYTES:
        for name in _UNCLAIMED_SCRIPTS:
            scores[name] = _scoring.score(around, name) + _SCRIPT
    for name in weights:
        if name in _scoring.SCRIPTS:
            scores[name] = _scoring.score(around, name)
    totals = {name: score + weights.get(name, 0.0) for name, score in scores.items()}
    # What is claimed wins where it is as good.
    order = sorted(totals, key=lambda name: (totals[name], name in weights), reverse=True)
    best = order[0]
    if best not in weights and scores[best] < _NO_TEXT * _scoring.size(around):
        return _Best("unknown", 0.0, best)
    second = next(name for name in order[1:] if not _same_text(name, best, texts))
    return _Best(best, totals[best] - totals[second], second)


def _same_text(first: str, second: str, texts: list[bytes]) -> bool:
    """Return whether two alphabets of Python's are the same for these bytes."""
    if first not in _UNCLAIMED_SCRIPTS or second not in _UNCLAIMED_SCRIPTS:
        return False
    joined = b"\n".join(texts)
    return joined.decode(first, "replace") == joined.decode(second, "replace")


def _odd(text: bytes, best: str) -> str | None:
    """Return the encoding that fits one text much better than the record's best one, if any."""
    # Of the other encodings only these are found beside each other.
    if best not in ("marc8", "cp1252"):
        return None
    other = "cp1252" if best == "marc8" else "marc8"
    around = _scoring.neighbourhoods(text)
    difference = _scoring.score(around, other) - _scoring.score(around, best)
    return other if difference > _OTHER_THAN_THE_REST else None


def _certainty(margin: float) -> float:
    return round(1.0 - 0.5 * exp(-margin / 4.0), 3)


def _named(encoding: str) -> str:
    return _NAMES.get(encoding, encoding)


def _why(encoding: str, claimed: str, texts: list[bytes], second: str) -> str:
    sample = repr(_sample(max(texts, key=lambda text: len(_HIGH.findall(text)))))
    if encoding == "utf-8":
        return f"Most of it is UTF-8, some bytes are damaged, as in {sample}."
    if encoding == claimed:
        return f"Bytes such as {sample} are likely in {_named(encoding)}."
    return f"Bytes such as {sample} are likelier in {_named(encoding)} than in {_named(second)}."


def _sample(text: bytes) -> bytes:
    """Return what is around the first byte that is not ASCII."""
    high = _HIGH.search(text)
    start = max(0, high.start() - _SAMPLE // 2) if high else 0
    return text[start : start + _SAMPLE]
