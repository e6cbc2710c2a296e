"""Writes the test records next to this script: every kind of trouble met in real files.

All of it is invented. `python tests/data/make.py` rewrites the files; a test checks that the
files in the tree are what this script makes.
"""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent

DELIMITER, FIELD_END, RECORD_END = b"\x1f", b"\x1e", b"\x1d"

Fields = list[tuple[bytes, bytes]]


def sub(indicators: str, *pairs: tuple[str, str | bytes]) -> bytes:
    """The content of a variable data field, without its terminator."""
    content = indicators.encode("ascii")
    for code, value in pairs:
        content += DELIMITER + code.encode("utf-8")
        content += value if isinstance(value, bytes) else value.encode("utf-8")
    return content


def record(
    fields: Fields,
    status: bytes = b"nam ",
    coding: bytes = b"a",
    tail: bytes = b" a 4500",
    length: bytes | None = None,
    base: bytes | None = None,
    end: bytes = RECORD_END,
    entry_end: bytes = FIELD_END,
) -> bytes:
    """A record from tags and contents; the odd parameters make it a damaged one."""
    directory, body = b"", b""
    for tag, content in fields:
        content += FIELD_END
        directory += tag + b"%04d%05d" % (len(content), len(body))
        body += content
    start = 24 + len(directory) + 1
    total = start + len(body) + 1
    leader = (length or b"%05d" % total) + status + coding + b"22"
    leader += (base or b"%05d" % start) + tail
    return leader + directory + entry_end + body + end


def entries(given: list[tuple[bytes, bytes, bytes]], body: bytes) -> bytes:
    """A record whose directory entries (tag, length, offset) are written as given."""
    directory = b"".join(tag + length + offset for tag, length, offset in given)
    start = 24 + len(directory) + 1
    leader = b"%05dnam a22%05d a 4500" % (start + len(body) + 1, start)
    return leader + directory + FIELD_END + body + RECORD_END


def control(number: int) -> Fields:
    return [
        (b"001", b"mrrc%06d" % number),
        (b"003", b"XX-Test"),
        (b"005", b"20240229121314.0"),
        (b"008", b"240229s2024    xx a     b    001 0 eng d"),
    ]


def book(number: int, title: str, *more: tuple[bytes, bytes]) -> Fields:
    """An ordinary description with something in every property."""
    return [
        *control(number),
        (b"010", sub("  ", ("a", f"  20240{number:05d} "))),
        (b"020", sub("  ", ("a", "978-0-00-000000-2 (pbk.)"), ("c", "12.50"))),
        (b"022", sub("0 ", ("a", "1234-5679"), ("l", "1234-5679"))),
        (b"040", sub("  ", ("a", "XX"), ("b", "eng"), ("c", "XX"))),
        (b"086", sub("0 ", ("a", "X 1.2:3/4"))),
        (b"100", sub("1 ", ("6", "880-01"), ("a", "Gardener, Ada,"), ("d", "1950-"))),
        (b"222", sub(" 0", ("a", "Key title"), ("b", "(Print)"))),
        (b"240", sub("10", ("a", "Works."), ("k", "Selections"))),
        (b"245", sub("10", ("6", "880-02"), ("a", title + " :"), ("b", "a guide /"),
                     ("c", "Ada Gardener."))),
        (b"260", sub("  ", ("a", "Port Example :"), ("b", "Quay Press,"), ("c", "2024."))),
        (b"264", sub(" 1", ("a", "Port Example :"), ("b", "Quay Press,"), ("c", "2024."))),
        (b"300", sub("  ", ("a", "xii, 210 pages ;"), ("c", "24 cm"))),
        (b"490", sub("1 ", ("a", "Small guides ;"), ("v", "7"))),
        (b"500", sub("  ", ("a", "Includes $ and \\ and {braces}."))),
        (b"504", sub("  ", ("a", "Includes bibliographical references."))),
        (b"650", sub(" 0", ("a", "Gardens"), ("x", "History"), ("y", "20th century."))),
        (b"650", sub(" 0", ("a", "Gardening"), ("v", "Handbooks, manuals, etc."))),
        (b"700", sub("1 ", ("a", "Digger, Ben."))),
        (b"830", sub(" 0", ("a", "Small guides ;"), ("v", "7."))),
        (b"852", sub("  ", ("b", "MAIN"), ("h", "SB450 .G37"))),
        *more,
    ]  # fmt: skip


SCRIPTS = {
    "Latin": "Blåbær og jordbær på Østerø",
    "Greek": "Κήποι της Ελλάδας",
    "Cyrillic": "Сад и огород",
    "Hebrew": "גן ירק",
    "Arabic": "حديقة الزهور",
    "Han": "園藝入門",
    "Kana": "にわしごと",
    "Hangul": "정원 가꾸기",
    "Thai": "สวนดอกไม้",
    "Devanagari": "बाग़बानी",
    "combining": "Cafe\u0301 a\u0308 u\u0328\u0301",
    "astral": "Garden \U0001f331 of \U00020000",
}


def plain() -> bytes:
    made = [record(book(1, "Gardens"))]
    for number, (name, title) in enumerate(SCRIPTS.items(), 2):
        linked = (b"880", sub("10", ("6", "245-02/$1"), ("a", title)))
        made.append(record(book(number, f"{name} {title}", linked)))
    return b"".join(made)


def minimal() -> bytes:
    return b"".join(
        [
            record([(b"001", b"x")]),
            record([(b"001", b"")]),
            record([(b"245", b"00")]),
            record([(b"245", sub("00", ("a", "")))]),
            record([(b"245", sub("00", ("a", ""), ("b", ""), ("a", "x")))]),
            record([(b"650", sub(" 0", ("a", "one"))), (b"650", sub(" 0", ("a", "two")))]),
            record([(b"00A", sub("10", ("a", "letter tag"))), (b"LDR", sub("  ", ("a", "x")))]),
            record([(b"999", sub("  ", ("a", "unsorted"))), (b"001", b"id"), (b"100", b"1 ")]),
            record([(b"245", sub("00", ("$", "code $"), ("A", "upper"), (" ", "blank")))]),
            record([(b"245", sub("00", ("a", " strip me "), ("b", "\t tab \n")))]),
            record([(b"245", sub("00", ("a", "x" * 9990)))]),
            record([(b"500", sub("  ", ("a", "y" * 9000)))] * 10),
        ]
    )


def leaders() -> bytes:
    body: Fields = [(b"001", b"l"), (b"245", sub("10", ("a", "L")))]
    tails = (b" a 4500", b"1  4500", b"       ", b" a 0000", b"\x00\x01\x02\x03\x04\x05\x06",
             b"uu 45e0", b"|||||||")  # fmt: skip
    made = [record(body, tail=tail) for tail in tails]
    made += [record(body, coding=coding) for coding in (b" ", b"A", b"|", b"2", b"\x00")]
    made += [
        record(body, status=status) for status in (b"    ", b"\x00abc", b"cas\x1f", b"\x1eaa|")
    ]
    swapped = record(body)
    made.append(swapped[:10] + b"ab" + swapped[12:])
    made.append(swapped[:10] + b"\x1f\x1e" + swapped[12:])
    return b"".join(made)


def high_leader() -> bytes:
    made = bytearray(record(book(1, "Leader")))
    made[18] = 0xE9
    return bytes(made) + record(book(2, "After a leader that is not ASCII"))


def marc8() -> bytes:
    def made(*values: bytes) -> bytes:
        fields = [*control(8), (b"245", sub("10", *(("a", value) for value in values)))]
        return record(fields, coding=b" ")

    return b"".join(
        [
            made(b"plain ASCII"),
            made(b"caf\xe2e", b"\xe8a\xe8u", b"\xe1a \xf0c \xe4n"),
            made(b"two marks \xe2\xe8a", b"mark at the end\xe2", b"\xe2 alone"),
            made(b"\xa1\xa2\xa5\xa8 \xb1\xb2\xb5 \xc3\xc7\xc8"),
            made(b"\xebi\xeca", b"\xfan\xfbg"),
            made(b"\x1b(2abc 123\x1b(B", b"\x1b(Nsad\x1b(B and \x1b(Qx\x1b(B"),
            made(b"\x1b(3abc\x1b(4xyz\x1b(B", b"\x1b(Sabc\x1b(B"),
            made(b"\x1b)2\xe0\xe1\x1b)E", b"\x1b-N\xc1\xc2"),
            made(b"\x1b$1!0!!0!\x1b(B mixed", b"\x1b$,1!0!\x1b(B"),
            made(b"H\x1bb2\x1bsO x\x1bp2\x1bs \x1bgabc\x1bs"),
            made(b"sort \x88The \x89garden", b"\x8d\x8e joiners"),
            made(b"tab\x09line\x0aend\x00"),
            made(b"", b" ", b"{braces} | bar ~ tilde ^ _ `"),
        ]
    )


def marc8_trouble() -> bytes:
    def made(value: bytes, tag: bytes = b"245") -> bytes:
        return record([*control(9), (tag, sub("10", ("a", value)))], coding=b" ")

    return b"".join(
        [
            made(b"unknown \x80 \xff \xfe z"),
            made(b"\x1b(Zabc unknown set\x1b(B"),
            made(b"\x1b$1!0"),
            made(b"\x1b$1!0!\x1b("),
            made(b"ends in escape \x1b"),
            made(b"ends in \x1b("),
            made(b"ends in \x1b$"),
            made(b"ends in \x1b)"),
            made(b"\x1bq unknown escape"),
            made(b"\x1b$1~~~\x1b(B"),
            made("UTF-8 é 園 although the leader says no".encode()),
            made("latin-1 café".encode("latin-1")),
            made(b"\x9c\x81\x90 controls"),
            record([(b"001", b"caf\xe9"), (b"245", sub("10", ("a", b"\xe2e")))], coding=b" "),
            record([(b"245", sub("10", ("a", b"\xe3a" * 4000)))], coding=b" "),
            record([(b"500", sub("  ", ("a", b"\xe3a" * 3000)))] * 12, coding=b" "),
        ]
    )


def indicators() -> bytes:
    contents = (
        b"", b"\x1fax", b"1\x1fax", b"123\x1fax", b"plain text without a delimiter",
        b"10text before\x1fax", b"1", b"12", b"\x00\x01\x1fax", b"\x7f~\x1fax", b" \x1fa",
    )  # fmt: skip
    return b"".join(
        record([(b"001", b"i"), (b"245", content), (b"300", sub("  ", ("a", "after")))])
        for content in contents
    )


def high_indicators() -> bytes:
    return record([(b"001", b"i"), (b"245", b"\xe9\xe9\x1fax")]) + record(
        [(b"100", sub("1 ", ("a", "kept"))), (b"245", "éa\x1fax".encode())]
    )


def subfields() -> bytes:
    contents = (
        b"10\x1fax\x1f\x1fby\x1fc", b"10\x1f", b"10\x1fa\x1f", b"10\x1f\x1f\x1f",
        b"10\x1f\x1ea", b"10\x1fax\x1ey", b"10\x1fa\x1dx", b"10\x1f\x1dx",
        b"10\x1f\x00null\x1f\x7fdel", b"10\x1fa\x00\x01\x02", b"10\x1f1one\x1f aspace",
        "10\x1fézz".encode(), "10\x1f日zz".encode(), b"10\x1f\xe9zz", "10\x1faok\x1féee".encode(),
        b"10\x1f\x80", "10\x1f\u0301a".encode(),
    )  # fmt: skip
    return b"".join(
        record([(b"001", b"s"), (b"245", content), (b"300", sub("  ", ("a", "after")))])
        for content in contents
    )


def no_letter_code() -> bytes:
    return record([(b"001", b"s"), (b"245", "10\x1f日本".encode())]) + record(book(2, "After"))


def utf8_trouble() -> bytes:
    values = (
        b"\xff", b"caf\xe9", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\x80",
        b"\xf4\x90\x80\x80", b"ok \xe9\x9d end", b"\xef\xbf\xbe \xef\xbb\xbf bom",
    )  # fmt: skip
    note = (b"500", sub("  ", ("a", "x")))
    made = [record([*control(7), (b"245", sub("10", ("a", value))), note])
            for value in values]  # fmt: skip
    made.append(record([(b"001", b"caf\xe9"), (b"245", sub("10", ("a", "x")))]))
    return b"".join(made)


def xml_trouble() -> bytes:
    values = ("a\x1bb", "\x00", "\x0b\x0c", "tab\tnewline\nreturn\r", "\ufffe\uffff", "<&>\"'",
              "]]>", "\x7f\x85\u2028")  # fmt: skip
    made = [record([(b"001", b"x"), (b"245", sub("10", ("a", value)))]) for value in values]
    made.append(record([(b"001", b"x\x02y"), (b"245", b"\x01\x02\x1fax")]))
    made.append(record([(b"2\x034", sub("<&", ("a", "tag"))), (b"245", sub("10", ("\x04", "c")))]))
    return b"".join(made)


def directories() -> bytes:
    body = b"id\x1e10\x1faTitle\x1e 0\x1faSubject\x1e"
    good = [(b"001", b"0003", b"00000"), (b"245", b"0010", b"00003"), (b"650", b"0012", b"00013")]

    def with_entry(index: int, entry: tuple[bytes, bytes, bytes]) -> bytes:
        return entries([*good[:index], entry, *good[index + 1 :]], body)

    return b"".join(
        [
            entries(good, body),
            entries(good[::-1], body),
            entries(good[:2], body),
            entries([*good, good[1]], body),
            with_entry(1, (b"245", b"9999", b"00003")),
            with_entry(1, (b"245", b"0010", b"99999")),
            with_entry(1, (b"245", b"0000", b"00003")),
            with_entry(1, (b"245", b"0001", b"00003")),
            with_entry(1, (b"245", b"0005", b"00003")),
            with_entry(1, (b"245", b"0010", b"00004")),
            with_entry(1, (b"245", b" 010", b"00003")),
            with_entry(1, (b"245", b"+010", b" 0003")),
            with_entry(1, (b"245", b"0_10", b"0_003")),
            with_entry(1, (b"245", b"-001", b"00003")),
            with_entry(1, (b"245", b"0010", b"-0001")),
            with_entry(1, (b"   ", b"0010", b"00003")),
            with_entry(1, (b"\x1e\x1f\x1d", b"0010", b"00003")),
            with_entry(0, (b"001", b"0001", b"00000")),
            with_entry(0, (b"009", b"0002", b"00000")),
            with_entry(0, (b"1 2", b"0003", b"00000")),
        ]
    )


def bad_directories() -> bytes:
    body = b"id\x1e10\x1faTitle\x1e"
    good = [(b"001", b"0003", b"00000"), (b"245", b"0010", b"00003")]
    made = [
        entries([good[0], (b"245", b"00x0", b"00003")], body),
        entries([good[0], (b"245", b"0010", b"    3")], body),
        entries([good[0], (b"245", b"0010", b"00 03")], body),
        entries([good[0], (b"245", b"    ", b"00003")], body),
        entries([good[0], (b"\xe9\xe9\xe9", b"0010", b"00003")], body),
        entries([good[0], (b"245", b"0010", b"000031")], body),
        entries([], b""),
        entries([], body),
        entries(good, body),
    ]
    return b"".join(made)


def bases() -> bytes:
    fields: Fields = [(b"001", b"b"), (b"245", sub("10", ("a", "Base")))]
    values = (b"00000", b"-0001", b"99999", b"xxxxx", b"     ", b"00024", b"00025", b"00037",
              b"00048", b"00050", b"00061", b" 0049", b"+0049", b"0_049", b"00001")  # fmt: skip
    return b"".join(record(fields, base=base) for base in values) + record(fields)


def terminators() -> bytes:
    fields: Fields = [(b"001", b"t"), (b"245", sub("10", ("a", "T")))]
    inside: Fields = [(b"001", b"t\x1du"), (b"245", sub("10", ("a", "T\x1e\x1d")))]
    return record(fields, entry_end=b" ") + record(inside) + record(fields, entry_end=b"1")


LENGTHS = {
    "zero": b"00000", "three": b"00003", "four": b"00004", "five": b"00005", "six": b"00006",
    "negative": b"-0001", "blank": b"  0%02d", "plus": b"+00%02d", "underscore": b"0_0%02d",
    "short": b"00010", "long": b"99999", "letters": b"00x12", "blanks": b"     ",
}  # fmt: skip


def wrong_length(length: bytes) -> bytes:
    fields: Fields = [(b"001", b"n"), (b"245", sub("10", ("a", "N")))]
    good = record(fields)
    if b"%" in length:
        length = length % len(good)
    return good + length + good[5:] + good


def iso2709() -> dict[str, bytes]:
    """Every file in the exchange format by name."""
    good = record(book(1, "Garden walls"))
    other = record(book(2, "Garden gates"))
    files = {
        "plain": plain(),
        "minimal": minimal(),
        "leaders": leaders(),
        "leader_not_ascii": high_leader(),
        "marc8": marc8(),
        "marc8_trouble": marc8_trouble(),
        "indicators": indicators(),
        "indicators_not_ascii": high_indicators(),
        "subfields": subfields(),
        "subfield_code_no_letter": no_letter_code(),
        "utf8_trouble": utf8_trouble(),
        "xml_trouble": xml_trouble(),
        "directories": directories(),
        "directories_bad": bad_directories(),
        "base_addresses": bases(),
        "terminators": terminators(),
        "empty": b"",
        "one_byte": b"0",
        "four_bytes": b"0012",
        "only_length": b"00026",
        "leader_only": good[:24],
        "short_leader": b"00010nam a\x1d",
        "truncated": good + other[:-40],
        "cut_terminator": good + other[:-1],
        "wrong_terminator": good + other[:-1] + b"X" + good,
        "newline_between": good + b"\n" + other,
        "newline_at_end": good + other + b"\r\n",
        "nul_at_end": good + b"\x00" * 5,
        "ctrl_z_at_end": good + b"\x1a",
        "byte_order_mark": b"\xef\xbb\xbf" + good,
        "junk_in_front": b"junk " + good,
        "html": b"<html><body>404 not found</body></html>\n",
        "edited": record([*control(4)[:2],
                          (b"245", sub("10", ("a", "Gardens :"), ("b", "a guide"))),
                          (b"650", sub(" 0", ("a", "One"), ("x", "Two"))),
                          (b"650", sub(" 0", ("a", "Thr\u00e9e")))]),
        "links": record([*control(1),
                         (b"245", sub("10", ("6", "880-01"), ("a", "x"))),
                         (b"246", sub("10", ("6", "garbage"), ("a", "x"))),
                         (b"500", sub("  ", ("6", "880-99"), ("a", "nothing"))),
                         (b"880", sub("10", ("6", "245-01/(N/r"), ("a", "y"))),
                         (b"880", sub("10", ("a", "without link")))]),
    }  # fmt: skip
    files.update({f"length_{name}": wrong_length(value) for name, value in LENGTHS.items()})
    return files


XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = "http://www.loc.gov/MARC21/slim"


def xml() -> dict[str, str]:
    """MARCXML, good and odd, by name."""
    body = (
        "<{p}record><{p}leader>00000nam a2200000 a 4500</{p}leader>"
        '<{p}controlfield tag="001">x1</{p}controlfield>'
        '<{p}datafield tag="245" ind1="1" ind2="0"><{p}subfield code="a">Gärten &amp; Höfe'
        '</{p}subfield><{p}subfield code="b">e\u0301</{p}subfield></{p}datafield></{p}record>'
    )
    bare, prefixed = body.replace("{p}", ""), body.replace("{p}", "marc:")
    return {
        "collection": f'{XML_HEAD}<collection xmlns="{NAMESPACE}">{bare}{bare}</collection>',
        "prefixed": f'{XML_HEAD}<marc:collection xmlns:marc="{NAMESPACE}">{prefixed}'
        "</marc:collection>",
        "no_namespace": f"{XML_HEAD}<collection>{bare}</collection>",
        "other_namespace": f'{XML_HEAD}<collection xmlns="urn:example">{bare}</collection>',
        "single": XML_HEAD + bare,
        "no_leader": '<record><controlfield tag="1"> z </controlfield></record>',
        "short_leader": "<record><leader>short</leader></record>",
        "no_tag": '<record><datafield ind1="1"><subfield code="a">x</subfield></datafield>'
        "</record>",
        "no_code": '<record><datafield tag="245"><subfield>x</subfield></datafield></record>',
        "odd": '<record><datafield tag="245" ind1="" ind2="10">'
        '<subfield code="ab"> x\ny </subfield>'
        '<subfield code="">q</subfield><subfield code="b"/><b>bold</b></datafield>'
        '<datafield tag="00A"><subfield code="a">a<i>b</i>c</subfield></datafield></record>',
        "entity": '<!DOCTYPE r [<!ENTITY a "AAA">]><record>'
        '<controlfield tag="001">&a;&#233;</controlfield></record>',
        "broken": f"{XML_HEAD}<collection>{bare}<record><controlfield",
        "not_xml": "just text",
        "empty": "",
    }  # fmt: skip


def json_texts() -> dict[str, str]:
    """MARC-in-JSON, good and odd, by name."""
    leader = "00000nam a2200000 a 4500"
    title = {"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "Gärten"}, {"b": "日本"}]}}
    good = {"leader": leader, "fields": [{"001": "j1"}, title]}

    def one(*fields: object, **more: object) -> str:
        return json.dumps({"leader": leader, "fields": list(fields), **more})

    return {
        "array": json.dumps([good, good], ensure_ascii=False),
        "single": json.dumps(good, indent=1),
        "empty_array": "[]",
        "flattened": one({"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "x", "b": "y"}]}}),
        "no_indicators": one({"245": {"subfields": [{"a": "x"}]}}),
        "no_leader": json.dumps({"fields": [title]}),
        "short_leader": json.dumps({"leader": "short", "fields": []}),
        "no_fields": json.dumps({"leader": leader}),
        "odd_values": one({"001": 5}, {"245": None}, {"008": ["x"]}),
        "null_subfield": one({"245": {"ind1": None, "ind2": 0, "subfields": [{"a": None}]}}),
        "control_characters": '{"leader": "' + leader + '", "fields": [{"001": "a\tb"}]}',
        "not_json": "not json",
        "empty": "",
    }


def mrk() -> dict[str, str]:
    """MARCMaker text, good and odd, by name."""
    leader = "=LDR  00000nam a2200000 a 4500\n"
    return {
        "two": f"{leader}=001  m1\n=245  10$aTitle$brest\n\n{leader}=001  m2\n=500  \\\\$aé 日\n",
        "trailing_blank": f"{leader}=001  m1\n\n",
        "blanks": "=008  a\\b  c\n=245  1\\$a$b\n",
        "dollar": "=245  10$a5{dollar}$bx$$c\n",
        "no_subfields": "=245  10\n=246  1 \n",
        "short_line": "=245  1\n",
        "no_equals": "245  10$ax\n",
        "one_blank": "=245 10$ax\n",
        "short_leader": "=LDR  short\n",
        "letters": "=00A  10$ax\n=LDR  00000nam a2200000 a 4500\n",
        "carriage_returns": "=001  a\r\n\r\n=001  b\r\n",
        "empty": "",
    }


def contents() -> dict[str, bytes]:
    """All files: relative path and bytes."""
    made = {f"iso2709/{name}.mrc": data for name, data in iso2709().items()}
    made.update({f"xml/{name}.xml": text.encode() for name, text in xml().items()})
    made.update({f"json/{name}.json": text.encode() for name, text in json_texts().items()})
    made.update({f"mrk/{name}.mrk": text.encode() for name, text in mrk().items()})
    return made


def main() -> None:
    for name, data in contents().items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
