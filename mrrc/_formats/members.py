"""The files in an archive, one after the other, without putting any of them on a disk."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import SEEK_CUR
from typing import Any, NamedTuple

from mrrc._formats.sniffing import is_tar_header
from mrrc._formats.unpacking import Ahead
from mrrc._sources import interrupted

_BLOCK = 512
# A name takes a few hundred bytes; what claims to have more is no name.
_LONGEST_HEADER = 1 << 20
_SPOOLED = 1 << 16


class Member(NamedTuple):
    """A file in an archive.

    Attributes:
        name: as it stands in the archive.
        size: how many bytes the archive says it has, -1 if that comes behind it.
        handle: a file to be read before the next member is asked for; None if it is not one.
        error: why there is no file, None for a directory and the like.
    """

    name: str
    size: int
    handle: Any
    error: Exception | None = None


def zip_members(file: Ahead) -> Iterator[Member]:
    """Yield the files in a zip archive.

    The list of them stands at its end. Where it is missing, because the archive was cut off, or
    cannot be reached, as in a pipe, the files are taken as they come.

    Raises:
        EOFError: it is cut off, after what can be read of it.
        ValueError: something stands in it that should not, or it cannot be read as it comes.
    """
    # Programs that do without do not wait for this module.
    import zipfile

    below = file.below()
    if below is None:
        yield from _zip_as_it_comes(file)
        return
    start = below.tell()
    try:
        archive = zipfile.ZipFile(below)
    except zipfile.BadZipFile:
        below.seek(start)
        yield from _zip_as_it_comes(Ahead(below))
        raise EOFError(_NO_LIST) from None
    with archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            name, size = entry.filename, entry.file_size
            if entry.compress_type in (_STORED, _DEFLATED) and not entry.flag_bits & _ENCRYPTED:
                # What zipfile does with these, but for the bytes before a wrong checksum.
                if not _goes_to_content(below, entry.header_offset):
                    yield Member(name, size, None, ValueError(_NO_HEADER))
                    continue
                part = _Part(below, entry.compress_size, "zip")
                yield Member(name, size, _Content(part, entry.compress_type, entry.CRC))
                continue
            try:
                handle = archive.open(entry)
            except (
                EOFError,
                NotImplementedError,
                RuntimeError,
                ValueError,
                struct.error,
                zipfile.BadZipFile,
            ) as error:
                # Packed in a way that Python does not know, with a password, or not there.
                yield Member(name, size, None, error)
                continue
            with handle:
                yield Member(name, size, handle)


def _goes_to_content(below: Any, header_offset: int) -> bool:
    """Go to the content of a file; False if its header is not where the list says."""
    if header_offset < 0:
        return False
    below.seek(header_offset)
    header = _exactly(below, 4 + _HEADER_FIELDS.size)
    if len(header) < 4 + _HEADER_FIELDS.size or not header.startswith(_HEADER):
        return False
    below.seek(sum(_HEADER_FIELDS.unpack(header[4:])[-2:]), SEEK_CUR)
    return True


_NO_HEADER = "there is no file where the list of the zip archive says"
_NO_LIST = "the list at the end of the zip archive is missing"
_HEADER, _LIST, _DESCRIPTOR = b"PK\x03\x04", (b"PK\x01\x02", b"PK\x05\x06"), b"PK\x07\x08"
_HEADER_FIELDS = struct.Struct("<5H3I2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIBED, _IN_UTF_8 = 1, 8, 0x800
_IN_EXTRA = 0xFFFFFFFF
# A record of 22 bytes, and a comment.
_LONGEST_END = 22 + 0xFFFF


def _zip_as_it_comes(file: Ahead) -> Iterator[Member]:
    """Yield the files in a zip archive by what stands before each of them."""
    while True:
        mark = _exactly(file, 4)
        if mark in _LIST:
            if not _ends_with_list(file, mark):
                raise EOFError(_NO_LIST)
            return
        if mark == _DESCRIPTOR:
            # What is divided over several files begins so, also if there is only one.
            continue
        fields = _exactly(file, _HEADER_FIELDS.size)
        if len(fields) < _HEADER_FIELDS.size:
            raise EOFError("the zip archive is cut off")
        if mark != _HEADER:
            raise ValueError("the zip archive is damaged: there is no file where one should begin")
        _, flags, method, _, _, crc, size, unpacked, *lengths = _HEADER_FIELDS.unpack(fields)
        name = _exactly(file, lengths[0]).decode(
            "utf-8" if flags & _IN_UTF_8 else "cp437", "replace"
        )
        long_sizes = _long_sizes(_exactly(file, lengths[1]))
        if long_sizes is not None and _IN_EXTRA in (size, unpacked):
            unpacked, size = long_sizes
        described = bool(flags & _DESCRIBED)
        readable = not flags & _ENCRYPTED and method in (_STORED, _DEFLATED)
        if described and (not readable or method == _STORED):
            yield Member(name, 0, None, ValueError("its end cannot be found without the list"))
            raise ValueError("the zip archive does not say where the next file begins")
        source = file if described else _Part(file, size, "zip")
        content = _Content(source, method, None if described else crc, long_sizes is not None)
        if not readable:
            how = "with a password" if flags & _ENCRYPTED else f"by method {method}"
            yield Member(name, unpacked, None, ValueError(f"packed {how}"))
        elif not name.endswith("/"):
            yield Member(name, -1 if described else unpacked, content)
        content.skip()


def _ends_with_list(file: Ahead, mark: bytes) -> bool:
    """Read to the end, and say whether the record is there that ends the list of files."""
    kept = mark
    while block := file.read(_SPOOLED):
        kept = kept[-_LONGEST_END:] + block
    _, found, end = kept.rpartition(_LIST[1])
    return bool(found) and len(end) >= 18 + int.from_bytes(end[16:18], "little")


def _long_sizes(extra: bytes) -> tuple[int, int] | None:
    """Return size and packed size of a file over 4 GiB."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == 1 and length >= 16 and len(extra) >= 20:
            size, packed = struct.unpack("<QQ", extra[4:20])
            return size, packed
        extra = extra[4 + length :]
    return None


class _Content:
    """What a file in a zip archive has in it: stored as it is, or deflated.

    `source` is the part of the archive that has it; or the archive, where its length stands behind
    it, as does its checksum then.
    """

    def __init__(
        self, source: _Part | Ahead, method: int, crc: int | None, is_long: bool = False
    ) -> None:
        # Programs that do without do not wait for this module.
        import zlib

        self._crc32 = zlib.crc32
        self._inflater = zlib.decompressobj(-15) if method == _DEFLATED else None
        self._source = source
        self._claimed = crc
        self._is_long = is_long
        self._crc = 0
        self._size = 0
        self._ended = False
        self._error: Exception | None = None
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, not more than so many; none at the end.

        Raises:
            EOFError: the archive ends before this file does.
            InterruptedError: an interrupt came in the middle of it before.
            zlib.error: it cannot be inflated any further.
            ValueError: after the last byte, if the checksum is another one.
        """
        if self._error is not None:
            raise self._error
        if self._ended:
            return b""
        try:
            return self._checked(size)
        except Exception:
            raise
        except BaseException:
            self._error = interrupted()
            raise

    def _checked(self, size: int) -> bytes:
        block = self._next_block(_SPOOLED if size < 0 else size)
        self._crc = self._crc32(block, self._crc)
        self._size += len(block)
        if not block and size:
            self._ended = True
            if self._claimed is None:
                self._read_descriptor()
            if self._claimed != self._crc:
                raise ValueError("the checksum of this file is wrong")
        return block

    def _next_block(self, size: int) -> bytes:
        inflater = self._inflater
        if inflater is None:
            return self._source.read(size)
        while not inflater.eof:
            packed = inflater.unconsumed_tail or self._source.read(_SPOOLED)
            if not packed:
                self._ended = True
                raise EOFError("this file is not complete in the zip archive")
            block = inflater.decompress(packed, size)
            if block:
                return block
        return b""

    def _read_descriptor(self) -> None:
        """Read the checksum behind a file whose length was not known before."""
        source: Any = self._source
        if self._inflater is not None:
            source.unread(self._inflater.unused_data)
        head = _exactly(source, 4)
        if head == _DESCRIPTOR:
            head = _exactly(source, 4)
        self._claimed = int.from_bytes(head, "little")
        _exactly(source, 16 if self._is_long else 8)

    def skip(self) -> None:
        """Go to what comes next in the archive."""
        if isinstance(self._source, _Part):
            self._source.skip()
        else:
            self.size()

    def size(self) -> int:
        """Read to the end, and return how many bytes there were."""
        while self.read():
            continue
        return self._size

    def close(self) -> None:
        """Do nothing: the file below is closed by who opened it."""
        self.closed = True


def tar_members(file: Ahead) -> Iterator[Member]:
    """Yield the files in a tar archive (ustar, GNU, pax), which is read from front to end.

    Raises:
        EOFError: it is cut off.
        ValueError: something stands in it that is no header.
    """
    name: str | None = None
    size: int | None = None
    while True:
        header = _exactly(file, _BLOCK)
        if len(header) < _BLOCK:
            raise EOFError("the tar archive has no end, as if it were cut off")
        if not header.strip(b"\x00"):
            # Another one should follow, and may be padded; who writes to a pipe wants to be read.
            while file.read(_SPOOLED):
                continue
            return
        if not is_tar_header(header):
            raise ValueError("the tar archive is damaged: there is no header where one should be")
        kind = header[156:157]
        length = _number(header[124:136])
        if kind in (b"x", b"g", b"L", b"K"):
            if length > _LONGEST_HEADER:
                raise ValueError(
                    "the tar archive is damaged: a name in it has over a million bytes"
                )
            content = _exactly(file, length)
            _skip(file, -length % _BLOCK)
            if kind == b"L":
                name = content.split(b"\x00", 1)[0].decode("utf-8", "backslashreplace")
            elif kind == b"x":
                found = _pax(content)
                name = found.get("path", name)
                if found.get("size", "").isdigit():
                    size = int(found["size"])
            continue
        if size is not None:
            length = size
        shown = _name(header) if name is None else name
        name = size = None
        # What else there is has no content, but for formats of its own.
        if kind not in (b"0", b"\x00", b"7"):
            if kind not in b"123456":
                yield Member(shown, length, None, ValueError("a file of an unusual kind"))
                _skip(file, length + -length % _BLOCK)
            continue
        content_file = _Part(file, length, "tar")
        if not (kind == b"\x00" and shown.endswith("/")):
            yield Member(shown, length, content_file)
        content_file.skip()
        _skip(file, -length % _BLOCK)


def _name(header: bytes) -> str:
    """Return the name in a header; a long one is in two places."""
    name = header[:100].split(b"\x00", 1)[0]
    prefix = header[345:500].split(b"\x00", 1)[0] if header[257:263] == b"ustar\x00" else b""
    return (prefix + b"/" * bool(prefix) + name).decode("utf-8", "backslashreplace")


def _number(digits: bytes) -> int:
    """Return a number of a header: octal digits, or with its highest bit set the number itself."""
    if digits[:1] >= b"\x80":
        return int.from_bytes(digits[1:], "big")
    octal = digits.strip(b" \x00") or b"0"
    if octal.strip(b"01234567"):
        raise ValueError("the tar archive is damaged: a length is not a number")
    return int(octal, 8)


def _pax(content: bytes) -> dict[str, str]:
    """Return the entries of an extended header: lines of a length, a keyword and a value."""
    found = {}
    at = 0
    while at < len(content):
        digits, blank, _ = content[at : at + 24].partition(b" ")
        if not blank or not digits.isdigit() or int(digits) <= len(digits):
            break
        line = content[at : at + int(digits)]
        at += int(digits)
        keyword, _, value = line[len(digits) + 1 : -1].partition(b"=")
        found[keyword.decode("utf-8", "replace")] = value.decode("utf-8", "backslashreplace")
    return found


def _exactly(file: Any, size: int) -> bytes:
    """Return so many bytes, fewer at the end of the file."""
    blocks = []
    while size > 0 and (block := file.read(size)):
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)


def _skip(file: Any, size: int) -> None:
    while size > 0 and (block := file.read(min(size, _SPOOLED))):
        size -= len(block)


class _Part:
    """So many of the next bytes of a file."""

    def __init__(self, file: Any, size: int, kind: str) -> None:
        self._file = file
        self._kind = kind
        self._left = size
        self._taken: list[bytes] = []
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end of the part."""
        if self._left == 0 or size == 0:
            return b""
        wanted = self._left if size < 0 else min(size, self._left)
        # In one call: an interrupt must not come between reading and keeping.
        if not self._taken:
            self._taken.extend(map(self._file.read, (wanted,)))
        block = self._taken[0]
        if not block:
            missing, self._left = self._left, 0
            raise EOFError(
                f"the {self._kind} archive ends {missing:,} bytes before the end of this file"
            )
        left = self._left - len(block)
        self._left = left
        del self._taken[0]
        return block

    def skip(self) -> None:
        """Go to the end of the part."""
        left = self._left - sum(map(len, self._taken))
        self._left = 0
        self._taken.clear()
        _skip(self._file, left)

    def close(self) -> None:
        """Do nothing: the file below is closed by who opened it."""
        self.closed = True
