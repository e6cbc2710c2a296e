"""Which directory entry belongs to which field, where the directory lies.

The fields are taken as the field terminators cut them, the tags from the directory, both in order.
Where there are as many of the one as of the other, they belong together one by one. Where there
are not, the cheapest explanation is looked for: a field terminator that is lost or that stands in
the data, an entry or a field that is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mrrc._pure.salvage import Entry, Problem

_ENTRY_LENGTH = 12

_OTHER_LENGTH = 2
_UNKNOWN_LENGTH = 1
_OTHER_KIND = 3
_STRAY_TERMINATOR = 3
_LOST_TERMINATOR = 3
_SURPLUS_TERMINATOR = 1
_LEFT_OVER = 4
# More than any explanation costs.
_IMPOSSIBLE = 1 << 30
# Beyond this many pairs, entries and pieces are taken one by one.
_MOST_PAIRS = 40_000

_MATCH, _JOIN, _SPLIT, _SKIP_PIECE, _SKIP_ENTRY = range(5)


def align(
    entries: list[Entry],
    pieces: list[tuple[int, int]],
    data: bytes,
    directory_start: int,
    base: int,
    unterminated: bool,
    problems: list[Problem],
) -> list[tuple[bytes, int, bytes]]:
    """Return tag, offset in the record and content of each field that has a tag.

    `data` are the fields, from the base address of data `base` on, `directory_start` is where the
    directory begins; `pieces` start and end of what
    stands between their field terminators. `unterminated` says that the record terminator is
    missing, so that the last field may be cut off.
    """
    anchors = _anchors(entries, pieces)
    if all(entry.position is not None for entry in entries):
        by_position = sorted(entries, key=lambda entry: entry.position or 0)
        if len(others := _anchors(by_position, pieces)) > len(anchors):
            entries, anchors = by_position, others
    fields: list[tuple[bytes, int, bytes]] = []
    block = _Block(data, base, unterminated, fields, problems)
    entry = piece = 0
    for next_entry, first, last in anchors:
        block.solve(entries[entry:next_entry], pieces[piece:first])
        block.match(entries[next_entry], pieces[first][0], pieces[last][1])
        entry, piece = next_entry + 1, last + 1
    block.solve(entries[entry:], pieces[piece:])
    if block.lies:
        found = b"%d of %d entries" % (block.lies, len(entries))
        problems.append(
            ("directory-wrong", directory_start, base - directory_start, None, found, b"")
        )
    return fields


def _anchors(entries: list[Entry], pieces: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the entries, in order, that agree with the field terminators at both ends.

    With each stand the first and the last piece of its field.
    """
    first_at = {start: index for index, (start, _) in enumerate(pieces)}
    last_at = {stop + 1: index for index, (_, stop) in enumerate(pieces)}
    anchors: list[tuple[int, int, int]] = []
    free = 0
    for number, entry in enumerate(entries):
        if entry.length is None or entry.position is None:
            continue
        first = first_at.get(entry.position, -1)
        last = last_at.get(entry.position + entry.length, -1)
        if free <= first <= last:
            anchors.append((number, first, last))
            free = last + 1
    return anchors


def report_piece(content: bytes, offset: int, problems: list[Problem]) -> None:
    """Report that no directory entry belongs to what stands between two field terminators."""
    if content:
        problems.append(("field-without-entry", offset, len(content), None, content, b""))
        return
    code, begin, length = "field-terminator-surplus", offset, 1
    # A run of them is one problem: there can be millions.
    if problems and problems[-1][0] == code and sum(problems[-1][1:3]) == offset:
        _, begin, length, *_ = problems.pop()
        length += 1
    problems.append((code, begin, length, None, b"", b""))


class _Block:
    """Entries and pieces between two anchors, and what becomes of them."""

    def __init__(
        self,
        data: bytes,
        base: int,
        unterminated: bool,
        fields: list[tuple[bytes, int, bytes]],
        problems: list[Problem],
    ) -> None:
        self.data = data
        self.base = base
        self.unterminated = unterminated
        self.fields = fields
        self.problems = problems
        self.lies = 0

    def solve(self, entries: list[Entry], pieces: list[tuple[int, int]]) -> None:
        """Find the cheapest explanation for these, and act on it."""
        if self._agree(entries, pieces):
            steps = [_MATCH] * len(entries)
        elif len(entries) * len(pieces) > _MOST_PAIRS:
            shared = min(len(entries), len(pieces))
            steps = [_MATCH] * shared
            steps += [_SKIP_ENTRY] * (len(entries) - shared)
            steps += [_SKIP_PIECE] * (len(pieces) - shared)
        else:
            steps = self._cheapest(entries, pieces)
        entry = piece = 0
        for step in steps:
            if step == _MATCH:
                self.lies += self._lies(entries[entry], *pieces[piece])
                self.match(entries[entry], *pieces[piece])
                entry, piece = entry + 1, piece + 1
            elif step == _JOIN:
                self.match(entries[entry], pieces[piece][0], pieces[piece + 1][1])
                entry, piece = entry + 1, piece + 2
            elif step == _SPLIT:
                self._split(entries[entry], entries[entry + 1], pieces[piece])
                entry, piece = entry + 2, piece + 1
            elif step == _SKIP_PIECE:
                self._leave_piece(*pieces[piece])
                piece += 1
            else:
                self._leave_entry(entries[entry])
                entry += 1

    def match(self, entry: Entry, start: int, stop: int) -> None:
        """Take these bytes as the entry's field."""
        content = self.data[start:stop]
        where = self.base + start
        if stop == len(self.data):
            whole = entry.length is not None and stop - start + 1 >= entry.length
            cut_off = self.unterminated and not whole
            code = "field-truncated" if cut_off else "field-terminator-missing"
            self.problems.append((code, self.base + stop, 0, entry.tag, b"", b""))
        if entry.tag is None:
            self.problems.append(("tag-unreadable", where, stop - start, None, content, b""))
        else:
            self.fields.append((entry.tag, where, content))

    def _lies(self, entry: Entry, start: int, stop: int) -> bool:
        """Say whether a readable entry has not the numbers of its field."""
        if entry.length is None or entry.position is None:
            return False
        if stop == len(self.data):
            # Without its terminator: it is cut off, or was counted without.
            as_it_is = self.unterminated or entry.length == stop - start
        else:
            as_it_is = entry.length == stop - start + 1
        return entry.position != start or not as_it_is

    def _split(self, first: Entry, second: Entry, piece: tuple[int, int]) -> None:
        """Take one piece as two fields, between which the field terminator is lost."""
        start, stop = piece
        middle = start + (first.length or 1) - 1
        lost = stop - start - (first.length or 0) - (second.length or 0) + 2
        where = self.base + middle
        found = self.data[middle : middle + lost]
        self.problems.append(("field-terminator-missing", where, lost, first.tag, found, b""))
        self.match(first, start, middle)
        self.match(second, middle + lost, stop)

    def _leave_piece(self, start: int, stop: int) -> None:
        report_piece(self.data[start:stop], self.base + start, self.problems)

    def _leave_entry(self, entry: Entry) -> None:
        length = min(_ENTRY_LENGTH, max(self.base - entry.offset, 0))
        self.problems.append(("field-missing", entry.offset, length, entry.tag, b"", b""))

    def _same_kind(self, entry: Entry, piece: tuple[int, int]) -> bool:
        """Say whether tag and content are both a control field's, or both a data field's."""
        if entry.tag is None:
            return True
        control = entry.tag < b"010" and entry.tag.isdigit()
        return control == (self.data.find(b"\x1f", *piece) == -1)

    def _agree(self, entries: list[Entry], pieces: list[tuple[int, int]]) -> bool:
        """Say whether these belong together one by one beyond doubt."""
        if len(entries) != len(pieces):
            return False
        others = 0
        for entry, piece in zip(entries, pieces, strict=True):
            if not self._same_kind(entry, piece):
                return False
            others += entry.length != piece[1] - piece[0] + 1
        return others <= 1

    def _match_cost(self, entry: Entry, start: int, stop: int) -> int:
        if entry.length is None:
            cost = _UNKNOWN_LENGTH
        else:
            cost = 0 if entry.length == stop - start + 1 else _OTHER_LENGTH
        return cost if self._same_kind(entry, (start, stop)) else cost + _OTHER_KIND

    def _join_cost(self, entry: Entry, start: int, stop: int) -> int:
        """Return what it costs that a field terminator stands in the data of this field."""
        cost = _STRAY_TERMINATOR
        if not self._same_kind(entry, (start, stop)):
            cost += _OTHER_KIND
        # The terminator took the place of a byte, or was inserted.
        if entry.length is None or stop - start + 1 - entry.length not in (0, 1):
            cost += _OTHER_LENGTH
        return cost

    def _split_cost(self, first: Entry, second: Entry, piece: tuple[int, int]) -> int:
        """Return what it costs that a terminator is lost, or overwritten, in this piece."""
        if not first.length or not second.length:
            return _IMPOSSIBLE
        lost = piece[1] - piece[0] - (first.length - 1) - (second.length - 1)
        return _LOST_TERMINATOR if lost in (0, 1) else _IMPOSSIBLE

    def _cheapest(self, entries: list[Entry], pieces: list[tuple[int, int]]) -> list[int]:
        """Return the steps that cost the least, and among them those that come first."""
        width = len(pieces) + 1
        # What it costs to explain everything from an entry and a piece on, and the first step.
        costs = [0] * ((len(entries) + 1) * width)
        steps = [_MATCH] * len(costs)
        for entry in range(len(entries), -1, -1):
            for piece in range(len(pieces), -1, -1):
                here = entry * width + piece
                if entry == len(entries) and piece == len(pieces):
                    continue
                best, step = _IMPOSSIBLE, _MATCH
                for candidate, cost in self._choices(entries, pieces, entry, piece, costs, width):
                    if cost < best:
                        best, step = cost, candidate
                costs[here], steps[here] = best, step
        path = []
        entry = piece = 0
        while entry < len(entries) or piece < len(pieces):
            step = steps[entry * width + piece]
            path.append(step)
            entry += (1, 1, 2, 0, 1)[step]
            piece += (1, 2, 1, 1, 0)[step]
        return path

    def _choices(
        self,
        entries: list[Entry],
        pieces: list[tuple[int, int]],
        entry: int,
        piece: int,
        costs: list[int],
        width: int,
    ) -> list[tuple[int, int]]:
        """Return the steps that are possible from here, each with the cost of all that follows."""
        here = entry * width + piece
        more_entries = len(entries) - entry
        more_pieces = len(pieces) - piece
        choices = []
        if more_entries and more_pieces:
            cost = self._match_cost(entries[entry], *pieces[piece])
            choices.append((_MATCH, cost + costs[here + width + 1]))
            if more_pieces > 1:
                start, stop = pieces[piece][0], pieces[piece + 1][1]
                cost = self._join_cost(entries[entry], start, stop)
                choices.append((_JOIN, cost + costs[here + width + 2]))
            if more_entries > 1:
                cost = self._split_cost(entries[entry], entries[entry + 1], pieces[piece])
                choices.append((_SPLIT, cost + costs[here + 2 * width + 1]))
        if more_pieces:
            empty = pieces[piece][0] == pieces[piece][1]
            cost = _SURPLUS_TERMINATOR if empty else _LEFT_OVER
            choices.append((_SKIP_PIECE, cost + costs[here + 1]))
        if more_entries:
            choices.append((_SKIP_ENTRY, _LEFT_OVER + costs[here + width]))
        return choices
