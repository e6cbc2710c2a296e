"""Where records begin and end, by both engines."""

from __future__ import annotations

import io
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given

from mrrc import Record
from mrrc._pure.claims import is_credible, is_surely_as_claimed
from mrrc._pure.scan import BETWEEN, RECORD, UNREAD, WINDOW
from mrrc.encoding import needs_look
from tests.parity.comparing import Engines, agree, outcome
from tests.parity.damaging import damaged_file, files, random_bytes, sound_record
from tests.property.strategies import ANY_RECORDS, FAST, OTHER_RECORDS, PlainField, encode
from tests.shared import needs_shared, real_iso2709_files
from tests.unit.encodings import titled, unimarc

FILES = files()
ONE = sound_record(random.Random(3))
OPTIONS: list[tuple[object, object]] = [
    (False, "iso8859-1"), (True, "iso8859-1"), (False, "latin-1"), (False, "no such codec"),
    (False, None), ([], "utf-8"),
]  # fmt: skip


def frames(engine: Any, data: bytes) -> list[tuple[int, int]]:
    """What the data are, from the beginning to the end."""
    found, start = [], 0
    while (frame := engine.next_frame(data, start, True)) is not None:
        assert frame[1] > start
        found.append(frame)
        start = frame[1]
    assert start == len(data)
    return found


def check_tiles(engines: Engines, data: bytes) -> list[tuple[int, int]]:
    pure, extension = (frames(engine, data) for engine in engines)
    assert extension == pure
    return pure


@pytest.mark.parametrize("data", FILES, ids=range(len(FILES)))
def test_every_start_in_the_files(engines: Engines, data: bytes) -> None:
    check_tiles(engines, data)
    for start in range(0, len(data) + 2, 1 + len(data) // 300):
        agree(engines, "next_frame", data, start, True)
        agree(engines, "next_frame", data, start, False)
        agree(engines, "next_sound", data, start, False, "iso8859-1")


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files(engines: Engines, seed: int) -> None:
    dice = random.Random(seed)
    kinds = [kind for _ in range(400) for kind, _ in check_tiles(engines, damaged_file(dice))]
    assert all(kinds.count(kind) > 50 for kind in (RECORD, BETWEEN, UNREAD))


def test_every_start_in_damaged_files(engines: Engines) -> None:
    pure, extension = engines
    dice = random.Random("starts")
    for _ in range(40):
        data = damaged_file(dice)
        for start in range(len(data)):
            expected = pure.next_frame(data, start, True)
            assert extension.next_frame(data, start, True) == expected


def test_random_bytes(engines: Engines) -> None:
    dice = random.Random("random")
    for _ in range(4_000):
        check_tiles(engines, random_bytes(dice))


def test_entries_in_every_combination(engines: Engines) -> None:
    """Few kinds of part in any order, so that each condition is met from both sides."""
    parts = [
        b"00087nam a2200049 a 4500", b"     nam a22      a 4500", b"00000nam a2200000",
        b"001000300000", b"245000500003", b"650000500008", b"00A000x00000", b"\x1e", b"\x1d",
        b"10\x1fab\x1e", b"id\x1e", b" ", b"\n", b"\xef\xbb\xbf", b"\xef\xbb", b"x", b"5",
    ]  # fmt: skip
    dice = random.Random("parts")
    for _ in range(8_000):
        data = b"".join(dice.choices(parts, k=dice.randrange(1, 14)))
        check_tiles(engines, data)


@needs_shared
@pytest.mark.parametrize("path", real_iso2709_files(), ids=lambda path: path.name)
def test_real_files(engines: Engines, path: Path) -> None:
    data = path.read_bytes()[:100_000]
    check_tiles(engines, data)
    dice = random.Random(path.name)
    for _ in range(10):
        agree(engines, "next_frame", data, dice.randrange(len(data) + 1), True)


# -- windows -----------------------------------------------------------------------------------

LARGE = {
    "records": ONE * (2 * WINDOW // len(ONE)),
    "blanks": b" " * WINDOW + ONE * 100,
    "junk": b"junk " * (WINDOW // 5) + ONE * 100,
    "no terminators": ONE.replace(b"\x1d", b"") * 30_000,
    "record terminators": b"x" + b"\x1d" * (WINDOW + 20) + ONE,
    "field terminators": ONE[:-1] + b"\x1e" * (WINDOW + 20) + ONE,
    "entries": ONE[:24] + b"245000500000" * (WINDOW // 12) + b"\x1e" + ONE,
    "long run in a record": ONE[:100] + b"\x1d" * 100_000 + b"x" + ONE,
}


@pytest.mark.parametrize("name", LARGE)
def test_more_than_a_window(engines: Engines, name: str) -> None:
    data = LARGE[name]
    ends = len(data) - WINDOW
    for start, final in [(0, False), (ends, False), (ends + 1, False), (ends + 1, True)]:
        if start >= 0:
            _, frame = agree(engines, "next_frame", data, start, final)
            assert (frame is not None) is (final or start <= ends)


def test_what_follows_the_window_does_not_matter(engines: Engines) -> None:
    dice = random.Random("window")
    head = b"".join(damaged_file(dice) for _ in range(40)) + b"x" * WINDOW
    for start in dice.sample(range(20_000), 60):
        more = agree(engines, "next_frame", head + ONE * 3, start, True)
        window = agree(engines, "next_frame", head[: start + WINDOW], start, False)
        assert more == window


def next_frame(engines: Engines, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
    agree(engines, "next_frame", data, start, final)
    found: tuple[int, int] | None = engines[0].next_frame(data, start, final)
    return found


def test_a_record_that_ends_by_its_length_needs_no_window(engines: Engines) -> None:
    for behind in (b"", b"x", ONE[:30], ONE):
        assert next_frame(engines, ONE + behind, 0, False) == (RECORD, len(ONE))
    for data in (
        ONE[:-1],
        b"x" + ONE,
        b"00000" + ONE[5:] + ONE,
        ONE[:40] + b"\x1d" + ONE[41:] + ONE,
        ONE[:5] + b" " * 19 + ONE[24:] + ONE,
    ):
        assert next_frame(engines, data, 0, False) is None


def test_what_is_found_without_a_window_is_what_is_found_with_it(engines: Engines) -> None:
    dice = random.Random("no window")
    found = 0
    for _ in range(400):
        data = damaged_file(dice)
        start = 0
        while start < len(data):
            early = next_frame(engines, data[: dice.randrange(start, len(data)) + 1], start, False)
            late = next_frame(engines, data + b"x" * 200, start, True)
            assert late is not None
            assert early in (None, late)
            found += early is not None
            start = late[1]
    assert found > 100


# -- sound records -----------------------------------------------------------------------------


@FAST
@given(ANY_RECORDS)
@example(encode([PlainField("24\x1e", None, (" ", " "))]))
@example(encode([PlainField("2\x7f4", None, (" ", " "))]))
@example(encode([PlainField("245", None, (" ", " "), ((" ", "x"),))]))
@example(encode([PlainField("001", "x\x1f y")]))
@example(encode([PlainField("001", "x")], "nam\x7fa22"))
def test_next_sound(engines: Engines, raw: bytes) -> None:
    for start, data in [(0, raw), (2, b"12" + raw + ONE), (0, raw[:-1])]:
        for options in OPTIONS[:3]:
            agree(engines, "next_sound", data, start, *options)


def is_regular(raw: bytes) -> bool:
    """Whether leader, tags and subfield codes of a plain record are what they should be."""
    base = int(raw[12:17])
    tags = b"".join(raw[at : at + 3] for at in range(24, base - 1, 12))
    codes = b"".join(piece[:1] for piece in raw.split(b"\x1f")[1:])
    return (
        all(0x20 <= byte < 0x7F for byte in raw[:24])
        and tags.isalnum()
        and all(0x20 < byte < 0x7F for byte in codes)
    )


@FAST
@given(OTHER_RECORDS)
def test_next_sound_transcodes(engines: Engines, raw: bytes) -> None:
    for options in OPTIONS:
        _, found = agree(engines, "next_sound", b"x" + raw + ONE, 1, *options)
        _, expected = outcome(engines[0].read_record, raw, *options)
        if expected is None or not is_regular(raw):
            assert found is None
        else:
            assert found == [(Record, expected), (int, 1 + len(raw))]


@FAST
@given(OTHER_RECORDS)
def test_next_sound_with_a_look_at_the_encoding(engines: Engines, raw: bytes) -> None:
    data = b"x" + raw + ONE
    _, expected = agree(engines, "next_sound", data, 1, False, "iso8859-1")
    for name, is_believed in (("auto", is_surely_as_claimed), ("checked", is_credible)):
        _, found = agree(engines, "next_sound", data, 1, False, name)
        assert found == (expected if is_believed(raw) else None)
        # Who says that it is UTF-8 is believed.
        agree(engines, "next_sound", data, 1, True, name)
    assert not (is_surely_as_claimed(raw) and (needs_look(raw) or not is_credible(raw)))


@pytest.mark.parametrize(
    ("coding", "text", "is_sure", "has_no_doubt"),
    [
        ("a", "Grüße, é – a\u0301 日本", True, True),
        ("a", "GrÃ¼ÃŸe", False, False),
        ("a", "x\x1b(B", False, False),
        (" ", "Title", True, True),
        (" ", "Ti\x01tle", False, True),
        (" ", "Ti\x1b(Btle", False, True),
        (" ", b"\xe2e", False, True),
        (" ", "é", False, False),
        # One text of several.
        (" ", b"\xe2e\x1fb\xc3\xa9", False, False),
    ],
)
def test_what_needs_no_look_at_its_encoding(
    engines: Engines, coding: str, text: str | bytes, is_sure: bool, has_no_doubt: bool
) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    raw = titled(content, coding)
    assert is_surely_as_claimed(raw) is is_sure
    assert is_credible(raw) is has_no_doubt
    assert is_sure is not needs_look(raw)
    for engine in engines:
        for name, is_believed in (("auto", is_sure), ("checked", has_no_doubt)):
            assert (engine.next_sound(raw, 0, False, name) is not None) is is_believed
            for ask in ("next_record", "take_run"):
                stream = engine.RecordStream(io.BytesIO(raw + ONE), sound=True)
                target = ("marc",) if ask == "take_run" else ()
                found = getattr(stream, ask)(*target, False, name)
                assert (found is not None) is is_believed


def test_unimarc_names_its_sets_elsewhere(engines: Engines) -> None:
    raw = unimarc(b"Titl\xe2e", "0103")
    assert not is_credible(raw)
    for engine in engines:
        assert engine.next_sound(raw, 0, False, "iso8859-1") is not None
        assert engine.next_sound(raw, 0, False, "checked") is None


def test_next_sound_needs_the_whole_record(engines: Engines) -> None:
    for size in range(len(ONE) + 3):
        _, found = agree(engines, "next_sound", ONE[:size], 0, False, "iso8859-1")
        assert (found is not None) is (size >= len(ONE))
    for start in (0, 1, len(ONE) - 1, len(ONE), len(ONE) + 1, 1 << 40):
        _, found = agree(engines, "next_sound", ONE + ONE, start, False, "iso8859-1")
        assert (found is not None) is (start in (0, len(ONE)))


def test_sound_records_are_frames(engines: Engines) -> None:
    dice = random.Random("sound")
    records = [sound_record(dice) for _ in range(300)]
    data = b"".join(records)
    ends = [0]
    for record in records:
        ends.append(ends[-1] + len(record))
    assert check_tiles(engines, data) == [(RECORD, end) for end in ends[1:]]
    for engine in engines:
        for start, end in pairwise(ends):
            assert engine.next_sound(data, start, False, "iso8859-1")[1] == end
