"""A record made of what the elements of MARCXML say, in whatever order they come."""

from __future__ import annotations

import re
from typing import Any

from mrrc import _engine
from mrrc._pure.xml_reading import Field, as_plain
from mrrc._xml_records import finished
from mrrc.leader import Leader
from mrrc.record import Record

Problem = tuple[str, int, dict[str, Any]]

MOST_PROBLEMS = 1000
"""So many problems of a record are reported, and no more."""
MOST_DEEP = 64
_BLANKS = " \t\r\n"
_INDICATOR = re.compile("[ -\x7f]\\Z")
_SUBFIELD_CODE = re.compile("[!-~]\\Z")
_CODE = "?"
_LEADER_LENGTH = 24
_NO_LEADER = "          22        4500"


class TooMuch(Exception):
    """The elements are nested too deep to go on."""


class RecordEvents:
    """Takes the tags and texts of one record.

    What is well-formed and usual becomes what a handler of SAX events makes of it, as pymarc has
    one. A field or a subfield that is not closed ends where the next one begins. The tags of other
    elements are passed over, their text is kept.

    Attributes:
        problems: code, offset in the span, and facts of what was wrong.
    """

    def __init__(self, span: bytes, well_formed: bool = True) -> None:
        self.problems: list[Problem] = []
        self._span = span
        self._well_formed = well_formed
        self._leader: str | None = None
        self._fields: list[Field] = []
        self._field: Field | None = None
        # Where the field begins, and the element whose text is its own.
        self._field_at = 0
        self._holder = ""
        self._code = ""
        self._texts: list[str] = []
        self._tagged = True
        self._begun = False
        self._ended = False
        self._others = 0

    # -- events ----------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        """Take text, references resolved."""
        self._texts.append(text)

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        """Take a start tag: the local name, the attributes without namespace, the offset."""
        if name in ("datafield", "controlfield"):
            self._close_field(at, implied=True)
            self._open_field(name, attributes, at)
        elif name == "subfield":
            self._open_subfield(attributes, at)
        elif name == "leader":
            self._close_field(at, implied=True)
            self._lose_text(at)
            self._holder = "leader"
            self._field_at = at
        elif name == "record" and not self._begun:
            self._begun = True
        else:
            self._others += 1
            if self._others > MOST_DEEP:
                if self._well_formed:
                    raise TooMuch
                if self._others == MOST_DEEP + 1:
                    self.report("nested-too-deep", at)
                return
            self.report("element-misplaced", at, found=name.encode(), used=b"its tags passed over")

    def end(self, name: str, at: int) -> None:
        """Take an end tag: the local name, the offset."""
        if name == "subfield" and self._holder == "subfield":
            self._close_subfield()
        elif name in ("datafield", "controlfield") and self._field is not None:
            if self._holder == "subfield":
                self._unclosed("subfield", at)
            self._close_field(at)
        elif name == "leader" and self._holder == "leader":
            self._close_leader(at)
        elif name == "record" and not (self._others and self._well_formed):
            self._close_field(at, implied=True)
            self._lose_text(at)
            self._ended = True
        elif self._others:
            self._others -= 1
        elif not self._well_formed:
            found = f"</{name}>".encode()
            self.report("markup-malformed", at, found=found, used=b"passed over")

    def report(self, code: str, at: int, **facts: Any) -> None:
        """Add a problem; of very many only the first are kept."""
        if len(self.problems) < MOST_PROBLEMS:
            if self._field is not None and "tag" not in facts and self._tagged:
                facts["tag"] = self._field[0].encode("utf-8", "replace")
            self.problems.append((code, at, facts))

    def record(self) -> Record | None:
        """Return the record; None if there is nothing in it that it could be made of."""
        end = len(self._span)
        if not self._ended:
            if self._field is not None:
                facts = {"found": self._span[self._field_at :][:100], "length": 0}
                self.report("field-truncated", self._field_at, **facts)
            self._close_field(end)
            if self._holder == "leader":
                self._close_leader(end)
            self._lose_text(end)
            self.report("record-terminator-missing", end, found=b"</record>")
        if self._leader is None and not self._fields and not self._ended:
            return None
        if self._leader is None:
            self.report("leader-missing", 0, used=_NO_LEADER.encode())
        return _lazy(self._leader, self._fields) or finished((self._leader, self._fields), None)

    # -- fields ----------------------------------------------------------------------------------

    def _open_field(self, name: str, attributes: dict[str, str], at: int) -> None:
        self._lose_text(at)
        tag = attributes.get("tag")
        self._tagged = tag is not None
        first, second = attributes.get("ind1"), attributes.get("ind2")
        self._field_at = at
        self._holder = name
        # What is reported has the tag of the field.
        written = "" if tag is None else tag
        self._field = (written, None, None, [])
        if name == "datafield":
            if first is None or second is None:
                self.report("indicators-missing", at)
            indicators = self._indicator(first), self._indicator(second)
            self._field = (written, indicators, None, [])

    def _indicator(self, value: str | None) -> str:
        """Return an indicator as a field has it: one character of graphic ASCII, or a blank."""
        if value is None:
            return " "
        if _INDICATOR.match(value) is None:
            found = value.encode("utf-8", "surrogateescape")
            self.report("indicator-invalid", self._field_at, found=found)
            return " "
        return value

    def _open_subfield(self, attributes: dict[str, str], at: int) -> None:
        if self._holder == "subfield":
            self._unclosed("subfield", at)
            self._close_subfield()
        if self._field is None or self._holder != "datafield":
            self._others += 1
            self.report("element-misplaced", at, found=b"subfield", used=b"its tags passed over")
            return
        self._take_text_before(at)
        code = attributes.get("code")
        if not code:
            self.report("subfield-without-code", at, used=_CODE.encode())
            code = _CODE
        elif _SUBFIELD_CODE.match(code) is None:
            found = code.encode("utf-8", "surrogateescape")
            self.report("subfield-code-invalid", at, found=found, used=_CODE.encode())
            # Nothing is lost: it is read as in ISO 2709, where it would stand before the text.
            self._texts.append(code)
            code = _CODE
        self._code = code
        self._holder = "subfield"

    def _close_subfield(self) -> None:
        if self._field is not None:
            self._field[3].append((self._code, "".join(self._texts)))
        self._texts.clear()
        self._holder = "datafield"

    def _close_field(self, at: int, implied: bool = False) -> None:
        """End the field that is open, if there is one."""
        field = self._field
        if self._holder == "leader" and implied:
            self._unclosed("leader", at)
            self._close_leader(at)
        if field is None:
            return
        if implied:
            self._unclosed("datafield" if field[1] is not None else "controlfield", at)
        if self._holder == "subfield":
            self._close_subfield()
        if field[1] is None:
            field = (field[0], None, "".join(self._texts), [])
            self._texts.clear()
        else:
            self._take_text_before(at)
        if not self._tagged:
            raw = self._span[self._field_at : at]
            self.report("tag-unreadable", self._field_at, found=raw, length=len(raw))
        else:
            if not (len(field[0]) == 3 and field[0].isascii() and field[0].isalnum()):
                self.report("tag-invalid", self._field_at, found=field[0].encode())
            self._fields.append(self._of_its_kind(field))
        self._field = None
        self._holder = ""

    def _of_its_kind(self, field: Field) -> Field:
        """Return the field; what its tag has no place for is put where there is one."""
        tag, _, data, subfields = field
        # A Field gives a number the zeros that it has lost.
        number = tag.rjust(3, "0")
        is_control_tag = number < "010" and number.isdigit() and number.isascii()
        if is_control_tag is (data is not None):
            return field
        used = b"a control field" if is_control_tag else b"a data field with subfield $a"
        self.report("kind-of-field-wrong", self._field_at, used=used)
        if data is None:
            return tag, None, " ".join([value for _, value in subfields]), []
        return tag, (" ", " "), None, [("a", data)]

    def _take_text_before(self, at: int) -> None:
        """Make a subfield of text that stands in a data field before its subfields."""
        if self._field is None or self._field[3]:
            self._lose_text(at)
            return
        text = "".join(self._texts).strip(_BLANKS)
        self._texts.clear()
        if text:
            found = text.encode("utf-8", "surrogateescape")
            facts = {"length": len(found), "found": found, "used": _CODE.encode()}
            self.report("text-before-subfields", max(at - len(found), 0), **facts)
            self._field[3].append((_CODE, text))

    def _lose_text(self, at: int) -> None:
        """Report text in no field, and forget it."""
        text = "".join(self._texts).strip(_BLANKS)
        self._texts.clear()
        if text and self._begun:
            found = text.encode("utf-8", "surrogateescape")
            self.report("text-misplaced", max(at - len(found), 0), length=len(found), found=found)

    def _unclosed(self, name: str, at: int) -> None:
        code = "element-misplaced" if self._well_formed else "element-unclosed"
        used = b"the one around it ends before it" if self._well_formed else b""
        self.report(code, at, found=name.encode(), used=used)

    # -- the leader ------------------------------------------------------------------------------

    def _close_leader(self, at: int) -> None:
        text = "".join(self._texts)
        self._texts.clear()
        self._holder = ""
        if self._leader is not None:
            self.report("element-misplaced", self._field_at, found=b"leader", used=b"left out")
            return
        found = text.encode("utf-8", "surrogateescape")
        if len(text) != _LEADER_LENGTH:
            text = restored_leader(text)
            self.report("leader-length", self._field_at, found=found, used=text.encode())
        elif not (text.isascii() and text.isprintable()):
            self.report("leader-invalid", self._field_at, found=found, used=found)
        self._leader = text


def _lazy(leader: str | None, fields: list[Field]) -> Record | None:
    """Return a record that stays bytes; None if it has no form that may."""
    shown = _NO_LEADER if leader is None else leader
    try:
        raw = as_plain(shown, fields)
    except UnicodeEncodeError:
        # Bytes that are no characters were kept.
        return None
    record = None if raw is None else _engine.read_record(raw, False, "utf-8")
    if record is not None and raw is not None and not raw.startswith(shown.encode()):
        record._leader = Leader(shown)
    return record


def restored_leader(text: str) -> str:
    """Return a leader of 24 characters of ASCII, where the ones that are left belong.

    >>> restored_leader("00714cam a2200205 a 4500")
    '00714cam a2200205 a 4500'
    >>> restored_leader("00714cam 2200205 a 4500")
    '00714cam  2200205 a 4500'
    """
    text = "".join(each if " " <= each <= "~" else " " for each in text)
    if len(text) > _LEADER_LENGTH:
        text = text.strip()
    missing = _LEADER_LENGTH - len(text)
    if missing > 0 and text.endswith("4500"):
        # Blanks that were taken for one, in front of the counts or of the entry map.
        place = 8 if text[10 - missing : 12 - missing] == "22" else len(text) - 4
        text = text[:place] + " " * missing + text[place:]
    return text[:_LEADER_LENGTH].ljust(_LEADER_LENGTH)
