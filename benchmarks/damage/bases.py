"""The sound files that are damaged: real and generated records of several kinds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

import data
import generate
import sound
from shared_files import real_path

REAL_BOOKS = "lc__BooksAll2016p01_000001-005000.mrc"
REAL_MARC8 = data.REAL_MARC8
POOL = 1_500


class Base(NamedTuple):
    """A kind of records."""

    name: str
    label: str
    size: int
    """How many of them make a file."""
    pool: Callable[[], list[bytes]]


def shared(name: str) -> bytes | None:
    """Return a real file of the shared material, or None where there is none."""
    path = real_path("real", name)
    return None if path is None else path.read_bytes()


def distinct(records: list[bytes]) -> list[bytes]:
    """Return the records that have a control number of their own."""
    seen: dict[bytes, bytes] = {}
    for record in records:
        for tag, content in sound.fields_of(record):
            if tag == b"001" and len(content.strip()) >= 4:
                seen.setdefault(content.strip(), record)
                break
    return list(seen.values())


def books() -> list[bytes]:
    real = shared(REAL_BOOKS)
    if real is None:
        sdist = data.fetch(data.cache())
        real = generate.generate(POOL) if sdist is None else data.cut(sdist, POOL)
    return distinct(sound.sound_records(real))


def marc8() -> list[bytes]:
    real = shared(REAL_MARC8) or generate.generate(POOL, marc8=True)
    return distinct(sound.sound_records(real))


def scripts() -> list[bytes]:
    found = distinct(sound.sound_records(generate.generate(POOL)))
    return [record for record in found if not record.isascii()]


WORDS = "stone river glass harvest winter letter atlas garden signal copper".split()


def small() -> list[bytes]:
    """Records of a control number and a title, some 80 bytes each."""
    dice = random.Random("small")
    found = []
    for number in range(POOL):
        title = f"10\x1fa{dice.choice(WORDS)} {dice.choice(WORDS)} {number}"
        fields = [(b"001", b"s%06d" % number), (b"245", title.encode())]
        found.append(sound.build(b"00000nam a2200000 a 4500", fields))
    return found


def prose(dice: random.Random, length: int) -> str:
    words: list[str] = []
    while length > 0:
        words.append(dice.choice(WORDS))
        length -= len(words[-1]) + 1
    return " ".join(words)


def big() -> list[bytes]:
    """Records of 5 to 95 KB: hundreds of fields, some of them close to the limit."""
    dice = random.Random("big")
    found = []
    for number in range(120):
        fields = [(b"001", b"b%06d" % number)]
        room = dice.choice((5_000, 20_000, 20_000, 60_000, 95_000)) - 2_000
        part = 0
        while room > 0:
            part += 1
            length = min(dice.choice((40, 80, 200, 1_000, 9_900)), room + 10)
            text = f" 0\x1fa{number}.{part} {prose(dice, length)}"[:9_950]
            fields.append((dice.choice((b"505", b"520", b"650", b"700")), text.encode()))
            room -= len(text) + sound.ENTRY_LENGTH + 1
        found.append(sound.build(b"00000nam a2200000 a 4500", fields))
    return [record for record in found if sound.is_sound(record)]


BASES = (
    Base("books", "Library of Congress, UTF-8", 40, books),
    Base("marc8", "a university library, MARC-8", 40, marc8),
    Base("scripts", "generated, many scripts, UTF-8", 40, scripts),
    Base("small", "generated, 80 bytes", 60, small),
    Base("big", "generated, 5 to 95 KB", 6, big),
)


def files(base: Base, seeds: int) -> Iterator[sound.Sound]:
    """Yield one sound file for each seed, from other records each time."""
    pool = base.pool()
    for seed in range(seeds):
        dice = random.Random(f"{base.name}/{seed}")
        yield sound.map_file(b"".join(dice.sample(pool, base.size)))
