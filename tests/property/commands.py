"""Edits and looks: each one as it is done to the model and as it is done to a real record.

Both answer in the same terms, so that answers can be compared.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.property import model as modelled
from tests.property import real as actual
from tests.property.model import Model, Target
from tests.property.real import Real
from tests.property.strategies import TEXT, PlainField, control_fields, data_fields


@dataclass(frozen=True)
class Command:
    """A named edit or look with its arguments."""

    name: str
    arguments: tuple[Any, ...]

    def on_model(self, model: Model) -> Any:
        return _COMMANDS[self.name][0](model, *copy.deepcopy(self.arguments))

    def on_real(self, real: Real) -> Any:
        try:
            return _COMMANDS[self.name][1](real, *copy.deepcopy(self.arguments))
        except KeyError:
            return "KeyError"


_COMMANDS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}
_STRATEGIES: dict[str, st.SearchStrategy[Command]] = {}

_TAGS = st.sampled_from(["001", "008", "010", "100", "245", "650", "880", "999", "00A", "ABC"])
_CODES = st.sampled_from("abc6z")
_NUMBERS = st.integers(0, 9)
_FIELDS = st.one_of(control_fields(), data_fields(), data_fields())
_TARGETS = st.one_of(
    st.tuples(st.just("tag"), _TAGS),
    st.tuples(st.just("among"), st.tuples(_TAGS, _NUMBERS)),
    st.tuples(st.just("index"), _NUMBERS),
    st.tuples(st.just("held"), _NUMBERS),
    st.tuples(st.just("held"), _NUMBERS),
)


def command(
    name: str,
    model: Callable[..., Any],
    real: Callable[..., Any],
    *arguments: st.SearchStrategy[Any],
) -> None:
    """Add a kind of command."""
    _COMMANDS[name] = model, real
    _STRATEGIES[name] = st.builds(Command, st.just(name), st.tuples(*arguments))


# -- looks -----------------------------------------------------------------------------------

command("text", Model.text, Real.text)
command("as_dict", Model.as_dict, Real.as_dict)
command("as_json", Model.as_dict, Real.as_json)
command("as_marc", Model.as_marc, lambda real: real.record.as_marc())
command("title", Model.title, lambda real: real.record.title)
command("leader", lambda model: model.leader, lambda real: str(real.record.leader))
command(
    "iterate",
    lambda m: [modelled.shape(f) for f in m.fields],
    lambda r: list(map(actual.shape, r.record)),
)
command("fields", lambda model: len(model.fields), lambda real: len(real.record.fields))
command(
    "contains",
    lambda model, tag: model.find(("tag", tag)) is not None,
    lambda real, tag: tag in real.record,
    _TAGS,
)
command(
    "tags",
    lambda model, tags: [modelled.field_text(f) for f in model.fields if f.tag in tags or not tags],
    lambda real, tags: [str(field) for field in real.record.get_fields(*tags)],
    st.lists(_TAGS, max_size=3),
)


def look_at_field(
    name: str,
    model: Callable[..., Any],
    real: Callable[..., Any],
    *arguments: st.SearchStrategy[Any],
) -> None:
    """Add a look or an edit at one field, which answers "none" when the record has no such."""

    def on_model(record: Model, target: Target, *values: Any) -> Any:
        field = record.find(target)
        return "none" if field is None else model(field, *values)

    def on_real(record: Real, target: Target, *values: Any) -> Any:
        field = record.find(target)
        return "none" if field is None else real(record, field, *values)

    command(name, on_model, on_real, _TARGETS, *arguments)


def _values(field: PlainField, *codes: str) -> list[str]:
    return [value for code, value in field.subfields if code in codes]


def _value(field: PlainField) -> str:
    if field.data is not None:
        return field.data
    return " ".join(value.strip() for _, value in field.subfields)


look_at_field("shape", modelled.shape, lambda real, field: actual.shape(field))
look_at_field("value", _value, lambda real, field: field.value())
look_at_field("field text", modelled.field_text, lambda real, field: str(field))
look_at_field(
    "subfield",
    lambda field, code: (_values(field, code) or ["KeyError"])[0],
    lambda real, field, code: field[code],
    _CODES,
)
look_at_field(
    "subfields",
    lambda field, codes: _values(field, *codes),
    lambda real, field, codes: field.get_subfields(*codes),
    st.lists(_CODES, max_size=3),
)
look_at_field(
    "loop",
    lambda field: list(field.subfields),
    lambda real, field: [(subfield.code, subfield.value) for subfield in field],
)


# -- edits of one field ------------------------------------------------------------------------


def _add(field: PlainField, code: str, value: str, position: int | None) -> None:
    if field.data is None:
        subfields = list(field.subfields)
        subfields.insert(len(subfields) if position is None else position, (code, value))
        field.subfields = tuple(subfields)


def _delete(field: PlainField, code: str) -> str | None:
    for index, (other, value) in enumerate(field.subfields):
        if other == code:
            field.subfields = field.subfields[:index] + field.subfields[index + 1 :]
            return value
    return None


def _set(field: PlainField, code: str, value: str) -> str | None:
    found = [index for index, pair in enumerate(field.subfields) if pair[0] == code]
    if len(found) != 1:
        return "KeyError"
    (at,) = found
    field.subfields = (*field.subfields[:at], (code, value), *field.subfields[at + 1 :])
    return None


def _replace(field: PlainField, pairs: list[tuple[str, str]]) -> None:
    if field.data is None:
        field.subfields = tuple(pairs)


def _replace_real(real: Real, field: Any, pairs: list[tuple[str, str]]) -> None:
    if not field.control_field:
        field.subfields = [real.package.Subfield(*pair) for pair in pairs]


def _append_real(real: Real, field: Any, code: str, value: str) -> None:
    if not field.control_field:
        field.subfields.append(real.package.Subfield(code, value))


def _retag(field: PlainField, tag: str) -> None:
    field.tag = tag


def _indicate(field: PlainField, which: int, value: str) -> None:
    if field.data is None:
        first, second = field.indicators
        field.indicators = (value, second) if which == 0 else (first, value)


def _indicate_real(real: Real, field: Any, which: int, value: str) -> None:
    if field.control_field:
        return
    if which == 0:
        field.indicator1 = value
    else:
        field.indicators = real.package.Indicators(field.indicator1, value)


def _write(field: PlainField, text: str) -> None:
    if field.data is not None:
        field.data = text


def _write_real(real: Real, field: Any, text: str) -> None:
    if field.control_field:
        field.data = text


look_at_field(
    "add_subfield",
    _add,
    lambda real, field, *arguments: field.add_subfield(*arguments),
    _CODES,
    TEXT,
    st.one_of(st.none(), st.integers(-2, 5)),
)
look_at_field(
    "delete_subfield", _delete, lambda r, field, code: field.delete_subfield(code), _CODES
)
look_at_field("set subfield", _set, lambda r, field, a, b: field.__setitem__(a, b), _CODES, TEXT)
look_at_field(
    "assign subfields", _replace, _replace_real, st.lists(st.tuples(_CODES, TEXT), max_size=3)
)
look_at_field("append", lambda field, a, b: _add(field, a, b, None), _append_real, _CODES, TEXT)
look_at_field("tag", _retag, lambda real, field, tag: setattr(field, "tag", tag), _TAGS)
look_at_field("indicator", _indicate, _indicate_real, st.integers(0, 1), st.sampled_from("01 a"))
look_at_field("data", _write, _write_real, TEXT)


# -- edits of the record -----------------------------------------------------------------------


def _hold(model: Model, target: Target) -> None:
    field = model.find(target)
    if field is not None:
        model.held.append(field)


def _hold_real(real: Real, target: Target) -> None:
    field = real.find(target)
    if field is not None:
        real.held.append(field)


def _remove(model: Model, target: Target) -> str | bool:
    field = model.find(target)
    return "none" if field is None else model.remove(field)


def _remove_real(real: Real, target: Target) -> str | bool:
    field = real.find(target)
    if field is None:
        return "none"
    try:
        real.record.remove_field(field)
    except real.package.FieldNotFound:
        return False
    return True


def _remove_tags(model: Model, tags: list[str]) -> None:
    model.fields[:] = [field for field in model.fields if field.tag not in tags]


def _set_leader(model: Model, position: int, text: str) -> None:
    model.leader = model.leader[:position] + text + model.leader[position + len(text) :]


def _set_leader_real(real: Real, position: int, text: str) -> None:
    real.record.leader = real.package.Leader(str(real.record.leader))
    real.record.leader[position] = text


def _edit_leader_real(real: Real, position: int, text: str) -> None:
    if isinstance(real.record.leader, str):
        _set_leader_real(real, position, text)
    else:
        real.record.leader[position] = text


def _assign_leader(model: Model, leader: str) -> None:
    model.leader = leader


def _copy_real(real: Real) -> None:
    real.record = copy.copy(real.record)


def _copy_field(model: Model, number: int) -> None:
    if model.fields:
        at = number % len(model.fields)
        model.fields[at] = copy.copy(model.fields[at])


def _copy_field_real(real: Real, number: int) -> None:
    fields = real.record.fields
    if fields:
        at = number % len(fields)
        fields[at] = copy.deepcopy(fields[at])


_LEADERS = st.sampled_from(["00000cas a2200000 i 4500", "99999nz  a2299999n  4500"])

command("hold", _hold, _hold_real, _TARGETS)
command(
    "hold by tag",
    lambda m, tag: _hold(m, ("tag", tag)),
    lambda r, tag: _hold_real(r, ("tag", tag)),
    _TAGS,
)
command(
    "add_field",
    lambda model, fields: model.fields.extend(fields),
    lambda real, fields: real.record.add_field(*map(real.field, fields)),
    st.lists(_FIELDS, max_size=2),
)
command(
    "add_ordered_field",
    lambda model, field: model.place(field, int),
    lambda real, field: real.record.add_ordered_field(real.field(field)),
    _FIELDS,
)
command(
    "add_grouped_field",
    lambda model, field: model.place(field, lambda tag: int(tag[0])),
    lambda real, field: real.record.add_grouped_field(real.field(field)),
    _FIELDS,
)
command("remove_field", _remove, _remove_real, _TARGETS)
command(
    "remove_fields",
    _remove_tags,
    lambda real, tags: real.record.remove_fields(*tags),
    st.lists(_TAGS, max_size=2),
)
command("reverse", lambda model: model.fields.reverse(), lambda real: real.record.fields.reverse())
command(
    "insert",
    lambda model, at, field: model.fields.insert(at, field),
    lambda real, at, field: real.record.fields.insert(at, real.field(field)),
    _NUMBERS,
    _FIELDS,
)


def _assign_fields(model: Model, fields: list[PlainField]) -> None:
    model.fields = fields


def _assign_fields_real(real: Real, fields: list[PlainField]) -> None:
    real.record.fields = [real.field(field) for field in fields]


command("assign fields", _assign_fields, _assign_fields_real, st.lists(_FIELDS, max_size=3))
command("edit leader", _set_leader, _edit_leader_real, st.integers(5, 8), st.sampled_from("cdn"))
command("edit code", _set_leader, _edit_leader_real, st.just(9), st.sampled_from(" a"))
command("new leader", _set_leader, _set_leader_real, st.integers(17, 19), st.sampled_from("7 i"))
command(
    "assign leader",
    _assign_leader,
    lambda real, leader: setattr(real.record, "leader", real.package.Leader(leader)),
    _LEADERS,
)
command(
    "assign str",
    _assign_leader,
    lambda real, leader: setattr(real.record, "leader", leader),
    _LEADERS,
)
command("pickle", Model.duplicate, lambda real: real.duplicate("pickle"))
command("deepcopy", Model.duplicate, lambda real: real.duplicate("deepcopy"))
command("copy", lambda model: None, _copy_real)
command("copy field", _copy_field, _copy_field_real, _NUMBERS)

ALL_COMMANDS = dict(_STRATEGIES)
COMMANDS = st.lists(st.one_of(list(_STRATEGIES.values())), max_size=10)

# Those that need a record neither to have the list of its fields nor to give up its bytes.
_LAZY_TARGETS = st.sampled_from(["001", "245", "650"]).map(lambda tag: ("tag", tag))
_LAZY: dict[str, list[st.SearchStrategy[Any]]] = {
    "hold by tag": [_TAGS],
    "contains": [_TAGS],
    "title": [],
    "leader": [],
    "as_marc": [],
    "pickle": [],
    "value": [_LAZY_TARGETS],
    "field text": [_LAZY_TARGETS],
    "add_subfield": [_LAZY_TARGETS, _CODES, TEXT, st.none()],
    "delete_subfield": [_LAZY_TARGETS, _CODES],
    "set subfield": [_LAZY_TARGETS, _CODES, TEXT],
    "tag": [_LAZY_TARGETS, _TAGS],
    "indicator": [_LAZY_TARGETS, st.integers(0, 1), st.sampled_from("01 a")],
    "data": [_LAZY_TARGETS, TEXT],
    "edit leader": [st.integers(5, 8), st.sampled_from("cdn")],
    "tags": [st.lists(_TAGS, min_size=1, max_size=3)],
}
LAZY_COMMANDS = st.lists(
    st.one_of(
        [
            st.builds(Command, st.just(name), st.tuples(*arguments))
            for name, arguments in _LAZY.items()
        ]
    ),
    min_size=1,
    max_size=6,
)
