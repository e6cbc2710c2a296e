"""A plain record in MarcEdit's mnemonic format (mrk), from its bytes.

A record is a line for the leader and one for each field: "=", the tag, two blanks, the content. A
backslash is a blank in indicators and control fields; "$" begins a subfield. What has such a
meaning, and line ends, are written as mnemonics in braces where they are part of a text.
"""

from __future__ import annotations

import re

from mrrc._pure.fields import pieces

IN_SUBFIELDS = {
    0x24: "{dollar}",
    0x5C: "{bsol}",
    0x7B: "{lcub}",
    0x7D: "{rcub}",
    0x0A: "{0A}",
    0x0D: "{0D}",
    0x1D: "{1D}",
    0x1E: "{1E}",
    0x1F: "{1F}",
}
"""How the text of a subfield is written where it is not written as it is, for `str.translate`."""

IN_CONTROL_FIELDS = {**IN_SUBFIELDS, 0x20: "\\"}
"""The same for control fields and indicators."""

CODES = {
    **{chr(code): f"{{{code:02X}}}" for code in (*range(0x20), 0x7F)},
    **{chr(code): text for code, text in IN_SUBFIELDS.items()},
    " ": "{space}",
}
"""How the codes of subfields are written that are not written as they are."""

LEADER_TAG = "LDR"
"""The tag of the line that has the leader; no field can have it."""

# A price, as in "$c$12.50". It is looked for behind a dollar sign that would begin a subfield.
_PRICE = re.compile("[0-9][0-9,]*[.][0-9][0-9](?![0-9])")
_BEFORE_PRICE = frozenset(" (ABCDEFGHIJKLMNOPQRSTUVWXYZ")

_LEADER = re.compile(r"[ -#%-\[\]-z|~]{24}")
_TAG = re.compile("[ -~]{3}")


def is_price(line: str, start: int, dollar: int) -> bool:
    """Say whether the dollar sign at an index of a line is that of a price.

    The other reading is a subfield with a digit as its code, which is as likely where the text
    before it ends in a letter or a point. So it takes an amount with two decimals for a price only
    behind a blank, a parenthesis, a capital (US$) or an empty subfield, and never the first
    one after the indicators, which end at `start`.
    """
    if dollar == start or _PRICE.match(line, dollar + 1) is None:
        return False
    return line[dollar - 1] in _BEFORE_PRICE or (dollar >= start + 2 and line[dollar - 2] == "$")


def record_as_mrk(raw: bytes, leader: str) -> bytes | None:
    """Return the lines of a plain record; `leader` is the one to show.

    None where a leader, a tag or the code of a subfield is not written as it is, or a subfield
    would be read as a price.
    """
    if _LEADER.fullmatch(leader) is None:
        return None
    lines = [f"={LEADER_TAG}  {leader}\n"]
    start = int(raw[12:17])
    for position in range(24, start - 1, 12):
        end = start + int(raw[position + 3 : position + 7])
        tag = raw[position : position + 3].decode()
        if _TAG.fullmatch(tag) is None or tag == LEADER_TAG:
            return None
        field = raw[start:end]
        start = end
        if tag < "010" and tag.isdigit():
            content = field[:-1].decode().translate(IN_CONTROL_FIELDS)
            lines.append(f"={tag}  {content}\n")
            continue
        indicators = field[:2].decode().translate(IN_CONTROL_FIELDS)
        line = f"={tag}  {indicators}"
        first = len(line)
        dollars = []
        for piece in pieces(field):
            if piece[0] in CODES:
                return None
            dollars.append(len(line))
            line += "$" + piece[0] + piece[1:].translate(IN_SUBFIELDS)
        if any(is_price(line, first, dollar) for dollar in dollars):
            return None
        lines.append(line + "\n")
    return "".join(lines).encode()
