"""What a library made of a damaged file, held against the truth.

A record that was returned *corresponds* to the original with which it shares most distinctive
content: fields (tag and content) that only one original of the file has; if there is none of
these, pieces of at least six characters that only one original has; failing that, with a damaged
original that nothing else corresponds to and of which it is the beginning. A returned record is

- *false* if it corresponds to no original, or to one of which a better copy was returned as well
  (unless the damage itself made copies);
- *merged* if it has distinctive fields of another original as well (other than a field that the
  damage happened to make equal to one).

An original that the damage touches can be had *in part* if at least one of its fields is not
touched, neither content nor tag; it was recovered in part if such a field, or its control number,
is in the record that corresponds to it, and *in full* if all of them are, in order, and no more
fields besides than were touched. Something is *silent* if a reader could know that it is wrong but
says nothing: a touched record with other content and without a problem, a lost original where
no problem was reported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from inject import Damaged
from sound import STRUCTURE, Fields, Sound, Truth, as_text, fields_of

PIECE = 6


class Form(NamedTuple):
    """A record as a library shows it."""

    leader: str
    fields: Fields
    problems: int = 0


class Score(NamedTuple):
    """Counts, to be added up."""

    untouched: int = 0
    unchanged: int = 0
    """Untouched originals that were returned exactly as they are."""
    damaged: int = 0
    recoverable: int = 0
    """Damaged originals that can be had in part."""
    in_part: int = 0
    in_full: int = 0
    fields: int = 0
    """Fields of damaged originals that the damage does not touch."""
    fields_kept: int = 0
    returned: int = 0
    false: int = 0
    merged: int = 0
    foreign_fields: int = 0
    """Fields of recovered records that are not the original's, beyond those that were touched."""
    silent: int = 0
    unreported: int = 0
    """Damaged originals without any problem though a reader could know; silent ones included."""
    alarms: int = 0
    """Untouched originals that were returned with a problem."""
    errors: int = 0
    """None records and exceptions during the iteration."""
    failures: int = 0
    """Files on which a library raised, crashed or hung."""
    hangs: int = 0
    unaccounted: int = 0
    """Files whose bytes are not accounted for."""
    files: int = 0

    def plus(self, other: Score) -> Score:
        return Score(*(one + two for one, two in zip(self, other, strict=True)))


def forms(answer: dict[str, Any]) -> list[Form]:
    return [
        Form(leader, tuple((tag, content) for tag, content in fields), problems)
        for leader, fields, problems in answer.get("records", [])
    ]


def own_forms(sound: Sound) -> list[Form]:
    """Return the records of a sound file as their bytes have them."""
    found = []
    for record in sound.records:
        raw = sound.bytes_of(record)
        found.append(Form(raw[:24].decode("ascii"), as_text(fields_of(raw))))
    return found


def originals(sound: Sound, answer: dict[str, Any]) -> list[Form]:
    """Return a library's reading of the sound file; the bytes' where it cannot read it."""
    own = own_forms(sound)
    seen = forms(answer)
    if len(seen) != len(own) or any(
        len(one.fields) != len(other.fields) for one, other in zip(own, seen, strict=True)
    ):
        return own
    return seen


def about(leader: str) -> str:
    """Return a leader without the digits that say how the record is cut."""
    return "".join("0" if index in STRUCTURE else each for index, each in enumerate(leader))


def same(one: Form, other: Form) -> bool:
    return one.fields == other.fields and about(one.leader) == about(other.leader)


def shared_beginning(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def resembles(one: str, other: str) -> bool:
    """Tell whether two texts are equal but for some place in the middle."""
    before = shared_beginning(one, other)
    after = shared_beginning(one[before:][::-1], other[before:][::-1])
    return 2 * (before + after) >= max(len(one), len(other))


class Matching:
    """Which original each returned record corresponds to."""

    def __init__(
        self, truths: Sequence[Form], seen: Sequence[Form], touched: Sequence[frozenset[int] | None]
    ) -> None:
        """Match; `touched` has the fields that were damaged, None for an untouched original."""
        self.truths, self.seen, self.touched = truths, seen, touched
        owners: dict[tuple[str, str], set[int]] = defaultdict(set)
        for index, form in enumerate(truths):
            for field in form.fields:
                owners[field].add(index)
        self.owner = {field: next(iter(of)) for field, of in owners.items() if len(of) == 1}
        self.texts: list[str] | None = None
        self.of: dict[int, list[int]] = defaultdict(list)
        """Returned records of each original, the best first."""
        self.merged = 0
        unmatched = []
        for number, form in enumerate(seen):
            votes = Counter(self.owner[field] for field in form.fields if field in self.owner)
            best = votes.most_common(1)[0][0] if votes else self.by_pieces(form)
            if best is None:
                unmatched.append(number)
            else:
                self.of[best].append(number)
                self.merged += any(self.is_foreign(field, best) for field in form.fields)
        # In the order of the file, as the records are.
        stubs = (self.by_beginning(seen[number], number) for number in unmatched)
        self.unmatched = sum(not found for found in stubs)
        for index, numbers in self.of.items():
            truth = truths[index]
            numbers.sort(key=lambda number: self.likeness(truth, seen[number]), reverse=True)

    @staticmethod
    def likeness(truth: Form, form: Form) -> tuple[bool, int, int]:
        shared = sum((Counter(truth.fields) & Counter(form.fields)).values())
        return same(truth, form), shared, -len(form.fields)

    def is_foreign(self, field: tuple[str, str], index: int) -> bool:
        """Tell whether a field is another original's, and not this one's after damage."""
        if self.owner.get(field, index) == index:
            return False
        damaged = [self.truths[index].fields[each] for each in self.touched[index] or ()]
        return not any(tag == field[0] and resembles(text, field[1]) for tag, text in damaged)

    def by_beginning(self, form: Form, number: int) -> bool:
        """Match a record of which next to nothing is left; tell whether that was possible."""
        if not any(text for _, text in form.fields):
            return False
        for index, touched in enumerate(self.touched):
            if touched is None or self.of[index]:
                continue
            pairs = zip(self.truths[index].fields, form.fields, strict=False)
            if len(form.fields) <= len(self.truths[index].fields) and all(
                tag == other_tag and text.startswith(other)
                for (tag, text), (other_tag, other) in pairs
            ):
                self.of[index].append(number)
                return True
        return False

    def by_pieces(self, form: Form) -> int | None:
        """Return the original that alone has the longest piece of a record's text."""
        if self.texts is None:
            self.texts = ["\n".join(text for _, text in form.fields) for form in self.truths]
        pieces = {
            piece[1:] for _, text in form.fields for piece in ("?" + text).split("\x1f")
            if len(piece) > PIECE
        }  # fmt: skip
        for piece in sorted(pieces, key=lambda piece: (-len(piece), piece)):
            owners = [index for index, text in enumerate(self.texts) if piece in text]
            if len(owners) == 1:
                return owners[0]
        return None


def in_order(wanted: Sequence[tuple[str, str]], seen: Sequence[tuple[str, str]]) -> bool:
    place = iter(seen)
    return all(any(field == other for other in place) for field in wanted)


class Recovery(NamedTuple):
    """What a returned record has of a damaged original."""

    wanted: int
    kept: int
    foreign: int
    in_part: bool
    in_full: bool
    changed: bool


def recovery(truth: Truth, original: Form, form: Form) -> Recovery:
    wanted = [
        field for index, field in enumerate(original.fields) if index not in truth.touched_fields
    ]
    kept = sum((Counter(wanted) & Counter(form.fields)).values())
    touched = len(original.fields) - len(wanted)
    whole = sum((Counter(original.fields) & Counter(form.fields)).values())
    # A touched field may come as two, where a terminator fell into it.
    foreign = max(0, len(form.fields) - whole - 2 * touched)
    number = {field for field in original.fields if field[0] == "001"} & set(form.fields)
    in_full = foreign == 0 and in_order(wanted, form.fields)
    return Recovery(
        len(wanted), kept, foreign, kept > 0 or bool(number), in_full,
        form.fields != original.fields,
    )  # fmt: skip


def near(seen: Sequence[Sequence[int]], span: tuple[int, int]) -> bool:
    """Tell whether a problem was reported in a span, or right at its ends."""
    start, end = span
    return any(offset <= end + 1 and offset + length >= start - 1 for offset, length in seen)


def score(made: Damaged, sound: Sound, before: dict[str, Any], answer: dict[str, Any]) -> Score:
    """Return the counts for one file: `before` is the library's answer for the sound one."""
    read = originals(sound, before)
    truth_forms = [
        Form("", truth.fields) if truth.fields is not None else read[truth.record or 0]
        for truth in made.truths
    ]
    alarmed = [form.problems for form in read]
    returned = forms(answer)
    touched = [truth.touched_fields if truth.touched else None for truth in made.truths]
    matching = Matching(truth_forms, returned, touched)
    counts: Counter[str] = Counter(returned=len(returned), false=matching.unmatched, files=1)
    counts["merged"] = matching.merged
    counts["errors"] = answer.get("errors", 0)
    counts["hangs"] = "hang" in answer
    counts["failures"] = "hang" in answer or "crash" in answer or "exception" in answer
    accounting = answer.get("accounting")
    if accounting is not None:
        counts["unaccounted"] = sum(accounting) != len(made.data)
    spans = answer.get("seen")
    lost = 0
    for index, (truth, original) in enumerate(zip(made.truths, truth_forms, strict=True)):
        numbers = matching.of[index]
        counts["false"] += max(0, len(numbers) - 1 - truth.copies)
        form = returned[numbers[0]] if numbers else None
        reported = spans is not None and near(spans, truth.span)
        if not truth.touched:
            counts["untouched"] += 1
            if form is None:
                lost += not reported
            elif same(form, original):
                counts["unchanged"] += 1
                counts["alarms"] += form.problems > 0 and not alarmed[truth.record or 0]
            else:
                counts["silent"] += not form.problems
            continue
        counts["damaged"] += 1
        wanted = len(original.fields) - len(truth.touched_fields)
        counts["recoverable"] += wanted > 0
        counts["fields"] += wanted
        if form is None:
            lost += truth.detectable and wanted > 0 and not reported
            counts["unreported"] += truth.detectable and not reported
            continue
        seen = recovery(truth, original, form)
        counts["fields_kept"] += seen.kept
        counts["in_part"] += seen.in_part and wanted > 0
        counts["in_full"] += seen.in_full and wanted > 0
        counts["foreign_fields"] += seen.foreign
        counts["silent"] += truth.detectable and seen.changed and not form.problems
        counts["unreported"] += truth.detectable and not form.problems and not reported
    # Without positions every error is taken to stand for one of the records that are missing.
    counts["silent"] += lost if spans is not None else max(0, lost - counts["errors"])
    return Score(**counts)
