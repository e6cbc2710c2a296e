"""For each code of a problem that only text formats have: a format, a file of it, the problem."""

from __future__ import annotations

from typing import Any

from mrrc.problems import ERROR, NOTE, WARNING, Problem

LEADER = b"=LDR  00000nam a2200000 a 4500\n=001  x\n"


def in_mrk(code: str, severity: str, data: bytes, offset: int, **facts: Any) -> tuple[Any, ...]:
    """A file in mrk with one record, 001 "x", and its problem."""
    line = 1 + data.count(b"\n", 0, offset)
    facts = {"record_offset": offset, "control_number": "x", "line": line, **facts}
    return "mrk", data, Problem(code, severity, 1, offset, **facts)


IN_TEXT_FORMATS: dict[str, tuple[Any, ...]] = {
    "file-truncated": (
        "json",
        b'[{"leader": "00000nam a2200000 a 4500", "fields": [{"001": "x"}]},',
        Problem(
            "file-truncated",
            ERROR,
            record_number=1,
            offset=66,
            done="read up to there",
            line=1,
        ),
    ),
    "leader-length": in_mrk(
        "leader-length",
        WARNING,
        b"=LDR  00000nam a22\n=001  x\n",
        6,
        length=12,
        found="00000nam a22",
        done="read as 00000nam a22            ",
    ),
    "leader-missing": in_mrk(
        "leader-missing", WARNING, b"=001  x\n", 0, done="read as 00000nam a2200000   4500"
    ),
    "line-unread": in_mrk(
        "line-unread",
        ERROR,
        LEADER + b"=24510$aTitle\n",
        39,
        length=13,
        found="=24510$aTitle",
        done="left out of the record",
        raw=b"=24510$aTitle",
    ),
    "line-continued": in_mrk(
        "line-continued",
        NOTE,
        LEADER + b"=245  10$aA\ntitle\n",
        51,
        length=5,
        done="joined to it",
    ),
    "comment-line": in_mrk(
        "comment-line",
        NOTE,
        LEADER + b"# checked\n# twice\n",
        39,
        length=9,
        found="2",
        done="left out",
    ),
    "field-spacing": in_mrk(
        "field-spacing",
        NOTE,
        LEADER + b"=245 10$aTitle\n",
        43,
        tag="245",
        done="read as if they were",
    ),
    "dollar-in-text": in_mrk(
        "dollar-in-text",
        WARNING,
        LEADER + b"=020  \\\\$c$12.50\n",
        49,
        length=1,
        tag="020",
        found="$12.50",
        done="read as a dollar sign",
    ),
}
