"""Records made for tests of encodings."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from tests.shared import ROOT

BENCHMARK = ROOT / "benchmarks" / "encodings"
UNIMARC_100 = b"  \x1fa20160101d2016    m  y0engy%s    ba"


def record(*fields: tuple[str, bytes], claim: str = " ") -> bytes:
    """A sound record of these fields, each the bytes from the first indicator on."""
    directory, body = b"", b""
    for tag, data in fields:
        directory += b"%s%04d%05d" % (tag.encode(), len(data) + 1, len(body))
        body += data + b"\x1e"
    base = 24 + len(directory) + 1
    leader = f"{base + len(body) + 1:05}nam {claim}22{base:05} a 4500"
    return leader.encode() + directory + b"\x1e" + body + b"\x1d"


def titled(title: bytes, claim: str = " ", *more: bytes) -> bytes:
    """A sound record with a title, and notes."""
    notes = [("500", b"  \x1fa" + note) for note in more]
    return record(("001", b"1"), ("245", b"10\x1fa" + title), *notes, claim=claim)


def unimarc(title: bytes, sets: str) -> bytes:
    """A sound UNIMARC record whose 100 $a names the character sets."""
    field_100 = UNIMARC_100 % sets.ljust(4).encode()
    return record(("001", b"1"), ("100", field_100), ("200", b"1 \x1fa" + title))


def benchmark_module(name: str) -> ModuleType:
    """A module of the benchmark that needs no other one of it, under a name of its own."""
    full_name = f"mrrc_benchmark_encodings_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, BENCHMARK / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return sys.modules[full_name]
