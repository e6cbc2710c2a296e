"""XML in any encoding, as UTF-8, block by block.

What is in UTF-8 passes as it is. A file may hold documents one after the other, each with its own
declaration: where one begins, the encoding is found anew.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from typing import Any

_BLANKS = b" \t\r\n\0"
_MARKS = b"\xef\xbb\xbf\xff\xfe"
# "<?xml", in encodings that have ASCII, and in UTF-16.
_BEGINNING = re.compile(rb"\?(?:xml[ \t\r\n]|\0x\0m\0l)")
_ENCODING = re.compile(rb"<\?xml[^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*[\"']([^\"'<>]*)[\"']")
# A declaration that takes longer is none.
_LONGEST_DECLARATION = 1024
# How much of a declaration's beginning can stand at the end of a block.
_LONGEST_BEGINNING = 14
_BEFORE = b"\xef\xbb\xbf\xff\xfe\0"
_FEW = 100
_KEEPING = "mrrc.xml"


def _keep(error: UnicodeError) -> tuple[str, int]:
    """Keep bytes that are no character, so that the bytes made of the text are no UTF-8 there."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    found = error.object[error.start : error.end]
    kept = "".join(chr(0xDC00 + byte) if byte >= 0x80 else "\udcff" for byte in found)
    return kept, error.end


class XMLDecoder:
    """Makes UTF-8 of the blocks of a file.

    `encoding` names the codec of the whole file; None to find it, by byte order mark, declaration
    and the zeros of UTF-16. Bytes that are no character in it become bytes that are none in UTF-8.
    """

    def __init__(self, encoding: str | None = None) -> None:
        self._fixed = encoding is not None
        self._codec = "" if encoding is None else codec_named(encoding)
        self._decoder: Any = None
        self._held = b""
        self._at_start = True
        self._ended = b">"
        self._read = 0
        self._made = 0
        # Where pieces begin: of what was made, in the file; text and codec, None for UTF-8.
        self._pieces: deque[tuple[int, int, str | None, str]] = deque()
        if self._codec:
            self._begin(self._codec)

    def decode(self, block: bytes, final: bool) -> bytes:
        """Take the next block, return what is known by now in UTF-8."""
        data = self._held + block if self._held else block
        self._held = b""
        if self._fixed:
            return self._pass(data, final)
        if self._at_start:
            if len(data) < _LONGEST_DECLARATION and b">" not in data and not final:
                self._held = data
                return b""
            self._at_start = False
            self._begin(_encoding_of(data))
        made = []
        done = 0
        at = 0
        while (match := _beginning(data, at)) is not None:
            at = match.end()
            begin = self._document(data, match.start(), done)
            if begin is None:
                continue
            declared = data[begin : begin + _LONGEST_DECLARATION]
            if b">" not in declared and len(declared) < _LONGEST_DECLARATION and not final:
                made.append(self._pass(data[done:begin], False))
                self._held = data[begin:]
                return b"".join(made)
            codec = _encoding_of(declared)
            if codec != self._codec:
                made.append(self._pass(data[done:begin], True))
                self._begin(codec)
                done = begin
        end = len(data)
        if not final:
            tail = data.rfind(b"<", max(end - _LONGEST_BEGINNING, done))
            if tail >= 0 and data[tail + 1 : tail + 2] in (b"", b"?", b"\0"):
                end = tail
            # A byte order mark in front of it, or the other half of the sign.
            least = max(end - 3, done)
            while end > least and data[end - 1] in _BEFORE:
                end -= 1
        made.append(self._pass(data[done:end] if done or end < len(data) else data, final))
        self._held = data[end:]
        return made[0] if len(made) == 1 else b"".join(made)

    def state(self) -> tuple[Any, ...]:
        """Return what `restore` takes to go back to here."""
        decoder = self._decoder
        return (
            self._codec,
            decoder,
            None if decoder is None else decoder.getstate(),
            self._held,
            self._at_start,
            self._ended,
            self._read,
            self._made,
            tuple(self._pieces),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Go back to a state, as if nothing had been decoded since."""
        self._codec, self._decoder, decoder_state, self._held, self._at_start = state[:5]
        self._ended, self._read, self._made, pieces = state[5:]
        self._pieces = deque(pieces)
        if self._decoder is not None:
            self._decoder.setstate(decoder_state)

    def place(self, offset: int) -> int:
        """Return where in the file is what stands at an offset of what was made.

        Exact where a character has always the same bytes; of what was forgotten, where it begins.
        """
        for made, read, text, codec in reversed(self._pieces):
            if made > offset:
                continue
            if text is None:
                return read + offset - made
            encoded = text.encode("utf-8", "surrogateescape")[: offset - made]
            count = len(encoded.decode("utf-8", "surrogateescape"))
            return read + len(text[:count].encode(codec, "replace"))
        return offset

    def forget(self, offset: int) -> None:
        """Let go of what is needed only for places before an offset."""
        pieces = self._pieces
        while len(pieces) > 1 and pieces[1][0] <= offset:
            pieces.popleft()

    def _document(self, data: bytes, question: int, done: int) -> int | None:
        """Return where the document begins whose "?" is here; None if none can begin here."""
        begin = question - 1
        if data[question + 1 : question + 2] == b"\0":
            if data[max(question - 5, done) : question - 3] == b"\xfe\xff":
                begin -= 2
            elif data[max(question - 4, done) : question - 2] == b"\xff\xfe":
                begin -= 1
            elif self._codec.startswith("utf-16"):
                # Without a mark nothing changes from UTF-16 to UTF-16.
                return None
            else:
                # From another encoding the zeros show the order.
                begin -= 2 if question > 2 and data[question - 3] == 0 else 1
        if begin < done or data[begin:question].strip(b"\0") != b"<":
            return None
        for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
            if data[max(begin - len(mark), done) : begin] == mark:
                begin -= len(mark)
        before = data[max(done, begin - 256) : begin].rstrip(_BLANKS).rstrip(_MARKS)
        return begin if (before or self._ended)[-1:] == b">" else None

    def _begin(self, codec: str) -> None:
        self._codec = codec
        self._decoder = None
        if codec != "utf-8":
            codecs.register_error(_KEEPING, _keep)
            self._decoder = codecs.getincrementaldecoder(codec)(_KEEPING)
        else:
            self._pieces.append((self._made, self._read, None, ""))

    def _pass(self, data: bytes, final: bool) -> bytes:
        """Make UTF-8 of bytes in the encoding of this document, the last ones if `final`."""
        ended = data[-256:].rstrip(_BLANKS)
        if ended:
            self._ended = ended[-1:]
        if self._decoder is None:
            self._read += len(data)
            self._made += len(data)
            return data
        begins = self._read - len(self._decoder.getstate()[0])
        text = self._decoder.decode(data, final)
        self._pieces.append((self._made, begins, text, self._codec))
        self._read += len(data)
        made: bytes = text.encode("utf-8", "surrogateescape")
        self._made += len(made)
        return made


def _beginning(data: bytes, at: int) -> re.Match[bytes] | None:
    """Find where a declaration may begin, behind its "<"."""
    # Looking for a single byte is many times faster, as long as there are few of them.
    for _ in range(_FEW):
        at = data.find(b"?", at)
        if at < 0:
            return None
        if data[at + 1 : at + 2] in (b"x", b"\0"):
            break
        at += 1
    return _BEGINNING.search(data, at)


def codec_named(name: str) -> str:
    """Return the name of a codec of Python's that decodes this encoding; ASCII is UTF-8, too.

    Raises:
        LookupError: there is none, or none of texts.
    """
    info = codecs.lookup(name)
    " ".encode(name)
    return "utf-8" if info.name in ("utf-8", "ascii", "utf-8-sig") else info.name


def _encoding_of(data: bytes) -> str:
    """Return the codec for a document that begins with these bytes."""
    if data.startswith((b"\xff\xfe\0\0", b"<\0\0\0")):
        return "utf-32-le"
    if data.startswith((b"\0\0\xfe\xff", b"\0\0\0<")):
        return "utf-32-be"
    if data.startswith(b"\xff\xfe") or (data[:1] == b"<" and data[1:2] == b"\0"):
        return "utf-16-le"
    if data.startswith((b"\xfe\xff", b"\0<")):
        return "utf-16-be"
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    match = _ENCODING.match(data.lstrip(b" \t\r\n"))
    if match is None:
        return "utf-8"
    try:
        codec = codec_named(match[1].decode("ascii"))
    except (LookupError, ValueError):
        return "utf-8"
    # A declaration of one byte for each letter is in no encoding of two.
    return "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec
