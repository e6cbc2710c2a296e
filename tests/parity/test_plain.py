"""Which records may stay bytes: both engines, the rules written out byte by byte, and pymarc."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.parity.comparing import Engines, agree
from tests.property.strategies import (
    ANY_RECORDS,
    FAST,
    OTHER_RECORDS,
    PLAIN_RECORDS,
    THOROUGH,
    PlainField,
    damaged_records,
    encode,
    is_control,
    raw_records,
)

ENCODINGS = [
    "iso8859-1", "latin-1", "cp1252", "utf-8", "utf-16", "utf-7", "ISO8859-1", "no such codec", "",
    "hex", "a\0b", "\udc80", "undefined", None, 5, b"latin-1",
]  # fmt: skip
GOOD = encode(
    [PlainField("001", "id"), PlainField("245", None, ("1", "0"), (("a", "Tité"), ("b", "")))]
)


def digits(data: bytes) -> int | None:
    """The number that ASCII digits make."""
    number = 0
    for byte in data:
        if byte < 0x30 or byte > 0x39:
            return None
        number = 10 * number + byte - 0x30
    return number


def is_plain_by_the_rules(raw: bytes) -> bool:
    """The eight rules, one after the other, slowly and without a trick."""
    # 1
    if len(raw) < 39 or digits(raw[:5]) != len(raw) or raw[-1] != 0x1D:
        return False
    # 2
    if any(byte > 0x7F for byte in raw[:24]) or raw[9] != ord("a"):
        return False
    # 3
    base = digits(raw[12:17])
    if base is None or base < 37 or (base - 25) % 12 != 0 or base > len(raw):
        return False
    if raw[base - 1] != 0x1E:
        return False
    # 4
    if any(byte > 0x7F for byte in raw[24 : base - 1]):
        return False
    fields, total = [], 0
    for start in range(24, base - 1, 12):
        length, offset = digits(raw[start + 3 : start + 7]), digits(raw[start + 7 : start + 12])
        if length is None or length < 1 or offset != total:
            return False
        fields.append((raw[start : start + 3], raw[base + total : base + total + length]))
        total += length
    if base + total + 1 != len(raw):
        return False
    # 5
    if any(field[-1] != 0x1E for _, field in fields):
        return False
    if raw[base:].count(0x1E) != len(fields) or raw[base:].count(0x1D) != 1:
        return False
    # 6 and 7
    for tag, field in fields:
        content = field[:-1]
        if tag not in [b"00%d" % number for number in range(10)]:
            if len(content) < 2 or any(not 0x20 <= byte <= 0x7F for byte in content[:2]):
                return False
            if len(content) > 2 and content[2] != 0x1F:
                return False
        for at, byte in enumerate(content):
            if byte == 0x1F:
                code = content[at + 1 : at + 2]
                if not code or code[0] > 0x7F or code[0] in (0x1D, 0x1E, 0x1F):
                    return False
    # 8
    try:
        raw[base:].decode("utf-8", "strict")
    except UnicodeDecodeError:
        return False
    return True


HANDMADE = [
    b"",
    b"a" * 10,
    GOOD,
    GOOD[:-1],
    GOOD + b" ",
    b" " + GOOD[1:],
    GOOD.replace(b"Tit\xc3\xa9", b"Tit\xc3\x28"),
    GOOD.replace(b"Tit\xc3\xa9", b"T\xed\xa0\x80x"),  # a surrogate
    GOOD.replace(b"Tit\xc3\xa9", b"Ti\xc1\x81t"),  # an overlong form
    GOOD.replace(b"Tit\xc3\xa9", b"T\x1f\x1fxy"),
    GOOD.replace(b"Tit\xc3\xa9", b"T\x1ezzz"),
    GOOD.replace(b"Tit\xc3\xa9", b"T\x1dzzz"),
    GOOD.replace(b"\x1fb\x1e", b"b\x1f\x1e"),
    GOOD.replace(b"10\x1fa", b"1\x1f0a"),
    GOOD.replace(b"10\x1fa", b"\x1f10a"),
    GOOD.replace(b"10\x1fa", b"1\x1d\x1fa"),
    GOOD.replace(b"id", b"\x1f\x1f"),
    GOOD.replace(b"id", b"i\x1f"),
    GOOD.replace(b"id", b"\x1fd"),
    GOOD.replace(b"245", b"2\xb25"),
    GOOD.replace(b"245", b"00A"),
    GOOD.replace(b"001", b"00A"),
    GOOD.replace(b"nam a", b"nam  "),
    GOOD.replace(b"nam", b"\xe9am"),
    encode([PlainField("001", "")]),
    encode([PlainField("999")]),
    encode([PlainField("999", None, ("\x7f", " "))]),
    encode([PlainField("999", None, ("\x1c", " "))]),
    encode([PlainField("245", None, (" ", " "), (("\x1c", "x"), ("\x00", "")))]),
    encode([]),
    encode([PlainField("500", None, ("1", "2"), (("a", "x" * 9_994),))]),
    encode([PlainField("500", None, ("1", "2"), (("a", "é" * 4_997),))] * 9),
    encode([PlainField("500", None, ("1", "2"), (("a", "é" * 4_997),))] * 3)[:-1] + b"\x1e",
]


def check_plain(engines: Engines, raw: bytes) -> bool:
    _, plain = agree(engines, "is_plain", raw)
    assert plain is is_plain_by_the_rules(raw)
    return bool(plain)


@pytest.mark.parametrize("raw", HANDMADE, ids=range(len(HANDMADE)))
def test_handmade(engines: Engines, raw: bytes) -> None:
    check_plain(engines, raw)


def test_a_record_of_any_one_byte_changed(engines: Engines) -> None:
    plain = 0
    for at in range(len(GOOD)):
        for byte in range(256):
            plain += check_plain(engines, GOOD[:at] + bytes((byte,)) + GOOD[at + 1 :])
    assert 3_000 < plain < 4_500, "tags, texts and half of the leader may be any ASCII character"


LARGE = encode([PlainField("500", None, ("1", "2"), (("a", "x" * 6_994),))] * 3)
MANY = encode([PlainField("008", "")] * 7_690)


@pytest.mark.parametrize("raw", [encode([PlainField("999")]), LARGE], ids=["small", "large"])
def test_a_directory_of_any_one_byte_changed(engines: Engines, raw: bytes) -> None:
    end = int(raw[12:17]) - 1
    for at in range(24, end, 5):
        for byte in b"\x00+-/0123456789:_ A\x1d\x1e\xb2\xff":
            check_plain(engines, raw[:at] + bytes((byte,)) + raw[at + 1 :])


def with_directory(raw: bytes, entries: list[tuple[str, int, int]]) -> bytes:
    directory = "".join(f"{tag}{length:04}{offset:05}" for tag, length, offset in entries)
    return raw[:24] + directory.encode() + raw[int(raw[12:17]) - 1 :]


def test_directories_that_add_up_to_something_else(engines: Engines) -> None:
    """Field terminators are where no field ends, and the number of them is right."""
    raw = encode([PlainField("001", "a\x1e"), PlainField("002", "b"), PlainField("003", "c")])
    for entries, plain in (
        ([("001", 2, 0), ("002", 1, 2), ("003", 4, 3)], False),
        ([("001", 3, 0), ("002", 0, 3), ("003", 4, 3)], False),
        ([("001", 0, 0), ("002", 3, 0), ("003", 4, 3)], False),
        ([("001", 3, 0), ("002", 4, 3), ("003", 0, 7)], False),
        ([("001", 2, 1), ("002", 2, 3), ("003", 2, 5)], False),
        ([("001", 9_999, 0), ("002", 1, 9_999), ("003", 1, 10_000)], False),
        ([("001", 9_999, 99_999), ("002", 9_999, 99_999), ("003", 9_999, 99_999)], False),
    ):
        assert check_plain(engines, with_directory(raw, entries)) is plain
    # As many field terminators as entries, each at the end of a field, and yet not the directory's.
    raw = encode([PlainField("001", "a"), PlainField("002", "b"), PlainField("003", "c")])
    for entries in (
        [("001", 4, 0), ("002", 0, 4), ("003", 2, 4)],
        [("001", 2, 0), ("002", 4, 2), ("003", 0, 6)],
        [("001", 2, 0), ("002", 1, 3), ("003", 2, 4)],
        [("001", 1, 1), ("002", 2, 2), ("003", 2, 4)],
    ):
        assert not check_plain(engines, with_directory(raw, entries))
    # Each field with the terminator it has.
    raw = encode([PlainField("001", "a"), PlainField("002", ""), PlainField("003", "bc")])
    assert check_plain(engines, with_directory(raw, [("001", 2, 0), ("002", 1, 2), ("003", 3, 3)]))


def test_every_length(engines: Engines) -> None:
    for length in range(1, 10_000, 211):
        fields = [PlainField("001", "x" * (length - 1)), PlainField("002", "y" * (length % 97))]
        assert check_plain(engines, encode(fields * 4))


def test_the_largest_directory(engines: Engines) -> None:
    assert len(MANY) > 99_990
    assert check_plain(engines, MANY)
    for at in range(24, 92_000, 30_011):
        assert not check_plain(engines, MANY[:at] + b"/" + MANY[at + 1 :])


TAGS = ["001", "009", "00A", "010", "100", "245", "ABC", "0 0", "000"]


@FAST
@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=6), st.integers(0, 5), st.data())
def test_tags_in_any_order(engines: Engines, tags: list[str], at: int, data: st.DataObject) -> None:
    """Which fields need indicators, wherever variable control fields stand."""
    content = [
        data.draw(st.sampled_from(["", "id", "  ", "1\x1c"]))
        if number == at or is_control(tag)
        else "10"
        for number, tag in enumerate(tags)
    ]
    fields = [PlainField(tag, text) for tag, text in zip(tags, content, strict=True)]
    check_plain(engines, encode(fields))


@pytest.mark.parametrize("at", range(0, 100_000, 9_973))
def test_one_bad_byte_anywhere_in_a_large_record(engines: Engines, at: int) -> None:
    raw = bytearray(encode([PlainField("500", None, ("1", "2"), (("a", "x" * 9_994),))] * 9))
    assert check_plain(engines, bytes(raw))
    raw[133 + at % (len(raw) - 133)] = 0xFF
    assert not check_plain(engines, bytes(raw))


@FAST
@given(PLAIN_RECORDS)
def test_sound_records_are_plain(engines: Engines, raw: bytes) -> None:
    assert check_plain(engines, raw)


@FAST
@given(ANY_RECORDS)
def test_any_record(engines: Engines, raw: bytes) -> None:
    check_plain(engines, raw)


@FAST
@given(damaged_records(PLAIN_RECORDS))
def test_damaged_plain_records(engines: Engines, raw: bytes) -> None:
    check_plain(engines, raw)


@pytest.mark.slow
@THOROUGH
@given(damaged_records(PLAIN_RECORDS))
def test_many_damaged_plain_records(engines: Engines, raw: bytes) -> None:
    check_plain(engines, raw)


@FAST
@given(ANY_RECORDS, st.booleans(), st.sampled_from(ENCODINGS))
@example(GOOD, True, "iso8859-1")
@example(GOOD.replace(b"nam a", b"nam  "), True, "iso8859-1")
@example(GOOD.replace(b"nam a", b"nam  "), False, None)
def test_plain_bytes(engines: Engines, raw: bytes, force_utf8: bool, encoding: Any) -> None:
    _, plain = agree(engines, "plain_bytes", raw, force_utf8, encoding)
    for engine in engines:
        result = engine.plain_bytes(raw, force_utf8, encoding)
        assert (result is raw) is is_plain_by_the_rules(raw)
    assert plain is None or is_plain_by_the_rules(plain)


@FAST
@given(OTHER_RECORDS, st.booleans(), st.sampled_from(ENCODINGS))
def test_plain_bytes_of_other_encodings(
    engines: Engines, raw: bytes, force_utf8: bool, encoding: Any
) -> None:
    agree(engines, "plain_bytes", raw, force_utf8, encoding)


@FAST
@given(raw_records(), st.booleans())
def test_plain_bytes_of_marc8(engines: Engines, raw: bytes, force_utf8: bool) -> None:
    agree(engines, "plain_bytes", raw, force_utf8, "iso8859-1")


@pytest.mark.parametrize("force_utf8", [0, 1, "", "yes", None, [], 2.5])
def test_force_utf8_is_a_matter_of_truth(engines: Engines, force_utf8: object) -> None:
    agree(engines, "plain_bytes", GOOD.replace(b"nam a", b"nam  "), force_utf8, "latin-1")


@pytest.mark.parametrize("length", [4_990, 4_996, 4_997, 4_998, 9_994])
def test_fields_that_grow_past_the_limit(engines: Engines, length: int) -> None:
    field = PlainField("500", None, ("1", "2"), (("a", "é" * length),))
    raw = encode([field], head="nam  22", encoding="latin-1")
    _, plain = agree(engines, "plain_bytes", raw, False, "latin-1")
    assert (plain is None) is (2 * length + 5 > 9_999)


@pytest.mark.parametrize("count", [9, 10, 12])
def test_records_that_grow_past_the_limit(engines: Engines, count: int) -> None:
    field = PlainField("500", None, ("1", "2"), (("a", "é" * 4_990),))
    raw = encode([field] * count, head="nam  22", encoding="latin-1")
    _, plain = agree(engines, "plain_bytes", raw, False, "latin-1")
    assert (plain is None) is (25 + count * (12 + 9_985) + 1 > 99_999)


class Complaint(Exception):
    """pymarc warned, logged or wrote to stderr."""


class Complain(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise Complaint(record.getMessage())

    def handleError(self, record: logging.LogRecord) -> None:
        raise


def in_silence(pymarc: ModuleType, raw: bytes, **options: Any) -> bytes:
    """What pymarc writes for the record; any complaint is an exception."""
    handler, stderr = Complain(), io.StringIO()
    logger = logging.getLogger("pymarc")
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(stderr):
            warnings.simplefilter("error")
            marc: bytes = pymarc.Record(raw, **options).as_marc()
    finally:
        logger.removeHandler(handler)
    if stderr.getvalue():
        raise Complaint(stderr.getvalue())
    return marc


def check_invariant(raw: bytes) -> bool:
    pymarc = pytest.importorskip("pymarc")
    if not is_plain_by_the_rules(raw):
        return False
    assert in_silence(pymarc, raw) == raw
    return True


@pytest.mark.parametrize("raw", HANDMADE, ids=range(len(HANDMADE)))
def test_pymarc_gives_handmade_plain_records_back(raw: bytes) -> None:
    check_invariant(raw)


def test_the_check_hears_complaints() -> None:
    pymarc = pytest.importorskip("pymarc")
    with pytest.raises(Complaint):
        in_silence(pymarc, encode([PlainField("245", None, ("", ""), (("a", "x"),))]))


@FAST
@given(st.one_of(PLAIN_RECORDS, damaged_records(PLAIN_RECORDS)))
def test_pymarc_gives_plain_records_back(raw: bytes) -> None:
    check_invariant(raw)


@pytest.mark.slow
@THOROUGH
@given(damaged_records(PLAIN_RECORDS))
def test_pymarc_gives_many_plain_records_back(raw: bytes) -> None:
    check_invariant(raw)


@FAST
@given(
    st.one_of(OTHER_RECORDS, damaged_records(OTHER_RECORDS)),
    st.booleans(),
    st.sampled_from(["latin-1", "cp1252", "utf-8", "utf-16"]),
)
def test_pymarc_writes_what_was_transcoded(
    engines: Engines, raw: bytes, force_utf8: bool, encoding: str
) -> None:
    pymarc = pytest.importorskip("pymarc")
    plain = engines[0].plain_bytes(raw, force_utf8, encoding)
    if plain is not None:
        options = {"force_utf8": force_utf8, "file_encoding": encoding}
        assert in_silence(pymarc, raw, **options) == plain
