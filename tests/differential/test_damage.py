"""Records damaged at random, read by both packages: pymarc is the oracle."""

from __future__ import annotations

import io
import random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.differential.compare import Comparer, Step
from tests.differential.drive import edit, look_at, partly, read_all
from tests.differential.edits import ACCESS, EDITS
from tests.differential.outcomes import Capture, Outcome
from tests.differential.sources import VALUES, Options, chunks, own_files, real_or_own_files
from tests.differential.steps import make_plan

LOOKED_AT = ("title", "as_marc", "str", "as_json", "xml", "value", "identity by lookup", "snapshot")

DIGITS = b"0123456789"
TELLING = b"\x1d\x1e\x1f\x00 +-_a0159\x80\xc3\xe2\xe9\xff\x1b"


def _sources(limit: int) -> list[bytes]:
    """Sound and odd records of a moderate size to start from."""
    found = [chunk for path in own_files() for chunk in chunks(path)[:3] if len(chunk) < 3000]
    for path in real_or_own_files()[:: max(1, len(real_or_own_files()) // limit)]:
        found.extend(chunk for chunk in chunks(path)[:2] if len(chunk) < 6000)
    return found


SOURCES = _sources(60)


def flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 1, 2, 5, 20))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def overwrite(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 2, 4))):
        data[dice.randrange(len(data))] = dice.choice(TELLING)


def cut(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    del data[start : start + dice.choice((1, 2, 5, 12, len(data)))]


def insert(data: bytearray, dice: random.Random) -> None:
    where = dice.randrange(len(data))
    data[where:where] = bytes(dice.choices(TELLING, k=dice.choice((1, 1, 2, 12))))


def repeat(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    part = data[start : start + dice.randrange(1, 60)]
    data[start:start] = part


def leader(data: bytearray, dice: random.Random) -> None:
    where = dice.choice((*range(5), 9, 10, 11, *range(12, 17), *range(17, 24)))
    if where < len(data):
        data[where] = dice.choice(DIGITS + TELLING)


def directory(data: bytearray, dice: random.Random) -> None:
    end = data.find(b"\x1e")
    if end <= 24:
        return
    for _ in range(dice.choice((1, 1, 2, 6))):
        data[dice.randrange(24, end)] = dice.choice(DIGITS if dice.random() < 0.7 else TELLING)


def swap_entries(data: bytearray, dice: random.Random) -> None:
    count = (data.find(b"\x1e") - 24) // 12
    if count < 2:
        return
    one, other = (24 + 12 * dice.randrange(count) for _ in range(2))
    data[one : one + 12], data[other : other + 12] = (
        data[other : other + 12],
        data[one : one + 12],
    )


def coding(data: bytearray, dice: random.Random) -> None:
    if len(data) > 9:
        data[9] = dice.choice(b" a ab|\x00")


DAMAGES = (flip, overwrite, cut, insert, repeat, leader, directory, swap_entries, coding)


def mend(data: bytearray) -> None:
    """Length and terminator put right again, so that the damage inside is reached."""
    if len(data) > 24:
        data[-1:] = b"\x1d"
        data[:5] = b"%05d" % len(data)


def damaged(seed: int) -> tuple[bytes, Options]:
    """One damaged record and the options to read it with; the seed says all."""
    dice = random.Random(seed)
    data = bytearray(dice.choice(SOURCES))
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if data:
            dice.choice(DAMAGES)(data, dice)
    if dice.random() < 0.6:
        mend(data)
    if dice.random() < 0.2:
        data += dice.choice(SOURCES)
    options = tuple(
        (name, dice.choice(values)) for name, values in VALUES.items() if dice.random() < 0.25
    )
    return bytes(data), options


def _records(package: ModuleType, data: bytes, options: Options, kept: list[Any]) -> Any:
    """One line for each record; the records themselves go to `kept`, untouched."""
    reader = package.MARCReader(io.BytesIO(data), **dict(options))
    said = []
    for record in reader:
        kept.append(record)
        said.append(
            (record is None, reader.current_exception, reader.current_chunk,
             reader.file_handle.tell())
        )  # fmt: skip
    return said


def compare_damaged(comparer: Comparer, where: str, data: bytes, options: Options) -> None:
    kept: tuple[list[Any], list[Any]] = ([], [])
    said: list[Outcome] = [
        comparer.capture.run(_records, package, data, options, keep)
        for package, keep in zip((comparer.theirs, comparer.ours), kept, strict=True)
    ]
    comparer.compare(Step("Reader", where, options), *said)
    for number, (theirs, ours) in enumerate(zip(*kept, strict=False)):
        if theirs is not None and ours is not None:
            look_at(comparer, f"{where}#{number}", options, theirs, ours, LOOKED_AT,
                    make_plan(theirs))  # fmt: skip
    comparer.both(
        Step("decode_marc", where, options), lambda package: partly(package, data, options)
    )


@pytest.mark.parametrize("block", range(6))
def test_damaged_records(block: int, comparer: Comparer) -> None:
    for seed in range(block * 60, block * 60 + 60):
        compare_damaged(comparer, f"damage {seed}", *damaged(seed))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_many_damaged_records(block: int, comparer: Comparer) -> None:
    for seed in range(10_000 + block * 400, 10_000 + block * 400 + 400):
        compare_damaged(comparer, f"damage {seed}", *damaged(seed))


@pytest.mark.parametrize("block", range(2))
def test_edits_of_damaged_records(block: int, comparer: Comparer) -> None:
    names = tuple(EDITS)
    accesses = tuple(ACCESS)
    for seed in range(50_000 + block * 20, 50_000 + block * 20 + 20):
        data, options = damaged(seed)
        dice = random.Random(seed)
        edit(
            comparer, f"damage {seed}", data, options,
            dice.sample(names, 4), dice.sample(accesses, 2),
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("block", range(6))
def test_edits_of_many_damaged_records(block: int, comparer: Comparer) -> None:
    names = tuple(EDITS)
    accesses = tuple(ACCESS)
    for seed in range(60_000 + block * 50, 60_000 + block * 50 + 50):
        data, options = damaged(seed)
        dice = random.Random(seed)
        edit(
            comparer, f"damage {seed}", data, options,
            dice.sample(names, 6), dice.sample(accesses, 3),
        )  # fmt: skip


TAGS = st.one_of(
    st.from_regex(r"\A[0-9]{3}\Z"),
    st.sampled_from(["001", "008", "245", "880", "00A", "LDR", "   "]),
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.text("\x1b\x1d\x1e\x1f\x00 aé日\u0301\ufffe$\\", max_size=8),
)
CONTENTS = st.one_of(
    st.lists(st.tuples(st.sampled_from("abx06\x7f"), TEXTS), max_size=4).map(
        lambda pairs: "10" + "".join(f"\x1f{code}{text}" for code, text in pairs)
    ),
    TEXTS,
)


@st.composite
def generated(draw: Any) -> bytes:
    """A record put together from odd parts, with a directory that fits it or nearly does."""
    body, entries = b"", b""
    for tag, content in draw(st.lists(st.tuples(TAGS, CONTENTS), max_size=6)):
        data = content.encode("utf-8", "surrogatepass") + b"\x1e"
        shift = draw(st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1]))
        entries += tag.encode("ascii") + b"%04d%05d" % (max(0, len(data) + shift), len(body))
        body += data
    start = 25 + len(entries)
    coding = draw(st.sampled_from([b"a", b"a", b"a", b" "]))
    head = b"%05dnam " % (start + len(body) + 1) + coding + b"22%05d a 4500" % start
    return bytes(head + entries + b"\x1e" + body + b"\x1d")


OPTIONS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
).map(lambda chosen: tuple(chosen.items()))


def _hold(pymarc: ModuleType, subject: ModuleType, data: bytes, options: Options) -> None:
    with Capture() as capture:
        comparer = Comparer(pymarc, subject, capture)
        compare_damaged(comparer, repr(data), data, options)
    comparer.check()


# The fixtures are modules: nothing in them changes between examples.
RELAXED = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@settings(RELAXED, max_examples=200, derandomize=True)
@given(data=generated(), options=OPTIONS)
def test_generated_records(
    pymarc: ModuleType, subject: ModuleType, data: bytes, options: Options
) -> None:
    _hold(pymarc, subject, data, options)


@pytest.mark.slow
@settings(RELAXED, max_examples=4_000)
@given(data=generated(), options=OPTIONS)
def test_many_generated_records(
    pymarc: ModuleType, subject: ModuleType, data: bytes, options: Options
) -> None:
    _hold(pymarc, subject, data, options)


@settings(RELAXED, max_examples=200, derandomize=True)
@given(data=st.binary(max_size=80), options=OPTIONS)
def test_arbitrary_bytes(
    pymarc: ModuleType, subject: ModuleType, data: bytes, options: Options
) -> None:
    _hold(pymarc, subject, data, options)


@settings(RELAXED, max_examples=300, derandomize=True)
@given(
    value=st.one_of(st.binary(max_size=24), st.lists(st.sampled_from(
        [b"\x1b(", b"\x1b$1", b"\x1b)", b"\x1b-", b"\x1bg", b"\x1bs", b"\x1bp", b"\x1b$,1", b"\x1b",
         b"N", b"B", b"E", b"Q", b"2", b"3", b"4", b"S", b"!0!", b"\xe2", b"\xe8", b"a", b"\xc1"]
    ), max_size=8).map(b"".join)),
    quiet=st.booleans(),
)  # fmt: skip
def test_marc8_text(pymarc: ModuleType, subject: ModuleType, value: bytes, quiet: bool) -> None:
    def kept(package: ModuleType) -> Any:
        converter = package.MARC8ToUnicode(quiet=quiet)
        text = converter.translate(value)
        return text, converter.g0, converter.g1

    step = Step("marc8", repr(value), (("hide_utf8_warnings", quiet),))
    with Capture() as capture:
        comparer = Comparer(pymarc, subject, capture)
        comparer.both(step, lambda package: package.marc8_to_unicode(value, quiet))
        comparer.both(step, kept)
    comparer.check()


def test_the_damage_reaches_every_outcome(pymarc: ModuleType) -> None:
    """The seeds of the default run produce sound records and most kinds of failure."""
    kinds: set[str] = set()
    with Capture() as capture:
        for seed in range(360):
            data, options = damaged(seed)
            for entry in capture.run(read_all, pymarc, data, options).value or []:
                if isinstance(entry, tuple) and len(entry) == 3:
                    kinds.add("record" if entry[1] is None else entry[1][1][0])
    assert kinds >= {
        "record", "EndOfRecordNotFound", "TruncatedRecord", "RecordLengthInvalid", "ValueError",
        "RecordDirectoryInvalid", "UnicodeDecodeError", "BaseAddressInvalid", "LookupError",
    }  # fmt: skip
