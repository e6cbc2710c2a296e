"""What the tests of mrrc.open and its kin share: the same records in every format, and packings."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

from mrrc import Field, Indicators, Record, Subfield

LEADER = "00000nam a2200000 i 4500"
IDS = ["a1", "a2", "a3"]


def made(number: str) -> Record:
    """A record that every format carries as it is."""
    record = Record(leader=LEADER)
    record.add_field(
        Field("001", data=number),
        Field(
            "245", Indicators("1", "0"), [Subfield("a", f"Título {number} /"), Subfield("c", "我")]
        ),
    )
    return record


RECORDS = [made(each) for each in IDS]
MARC = b"".join(record.as_marc() for record in RECORDS)

_XML = """<record>
  <leader>00000nam a2200000 i 4500</leader>
  <controlfield tag="001">{0}</controlfield>
  <datafield tag="245" ind1="1" ind2="0">
    <subfield code="a">Título {0} /</subfield><subfield code="c">我</subfield>
  </datafield>
</record>
"""
_JSON = (
    '{{"leader":"00000nam a2200000 i 4500","fields":[{{"001":"{0}"}},{{"245":{{"ind1":"1",'
    '"ind2":"0","subfields":[{{"a":"Título {0} /"}},{{"c":"我"}}]}}}}]}}'
)
_MRK = "=LDR  00000nam a2200000 i 4500\n=001  {0}\n=245  10$aTítulo {0} /$c我\n"
_LINE = "00000nam a2200000 i 4500\n001 {0}\n245 10 $a Título {0} / $c 我\n"
_ALEPH = (
    "00000000{1} LDR   L 00000nam^a2200000^i^4500\n00000000{1} 001   L {0}\n"
    "00000000{1} 24510 L $$aTítulo {0} /$$c我\n"
)


def _texts(template: str) -> list[str]:
    return [template.format(each, number) for number, each in enumerate(IDS, 1)]


TEXTS = {
    "marcxml": '<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
    + "".join(_texts(_XML))
    + "</collection>\n",
    "json": "[\n" + ",\n".join(_texts(_JSON)) + "\n]\n",
    "jsonl": "\n".join(_texts(_JSON)) + "\n",
    "mrk": "\n".join(_texts(_MRK)),
    "line": "\n".join(_texts(_LINE)),
    "aleph": "".join(_texts(_ALEPH)),
}
"""The same records in each text format."""

SAMPLES = {"marc": MARC, **{name: text.encode() for name, text in TEXTS.items()}}
"""The same records in every format, as bytes."""


def in_parts(data: bytes, pack: Callable[[bytes], bytes]) -> bytes:
    """Packed in two pieces, one after the other, as `cat a.gz b.gz` makes them."""
    half = len(data) // 2
    return pack(data[:half]) + pack(data[half:])


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "two gz": lambda data: in_parts(data, gzip.compress),
    "two bz2": lambda data: in_parts(data, bz2.compress),
    "two xz": lambda data: in_parts(data, lzma.compress),
    "gz in gz": lambda data: gzip.compress(gzip.compress(data)),
    "xz in bz2": lambda data: bz2.compress(lzma.compress(data)),
}
"""Ways to compress."""


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def zipped_as_it_comes(*members: tuple[str, bytes]) -> bytes:
    """A zip archive whose lengths stand behind the files, as programs write it into a pipe."""
    file = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return file.write(data)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, content in members:
            archive.writestr(name, content)
    assert file.getvalue()[6] & 8
    return file.getvalue()


def tarred(*members: tuple[str, bytes], mode: str = "w", format: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    archive: Any = tarfile.open(fileobj=file, mode=mode, format=format)  # type: ignore[call-overload]  # noqa: SIM115
    with archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            if name.endswith("/"):
                entry.type = tarfile.DIRTYPE
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


class Trickle:
    """A file that can only be read, and gives a few bytes at a time, as a socket does."""

    def __init__(self, data: bytes, most: int = 7) -> None:
        self._file = io.BytesIO(data)
        self._most = most
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._file.read(self._most if size < 0 else min(size, self._most))

    def close(self) -> None:
        self.closed = True
