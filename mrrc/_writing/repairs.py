"""Fields on their way into a record, repaired where the record could not be read otherwise."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Any

from mrrc._serialising import Entry, control_number, padded_tag
from mrrc._writing.codes import Finding
from mrrc._writing.texts import TextEncoder, field_content
from mrrc.constants import LEADER_LENGTH
from mrrc.exceptions import add_place
from mrrc.field import Field, RawField

_GRAPHIC = frozenset(map(chr, range(0x20, 0x7F)))
# A record that is copied keeps it, and readers take it for an indicator.
_INDICATORS = _GRAPHIC | {"\x7f"}
_NOT_GRAPHIC = re.compile("[^ -~]")
_NOT_FOR_LEADERS = re.compile("[\x1d-\x1f\x80-\U0010ffff]")
_DELIMITERS = re.compile("[\x1d-\x1f]")
_SHOWN = 40


def sound_leader(leader: Any, findings: list[Finding]) -> str:
    """Return 24 characters of ASCII without delimiters; numbers in it are not looked at."""
    text = str(leader)
    written = _NOT_FOR_LEADERS.sub(" ", text)[:LEADER_LENGTH].ljust(LEADER_LENGTH)
    if len(text) != LEADER_LENGTH or written[5:12] + written[17:] != text[5:12] + text[17:]:
        done = f"written as {written[5:12]!r} and {written[17:]!r}"
        findings.append(Finding("written-leader", None, None, _shown(text), done))
    return written


def sound_entries(
    fields: Sequence[Field],
    encoder: TextEncoder,
    findings: list[Finding],
    codes: Container[str] | None = None,
) -> list[Entry]:
    """Return the entries of fields, and append what had to be repaired to `findings`.

    `codes` are the subfield codes that need no repair; None for graphic characters and the blank.

    Raises what formatting a field raises (UnicodeEncodeError, for one); the exception carries the
    field's `tag`.
    """
    entries = []
    for index, field in enumerate(fields):
        try:
            entries.append(_FieldRepair(index, field, encoder, findings, codes).entry())
        except Exception as error:
            tag = field.tag if isinstance(field, Field) else None
            add_place(error, tag=tag, control_number=_number_if_any(fields))
            raise
    return entries


def _number_if_any(fields: Sequence[Any]) -> str | None:
    return control_number([field for field in fields if isinstance(field, Field)])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class _FieldRepair:
    """One field, and what is wrong with it."""

    def __init__(
        self,
        index: int,
        field: Field,
        encoder: TextEncoder,
        findings: list[Finding],
        codes: Container[str] | None,
    ) -> None:
        self.index = index
        self.field = field
        self.encoder = encoder
        self.findings = findings
        self.codes = _GRAPHIC if codes is None else codes
        self.tag = ""
        # No program looks for subfields in a control field, and some national formats have them.
        self.unwanted = "\x1d\x1e\x1f"

    def report(self, code: str, found: str, done: str) -> None:
        self.findings.append(Finding(code, self.index, self.tag, found, done))

    def entry(self) -> Entry:
        self.tag = self.sound_tag(self.field.tag)
        field = self.field
        control_tag = self.tag < "010" and self.tag.isdigit()
        if control_tag:
            self.unwanted = "\x1d\x1e"
        if type(field).as_marc not in (Field.as_marc, RawField.as_marc):
            return Entry(self.tag, self.sound_content(field_content(field, self.encoder)))
        if field.control_field:
            data = self.text(field.data)
            if control_tag:
                return Entry(self.tag, data + b"\x1e")
            self.report(
                "written-kind-of-field", "control field, tag of a data field", "written as $a"
            )
            return Entry(self.tag, b"  \x1fa" + data + b"\x1e")
        if control_tag:
            values = [self.text(subfield.value) for subfield in field._peek_subfields()]
            self.report(
                "written-kind-of-field", "data field, tag of a control field", "values written"
            )
            return Entry(self.tag, b" ".join(values) + b"\x1e")
        content = self.indicator(field.indicator1) + self.indicator(field.indicator2)
        parts = [content]
        for subfield in field._peek_subfields():
            parts += (b"\x1f", self.code(subfield.code), self.text(subfield.value))
        return Entry(self.tag, b"".join(parts) + b"\x1e")

    def sound_tag(self, tag: Any) -> str:
        try:
            written = padded_tag(tag)
        except (AttributeError, ValueError):
            written = f"{tag:>03}" if isinstance(tag, str) else f"{tag!s:>03}"
        if type(tag) is str and len(written) == 3 and not _NOT_GRAPHIC.search(written):
            return written
        written = _NOT_GRAPHIC.sub("Z", written)
        if len(written) > 3:
            written = written[:2] + "Z"
        self.tag = written
        self.report("written-tag", f"tag {_shown(tag)}", f"written as {written}")
        return written

    def indicator(self, indicator: Any) -> bytes:
        text = f"{indicator}"
        if text in _INDICATORS:
            return text.encode()
        self.report("written-indicator", f"indicator {_shown(indicator)}", "a blank was written")
        return b" "

    def code(self, code: Any) -> bytes:
        text = f"{code}"
        if text in self.codes:
            return text.encode()
        self.report("written-subfield-code", f"subfield code {_shown(code)}", "written as ?")
        return b"?"

    def text(self, value: Any) -> bytes:
        """Return the bytes of the data or of a value, without delimiters and terminators."""
        if isinstance(self.field, RawField):
            data: bytes = b"" + value
            data = self.cleaned(data)
            return self.encoder.encode_raw(data) if self.encoder.recodes_raw else data
        text = f"{value}"
        return self.encoder.encode(self.cleaned_text(text))

    def cleaned(self, data: bytes) -> bytes:
        return self.cleaned_text(data.decode("latin-1")).encode("latin-1")

    def cleaned_text(self, text: str) -> str:
        """Return a text without delimiters; each kind is reported once, from its first place on."""
        if not _DELIMITERS.search(text):
            return text
        for code, name, characters in (
            ("written-terminator-in-data", "terminators", "\x1d\x1e"),
            ("written-delimiter-in-data", "delimiters", "\x1f"),
        ):
            count = sum(map(text.count, characters))
            if count and characters in self.unwanted:
                start = min(place for place in map(text.find, characters) if place >= 0)
                found = f"{name} in the text: {count}, first {_shown(text[start : start + _SHOWN])}"
                self.report(code, found, "a blank was written for each")
        return text.translate({ord(character): " " for character in self.unwanted})

    def sound_content(self, content: bytes) -> bytes:
        """Return what a field of a class with its own `as_marc` says it is, made readable."""
        if content[-1:] == b"\x1e":
            content = content[:-1]
        else:
            self.report("written-terminator-in-data", "no field terminator at the end", "added")
        if self.tag < "010" and self.tag.isdigit():
            return self.cleaned(content) + b"\x1e"
        head, *pieces = content.split(b"\x1f")
        text = head.decode("latin-1")
        parts = [self.indicator(text[0:1]), self.indicator(text[1:2])]
        if len(head) > 2:
            self.report("written-subfield-code", "text before the first subfield", "written as ?")
            parts += (b"\x1f?", self.cleaned(head[2:]))
        for piece in pieces:
            if piece[:1].decode("latin-1") in self.codes:
                parts += (b"\x1f", piece[:1], self.cleaned(piece[1:]))
            else:
                self.report("written-subfield-code", _shown(piece[:_SHOWN]), "written as ?")
                parts += (b"\x1f?", self.cleaned(piece))
        return b"".join(parts) + b"\x1e"
