"""Records as bytes, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

CHUNK = 1 << 20


def records_of(path: Path) -> Iterator[bytes]:
    """Yield the records of a sound file."""
    with path.open("rb") as handle:
        rest = b""
        while chunk := handle.read(CHUNK):
            *whole, rest = (rest + chunk).split(b"\x1d")
            for raw in whole:
                yield raw + b"\x1d"


class Parts(NamedTuple):
    """A record's leader, and its fields as tags and bytes without the field terminator."""

    leader: bytes
    fields: list[tuple[bytes, bytes]]


def take_apart(raw: bytes) -> Parts:
    """Return the parts of a sound record."""
    base = int(raw[12:17])
    fields = []
    for at in range(24, base - 1, 12):
        length, offset = int(raw[at + 3 : at + 7]), int(raw[at + 7 : at + 12])
        fields.append((raw[at : at + 3], raw[base + offset : base + offset + length - 1]))
    return Parts(raw[:24], fields)


def put_together(parts: Parts) -> bytes | None:
    """Return the record; None if it or a field became too long."""
    directory, body = bytearray(), bytearray()
    for tag, data in parts.fields:
        if len(data) + 1 > 9999:
            return None
        directory += b"%s%04d%05d" % (tag, len(data) + 1, len(body))
        body += data + b"\x1e"
    base = 24 + len(directory) + 1
    if base + len(body) + 1 > 99999:
        return None
    head = b"%05d%s%05d%s" % (base + len(body) + 1, parts.leader[5:12], base, parts.leader[17:24])
    return head + bytes(directory) + b"\x1e" + bytes(body) + b"\x1d"


def with_claim(parts: Parts, claim: bytes) -> Parts:
    """Return the parts with another leader position 9."""
    return Parts(parts.leader[:9] + claim + parts.leader[10:], parts.fields)


def map_texts(data: bytes, change: Callable[[bytes], bytes | None]) -> bytes | None:
    """Return a field's bytes with each text above ASCII changed; None if one could not be."""
    changed = []
    for number, part in enumerate(data.split(b"\x1f")):
        if part.isascii():
            changed.append(part)
            continue
        code, text = (part[:1], part[1:]) if number else (b"", part)
        new = change(text)
        if new is None:
            return None
        changed.append(code + new)
    return b"\x1f".join(changed)


def non_ascii_texts(raw: bytes) -> list[str]:
    """Return the texts above ASCII of a UTF-8 record's subfields and control fields."""
    body = raw[int(raw[12:17]) :]
    if body.isascii():
        return []
    texts = []
    for field in body.split(b"\x1e"):
        for number, part in enumerate(field.split(b"\x1f")):
            if not part.isascii():
                texts.append((part[1:] if number else part).decode())
    return texts
