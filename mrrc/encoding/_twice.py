"""UTF-8 that was taken for Latin-1 or Windows-1252, and encoded a second time."""

from __future__ import annotations

import re
from unicodedata import combining

# The characters of Windows-1252 that stand for bytes 80-9F; the five bytes that have none remain
# the control characters they are in Latin-1.
_WINDOWS = {
    ord(character): code
    for code in range(0x80, 0xA0)
    if (character := bytes([code]).decode("cp1252", "ignore"))
}
_CONTINUATION = "[\x80-\xbf" + "".join(map(chr, _WINDOWS)) + "]"
_CHARACTER = re.compile(
    f"[\xc2-\xdf]{_CONTINUATION}|[\xe0-\xef]{_CONTINUATION}{{2}}|[\xf0-\xf4]{_CONTINUATION}{{3}}"
)


def _pattern() -> re.Pattern[bytes]:
    """Return what each text that was encoded twice has: a first byte and one that follows it."""
    following = {chr(code) for code in range(0x80, 0xC0)} | set(map(chr, _WINDOWS))
    by_first: dict[bytes, list[bytes]] = {}
    for character in sorted(following):
        encoded = character.encode()
        by_first.setdefault(encoded[:-1], []).append(encoded[-1:])
    choices = [
        re.escape(first) + b"[" + b"".join(map(re.escape, last)) + b"]"
        for first, last in by_first.items()
    ]
    return re.compile(b"\xc3[\x82-\xb4](?:" + b"|".join(choices) + b")")


PATTERN = _pattern()

# Characters that texts have when they were decoded rightly; and control characters that they have
# too, because MARC has them (begin and end of what is not sorted, joiners).
_LIKELY = re.compile(
    "[\xa0-\xff\u0100-\u024f\u02b0-\u02dd\u0300-\u036f\u0370-\u05f4\u0600-\u06ff\u0900-\u0dff"
    "\u0e00-\u0e5b\u10a0-\u11ff\u1e00-\u1fff\u200b-\u2044\u2070-\u209f\u20ac\u2117\u2122"
    "\u3000-\u33ff\u4e00-\u9fff\uac00-\ud7a3\ufe20-\ufe23\uff01-\uffee]"
)
_CONTROL = re.compile("[\x80-\x87\x8a-\x97\x99-\x9b\x9d-\x9f]")
# Signatures of old books are letters, with or without marks, and such figures.
_FIGURES = frozenset("\xb2\xb3\xb9")
_QUOTATION_MARKS = "\xab\xbb"
_ENOUGH = 4
_MORE = 8


def undo(text: str) -> str:
    """Return the text encoded once less, where it was encoded twice; the rest as it is."""
    return _CHARACTER.sub(_undone, text)


def _undone(match: re.Match[str]) -> str:
    data = match[0].translate(_WINDOWS).encode("latin-1")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return match[0]


def layers(text: str) -> int:
    """Return how often a text was encoded too many times: 0, 1 or 2."""
    if not _is_twice(text):
        return 0
    return 2 if _is_twice(undo(text)) else 1


def _is_twice(text: str) -> bool:
    evidence = 0
    for match in _CHARACTER.finditer(text):
        undone = _undone(match)
        if undone == match[0]:
            continue
        evidence += _weight(match, undone)
    if evidence < _ENOUGH:
        return False
    return evidence >= _MORE or _CHARACTER.sub("", text).isascii()


def _weight(match: re.Match[str], undone: str) -> int:
    """Return how much one such character speaks for it."""
    text = match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    short = len(match[0]) == 2
    # A capital letter inside a word: no language writes so.
    inside = short and before.islower()
    if _FIGURES.issuperset(match[0][1:]) and not inside:
        return 0
    if not _LIKELY.match(undone):
        return 2 if _CONTROL.search(match[0]) else -4
    if not short or _CONTROL.search(match[0]):
        return 8
    # Nor a symbol before a letter.
    if inside or after.isalpha():
        return 6
    if before.isupper():
        return 4 if combining(undone) and match[0][1] not in _QUOTATION_MARKS else 1
    return 4


def evidence(texts: list[bytes], depth: int) -> str:
    """Return a sentence that shows one text, as it is and as it was."""
    for data in texts:
        text = data.decode()
        match = _CHARACTER.search(text)
        if match:
            start = max(0, match.start() - 10)
            sample = text[start : match.end() + 10]
            undone = undo(sample) if depth == 1 else undo(undo(sample))
            return f"{sample!r} is {undone!r} encoded {depth + 1} times."
    return "Characters that stand for bytes of UTF-8."
