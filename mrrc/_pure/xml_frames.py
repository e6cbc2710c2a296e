"""Where the records of MARCXML begin and end, whatever they are wrapped in.

Data are UTF-8, any number of documents one after the other. A record is an element `record` of one
of the namespaces of MARCXML; or of none or of another one, if its first child is one of a MARC
record, or if it is in no namespace and has no children. The `record` elements of OAI-PMH and SRU
are wrappers like any others.

Frames depend on the data alone, not on the blocks in which they come. What is not well-formed has
to be cut too, so that the records behind it are found: a record without an end tag ends where the
next one begins, where the element around it ends, or where a new document begins.
"""

from __future__ import annotations

import re
from typing import NamedTuple

RECORD, BETWEEN, UNREAD = 1, 2, 3

Declarations = tuple[tuple[bytes, bytes], ...]
"""The namespaces in force, prefix and URI; the default namespace has an empty prefix."""

NAMESPACES = frozenset(
    (
        b"http://www.loc.gov/MARC21/slim",
        b"info:lc/xmlns/marcxchange-v1",
        b"info:lc/xmlns/marcxchange-v2",
    )
)
"""Namespaces whose `record` is a MARC record: MARCXML, and MarcXchange (ISO 25577)."""

_RESERVED = (b"http://www.w3.org/XML/1998/namespace", b"http://www.w3.org/2000/xmlns/")
_CHILDREN = (b"leader", b"controlfield", b"datafield")
_PARTS = (*_CHILDREN, b"subfield")
_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"

# In bytes. Longer spans are no records; longer tags and document types are no markup.
LONGEST_SPAN = 64 << 20
LONGEST_TAG = 1 << 14
LONGEST_DOCTYPE = 1 << 14
# How much may stand in one frame that is no record, if no single token is longer.
LONGEST_BETWEEN = 1 << 16
# How far the first child of a record is looked for.
LONGEST_LOOK = 1 << 16
MOST_OPEN = 64
# All together are kept for each record, and the shortest record has some dozen bytes.
MOST_DECLARATIONS = 40
_LONGEST_PREFIX = 32
_LONGEST_URI = 120

_IN_TAG = re.compile(rb"[<>\"']")
_QUOTED = {0x22: re.compile(rb"[<\"]"), 0x27: re.compile(rb"[<']")}
_ANGLE = re.compile(rb"[<>]")
_NAME = re.compile(rb"[^ \t\r\n<>/=\"']*")
_IN_DOCTYPE = re.compile(rb"[<>\"'\[\]]")
_DECLARATION = re.compile(
    rb"[ \t\r\n]xmlns(?::([^ \t\r\n=:]+))?[ \t\r\n]*=[ \t\r\n]*(?:\"([^\"]*)\"|'([^']*)')"
)
_PREFIX = re.compile(rb"[A-Za-z_][A-Za-z0-9_.-]*")
_URI = re.compile(rb"[!#-%'-;=?-~]*")

# What a token is.
(
    _CHARACTERS,
    _PASSED,
    _BAD,
    _START,
    _EMPTY,
    _END,
    _DOCUMENT,
    _DOCTYPE,
    _RECORD,
    _EMPTY_RECORD,
) = range(10)


class _Token(NamedTuple):
    """A piece of markup, or the text up to the next one; the name is that of its element."""

    what: int
    end: int
    name: bytes = b""


class _State(NamedTuple):
    """What is open: names and declarations, how many more elements, and the document type."""

    open: tuple[tuple[bytes, Declarations], ...] = ()
    deeper: int = 0
    doctype: bytes = b""

    @property
    def declarations(self) -> Declarations:
        return self.open[-1][1] if self.open else ()


class XMLFrames:
    """Cuts MARCXML into records and what is between them.

    Attributes:
        context: an empty start tag with the namespaces in force around the record found last, and
            behind it the document type declaration if that declares entities; empty for neither.
    """

    def __init__(self) -> None:
        self.context = b""
        self._state = _State()
        # From where to where after the last frame there is no such end of a token.
        self._absent: dict[bytes, tuple[int, int]] = {}
        self._ends: dict[tuple[bytes, bytes], re.Pattern[bytes]] = {}
        self._start = 0

    def next_frame(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        """Return what the data from `start` on begin with, and where that ends.

        None asks for more data; where they are `final`, it says that there are none left.
        """
        self._start = start
        frame = self._frame(data, start, final)
        if frame is not None and self._absent:
            length = frame[1] - start
            self._absent = {
                mark: (first - length, end - length)
                for mark, (first, end) in self._absent.items()
                if end > length
            }
        return frame

    def _frame(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        state = self._state
        at = start
        unread = False
        if at == len(data):
            return (UNREAD, at) if final and state.open else None
        while at < len(data) and at - start < LONGEST_BETWEEN:
            token = self._token(data, at, start, final, state)
            if token is None:
                return None
            if token.what >= _RECORD:
                if at > start:
                    break
                return self._record(data, start, token, final, state)
            bad, after = _after(state, data, at, token)
            if at == start:
                unread = bad
            elif bad != unread and not (unread and token.what == _CHARACTERS):
                break
            state = after
            at = token.end
        else:
            if at == len(data) and not final and at - start < LONGEST_BETWEEN:
                return None
        self._state = state
        return (UNREAD if unread else BETWEEN), at

    def _token(self, data: bytes, at: int, start: int, final: bool, state: _State) -> _Token | None:
        if data[at] != 0x3C:
            stop = min(start + LONGEST_BETWEEN, len(data))
            end = data.find(b"<", at, stop)
            if end < 0:
                if stop < start + LONGEST_BETWEEN and not final:
                    return None
                end = stop
            return _Token(_CHARACTERS, end)
        # The longest that has to be known is "<![CDATA[".
        if len(data) - at < 9 and not final:
            return None
        second = data[at + 1 : at + 2]
        if second == b"!":
            return self._declaration(data, at, final)
        if second == b"?":
            return self._instruction(data, at, final)
        if second == b"/":
            return _end_tag(data, at, final)
        if _begins_name(second):
            return _start_tag(data, at, final, state)
        return _Token(_BAD, at + 1)

    def _declaration(self, data: bytes, at: int, final: bool) -> _Token | None:
        if data.startswith(b"<!--", at):
            return self._until(b"-->", data, at, 4, final)
        if data.startswith(b"<![CDATA[", at):
            token = self._until(b"]]>", data, at, 9, final)
            if token is not None and token.what == _PASSED:
                return _Token(_CHARACTERS, token.end, b"CDATA")
            return token
        if data.startswith(b"<!DOCTYPE", at):
            found = _doctype_end(data, at, final)
            if found is None:
                return None
            end, is_whole = found
            return _Token(_DOCTYPE if is_whole else _BAD, end)
        return _Token(_BAD, at + 2)

    def _instruction(self, data: bytes, at: int, final: bool) -> _Token | None:
        token = self._until(b"?>", data, at, 2, final)
        if token is not None and token.what == _PASSED and _is_document(data, at):
            return token._replace(what=_DOCUMENT)
        return token

    def _until(self, mark: bytes, data: bytes, at: int, opening: int, final: bool) -> _Token | None:
        """Return a token that ends with the mark; without an end only its opening is one, bad."""
        stop = min(at + LONGEST_SPAN, len(data))
        end = self._find(mark, data, at + opening, stop)
        if end >= 0:
            return _Token(_PASSED, end + len(mark))
        if not final and stop < at + LONGEST_SPAN:
            return None
        return _Token(_BAD, at + opening)

    def _find(self, mark: bytes, data: bytes, at: int, stop: int) -> int:
        """Find the mark; what was searched for nothing is not searched again."""
        start = self._start
        first, end = self._absent.get(mark, (0, 0))
        first, end = start + first, start + end
        known = first <= at < end
        found = data.find(mark, max(at, end - len(mark) + 1) if known else at, stop)
        if found < 0 and (not known or stop > end):
            self._absent[mark] = (first - start if known else at - start, stop - start)
        return found

    def _record(
        self, data: bytes, start: int, token: _Token, final: bool, state: _State
    ) -> tuple[int, int] | None:
        """Return the frame of the record whose start tag the token is."""
        frame: tuple[int, int] | None = (RECORD, token.end or start)
        if token.what == _RECORD:
            parent = state.open[-1][0] if state.open and not state.deeper else b""
            if _local(parent) in _PARTS:
                parent = b""
            frame = self._record_end(data, start, token, parent, final)
            if frame is None:
                return None
        context = _context(state.declarations) + state.doctype
        # Many records have one and the same, which can be long.
        if context != self.context:
            self.context = context
        return frame

    def _record_end(
        self, data: bytes, start: int, token: _Token, parent: bytes, final: bool
    ) -> tuple[int, int] | None:
        name = token.name
        bound = start + LONGEST_SPAN
        stop = min(bound, len(data))
        more = stop < bound and not final
        search = self._pattern(name, parent).search
        at = token.end
        while True:
            match = search(data, at, stop)
            if match is None:
                if more:
                    return None
                return (UNREAD, bound) if stop == bound else (RECORD, stop)
            at = match.start()
            second = data[at + 1]
            if second == 0x2F:
                if not data.startswith(name, at + 2) or match.lastindex is None:
                    return RECORD, at
                angle = _ANGLE.search(data, match.end() - 1, stop)
                if angle is None:
                    return None if more else (RECORD, stop)
                return RECORD, angle.end() if angle[0] == b">" else angle.start()
            if second not in b"!?":
                return RECORD, at
            if stop - at < 9 and more:
                return None
            if second == 0x3F and _is_document(data, at):
                return RECORD, at
            opening, mark = 2, b""
            if second == 0x3F:
                mark = b"?>"
            elif data.startswith(b"<!--", at):
                opening, mark = 4, b"-->"
            elif data.startswith(b"<![CDATA[", at):
                opening, mark = 9, b"]]>"
            end = self._find(mark, data, at + opening, stop) if mark else -1
            if mark and end < 0 and more:
                return None
            at = end + len(mark) if end >= 0 else min(at + opening, stop)

    def _pattern(self, name: bytes, parent: bytes) -> re.Pattern[bytes]:
        """Return what finds the end of a record; a group matches its own end tag."""
        pattern = self._ends.get((name, parent))
        if pattern is None:
            own = re.escape(name)
            around = rb"|/" + re.escape(parent) + rb"[ \t\r\n>]" if parent else b""
            pattern = re.compile(
                rb"<(?:[!?]|/" + own + rb"([ \t\r\n>])|" + own + rb"[ \t\r\n>/]" + around + rb")"
            )
            # Documents have one or two of them, whatever else the data have.
            if len(self._ends) > 100:
                self._ends.clear()
            self._ends[name, parent] = pattern
        return pattern


def _begins_name(first: bytes) -> bool:
    return first.isalpha() or first in (b"_", b":") or first >= b"\x80"


def _is_document(data: bytes, at: int) -> bool:
    """Say whether this is the declaration that a document begins with."""
    return data.startswith(b"<?xml", at) and data[at + 5 : at + 6] in (b" ", b"\t", b"\r", b"\n")


def _local(name: bytes) -> bytes:
    return name.partition(b":")[2] if b":" in name else name


def _prefix(name: bytes) -> bytes:
    return name.partition(b":")[0] if b":" in name else b""


def _tag_end(data: bytes, at: int, final: bool) -> tuple[int, bool] | None:
    """Return where a start tag ends, and whether that is its proper end."""
    limit = at + LONGEST_TAG
    stop = min(limit, len(data))
    place = at + 1
    while (match := _IN_TAG.search(data, place, stop)) is not None:
        found = data[match.start()]
        if found == 0x3E:
            return match.end(), True
        if found == 0x3C:
            return match.start(), False
        closing = _QUOTED[found].search(data, match.end(), stop)
        if closing is None:
            break
        if closing[0] == b"<":
            return closing.start(), False
        place = closing.end()
    if stop < limit and not final:
        return None
    return stop, False


def _start_tag(data: bytes, at: int, final: bool, state: _State) -> _Token | None:
    found = _tag_end(data, at, final)
    if found is None:
        return None
    end, whole = found
    name = _name_at(data, at + 1, end)
    local = _local(name)
    if local == b"record":
        empty = whole and data[end - 2] == 0x2F
        child: bytes | None = b""
        if not empty:
            child = _first_child(data, end, final)
            if child is None:
                return None
        uri = _uri_of(name, _declared(state.declarations, data[at:end]))
        if child in _CHILDREN or uri in NAMESPACES or (not child and not uri and whole):
            return _Token(_EMPTY_RECORD if empty else _RECORD, end, name)
    if not whole:
        return _Token(_BAD, end)
    if local in _PARTS:
        uri = _uri_of(name, _declared(state.declarations, data[at:end]))
        if not uri or uri in NAMESPACES:
            # Part of a record that does not begin.
            return _Token(_BAD, end)
    return _Token(_EMPTY if data[end - 2] == 0x2F else _START, end, name)


def _end_tag(data: bytes, at: int, final: bool) -> _Token | None:
    limit = at + LONGEST_TAG
    stop = min(limit, len(data))
    match = _ANGLE.search(data, at + 2, stop)
    if match is None:
        return None if stop < limit and not final else _Token(_BAD, stop)
    if match[0] == b"<":
        return _Token(_BAD, match.start())
    return _Token(_END, match.end(), _name_at(data, at + 2, match.end()))


def _name_at(data: bytes, at: int, stop: int) -> bytes:
    match = _NAME.match(data, at, stop)
    return match[0] if match is not None else b""


def _doctype_end(data: bytes, at: int, final: bool) -> tuple[int, bool] | None:
    """Return where a document type declaration ends, and whether that is its proper end.

    What was looked at in vain is in front of the end, so that it is not looked at again. None asks
    for more data.
    """
    limit = at + LONGEST_DOCTYPE
    stop = min(limit, len(data))
    needs_more = stop < limit and not final
    place = at + 9
    inside = False
    while True:
        match = _IN_DOCTYPE.search(data, place, stop)
        if match is None:
            place = stop
            break
        found = match[0]
        place = match.end()
        mark = found
        if found == b">":
            if not inside:
                return place, True
            continue
        if found in b"[]":
            inside = found == b"["
            continue
        if found == b"<":
            if not inside:
                return place - 1, False
            if stop - place < 3 and needs_more:
                return None
            if data.startswith(b"!--", place, stop):
                mark = b"-->"
                place += 3
            elif data.startswith(b"?", place, stop):
                mark = b"?>"
                place += 1
            elif data.startswith(b"!", place, stop):
                continue
            else:
                # Declarations only can be inside.
                return place - 1, False
        end = data.find(mark, place, stop)
        if end < 0:
            break
        place = end + len(mark)
    return None if needs_more else (place, False)


def _first_child(data: bytes, at: int, final: bool) -> bytes | None:
    """Return the local name of the first element after a start tag, empty if an end tag is first.

    None asks for more data.
    """
    limit = at + LONGEST_LOOK
    stop = min(limit, len(data))
    unended = None if stop < limit and not final else b""
    while (at := data.find(b"<", at, stop)) >= 0:
        if stop - at < 4 and unended is None:
            return None
        opening, mark = 0, b""
        if data.startswith(b"<!--", at):
            opening, mark = 4, b"-->"
        elif data.startswith(b"<?", at):
            opening, mark = 2, b"?>"
        elif not _begins_name(data[at + 1 : min(at + 2, stop)]):
            return b""
        else:
            name = _name_at(data, at + 1, stop)
            return unended if at + 1 + len(name) == stop and unended is None else _local(name)
        end = data.find(mark, at + opening, stop)
        if end < 0:
            break
        at = end + len(mark)
    return unended


def _declared(declarations: Declarations, tag: bytes) -> Declarations:
    """Return the declarations in force inside of an element with this start tag."""
    if b"xmlns" not in tag:
        return declarations
    found = dict(declarations)
    for match in _DECLARATION.finditer(tag):
        prefix = match[1] or b""
        uri = match[2] if match[2] is not None else match[3]
        if prefix and (
            _PREFIX.fullmatch(prefix) is None
            or prefix in (b"xml", b"xmlns")
            or len(prefix) > _LONGEST_PREFIX
        ):
            continue
        if prefix not in found and len(found) == MOST_DECLARATIONS:
            continue
        sound = _URI.fullmatch(uri) is not None and len(uri) <= _LONGEST_URI
        if not sound or uri in _RESERVED or (prefix and not uri):
            uri = b"unknown"
        found[prefix] = uri
    return tuple(found.items())


def _uri_of(name: bytes, declarations: Declarations) -> bytes:
    """Return the namespace of an element, empty if it has none or none is declared."""
    return dict(declarations).get(_prefix(name), b"")


def _context(declarations: Declarations) -> bytes:
    """Return a start tag with these declarations, nothing if there are none."""
    if not declarations:
        return b""
    tag = b"<x"
    for prefix, uri in declarations:
        tag += b' xmlns%b="%b"' % (b":" + prefix if prefix else b"", uri)
    return tag + b">"


def _after(state: _State, data: bytes, at: int, token: _Token) -> tuple[bool, _State]:
    """Return whether the token is out of place, and what is open after it."""
    what, end, name = token
    if what == _CHARACTERS:
        if state.open:
            return state.deeper > 0, state
        # The mark of a file that is appended to another one stands where text would.
        text = b"?" if name else data[at:end].replace(_MARK, b"")
        return bool(text.strip(_BLANKS)), state
    if what == _DOCUMENT:
        return False, _State()
    if what == _DOCTYPE:
        doctype = data[at:end]
        known = doctype if b"<!ENTITY" in doctype else b""
        return False, state._replace(doctype=known)
    if what == _START:
        if state.deeper or len(state.open) == MOST_OPEN:
            return True, state._replace(deeper=state.deeper + 1)
        opened = (name, _declared(state.declarations, data[at:end]))
        return False, state._replace(open=(*state.open, opened))
    if what == _END:
        return _closed(state, name)
    return what == _BAD, state


def _closed(state: _State, name: bytes) -> tuple[bool, _State]:
    """Return whether an end tag is out of place, and what is open after it."""
    if state.deeper:
        return True, state._replace(deeper=state.deeper - 1)
    for depth in range(len(state.open), 0, -1):
        if state.open[depth - 1][0] == name:
            return False, state._replace(open=state.open[: depth - 1])
    return True, state
