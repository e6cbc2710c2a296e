"""Make records without a network: bibliographic records in several scripts, UTF-8 or MARC-8.

They are put together here, byte for byte, so that no library under test has a hand in them; the
same seed gives the same bytes on every machine and Python.
"""

from __future__ import annotations

import random
from typing import NamedTuple

FIELD_TERMINATOR = b"\x1e"
RECORD_TERMINATOR = b"\x1d"
SUBFIELD_DELIMITER = b"\x1f"

SEED = 245


class Script(NamedTuple):
    """Words of one language in one script, and how MARC-8 writes them."""

    language: str
    words: tuple[str, ...]
    escape: bytes
    codec: str


LATIN = Script(
    "eng",
    tuple(
        "history of the city river garden letters music introduction to modern society law "
        "handbook studies in early American poetry women and science economic development".split()
    ),
    b"",
    "ansel",
)
SCRIPTS = (
    Script(
        "fre", tuple("études littéraires théâtre à Genève siècle forêt été".split()), b"", "ansel"
    ),
    Script(
        "ger", tuple("Geschichte für Bücher Universität München über Köln".split()), b"", "ansel"
    ),
    Script("cze", tuple("dějiny literatury české země člověk příběh".split()), b"", "ansel"),
    Script("rus", tuple("история русской литературы город Москва".split()), b"\x1b(N", "koi8_r"),
    Script("heb", tuple("תולדות ספרות עברית ירושלים".split()), b"\x1b(2", "iso8859_8"),
    Script("ara", tuple("تاريخ الأدب العربي مدينة".split()), b"\x1b(3", "iso8859_6"),
    Script("gre", tuple("ελληνικα γραμματα ιστορικα".split()), b"\x1b(S", "greek"),
    Script("chi", ("中国文學史", "東京日本", "北京本", "研究書"), b"\x1b$1", "eacc"),
)

# ANSEL: the mark stands before its letter.
MARKS = {
    "é": "\xe2e", "è": "\xe1e", "ê": "\xe3e", "à": "\xe1a", "â": "\xe3a", "ü": "\xe8u",
    "ä": "\xe8a", "ö": "\xe8o", "ě": "\xe9e", "č": "\xe9c", "ř": "\xe9r", "í": "\xe2i",
}  # fmt: skip
GREEK = {
    "α": "a", "γ": "d", "ε": "f", "η": "j", "ι": "l", "κ": "m", "λ": "n", "μ": "o", "ν": "p",
    "ο": "r", "ρ": "u", "σ": "v", "τ": "x",
}  # fmt: skip
EACC = {
    "中": "213034", "国": "4B376F", "日": "214273", "本": "214369", "文": "214258",
    "學": "213A60", "史": "21353D", "研": "4B4E37", "究": "214F4E", "東": "214426",
    "京": "213061", "北": "213449", "書": "214355",
}  # fmt: skip


def in_marc8(word: str, script: Script) -> bytes:
    """Write a word in MARC-8, back in Basic Latin at its end."""
    if script.codec == "ansel":
        return "".join(MARKS.get(letter, letter) for letter in word).encode("latin-1")
    if script.codec == "greek":
        content = "".join(GREEK[letter] for letter in word).encode("ascii")
    elif script.codec == "eacc":
        content = bytes.fromhex("".join(EACC[letter] for letter in word))
    else:
        content = bytes(byte - 0x80 for byte in word.encode(script.codec))
    return script.escape + content + b"\x1b(B"


class Maker:
    """Makes one record after the other; `marc8` chooses the encoding."""

    def __init__(self, marc8: bool, seed: int = SEED) -> None:
        self.marc8 = marc8
        self.random = random.Random(seed)

    def phrase(self, script: Script, length: int) -> bytes:
        # `random()` alone is promised to be the same in every version of Python.
        words = [script.words[int(self.random.random() * len(script.words))] for _ in range(length)]
        if self.marc8:
            return b" ".join(in_marc8(word, script) for word in words)
        return " ".join(words).encode("utf-8")

    def number(self, first: int, last: int) -> int:
        return first + int(self.random.random() * (last - first + 1))

    def field(self, indicators: str, *subfields: tuple[str, bytes]) -> bytes:
        pieces = [SUBFIELD_DELIMITER + code.encode() + value for code, value in subfields]
        return indicators.encode() + b"".join(pieces)

    def record(self, index: int) -> bytes:
        """Make a record of 17 fields or more, some 900 bytes as in a national library's file."""
        script = SCRIPTS[index % len(SCRIPTS)] if index % 3 == 0 else LATIN
        year = str(self.number(1890, 2015)).encode()
        name = self.phrase(script, 2) + b","
        dates = b"%d-" % self.number(1850, 1970)
        fixed = f"850101s{year.decode()}    xx            000 0 {script.language}  "
        fields = [
            ("001", b"%12d" % (85000000 + index)),
            ("003", b"XX-Bench"),
            ("005", b"20160101%06d.0" % self.number(0, 235959)),
            ("008", fixed.encode()),
            ("010", self.field("  ", ("a", b"   %08d " % (85000000 + index)))),
            ("020", self.field("  ", ("a", b"%010d" % self.number(10**9, 10**10 - 1)))),
            ("035", self.field("  ", ("a", b"(OCoLC)%08d" % self.number(10**7, 10**8 - 1)))),
            ("040", self.field("  ", ("a", b"XX-Bench"), ("c", b"XX-Bench"), ("d", b"XX-Bench"))),
            ("050", self.field("00", ("a", b"PN%d" % self.number(1, 6790)), ("b", b".B4 " + year))),
            ("082", self.field("00", ("a", b"%d.%d" % (self.number(100, 999), index % 97)))),
            ("100", self.field("1 ", ("a", name), ("d", dates))),
            ("245", self.field(
                "10",
                ("a", self.phrase(script, self.number(2, 7)) + b" :"),
                ("b", self.phrase(script, self.number(3, 8)) + b" /"),
                ("c", b"by " + name[:-1] + b"."),
            )),
            ("260", self.field(
                "  ", ("a", self.phrase(LATIN, 1) + b" :"),
                ("b", self.phrase(LATIN, 2) + b","), ("c", year + b"."),
            )),
            ("300", self.field(
                "  ", ("a", b"%d p. ;" % self.number(32, 800)),
                ("c", b"%d cm." % (index % 20 + 15)),
            )),
            ("500", self.field("  ", ("a", self.phrase(LATIN, self.number(4, 20)) + b"."))),
        ]  # fmt: skip
        for _ in range(self.number(1, 4)):
            fields.append(("650", self.field(
                " 0", ("a", self.phrase(LATIN, self.number(1, 3))),
                ("x", self.phrase(LATIN, 1)), ("v", self.phrase(LATIN, 1) + b"."),
            )))  # fmt: skip
        if index % 2:
            fields.append(("651", self.field(" 0", ("a", name), ("x", self.phrase(LATIN, 2)))))
        fields.append(("700", self.field("1 ", ("a", self.phrase(script, 2)), ("e", b"editor."))))
        return self.assemble(fields)

    def assemble(self, fields: list[tuple[str, bytes]]) -> bytes:
        """Put leader, directory and variable fields together."""
        directory, offset = b"", 0
        for tag, content in fields:
            directory += f"{tag}{len(content) + 1:04}{offset:05}".encode()
            offset += len(content) + 1
        base_address = 24 + len(directory) + 1
        encoding = " " if self.marc8 else "a"
        length = base_address + offset + 1
        leader = f"{length:05}cam {encoding}22{base_address:05} a 4500".encode()
        content = b"".join(content + FIELD_TERMINATOR for _, content in fields)
        return leader + directory + FIELD_TERMINATOR + content + RECORD_TERMINATOR


def generate(count: int, marc8: bool = False, seed: int = SEED) -> bytes:
    """Return an ISO 2709 file of `count` records."""
    maker = Maker(marc8, seed)
    return b"".join(maker.record(index) for index in range(count))
