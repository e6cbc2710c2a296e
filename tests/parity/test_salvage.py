"""What can be read of a damaged record, by both engines."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given

from mrrc.problems import CODES
from tests.parity.comparing import Engines, agree
from tests.parity.damaging import damaged, damaged_file, files, random_bytes, sound_record
from tests.property.strategies import FAST, damaged_records
from tests.shared import needs_shared, real_iso2709_files

LEADER = b"00000nam a2200000 a 4500"


def check(engines: Engines, raw: bytes) -> set[str]:
    """Compare what both make of the bytes, and return the codes of the problems."""
    pure, extension = engines
    expected = pure.salvage_record(raw)
    assert extension.salvage_record(raw) == expected
    return {problem[0] for problem in expected[3]}


def frames(engine: ModuleType, data: bytes) -> list[bytes]:
    """The bytes of all that `next_frame` finds."""
    found, start = [], 0
    while (frame := engine.next_frame(data, start, True)) is not None:
        found.append(data[start : frame[1]])
        start = frame[1]
    return found


def test_every_code_is_met_and_known(engines: Engines) -> None:
    dice = random.Random("codes")
    met: set[str] = set()
    for _ in range(8_000):
        met |= check(engines, damaged(sound_record(dice), dice))
    met |= check(engines, LEADER + b"245000500000\x1e10\x1fa" + b"x" * 100_000 + b"\x1e\x1d")
    # A record without fields is unreadable as a whole, and is reported as that.
    assert met <= set(CODES)
    assert len(met) == 28


def test_types(engines: Engines) -> None:
    raw = damaged(sound_record(random.Random(1)), random.Random(2))
    _, found = agree(engines, "salvage_record", raw)
    assert found[3][1], "there are problems"
    agree(engines, "salvage_record", b"")


def test_frames_of_damaged_files(engines: Engines) -> None:
    dice = random.Random("frames")
    for _ in range(800):
        for frame in frames(engines[1], damaged_file(dice)):
            check(engines, frame)


def test_files_in_data(engines: Engines) -> None:
    for data in files():
        for frame in frames(engines[1], data):
            check(engines, frame)


def test_random_bytes(engines: Engines) -> None:
    dice = random.Random("random")
    for _ in range(10_000):
        check(engines, random_bytes(dice))


def test_every_byte_lost_and_every_length(engines: Engines) -> None:
    raw = sound_record(random.Random(11))
    for at in range(len(raw) + 1):
        for bad in (raw[:at], raw[at:], raw[:at] + raw[at + 1 :], raw[:at] + b"\x1e" + raw[at:]):
            check(engines, bad)


def test_every_byte_of_leader_and_directory_as_any(engines: Engines) -> None:
    raw = sound_record(random.Random(4))
    for at in range(raw.index(b"\x1e") + 4):
        for byte in b"\x00\x1d\x1e\x1f\x1c 019:Az~\x7f\x80\xe9\xff":
            check(engines, raw[:at] + bytes((byte,)) + raw[at + 1 :])


def test_parts_in_every_combination(engines: Engines) -> None:
    parts = [
        b"00087nam a2200049 a 4500", b"00087n\xc3\xa9m a2200049 a 4500", b"245000500003",
        b"001000300000", b"650000500008", b"700001000003", b"00A000x00000", b"\x1e", b"\x1d",
        b"10\x1fab\x1e", b"10\x1fab", b"id\x1e", b" ", b"\n", b"\xff", b"x", b"5", b"\x1f",
    ]  # fmt: skip
    dice = random.Random("parts")
    for _ in range(10_000):
        head = dice.choice(parts[:2]) if dice.random() < 0.8 else b""
        check(engines, head + b"".join(dice.choices(parts[2:], k=dice.randrange(14))))


@FAST
@given(damaged_records())
def test_damaged_records(engines: Engines, raw: bytes) -> None:
    check(engines, raw)


@needs_shared
@pytest.mark.parametrize("path", real_iso2709_files(), ids=lambda path: path.name)
def test_real_files(engines: Engines, path: Path) -> None:
    dice = random.Random(path.name)
    found = frames(engines[1], path.read_bytes()[:100_000])
    for frame in dice.sample(found, min(len(found), 6)):
        check(engines, frame)
        for _ in range(4):
            check(engines, damaged(frame, dice))


@pytest.mark.parametrize("surplus", [299, 300, 301])
def test_many_entries_and_pieces(engines: Engines, surplus: int) -> None:
    """Up to 40,000 pairs the best alignment is looked for, beyond them none."""
    entries = b"".join(b"%03d000699990" % (number + 100) for number in range(100))
    raw = LEADER + entries + b"\x1e" * (1 + surplus) + b"10\x1fab\x1e" * 100 + b"\x1d"
    check(engines, raw)
    _, _, fields, _ = engines[1].salvage_record(raw)
    assert (fields[0][2] == b"10\x1fab") is (surplus <= 300)


@pytest.mark.parametrize(
    "raw",
    [
        LEADER + b"\x1e" * 20_000 + b"\x1d",
        LEADER + b"245000500000\x1e" + b"10\x1fax\x1e" * 20_000,
        LEADER + b"245000500000" * 20_000 + b"\x1e\x1d",
        LEADER + b"245000500000" * 20_000,
        b"9" * 100_000,
    ],
    ids=["terminators", "fields", "entries", "entries only", "digits"],
)
def test_large(engines: Engines, raw: bytes) -> None:
    check(engines, raw)


def test_build_record(engines: Engines) -> None:
    longest = b"x" * 9_998
    rest = b"y" * (99_999 - 26 - 120 - 9 * 9_999 - 1)
    for leader in (LEADER, LEADER[:20], b""):
        for contents in [
            [], [b""], [b"a", b"b"], [longest], [longest + b"x"], [longest] * 9 + [rest],
            [longest] * 9 + [rest + b"y"], [longest] * 12, [b""] * 8_000, [b""] * 7_000,
        ]:  # fmt: skip
            for tag in (b"245", b"", b"2450"):
                fields = [(tag, content) for content in contents]
                agree(engines, "build_record", leader, fields)


def test_what_is_sound_stays_the_same(engines: Engines) -> None:
    dice = random.Random("sound")
    for _ in range(1_000):
        raw = sound_record(dice)
        for engine in engines:
            sound, leader, fields, problems = engine.salvage_record(raw)
            assert (sound, leader, problems) == (raw, raw[:24], [])
            contents = [(tag, content) for tag, _, content in fields]
            assert engine.build_record(leader, contents) == raw
