"""Writes problems/: for each code of a problem in ISO 2709 a small file that has it.

The files begin with sound records, invented ones; each is then damaged in one way, the way in
which real files mostly are. `python tests/data/make_problems.py` rewrites them; a test checks that
the files in the tree are what this script makes.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent / "problems"

Fields = list[tuple[bytes, bytes]]


def sub(indicators: str, *pairs: tuple[str, str], charset: str = "utf-8") -> bytes:
    """The content of a variable data field, without its terminator."""
    return (indicators + "".join(f"\x1f{code}{value}" for code, value in pairs)).encode(charset)


AUTHOR = sub("1 ", ("a", "Čapek, Karel,"), ("d", "1890-1938."))
TITLE = sub("10", ("a", "Válka s mloky /"), ("c", "Karel Čapek."))
SUBJECT = sub(" 0", ("a", "Newts"), ("v", "Fiction."))


def record(
    fields: Fields | None = None,
    *,
    number: bytes = b"pb-2",
    author: bytes = AUTHOR,
    title: bytes = TITLE,
    subject: bytes = SUBJECT,
    coding: bytes = b"a",
    length: bytes | None = None,
    base: bytes | None = None,
    in_characters: bool = False,
) -> bytes:
    """A record that is sound unless one of the later parameters, or a content, is not.

    Lengths and starting positions are those of the contents as they are given, so that a content
    can have anything in it.
    """
    if fields is None:
        fields = [(b"001", number), (b"100", author), (b"245", title), (b"650", subject)]
    directory = data = b""
    position = 0
    for tag, content in fields:
        size = len(content.decode() if in_characters else content) + 1
        directory += tag + b"%04d%05d" % (min(size, 9_999), position)
        data += content + b"\x1e"
        position += size
    start = 24 + len(directory) + 1
    total = start + position + 1
    leader = b"%bnam %b22%b a 4500" % (
        length or b"%05d" % min(total, 99_999),
        coding,
        base or b"%05d" % start,
    )
    return leader + directory + b"\x1e" + data + b"\x1d"


# Two neighbours that have nothing wrong.
BEFORE = record(
    number=b"pb-1", author=sub("1 ", ("a", "Austen, Jane.")), title=sub("10", ("a", "Emma /"))
)
AFTER = record(number=b"pb-3", author=sub("1 ", ("a", "Nezval, Vítězslav.")))


def among(*damaged: bytes) -> bytes:
    """A file with these bytes between two sound records."""
    return BEFORE + b"".join(damaged) + AFTER


def entry(tag: bytes) -> bytes:
    """The directory entry of this tag in the record in the middle."""
    raw = record()
    entries = [raw[start : start + 12] for start in range(24, raw.index(b"\x1e"), 12)]
    return next(each for each in entries if each.startswith(tag))


def changed(old: bytes, new: bytes, length: bytes | None = None) -> bytes:
    """A record in which bytes were changed after it was made; they have to be there once."""
    raw = record(length=length)
    if raw.count(old) != 1:
        raise ValueError(f"{old!r} is there {raw.count(old)} times")
    return raw.replace(old, new)


def between_records() -> dict[str, bytes]:
    return {
        # Some editors of Windows put it in front of every file that they save as UTF-8.
        "byte-order-mark": b"\xef\xbb\xbf" + among(),
        # The end of a text file in CP/M and early DOS.
        "end-of-file-mark": among() + b"\x1a",
        "newline-between-records": BEFORE + b"\r\n" + AFTER + b"\r\n",
        # Records in blocks of 512 bytes, as on tapes.
        "padding-between-records": BEFORE.ljust(512) + AFTER,
        "record-terminator-surplus": among(b"\x1d"),
        # A message of the program that sent the file.
        "bytes-unread": among(b"Query OK, 1 row affected\n"),
        # A leader that came without its record.
        "record-unreadable": among(b"00026nam a2200025 a 4500\x1e\x1d"),
    }


def whole_records() -> dict[str, bytes]:
    long_fields = [
        (b"520", sub("  ", ("a", f"Part {part:02}: " + "abc " * 2_272))) for part in range(11)
    ]
    return {
        "record-length-wrong": among(record(length=b"%05d" % (len(record()) + 1))),
        # The program that made it left the length to another one.
        "record-length-not-number": among(record(length=b"     ")),
        "record-too-long": among(record([(b"001", b"pb-2"), *long_fields])),
        "record-terminator-missing": among(record()[:-1]),
        "record-terminator-stray": among(record(title=TITLE.replace(b" s ", b"\x1ds "))),
    }


def leaders_and_directories() -> dict[str, bytes]:
    title, subject = entry(b"245"), entry(b"650")
    return {
        # Its last two bytes were lost.
        "leader-length-wrong": among(changed(b" a 4500", b" a 45")),
        # A conversion to UTF-8 did not know what to do with a byte of the leader.
        "leader-invalid": among(changed(b" a 4500", b" a 45\xef\xbf\xbd0")),
        "base-address-wrong": among(record(base=b"00000")),
        "base-address-not-number": among(record(base=b"     ")),
        "directory-terminator-missing": among(changed(subject + b"\x1e", subject + b" ")),
        # One digit was lost.
        "directory-damaged": among(changed(title, title[:5] + title[6:])),
        # Counted before the text became UTF-8.
        "directory-wrong": among(record(in_characters=True)),
    }


def whole_fields() -> dict[str, bytes]:
    number, title, subject = entry(b"001"), entry(b"245"), entry(b"650")
    summary = sub("  ", ("a", "Summary. " * 1_150))
    return {
        "field-too-long": among(record([(b"001", b"pb-2"), (b"245", TITLE), (b"520", summary)])),
        "field-terminator-missing": among(changed(b".\x1e\x1d", b".\x1d")),
        # A line of the text was broken by somebody who meant well.
        "field-terminator-stray": among(record(title=TITLE.replace(b" s ", b"\x1es "))),
        "field-terminator-surplus": among(
            changed(b"\x1e\x1d", b"\x1e\x1e\x1d", length=b"%05d" % (len(record()) + 1))
        ),
        # The disk was full.
        "field-truncated": BEFORE + record()[:136],
        # The field was deleted, and its entry was forgotten.
        "field-missing": among(changed(SUBJECT + b"\x1e", b"")),
        "field-without-entry": among(changed(subject, b"")),
        "fields-overlap": among(changed(subject, title)),
        # A field that has no tag yet.
        "tag-invalid": among(changed(title, b"???" + title[3:])),
        # Half of the first entry was lost.
        "tag-unreadable": among(changed(number, number[6:])),
    }


def inside_fields() -> dict[str, bytes]:
    return {
        "indicators-missing": among(record(title=TITLE[2:])),
        # A blank that must not be broken, out of a spreadsheet.
        "indicator-invalid": among(record(author=b"1\xa0" + AUTHOR[2:])),
        "text-before-subfields": among(record(title=TITLE.replace(b"\x1fa", b""))),
        "subfield-code-missing": among(record(title=TITLE + b"\x1f")),
        "subfield-code-invalid": among(record(author=AUTHOR.replace(b"\x1fa", b"\x1f"))),
        "delimiter-in-control-field": among(record(number=b"pb-2\x1f")),
    }


def texts() -> dict[str, bytes]:
    note = sub("  ", ("a", "Přeložil z češtiny a předmluvou opatřil Josef Čapek."))
    latin = sub(
        "10", ("a", "Der Krieg mit den Molchen : für Leser über zwölf /"), charset="latin-1"
    )
    return {
        # Leader position 9 is blank, for MARC-8.
        "encoding-other": among(record(coding=b" ")),
        # A field out of another catalogue.
        "encoding-mixed": among(record(title=latin, subject=note)),
        # Two bytes out of nowhere.
        "encoding-unknown": among(
            record(
                author=sub("1 ", ("a", "Capek, Karel.")), title=b"10\x1faWar with\xc0the\x80newts."
            )
        ),
        # A byte of Latin-1 where the record says UTF-8.
        "text-undecodable": among(record(title=TITLE.replace("á".encode(), b"\xe1"))),
    }


def contents() -> dict[str, bytes]:
    """All files: code and bytes."""
    return {
        **between_records(),
        **whole_records(),
        **leaders_and_directories(),
        **whole_fields(),
        **inside_fields(),
        **texts(),
    }


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for code, data in contents().items():
        (HERE / f"{code}.mrc").write_bytes(data)


if __name__ == "__main__":
    main()
