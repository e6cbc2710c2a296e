"""A MARC record: a leader and a list of variable fields."""

from __future__ import annotations

import codecs
import importlib
import json
import logging
import re
from typing import Any, TypeVar, overload

from mrrc import _engine
from mrrc._copying import shallow_copy
from mrrc._reference import decode_record, normalize_subfield_code
from mrrc._serialising import serialise_fields
from mrrc._twins import end_iterations, untouched_twin
from mrrc.constants import (
    DIRECTORY_ENTRY_LEN,
    END_OF_FIELD,
    END_OF_RECORD,
    LEADER_LEN,
    SUBFIELD_INDICATOR,
)
from mrrc.exceptions import (
    BadSubfieldCodeWarning,
    BaseAddressInvalid,
    BaseAddressNotFound,
    FieldNotFound,
    MissingLinkedFields,
    NoFieldsFound,
    RecordDirectoryInvalid,
    RecordLeaderInvalid,
    TruncatedRecord,
)
from mrrc.field import (
    Field,
    Indicators,
    RawField,
    Subfield,
    map_marc8_field,
    map_marc8_noting,
)
from mrrc.leader import Leader
from mrrc.marc8 import log_notes, marc8_to_unicode
from mrrc.problems import Problem

# Beside its own names, those that programs import from pymarc's module of this name.
__all__ = [
    "DIRECTORY_ENTRY_LEN",
    "END_OF_FIELD",
    "END_OF_RECORD",
    "LEADER_LEN",
    "SUBFIELD_INDICATOR",
    "BadSubfieldCodeWarning",
    "BaseAddressInvalid",
    "BaseAddressNotFound",
    "Field",
    "FieldNotFound",
    "Indicators",
    "Leader",
    "MissingLinkedFields",
    "NoFieldsFound",
    "RawField",
    "Record",
    "RecordDirectoryInvalid",
    "RecordLeaderInvalid",
    "Subfield",
    "TruncatedRecord",
    "isbn_regex",
    "logger",
    "map_marc8_field",
    "map_marc8_record",
    "marc8_to_unicode",
    "normalize_subfield_code",
]

isbn_regex = re.compile(r"([0-9\-xX]+)")
logger = logging.getLogger("pymarc")

_get_field = _engine.get_field
_get_fields = _engine.get_fields
_has_tag = _engine.has_tag
_materialise = _engine.materialise
_leader_of = _engine.leader_of
_first_subfields = _engine.first_subfields
_record_as_dict = _engine.record_as_dict
_record_as_json = _engine.record_as_json

_R = TypeVar("_R", bound="Record")

_BLANK_LEADER = " " * LEADER_LEN
_NEW_LEADER = f"{' ' * 10}22{' ' * 8}4500"
_UTF_8 = "utf-8"
_REJECT = "reject"

_SLIM = "http://www.loc.gov/MARC21/slim"

_SERIES = ("440", "490", "800", "810", "811", "830")
_SUBJECTS = tuple(
    "600 610 611 630 648 650 651 653 654 655 656 657 658 662 690 691 696 697 698 699".split()
)
_ADDED_ENTRIES = tuple(
    "700 710 711 720 730 740 752 753 754 790 791 792 793 796 797 798 799".split()
)
_NOTES = tuple(
    (
        "500 501 502 504 505 506 507 508 510 511 513 514 515 516 518 520 521 522 524 525 526 530 "
        "533 534 535 536 538 540 541 544 545 546 547 550 552 555 556 561 562 563 565 567 580 581 "
        "583 584 585 586 590 591 592 593 594 595 596 597 598 599"
    ).split()
)


class Record:
    """A MARC record.

    Args:
        data: the bytes of one record in ISO 2709, or nothing for an empty record.
        fields: a list of fields, kept as it is (not copied); `data` is ignored then.
        to_unicode: decode all text; without it the fields are `RawField` and hold bytes.
        force_utf8: take the text for UTF-8 whatever leader position 9 says.
        hide_utf8_warnings: do not log MARC-8 bytes that have no character.
        utf8_handling: error handler for undecodable UTF-8 in subfields ("strict", "replace", ...).
        leader: 24 characters; positions 10-11 and 20-23 get the values of MARC 21.
        file_encoding: codec for a record whose leader position 9 is not `a`; the default, in this
            very spelling, stands for MARC-8.

    Raises:
        RecordLeaderInvalid: `leader` is not 24 characters long.
        PymarcException, ValueError, UnicodeDecodeError: as `decode_marc`.

    A record that was read in good order keeps its bytes until somebody asks for its fields. Once
    handed out, a Field is the object in the record: `record["245"] is record["245"]`. Records are
    compared by identity; a record is its own iterator.

    >>> record = Record()
    >>> record.add_field(Field("245", Indicators("1", "0"), [Subfield("a", "Emma /")]))
    >>> record["245"]["a"], record.title, "100" in record
    ('Emma /', 'Emma /', False)
    >>> Record(record.as_marc()).title
    'Emma /'
    """

    # `_raw` is the plain record (see mrrc._pure.plain) as long as it stands for the fields, else
    # None. Beside it `_fields` is None or has a place for each directory entry, None where no
    # Field was handed out; without it `_fields` is the list. `_leader` is None while the bytes'
    # own leader is the record's and nobody holds it.
    # `_problems` is unset where there are none.
    __slots__ = (
        *("__pos", "_fields", "_leader", "_problems", "_raw"),
        *("force_utf8", "pos", "to_unicode"),
    )

    pos: int
    force_utf8: bool
    to_unicode: bool
    _raw: bytes | None
    _fields: Any
    _leader: Any
    _problems: tuple[Problem, ...]

    def __init__(
        self,
        data: str | bytes = "",
        fields: list[Field] | None = None,
        to_unicode: bool = True,
        force_utf8: bool = False,
        hide_utf8_warnings: bool = False,
        utf8_handling: str = "strict",
        leader: str = _BLANK_LEADER,
        file_encoding: str = "iso8859-1",
    ) -> None:
        self._raw = None
        if leader is _BLANK_LEADER:
            self._leader = Leader(_NEW_LEADER)
        else:
            self._leader = Leader(leader[0:10] + "22" + leader[12:20] + "4500")
        self._fields = []
        self.pos = 0
        self.__pos = 0
        self.force_utf8 = force_utf8
        self.to_unicode = to_unicode
        if fields:
            self._fields = fields
        elif len(data) > 0:
            if self._keep_bytes(data, utf8_handling, file_encoding):
                return
            self.decode_marc(
                data,
                to_unicode=to_unicode,
                force_utf8=force_utf8,
                hide_utf8_warnings=hide_utf8_warnings,
                utf8_handling=utf8_handling,
                encoding=file_encoding,
            )
        elif force_utf8:
            self._leader.coding_scheme = "a"

    @property
    def leader(self) -> Leader:
        """The leader; a str of 24 characters may be assigned as well as a `Leader`."""
        leader = self._leader
        if leader is None and self._raw is not None:
            return _leader_of(self)
        return self._leader if leader is None else leader  # type: ignore[no-any-return]

    @leader.setter
    def leader(self, value: Leader | str) -> None:
        if value is None:
            # None in the slot stands for the leader of the bytes, as long as there are bytes.
            self.fields  # noqa: B018
        self._leader = value

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the record where a reader with `recovery="salvage"` found it.

        >>> Record().problems
        ()
        """
        try:
            return self._problems
        except AttributeError:
            return ()

    @property
    def fields(self) -> list[Field]:
        """The list of fields, in order; it may be changed in place or assigned."""
        if self._raw is not None:
            return _materialise(self)
        return self._fields  # type: ignore[no-any-return]

    @fields.setter
    def fields(self, value: list[Field]) -> None:
        # The leader may still be in the bytes that are given up here.
        self.leader  # noqa: B018
        self._raw = None
        self._fields = value

    def __str__(self) -> str:
        """Return the record as MARCMaker text, a line for each field."""
        lines = [f"=LDR  {self.leader}", *[str(field) for field in self.fields]]
        return "\n".join(lines) + "\n"

    def __iter__(self: _R) -> _R:
        self.__pos = 0
        return self

    def __next__(self) -> Field:
        fields = self._fields if self._raw is None else _materialise(self)
        position = self.__pos
        if position >= len(fields):
            raise StopIteration
        self.__pos = position + 1
        return fields[position]

    # -- looking fields up ------------------------------------------------------------------

    def get(self, tag: str, default: Field | None = None) -> Field | None:
        """Return the first field with this tag, else `default`."""
        if self._raw is not None:
            found = _get_field(self, tag)
            return default if found is None else found
        for field in self._fields:
            if field.tag == tag:
                return field  # type: ignore[no-any-return]
        return default

    def __getitem__(self, tag: str) -> Field:
        """Return the first field with this tag.

        Raises:
            KeyError: there is none.
        """
        if self._raw is not None:
            found = _get_field(self, tag)
            if found is None:
                raise KeyError
            return found
        for field in self._fields:
            if field.tag == tag:
                return field  # type: ignore[no-any-return]
        raise KeyError

    def __contains__(self, tag: str) -> bool:
        """Say whether there is a field with this tag."""
        if self._raw is not None:
            return _has_tag(self, tag)
        for field in self._fields:  # noqa: SIM110 - any() costs twice as much
            if field.tag == tag:
                return True
        return False

    @overload
    def get_fields(self, *args: str) -> list[Field]: ...

    @overload
    def get_fields(self, *args: list[str]) -> list[Field]: ...

    def get_fields(self, *args: str | list[str]) -> list[Field]:
        """Return the fields that have one of these tags, in the record's order.

        Without arguments this is `record.fields` itself, the live list.
        """
        if not args:
            return self.fields
        if len(args) > 1:
            wanted: Any = set(args)
            if self._raw is not None:
                return _get_fields(self, args)
            return [field for field in self._fields if field.tag in wanted]
        if self._raw is not None:
            return _get_fields(self, args)
        tag = args[0]
        return [field for field in self._fields if field.tag == tag]

    def get_linked_fields(self, field: Field) -> list[Field]:
        """Return the fields 880 that carry the occurrence number of this field's $6.

        Raises:
            MissingLinkedFields: the field has a $6, but no field 880 has its number.
            IndexError: a subfield $6 has no hyphen.
        """
        number = field.linkage_occurrence_num()
        linked = [
            other for other in self.get_fields("880") if other.linkage_occurrence_num() == number
        ]
        if number is not None and not linked:
            raise MissingLinkedFields(field)
        return linked

    # -- changing fields --------------------------------------------------------------------

    def add_field(self, *fields: Field) -> None:
        """Add fields at the end."""
        if self._raw is None:
            self._fields.extend(fields)
        else:
            self.fields.extend(fields)

    def add_grouped_field(self, *fields: Field) -> None:
        """Insert each field after the last one of its block (1xx, 2xx, ...)."""
        for field in fields:
            self._sort_fields(field, "grouped")

    def add_ordered_field(self, *fields: Field) -> None:
        """Insert each field before the first one with a higher tag."""
        for field in fields:
            self._sort_fields(field, "ordered")

    def _sort_fields(self, field: Field, mode: str) -> None:
        """Insert a field before the first one of a higher rank, by tag or by block ("grouped").

        A tag that is not a number ranks above all others.
        """
        held = self.fields
        index = len(held)
        if held and field.tag.isdigit():
            end = 1 if mode == "grouped" else None
            rank = int(field.tag[:end])
            for candidate, other in enumerate(held):
                if not other.tag.isdigit() or int(other.tag[:end]) > rank:
                    index = candidate
                    break
        held.insert(index, field)

    def remove_field(self, *fields: Field) -> None:
        """Remove these very Field objects.

        Raises:
            FieldNotFound: one of them is not in the record; those before it have been removed.
        """
        for field in fields:
            try:
                self.fields.remove(field)
            except ValueError:
                raise FieldNotFound from None

    def remove_fields(self, *tags: str) -> None:
        """Remove all fields that have one of these tags."""
        if len(tags) == 1:
            self.fields[:] = [field for field in self.fields if field.tag != tags[0]]
        elif tags:
            unwanted = set(tags)
            self.fields[:] = [field for field in self.fields if field.tag not in unwanted]

    # -- reading and writing ISO 2709 -------------------------------------------------------

    def _keep_bytes(self, data: str | bytes, utf8_handling: object, encoding: object) -> bool:
        """Take the record as bytes, if it is plain and nothing of this class is in the way.

        Only for a new record: nobody can hold its list of fields yet, which `decode_marc` fills.
        """
        cls = type(self)
        if (
            type(data) is not bytes
            or self.to_unicode is not True
            or not is_known_handler(utf8_handling)
            or cls.decode_marc is not Record.decode_marc
            or cls.add_field is not Record.add_field
            or cls.leader is not Record.leader
            or cls.fields is not Record.fields
        ):
            return False
        plain = _engine.plain_bytes(data, self.force_utf8, encoding)
        if plain is None:
            return False
        self._leader = None if plain is data else Leader(data[:LEADER_LEN].decode())
        self._fields = None
        self._raw = plain
        return True

    def decode_marc(
        self,
        marc: Any,
        to_unicode: bool = True,
        force_utf8: bool = False,
        hide_utf8_warnings: bool = False,
        utf8_handling: str = "strict",
        encoding: str = "iso8859-1",
    ) -> None:
        """Add the fields of one record in ISO 2709, and take over its leader.

        `marc` is the record's bytes from the leader on; the other arguments are those of the
        class (`encoding` is its `file_encoding`).

        Raises:
            RecordLeaderInvalid: fewer than 24 bytes.
            BaseAddressNotFound, BaseAddressInvalid: the base address of data is not positive, or
                not inside `marc`.
            TruncatedRecord: `marc` is shorter than the record length says.
            RecordDirectoryInvalid: the directory's length is not a multiple of 12.
            NoFieldsFound: the directory is empty.
            ValueError: a length, an offset or the base address is not a number.
            UnicodeDecodeError: text that cannot be decoded, or ASCII expected.
            LookupError: an unknown codec or error handler.
            IndexError: a subfield code that is not ASCII and contains no ASCII letter.

        Fields that were read before the failure stay in the record.
        """
        decode_record(
            self, marc, to_unicode, force_utf8, hide_utf8_warnings, utf8_handling, encoding
        )

    def as_marc(
        self,
        encoding: str = _UTF_8,
        *,
        undecodable: str = _REJECT,
        normalize: str | None = None,
    ) -> bytes:
        """Return the record in ISO 2709.

        Args:
            encoding: "utf-8": leader position 9 becomes `a`, in the result and in the record
                itself. "marc8": it is blank in the result, and the record stays as it is;
                characters that MARC-8 has not become numeric character references.
            undecodable: what becomes of the lone surrogates that stand for undecodable bytes:
                "reject" raises UnicodeEncodeError, "keep" writes the bytes (U+DC80 for 0x80, and
                so on), "replace" writes U+FFFD.
            normalize: "NFC" or "NFD": the Unicode normalization form of the text written.

        With `to_unicode=False` the bytes of the fields are written as they were read; for MARC-8
        they are converted if leader position 9 says that they are UTF-8. Record length and base
        address of data are set in the result only.

        Raises:
            FieldTooLong: a field exceeds 9,999 bytes, or a tag has not 3 bytes.
            RecordTooLong: the record exceeds 99,999 bytes.
            UnicodeEncodeError: lone surrogates, or (`to_unicode=False`) text that Latin-1 has not.
            ValueError: an option has another value, or MARC-8 is to be normalized.

        >>> record = Record(fields=[Field("245", Indicators("1", "0"), [Subfield("a", "Café")])])
        >>> record.as_marc()[-9:], record.as_marc("marc8")[-9:]
        (b'\\x1faCaf\\xc3\\xa9\\x1e\\x1d', b'\\x1faCaf\\xe2e\\x1e\\x1d')
        """
        # By identity, as that costs nothing; an equal str gets the same the longer way.
        if encoding is not _UTF_8 or undecodable is not _REJECT or normalize is not None:
            # Most programs never come here.
            from mrrc._writing.encoding import encoded_marc

            return encoded_marc(self, Record, encoding, undecodable, normalize)
        raw = self._raw
        if self.to_unicode:
            if raw is not None and self._leader is None and self._fields is None:
                return raw
            leader: Any = self.leader
            if isinstance(leader, Leader):
                if leader[9:10] != "a":
                    leader.coding_scheme = "a"
                if type(leader) is Leader:
                    # Of a str the parts are had sooner.
                    leader = leader.leader
            else:
                leader = self.leader = leader[0:9] + "a" + leader[10:]
        else:
            leader = self.leader
        if leader[9] != "a" and not self.force_utf8:
            return serialise_fields(leader, self.fields, "iso8859-1")
        head, tail = leader[5:12], leader[17:]
        if raw is not None and self._fields is None:
            own = raw[:LEADER_LEN].decode()
            if own[5:12] == head and own[17:] == tail:
                return raw
            return f"{own[:5]}{head}{own[12:17]}{tail}".encode() + raw[LEADER_LEN:]
        fields = self.fields if raw is None else self._fields
        marc = _engine.serialise(head, tail, fields, raw)
        return serialise_fields(leader, self.fields, "utf-8") if marc is None else marc

    as_marc21 = as_marc

    # -- other forms ------------------------------------------------------------------------

    def _untouched_bytes(self) -> bytes | None:
        """Return the record's bytes if they can answer for it: no Field is out, no subclass."""
        return self._raw if self._fields is None and type(self) is Record else None

    def as_dict(self) -> dict[str, Any]:
        """Return the record in the shape of MARC-in-JSON, made of dict, list and str.

        >>> Record(fields=[Field("001", data="x")]).as_dict()["fields"]
        [{'001': 'x'}]
        """
        answer = _record_as_dict(self)
        if answer is not None:
            return answer
        fields: list[dict[str, Any]] = []
        for field in self:
            if field.control_field:
                fields.append({field.tag: field.data})
                continue
            content = {
                "ind1": field.indicator1,
                "ind2": field.indicator2,
                "subfields": [{subfield.code: subfield.value} for subfield in field.subfields],
            }
            fields.append({field.tag: content})
        return {"leader": str(self.leader), "fields": fields}

    def as_json(self, **kwargs: Any) -> str:
        """Return the record as MARC-in-JSON; `kwargs` go to `json.dumps`."""
        return json.dumps(self.as_dict(), **kwargs) if kwargs else self._as_json(compact=False)

    def _as_json(self, compact: bool) -> str:
        answer = _record_as_json(self, compact)
        if answer is not None:
            return answer
        twin = untouched_twin(self) if type(self) is Record else None
        if twin is not None and (answer := _record_as_json(twin, compact)) is not None:
            self.__pos = len(self._fields)
            return answer
        return json.dumps(self.as_dict(), separators=(",", ":") if compact else None)

    def as_jsonl(self) -> str:
        """Return the record as a line of JSON Lines, without the line end.

        The form is that of `as_json`, without blanks, and characters stand for themselves.

        >>> Record(leader="00000nam a2200000 a 4500").as_jsonl()
        '{"leader":"00000nam a2200000 a 4500","fields":[]}'
        """
        return _text_of(self, "jsonl")

    def as_mrk(self) -> str:
        """Return the record in the text format of MarcEdit (mrk), a line end after each line.

        Braces, dollar signs and backslashes in the text are written as mnemonics, so that reading
        gives the same record; `str(record)` is what pymarc makes of it.

        >>> Record(leader="00000nam a2200000 a 4500").as_mrk()
        '=LDR  00000nam a2200000 a 4500\\n'
        """
        return _text_of(self, "mrk")

    def as_xml(self) -> str:
        """Return the record as an element of MARCXML with its namespace, a document by itself.

        What the schema of MARCXML or XML itself does not allow is written repaired, and one
        warning for it goes to the log.

        >>> Record(leader="00000nam a2200000 a 4500").as_xml()[:55]
        '<record xmlns="http://www.loc.gov/MARC21/slim"><leader>'
        """
        element = _text_of(self, "marcxml")
        return f'<record xmlns="{_SLIM}"{element.removeprefix("<record")}'

    def _as_xml(self, namespace: bool, ascii_only: bool) -> bytes | None:
        """Return MARCXML made from the bytes; None if the fields have to be asked."""
        answer = _engine.record_as_xml(self, namespace, ascii_only)
        if answer is not None or type(self) is not Record:
            return answer
        twin = untouched_twin(self)
        if twin is not None:
            answer = _engine.record_as_xml(twin, namespace, ascii_only)
            if answer is not None:
                self.__pos = len(self._fields)
                end_iterations(self._fields)
        return answer

    def __copy__(self: _R) -> _R:
        # A shallow copy shares the list of fields and the leader, so there have to be some.
        self.fields, self.leader  # noqa: B018
        return shallow_copy(self)

    # -- what a reader wants to know at a glance ----------------------------------------------

    def _first_values(self, tag: str, codes: str) -> list[str | None] | None:
        """Return the first value of each code in the first field with this tag."""
        raw = self._untouched_bytes()
        if raw is not None:
            return _first_subfields(raw, tag, codes)
        field = self.get(tag)
        return None if field is None else [field.get(code) for code in codes]

    def _title_from(self, tag: str) -> str | None:
        values = self._first_values(tag, "ab")
        if values is None:
            return None
        title, rest = values
        return title + f" {rest}" if title and rest else title

    @property
    def title(self) -> str | None:
        """Title and remainder of title (245 $a and $b); None without 245 $a."""
        return self._title_from("245")

    @property
    def issn_title(self) -> str | None:
        """Key title (222 $a and $b); None without 222 $a."""
        return self._title_from("222")

    @property
    def isbn(self) -> str | None:
        """The first run of digits, X and hyphens in 020 $a of the first field 020, no hyphens."""
        values = self._first_values("020", "a")
        number = values[0] if values else None
        match = isbn_regex.search(number) if number else None
        return match.group(1).replace("-", "") if match else None

    @property
    def issn(self) -> str | None:
        """ISSN (022 $a)."""
        values = self._first_values("022", "a")
        return values[0] if values else None

    @property
    def issnl(self) -> str | None:
        """Linking ISSN (022 $l)."""
        values = self._first_values("022", "l")
        return values[0] if values else None

    @property
    def sudoc(self) -> str | None:
        """Superintendent of Documents classification number (086)."""
        field = self.get("086")
        return field.format_field() if field else None

    @property
    def author(self) -> str | None:
        """Main entry: the first of 100, 110 and 111 that there is."""
        field = self.get("100") or self.get("110") or self.get("111")
        return field.format_field() if field else None

    @property
    def uniformtitle(self) -> str | None:
        """Uniform title: 130, else 240."""
        field = self.get("130") or self.get("240")
        return field.format_field() if field else None

    @property
    def series(self) -> list[Field]:
        """Series statements and series added entries (440, 490, 8xx)."""
        return self.get_fields(*_SERIES)

    @property
    def subjects(self) -> list[Field]:
        """Subject access fields (6xx), local ones among them."""
        return self.get_fields(*_SUBJECTS)

    @property
    def addedentries(self) -> list[Field]:
        """Added entries (7xx), local ones among them."""
        return self.get_fields(*_ADDED_ENTRIES)

    @property
    def location(self) -> list[Field]:
        """Locations (852)."""
        return self.get_fields("852")

    @property
    def notes(self) -> list[Field]:
        """Notes (5xx)."""
        return self.get_fields(*_NOTES)

    @property
    def physicaldescription(self) -> list[Field]:
        """Physical descriptions (300)."""
        return self.get_fields("300")

    def _publication(self, code: str) -> str | None:
        """Return a subfield of the first 260, or 264 with second indicator 1, that there is."""
        for field in self.get_fields("260", "264"):
            if field.tag == "260" or (field.tag == "264" and field.indicator2 == "1"):
                return field.get(code)
        return None

    @property
    def publisher(self) -> str | None:
        """Publisher (260 $b, or $b of a 264 whose second indicator is 1)."""
        return self._publication("b")

    @property
    def pubyear(self) -> str | None:
        """Date of publication (260 $c, or $c of a 264 whose second indicator is 1)."""
        return self._publication("c")


def _text_of(record: Record, format: str) -> str:
    # The formats stand above the record, so they are looked up when they are wanted.
    formatting = importlib.import_module("mrrc._formats.formatting")
    text: str = formatting.text_of(record, format)
    return text


def is_known_handler(name: object) -> bool:
    """Say whether `name` is an error handler that the codecs know."""
    if name == "strict":
        return True
    if not isinstance(name, str):
        return False
    try:
        codecs.lookup_error(name)
    except (LookupError, ValueError, UnicodeError):
        return False
    return True


def map_marc8_record(record: Record) -> Record:
    """Decode the MARC-8 bytes of a raw record's fields in place, and return the same record."""
    notes: list[str] = []
    try:
        record.fields = [map_marc8_noting(field, notes) for field in record.fields]
    finally:
        log_notes(notes)
    text = record.leader.leader
    record.leader = Leader(f"{text[:9]}a{text[10:]}")
    return record


_engine.register(Record, Field, Subfield, Indicators, Leader)

# Methods of the classes that the engine has a faster way for, as they stand above.
_in_python = _engine.install_methods(Record, Field)
