"""Records as lines: pieces of files, sound and damaged, and writers made for the tests."""

from __future__ import annotations

LDR = b"=LDR  00000nam a2200000 a 4500\n"

SNIPPETS: dict[str, list[bytes]] = {
    "mrk": [
        b"\xef\xbb\xbf",
        LDR,
        b"=001  ocm1\\\n=008  000107s2000\\\\\\\\nyua\\\\\\\\b\n",
        b"=245  10$aActivePerl /$cTobias Martinsson.\n",
        b"\n",
        b"=LDR  00000nam\\a2200000\\a\\4500\r\n"
        b"=245  \\\\$aCaf\xc3\xa9 {dollar}5 {lcub}x{rcub}\r\n\r\n",
        b"=LDR  00000nam a2200000 a 4500\n=001  1\n=LDR  00000nam  2200000 a 4500\n=001  2\n",
        LDR,
        b"=245  \\\\$awrapped\nline\n=246  1\\$a Another $b\n\n\n \t\n",
        b"# a comment\n",
        LDR,
        b"# in a record\n=020  \\\\$c$12.50\n=020  \\\\$a1 ($12.50)$b$ 5\n=245  10\n\n",
        b"=245  10$aNo leader\n\n",
        b"=LDR  short\n=24510$a\n=245 10$aone blank\n=245  $a\n=245  1$a\n\n",
        LDR,
        b"=245  10$a$$b$\n=500  {bsol}\\$ax\n=5\xc3\xa90  x\n=500  \\\\$\xc3\xa9a\n\n",
        b"text that is nothing\nand more\n\n",
        LDR,
        b"=245  10$aCaf{acute}e {eacute} {unknown} {0A}{1F} \xff\xfe\n=001  {1F}\x1fa\n\n",
        b"   \x00\x1a\n",
        b"=\n\n=LDR\n",
        b"=LDR  00000nam a2200000 a 4500\n=001  at the end",
        b"\n",
        b"=LDR  00000nam a2200000 a 4500\n=001  without a line end",
    ],
    "line": [
        b"\xef\xbb\xbf",
        b"(Record length 377)\n<!-- Record 1 offset 0 (0x0) -->\n",
        b"00377nam a2200097 a 4500\n",
        b"001 11778504\n008 990802s2000    mau      b    001 0 eng  \n",
        b"245 14 $a The pragmatic programmer : $b from $c Andrew Hunt\n",
        b"\n",
        b"00377nam  2200097 a 4500\r\n001 1\r\n245 1  $a Caf\xc3\xa9 $b  $c $5 x\r\n\r\n",
        b"00377nam a2200097 a 4500\n001 1\n00377nam a2200097 a 4500\n001 2\n\n\n \t\n",
        b"(No separator at end of field length=1)\n",
        b"00377nam a2200097 a 4500\n(a comment)\n650   \n651 $$ $$ d $  e\n"
        b"245 10 $aTitle$bunspaced\n\n",
        b"00377nam a2200097 a 4500\n245 10 $a wrapped\nline $b x\n    and more\n\n",
        b"245 10 $a no leader\n\n",
        b"     nam a2200097 a 4500\n001 1\n\n",
        b"00377nam a22\n001 1\n\n",
        b"?? nothing of this kind\nand more\n\n",
        b"00377nam a2200097 a 4500\n245 \xc3\xa90 $a x $b\n245 10 $\xff x\n001\n\n",
        b"00377nam a2200097 a 450\r\n",
        b"00377nam a2200097 a 4500\n001 at the end",
    ],
    "aleph": [
        b"\xef\xbb\xbf",
        b"000000002 FMT   L BK\n000000002 LDR   L 00000nam^a2200301^i^4500\n",
        b"000000002 001   L 000000002\n"
        b"000000002 008   L 050601s1921^^^^xx^||||||||||||||^||dut^^\n",
        b"000000002 24510 L $$aCatmandu Test\n000000002 650 0 L $$aMARC$$aMARC2\n",
        b"000000003 LDR   L 00000nam^^2200301^i^4500\r\n000000003 001   L 3\r\n",
        b"000000003 24510 L $$a\xe5\x8a\xa0\xe5\xbe\xb7 $5$$b\r\n\r\n",
        b"000000004 LDR   00000nam^a2200301^i^4500\n000000004 001   4\n000000004 24510 $$aNo L\n",
        b"000000005 24510 A $$aNo leader, no 001\n000000005 24510   $$ablank\n",
        b"\n\n",
        b"000000006 LDR   L 00000nam^a2200301\n000000006 001   L 6\n000000006 245^0 L $$ax$$$$ y\n",
        b"000000007 LDR   L 00000nam^a2200301^i^4500\n000000007 001   L 7\n000000007 245 L text\n",
        b"text\n000000007 24510 L text\n000000007 2\xc3\xa910 L x\n000000007 FMT   L x$$ay\n",
        b"000000008 LDR   L 00000nam^a2200301^i^4500\n000000008 LDR   L 00000nam^a2200301^i^4500\n",
        b"000000008\n00000008 24510 L $$a\xff\n",
        b"000000009 001   L at the end",
    ],
}  # fmt: skip
"""Pieces of files of each format."""

TEXT_OF_ALEPH = b"\n12 nothing of this kind\nand more\n\n"
SNIPPETS["aleph"].insert(1, TEXT_OF_ALEPH)


def _fields(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Tags and contents of a plain record."""
    base = int(raw[12:17])
    contents = raw[base:-2].split(b"\x1e")
    return [(raw[24 + 12 * index :][:3], content) for index, content in enumerate(contents)]


def _is_control(tag: bytes) -> bool:
    return tag.isdigit() and tag < b"010"


def line_text(raw: bytes) -> bytes:
    """A plain record as YAZ writes it."""
    lines = [raw[:24]]
    for tag, content in _fields(raw):
        if _is_control(tag):
            lines.append(tag + b" " + content)
            continue
        subfields = [b" $%b %b" % (each[:1], each[1:]) for each in content[2:].split(b"\x1f")[1:]]
        lines.append(tag + b" " + content[:2] + b"".join(subfields))
    return b"\n".join(lines) + b"\n\n"


def aleph_text(raw: bytes) -> bytes:
    """A plain record in Aleph sequential; its number is made of its length."""
    number = b"%09d" % len(raw)
    lines = [b"LDR   L " + raw[:24].replace(b" ", b"^")]
    for tag, content in _fields(raw):
        if _is_control(tag):
            lines.append(tag + b"   L " + content.replace(b" ", b"^"))
        else:
            lines.append(tag + content[:2] + b" L " + content[2:].replace(b"\x1f", b"$$"))
    return b"".join(number + b" " + line + b"\n" for line in lines)
