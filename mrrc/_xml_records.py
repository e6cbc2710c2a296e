"""The records of a MARCXML document by way of the engine's scanner.

The scanner reads what is well-formed and ordinary. Whatever else there is, xml.sax reads from the
start, so that records, exceptions and what becomes of the file are those of xml.sax. Files are read
here only if that cannot be told from the way in which xml.sax reads them.
"""

from __future__ import annotations

import codecs
import os
import unicodedata
from collections.abc import Callable
from io import BufferedRandom, BufferedReader, BytesIO, FileIO, StringIO, TextIOWrapper
from typing import Any, Literal, get_args

from mrrc import _engine
from mrrc._pure.normal_form import normalized
from mrrc.field import Field, Indicators, Subfield
from mrrc.leader import Leader
from mrrc.record import Record

# More than the 65,516 characters that xml.sax reads at once, in bytes, with what a file of text
# decodes ahead. Reading still more saves nothing, and a block and its records are held in memory.
_BLOCK_LENGTH = 1 << 20

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
"""Unicode normalization forms."""


def is_form(value: Any) -> bool:
    """Say whether this names a normalization form."""
    return type(value) is str and value in get_args(Form)


def scan_records(
    xml_file: Any, strict: bool, form: Form | None, take: Callable[[list[Record]], object]
) -> bool:
    """Hand the document's records to `take`, some at a time, and close the file.

    False says that xml.sax has to read the document; the file is where it was before, and the
    records that were handed over are those that xml.sax will give first.

    Raises whatever `take` raises, after the file was closed.
    """
    source = _Source.of(xml_file)
    if source is None:
        return False
    try:
        feed = _engine.xml_scanner(strict, source.decoded)
        held: list[Record] = []
        more = True
        while more:
            try:
                block = source.read()
                found = feed(block, not block)
                records = None if found is None else [finished(each, form) for each in found]
            except (OSError, ValueError):
                # xml.sax meets it too, perhaps after an error in what comes before it.
                records = None
            if records is None:
                source.give_back()
                return False
            more = bool(block)
            if source.decoded and more:
                # Where text cannot be decoded, the records shortly before are lost to xml.sax.
                held, records = records, held
            elif held:
                records = held + records
            take(records)
    except BaseException:
        source.file.close()
        raise
    source.file.close()
    return True


class _Source:
    """A file that is open, and where reading it began.

    `decoded` says that it was opened as text; `read_from` is the file that is read in its place.
    """

    def __init__(self, file: Any, read_from: Any, decoded: bool, start: int | None) -> None:
        self.file = file
        self.decoded = decoded
        self._read_from = read_from
        self._start = start

    @classmethod
    def of(cls, xml_file: Any) -> _Source | None:
        """Return the source that xml.sax would read, if it may be read twice."""
        try:
            if isinstance(xml_file, (str, os.PathLike)):
                path = os.fspath(xml_file)
                if not isinstance(path, str) or not os.path.isfile(path):
                    return None
                file = open(path, "rb", buffering=0)  # noqa: SIM115
                return cls(file, file, False, None)
            if type(xml_file) is StringIO:
                return cls(xml_file, xml_file, True, xml_file.tell())
            if type(xml_file) is TextIOWrapper:
                # How a file of text decodes depends on what was decoded before, so its bytes are
                # read. Line ends mean the same in XML whichever way they are translated.
                inner = xml_file.buffer
                fresh = xml_file.seekable() and xml_file.tell() == 0 and inner.tell() == 0
                utf8 = codecs.lookup(xml_file.encoding).name == "utf-8"
                return cls(xml_file, inner, True, 0) if fresh and utf8 and _is_own(inner) else None
            if _is_own(xml_file) and xml_file.seekable():
                return cls(xml_file, xml_file, False, xml_file.tell())
        except (OSError, ValueError):
            pass
        return None

    def read(self) -> bytes:
        """Return the next block of the document, text in UTF-8; nothing at the end."""
        block = self._read_from.read(_BLOCK_LENGTH)
        return block.encode() if isinstance(block, str) else block

    def give_back(self) -> None:
        """Leave the file as it was found."""
        if self._start is None:
            self.file.close()
        else:
            self._read_from.seek(self._start)


def _is_own(file: Any) -> bool:
    """Say whether a file is of the classes of `io` itself: nobody observes how it is read."""
    if type(file) in (BufferedReader, BufferedRandom):
        file = file.raw
    return type(file) in (BytesIO, FileIO)


def finished(found: Any, form: Form | None) -> Record:
    """Return a record that the scanner found, with its texts in this normalization form.

    Raises:
        ValueError: a tag is a number of digits of which Python makes none.
    """
    if isinstance(found, Record):
        raw = found._raw
        if form is None or raw is None or raw.isascii():
            return found
        # Parts of normalized text are normalized.
        if not unicodedata.is_normalized(form, raw.decode()):
            _normalize(found, form)
        return found
    leader, fields = found
    record = Record()
    if leader is not None:
        record.leader = Leader(leader)
    for tag, indicators, data, subfields in fields:
        field = Field(tag, Indicators(*indicators) if indicators else None)
        for code, value in subfields:
            field.add_subfield(code, value)
        if data is not None:
            field.data = data
        record.add_field(field)
    if form is not None:
        _normalize(record, form)
    return record


def _normalize(record: Record, form: Form) -> None:
    """Give the texts of a new record this normalization form."""
    for field in record.fields:
        if field.data is not None:
            field.data = normalized(form, field.data)
        field.subfields[:] = [
            Subfield(code, normalized(form, value)) for code, value in field.subfields
        ]
