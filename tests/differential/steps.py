"""The things done to a record: looks that change nothing, and what comes out afterwards."""

from __future__ import annotations

import copy
import io
import pickle
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tests.differential.outcomes import attempt, record_snapshot

Operation = Callable[[ModuleType, Any, "Plan"], Any]

PROPERTIES = (
    "title", "issn_title", "isbn", "issn", "issnl", "sudoc", "author", "uniformtitle", "series",
    "subjects", "addedentries", "location", "notes", "physicaldescription", "publisher", "pubyear",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Which parts of this record the steps look at; taken from pymarc's reading of it."""

    control_tag: str
    data_tag: str
    repeated_tag: str
    tags: tuple[str, ...]
    code: str


def make_plan(record: Any) -> Plan:
    """The tags and the subfield code to work with."""
    tags = [field.tag for field in record.fields]
    data = [field for field in record.fields if not field.control_field]
    repeated = [tag for tag in tags if tags.count(tag) > 1]
    codes = [sub.code for field in data for sub in field.subfields]
    title = [field.tag for field in data if field.tag == "245"]
    return Plan(
        control_tag=next((f.tag for f in record.fields if f.control_field), "001"),
        data_tag=(title or [f.tag for f in data] or ["245"])[0],
        repeated_tag=(repeated or tags or ["650"])[-1],
        tags=tuple(dict.fromkeys(tags)),
        code=(codes or ["a"])[0],
    )


def index_of(record: Any, field: Any) -> int:
    """Where this very object is in the record, -1 if nowhere."""
    for index, candidate in enumerate(record.fields):
        if candidate is field:
            return index
    return -1


def each_field(function: Callable[[Any], Any]) -> Operation:
    def run(lib: ModuleType, record: Any, plan: Plan) -> Any:
        return [attempt(lambda f=field: function(f)) for field in record.fields]

    return run


def each_tag(function: Callable[[Any, str], Any]) -> Operation:
    """By lookup, so that most of the record stays untouched."""

    def run(lib: ModuleType, record: Any, plan: Plan) -> Any:
        return [attempt(lambda t=tag: function(record, t)) for tag in (*plan.tags, "zzz")]

    return run


def _identity_by_lookup(lib: ModuleType, record: Any, plan: Plan) -> Any:
    first = [attempt(lambda t=tag: record[t] is record[t]) for tag in plan.tags]
    objects = [record.get(tag) for tag in plan.tags]
    several = record.get_fields(plan.repeated_tag)
    again = record.get_fields(plan.repeated_tag)
    same = [a is b for a, b in zip(several, again, strict=True)]
    return (
        first,
        [index_of(record, field) for field in objects],
        same,
        [index_of(record, field) for field in several],
        record.fields is record.fields,
        record.get_fields() is record.fields,
        record.leader is record.leader,
    )


def _identity_by_iteration(lib: ModuleType, record: Any, plan: Plan) -> Any:
    iterator = iter(record)
    first = next(iterator, None)
    rest = list(record)
    return (
        iterator is record,
        first is None or first is rest[0],
        [a is b for a, b in zip(rest, record.fields, strict=True)],
    )


def _nested_iteration(lib: ModuleType, record: Any, plan: Plan) -> Any:
    return [(a.tag, b.tag) for a in record for b in record]


def _field_cursor(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record.get(plan.data_tag)
    before = attempt(lambda: next(field))
    inside = [attempt(lambda: next(iter(field))), attempt(lambda: next(field))]
    return before, inside, attempt(lambda: [s.code for s in field])


def _pickled(protocol: int) -> Operation:
    def run(lib: ModuleType, record: Any, plan: Plan) -> Any:
        restored = pickle.loads(pickle.dumps(record, protocol))
        return type(restored) is type(record), record_snapshot(restored), str(restored)

    return run


def _pickled_field(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    restored = pickle.loads(pickle.dumps(field))
    return field is not restored, str(restored), restored.subfields, field


def _deep(lib: ModuleType, record: Any, plan: Plan) -> Any:
    other = copy.deepcopy(record)
    other.leader[5] = "d"
    if other.fields:
        other.fields[-1].tag = "998"
        other.fields.pop(0)
    return record_snapshot(other), attempt(other.as_marc), record_snapshot(record)


def _shallow(lib: ModuleType, record: Any, plan: Plan) -> Any:
    other = copy.copy(record)
    shared = other.fields is record.fields, other.leader is record.leader
    other.add_field(lib.Field("999", subfields=[lib.Subfield("a", "copied")]))
    other.leader[6] = "z"
    return shared, record_snapshot(record), attempt(other.as_marc), attempt(record.as_marc)


def _shallow_field(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    other = copy.copy(field)
    other.subfields.append(lib.Subfield("9", "shared"))
    return other.subfields is field.subfields, field, attempt(record.as_marc)


def _linked(lib: ModuleType, record: Any, plan: Plan) -> Any:
    return [
        attempt(lambda f=field: [index_of(record, g) for g in record.get_linked_fields(f)])
        for field in record.fields
    ]


def _written(writer: str, text: bool) -> Operation:
    def run(lib: ModuleType, record: Any, plan: Plan) -> Any:
        target: Any = io.StringIO() if text else io.BytesIO()
        out = getattr(lib, writer)(target)
        out.write(record)
        out.write(record)
        out.close(close_fh=False)
        return target.getvalue()

    return run


def _xml_node(lib: ModuleType, record: Any, plan: Plan) -> Any:
    node = lib.record_to_xml_node(record, namespace=True)
    # The written form comes first: there the table looks for characters that XML forbids.
    children = [(child.tag, sorted(child.attrib), len(child)) for child in node]
    return ET.tostring(node), node.tag, list(node.attrib.items()), children


def _decoded_again(lib: ModuleType, record: Any, plan: Plan) -> Any:
    record.decode_marc(b"00039     2200037   4500001000200000\x1ex\x1e"[:-1] + b"\x1e\x1d")
    return record_snapshot(record)


LOOKS: dict[str, Operation] = {
    "str": lambda lib, r, p: str(r),
    "as_dict": lambda lib, r, p: (r.as_dict(), r._Record__pos),
    "as_json": lambda lib, r, p: r.as_json(),
    "as_json kwargs": lambda lib, r, p: (
        r.as_json(ensure_ascii=False, sort_keys=True, indent=1, separators=(",", ":")),
        r._Record__pos,
    ),
    "xml": lambda lib, r, p: lib.record_to_xml(r),
    "xml namespace": lambda lib, r, p: lib.record_to_xml(r, namespace=True),
    "xml quiet": lambda lib, r, p: lib.record_to_xml(r, quiet=True),
    "cursor after xml": lambda lib, r, p: (attempt(lambda: lib.record_to_xml(r)), r._Record__pos),
    "xml node": _xml_node,
    "leader": lambda lib, r, p: (str(r.leader), r.leader[9], r.leader[0:5], r.leader[-1]),
    "tag in record": each_tag(lambda r, tag: tag in r),
    "record[tag]": each_tag(lambda r, tag: r[tag]),
    "record.get": each_tag(lambda r, tag: r.get(tag, "none")),
    "get_fields": each_tag(lambda r, tag: r.get_fields(tag)),
    "get_fields several": lambda lib, r, p: r.get_fields(*p.tags[:3], "zzz"),
    "get_fields none": lambda lib, r, p: (r.get_fields("zzz"), r.get_fields(["245"])),
    "first field's value": each_tag(lambda r, tag: r[tag].value()),
    "first field's subfield": each_tag(lambda r, tag: r[tag]["a"]),
    "first field's codes": each_tag(lambda r, tag: r[tag].get_subfields("a", "b", "x")),
    "iteration": lambda lib, r, p: [f.tag for f in r],
    "nested iteration": _nested_iteration,
    "identity by lookup": _identity_by_lookup,
    "identity by iteration": _identity_by_iteration,
    "field cursor": _field_cursor,
    "linked fields": _linked,
    "value": each_field(lambda f: f.value()),
    "format_field": each_field(lambda f: f.format_field()),
    "str(field)": each_field(str),
    "field.get": each_field(lambda f: (f.get("a"), f.get("zz", "none"), "a" in f, "zz" in f)),
    "field[code]": each_field(lambda f: f["a"]),
    "get_subfields": each_field(
        lambda f: (f.get_subfields("a"), f.get_subfields("b", "a"), f.get_subfields())
    ),
    "subfields_as_dict": each_field(lambda f: f.subfields_as_dict()),
    "subfields": each_field(lambda f: (f.subfields, f.subfields is f.subfields)),
    "field iteration": each_field(list),
    "field facts": each_field(
        lambda f: (f.is_control_field(), f.is_subject_field(), f.indicator1, f.indicator2)
    ),
    "linkage": each_field(lambda f: f.linkage_occurrence_num()),
    "field.as_marc utf-8": each_field(lambda f: f.as_marc("utf-8")),
    "field.as_marc latin-1": each_field(lambda f: f.as_marc21("iso8859-1")),
    "copy": _shallow,
    "copy field": _shallow_field,
    "deepcopy": _deep,
    "pickle field": _pickled_field,
    "pickle 0": _pickled(0),
    "pickle 1": _pickled(1),
    "pickle 2": _pickled(2),
    "pickle 3": _pickled(3),
    "pickle 4": _pickled(4),
    "pickle 5": _pickled(5),
    "MARCWriter": _written("MARCWriter", text=False),
    "JSONWriter": _written("JSONWriter", text=True),
    "TextWriter": _written("TextWriter", text=True),
    "XMLWriter": _written("XMLWriter", text=False),
    "decode_marc again": _decoded_again,
    "as_marc": lambda lib, r, p: r.as_marc(),
    "leader after as_marc": lambda lib, r, p: (bool(attempt(r.as_marc)), str(r.leader)),
    "as_marc twice": lambda lib, r, p: (str(r.leader), r.as_marc21()),
    "snapshot": lambda lib, r, p: r,
    "map_marc8_record": lambda lib, r, p: (lib.map_marc8_record(r) is r, record_snapshot(r)),
}  # fmt: skip

for _name in PROPERTIES:
    LOOKS[_name] = lambda lib, r, p, _name=_name: getattr(r, _name)

# These alter the record, so they run on one of their own and not in the middle of a sequence.
ALTERING = {"copy", "copy field", "decode_marc again", "map_marc8_record"}

SEQUENCE = tuple(name for name in LOOKS if name not in ALTERING)

# Enough to see what a reader option did to a record.
BRIEF = ("as_marc", "snapshot")

# What is looked at after an edit; `as_marc` first because it works from what is still bytes.
AFTER_EDIT = (
    "as_marc", "title", "str", "as_json", "xml", "pickle 4", "deepcopy", "value", "get_fields",
    "identity by lookup", "snapshot", "as_marc twice",
)  # fmt: skip
