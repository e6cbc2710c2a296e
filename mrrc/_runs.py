"""What a conversion gets from a reader where all is sound: records that are formatted already."""

from __future__ import annotations

from typing import NamedTuple


class Run(NamedTuple):
    """So many records, each as `format_record` makes it, with the target's separator between them.

    Attributes:
        count: the number of records.
        data: their bytes.
    """

    count: int  # type: ignore[assignment]
    data: bytes
