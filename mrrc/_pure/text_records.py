"""Records out of blocks of a file in a text format: MARCXML, MARC-in-JSON, line formats.

Each format has a class that finds its frames, in a module that is loaded with the first file of it:

    next_frame(data, start, final) -> (kind, end) or None
        What begins at `start` of `data`, and where it ends: UNCLEAR for a span in which a record
        should be, BETWEEN or UNREAD. None where more data are needed: then it is called with the
        same bytes (not necessarily at the same `start`) and more behind them, so it remembers how
        far behind `start` it has looked. With `final`, which says that there are no more, it gives
        a frame as long as there are bytes; at the end of all it is called without any, and may give
        an UNREAD of no length: the file ends before what was opened in it is closed.
    context
        Bytes that the reader of the format has to know for the frame given last.

What it keeps from one frame to the next changes only when it gives a frame. The frames are the same
in whatever blocks the data come. A span is at most MAX_SPAN long; what is longer is UNREAD, in
pieces of that length.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

RECORD, UNCLEAR, BETWEEN, UNREAD, RUN = range(5)
"""Kinds of items; the twin is `rust/python/src/text_records.rs`."""

MAX_SPAN = 64 << 20
"""The longest span that is taken for one record, in bytes."""

Item = tuple[int, int, Any, bytes]
"""Kind; length in bytes of the file; content; context.

RECORD: a Record, for which nothing is to be said. UNCLEAR: the bytes of a span, for the reference
reader of the format, with its context. BETWEEN: bytes that the format expects between records.
UNREAD: bytes of which nothing can be made; of no length, at the end: the file breaks off. RUN: a
number of records, and their bytes as they are written in a file of the target.
"""

_FRAMES = {
    "aleph": ("line_frames", "AlephFrames"),
    "json": ("json_frames", "JSONFrames"),
    "jsonl": ("json_frames", "JSONLinesFrames"),
    "line": ("line_frames", "LineFrames"),
    "marcxml": ("xml_frames", "XMLFrames"),
    "mrk": ("line_frames", "MrkFrames"),
}
_TARGETS = ("", "json", "jsonl", "marc", "marc8", "marcxml", "mrk")
# From here on data that are no frame yet are looked at again only when there are twice as many.
_MUCH = 1 << 20


def count_lines(block: bytes) -> int:
    """Return how many line feeds there are."""
    return block.count(b"\n")


class TextRecords:
    """Records, one after the other, of a file in a text format.

    `format` is "json" or another of the names of formats. With a `target`, the name of a format
    too, or "" for none, records that need no look come formatted. `threads` read and format them;
    0 for none. In this engine all records are for the reference reader, and `target` and `threads`
    have no effect.
    """

    def __init__(self, format: str, target: str | None = None, threads: int = 0) -> None:
        if format not in _FRAMES:
            raise ValueError(f"no text format: {format!r}")
        if target is not None and target not in _TARGETS:
            raise ValueError(f"no target: {target!r}")
        module, name = _FRAMES[format]
        self._frames = getattr(import_module(f"mrrc._pure.{module}"), name)()
        self._data = b""
        self._fed: list[bytes] = []
        # What was found in the data so far; only after an interrupt there is something.
        self._items: list[Item] = []
        self._wanted = 0
        self._ended = False

    def feed(self, block: bytes, final: bool) -> list[Item]:
        """Take the next bytes of the file, return the items that are known by now.

        If it raises, the bytes were taken, and their items come at the next call.
        """
        if self._ended:
            return []
        self._fed.append(block)
        self._wanted -= len(block)
        if self._wanted > 0 and not final:
            return []
        data = b"".join((self._data, *self._fed))
        frames = self._frames
        next_frame = frames.next_frame
        # What the frames keep has changed with each item that was found.
        items = self._items
        start = sum(item[1] for item in items)
        while True:
            frame = next_frame(data, start, final)
            if frame is None:
                break
            kind, end = frame
            context = frames.context if kind == UNCLEAR else b""
            items.append((kind, end - start, data[start:end], context))
            if end == start:
                break
            start = end
        rest = data[start:]
        wanted = len(rest) if len(rest) > _MUCH else 0
        self._data, self._fed, self._items, self._wanted, self._ended = rest, [], [], wanted, final
        return items
