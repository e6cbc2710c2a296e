"""A variable field of a record: its tag, indicators and subfields, or its data."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar, overload

from mrrc import _engine
from mrrc._copying import shallow_copy
from mrrc.constants import END_OF_FIELD, SUBFIELD_INDICATOR
from mrrc.marc8 import decode_noting, log_notes
from mrrc.marc8 import marc8_to_unicode as marc8_to_unicode

logger = logging.getLogger("pymarc")

_field_subfields = _engine.field_subfields
_subfields_of = _engine.subfields_of
_field_value = _engine.field_value
_subfield_value = _engine.subfield_value
_subfield_values = _engine.subfield_values

_F = TypeVar("_F", bound="Field")

_INDICATOR_ADVICE = "Indicators are a pair: pass Indicators(first, second) or two values"


class Subfield(NamedTuple):
    """A subfield: its code (one character) and its value."""

    code: str
    value: str


class Indicators(NamedTuple):
    """The two indicators of a variable data field."""

    first: str
    second: str


_BLANK_INDICATORS = Indicators(" ", " ")


class Field:
    """A variable field.

    Args:
        tag: three characters; digits are padded with zeros on the left ("1" and 1 become "001").
        indicators: the two indicators; blanks by default. A pair of str, or a str of two
            characters, becomes an `Indicators`.
        subfields: a list of `Subfield`, kept as it is (not copied) unless it is empty.
        data: the content of a variable control field.

    A tag of digits below "010" makes a variable control field, which has `data` and neither
    indicators nor subfields; any other tag makes a variable data field, and `data` is ignored.

    Raises:
        ValueError: `subfields` holds str (the calling convention of pymarc before 5.0), or
            `indicators` is a list or tuple whose length is not 2.
        TypeError: `indicators` is a str whose length is not 2.

    Fields are compared by identity. A field that was read keeps its bytes until somebody asks
    for the list of its subfields; `value()`, `field["a"]` and `get_subfields()` answer from the
    bytes.

    >>> field = Field("245", Indicators("1", "0"), [Subfield("a", "Emma /"), Subfield("c", "J.A.")])
    >>> field["a"], field.get_subfields("a", "c"), field.value()
    ('Emma /', ['Emma /', 'J.A.'], 'Emma / J.A.')
    >>> print(field)
    =245  10$aEmma /$cJ.A.
    """

    # `_raw`: the field's bytes, first indicator to field terminator, while they stand for the
    # subfields; None once `_subfields` does. The indicators always come from `_indicators`.
    __slots__ = ("__pos", "_indicators", "_raw", "_subfields", "control_field", "data", "tag")

    tag: str
    data: str | None
    control_field: bool
    _indicators: Indicators | None
    _raw: bytes | None
    _subfields: list[Subfield]

    def __init__(
        self,
        tag: str,
        indicators: Indicators | None = None,
        subfields: list[Subfield] | None = None,
        data: str | None = None,
    ) -> None:
        # A program that makes records is here more often than anywhere else.
        if type(tag) is not str or len(tag) != 3:
            tag = _normalise_tag(tag)
        self.tag = tag
        if not subfields:
            subfields = []
        elif isinstance(subfields[0], str):
            raise ValueError(
                "subfields is a list of Subfield(code, value); a flat list of str can be turned "
                "into one with Field.convert_legacy_subfields()"
            )
        self._raw = None
        if tag < "010" and tag.isdigit():
            self.control_field = True
            self.data = data
            self._indicators = None
            self._subfields = []
            return
        self.control_field = False
        self.data = None
        self._subfields = subfields
        if not indicators:
            self._indicators = _BLANK_INDICATORS
        elif type(indicators) is Indicators and len(indicators) == 2:
            self._indicators = indicators
        else:
            self._indicators = None
            self.indicators = indicators

    @property
    def subfields(self) -> list[Subfield]:
        """The list of subfields, in order; it may be changed in place or assigned."""
        if self._raw is not None:
            return _subfields_of(self)
        return self._subfields

    @subfields.setter
    def subfields(self, value: list[Subfield]) -> None:
        self._subfields = value
        self._raw = None

    def _peek_subfields(self) -> list[Subfield]:
        """Return the subfields for reading only, which leaves the field's bytes in place."""
        raw = self._raw
        return self._subfields if raw is None else _field_subfields(raw)

    @property
    def indicators(self) -> Indicators | None:
        """The two indicators; None for a variable control field.

        Raises:
            ValueError: a list or tuple whose length is not 2 is assigned.
            TypeError: something else that has not two items is assigned.
        """
        return self._indicators

    @indicators.setter
    def indicators(self, value: Indicators | Sequence[str] | None) -> None:
        if value and isinstance(value, (list, tuple)) and len(value) != 2:
            raise ValueError(f"{_INDICATOR_ADVICE}, not {len(value)}")
        if isinstance(value, Indicators):
            self._indicators = value
        elif value is not None:
            self._indicators = Indicators(*value)

    @property
    def indicator1(self) -> str:
        """The first indicator, one character; empty for a variable control field.

        Raises:
            AttributeError: assigned on a variable control field.
        """
        return self._indicators.first if self._indicators else ""

    @indicator1.setter
    def indicator1(self, value: str) -> None:
        self._replace_indicator(first=value)

    @property
    def indicator2(self) -> str:
        """The second indicator, as `indicator1`."""
        return self._indicators.second if self._indicators else ""

    @indicator2.setter
    def indicator2(self, value: str) -> None:
        self._replace_indicator(second=value)

    def _replace_indicator(self, **change: str) -> None:
        if self.control_field:
            self._indicators = None
        # On a control field this raises AttributeError, as callers of pymarc know it.
        self._indicators = self._indicators._replace(**change)  # type: ignore[union-attr]

    @classmethod
    def convert_legacy_subfields(cls, subfields: Iterable[str]) -> list[Subfield]:
        """Turn [code, value, code, value, ...] into a list of Subfield.

        Raises:
            ValueError: the last code has no value.

        >>> Field.convert_legacy_subfields(["a", "x"])
        [Subfield(code='a', value='x')]
        """
        items = iter(subfields)
        return [Subfield(code, value) for code, value in zip(items, items, strict=True)]

    def __iter__(self: _F) -> _F:
        self.__pos = 0
        return self

    def __next__(self) -> Subfield:
        if self.control_field:
            raise StopIteration
        subfields = self._subfields if self._raw is None else self.subfields
        position = self.__pos
        if position >= len(subfields):
            raise StopIteration
        self.__pos = position + 1
        return subfields[position]

    def __str__(self) -> str:
        """Return the field as one line of MARCMaker text, blanks written as backslashes."""
        if self.control_field:
            return f"={self.tag}  {self.data.replace(' ', chr(92)) if self.data else ''}"
        indicators = "".join(
            ["\\" if indicator == " " else f"{indicator}" for indicator in self._indicators]  # type: ignore[union-attr]
        )
        text = "".join([f"${subfield.code}{subfield.value}" for subfield in self._peek_subfields()])
        return f"={self.tag}  {indicators}{text}"

    @overload
    def get(self, code: str, default: str) -> str: ...

    @overload
    def get(self, code: str, default: None = None) -> str | None: ...

    def get(self, code: str, default: str | None = None) -> str | None:
        """Return the value of the first subfield with this code, else `default`."""
        if self.control_field:
            return default
        raw = self._raw
        if raw is not None:
            value = _subfield_value(raw, code)
            return default if value is None else value
        for subfield in self._subfields:
            if subfield.code == code:
                return subfield.value
        return default

    def __getitem__(self, code: str) -> str:
        """Return the value of the first subfield with this code.

        Raises:
            KeyError: there is none, or this is a variable control field.
        """
        if self.control_field:
            raise KeyError
        raw = self._raw
        if raw is not None:
            value = _subfield_value(raw, code)
            if value is None:
                raise KeyError
            return value
        for subfield in self._subfields:
            if subfield.code == code:
                return subfield.value
        raise KeyError

    def __contains__(self, subfield: str) -> bool:
        """Say whether there is a subfield with this code."""
        if self.control_field:
            return False
        raw = self._raw
        if raw is not None:
            return _subfield_value(raw, subfield) is not None
        for candidate in self._subfields:  # noqa: SIM110 - any() costs twice as much
            if candidate.code == subfield:
                return True
        return False

    def __setitem__(self, code: str, value: str) -> None:
        """Give the only subfield with this code another value.

        Raises:
            KeyError: no subfield has the code, several have it, or this is a control field.
        """
        if self.control_field:
            raise KeyError(f"field {self.tag} is a variable control field, it has no subfields")
        subfields = self.subfields
        found = [index for index, subfield in enumerate(subfields) if subfield.code == code]
        if not found:
            raise KeyError(f"field {self.tag} has no subfield {code!r}")
        if len(found) > 1:
            raise KeyError(f"field {self.tag} has {len(found)} subfields {code!r}")
        subfields[found[0]] = Subfield(subfields[found[0]].code, value)

    def value(self) -> str:
        """Return the values of the subfields, each stripped, joined by a blank; or the data.

        Raises:
            AttributeError: a subfield's value is not a str.
        """
        if self.control_field:
            return self.data or ""
        raw = self._raw
        if raw is not None:
            return _field_value(raw)
        return " ".join([subfield.value.strip() for subfield in self._subfields])

    def get_subfields(self, *codes: str) -> list[str]:
        """Return the values of the subfields that have one of these codes, in their order."""
        if self.control_field or not codes:
            return []
        raw = self._raw
        if raw is not None:
            return _subfield_values(raw, codes)
        return [subfield.value for subfield in self._subfields if subfield.code in codes]

    def add_subfield(self, code: str, value: str, pos: int | None = None) -> None:
        """Add a subfield before index `pos`, or at the end; nothing on a control field."""
        if self.control_field:
            return
        subfields = self.subfields
        subfield = Subfield(code, value)
        if pos is None or pos > len(subfields):
            subfields.append(subfield)
        else:
            subfields.insert(pos, subfield)

    def delete_subfield(self, code: str) -> str | None:
        """Remove the first subfield with this code; return its value, None if there is none."""
        if self.control_field or (self._raw is not None and code not in self):
            return None
        for index, subfield in enumerate(self.subfields):
            if subfield.code == code:
                return self.subfields.pop(index).value
        return None

    def subfields_as_dict(self) -> dict[str, list[str]]:
        """Return the values by code; empty for a variable control field."""
        values: dict[str, list[str]] = {}
        if not self.control_field:
            for subfield in self._peek_subfields():
                values.setdefault(subfield.code, []).append(subfield.value)
        return values

    def is_control_field(self) -> bool:
        """Return `control_field`, which is the shorter way to ask."""
        return self.control_field

    def linkage_occurrence_num(self) -> str | None:
        """Return the occurrence number in subfield $6: "01" in "880-01/(3/r"; None without $6.

        Raises:
            IndexError: $6 has no hyphen.

        Source: MARC 21 Format for Bibliographic Data, Appendix A, "Control Subfields", $6.
        """
        linkage = self.get("6", "")
        return linkage.split("-")[1].split("/")[0] if linkage else None

    def as_marc(self, encoding: str) -> bytes:
        """Return the field as it stands in a record, field terminator included.

        Raises:
            UnicodeEncodeError: the text has a character that `encoding` has not.
            LookupError: `encoding` is unknown.
        """
        if self.control_field:
            return f"{self.data}{END_OF_FIELD}".encode(encoding)
        raw = self._raw
        indicators = f"{self.indicator1}{self.indicator2}"
        if raw is not None and encoding == "utf-8":
            return indicators.encode() + raw[2:]
        text = "".join(
            [f"{SUBFIELD_INDICATOR}{each.code}{each.value}" for each in self._peek_subfields()]
        )
        return f"{indicators}{text}{END_OF_FIELD}".encode(encoding)

    as_marc21 = as_marc

    def format_field(self) -> str:
        """Return the text for display: $6 left out, subdivisions of a subject after " -- "."""
        if self.control_field:
            return self.data or ""
        subject = self.is_subject_field()
        parts = []
        for subfield in self._peek_subfields():
            if subfield.code != "6":
                dash = " --" if subject and subfield.code in ("v", "x", "y", "z") else ""
                parts.append(f"{dash} {subfield.value}")
        return "".join(parts).strip()

    def is_subject_field(self) -> bool:
        """Say whether the tag begins with 6."""
        return self.tag.startswith("6")

    def __copy__(self: _F) -> _F:
        # A shallow copy shares the list of subfields, so there has to be one.
        self.subfields  # noqa: B018
        return shallow_copy(self)


class RawField(Field):
    """A field whose data and subfield values are the undecoded bytes (`to_unicode=False`)."""

    def as_marc(self, encoding: str | None = None) -> bytes:
        """Return the bytes as they were read; an `encoding` is ignored, with a warning logged."""
        if encoding is not None:
            logger.warning("A RawField keeps its bytes, it is not encoded as %s", encoding)
        content: Any = self.data
        if not self.control_field:
            content = self.indicator1.encode("ascii") + self.indicator2.encode("ascii")
            subfields: Any = self.subfields
            for subfield in subfields:
                content += f"{SUBFIELD_INDICATOR}{subfield.code}".encode("ascii") + subfield.value
        field: bytes = content + END_OF_FIELD.encode()
        return field


def _normalise_tag(tag: Any) -> str:
    """Return a tag as a str; a number is written with three digits."""
    if isinstance(tag, str):
        return tag if len(tag) == 3 or not tag.isdigit() else f"{int(tag):03}"
    try:
        return f"{int(tag):03}"
    except (TypeError, ValueError):
        return f"{tag}"


def map_marc8_field(f: Field) -> Field:
    """Decode the MARC-8 bytes of a raw field in place, and return the same field."""
    notes: list[str] = []
    try:
        return map_marc8_noting(f, notes)
    finally:
        log_notes(notes)


def map_marc8_noting(f: Field, notes: list[str]) -> Field:
    """Do as `map_marc8_field`, but append a sentence for each code without a character."""
    if f.control_field:
        f.data = decode_noting(f.data, notes)
    else:
        f.subfields = [
            Subfield(subfield.code, decode_noting(subfield.value, notes))
            for subfield in f.subfields
        ]
    return f
