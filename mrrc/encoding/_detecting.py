"""What the encoding of a record really is: what it claims, and what its texts are."""

from __future__ import annotations

import re

from mrrc.encoding import _judging, _twice, _unimarc
from mrrc.encoding._finding import Finding

_ESCAPE = b"\x1b"
_CONTROL = re.compile(rb"[\x00-\x1a\x1c\x7f]")
_BASE_ADDRESS = re.compile(rb"[0-9]{5}")


def needs_look(raw: bytes) -> bool:
    """Return whether a record may be something else than its leader claims.

    False is sure: by what `detect` finds, every text would be the same as by leader position 9. It
    takes about a microsecond.

    >>> needs_look(b"00045nam a2200037 a 4500245000700000\\x1e10\\x1faA\\xc3\\xa9\\x1e\\x1d")
    False
    """
    if raw.isascii():
        # MARC-8 drops control characters, other sets keep them.
        return _ESCAPE in raw or (raw[9:10] != b"a" and _CONTROL.search(raw) is not None)
    if raw[9:10] != b"a" or _ESCAPE in raw:
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return True
    return _twice.PATTERN.search(raw) is not None


def detect(raw: bytes, *, usual: str | None = None) -> Finding:
    """Return what the encoding of a record really is.

    `raw` is one ISO 2709 record of sound structure. The claim is believed unless the evidence is
    against it; the leader and the directory are no evidence. `usual` is the encoding that other
    records of the same file were found to have: it is then as likely beforehand as the claimed one,
    so that a single letter decides where the claim would have stood.

    >>> raw = b"00050nam  2200037 a 4500245001000000\\x1e10\\x1faRen\\xe9e\\x1e\\x1d"
    >>> detect(raw).encoding, detect(raw, usual="latin-1").encoding
    ('marc8', 'latin-1')
    """
    claimed, weight = _claim(raw)
    body = _body(raw)
    if body.isascii() and _ESCAPE not in body:
        return Finding(claimed, 1.0, claimed, "Every character is ASCII.")
    return _judging.judge(_texts(body), claimed, weight, usual).finding


def detect_texts(raw: bytes, *, usual: str | None = None) -> dict[bytes, str]:
    """Return the encoding of each text of a record, for records that are mixed.

    A text is the bytes of a subfield (without its code) or of a control field; those in plain ASCII
    are left out. Parameters as for `detect`.
    """
    claimed, weight = _claim(raw)
    texts = _texts(_body(raw))
    return _judging.judge(texts, claimed, weight, usual).encodings if texts else {}


def detect_text(data: bytes, claimed: str) -> Finding:
    """Return what the encoding of one subfield or control field is.

    >>> detect_text(b"Caf\\xe2e", "utf-8").encoding
    'marc8'
    """
    if data.isascii() and _ESCAPE not in data:
        return Finding(claimed, 1.0, claimed, "Every character is ASCII.")
    return _judging.judge([data], claimed, _judging.CLAIM, None).finding


def _body(raw: bytes) -> bytes:
    """Return the fields, from the base address on."""
    if _BASE_ADDRESS.fullmatch(raw, 12, 17):
        return raw[int(raw[12:17]) :]
    return raw[raw.find(b"\x1e") + 1 :]


def _claim(raw: bytes) -> tuple[str, float]:
    """Return what a record says its encoding is, and how much that is worth."""
    if raw[9:10] == b"a":
        return "utf-8", _judging.CLAIM
    if _unimarc.MARK in raw:
        base = len(raw) - len(_body(raw))
        for start in range(24, base - 12, 12):
            length, offset = raw[start + 3 : start + 7], raw[start + 7 : start + 12]
            if raw[start : start + 3] == b"100" and length.isdigit() and offset.isdigit():
                first = base + int(offset)
                found = _unimarc.claimed(raw[first : first + int(length)])
                if found is not None:
                    return found, _judging.UNIMARC_CLAIM
    return "marc8", _judging.CLAIM


def _texts(body: bytes) -> list[bytes]:
    """Return the texts that are not plain ASCII, each once: subfields, control fields."""
    found: dict[bytes, None] = {}
    for field in body.split(b"\x1e"):
        if field.isascii() and _ESCAPE not in field:
            continue
        first, *subfields = field.split(b"\x1f")
        if not first.isascii() or _ESCAPE in first:
            found[first] = None
        for subfield in subfields:
            if not subfield.isascii() or _ESCAPE in subfield:
                # The code is no neighbour of the text's first letter.
                found[subfield[1:] if subfield[0] < 0x80 else subfield] = None
    return list(found)
