"""The files in an archive, one after the other, without putting any of them on a disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mrrc._formats.sniffing import is_tar_header

_BLOCK = 512
# A name takes a few hundred bytes; what claims to have more is no name.
_LONGEST_HEADER = 1 << 20
_SPOOLED = 1 << 16


class Member(NamedTuple):
    """A file in an archive.

    Attributes:
        name: as it stands in the archive.
        size: how many bytes the archive says it has.
        handle: a file to be read before the next member is asked for; None if it is not one.
        error: why there is no file, None for a directory and the like.
    """

    name: str
    size: int
    handle: Any
    error: Exception | None = None


def zip_members(file: Any) -> Iterator[Member]:
    """Yield the files in a zip archive.

    The list of them stands at its end, so what comes from a pipe is kept, packed as it is, in a
    temporary file without a name.

    Raises:
        zipfile.BadZipFile: it has no such list, mostly because it was cut off.
    """
    # Programs that do without do not wait for this module.
    import zipfile

    with zipfile.ZipFile(_with_an_end(file)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            try:
                with archive.open(entry) as handle:
                    yield Member(entry.filename, entry.file_size, handle)
            except (NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
                # Packed in a way that Python does not know, or with a password.
                yield Member(entry.filename, entry.file_size, None, error)


def _with_an_end(file: Any) -> Any:
    """Return a file with the same content that can seek."""
    seekable = getattr(file, "seekable", None)
    if seekable is not None and seekable():
        return file
    import tempfile

    kept = tempfile.TemporaryFile()  # noqa: SIM115 - gone when nobody has it
    while block := file.read(_SPOOLED):
        kept.write(block)
    kept.seek(0)
    return kept


def tar_members(file: Any) -> Iterator[Member]:
    """Yield the files in a tar archive (ustar, GNU, pax), which is read from front to end.

    Raises:
        EOFError: it is cut off.
        ValueError: something stands in it that is no header.
    """
    name: str | None = None
    size: int | None = None
    while True:
        header = _exactly(file, _BLOCK)
        if not header.strip(b"\x00"):
            # Two blocks of zeros end an archive; what ends without is as good.
            return
        if len(header) < _BLOCK:
            raise EOFError("the tar archive ends in a header")
        if not is_tar_header(header):
            raise ValueError("the tar archive is damaged: there is no header where one should be")
        kind = header[156:157]
        length = _number(header[124:136])
        if kind in b"xgLK" and kind:
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
        content_file = _Part(file, length)
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
    try:
        return int(digits.strip(b" \x00") or b"0", 8)
    except ValueError:
        raise ValueError("the tar archive is damaged: a length is not a number") from None


def _pax(content: bytes) -> dict[str, str]:
    """Return the entries of an extended header: lines of a length, a keyword and a value."""
    found = {}
    while content:
        digits, blank, _ = content[:24].partition(b" ")
        if not blank or not digits.isdigit() or int(digits) <= len(digits):
            break
        line, content = content[: int(digits)], content[int(digits) :]
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

    def __init__(self, file: Any, size: int) -> None:
        self._file = file
        self._left = size
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end of the part."""
        if self._left == 0 or size == 0:
            return b""
        wanted = self._left if size < 0 else min(size, self._left)
        block: bytes = self._file.read(wanted)
        if not block:
            missing, self._left = self._left, 0
            raise EOFError(f"the tar archive ends {missing:,} bytes before the end of this file")
        self._left -= len(block)
        return block

    def skip(self) -> None:
        """Go to the end of the part."""
        left, self._left = self._left, 0
        _skip(self._file, left)

    def close(self) -> None:
        """Do nothing: the file below is closed by who opened it."""
        self.closed = True
