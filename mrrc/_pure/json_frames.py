"""Where each record of MARC-in-JSON begins and ends."""

from __future__ import annotations

from mrrc._pure.text_records import BETWEEN, UNCLEAR


class JSONFrames:
    """Documents of JSON, and arrays of them."""

    context = b""

    def next_frame(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        """Return kind and end of what begins at `start`; None if more data are needed."""
        return (UNCLEAR, len(data)) if final and start < len(data) else None


class JSONLinesFrames:
    """A document of JSON in each line."""

    context = b""

    def __init__(self) -> None:
        self._seen = 0

    def next_frame(self, data: bytes, start: int, final: bool) -> tuple[int, int] | None:
        """Return kind and end of what begins at `start`; None if more data are needed."""
        if data[start : start + 1] == b"\n":
            return BETWEEN, start + 1
        end = data.find(b"\n", start + self._seen)
        if end < 0:
            self._seen = len(data) - start
            return (UNCLEAR, len(data)) if final and start < len(data) else None
        self._seen = 0
        return UNCLEAR, end
