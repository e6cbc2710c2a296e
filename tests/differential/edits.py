"""The fixed list of edits. Each is done to a record of its own, then everything is looked at."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tests.differential.outcomes import attempt
from tests.differential.steps import Operation, Plan


def _field(lib: ModuleType, tag: str = "500", value: str = "added") -> Any:
    return lib.Field(tag, lib.Indicators(" ", "1"), [lib.Subfield("a", value)])


def _add_raw(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_field(lib.RawField("901", ["0", "0"], [lib.Subfield("a", b"\xe9")]))


def _remove_first(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.remove_field(record[plan.data_tag])


def _remove_several(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.remove_field(*record.get_fields(plan.repeated_tag))


def _remove_twice(lib: ModuleType, record: Any, plan: Plan) -> None:
    field = record[plan.repeated_tag]
    record.remove_field(field)
    record.remove_field(field)


def _remove_while_iterating(lib: ModuleType, record: Any, plan: Plan) -> None:
    for field in record:
        if field.tag == plan.repeated_tag:
            record.remove_field(field)


def _rename_while_iterating(lib: ModuleType, record: Any, plan: Plan) -> list[str]:
    for number, field in enumerate(record):
        if number % 3 == 0 and not field.control_field:
            field.tag = "9" + field.tag[1:]
    return [field.tag for field in record.fields]


def _set_subfield(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag][plan.code] = "changed"


def _set_subfield_item(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag].subfields[0] = lib.Subfield("z", "replaced \u0436")


def _append_subfield(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag].subfields.append(lib.Subfield("9", "\u65e5"))


def _add_subfields(lib: ModuleType, record: Any, plan: Plan) -> None:
    field = record[plan.data_tag]
    field.add_subfield("c", "first", 0)
    field.add_subfield("d", "last", 99)
    field.add_subfield("e", "negative", -1)


def _delete_subfield(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    return field.delete_subfield(plan.code), field.delete_subfield("none")


def _new_subfield_list(lib: ModuleType, record: Any, plan: Plan) -> bool:
    mine = [lib.Subfield("x", "new")]
    field = record[plan.data_tag]
    field.subfields = mine
    mine.append(lib.Subfield("y", "later"))
    return field.subfields is mine


def _sort_subfields(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag].subfields.sort(reverse=True)


def _odd_values(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    field.subfields.append(lib.Subfield("0", None))
    field.subfields.append(lib.Subfield("1", 17))
    return [field["0"], field["1"]]


def _indicators(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    field.indicator1 = "7"
    field.indicators = (field.indicator1, "8")
    return field.indicators


def _wide_indicators(lib: ModuleType, record: Any, plan: Plan) -> Any:
    record[plan.data_tag].indicators = lib.Indicators("\u00e9", "")


def _control_indicator(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.control_tag].indicator1 = "1"


def _tag(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    field.tag = "246"
    return field is record["246"], plan.data_tag in record


def _tag_to_control(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.data_tag]
    field.tag = "003"
    field.data = "ignored"
    return field.control_field


def _short_tag(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag].tag = "7"


def _long_tag(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag].tag = "abcd"


def _control_flag(lib: ModuleType, record: Any, plan: Plan) -> None:
    field = record[plan.data_tag]
    field.control_field = True
    field.data = "now control"


def _data(lib: ModuleType, record: Any, plan: Plan) -> Any:
    field = record[plan.control_tag]
    field.data = "id \u00e9"
    return field.data, field.value()


def _no_data(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.control_tag].data = None


def _leader_item(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader[5] = "d"


def _leader_kept(lib: ModuleType, record: Any, plan: Plan) -> Any:
    leader = record.leader
    written = attempt(record.as_marc)
    leader.record_status = "p"
    leader[17:19] = "7u"
    return written, str(record.leader), leader is record.leader


def _leader_coding(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader.coding_scheme = " "


def _leader_object(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader = lib.Leader("01234dam a2200289 i 4500")


def _leader_text(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader = "00000cam  2200000 a 4500"


def _leader_inner(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader.leader = "00000nas a2200000uu 4500"


def _bad_leader(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader.type_of_record = "too long"


def _wide_leader(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.leader[18] = "\u00e9"


def _ordered(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_ordered_field(_field(lib), _field(lib, "040"), _field(lib, "ZZZ"))


def _grouped(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_grouped_field(_field(lib), _field(lib, "040"), _field(lib, "ZZZ"))


def _slice(lib: ModuleType, record: Any, plan: Plan) -> Any:
    fields = record.fields
    fields[1:3] = [_field(lib, "591", "sliced")]
    return fields is record.fields


def _sort(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.fields.sort(key=lambda field: field.tag, reverse=True)


def _new_list(lib: ModuleType, record: Any, plan: Plan) -> Any:
    mine = [_field(lib), *record.fields[:2]]
    record.fields = mine
    mine.append(_field(lib, "599", "later"))
    return record.fields is mine


def _no_fields(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.fields = []


def _list_of_untyped(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_field(None)


def _held_list(lib: ModuleType, record: Any, plan: Plan) -> Any:
    held = record.get_fields()
    record.remove_fields(plan.data_tag, plan.control_tag)
    record.add_field(_field(lib))
    return held is record.fields, len(held)


def _held_field(lib: ModuleType, record: Any, plan: Plan) -> Any:
    held = record[plan.repeated_tag]
    listed = record.get_fields(plan.repeated_tag)
    held.add_subfield("5", "mark")
    return held is listed[0], str(listed[0])


def _moved_between(lib: ModuleType, record: Any, plan: Plan) -> Any:
    other = lib.Record()
    other.add_field(*record.get_fields(plan.data_tag))
    other.fields[0].subfields.append(lib.Subfield("9", "both"))
    return attempt(other.as_marc), other.fields[0] is record[plan.data_tag]


def _cursor(lib: ModuleType, record: Any, plan: Plan) -> Any:
    iterator = iter(record)
    first = next(iterator).tag
    record.fields.insert(0, _field(lib))
    return first, [field.tag for field in iter(record)], attempt(lambda: next(record))


def _half_iterated(lib: ModuleType, record: Any, plan: Plan) -> Any:
    iterator = iter(record)
    return next(iterator).tag, attempt(lambda: next(iterator).tag)


def _to_unicode(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.to_unicode = False


def _force(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.to_unicode = False
    record.force_utf8 = True


def _pos(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.pos = 7


def _large_field(lib: ModuleType, record: Any, plan: Plan) -> None:
    record[plan.data_tag].add_subfield("x", "x" * 10_000)


def _large_record(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_field(*(_field(lib, "500", "y" * 9_000) for _ in range(12)))


def _controls(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_field(_field(lib, "500", "a\x1bb\x00c\ufffed\x1f\x1e"))


def _surrogate(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.add_field(_field(lib, "500", "\udce9"))


def _mark_all(lib: ModuleType, record: Any, plan: Plan) -> None:
    for field in record.fields:
        if not field.control_field:
            field.add_subfield("9", "x")


def _append_returned(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.as_dict()["fields"].append("not shared")
    record.subjects.append("not shared")
    record.get_fields(plan.data_tag).append("not shared")
    record[plan.data_tag].get_subfields("a").append("not shared")


def _unknown_attribute(lib: ModuleType, record: Any, plan: Plan) -> None:
    record.remark = "no slot"


EDITS: dict[str, Operation] = {
    "none": lambda lib, r, p: None,
    "add_field": lambda lib, r, p: r.add_field(_field(lib), lib.Field("009", data="c")),
    "add raw field": _add_raw,
    "add_ordered_field": _ordered,
    "add_grouped_field": _grouped,
    "remove_field": _remove_first,
    "remove_field several": _remove_several,
    "remove_field twice": _remove_twice,
    "remove_field foreign": lambda lib, r, p: r.remove_field(_field(lib)),
    "remove_fields": lambda lib, r, p: r.remove_fields(p.repeated_tag),
    "remove_fields many": lambda lib, r, p: r.remove_fields(*p.tags[::2]),
    "remove_fields none": lambda lib, r, p: r.remove_fields("zzz"),
    "remove while iterating": _remove_while_iterating,
    "rename while iterating": _rename_while_iterating,
    "field[code] =": _set_subfield,
    "subfields[0] =": _set_subfield_item,
    "subfields.append": _append_subfield,
    "add_subfield": _add_subfields,
    "delete_subfield": _delete_subfield,
    "subfields =": _new_subfield_list,
    "subfields.sort": _sort_subfields,
    "odd subfield values": _odd_values,
    "indicators": _indicators,
    "wide indicators": _wide_indicators,
    "indicator of control field": _control_indicator,
    "tag": _tag,
    "tag to control": _tag_to_control,
    "short tag": _short_tag,
    "long tag": _long_tag,
    "control_field flag": _control_flag,
    "data": _data,
    "data None": _no_data,
    "leader[5]": _leader_item,
    "leader held": _leader_kept,
    "leader coding scheme": _leader_coding,
    "leader object": _leader_object,
    "leader str": _leader_text,
    "leader.leader": _leader_inner,
    "leader refused": _bad_leader,
    "leader not ASCII": _wide_leader,
    "fields slice": _slice,
    "fields sorted": _sort,
    "fields =": _new_list,
    "fields empty": _no_fields,
    "fields with None": _list_of_untyped,
    "list held": _held_list,
    "field held": _held_field,
    "field in two records": _moved_between,
    "insert while iterating": _cursor,
    "half iterated": _half_iterated,
    "to_unicode": _to_unicode,
    "force_utf8": _force,
    "pos": _pos,
    "large field": _large_field,
    "large record": _large_record,
    "control characters": _controls,
    "lone surrogate": _surrogate,
    "every data field": _mark_all,
    "returned lists": _append_returned,
    "unknown attribute": _unknown_attribute,
}

# What has been looked at before the edit: a half-opened record is the interesting state.
ACCESS: dict[str, Operation] = {
    "untouched": lambda lib, r, p: None,
    "one field": lambda lib, r, p: (attempt(lambda: r[p.data_tag]), None)[1],
    "one subfield": lambda lib, r, p: attempt(lambda: r[p.repeated_tag]["a"]),
    "str": lambda lib, r, p: str(r),
    "leader": lambda lib, r, p: r.leader[5],
    "subfields": lambda lib, r, p: (attempt(lambda: r[p.data_tag].subfields), None)[1],
    "fields": lambda lib, r, p: len(r.fields),
    "json": lambda lib, r, p: r.as_json(),
    "xml": lambda lib, r, p: attempt(lambda: lib.record_to_xml(r)),
    "written": lambda lib, r, p: (attempt(r.as_marc), None)[1],
    "iterating": lambda lib, r, p: next(iter(r)).tag,
}
