"""The same record and the same edits through the public classes, of mrrc or of pymarc."""

from __future__ import annotations

import copy
import json
import pickle
from types import ModuleType
from typing import Any

from tests.property.model import Target, take
from tests.property.strategies import PlainField


class Real:
    """A record of one package; `held` are the Field objects that the program kept."""

    def __init__(self, package: ModuleType, record: Any) -> None:
        self.package = package
        self.record = record
        self.held: list[Any] = []

    def field(self, content: PlainField) -> Any:
        if content.data is not None:
            return self.package.Field(content.tag, data=content.data)
        subfields = [self.package.Subfield(*pair) for pair in content.subfields]
        indicators = self.package.Indicators(*content.indicators)
        return self.package.Field(content.tag, indicators, subfields)

    def find(self, target: Target) -> Any:
        kind, wanted = target
        if kind == "tag":
            return self.record.get(wanted)
        if kind == "among":
            tag, number = wanted
            return take(self.record.get_fields(tag), number)
        return take(self.record.fields if kind == "index" else self.held, wanted)

    def text(self) -> str:
        return str(self.record)

    def as_dict(self) -> Any:
        return self.record.as_dict()

    def as_json(self) -> Any:
        return json.loads(self.record.as_json())

    def duplicate(self, how: str) -> None:
        if how == "deepcopy":
            self.record = copy.deepcopy(self.record)
        else:
            self.record = pickle.loads(pickle.dumps(self.record))
        self.held = []


def shape(field: Any) -> tuple[Any, ...]:
    """A Field as `model.shape` gives it."""
    if field.control_field:
        return field.tag, field.data
    return (
        field.tag,
        tuple(field.indicators),
        [(subfield.code, subfield.value) for subfield in field.subfields],
    )
