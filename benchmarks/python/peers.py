"""Who is compared. A new peer is a line in PEERS; the first is what the others are compared with.

A peer that needs packages of its own gets the interpreter of the environment they are in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import installed


class Peer(NamedTuple):
    """A library, in one of its configurations."""

    name: str
    module: str
    environment: dict[str, str]
    """Variables that choose the configuration."""
    by_file: bool = True
    by_path: bool = True
    """What its readers are opened with; each has a column."""
    find_python: Callable[[], str] = lambda: sys.executable
    """Its interpreter; raises Absent where there is none."""
    foreign: bool = False
    """It need not give pymarc's answers: where it does not, its row has the reason, no ratio."""


class Column(NamedTuple):
    """A peer and what it reads from: one column of the table."""

    peer: Peer
    by_path: bool

    @property
    def name(self) -> str:
        return f"{self.peer.name}, {'path' if self.by_path else 'file'}"


PYMARC = Peer("pymarc", "pymarc", {}, by_path=False)
RUST = Peer("rust", "mrrc", {"MRRC_ENGINE": "rust"})
PYTHON = Peer("python", "mrrc", {"MRRC_ENGINE": "python"})
PUBLISHED = Peer(
    installed.PUBLISHED.replace("==", " "),
    "mrrc",
    {},
    by_file=False,
    find_python=installed.published_python,
    foreign=True,
)
PEERS = (PYMARC, RUST, PYTHON, PUBLISHED)
OURS = (RUST, PYTHON)


def columns(peers: Sequence[Peer] = PEERS) -> list[Column]:
    """Return the columns of the table in order."""
    return [
        Column(peer, by_path)
        for peer in peers
        for by_path in (False, True)
        if (peer.by_path if by_path else peer.by_file)
    ]
