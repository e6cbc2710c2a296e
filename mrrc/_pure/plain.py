"""Which records may stay bytes.

A record is *plain* when pymarc reads it without a warning, log record or exception and writes the
same bytes again. The rules, for a record with n directory entries:

1. At least 39 bytes; bytes 0-4 are ASCII digits equal to the number of bytes; the last byte is a
   record terminator.
2. The leader is ASCII, its byte 9 is `a`.
3. Bytes 12-16 are ASCII digits equal to 24 + 12 n + 1, n at least 1; the byte before that address
   is a field terminator.
4. The directory is ASCII: tag, four digits of length (at least 1), five digits of offset; each
   offset is the sum of the lengths before it. Base address + all lengths + 1 = record length.
5. Every field ends with a field terminator; there is no other one after the base address, and no
   record terminator but the last byte.
6. A tag of three digits below "010" is a variable control field: any UTF-8.
7. Every other field has two indicators in 0x20-0x7F, then nothing or a subfield delimiter. From
   the base address on every subfield delimiter is followed by a code below 0x80 that is not
   itself a delimiter or terminator.
8. From the base address on everything is valid UTF-8.
"""

from __future__ import annotations

import re
from itertools import accumulate
from struct import unpack

# Rule 7 for a run of variable data fields, from the terminator before the first one on: a field
# terminator that neither two indicators nor the end of the run follow.
_BAD_INDICATORS = re.compile(rb"\x1e(?![\x20-\x7f]{2}[\x1e\x1f]|\Z)")
_LEADING_CONTROL_FIELDS = re.compile(rb"(?:00[0-9][0-9]{9})*")
_CODE_NOT_ASCII = re.compile(rb"\x1f[\x80-\xff]")
_MINIMUM_LENGTH = 24 + 12 + 1 + 1 + 1


def has_plain_structure(raw: bytes) -> bool:
    """Check rules 1 to 7, save for the value of byte 9."""
    length = len(raw)
    if length < _MINIMUM_LENGTH or raw[-1] != 0x1D or raw[:5] != b"%05d" % length:
        return False
    base_digits = raw[12:17]
    if not base_digits.isdigit():
        return False
    base = int(base_digits)
    count, remainder = divmod(base - 25, 12)
    if remainder or count < 1 or base >= length or raw[base - 1] != 0x1E:
        return False
    directory = raw[24 : base - 1]
    if not raw[:24].isascii() or not directory.isascii():
        return False

    data = raw[base:-1]
    if b"\x1d" in data or b"\x1f\x1e" in data or b"\x1f\x1f" in data:
        return False
    if not data.isascii() and _CODE_NOT_ASCII.search(data):
        return False

    # What the directory has to say, from where the field terminators really are: the numbers of an
    # entry read as one, 100,000 times the length plus the offset. The lengths here are without the
    # terminators, which the range makes up for.
    lengths = list(map(len, data.split(b"\x1e")))
    if lengths.pop() != 0 or len(lengths) != count:
        return False
    sums = accumulate(lengths, initial=0)
    expected = [
        100_000 * field_length + before + terminators
        for field_length, before, terminators in zip(
            lengths, sums, range(100_000, 100_000 + count), strict=False
        )
    ]
    numbers = unpack("3x9s" * count, directory)
    if not b"".join(numbers).isdigit() or list(map(int, numbers)) != expected:
        return False

    # Variable control fields stand first in nearly every record, the rest is one search.
    leading = _LEADING_CONTROL_FIELDS.match(directory).end() // 12  # type: ignore[union-attr]
    if not _has_control_tag(directory, leading):
        start = base + sum(lengths[:leading]) + leading
        return not _BAD_INDICATORS.search(raw, start - 1, length - 1)
    end = base
    for tag, field_length in zip(unpack("3s9x" * count, directory), lengths, strict=True):
        start, end = end, end + field_length + 1
        control = tag < b"010" and tag.isdigit()
        if not control and _BAD_INDICATORS.search(raw, start - 1, end):
            return False
    return True


def _has_control_tag(directory: bytes, start: int) -> bool:
    """Say whether an entry from number `start` on (0-based) is a variable control field's."""
    heads = bytearray(len(directory) // 6)
    heads[::2] = directory[::12]
    heads[1::2] = directory[1::12]
    position = heads.find(b"00", 2 * start)
    while position != -1:
        if position % 2 == 0 and directory[6 * position + 2 : 6 * position + 3].isdigit():
            return True
        position = heads.find(b"00", position + 1)
    return False


def is_plain(raw: bytes) -> bool:
    """Say whether the record in `raw`, leader to record terminator, may stay bytes."""
    if raw[9:10] != b"a" or not has_plain_structure(raw):
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
