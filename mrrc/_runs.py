"""What a reader hands over to a conversion where no object of a record is needed."""

from __future__ import annotations


class Run:
    """Records that were formatted by the engine.

    Attributes:
        count: how many.
        data: their bytes in the target's format, with its separators between them.
    """

    __slots__ = ("count", "data")

    def __init__(self, count: int, data: bytes) -> None:
        self.count = count
        self.data = data
