"""Readers of text: MARC-in-JSON and MARCMaker; and the base of all readers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from io import IOBase, StringIO
from types import TracebackType
from typing import IO, Any, TypeVar

from mrrc.exceptions import PymarcException
from mrrc.field import Field, Indicators, Subfield
from mrrc.leader import Leader
from mrrc.record import Record

_R = TypeVar("_R", bound="Reader")
_MM = TypeVar("_MM", bound="MARCMakerReader")


class Reader:
    """Base of all readers: an iterator over records, and a context manager that closes it."""

    def __enter__(self: _R) -> _R:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what the reader reads from."""
        handle = getattr(self, "file_handle", None)
        if handle is not None:
            handle.close()


class JSONReader(Reader):
    """Reads MARC-in-JSON: one record, or an array of them, loaded whole.

    Args:
        marc_target: an open text file, the path of an existing file, or the JSON text itself.
        encoding: of the file that a path names.
        stream: has no effect but a line on stderr that says so.

    Raises:
        json.JSONDecodeError: the text is not JSON.
        TypeError: `marc_target` is bytes.

    Iterating again begins again. A record without `leader`, `fields`, `ind1` or `ind2` ends the
    iteration with KeyError, a leader of another length with RecordLeaderInvalid.

    >>> text = '{"leader": "00000nam a2200000 a 4500", "fields": [{"001": "x"}]}'
    >>> [record["001"].data for record in JSONReader(text)]
    ['x']
    """

    file_handle: Any
    iter: Iterator[Any]

    def __init__(
        self,
        marc_target: IO[str] | str | os.PathLike[str],
        encoding: str = "utf-8",
        stream: bool = False,
    ) -> None:
        self.encoding = encoding
        self.file_handle = _open_text(marc_target, encoding)
        if stream:
            sys.stderr.write("JSONReader does not stream, the whole text is loaded into memory\n")
        self.records = json.load(self.file_handle, strict=False)

    def __iter__(self) -> Iterator[Record]:
        records = self.records
        several = hasattr(records, "__iter__") and not isinstance(records, dict)
        self.iter = iter(records if several else [records])
        return self

    def __next__(self) -> Record:
        content = next(self.iter)
        record = Record()
        record.leader = Leader(content["leader"])
        for entry in content["fields"]:
            tag, value = list(entry.items())[0]  # noqa: RUF015 - StopIteration would end the loop
            if "subfields" in value and hasattr(value, "update"):
                subfields = [
                    Subfield(code, text)
                    for subfield in value["subfields"]
                    for code, text in subfield.items()
                ]
                field = Field(tag, Indicators(value["ind1"], value["ind2"]), subfields)
            else:
                field = Field(tag, data=value)
            record.add_field(field)
        return record


class MARCMakerReader(Reader):
    r"""Reads MARCMaker text as `str(record)` and `TextWriter` give it.

    Args:
        target: an open text file (it is read whole and closed), the path of an existing file, or
            the text itself. Records are separated by an empty line.
        encoding: of the file that a path names.

    Raises:
        PymarcException: while iterating, at a line that is no field.
        TypeError: `target` is bytes.

    The backslashes that stand for blanks stay backslashes.

    >>> [str(record["245"]) for record in MARCMakerReader("=001  x\n=245  10$aEmma /$cJ.A.")]
    ['=245  10$aEmma /$cJ.A.']
    """

    def __init__(self, target: IO[str] | str | os.PathLike[str], encoding: str = "utf-8") -> None:
        handle = _open_text(target, encoding)
        text = handle.read()
        handle.close()
        self.records: list[str] = text.split("\n\n")
        self.iter = iter(self.records)

    def _parse_line(self, line: str) -> Leader | Field:
        """Make the leader or a field of one line, "=TTT  " and the content.

        Raises:
            ValueError, IndexError, RecordLeaderInvalid: it is neither.
        """
        # These two sentences, and the one in __next__, are what programs look for in pymarc's.
        if line[0] != "=":
            raise ValueError('Line should start with a "=".')
        if line[4:6] != "  ":
            raise ValueError("Tag should be separated from the rest of the field by two spaces.")
        tag, content = line[1:4], line[6:]
        if tag == "LDR":
            return Leader(content)
        if tag < "010":
            return Field(tag, data=content)
        indicators = Indicators(content[0], content[1])
        pieces = content[3:].split("$")
        return Field(tag, indicators, [Subfield(piece[:1], piece[1:]) for piece in pieces])

    def __iter__(self: _MM) -> _MM:
        return self

    def __next__(self) -> Record:
        record = Record()
        for line in next(self.iter).splitlines():
            try:
                field = self._parse_line(line)
            except Exception as error:
                raise PymarcException(f'Unable to parse line "{line}"') from error
            if isinstance(field, Leader):
                record.leader = field
            else:
                record.add_field(field)
        return record


def _open_text(target: Any, encoding: str) -> Any:
    """Return an open text file for a file object, the path of an existing file, or a text."""
    if isinstance(target, IOBase):
        return target
    if isinstance(target, os.PathLike) or (isinstance(target, str) and os.path.exists(target)):
        return open(target, encoding=encoding)
    return StringIO(target)
