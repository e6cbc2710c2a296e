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

The rules ask for nothing but comparisons, so the work is to make few of them: the directory is read
as one number, whose lanes of twelve bytes are its entries, and each step of integer arithmetic is
done for all entries at once.
"""

from __future__ import annotations

import re
from operator import itemgetter
from struct import unpack

# Rule 7: a field terminator that neither two indicators nor the record terminator follow, and a
# subfield delimiter that no code follows.
_BAD_INDICATORS = re.compile(rb"\x1e(?![\x20-\x7f][\x20-\x7f][\x1e\x1f]|\x1d)")
_BAD_CODE = re.compile(rb"\x1f(?![\x00-\x1c\x20-\x7f])")
_MINIMUM_LENGTH = 24 + 12 + 1 + 1 + 1

_LANE = 8 * 12
"""Bits of a directory entry, read as a number: the first entry is in the highest lane."""
_MAXIMUM_COUNT = (99_999 - 24 - 1) // 12


def _lanes(entry: str) -> int:
    """Repeat 12 bytes, in hexadecimal, for as many entries as a directory may have.

    Masks are made for the largest directory: `&` takes no longer for the lanes that are too many.
    """
    return int.from_bytes(bytes.fromhex(entry) * _MAXIMUM_COUNT, "big")


# Tag, length and offset of an entry, and what is kept of them.
_DIGITS = _lanes("000000 0f0f0f0f 0f0f0f0f0f")
_PAIRS = _lanes("000000 00ff00ff 0000ff00ff")
_LAST_FOUR = _lanes("000000 00000000 000000ffff")
_FIRST_OF_OFFSET = _lanes("000000 00000000 0f00000000")
_ONES = _lanes("000000 00000000 0000000001")


def has_plain_structure(raw: bytes) -> bool:
    """Check rules 1 to 7, save for the value of byte 9."""
    # Rules 1 to 3.
    length = len(raw)
    if length < _MINIMUM_LENGTH or raw[-1] != 0x1D or raw[:5] != b"%05d" % length:
        return False
    base_digits = raw[12:17]
    if not base_digits.isdigit():
        return False
    base = int(base_digits)
    count, remainder = divmod(base - 25, 12)
    if remainder or count < 1 or base >= length:
        return False
    if not raw.isascii() and not raw[:base].isascii():
        return False

    # Rule 4. The fields end where the directory says if that is where field terminators are.
    directory = raw[24 : base - 1]
    ends = _field_ends(directory, count)
    data = raw[base - 1 : -1]  # from the directory's field terminator on
    if ends is None or ends[-1] != len(data) - 1:
        return False

    # Rules 3 and 5.
    if 0x1D in data or data.count(0x1E) != count + 1:
        return False
    if itemgetter(0, *ends)(data).count(0x1E) != count + 1:
        return False

    # Rules 6 and 7. Variable control fields stand first in nearly every record: the tags that begin
    # with 0 before all others, and of these the ones that go on with 0. The rest is one search.
    if _BAD_CODE.search(data):
        return False
    others = directory[::12].lstrip(b"0")
    below_100 = directory[1 : 12 * (count - len(others)) : 12]
    below_100_data = below_100.lstrip(b"0")
    if 0x30 not in others and 0x30 not in below_100_data:
        leading = len(below_100) - len(below_100_data)
        if not leading:
            return not _BAD_INDICATORS.search(raw, base - 1)
        if directory[2 : 12 * leading : 12].isdigit():
            return not _BAD_INDICATORS.search(raw, base - 1 + ends[leading - 1])
    start = base - 1
    for tag, end in zip(unpack("3s9x" * count, directory), ends, strict=True):
        control = tag < b"010" and tag.isdigit()
        if not control and _BAD_INDICATORS.match(raw, start):
            return False
        start = base - 1 + end
    return True


def _field_ends(directory: bytes, count: int) -> tuple[int, ...] | None:
    """Return offset + length of each entry, None if the numbers of the directory break rule 4.

    The comments show a lane; a dot is a byte of zero.
    """
    if not directory.isdigit() and not b"".join(unpack("3x9s" * count, directory)).isdigit():
        return None
    digits = int.from_bytes(directory, "big") & _DIGITS  # ...LLLLOOOOO
    # Each digit and ten times the one before it, then each pair and a hundred times the one before.
    pairs = (digits * 0x010A >> 8) & _PAIRS  # ....L.L..O.O, without the first digit of the offset
    fours = pairs * 0x010064 >> 16
    lengths = (fours >> 40) & _LAST_FOUR
    offsets = fours & _LAST_FOUR
    first = digits & _FIRST_OF_OFFSET
    if first:
        offsets += (first >> 32) * 10_000
    ends = lengths + offsets
    # An entry's offset is the end of the one before it; the first one's is 0.
    if ends >> _LANE != offsets:
        return None
    # A length of 0 borrows from the bytes before it.
    if (lengths - (_ONES >> _LANE * (_MAXIMUM_COUNT - count))) & _FIRST_OF_OFFSET:
        return None
    return unpack(">" + "8xI" * count, ends.to_bytes(12 * count, "big"))


def is_plain(raw: bytes) -> bool:
    """Say whether the record in `raw`, leader to record terminator, may stay bytes."""
    if raw[9:10] != b"a" or not has_plain_structure(raw):
        return False
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            return False
    return True
