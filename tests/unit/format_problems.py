"""For each code of a problem that only text formats have: a format, a file of it, the problem."""

from __future__ import annotations

from mrrc.problems import ERROR, Problem

IN_TEXT_FORMATS = {
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
}
