"""A record laid out for human eyes: tags explained, 880 fields with those they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from mrrc.cli.tags import LEVELS, RECORD_TYPES, SCRIPTS, STATUSES, name_of
from mrrc.cli.texts import Line, visible, width_of

if TYPE_CHECKING:
    from mrrc.field import Field
    from mrrc.record import Record

_NAME_WIDTH = 32
_LINK = re.compile(r"([0-9A-Za-z]{3})-(\d+)(?:/([^/]+))?")


class Row(NamedTuple):
    """A line of the table: a field, or the 880 field that belongs to the one before."""

    tag: str
    indicators: str
    name: str
    content: Line


def rows(record: Record, marked: re.Pattern[str] | None = None) -> list[Row]:
    """Return the rows of a record, each 880 field behind the one that it belongs to."""
    leader = str(record.leader)
    kind = leader[6:7]
    found = [Row("LDR", "", "Leader", [(visible(leader), "")])]
    fields = record.fields
    linked: dict[tuple[str, str], list[Field]] = {}
    for field in fields:
        if field.tag == "880":
            link = _link(field)
            if link is not None:
                linked.setdefault((link[0], link[1]), []).append(field)
    paired: set[int] = set()
    plain: list[tuple[Field, list[Field]]] = []
    for field in fields:
        link = None if field.tag == "880" or field.control_field else _link(field)
        others: list[Field] = []
        if link is not None and link[0] == "880" and int(link[1]):
            others = linked.get((field.tag, link[1]), [])
            paired.update(map(id, others))
        plain.append((field, others))
    for field, others in plain:
        if id(field) in paired:
            continue
        if field.tag == "880":
            found.append(_alternate(field, kind, marked, alone=True))
            continue
        found.append(_row(field, name_of(field.tag, kind), marked))
        found += [_alternate(other, kind, marked, alone=False) for other in others]
    return found


def _link(field: Field) -> tuple[str, str, str] | None:
    """Return tag, number and script that subfield $6 names."""
    for code, value in field.subfields:
        if code == "6":
            match = _LINK.match(value)
            return (match[1], match[2], match[3] or "") if match else None
    return None


def _row(field: Field, name: str, marked: re.Pattern[str] | None) -> Row:
    if field.control_field:
        return Row(visible(field.tag), "", name, _marked(visible(field.data or ""), marked))
    content: Line = []
    for code, value in field.subfields:
        content.append((f"{' ' if content else ''}${visible(code)}", "code"))
        content.append((" ", ""))
        content += _marked(visible(value), marked)
    indicators = "".join(
        visible(str(each)) if each != " " else "_" for each in field.indicators or ()
    )
    return Row(visible(field.tag), indicators, name, content)


def _alternate(field: Field, kind: str, marked: re.Pattern[str] | None, alone: bool) -> Row:
    """Return the row of an 880 field: below its field, or by itself with the name of that."""
    link = _link(field)
    if link is None:
        return _row(field, name_of("880"), marked)
    script = SCRIPTS.get(link[2], visible(link[2]))
    if alone:
        name = f"{name_of(link[0], kind) or visible(link[0])} in {script or 'other script'}"
    else:
        name = f"  in {script}" if script else "  in another script"
    return _row(field, name, marked)


def _marked(text: str, marked: re.Pattern[str] | None) -> Line:
    """Return a text with what is looked for marked in it."""
    if marked is None:
        return [(text, "")]
    line: Line = []
    end = 0
    for match in marked.finditer(text):
        if match.start() == match.end():
            continue
        line.append((text[end : match.start()], ""))
        line.append((match[0], "match"))
        end = match.end()
    line.append((text[end:], ""))
    return [piece for piece in line if piece[0]]


def described(record: Record) -> str:
    """Return what a leader says, in words.

    >>> import mrrc
    >>> described(mrrc.Record(leader="00000cam a2200000 i 4500"))
    'language material, monograph; corrected; says it is UTF-8'
    """
    leader = str(record.leader)
    kind = RECORD_TYPES.get(leader[6:7], f"type {visible(leader[6:7])!r}")
    if leader[6:7] not in "uvwxyzq" and leader[7:8] in LEVELS:
        kind += f", {LEVELS[leader[7:8]]}"
    parts = [kind]
    if leader[5:6] in STATUSES:
        parts.append(STATUSES[leader[5:6]])
    coding = {"a": "UTF-8", " ": "MARC-8"}.get(leader[9:10])
    parts.append(f"says it is {coding}" if coding else "does not say its encoding")
    return "; ".join(parts)


def layout(
    record: Record,
    heading: str,
    width: int | None,
    *,
    explain: bool = True,
    marked: re.Pattern[str] | None = None,
) -> Iterator[Line]:
    """Yield the lines of a record, no wider than the terminal; `width` is None for any width."""
    rule = max(4, (width or 80) - width_of(heading) - 5)
    yield [("── ", "dim"), (heading, "head"), (f" {'─' * rule}", "dim")]
    yield [(described(record), "dim")]
    for problem in record.problems:
        yield [("! ", "problem"), (visible(str(problem)), "problem")]
    found = rows(record, marked)
    names = 0
    if explain and (width is None or width >= 72):
        names = min(_NAME_WIDTH, max(len(row.name) for row in found))
    for row in found:
        name = row.name if len(row.name) <= names else f"{row.name[: max(0, names - 1)]}…"
        tag = f"{row.tag:<3} {row.indicators:<2} "
        start: Line = [(tag, "tag")]
        if names:
            start.append((f"{name:<{names}}  ", "name"))
        indent = len(tag) + (names + 2 if names else 0)
        room = None if width is None else width - indent
        for number, line in enumerate(_wrapped(row.content, room)):
            yield [*(start if number == 0 else [(" " * indent, "")]), *line]


def _wrapped(content: Line, room: int | None) -> Iterator[Line]:
    """Yield the content in lines that fit, broken at blanks where there are some."""
    if room is None or sum(width_of(text) for text, _ in content) <= room or room < 8:
        yield content
        return
    line: Line = []
    used = 0
    for unit in _units(content, room):
        width = sum(width_of(text) for text, _ in unit)
        if used and used + width - _blanks_at_end(unit) > room:
            yield line
            first, style = unit[0]
            stripped = first.lstrip(" ")
            unit[0] = (stripped, style)
            width -= len(first) - len(stripped)
            line, used = [], 0
        line += unit
        used += width
    if line:
        yield line


def _blanks_at_end(unit: Line) -> int:
    text = unit[-1][0]
    return len(text) - len(text.rstrip(" "))


def _units(content: Line, room: int) -> Iterator[Line]:
    """Yield what stays together: a word, with the code of a subfield before it."""
    held: Line = []
    for text, style in content:
        if style == "code" or (held and text == " "):
            held.append((text, style))
            continue
        for word in _words(text, room):
            unit = [*held, (word, style)]
            if held and sum(width_of(each) for each, _ in unit) > room:
                yield held
                unit = [(word, style)]
            held = []
            yield unit
    if held:
        yield held


def _words(text: str, room: int) -> Iterator[str]:
    """Yield the words of a text with the blanks before them, none wider than there is room."""
    for word in re.findall(r" *[^ ]+| +", text):
        while width_of(word) > room:
            cut = room
            while width_of(word[:cut]) > room:
                cut -= 1
            yield word[:cut]
            word = word[cut:]
        yield word
