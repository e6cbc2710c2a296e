"""Where each record of MARC-in-JSON begins and ends.

The records of a file are found by the brackets around them, strings passed over. An object is a
record, unless one of its members is known to have records: then these are found in it, and all
else of it is BETWEEN. What is inside a record is the reader's matter, unless it is no JSON at all:
then the span ends where the next record seems to begin, with an object whose first member is its
leader. The twin is `rust/core/src/text/json`.
"""

from __future__ import annotations

import re

from mrrc._pure.text_records import BETWEEN, MAX_SPAN, UNCLEAR, UNREAD

_Frame = tuple[int, int]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# The separator of a sequence of JSON texts counts as white space.
_BLANKS = re.compile(rb"[ \t\r\n\x1e]*")
_PASSED = re.compile(rb"[ \t\r\n\x1e,]*")
_MAX_BETWEEN = 1 << 16
_MAX_DEPTH = 64
_LONGEST_START = 80

_ARRAY, _COLLECTION, _MEMBER = range(3)
"""What is open around a record; the last one is a member whose value comes next."""

_LEADER = b'"leader"'
_OPENS_RECORD = re.compile(rb'\{[ \t\r\n]{0,64}"leader"')
_START = re.compile(rb"\{[ \t\r\n]{0,64}")
_BEFORE_START = re.compile(rb"[ \t\r\n,]{0,64}")
_BEHIND_STRING = re.compile(rb"[ \t\r\n]*")
_TOKEN = re.compile(rb'["{}\[\],]')
_IN_STRING = re.compile(rb'["\\\n]')
# Where bytes end of which nothing can be made; brackets that open or close nothing are of them.
_BRACKETS = {
    (opens, closes): re.compile(b"[{%b%b]" % (rb"\[" if opens else b"", rb"\]" if closes else b""))
    for opens in (True, False)
    for closes in (True, False)
}
_OF_COLLECTIONS = frozenset((b"collection", b"record", b"records", b"sourceRecords"))
_OF_RECORDS = frozenset((b"leader", b"fields", b"parsedRecord"))

# An object of the usual depth, at once, of which the scan would say the same. Each repetition can
# go on in one way only, so a failure takes no longer than a match.
_STRING = rb'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"(?=[ \t\r\n]*[,:}\]])'
_OTHER = rb'[^"{}\[\]]*'


def _compiled() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return the patterns of a usual record, and of what is in brackets."""
    inside = rb"%b(?:%b%b)*" % (_OTHER, _STRING, _OTHER)
    for _ in range(_USUAL_DEPTH - 1):
        inside = rb"%b(?:(?:%b|[{\[]%b[}\]])%b)*" % (_OTHER, _STRING, inside, _OTHER)
    record = rb'\{[ \t\r\n]*(?="(?:leader|fields)")%b[}\]]' % inside
    return re.compile(record), re.compile(rb"[{\[]%b[}\]]" % inside)


# They take some milliseconds to compile, so that is left to the first file. Of more than so much
# they are not tried, for if they do not match to the end it was for nothing.
_USUAL_DEPTH = 6
_MUCH = 1 << 16
_usual: tuple[re.Pattern[bytes], re.Pattern[bytes]] | None = None


def _usual_patterns() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    global _usual
    if _usual is None:
        _usual = _compiled()
    return _usual


class _NeedsMore(Exception):
    """Nothing can be said without more data."""


class JSONFrames:
    """Documents of JSON, arrays and collections of them."""

    context = b""

    def __init__(self) -> None:
        self._usual, _ = _usual_patterns()
        self._open: list[int] = []
        self._begun = False
        # What goes on at the place, and how far it was looked at, from the place.
        self._object: _Object | None = None
        self._passing: int | None = None
        self._nothing: int | None = None
        self._searching: tuple[int, int] | None = None

    def next_frame(self, data: bytes, start: int, final: bool) -> _Frame | None:
        """Return kind and end of what begins at `start`; None if more data are needed."""
        try:
            return self._next_frame(data, start, final)
        except _NeedsMore:
            return None

    def _next_frame(self, data: bytes, start: int, final: bool) -> _Frame | None:
        while True:
            if self._searching is not None:
                frame = self._search(data, start, final)
            elif self._object is not None:
                frame = self._scan(self._object, data, start, final)
            elif self._nothing is not None:
                return self._pass_nothing(data, start, final)
            elif self._passing is not None:
                frame = self._pass_between(data, start, final)
            elif start == len(data):
                is_open = final and bool(self._open)
                if final:
                    self._open.clear()
                return (UNREAD, start) if is_open else None
            else:
                frame = self._begin(data, start, final)
            if frame is not None:
                return frame

    def _begin(self, data: bytes, start: int, final: bool) -> _Frame | None:
        """See what begins here."""
        if not self._begun:
            mark = _byte_order_mark(data, start, final)
            self._begun = True
            if mark:
                self._passing = mark
                return None
        if self._open and self._open[-1] == _COLLECTION:
            self._object = _Object(is_rest=True)
            return None
        if self._open and self._open[-1] == _MEMBER:
            self._open.pop()
        if data[start] != 0x7B:
            self._passing = 0
            return None
        match = self._usual.match(data, start, min(len(data), start + _MUCH))
        if match is not None and data.count(_LEADER, start, match.end()) < 2:
            return UNCLEAR, match.end()
        self._object = _Object(is_rest=False)
        return None

    def _pass_between(self, data: bytes, start: int, final: bool) -> _Frame | None:
        """Pass what stands between two records."""
        at = start + (self._passing or 0)
        limit = start + _MAX_BETWEEN
        while at < limit:
            match = _PASSED.match(data, at, limit)
            at = match.end() if match else at
            byte = data[at : at + 1]
            if at == limit:
                break
            if byte == b"[" and len(self._open) < _MAX_DEPTH:
                self._open.append(_ARRAY)
            elif byte == b"]" and self._open and self._open[-1] == _ARRAY:
                self._open.pop()
                if self._open and self._open[-1] == _COLLECTION:
                    at += 1
                    break
            elif byte or final:
                break
            else:
                self._passing = at - start
                raise _NeedsMore
            at += 1
        self._passing = None
        if at == start:
            self._nothing = 1
            return None
        return BETWEEN, at

    def _pass_nothing(self, data: bytes, start: int, final: bool) -> _Frame:
        """Pass bytes of which nothing can be made, up to the next bracket."""
        limit = min(len(data), start + MAX_SPAN)
        closes = bool(self._open) and self._open[-1] == _ARRAY
        bracket = _BRACKETS[len(self._open) < _MAX_DEPTH, closes]
        match = bracket.search(data, start + (self._nothing or 0), limit)
        if match is None and not final and limit - start < MAX_SPAN:
            self._nothing = limit - start
            raise _NeedsMore
        self._nothing = None
        return UNREAD, match.start() if match else limit

    def _scan(self, scanned: _Object, data: bytes, start: int, final: bool) -> _Frame | None:
        """Go to the end of an object, or of what is left of one."""
        found, place = scanned.scan(data, start, final)
        self._object = None
        is_rest = scanned.is_rest
        if found == _END:
            if is_rest:
                self._open.pop()
        elif found == _NEXT_RECORD:
            if is_rest:
                self._open.append(_MEMBER)
                if place == start:
                    return None
        elif found in (_COLLECTION_OF_ARRAY, _COLLECTION_OF_ONE):
            if not is_rest:
                self._open.append(_COLLECTION)
            self._open.append(_ARRAY if found == _COLLECTION_OF_ARRAY else _MEMBER)
            return BETWEEN, place
        elif found != _END_OF_DATA:
            kind = UNREAD if is_rest or found == _TOO_MUCH else UNCLEAR
            self._searching = kind, max(place - start, 1)
            return None
        return (BETWEEN if is_rest else UNCLEAR), place

    def _search(self, data: bytes, start: int, final: bool) -> _Frame | None:
        """Look for the next record behind something wrong."""
        kind, seen = self._searching or (UNREAD, 0)
        match = _OPENS_RECORD.search(data, start + seen)
        size = len(data) - start
        seen = match.start() - start if match else max(seen, size - _LONGEST_START)
        if match:
            length = seen
        elif final:
            length = size
        elif size > MAX_SPAN + _LONGEST_START:
            length = seen
        else:
            self._searching = kind, seen
            raise _NeedsMore
        self._searching = None
        if length == 0:
            return None
        if length <= MAX_SPAN:
            return kind, start + length
        self._searching = UNREAD, max(seen - MAX_SPAN, 0)
        return UNREAD, start + MAX_SPAN


(
    _END,
    _NEXT_RECORD,
    _COLLECTION_OF_ARRAY,
    _COLLECTION_OF_ONE,
    _END_OF_DATA,
    _WRONG,
    _TOO_MUCH,
) = range(7)
"""How a scan ends.

With the object; where the next record begins, or in what is left of a collection the first; before
the records of a collection; with the data; where something is no JSON, and perhaps is again from
the place on; where it is too deep or too long.
"""


class _Object:
    """An object that is scanned up to some place, or what is left of a collection."""

    def __init__(self, is_rest: bool) -> None:
        self.is_rest = is_rest
        self._at = 0
        self._depth = int(is_rest)
        self._has_record = is_rest
        self._expects_name = False
        self._is_record = False
        self._is_collection = False
        # The first character of a string that was begun, and where to go on in it.
        self._string: int | None = None

    def scan(self, data: bytes, start: int, final: bool) -> _Frame:
        """Return how the scan ends, and where."""
        limit = min(len(data), start + MAX_SPAN)
        is_cut = limit < len(data)
        found, place = self._scan(data, start, limit, final or is_cut)
        if found == _END_OF_DATA:
            if is_cut:
                return _TOO_MUCH, limit if self._string is None else start + self._string
            if self._string is not None:
                return _WRONG, start + self._string
        return found, place

    def _scan(self, data: bytes, start: int, limit: int, final: bool) -> _Frame:
        while True:
            if self._string is not None:
                wrong = self._pass_string(data, start, limit, final)
                if wrong is not None:
                    return wrong
            match = _TOKEN.search(data, start + self._at, limit)
            if match is None:
                self._at = limit - start
                if not final:
                    raise _NeedsMore
                return _END_OF_DATA, limit
            at = match.start()
            self._at = at - start
            byte = data[at]
            if byte == 0x22:
                self._string = self._at
            elif byte in (0x7B, 0x5B):
                found = self._open(data, start, limit, final)
                if found is not None:
                    return found
            elif byte in (0x7D, 0x5D):
                self._depth -= 1
                if self._depth == 0:
                    return _END, at + 1
            elif self._depth == 1:
                self._expects_name = True
                self._is_collection = False
            self._at += 1

    def _pass_string(self, data: bytes, start: int, limit: int, final: bool) -> _Frame | None:
        """Go to the end of a string; return what ends the scan there."""
        first = start + (self._string or 0)
        at = max(start + self._at, first + 1)
        while True:
            match = _IN_STRING.search(data, at, limit)
            if match is None:
                return self._stopped(limit, start, limit, final)
            at = match.start()
            if match[0] == b'"':
                break
            if match[0] == b"\\":
                if at + 1 >= limit:
                    return self._stopped(at, start, limit, final)
                at += 2
                continue
            before = _BEFORE_START.match(data, at + 1, limit)
            place = before.end() if before else at + 1
            opens = _opens_record(data, place, limit, final)
            if opens is None:
                self._at = at - start
                raise _NeedsMore
            if opens:
                return _WRONG, place
            at += 1
        behind = _BEHIND_STRING.match(data, at + 1, limit)
        place = behind.end() if behind else at + 1
        if place == limit:
            return self._stopped(at, start, limit, final)
        if data[place] not in b",:}]":
            return _WRONG, first
        if self._depth == 1 and self._expects_name:
            name = data[first + 1 : at]
            self._expects_name = False
            self._is_record = self._is_record or name in _OF_RECORDS
            self._is_collection = not self._is_record and name in _OF_COLLECTIONS
        self._string = None
        self._at = place - start
        return None

    def _stopped(self, at: int, start: int, limit: int, final: bool) -> _Frame:
        self._at = at - start
        if not final:
            raise _NeedsMore
        return _END_OF_DATA, limit

    def _open(self, data: bytes, start: int, limit: int, final: bool) -> _Frame | None:
        """Go into an object or an array; return what ends the scan there."""
        at = start + self._at
        is_array = data[at] == 0x5B
        if self._depth == 1 and self._is_collection:
            return (_COLLECTION_OF_ARRAY, at + 1) if is_array else (_COLLECTION_OF_ONE, at)
        if not is_array:
            opens = _opens_record(data, at, limit, final)
            if opens is None:
                raise _NeedsMore
            if opens and self._has_record:
                return _NEXT_RECORD, at
            self._has_record = self._has_record or opens
        if self._depth and self._depth + _USUAL_DEPTH <= _MAX_DEPTH:
            _, in_brackets = _usual_patterns()
            match = in_brackets.match(data, at, min(limit, at + _MUCH))
            if match is not None and data.find(_LEADER, at, match.end()) < 0:
                # Passed at once: nothing in it would change what is known.
                self._at = match.end() - start - 1
                self._expects_name = False
                return None
        self._depth += 1
        self._expects_name = self._depth == 1
        return (_TOO_MUCH, at) if self._depth > _MAX_DEPTH else None


def _opens_record(data: bytes, at: int, limit: int, final: bool) -> bool | None:
    """Say whether an object begins here whose first member is a leader; None: more are needed."""
    start = _START.match(data, at, limit)
    if start is None:
        return False if final or at < limit else None
    behind = data[start.end() : min(start.end() + len(_LEADER), limit)]
    if behind == _LEADER:
        return True
    return None if _LEADER.startswith(behind) and not final else False


def _byte_order_mark(data: bytes, start: int, final: bool) -> int:
    """Return how long the byte order mark at the beginning of a file is."""
    head = data[start : start + 3]
    if head == _BYTE_ORDER_MARK:
        return 3
    if len(head) < 3 and _BYTE_ORDER_MARK.startswith(head) and not final:
        raise _NeedsMore
    return 0


class JSONLinesFrames:
    """A document of JSON in each line."""

    context = b""

    def __init__(self) -> None:
        self._seen = 0
        self._begun = False
        self._too_long = False

    def next_frame(self, data: bytes, start: int, final: bool) -> _Frame | None:
        """Return kind and end of what begins at `start`; None if more data are needed."""
        mark = 0
        if not self._begun:
            try:
                mark = _byte_order_mark(data, start, final)
            except _NeedsMore:
                return None
        if start == len(data):
            return None
        first = data[start]
        if first == 0x0A:
            self._too_long = False
        if mark or (first in b" \t\r\n\x1e" and not self._too_long):
            frame = self._between(data, start, mark, final)
        else:
            frame = self._line(data, start, final)
        if frame is not None:
            self._seen = 0
            self._begun = True
        return frame

    def _between(self, data: bytes, start: int, mark: int, final: bool) -> _Frame | None:
        limit = min(len(data), start + _MAX_BETWEEN)
        match = _BLANKS.match(data, start + max(self._seen, mark), limit)
        end = match.end() if match else limit
        if end < len(data) or final or end - start == _MAX_BETWEEN:
            return BETWEEN, end
        self._seen = end - start
        return None

    def _line(self, data: bytes, start: int, final: bool) -> _Frame | None:
        kind = UNREAD if self._too_long else UNCLEAR
        limit = min(len(data), start + MAX_SPAN + 1)
        end = data.find(b"\n", start + self._seen, limit)
        if end >= 0:
            self._too_long = False
            return kind, end
        if limit - start > MAX_SPAN:
            self._too_long = True
            return UNREAD, start + MAX_SPAN
        self._seen = limit - start
        return (kind, limit) if final else None
