"""Records for property tests: sound ones built here, without mrrc, and damaged ones."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# Without a seed of its own each run would search elsewhere, and a red build could not be repeated.
_COMMON = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
FAST = settings(_COMMON, max_examples=int(os.environ.get("MRRC_EXAMPLES", "150")), derandomize=True)
THOROUGH = settings(_COMMON, max_examples=5_000)

DELIMITERS = "\x1d\x1e\x1f"


@dataclass
class PlainField:
    """A field as plain data; a control field has neither indicators nor subfields."""

    tag: str
    data: str | None = None
    indicators: tuple[str, str] = (" ", " ")
    subfields: tuple[tuple[str, str], ...] = ()

    def encode(self, encoding: str = "utf-8") -> bytes:
        """The field in ISO 2709, terminator included; the structure is ASCII in any encoding."""
        if self.data is not None:
            return self.data.encode(encoding) + b"\x1e"
        values = [
            b"\x1f" + code.encode("ascii") + value.encode(encoding)
            for code, value in self.subfields
        ]
        return "".join(self.indicators).encode("ascii") + b"".join(values) + b"\x1e"


def is_control(tag: str) -> bool:
    return len(tag) == 3 and tag[:2] == "00" and tag[2] in "0123456789"


def assemble(entries: list[tuple[bytes, bytes]], head: bytes, tail: bytes) -> bytes:
    """A record of these tags and fields; `head` is leader 05-11 and `tail` 17-23."""
    directory, data = b"", b""
    for tag, field in entries:
        directory += tag + str(len(field)).zfill(4).encode() + str(len(data)).zfill(5).encode()
        data += field
    base = 24 + len(directory) + 1
    length = base + len(data) + 1
    numbers = [str(number).zfill(5).encode() for number in (length, base)]
    return numbers[0] + head + numbers[1] + tail + directory + b"\x1e" + data + b"\x1d"


def encode(
    fields: list[PlainField],
    head: str = "nam a22",
    tail: str = " a 4500",
    encoding: str = "utf-8",
) -> bytes:
    """A record of these fields."""
    entries = [(field.tag.encode("ascii"), field.encode(encoding)) for field in fields]
    return assemble(entries, head.encode("ascii"), tail.encode("ascii"))


_ORDINARY = "abcXYZ019 .,:;/-&<>\"'\\$#{}"
_LATIN = "éüßÆñ£"
_OTHER = (
    "e\u0301o\u0328\u0323"  # combining characters
    "日本語書"
    "📚\U0001f469\u200d\U0001f4bb"
    "\u0085\u00a0\u2028\u3000\x1c\x0b"  # blanks to str.strip(), not all of them to other languages
    "\x00\t\r\n\x7f\ufffe\uffff\ufeff\u061c"
)
LATIN_TEXT = st.text(st.sampled_from(_ORDINARY + _LATIN), max_size=12)
TEXT = st.one_of(
    st.text(st.sampled_from(_ORDINARY), max_size=12),
    LATIN_TEXT,
    st.text(st.sampled_from(_ORDINARY + _LATIN + _OTHER), max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=DELIMITERS), max_size=6),
)
CODES = st.one_of(
    st.sampled_from("aabc6z09"),
    st.characters(max_codepoint=0x7F, exclude_characters=DELIMITERS),
)
INDICATORS = st.one_of(
    st.sampled_from([(" ", " "), ("1", "0"), ("0", "4")]),
    st.tuples(*[st.characters(min_codepoint=0x20, max_codepoint=0x7F)] * 2),
)
CONTROL_TAGS = st.sampled_from(["001", "001", "003", "005", "008", "000", "009"])
DATA_TAGS = st.one_of(
    st.sampled_from(["245", "245", "650", "650", "100", "020", "022", "010", "880", "999"]),
    st.sampled_from(["00A", "ABC", "0 1", "   ", "1A0", "02\x00", '&<"', "24\x1e", "  0"]),
)


def control_fields(text: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[PlainField]:
    return st.builds(PlainField, CONTROL_TAGS, text)


def data_fields(text: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[PlainField]:
    subfields = st.lists(st.tuples(CODES, text), max_size=4).map(tuple)
    return st.builds(PlainField, DATA_TAGS, st.none(), INDICATORS, subfields)


def field_lists(text: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[list[PlainField]]:
    """Mostly control fields first, as in life, and sometimes in any order."""
    control, data = control_fields(text), data_fields(text)
    usual = st.tuples(st.lists(control, max_size=3), st.lists(data, min_size=1, max_size=8))
    return st.one_of(
        usual.map(lambda pair: [*pair[0], *pair[1]]),
        st.lists(st.one_of(control, data), min_size=1, max_size=6),
    )


_LEADER_CHARACTER = st.characters(max_codepoint=0x7F)
HEADS = st.one_of(
    st.sampled_from(["nam a22", "cas a22", "dz  a22"]),
    st.tuples(
        st.text(_LEADER_CHARACTER, min_size=4, max_size=4),
        st.just("a"),
        st.text(_LEADER_CHARACTER, min_size=2, max_size=2),
    ).map("".join),
)
TAILS = st.one_of(
    st.sampled_from([" a 4500", "7i 4500"]), st.text(_LEADER_CHARACTER, min_size=7, max_size=7)
)

PLAIN_RECORDS = st.builds(encode, field_lists(), HEADS, TAILS)
"""Records that may stay bytes."""


def _in_encoding(encoding: str) -> st.SearchStrategy[bytes]:
    text = TEXT if encoding.startswith("utf") else LATIN_TEXT
    heads = HEADS.map(lambda head: head[:4] + " " + head[5:])
    return st.builds(encode, field_lists(text), heads, TAILS, st.just(encoding))


OTHER_RECORDS = st.sampled_from(["latin-1", "cp1252", "utf-8", "utf-16", "iso8859-15"]).flatmap(
    _in_encoding
)
"""Records of sound structure whose leader position 9 is blank."""

_MARC8_BYTES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [b"\xe2e", b"\xf0c", b"\x1b$1!0!\x1b(B", b"\x1b(N@A\x1b(B", b"\x1bba", b"\x1b"]
    ),
    st.text(st.sampled_from(_ORDINARY), max_size=8).map(str.encode),
)


@st.composite
def raw_records(draw: st.DrawFn) -> bytes:
    """A record of sound structure with any bytes for text, such as MARC-8 has."""
    control, data = CONTROL_TAGS.map(str.encode), DATA_TAGS.map(str.encode)
    text = st.lists(_MARC8_BYTES, max_size=3).map(b"".join)
    text = text.map(lambda value: value.translate(None, DELIMITERS.encode()))
    entries = []
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            entries.append((draw(control), draw(text) + b"\x1e"))
            continue
        values = draw(st.lists(st.tuples(CODES.map(str.encode), text), max_size=3))
        field = b"".join(b"\x1f" + code + value for code, value in values)
        entries.append((draw(data), b"10" + field + b"\x1e"))
    return assemble(
        entries, b"nam" + draw(st.sampled_from([b"  ", b" a", b"  "])) + b"22", b" a 4500"
    )


SOUND_RECORDS = st.one_of(PLAIN_RECORDS, OTHER_RECORDS, raw_records())

# Bytes that mean something in the format are worth more tries than others.
_TELLING = b"\x1d\x1e\x1f0019a \x00\x7f\x80\xc3\xff"
_BYTES = st.one_of(st.sampled_from(_TELLING), st.integers(0, 255))


@st.composite
def damaged_records(draw: st.DrawFn, sound: st.SearchStrategy[bytes] = SOUND_RECORDS) -> bytes:
    """A record with one to three injuries, often with lengths that fit the bytes again."""
    data = bytearray(draw(sound))
    for _ in range(draw(st.integers(1, 3))):
        if not data:
            break
        kind = draw(
            st.sampled_from(
                ["bit", "byte", "insert", "delete", "cut", "number", "entry", "leader", "swap"]
            )
        )
        at = draw(st.integers(0, len(data) - 1))
        if kind == "bit":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "byte":
            data[at] = draw(_BYTES)
        elif kind == "insert":
            data[at:at] = bytes(draw(st.lists(_BYTES, min_size=1, max_size=3)))
        elif kind == "delete":
            del data[at : at + draw(st.integers(1, 12))]
        elif kind == "cut":
            del data[at:]
        elif kind == "leader":
            data[draw(st.integers(0, 23)) % len(data)] = draw(_BYTES)
        else:
            _damage_directory(draw, data, kind)
    if draw(st.booleans()) and len(data) >= 24:
        data[:5] = str(len(data)).zfill(5).encode()[-5:]
    return bytes(data)


def _damage_directory(draw: st.DrawFn, data: bytearray, kind: str) -> None:
    end = data.find(0x1E)
    count = (end - 24) // 12
    if count < 1:
        return
    start = 24 + 12 * draw(st.integers(0, count - 1))
    if kind == "swap":
        other = 24 + 12 * draw(st.integers(0, count - 1))
        one, two = data[start : start + 12], data[other : other + 12]
        data[start : start + 12], data[other : other + 12] = two, one
    elif kind == "number":
        number = draw(st.sampled_from([b"0000", b"0001", b" 012", b"+012", b"1_00", b"9999"]))
        data[start + 3 : start + 7] = number
    else:
        offset = draw(st.integers(0, 11))
        data[start + offset] = draw(st.sampled_from(b"0123456789 +-_A"))


DAMAGED_RECORDS = damaged_records()
ANY_RECORDS = st.one_of(SOUND_RECORDS, DAMAGED_RECORDS)
