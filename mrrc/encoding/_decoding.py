"""Bytes to text, by all the names that detection gives, and those of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mrrc import _engine, marc8
from mrrc._pure.marc8 import ANSEL, BASIC_LATIN
from mrrc.encoding import _twice, _unimarc

if TYPE_CHECKING:
    from typing import Literal

# Python's error handlers. Lone surrogates U+DC80 to U+DCFF stand for bytes that were kept.
_HANDLERS = {"strict": "strict", "keep": "surrogateescape", "replace": "replace"}
_UNIMARC_SETS = frozenset(("iso5426", "iso5427", "iso5427-ext", "iso5428"))
_LAYERS = {"utf-8-twice": 1, "utf-8-thrice": 2}


def decode(
    data: bytes, encoding: str, errors: Literal["strict", "keep", "replace"] = "strict"
) -> str:
    """Return the text of bytes in an encoding that `detect` names, or that Python knows.

    A byte that is no character raises UnicodeDecodeError ("strict"), becomes the lone surrogate
    U+DC00 plus the byte ("keep"), or U+FFFD ("replace"). The text is in NFC where the encoding has
    marks before their letter (MARC-8 and the sets of UNIMARC), else as it is. Raises LookupError
    for a name that is no encoding, such as "mixed" and "unknown".

    >>> decode("Café".encode().decode("cp1252").encode(), "utf-8-twice")
    'Café'
    """
    handler = _HANDLERS[errors]
    if encoding == "marc8":
        return _decode_marc8(data, errors)
    if encoding in _UNIMARC_SETS:
        return _unimarc.decode(data, encoding, errors)
    if encoding in _LAYERS:
        text = data.decode("utf-8", handler)
        for _ in range(_LAYERS[encoding]):
            text = _twice.undo(text)
        return text
    return data.decode(encoding, handler)


def _decode_marc8(data: bytes, errors: Literal["strict", "keep", "replace"]) -> str:
    # The engine is quick, but drops marks that nothing follows, and fails at cut escape sequences.
    if b"\x1b" not in data and b" " <= data[-1:] <= b"~":
        text, _, _, notes = _engine.decode_marc8(data, BASIC_LATIN, ANSEL)
        if not notes:
            return text
    return marc8.decode_keeping(data, errors)[0]
