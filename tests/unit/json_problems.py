"""For each code of a problem that only MARC-in-JSON has: a file of it, and the problem."""

from __future__ import annotations

from mrrc.problems import ERROR, NOTE, WARNING, Problem

_LEADER = b'{"leader": "00000nam a2200000 a 4500", "fields": [{"001": "x"}'
_FIELD = b'{"500": {"ind1": " ", "ind2": " ", "subfields": [{"a": "x"}]}}'


def _problem(code: str, severity: str, offset: int, length: int, **facts: object) -> Problem:
    facts = {"line": 1, "control_number": "x", "record_offset": offset, **facts}
    return Problem(code, severity, 1, offset, length=length, **facts)  # type: ignore[arg-type]


IN_JSON = {
    "json-invalid": (
        _LEADER + b", " + _FIELD.replace(b'"x"', b'"x "y""') + b"]}",
        _problem(
            "json-invalid",
            WARNING,
            122,
            1,
            tag="500",
            found='"',
            done="read as it seems to be meant",
        ),
    ),
    "part-unread": (
        _LEADER + b", {}]}",
        _problem("part-unread", ERROR, 64, 2, found="{}", done="left out of the record", raw=b"{}"),
    ),
    "members-joined": (
        _LEADER + b", " + _FIELD.replace(b'"x"', b'"x", "b": "y"') + b"]}",
        _problem("members-joined", NOTE, 113, 0, tag="500", done="read one after the other"),
    ),
    "kind-of-field-wrong": (
        _LEADER + b', {"500": "y"}]}',
        _problem(
            "kind-of-field-wrong",
            WARNING,
            72,
            0,
            tag="500",
            done="read as a data field with subfield $a",
        ),
    ),
    "value-not-text": (
        _LEADER + b", " + _FIELD.replace(b'"x"', b"17") + b"]}",
        _problem("value-not-text", WARNING, 119, 2, tag="500", found="17", done="read as 17"),
    ),
    "surrogate-unpaired": (
        _LEADER + b", " + _FIELD.replace(b'"x"', rb'"\ud800"') + b"]}",
        _problem(
            "surrogate-unpaired",
            WARNING,
            120,
            6,
            tag="500",
            found="\\ud800",
            done="read as U+FFFD",
        ),
    ),
}
