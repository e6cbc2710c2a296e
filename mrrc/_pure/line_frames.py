"""Where records begin and end in formats of lines: MarcEdit's mrk, YAZ's line format, Aleph's.

Each class has `next_frame`, as every text format has: it is given the bytes read so far and the
place where the last frame ended, and gives kind and end of the next one, or None where it takes
more bytes to say. The same file gives the same frames wherever its blocks end.
"""

from __future__ import annotations

import re

UNCLEAR, BETWEEN, UNREAD = 1, 2, 3
"""Kinds of frames: a record, bytes that are expected between records, and bytes of neither."""

LONGEST = 64 << 20
"""Length of the longest frame in bytes. What is longer is no record."""

# Enough to see how the line goes on that ends a record: it decides by so many bytes at most.
_AHEAD = 64
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_END = b"\n"
# Padding of old systems counts as blank: NUL, and 0x1A, which ended files on CP/M and DOS.
_BLANKS = b" \t\r\x00\x1a"
_NOT_BLANK = re.compile(rb"[^ \t\r\x00\x1a]")
_BLANK_LINE = rb"[ \t\r\x00\x1a]*\n"
# Files that were joined have the mark of each at its beginning; then a record begins with it.
_MARK = rb"(?:\xef\xbb\xbf)?"


class _LineFrames:
    """What the formats have in common."""

    context = b""
    # Where a record ends: behind a blank line, or before a line that begins another one.
    _end_of_record = re.compile(b"")
    # Where text ends that is in no record.
    _end_of_text = _end_of_record

    def __init__(self) -> None:
        # How far the frame in question was looked at, from its start.
        self._looked = 0
        # How many blanks it begins with, as far as that is known.
        self._blanks = 0
        # The rest of a record that is too long to be one.
        self._skips = False

    def next_frame(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        """Return kind and end of the frame at `start`; None at the end, or if more data is needed.

        `final` says that no data will follow.
        """
        if start >= len(data):
            return None
        found = self._frame(data, start, final)
        if found is None:
            if len(data) - start < LONGEST + _AHEAD:
                return None
            found = UNREAD, len(data)
        self._looked = self._blanks = 0
        kind, end = found
        if end - start > LONGEST:
            self._skips = True
            return UNREAD, start + LONGEST
        if self._skips:
            self._skips = False
            return UNREAD, end
        return kind, end

    def _frame(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        if self._skips:
            return self._until(self._end_of_record, UNREAD, data, start, final)
        if data.startswith(_BYTE_ORDER_MARK, start):
            return BETWEEN, start + len(_BYTE_ORDER_MARK)
        if not final and _BYTE_ORDER_MARK.startswith(data[start : start + 3]):
            return None
        if data[start] in _BLANKS + _LINE_END:
            visible = _NOT_BLANK.search(data, start + self._blanks)
            self._blanks = (len(data) if visible is None else visible.start()) - start
            if visible is None:
                return (BETWEEN, len(data)) if final else None
            if visible[0] == _LINE_END:
                return BETWEEN, visible.end()
        return self._beginning(data, start, final)

    def _beginning(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        """Return the frame that begins with a line that is not blank."""
        return self._until(self._end_of_text, UNREAD, data, start, final)

    def _until(
        self, pattern: re.Pattern[bytes], kind: int, data: bytes, start: int, final: bool
    ) -> tuple[int, int] | None:
        """Return the frame that ends at the next match: behind a blank line, before any other."""
        match = pattern.search(data, start + self._looked)
        if match is not None:
            return kind, match.end() if match["blank"] is not None else match.start() + 1
        if final:
            return kind, len(data)
        # Whatever matches in the end begins with a line end, and the last one is undecided.
        last = data.rfind(_LINE_END, start + self._looked)
        self._looked = (len(data) if last < 0 else last) - start
        return None

    def _line(self, data: bytes, start: int, final: bool) -> int | None:
        """Return where the line ends, behind its line end; None if that is not known."""
        end = data.find(_LINE_END, start + self._looked) + 1
        if end:
            return end
        if final:
            return len(data)
        self._looked = len(data) - start
        return None


class MrkFrames(_LineFrames):
    """Frames of MarcEdit's mnemonic format.

    A record begins with "=" at the start of a line and goes up to a blank line, which belongs to
    it, or to the next line with "=LDR". Blank lines and comments (with "#") stand between records.
    """

    _end_of_record = re.compile(rb"\n(?:(?P<blank>%b)|=LDR|\xef\xbb\xbf=)" % _BLANK_LINE)
    _end_of_text = re.compile(rb"\n(?:(?P<blank>%b)|%b=)" % (_BLANK_LINE, _MARK))

    def _beginning(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        if data[start] == 0x3D:
            return self._until(self._end_of_record, UNCLEAR, data, start, final)
        if data[start] == 0x23:
            end = self._line(data, start, final)
            return None if end is None else (BETWEEN, end)
        return super()._beginning(data, start, final)


class LineFrames(_LineFrames):
    """Frames of YAZ's line format.

    A record begins with its leader, or with a field, and goes up to a blank line, which belongs to
    it, or to the next leader: a line of 24 bytes that begins with five digits. What YAZ says of the
    data stands in lines with "(", or as comments of XML.
    """

    _end_of_record = re.compile(
        rb"\n(?:(?P<blank>%b)|%b[0-9]{5}[^\n]{19}(?<!\r)\r?\n)" % (_BLANK_LINE, _MARK)
    )
    _last_end_of_record = re.compile(
        rb"\n(?:(?P<blank>%b)|%b[0-9]{5}[^\n]{19}(?<!\r)\r?(?:\n|\Z))" % (_BLANK_LINE, _MARK)
    )
    _end_of_text = _end_of_record
    _first_line = re.compile(rb"[0-9A-Za-z]{3} |[0-9]{5}[A-Za-z]|[^\n]{23}[^\r\n]\r?(?:\n|\Z)")

    def _beginning(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        if data.startswith((b"(", b"<!--"), start):
            end = self._line(data, start, final)
            return None if end is None else (BETWEEN, end)
        # The first line has to be there as a whole, and so far it is, once it is longer than any
        # leader.
        if not final and data.find(_LINE_END, start, start + 26) < 0 and len(data) - start < 26:
            return None
        kind = UNCLEAR if self._first_line.match(data, start) else UNREAD
        pattern = self._last_end_of_record if final else self._end_of_record
        return self._until(pattern, kind, data, start, final)


class AlephFrames(_LineFrames):
    """Frames of Aleph sequential: a record is what lines of the same system number hold.

    Lines without a number belong to the line before them.
    """

    _end_of_record = re.compile(rb"\n(?:(?P<blank>%b)|%b[0-9]{9} )" % (_BLANK_LINE, _MARK))
    _end_of_text = _end_of_record
    _next_number = re.compile(rb"\n(%b)([0-9]{9}) " % _MARK)
    _number = re.compile(rb"([0-9]{9}) ")

    def _beginning(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        if not final and len(data) - start < 10:
            return None
        first = self._number.match(data, start)
        if first is None:
            return super()._beginning(data, start, final)
        number = first[1]
        place = start + self._looked
        while True:
            found = self._next_number.search(data, place)
            if found is None:
                break
            if found[1] or found[2] != number:
                return UNCLEAR, found.start() + 1
            place = found.end()
        if final:
            return UNCLEAR, len(data)
        last = data.rfind(_LINE_END, place)
        self._looked = max(place, len(data) if last < 0 else last) - start
        return None
