"""Records of known text in wrong, old and mixed encodings."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from encoders import encode
from records import Parts, map_texts, put_together, take_apart, with_claim

from mrrc.encoding import Finding, decode, detect_texts

# The benchmarks of speed have the same records.
SPEED = Path(__file__).resolve().parents[1] / "python"
ALL = 250_000
# Position 26 says ISO 646 and ISO 5426.
_UNIMARC_100 = b"  \x1fa20160101d2016    m  y0engy0103    ba"


class Made(NamedTuple):
    """A record, the texts above ASCII that it should be read as, and what its file usually is."""

    raw: bytes
    texts: list[str]
    usual: str | None = None


Change = Callable[[bytes], "bytes | None"]


def library_of_congress() -> Path:
    """Return the file of the Library of Congress's records, fetched and cut out once."""
    sys.path.append(str(SPEED))
    data = importlib.import_module("data")
    cache: Path = data.cache()
    target = cache / "records.utf8.mrc"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        sdist = data.fetch(cache)
        if sdist is None:
            raise SystemExit("no network: name a file of records in UTF-8")
        target.write_bytes(data.cut(sdist, ALL))
    return target


def claim_of(raw: bytes) -> str:
    """Return what leader position 9 says."""
    return "utf-8" if raw[9:10] == b"a" else "marc8"


def raw_texts(raw: bytes) -> list[bytes]:
    """Return the texts that are not plain ASCII, in order."""
    return [
        part[1:] if number else part
        for _, field in take_apart(raw).fields
        for number, part in enumerate(field.split(b"\x1f"))
        if not part.isascii() or b"\x1b" in part
    ]


def texts_as_found(made: Made, finding: Finding) -> list[str]:
    """Return the texts, read by what was found."""
    texts = []
    mixed = {}
    if finding.encoding == "mixed":
        mixed = detect_texts(made.raw, usual=made.usual)
    for text in raw_texts(made.raw):
        encoding = mixed.get(text, finding.encoding)
        if encoding == "unknown":
            encoding = finding.claimed
        texts.append(normalize("NFC", decode(text, encoding, "keep")))
    return texts


def to(encoding: str) -> Change:
    """Return the change of a text in UTF-8 to another encoding."""
    return lambda text: encode(text.decode(), encoding)


def twice(text: bytes, windows: bool) -> bytes | None:
    """Return a text in UTF-8 encoded once more, through Latin-1 or through Windows-1252."""
    if not windows:
        return text.decode("latin-1").encode()
    try:
        return text.decode("cp1252").encode()
    except UnicodeDecodeError:
        return None


def _texts(parts: Parts) -> list[str]:
    return [
        normalize("NFC", (part[1:] if number else part).decode())
        for _, field in parts.fields
        for number, part in enumerate(field.split(b"\x1f"))
        if not part.isascii()
    ]


def whole(raw: bytes, _random: random.Random, change: Change, claim: bytes) -> Made | None:
    """Return the record with every text changed."""
    parts = take_apart(raw)
    fields = [(tag, map_texts(field, change)) for tag, field in parts.fields]
    return _made(parts, fields, claim)


def in_file(raw: bytes, chance: random.Random, change: Change, usual: str) -> Made | None:
    """Return the record with every text changed, in a file that usually is something else."""
    made = whole(raw, chance, change, b" ")
    return None if made is None else made._replace(usual=usual)


def _made(parts: Parts, fields: list[tuple[bytes, bytes | None]], claim: bytes) -> Made | None:
    changed = [(tag, field) for tag, field in fields if field is not None]
    if len(changed) < len(fields):
        return None
    made = put_together(with_claim(Parts(parts.leader, changed), claim))
    return None if made is None else Made(made, _texts(parts))


def windows_only(raw: bytes, chance: random.Random, claim: bytes) -> Made | None:
    """Return the record in Windows-1252 if Latin-1 would not do."""
    made = whole(raw, chance, to("cp1252"), claim)
    if made is None or whole(raw, chance, to("latin-1"), claim) is not None:
        return None
    return made


def some(raw: bytes, chance: random.Random, change: Change, claim: bytes) -> Made | None:
    """Return the record with some of its fields above ASCII changed, but not all."""
    parts = take_apart(raw)
    able = []
    for number, (_, field) in enumerate(parts.fields):
        if not field.isascii():
            changed = map_texts(field, change)
            if changed is not None and changed != field:
                able.append(number)
    above = sum(not field.isascii() for _, field in parts.fields)
    if not able or above < 2:
        return None
    chosen = set(chance.sample(able, chance.randint(1, min(len(able), above - 1))))
    fields = [
        (tag, map_texts(field, change) if number in chosen else field)
        for number, (tag, field) in enumerate(parts.fields)
    ]
    return _made(parts, fields, claim)


def unimarc(raw: bytes, chance: random.Random) -> Made | None:
    """Return the record in ISO 5426, with a field 100 of UNIMARC that says so."""
    parts = take_apart(raw)
    kept = [(tag, field) for tag, field in parts.fields if tag != b"100"]
    if all(field.isascii() for _, field in kept):
        return None
    first = sum(tag < b"100" for tag, _ in kept)
    kept.insert(first, (b"100", _UNIMARC_100))
    with_100 = put_together(Parts(parts.leader, kept))
    return None if with_100 is None else whole(with_100, chance, to("iso5426"), b" ")


KINDS: dict[str, Callable[[bytes, random.Random], Made | None]] = {
    "UTF-8, claim a": partial(whole, change=bytes, claim=b"a"),
    "UTF-8 in NFC, claim a": partial(whole, change=to("utf-8"), claim=b"a"),
    "UTF-8, claim blank": partial(whole, change=bytes, claim=b" "),
    "MARC-8, claim blank": partial(whole, change=to("marc8"), claim=b" "),
    "MARC-8, claim a": partial(whole, change=to("marc8"), claim=b"a"),
    "Latin-1, claim blank": partial(whole, change=to("latin-1"), claim=b" "),
    "Latin-1, claim blank, others are Latin-1": partial(
        in_file, change=to("latin-1"), usual="latin-1"
    ),
    "MARC-8, claim blank, others are Latin-1": partial(
        in_file, change=to("marc8"), usual="latin-1"
    ),
    "Latin-1, claim a": partial(whole, change=to("latin-1"), claim=b"a"),
    "Windows-1252, claim blank": partial(windows_only, claim=b" "),
    "Windows-1252, claim a": partial(windows_only, claim=b"a"),
    "UTF-8 twice by Latin-1, claim a": partial(
        whole, change=partial(twice, windows=False), claim=b"a"
    ),
    "UTF-8 twice by Windows-1252, claim a": partial(
        whole, change=partial(twice, windows=True), claim=b"a"
    ),
    "some fields twice, claim a": partial(some, change=partial(twice, windows=False), claim=b"a"),
    "some fields MARC-8, claim a": partial(some, change=to("marc8"), claim=b"a"),
    "some fields Latin-1, claim a": partial(some, change=to("latin-1"), claim=b"a"),
    "some fields UTF-8 kept, claim blank": partial(some, change=to("marc8"), claim=b" "),
    "ISO 5426, UNIMARC 100 $a": unimarc,
}
