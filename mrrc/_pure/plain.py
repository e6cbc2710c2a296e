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

# What must not be met from the terminator before the first data field to that of the last field:
# a record terminator; a field terminator that neither two indicators nor the end follow; a
# delimiter without a code.
_BAD_DATA = re.compile(rb"\x1d|\x1e(?![\x20-\x7f]{2}[\x1e\x1f]|\Z)|\x1f(?![\x00-\x1c\x20-\x7f])")
# The same in variable control fields, which have no indicators.
_BAD_CONTROL_DATA = re.compile(rb"\x1d|\x1f(?![\x00-\x1c\x20-\x7f])")
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

    # What the directory has to say, from where the field terminators really are.
    lengths = [len(field) + 1 for field in raw[base:-1].split(b"\x1e")]
    if lengths.pop() != 1 or len(lengths) != count:
        return False
    numbers = unpack("3x9s" * count, directory)
    if not b"".join(numbers).isdigit() or max(lengths) > 9_999:
        return False
    offsets = accumulate(lengths[:-1], initial=0)
    if list(map(int, numbers)) != [
        100_000 * length + offset for length, offset in zip(lengths, offsets, strict=True)
    ]:
        return False

    # Variable control fields stand first in nearly every record, the rest is one search.
    leading, start = 0, base
    while leading < count and _is_control_tag(directory, leading):
        start += lengths[leading]
        leading += 1
    if _BAD_CONTROL_DATA.search(raw, base, start):
        return False
    if not _has_control_tag(directory, leading):
        return not _BAD_DATA.search(raw, start - 1, length - 1)
    for index in range(leading, count):
        end = start + lengths[index]
        if _is_control_tag(directory, index):
            bad = _BAD_CONTROL_DATA.search(raw, start, end)
        else:
            bad = _BAD_DATA.search(raw, start - 1, end)
        if bad:
            return False
        start = end
    return True


def _is_control_tag(directory: bytes, index: int) -> bool:
    """Say whether an entry (0-based) is a variable control field's."""
    tag = directory[12 * index : 12 * index + 3]
    return tag < b"010" and tag.isdigit()


def _has_control_tag(directory: bytes, start: int) -> bool:
    """Say whether an entry from number `start` on (0-based) is a variable control field's."""
    first_digits = directory[::12]
    index = first_digits.find(b"0", start)
    while index != -1:
        if _is_control_tag(directory, index):
            return True
        index = first_digits.find(b"0", index + 1)
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
