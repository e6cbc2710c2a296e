"""A record as plain data, with the edits that programs make: what mrrc and pymarc have to match."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.property.strategies import PlainField, encode

Target = tuple[str, Any]
"""Which field: ("tag", tag), ("among", (tag, number)), ("index", number) or ("held", number)."""


def take(items: list[Any], number: int) -> Any:
    """One of the items, None when there is none."""
    return items[number % len(items)] if items else None


@dataclass
class Model:
    """A record of plain fields; `held` are the field objects that the program kept."""

    leader: str
    fields: list[PlainField]
    held: list[PlainField] = field(default_factory=list)

    def find(self, target: Target) -> PlainField | None:
        kind, wanted = target
        if kind == "tag":
            return next((each for each in self.fields if each.tag == wanted), None)
        if kind == "among":
            tag, number = wanted
            among = [each for each in self.fields if each.tag == tag]
        else:
            among, number = (self.fields if kind == "index" else self.held), wanted
        chosen: PlainField | None = take(among, number)
        return chosen

    def place(self, new: PlainField, rank: Callable[[str], int]) -> None:
        """Insert before the first field that ranks higher; what is no number ranks highest."""
        if not new.tag.isdigit():
            self.fields.append(new)
            return
        ranks = [rank(each.tag) if each.tag.isdigit() else 10_000 for each in self.fields]
        higher = [index for index, other in enumerate(ranks) if other > rank(new.tag)]
        self.fields.insert(higher[0] if higher else len(self.fields), new)

    def remove(self, unwanted: PlainField) -> bool:
        for index, each in enumerate(self.fields):
            if each is unwanted:
                del self.fields[index]
                return True
        return False

    def as_marc(self) -> bytes:
        self.leader = self.leader[:9] + "a" + self.leader[10:]
        return encode(self.fields, self.leader[5:12], self.leader[17:])

    def text(self) -> str:
        return "\n".join([f"=LDR  {self.leader}", *map(field_text, self.fields)]) + "\n"

    def as_dict(self) -> dict[str, Any]:
        return {"leader": self.leader, "fields": [field_dict(each) for each in self.fields]}

    def title(self) -> str | None:
        field = self.find(("tag", "245"))
        values = dict(reversed(field.subfields)) if field and field.data is None else {}
        title, rest = values.get("a"), values.get("b")
        return f"{title} {rest}" if title and rest else title

    def duplicate(self) -> None:
        """Go on with copies of everything; fields that the program kept are no longer in it."""
        self.fields = copy.deepcopy(self.fields)
        self.held = []


def shape(content: PlainField) -> tuple[Any, ...]:
    if content.data is not None:
        return content.tag, content.data
    return content.tag, content.indicators, list(content.subfields)


def field_text(content: PlainField) -> str:
    if content.data is not None:
        return f"={content.tag}  " + content.data.replace(" ", "\\")
    indicators = "".join(content.indicators).replace(" ", "\\")
    return f"={content.tag}  {indicators}" + "".join(f"${a}{b}" for a, b in content.subfields)


def field_dict(content: PlainField) -> dict[str, Any]:
    if content.data is not None:
        return {content.tag: content.data}
    first, second = content.indicators
    subfields = [{code: value} for code, value in content.subfields]
    return {content.tag: {"ind1": first, "ind2": second, "subfields": subfields}}
