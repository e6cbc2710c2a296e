"""Damage, continued: between records, in data, of whole files, over the limits.

`KINDS` are all of them, those of `inject` included.
"""

from __future__ import annotations

from inject import (
    ANY,
    KINDS,
    OPERATORS,
    Damaged,
    Dice,
    damaged,
    length_of,
    on_file,
    on_records,
    put_entry,
    some,
    without_overlap,
)
from sound import (
    LEADER_LENGTH,
    Edit,
    RecordMap,
    Sound,
    Truth,
    as_text,
    build,
    directory_map,
    fields_of,
    is_control,
    map_file,
)

__all__ = ["KINDS", "mixed"]

PRINTABLE = bytes(range(0x20, 0x7F))
HTML = (
    b"<!DOCTYPE html>\r\n<html><head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<h1>502 Bad Gateway</h1><p>The proxy server received an invalid response from an "
    b"upstream server.</p>\r\n<hr><address>Server at 10.0.0.5 Port 8080</address>\r\n"
    b"</body></html>\r\n"
)

# ---------------------------------------------------------------- between records


def between(name: str, alphabet: bytes, low: int, high: int) -> None:
    """Enter a kind: bytes of an alphabet, in front of records and behind the last."""

    def make(sound: Sound, dice: Dice) -> Damaged:
        places = [0, *(record.end for record in sound.records)]
        chosen = dice.sample(places, max(2, len(places) // 7))
        return damaged(
            sound, [Edit(place, place, some(dice, alphabet, low, high)) for place in chosen]
        )

    on_file("between records", name)(make)


between("random bytes", ANY, 1, 300)
between("random bytes, long", ANY, 5_000, 20_000)
between("text", PRINTABLE, 1, 300)
between("digits", b"0123456789", 1, 60)
between("bytes with 0x1D in them", PRINTABLE + 20 * b"\x1d", 1, 200)
between("bytes with 0x1D to 0x1F in them", PRINTABLE + 9 * b"\x1d\x1e\x1f", 1, 200)
between("newline", b"\n", 1, 1)
between("NULs", b"\0", 1, 5_000)
between("spaces", b" ", 1, 80)


def inserted(name: str, content: bytes, at: str) -> None:
    """Enter a kind: these very bytes at the start, at the end, or after some or all records."""

    def make(sound: Sound, dice: Dice) -> Damaged:
        ends = [record.end for record in sound.records]
        places = {
            "start": [0],
            "end": ends[-1:],
            "some": dice.sample(ends, max(1, len(ends) // 7)),
            "all": ends,
        }[at]
        return damaged(sound, [Edit(place, place, content) for place in places])

    on_file("between records", name)(make)


inserted("HTML error page", HTML, "some")
inserted("CR LF after every record", b"\r\n", "all")
inserted("LF after every record", b"\n", "all")
inserted("byte order mark at the start", b"\xef\xbb\xbf", "start")
inserted("byte order marks", b"\xef\xbb\xbf", "some")
inserted("UTF-16 byte order mark at the start", b"\xff\xfe", "start")
inserted("0x1A at the end", b"\x1a", "end")
inserted("0x1A padding at the end", 100 * b"\x1a", "end")
inserted("HTML at the start", HTML, "start")
inserted("five digits", b"00042", "some")


@on_file("between records", "a leader without a record")
def lone_leader(sound: Sound, dice: Dice) -> Damaged:
    chosen = dice.sample(sound.records, max(1, len(sound.records) // 7))
    return damaged(
        sound, [Edit(record.end, record.end, b"00120nam a2200049 a 4500") for record in chosen]
    )


# ---------------------------------------------------------------- stray bytes in data


def in_data(record: RecordMap, dice: Dice) -> int:
    """Return the offset of a byte inside some field, neither its first nor its terminator."""
    long = [entry for entry in record.entries if entry.field_end - entry.field_start > 8]
    entry = dice.choice(long or record.entries)
    return dice.randint(entry.field_start + 3, max(entry.field_start + 3, entry.field_end - 2))


for _byte in (0x1D, 0x1E, 0x1F):

    def stray(sound: Sound, record: RecordMap, dice: Dice, byte: int = _byte) -> list[Edit]:
        place = in_data(record, dice)
        return [Edit(place, place, bytes([byte]))]

    def overwriting(sound: Sound, record: RecordMap, dice: Dice, byte: int = _byte) -> list[Edit]:
        place = in_data(record, dice)
        return [Edit(place, place + 1, bytes([byte]))]

    def counted(sound: Sound, record: RecordMap, dice: Dice, byte: int = _byte) -> list[Edit]:
        """Insert a byte that was in the data before lengths were counted."""
        place = in_data(record, dice)
        edits = [Edit(place, place, bytes([byte]))]
        for entry in record.entries:
            length = entry.field_end - entry.field_start
            if entry.field_start <= place < entry.field_end:
                if length == 9_999:
                    return []
                edits.append(put_entry(entry, length + 1, entry.field_start - record.directory_end))
            elif entry.field_start > place:
                edits.append(put_entry(entry, length, entry.field_start + 1 - record.directory_end))
        size = b"%05d" % (length_of(record) + 1)
        return [*edits, Edit(record.start, record.start + 5, size)]

    on_records("stray terminators", f"0x{_byte:02X} inserted in data")(stray)
    on_records("stray terminators", f"0x{_byte:02X} over a byte of data")(overwriting)
    on_records("stray terminators", f"0x{_byte:02X} in data, lengths right")(counted)


# ---------------------------------------------------------------- truncated, bytes lost


def place_in(record: RecordMap, dice: Dice, part: str) -> int:
    first, last = {
        "leader": (record.start + 1, record.start + LEADER_LENGTH - 1),
        "directory": (record.start + LEADER_LENGTH, record.directory_end - 1),
        "field": (record.directory_end + 1, record.end - 2),
        "end": (record.end - 1, record.end - 1),
    }[part]
    return dice.randint(first, max(first, last))


for _part, _label in (
    ("leader", "in its leader"),
    ("directory", "in its directory"),
    ("field", "in a field"),
    ("end", "before its record terminator"),
):

    def truncated(sound: Sound, record: RecordMap, dice: Dice, part: str = _part) -> list[Edit]:
        return [Edit(place_in(record, dice, part), record.end, b"")]

    on_records("truncated", f"last record, {_label}", last=True)(truncated)
    if _part != "end":
        on_records("truncated", f"a record, {_label}")(truncated)


@on_records("bytes lost", "start of a record")
def start_lost(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return [Edit(record.start, record.start + dice.randint(1, 23), b"")]


@on_records("bytes lost", "leader and part of the directory")
def leader_lost(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return [Edit(record.start, place_in(record, dice, "directory"), b"")]


@on_records("bytes lost", "in the leader")
def lost_in_leader(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    start = dice.randint(1, 20)
    return [Edit(record.start + start, record.start + start + dice.randint(1, 3), b"")]


@on_records("bytes lost", "in data")
def lost_in_data(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = in_data(record, dice)
    return [Edit(place, min(place + dice.randint(1, 100), record.end - 1), b"")]


@on_records("bytes lost", "end of one and start of the next")
def across(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    if record.number + 1 == len(sound.records):
        return None
    after = sound.records[record.number + 1]
    return [Edit(place_in(record, dice, "field"), place_in(after, dice, "directory"), b"")]


# ---------------------------------------------------------------- leader, flipped bytes


@on_records("leader", "bytes above 0x7F")
def leader_high(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    places = dice.sample([*range(5, 12), *range(17, 24)], dice.randint(1, 4))
    return [
        Edit(record.start + place, record.start + place + 1, bytes([dice.randint(0x80, 0xFF)]))
        for place in places
    ]


@on_records("leader", "a character of two bytes")
def leader_longer(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = record.start + dice.choice((5, 6, 7, 8, 17, 18, 19))
    return [Edit(place, place + 1, "é".encode())]


@on_records("leader", "control characters")
def leader_control(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    place = record.start + dice.choice((5, 6, 7, 8, 9, 17, 18, 19, 20, 23))
    return [Edit(place, place + 1, bytes([dice.choice(b"\0\x1d\x1e\x1f\n\t")]))]


def flips(sound: Sound, start: int, end: int, dice: Dice) -> list[Edit]:
    """Return one to five bytes turned into others, half of them by one bit."""
    edits = []
    for place in dice.sample(range(start, end), min(end - start, dice.randint(1, 5))):
        old = sound.data[place]
        one_bit = dice.random() < 0.5
        new = old ^ 1 << dice.randrange(8) if one_bit else (old + dice.randint(1, 255)) % 256
        edits.append(Edit(place, place + 1, bytes([new])))
    return edits


@on_records("flipped bytes", "anywhere")
def flipped(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return flips(sound, record.start, record.end, dice)


@on_records("flipped bytes", "in the leader")
def flipped_leader(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return flips(sound, record.start, record.start + LEADER_LENGTH, dice)


@on_records("flipped bytes", "in the directory")
def flipped_directory(sound: Sound, record: RecordMap, dice: Dice) -> list[Edit] | None:
    return flips(sound, record.start + LEADER_LENGTH, record.directory_end, dice)


# ---------------------------------------------------------------- blocks


def block(sound: Sound, size: int, dice: Dice) -> tuple[int, int]:
    """Return where a block of a file is, at a multiple of its size as on a disk."""
    count = max(1, len(sound.data) // size)
    start = dice.randrange(count) * size
    return start, min(start + size, len(sound.data))


for _size in (512, 4_096):

    def lost(sound: Sound, dice: Dice, size: int = _size) -> Damaged:
        start, end = block(sound, size, dice)
        return damaged(sound, [Edit(start, end, b"")])

    def zeroed(sound: Sound, dice: Dice, size: int = _size) -> Damaged:
        start, end = block(sound, size, dice)
        return damaged(sound, [Edit(start, end, bytes(end - start))])

    def repeated(sound: Sound, dice: Dice, size: int = _size) -> Damaged:
        start, end = block(sound, size, dice)
        copies = {
            record.number: 1
            for record in sound.records
            if record.start < end and record.end > start
        }
        return damaged(sound, [Edit(end, end, sound.data[start:end])], copies)

    on_file("blocks", f"{_size} bytes lost")(lost)
    on_file("blocks", f"{_size} bytes zeroed")(zeroed)
    on_file("blocks", f"{_size} bytes twice")(repeated)


# ---------------------------------------------------------------- whole files translated


def rewritten(sound: Sound, old: bytes, dice: Dice) -> Sound:
    """Return the file with `old` in a field of some records, as sound as before."""
    parts = []
    for record in sound.records:
        raw = sound.bytes_of(record)
        fields = fields_of(raw)
        places = [index for index, (tag, text) in enumerate(fields) if not is_control(tag)]
        if places and dice.random() < 0.3:
            index = dice.choice(places)
            tag, text = fields[index]
            if len(text) < 9_000 and len(raw) < 99_000:
                # Behind the first subfield's code.
                fields[index] = (tag, text[:4] + old + text[4:])
                raw = build(raw[:LEADER_LENGTH], fields)
        parts.append(raw)
    return map_file(b"".join(parts))


def translated(name: str, old: bytes, new: bytes) -> None:
    """Enter a kind: a program took the file for text and replaced something in all of it."""

    def make(sound: Sound, dice: Dice) -> Damaged:
        before = rewritten(sound, old, dice)
        edits, place = [], before.data.find(old)
        while place >= 0:
            edits.append(Edit(place, place + len(old), new))
            place = before.data.find(old, place + len(old))
        return damaged(before, edits)

    on_file("whole file", name)(make)


translated("LF made CR LF", b"\n", b"\r\n")
translated("CR LF made LF", b"\r\n", b"\n")
translated("tabs made spaces", b"\t", b"        ")
translated("NULs dropped", b"\0", b"")


def transcoded(name: str, source: str, target: str) -> None:
    """Enter a kind: the text in another encoding, lengths as they were."""

    def make(sound: Sound, dice: Dice) -> Damaged:
        edits = []
        for record in sound.records:
            for entry in record.entries:
                place = entry.field_start
                text = sound.data[place : entry.field_end].decode(source, "surrogateescape")
                for character in text:
                    old = character.encode(source, "surrogateescape")
                    if not old.isascii():
                        new = character.encode(target, "replace")
                        edits.append(Edit(place, place + len(old), new))
                    place += len(old)
        return damaged(sound, edits)

    on_file("whole file", name)(make)


transcoded("taken for Latin-1, written as UTF-8", "latin-1", "utf-8")
transcoded("written as Latin-1", "utf-8", "latin-1")
transcoded("written as ASCII", "utf-8", "ascii")


# ---------------------------------------------------------------- over the limits


def oversize_fields(dice: Dice, long_fields: bool) -> list[tuple[bytes, bytes]]:
    """Return fields that are longer than a record, or some of them than a field, can be."""
    fields = [(b"001", b"over%06d" % dice.randrange(10**6))]
    fields.append((b"245", b"10\x1faToo much of a good thing %d" % dice.randrange(10**6)))
    if long_fields:
        for _ in range(dice.randint(1, 2)):
            fields.append((b"520", b"  \x1fa" + words(dice, dice.randint(10_000, 30_000))))
    else:
        while sum(len(text) for _, text in fields) < 101_000 + dice.randint(0, 50_000):
            fields.append((b"505", b"0 \x1fa" + words(dice, dice.randint(200, 2_000))))
    fields += [(b"650", b" 0\x1fa" + words(dice, 40)) for _ in range(3)]
    return fields


def words(dice: Dice, length: int) -> bytes:
    found = b""
    while len(found) < length:
        found += b"%x " % dice.getrandbits(dice.choice((16, 24, 32)))
    return found[:length].rstrip() + b"."


def over_limit(how: str, raw: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    """Return a record that `build` cut to its digits with other numbers where they do not fit."""
    record = bytearray(raw)
    if how == "modulo" or (len(raw) <= 99_999 and all(len(text) < 9_999 for _, text in fields)):
        return raw
    digit = {"zeros": b"0", "nines": b"9"}[how]
    if len(raw) > 99_999:
        record[:5] = 5 * digit
    offset = 0
    for index, (_, text) in enumerate(fields):
        place = LEADER_LENGTH + 12 * index
        if len(text) + 1 > 9_999:
            record[place + 3 : place + 7] = 4 * digit
        if offset > 99_999:
            record[place + 7 : place + 12] = 5 * digit
        offset += len(text) + 1
    return bytes(record)


def over(name: str, how: str, long_fields: bool) -> None:
    """Enter a kind: records that no sound file can hold, between sound ones."""

    def make(sound: Sound, dice: Dice) -> Damaged:
        edits, found = [], []
        for record in dice.sample(sound.records, 2):
            fields = oversize_fields(dice, long_fields)
            raw = over_limit(how, build(b"00000nam a2200000 a 4500", fields), fields)
            edits.append(Edit(record.end, record.end, raw))
            found.append((record.end, raw, fields))
        made = damaged(sound, edits)
        for _, raw, fields in found:
            start = made.data.find(raw)
            made.truths.append(
                Truth(
                    *(None, True, frozenset(), frozenset(), (start, start + len(raw))),
                    *(directory_map(raw, 0) is None, 0, as_text(fields)),
                )
            )
        return made

    on_file("over the limits", name)(make)


for _how in ("modulo", "zeros", "nines"):
    over(f"record over 99,999 bytes, {_how}", _how, False)
    over(f"field over 9,999 bytes, {_how}", _how, True)


def mixed(sound: Sound, dice: Dice, rate: float) -> bytes:
    """Return a file with this share of its records damaged, each in a kind of its own."""
    edits: list[Edit] = []
    for record in dice.sample(sound.records, max(1, round(rate * len(sound.records)))):
        operator = dice.choice(OPERATORS)
        made = operator(sound, record, dice)
        if made and without_overlap(sound, edits, made):
            edits += made
    return damaged(sound, edits).data
