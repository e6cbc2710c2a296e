"""The reader of MARCXML: in any encoding and wrapping, with what OAI-PMH says of each record."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from mrrc._formats.reader import FormatReader
from mrrc._formats.xml_encoding import XMLDecoder
from mrrc.problems import Problem

# A header is looked for in what stands between two records; one that is longer is none.
_LONGEST_HEADER = 1 << 16

# One that is not closed goes on to the end: else each of many would be searched to there.
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_EVENT = re.compile(
    rb"<(?:(\?xml)[ \t\r\n]|(?P<end>/)?(?P<prefix>[\w.-]+:)?(?P<name>header|record|resumptionToken)"
    rb"(?P<attributes>(?:[ \t\r\n][^<>]*)?)>)"
)
_CHILD = re.compile(rb"<(?:[\w.-]+:)?(identifier|datestamp|setSpec)(?:[ \t\r\n][^<>]*)?>([^<]*)</")
_DELETED = re.compile(rb"[ \t\r\n]status[ \t\r\n]*=[ \t\r\n]*[\"']deleted[\"']")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Header(NamedTuple):
    """What an OAI-PMH repository says of a record.

    Attributes:
        identifier: the record's identifier in the repository.
        datestamp: when the record was made, changed or deleted there, as it is written.
        sets: the sets that the record belongs to.
        deleted: whether the record was deleted; then there is nothing else of it.
    """

    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool


class MARCXMLReader(FormatReader):
    """Reads the records of MARCXML files.

    Args:
        target: what `MARCReader` takes, or a `Source` that was opened.
        on_deleted: called with the `Header` of each record that an OAI-PMH repository has deleted.
        encoding: a codec's name for all of the file; None or "auto" for what each document says, by
            its byte order mark, its declaration, or the zeros of UTF-16.

    The other arguments are those of `FormatReader`, and so is what it raises.

    The records stand in a `collection`, by themselves, in the answers of OAI-PMH or SRU, or in
    other XML; several documents may follow one another. A `record` is one of MARC if it is in a
    namespace of MARCXML, or if it begins as one. Document types are not processed: of the entities
    that one declares, those of plain text are known.

    Offsets of problems are those of the file, exact where a character always has the same bytes.
    `accounting` and `current_chunk` are about UTF-8, which files in other encodings are read as.

    Attributes:
        deleted_count: how many headers of deleted records were read so far.
        resumption_token: what OAI-PMH says to ask for the next part of the list, if there is more.
    """

    def __init__(
        self,
        target: Any,
        *,
        on_deleted: Callable[[Header], object] | None = None,
        encoding: str | None = None,
        **options: Any,
    ) -> None:
        if encoding in ("auto", "checked"):
            encoding = None
        self._decoder = XMLDecoder(encoding)
        # What was decoded when the decoder was in this state.
        self._decoded: tuple[object, Any] | None = None
        super().__init__(target, "marcxml", **options)
        self.deleted_count = 0
        self.resumption_token: str | None = None
        self._on_deleted = on_deleted
        self._header: Header | None = None
        # Deletions that are still to be told, and the beginning of what is not complete.
        self._deleted: deque[Header] = deque()
        self._rest = b""

    @property
    def header(self) -> Header | None:
        """What OAI-PMH says of the record read last; None if there is no header around it."""
        return self._header

    @property
    def offset(self) -> int:
        """Offset of what was read last, in bytes of the file."""
        return self._in_file(self._start)

    @property
    def bytes_read(self) -> int:
        """How many bytes what was handed over takes; of a compressed file, as stored.

        Together with `bytes_total` it says how far the reader is.
        """
        if self._source.stored is not None:
            return super().bytes_read
        return self._in_file(self._end) - self._source.start

    def _in_file(self, offset: int) -> int:
        begin = self._source.start
        return begin + self._decoder.place(offset - begin)

    def _in_utf8(self, block: bytes) -> bytes:
        decoder = self._decoder
        decoder.forget(self._end - self._source.start)
        # After an interrupt the same block comes again, as none was fed in between.
        decoded = self._decoded
        if decoded is not None and decoded[0] is self._fed:
            decoder.restore(decoded[1])
        else:
            self._decoded = self._fed, decoder.state()
        return decoder.decode(block, not block)

    def _placed(self, problem: Problem, offset: int) -> Problem:
        return super()._placed(problem, offset)._replace(offset=self._in_file(offset))

    def _pass(self, between: bytes) -> None:
        """Read what OAI-PMH says between two records."""
        data = self._rest + between if self._rest else between
        self._rest = b""
        # An end tag of a wrapper, or white space.
        if len(data) > 3 or self._deleted:
            self._read_headers(_COMMENT.sub(b"", data) if b"<!--" in data else data)
            self._tell()

    def _read_headers(self, data: bytes) -> None:
        at = 0
        while (match := _EVENT.search(data, at)) is not None:
            at = match.end()
            name = match["name"]
            if name is None or match["end"]:
                # A header is for what follows it in the same element.
                if name in (None, b"record"):
                    self._header = None
                continue
            if name == b"record" or match["attributes"].endswith(b"/"):
                continue
            end = data.find(b"</" + (match["prefix"] or b"") + name, at)
            if end < 0:
                rest = data[match.start() :]
                self._rest = rest if len(rest) <= _LONGEST_HEADER else b""
                return
            content = data[at:end]
            at = end
            if name == b"header":
                self._take_header(content, _DELETED.search(match["attributes"]) is not None)
            else:
                self.resumption_token = _text(content).strip() or None

    def _take_header(self, content: bytes, deleted: bool) -> None:
        found: dict[bytes, list[str]] = {b"identifier": [], b"datestamp": [], b"setSpec": []}
        for match in _CHILD.finditer(content):
            found[match[1]].append(_text(match[2]).strip())
        if not found[b"identifier"]:
            return
        datestamp = "".join(found[b"datestamp"][:1])
        header = Header(found[b"identifier"][0], datestamp, tuple(found[b"setSpec"]), deleted)
        self._header = header
        if deleted:
            self._deleted.append(header)

    def _tell(self) -> None:
        while self._deleted:
            header = self._deleted.popleft()
            self.deleted_count += 1
            if self._on_deleted is not None:
                self._on_deleted(header)


def _text(data: bytes) -> str:
    """Return the text of an element that has no others in it."""
    return _REFERENCE.sub(_character, data.decode("utf-8", "replace"))


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _CHARACTERS[match[3]]
    number = int(match[1]) if match[1] else int(match[2], 16)
    return chr(number) if number <= 0x10FFFF else match[0]
