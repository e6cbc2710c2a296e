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


XML = b"<record><leader>00000nam a2200000 a 4500</leader><controlfield tag='001'>x</controlfield>"


def in_marcxml(
    code: str, severity: str, data: bytes, place: bytes, **facts: Any
) -> tuple[Any, ...]:
    """A file in MARCXML with one record, 001 "x", and its problem at the last `place` in it."""
    data = XML + data + b"</record>"
    offset = data.rindex(place)
    facts = {"record_offset": offset, "control_number": "x", "line": 1, **facts}
    return "marcxml", data, Problem(code, severity, 1, offset, **facts)


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
    "character-forbidden": in_marcxml(
        "character-forbidden",
        WARNING,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'>a\x1fb</subfield></datafield>",
        b"\x1f",
        length=1,
        tag="500",
        found="\\x1f",
        done="a blank took its place",
    ),
    "character-unescaped": in_marcxml(
        "character-unescaped",
        NOTE,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'>a & b</subfield></datafield>",
        b"&",
        length=1,
        tag="500",
        found="&",
        done="read as it stands",
    ),
    "element-misplaced": in_marcxml(
        "element-misplaced",
        WARNING,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'><i/></subfield></datafield>",
        b"<i/>",
        tag="500",
        found="i",
        done="its tags passed over",
    ),
    "element-unclosed": in_marcxml(
        "element-unclosed",
        WARNING,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'>a</datafield>",
        b"</datafield>",
        tag="500",
        found="subfield",
        done="ended where the next begins",
    ),
    "entity-unknown": in_marcxml(
        "entity-unknown",
        WARNING,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'>&ang;</subfield></datafield>",
        b"&",
        length=5,
        tag="500",
        found="&ang;",
        done="kept as it stands",
    ),
    "markup-malformed": in_marcxml(
        "markup-malformed",
        WARNING,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield code='a'>a</sub></subfield></datafield>",
        b"</sub>",
        tag="500",
        found="</sub>",
        done="passed over",
    ),
    "nested-too-deep": in_marcxml(
        "nested-too-deep",
        ERROR,
        b"<b/>" + b"<a>" * 65 + b"</a>" * 65,
        b"<a>",
        done="those inside were passed over",
    ),
    "subfield-without-code": in_marcxml(
        "subfield-without-code",
        WARNING,
        b"<datafield tag='500' ind1=' ' ind2=' '><subfield>a</subfield></datafield>",
        b"<subfield",
        tag="500",
        done="the code is ?",
    ),
    "text-misplaced": in_marcxml(
        "text-misplaced",
        ERROR,
        b"text",
        b"text",
        length=4,
        found="text",
        done="left out",
        raw=b"text",
    ),
}
