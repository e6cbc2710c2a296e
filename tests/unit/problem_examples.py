"""What is said about the example files of problems: tests/data/problems."""

from __future__ import annotations

from typing import Any, NamedTuple

from mrrc.problems import ERROR, NOTE, WARNING, Problem

BEFORE = [
    "=001  pb-1",
    "=100  1\\$aAusten, Jane.",
    "=245  10$aEmma /",
    "=650  \\0$aNewts$vFiction.",
]
NUMBER = "=001  pb-2"
AUTHOR = "=100  1\\$aČapek, Karel,$d1890-1938."
TITLE = "=245  10$aVálka s mloky /$cKarel Čapek."
SUBJECT = "=650  \\0$aNewts$vFiction."
WHOLE = [NUMBER, AUTHOR, TITLE, SUBJECT]
AFTER = ["=001  pb-3", "=100  1\\$aNezval, Vítězslav.", TITLE, SUBJECT]

# Where the record in the middle begins.
START = 128


class Example(NamedTuple):
    """What an example file has.

    Attributes:
        problem: the first problem with the example's code.
        others: the codes of the problems before it and after it.
        middle: the fields of the record in the middle; None if there is none.
        last: whether a sound record comes after it.
        options: of the reader.
    """

    problem: Problem
    others: tuple[list[str], list[str]] = ([], [])
    middle: list[str] | None = WHOLE
    last: bool = True
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


def between(
    code: str, number: int | None, offset: int, length: int, found: str, **more: Any
) -> Example:
    """An example in which bytes stand in no record."""
    others = more.pop("others", ([], []))
    severity = more.pop("severity", NOTE)
    done = more.pop("done", "skipped")
    raw = more.pop("raw", b"")
    problem = Problem(code, severity, number, offset, None, length, None, None, found, done, raw)
    return Example(problem, others, None)


def inside(
    code: str,
    severity: str,
    offset: int,
    length: int,
    tag: str | None,
    found: str,
    done: str,
    *,
    raw: bytes = b"",
    control_number: str | None = "pb-2",
    **more: Any,
) -> Example:
    """An example in which the record in the middle is damaged."""
    problem = Problem(
        code, severity, 2, START + offset, offset, length, control_number, tag, found, done, raw
    )
    return Example(problem, **more)


AUTO = {"encoding": "auto"}

READ = [
    # Between records
    between("byte-order-mark", None, 0, 3, "\\ufeff"),
    between("end-of-file-mark", 2, 288, 1, "\\x1a"),
    between(
        "newline-between-records",
        1,
        START,
        2,
        "\\x0d\\x0a",
        others=([], ["newline-between-records"]),
    ),
    between("padding-between-records", 1, START, 384, " " * 60 + "... (384 bytes)"),
    between("record-terminator-surplus", 1, START, 1, "\\x1d"),
    between(
        "bytes-unread",
        1,
        START,
        25,
        "Query OK, 1 row affected\\x0a",
        severity=ERROR,
        done="left out of every record",
        raw=b"Query OK, 1 row affected\n",
    ),
    between(
        "record-unreadable",
        2,
        START,
        26,
        "00026nam a2200025 a 4500\\x1e\\x1d",
        severity=ERROR,
        done="left out of every record",
        raw=b"00026nam a2200025 a 4500\x1e\x1d",
    ),
    # The record as a whole
    inside("record-length-wrong", NOTE, 0, 5, None, "00167", "read as 00166"),
    inside("record-length-not-number", NOTE, 0, 5, None, "     ", "read as 00166"),
    inside(
        "record-too-long",
        NOTE,
        0,
        100_297,
        None,
        "99999",
        "read whole: 100297 bytes",
        middle=[NUMBER, *(f"=520  \\\\$aPart {part:02}: {'abc ' * 2_272}" for part in range(11))],
    ),
    inside(
        "record-terminator-missing",
        WARNING,
        165,
        0,
        None,
        "\\x1e",
        "read up to there",
        others=([], ["record-length-wrong"]),
    ),
    inside("record-terminator-stray", WARNING, 119, 1, "245", "1", "a blank took its place"),
    # Leader and directory
    inside(
        "leader-length-wrong",
        WARNING,
        0,
        22,
        None,
        "00166nam a2200073 a 45",
        "restored as 00166nam a2200073 a 4500",
    ),
    inside(
        "leader-invalid",
        WARNING,
        0,
        26,
        None,
        "00166nam a2200073 a 45\ufffd0",
        "read as 00166nam a2200073 a 45 0",
    ),
    inside("base-address-wrong", NOTE, 12, 5, None, "00000", "read as 00073"),
    inside("base-address-not-number", NOTE, 12, 5, None, "     ", "read as 00073"),
    inside("directory-terminator-missing", WARNING, 72, 1, None, "", "ended after its last entry"),
    inside(
        "directory-damaged",
        WARNING,
        24,
        48,
        None,
        "1 of 4",
        "fields were cut at their field terminators, and got the tags that can be read",
        others=(["record-length-wrong", "base-address-wrong"], []),
    ),
    inside(
        "directory-wrong",
        WARNING,
        24,
        49,
        None,
        "3 of 4 entries",
        "fields were cut at their field terminators, and got the tags in order",
        others=(["record-length-wrong"], []),
    ),
    # Fields
    inside(
        "field-too-long",
        NOTE,
        102,
        10_354,
        "520",
        "10355",
        "read whole",
        others=(["directory-wrong"], []),
        middle=[NUMBER, TITLE, "=520  \\\\$a" + "Summary. " * 1_150],
    ),
    inside(
        "field-terminator-missing",
        WARNING,
        164,
        0,
        "650",
        "",
        "ended where the directory or the record ends it",
        others=(["record-length-wrong"], []),
    ),
    inside("field-terminator-stray", WARNING, 119, 1, "245", "1", "a blank took its place"),
    inside("field-terminator-surplus", NOTE, 165, 1, None, "", "skipped"),
    inside(
        "field-truncated",
        ERROR,
        136,
        0,
        "245",
        "",
        "read as far as it goes",
        others=(["record-terminator-missing", "record-length-wrong"], ["field-missing"]),
        middle=[NUMBER, AUTHOR, "=245  10$aVálka s mloky /$cKarel"],
        last=False,
    ),
    inside(
        "field-missing",
        ERROR,
        60,
        12,
        "650",
        "",
        "left out",
        others=(["record-length-wrong"], []),
        middle=[NUMBER, AUTHOR, TITLE],
    ),
    inside(
        "field-without-entry",
        ERROR,
        133,
        19,
        None,
        " 0\\x1faNewts\\x1fvFiction.",
        "left out",
        raw=b" 0\x1faNewts\x1fvFiction.",
        others=(["record-length-wrong", "base-address-wrong"], []),
        middle=[NUMBER, AUTHOR, TITLE],
    ),
    inside(
        "fields-overlap",
        WARNING,
        109,
        35,
        "245",
        "",
        "read for both",
        others=([], ["field-without-entry"]),
        middle=[NUMBER, AUTHOR, TITLE, TITLE],
    ),
    inside(
        "tag-invalid",
        WARNING,
        109,
        35,
        "???",
        "???",
        "kept; a question mark stands for what is not graphic ASCII",
        middle=[NUMBER, AUTHOR, TITLE.replace("245", "???"), SUBJECT],
    ),
    inside(
        "tag-unreadable",
        ERROR,
        67,
        4,
        None,
        "pb-2",
        "left out",
        raw=b"pb-2",
        control_number=None,
        others=(["record-length-wrong", "base-address-wrong", "directory-damaged"], []),
        middle=[AUTHOR, TITLE, SUBJECT],
    ),
    # Inside a field
    inside(
        "indicators-missing",
        WARNING,
        109,
        0,
        "245",
        "",
        "read as blanks",
        middle=[NUMBER, AUTHOR, TITLE.replace("10", "\\\\"), SUBJECT],
    ),
    inside("indicator-invalid", WARNING, 78, 2, "100", "1\\xa0", "read as a blank"),
    inside(
        "text-before-subfields",
        WARNING,
        111,
        16,
        "245",
        "Válka s mloky /",
        "made a subfield with the code ?",
        middle=[NUMBER, AUTHOR, TITLE.replace("$a", "$?"), SUBJECT],
    ),
    inside("subfield-code-missing", NOTE, 144, 1, "245", "", "the delimiter was left out"),
    inside(
        "subfield-code-invalid",
        WARNING,
        81,
        1,
        "100",
        "\\xc4",
        "the code is ?, and the text begins with what stood in its place",
        middle=[NUMBER, AUTHOR.replace("$a", "$?"), TITLE, SUBJECT],
    ),
    inside(
        "delimiter-in-control-field",
        WARNING,
        77,
        1,
        "001",
        "",
        "a blank took its place",
        control_number="pb-2 ",
        middle=[NUMBER + "\\", AUTHOR, TITLE, SUBJECT],
    ),
    # Text
    inside(
        "encoding-other",
        WARNING,
        9,
        1,
        None,
        "marc8",
        "decoded as utf-8 (certainty 1.00: Every text is valid UTF-8.)",
        options=AUTO,
    ),
    inside(
        "encoding-mixed",
        WARNING,
        9,
        1,
        None,
        "utf-8",
        "each decoded by itself",
        middle=[
            NUMBER,
            AUTHOR,
            "=245  10$aDer Krieg mit den Molchen : für Leser über zwölf /",
            "=650  \\\\$aPřeložil z češtiny a předmluvou opatřil Josef Čapek.",
        ],
        options=AUTO,
    ),
    inside(
        "encoding-unknown",
        WARNING,
        9,
        1,
        None,
        "utf-8",
        "decoded as the record says, utf-8",
        others=([], ["text-undecodable"]),
        middle=[
            NUMBER,
            "=100  1\\$aCapek, Karel.",
            "=245  10$aWar with\udcc0the\udc80newts.",
            SUBJECT,
        ],
        options=AUTO,
    ),
    inside(
        "text-undecodable",
        WARNING,
        114,
        1,
        "245",
        "\\xe1",
        "kept, escaped",
        middle=[NUMBER, AUTHOR, TITLE.replace("á", "\udce1"), SUBJECT],
    ),
]

BY_CODE = {example.problem.code: example for example in READ}
