"""What the first bytes of a file say that it is. Its name is not asked."""

from __future__ import annotations

import re
from typing import NamedTuple

from mrrc import _engine
from mrrc._pure.scan import RECORD

LONGEST_HEAD = 1 << 20
"""So many bytes are looked at before something is called unknown."""


SHORTEST_HEAD = 512
"""So many bytes are needed to tell an archive (tar) from others."""


class Sniffed(NamedTuple):
    """What something is; one of the attributes is not empty, or the data are.

    Attributes:
        compression: "gzip", "bzip2", "xz" or "zstd".
        archive: "zip" or "tar".
        format: a name of a format, as in `FORMATS`.
        unknown: what it looks like, for a message, where it is none of these.
    """

    compression: str = ""
    archive: str = ""
    format: str = ""
    unknown: str = ""


_COMPRESSED = (
    ("gzip", re.compile(rb"\x1f\x8b\x08")),
    # A block's mark, or that of the end of a file with nothing in it.
    ("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")),
    ("xz", re.compile(rb"\xfd7zXZ\x00")),
    ("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")),
)
_ZIP = re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08PK)")
_OTHERS = (
    ("a PNG image", rb"\x89PNG\r\n"),
    ("a JPEG image", rb"\xff\xd8\xff"),
    ("a GIF image", rb"GIF8[79]a"),
    ("a TIFF image", rb"II\*\x00|MM\x00\*"),
    ("a PDF document", rb"\s{0,64}%PDF-"),
    ("a PostScript document", rb"%!PS"),
    ("an RTF document", rb"\{\\rtf"),
    ("a document of an older Microsoft Office", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("an SQLite database", rb"SQLite format 3\x00"),
    ("a Parquet file", rb"PAR1"),
    ("a 7-Zip archive; unpack it first", rb"7z\xbc\xaf\x27\x1c"),
    ("a RAR archive; unpack it first", rb"Rar!\x1a\x07"),
    ("a file of compress (.Z); unpack it first", rb"\x1f\x9d"),
    ("a file compressed with lzip; unpack it first", rb"LZIP"),
    ("a file compressed with LZ4; unpack it first", rb"\x04\x22\x4d\x18"),
    ("a program", rb"\x7fELF|MZ\x90\x00"),
    ("a Python pickle", rb"\x80[\x02-\x05](?:\x95|c|\}|\])"),
)
_OTHER = [(what, re.compile(pattern)) for what, pattern in _OTHERS]

_LEADER_LENGTH = 24
_BLANK = b" \t\r\n\x00\x1a\x0b\x0c"
_UTF_8_MARK = b"\xef\xbb\xbf"
_BEFORE_TEXT = re.compile(rb"(?:[ \t\r\n\x00\x1a\x0b\x0c]|\xef\xbb\xbf)*")
_WIDE = (
    ("utf-32-le", re.compile(rb"\xff\xfe\x00\x00")),
    ("utf-32-be", re.compile(rb"\x00\x00\xfe\xff")),
    ("utf-16-le", re.compile(rb"\xff\xfe|(?:[\t-\r -~]\x00){4}")),
    ("utf-16-be", re.compile(rb"\xfe\xff|(?:\x00[\t-\r -~]){4}")),
)

# Record length, the positions up to the counts, base address: what of a leader is numbers.
_LEADER = re.compile(
    rb"[0-9]{5}[^\x1d-\x1f]{5}(?:[0-9 ]{2}[0-9]{5}|22.{5})[^\x1d-\x1f]{3}(?:450|   )"
)
_LEADER_AND_ENTRY = re.compile(
    rb"[0-9]{5}[^\x1d-\x1f]{7}[0-9]{5}[^\x1d-\x1f]{7}[0-9A-Za-z]{3}[0-9]{9}"
)
_MRK = re.compile(rb"^=(?:LDR|[0-9A-Za-z]{3})  ", re.MULTILINE)
_MRK_LINE = re.compile(rb"=(?:LDR|00[0-9]|[0-9A-Za-z]{3}  ?[0-9a-z\\ ]{2}\$)")
_YAZ_LINE = re.compile(
    rb"^[0-9]{5}[ -~]{19}[ ]*\r?\n(?:[0-9A-Za-z]{3} |\r?\n|\Z)|"
    rb"^00[1-9] [^\n]*\n(?:00[1-9] [^\n]*\n)*[0-9A-Za-z]{3} .. \$[0-9a-z] ",
    re.MULTILINE,
)
# Wherever such lines follow each other, the last one stands before a data field.
_YAZ_LINE_ANYWHERE = re.compile(
    rb"^[0-9]{5}[ -~]{19}[ ]*\r?\n(?:[0-9A-Za-z]{3} |\r?\n|\Z)|"
    rb"^00[1-9] [^\n]*\n[0-9A-Za-z]{3} .. \$[0-9a-z] ",
    re.MULTILINE,
)
_ALEPH = re.compile(rb"^[0-9]{9} [0-9A-Z]{3}[0-9A-Za-z ]{2} [A-Z] ", re.MULTILINE)

_MARKUP = re.compile(rb"<(?:[A-Za-z_:]|\?xml|!)")
_XML_OF_MARC = re.compile(
    rb"http://www\.loc\.gov/MARC21/slim|info:lc/xmlns/marcxchange|"
    rb"<(?:[\w.-]+:)?(?:leader|controlfield|datafield|record|collection)[\s/>]"
)
# A comment is one in one way only: else several of them would be tried in all divisions.
_HTML = re.compile(
    rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_WRAPPERS = re.compile(
    rb"<(?:[\w.-]+:)?(?:OAI-PMH|searchRetrieveResponse|ListRecords|GetRecord|explainResponse)[\s/>]"
)
# What is not closed goes on to the end: else each of many would be searched to there.
_NOT_ELEMENTS = re.compile(
    rb"<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z)|<![^\[<>]*(?:\[[^\]]*(?:\]\s*|\Z))?>?", re.DOTALL
)

_JSON_OF_MARC = re.compile(rb'"(?:leader|fields|controlfield|datafield|parsedRecord)"\s*:')
_JSON = re.compile(rb'[\[\{]\s*(?:["\[\{\]\}]|$)')
_NO_RECORDS = re.compile(rb"\[\s*\]\s*")


def sniff(head: bytes, final: bool) -> Sniffed | None:
    """Return what data are that begin with `head`, None if more of them have to be seen.

    `final` says that there is no more. Data that are empty, or nothing but blanks, have no format.

    >>> sniff(b"=LDR  00000nam a2200000 a 4500", True).format
    'mrk'
    >>> sniff(b"%PDF-1.7", True).unknown
    'a PDF document'
    """
    packed = packing(head)
    if packed is not None:
        return packed
    if len(head) < SHORTEST_HEAD and not final:
        # What is a line or a record already needs no more.
        return _format_found(head, False)
    for what, pattern in _OTHER:
        if pattern.match(head):
            return Sniffed(unknown=what)
    found = _format_found(head, final)
    if found is not None or not (final or len(head) >= LONGEST_HEAD):
        return found
    if not head.replace(_UTF_8_MARK, b"").strip(_BLANK):
        # Very many blanks at the beginning of something say nothing about it.
        return Sniffed() if final else Sniffed(format="marc")
    return Sniffed(unknown=_looks_like(head))


def packing(head: bytes) -> Sniffed | None:
    """Return how data are packed that begin with `head`, None if they are not.

    An archive of tar has to be seen up to `SHORTEST_HEAD`.
    """
    for compression, start in _COMPRESSED:
        if start.match(head):
            return Sniffed(compression=compression)
    if _ZIP.match(head):
        return Sniffed(archive="zip")
    if is_tar_header(head[:SHORTEST_HEAD]):
        return Sniffed(archive="tar")
    return None


def ends_lines_with_carriage_return(head: bytes) -> bool:
    """Say whether lines end with CR alone in text that begins so, as on old Macintoshes."""
    return b"\n" not in head and b"\r" in head.rstrip(b"\r")


def encoding_of_wide(head: bytes) -> str | None:
    """Return the name of the encoding of text that takes two or four bytes for each character.

    None for all other data. The byte order mark, if there is one, is not part of the text.
    """
    for encoding, start in _WIDE:
        if start.match(head):
            # The codecs without an order in their name skip the mark.
            marked = head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
            return encoding[:6] if marked else encoding
    return None


def _format_found(head: bytes, final: bool) -> Sniffed | None:
    """Return the format of data that begin so; None if it is none, or more has to be seen."""
    wide = encoding_of_wide(head)
    if wide is not None:
        head = head.decode(wide, "ignore").encode("utf-8", "ignore")
    text = lines = _with_line_feeds(head)
    before = _BEFORE_TEXT.match(text)
    if before is not None:
        text = text[before.end() :]
    found = _text_format(text, final)
    if found is not None:
        return found
    if len(text) <= _LEADER_LENGTH and _LEADER.match(text) and not final:
        # A line end behind the leader would make it a line.
        return None
    is_record = _LEADER.match(text) or _LEADER_AND_ENTRY.match(text)
    if (is_record and text[_LEADER_LENGTH:][:1] not in (b"\r", b"\n")) or _has_records(head):
        return Sniffed(format="marc")
    # What stands before the first record may be anything, as long as it is text.
    if b"\x00" not in head and not head.startswith((b"<", b"{", b"[")):
        if _MRK.search(lines):
            return Sniffed(format="mrk")
        if _YAZ_LINE_ANYWHERE.search(lines):
            return Sniffed(format="line")
        if _ALEPH.search(lines):
            return Sniffed(format="aleph")
    return None


def _with_line_feeds(head: bytes) -> bytes:
    return head.replace(b"\r", b"\n") if ends_lines_with_carriage_return(head) else head


def _text_format(text: bytes, final: bool) -> Sniffed | None:
    """Return the format of data that begin with this text, from its first character on."""
    if _MARKUP.match(text):
        return Sniffed(format="marcxml") if _is_xml_of_marc(text) else None
    if text.startswith((b"[", b"{")):
        return _json_format(text, final)
    if _MRK_LINE.match(text):
        return Sniffed(format="mrk")
    if _YAZ_LINE.match(text):
        return Sniffed(format="line")
    if _ALEPH.match(text):
        return Sniffed(format="aleph")
    return None


def _is_xml_of_marc(text: bytes) -> bool:
    if _HTML.match(text):
        return False
    elements = _NOT_ELEMENTS.sub(b"", text)
    return bool(_XML_OF_MARC.search(elements) or _WRAPPERS.search(elements))


def _json_format(text: bytes, final: bool) -> Sniffed | None:
    if not _JSON.match(text):
        return None
    if _NO_RECORDS.fullmatch(text):
        return Sniffed(format="json") if final else None
    if not _JSON_OF_MARC.search(text):
        return None
    if text.startswith(b"["):
        return Sniffed(format="json")
    end = _end_of_object(text)
    if end is None:
        # A record of JSON Lines takes one line, others commonly take more.
        first_line, line_end, _ = text.partition(b"\n")
        if not line_end and not final and len(text) < LONGEST_HEAD:
            return None
        return Sniffed(format="json" if line_end and len(first_line) < 200 else "jsonl")
    rest = text[end:]
    if not rest.strip():
        return Sniffed(format="json") if final else None
    return Sniffed(format="jsonl")


# A string that is not ended goes on to the end, for the same reason.
_JSON_PIECE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\{\}\[\]]', re.DOTALL)


def _end_of_object(text: bytes) -> int | None:
    """Return the offset behind the first value of a JSON text, None if it is not complete."""
    depth = 0
    for piece in _JSON_PIECE.finditer(text):
        sign = piece[0]
        if sign in (b"{", b"["):
            depth += 1
        elif sign in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                return piece.end()
    return None


def _has_records(head: bytes) -> bool:
    """Say whether a record in ISO 2709 can be made out, whatever stands before it."""
    if b"\x1e" not in head or (b"\x1f" not in head and b"\x1d" not in head):
        return False
    place = 0
    while place < len(head):
        frame = _engine.next_frame(head, place, True)
        if frame is None:
            return False
        kind, end = frame
        if kind == RECORD:
            fields = _engine.salvage_record(head[place:end])[2]
            # Bytes at random make a field sooner or later, but hardly one with such a tag.
            if any(tag.isdigit() for tag, _, _ in fields):
                return True
        place = end
    return False


def is_tar_header(block: bytes) -> bool:
    """Say whether these 512 bytes are what stands before a file in a tar archive."""
    if len(block) < SHORTEST_HEAD or not block[0]:
        return False
    try:
        claimed = int(block[148:156].strip(b" \x00") or b"-1", 8)
    except ValueError:
        return False
    return claimed == sum(block[:148]) + 8 * 0x20 + sum(block[156:])


def _looks_like(head: bytes) -> str:
    """Say what data look like that are no MARC."""
    text = head.removeprefix(_UTF_8_MARK).lstrip()
    if _HTML.match(text):
        return "an HTML page"
    if _MARKUP.match(text):
        root = _ROOT.search(_NOT_ELEMENTS.sub(b"", text))
        name = root[1].decode("ascii", "replace") if root is not None else ""
        return f"XML without MARC records{f', its first element is <{name}>' if name else ''}"
    if _JSON.match(text):
        return "JSON without MARC records"
    start = text[:4096]
    controls = sum(byte < 0x20 and byte not in b"\t\r\n\x0c\x1b" for byte in start)
    if controls * 50 > len(start):
        return "binary data of an unknown kind"
    shown = re.sub(r"\s+", " ", start.decode("utf-8", "replace")).strip()
    return f"text that begins with {shown[:40]!r}" if shown else "nothing but blanks"
