"""The public classes, as the engine builds them.

The engine stands below `mrrc.record` in the order of imports, so the classes come to it once,
when `mrrc.record` is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mrrc.field import Field, Indicators, Subfield
    from mrrc.leader import Leader
    from mrrc.record import Record


class Classes:
    """Holds the registered classes; an attribute is missing until `register` was called."""

    record: type[Record]
    field: type[Field]
    subfield: type[Subfield]
    indicators: type[Indicators]
    leader: type[Leader]


def register(
    record: type[Record],
    field: type[Field],
    subfield: type[Subfield],
    indicators: type[Indicators],
    leader: type[Leader],
) -> None:
    """Tell the engine which classes to build."""
    Classes.record = record
    Classes.field = field
    Classes.subfield = subfield
    Classes.indicators = indicators
    Classes.leader = leader


def install_methods(record: type[Record], field: type[Field]) -> dict[str, Any]:
    """Put the engine's own methods into the two classes; return those that stood there, by name.

    This engine has none: what is written in Python stands in the classes already.
    """
    return {}
