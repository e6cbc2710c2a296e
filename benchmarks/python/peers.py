"""Who is compared. A new peer is a line in PEERS; the first is what the others are compared with.

A peer that needs packages of its own gets the interpreter of the environment they are in.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple


class Peer(NamedTuple):
    """A library, in one of its configurations."""

    name: str
    module: str
    environment: dict[str, str]
    """Variables that choose the configuration."""
    reads_paths: bool
    """Its readers take a path as well as an open file; it gets a second column."""
    python: str = sys.executable


class Column(NamedTuple):
    """A peer and what it reads from: one column of the table."""

    peer: Peer
    by_path: bool

    @property
    def name(self) -> str:
        return f"{self.peer.name}, {'path' if self.by_path else 'file'}"


PYMARC = Peer("pymarc", "pymarc", {}, reads_paths=False)
RUST = Peer("rust", "mrrc", {"MRRC_ENGINE": "rust"}, reads_paths=True)
PYTHON = Peer("python", "mrrc", {"MRRC_ENGINE": "python"}, reads_paths=True)
PEERS = (PYMARC, RUST, PYTHON)


def columns(peers: Sequence[Peer] = PEERS) -> list[Column]:
    """Return the columns of the table in order."""
    return [
        Column(peer, by_path)
        for peer in peers
        for by_path in ((False, True) if peer.reads_paths else (False,))
    ]
