"""The texts of a record whose encoding is not simply what the leader and the options say."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mrrc import _engine
from mrrc._pure.claims import is_credible
from mrrc._pure.normal_form import normalized
from mrrc.field import Field, Indicators, RawField, Subfield
from mrrc.leader import Leader
from mrrc.marc8 import decode_references
from mrrc.record import Record

if TYPE_CHECKING:
    from mrrc.encoding import Finding

# pymarc's default of `file_encoding`; this very spelling stands for MARC-8.
MARC8_FILE_ENCODING = "iso8859-1"

Report = Callable[..., None]
"""Called with a code, and offset, length, tag, found and used as keywords."""

# What a text has of these after decoding; a subfield delimiter does no harm in a control field.
# The last one is a delimiter that was kept as part of a longer code: writing needs no surrogate.
_NO_TERMINATORS = {**dict.fromkeys((0x1D, 0x1E), " "), 0xDC1F: "\x1f"}
_NO_DELIMITERS = dict.fromkeys((0x1D, 0x1E, 0x1F, 0xDC1F), " ")
LOOKING = ("auto", "checked")
"""Names that stand for a look at the bytes: of every record, and of those that are in doubt."""

# So many records of a file have to agree before they count as evidence for the next one.
_ENOUGH = 3
_SURE = 0.9


class TextOptions(NamedTuple):
    """How a reader decodes texts.

    Attributes:
        encoding: None (as leader and options say), one of `LOOKING`, or a name that `decode` knows.
        undecodable: "keep", "replace" or "reject".
        normalize: None, "NFC" or "NFD".
        references: decode numeric character references in MARC-8.
    """

    encoding: str | None = None
    undecodable: str = "keep"
    normalize: Literal["NFC", "NFD"] | None = None
    references: bool = False

    @property
    def are_plain(self) -> bool:
        """Whether a sound record in the encoding it claims can be taken as it is."""
        return self.encoding is None and self.are_of_encoding

    @property
    def are_of_encoding(self) -> bool:
        """Whether nothing is asked of the texts but an encoding."""
        return self.normalize is None and not self.references


def text_options(
    encoding: str | None,
    undecodable: str,
    normalize: Literal["NFC", "NFD"] | None,
    references: bool,
) -> TextOptions:
    """Return the options of a reader; LookupError if the encoding is none."""
    if encoding is not None and encoding not in LOOKING:
        from mrrc.encoding import decode

        # Of no bytes at all Python makes text in any encoding.
        decode(b" ", encoding)
    return TextOptions(encoding, undecodable, normalize, references)


class Rejected(Exception):
    """A record has text that cannot be decoded, and such records are not wanted."""


class TextReader:
    """Makes records of leaders and fields whose texts are still bytes.

    Attributes:
        finding: what encoding="auto", or "checked", found in the last record that needed a look.
    """

    def __init__(self, options: TextOptions) -> None:
        self.options = options
        self.finding: Finding | None = None
        self._found: Counter[str] = Counter()
        self._as_claimed = 0

    def is_as_claimed(self, raw: bytes) -> bool:
        """Say whether the texts of a sound record can be taken as it says, without a look."""
        options = self.options
        if options.are_plain:
            return True
        if options.encoding == "auto":
            from mrrc.encoding import needs_look

            if needs_look(raw):
                return False
        elif options.encoding == "checked":
            if not is_credible(raw):
                return False
        elif options.encoding is not None:
            return False
        if options.normalize is not None and not raw.isascii():
            return False
        return not (options.references and b"&#" in raw)

    def record(
        self,
        leader: bytes,
        fields: Sequence[tuple[bytes, int, bytes]],
        sound: bytes | None,
        reader: Any,
        report: Report,
    ) -> Record:
        """Return the record of a leader, of fields as `salvage_record` gives them, and of both.

        `reader` has the options of a `MARCReader`. Raises Rejected.
        """
        if not reader.to_unicode:
            return _raw_record(leader, fields, reader)
        texts = _Texts(self.options, report)
        if self.options.encoding is None:
            texts.by_leader(leader, reader)
        self._choose_encoding(texts, leader, fields, sound, report)
        if sound is not None and self.options.are_of_encoding and texts.encoding == "utf-8":
            # Valid UTF-8 throughout, as most of what is found to be in it, takes no decoding.
            plain = _over_bytes(leader, sound[:9] + b"a" + sound[10:], reader)
            if plain is not None:
                return plain
        contents = [texts.content(tag, offset, content) for tag, offset, content in fields]
        record = _lazy_record(leader, fields, contents, reader)
        return _built_record(leader, fields, contents, reader) if record is None else record

    def _choose_encoding(
        self,
        texts: _Texts,
        leader: bytes,
        fields: Sequence[tuple[bytes, int, bytes]],
        sound: bytes | None,
        report: Report,
    ) -> None:
        """Tell `texts` the encoding, or the encoding of each text."""
        self.finding = None
        if self.options.encoding not in LOOKING:
            return
        from mrrc.encoding import detect, detect_texts

        if sound is None:
            data = b"\x1e".join(content for _, _, content in fields)
            sound = b"%b00025%b\x1e%b\x1e\x1d" % (leader[:12], leader[17:], data)
        usual = self._usual()
        finding = self.finding = detect(sound, usual=usual)
        encoding, claimed = finding.encoding, finding.claimed
        sure = f"{encoding} (certainty {finding.certainty:.2f}: {finding.evidence})"
        facts = {"offset": 9, "length": 1, "found": claimed.encode()}
        texts.encoding = texts.control_encoding = encoding
        if encoding == "mixed":
            each = detect_texts(sound, usual=usual)
            texts.each = {data: name for data, name in each.items() if name != "unknown"}
            texts.encoding = texts.control_encoding = claimed
            report("encoding-mixed", used=sure.encode(), **facts)
        elif encoding == "unknown":
            texts.encoding = texts.control_encoding = claimed
            report("encoding-unknown", used=claimed.encode(), **facts)
        elif encoding != claimed:
            if finding.certainty >= _SURE:
                self._found[encoding] += 1
            report("encoding-other", used=sure.encode(), **facts)
        elif finding.certainty < 1:
            self._as_claimed += 1

    def _usual(self) -> str | None:
        """Return the encoding that the file has shown so far, if it has shown one throughout."""
        # Of what was believed there is no count.
        if self.options.encoding != "auto" or self._as_claimed or len(self._found) != 1:
            return None
        ((encoding, count),) = self._found.items()
        return encoding if count >= _ENOUGH else None


class _Texts:
    """Decodes the texts of one record."""

    def __init__(self, options: TextOptions, report: Report) -> None:
        self.normalize = options.normalize
        self.references = options.references
        self.undecodable = options.undecodable
        self.report = report
        self.encoding = self.control_encoding = options.encoding or "utf-8"
        self.each: dict[bytes, str] = {}
        self.handler: str | None = None

    def by_leader(self, leader: bytes, reader: Any) -> None:
        """Take the encoding from leader position 9 and the options of the reader."""
        if leader[9:10] == b"a" or reader.force_utf8:
            self.encoding = self.control_encoding = "utf-8"
            if reader.utf8_handling != "strict":
                self.handler = reader.utf8_handling
        else:
            self.encoding = self.control_encoding = reader.file_encoding
            if self.encoding == MARC8_FILE_ENCODING:
                self.encoding = "marc8"

    def content(self, tag: bytes, offset: int, content: bytes) -> tuple[str, list[tuple[str, str]]]:
        """Return a field's data and no subfields, or its indicators and its subfields."""
        if tag < b"010" and tag.isdigit():
            text = self.text(content, self.control_encoding, tag, offset)
            return text.translate(_NO_TERMINATORS), []
        head, *pieces = content.split(b"\x1f")
        subfields = []
        offset += len(head)
        for piece in pieces:
            text = self.text(piece[1:], self.encoding, tag, offset + 2)
            subfields.append((chr(piece[0]), text.translate(_NO_DELIMITERS)))
            offset += 1 + len(piece)
        return head.decode("ascii"), subfields

    def text(self, data: bytes, encoding: str, tag: bytes, offset: int) -> str:
        """Decode one text, which begins at `offset` of the record."""
        encoding = self.each.get(data, encoding)
        text = self._decode(data, encoding, tag, offset)
        if self.references and encoding == "marc8":
            text = decode_references(text)
        return normalized(self.normalize, text) if self.normalize else text

    def _decode(self, data: bytes, encoding: str, tag: bytes, offset: int) -> str:
        if data.isascii() and b"\x1b" not in data:
            return data.decode("ascii")
        if self.handler is not None:
            # A handler is any program's, and some of Python's only encode.
            with contextlib.suppress(Exception):
                return data.decode("utf-8", self.handler)
        # Most files need none of it.
        from mrrc.encoding import decode

        try:
            return decode(data, encoding)
        except UnicodeDecodeError as error:
            start, end = error.start, error.end
        done = {"keep": b"kept, escaped", "replace": b"replaced by U+FFFD"}
        self.report(
            "text-undecodable",
            offset=offset + start,
            length=end - start,
            tag=tag,
            found=data[start:end],
            used=done.get(self.undecodable, b"the record was rejected"),
        )
        if self.undecodable == "keep":
            return decode(data, encoding, "keep")
        if self.undecodable == "replace":
            return decode(data, encoding, "replace")
        raise Rejected


def _is_control(tag: bytes) -> bool:
    return tag < b"010" and tag.isdigit()


def _lazy_record(
    leader: bytes,
    fields: Sequence[tuple[bytes, int, bytes]],
    contents: Sequence[tuple[str, list[tuple[str, str]]]],
    reader: Any,
) -> Record | None:
    """Return a record that keeps the bytes its texts have in UTF-8; None if it has to be built."""
    pairs = []
    try:
        for (tag, _, _), (head, subfields) in zip(fields, contents, strict=True):
            text = head + "".join(f"\x1f{code}{value}" for code, value in subfields)
            pairs.append((tag, text.encode()))
    except UnicodeEncodeError:
        return None
    raw = _engine.build_record(leader[:9] + b"a" + leader[10:], pairs)
    return None if raw is None else _over_bytes(leader, raw, reader)


def _over_bytes(leader: bytes, raw: bytes, reader: Any) -> Record | None:
    """Return a record that keeps these bytes and the leader that was read; None if they are odd."""
    record: Record | None = _engine.read_record(raw, reader.force_utf8, reader.file_encoding)
    if record is not None and leader[9:10] != b"a":
        record._leader = Leader(leader.decode("ascii"))
    return record


def _built_record(
    leader: bytes,
    fields: Sequence[tuple[bytes, int, bytes]],
    contents: Sequence[tuple[str, list[tuple[str, str]]]],
    reader: Any,
) -> Record:
    """Return a record of Field objects."""
    built = []
    for (tag, _, _), (head, subfields) in zip(fields, contents, strict=True):
        if _is_control(tag):
            built.append(Field(tag.decode("ascii"), data=head))
        else:
            built.append(
                Field(
                    tag.decode("ascii"),
                    Indicators(head[0], head[1]),
                    [Subfield(code, value) for code, value in subfields],
                )
            )
    record = Record(fields=built, to_unicode=True, force_utf8=reader.force_utf8)
    record.leader = Leader(leader.decode("ascii"))
    return record


def _raw_record(leader: bytes, fields: Sequence[tuple[bytes, int, bytes]], reader: Any) -> Record:
    """Return a record whose texts stay bytes."""
    built: list[Field] = []
    for tag, _, content in fields:
        name = tag.decode("ascii")
        if _is_control(tag):
            built.append(RawField(name, data=content))  # type: ignore[arg-type]
            continue
        head, *pieces = content.decode("latin-1").split("\x1f")
        subfields = [Subfield(piece[0], piece[1:].encode("latin-1")) for piece in pieces]  # type: ignore[arg-type]
        built.append(RawField(name, Indicators(head[0], head[1]), subfields))
    record = Record(fields=built, to_unicode=False, force_utf8=reader.force_utf8)
    record.leader = Leader(leader.decode("ascii"))
    return record
