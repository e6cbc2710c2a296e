"""Where the records come from: the Library of Congress file in pymarc's own sdist.

Without a network the records are generated, and the table says so. Everything is kept in the
user's cache directory and made once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path
from typing import NamedTuple

import generate
import kinds
from shared_files import real_path
from tasks import Task

SDIST = "pymarc-5.4.0.tar.gz"
REQUIREMENT = "pymarc==5.4.0"
MEMBER = "pymarc-5.4.0/BooksAll.2016.part01.utf8"
LIBRARY_OF_CONGRESS = "Library of Congress records (BooksAll.2016.part01 from pymarc's sdist)"
GENERATED = "GENERATED records, not real ones"
REAL_MARC8 = "solrmarc__uva_001_2000.mrc"

# MARC-8 and MARCXML take pymarc long; a tenth is enough, and is what the warm-up has of the rest.
FRACTION = 10


class Data(NamedTuple):
    """A directory of files to read, and one of small files to warm up with."""

    directory: Path
    records: int
    origin: str

    def source(self, task: Task) -> str:
        """Return what the task reads: the path of a file, or a number of records."""
        return str(self.records if task.data is None else self.directory / task.data)

    def warm_up_source(self, task: Task) -> str:
        if task.data is None:
            return str(max(self.records // FRACTION, 1))
        return str(self.directory / "warm_up" / task.data)

    def has(self, task: Task) -> bool:
        return task.data is None or (self.directory / task.data).exists()


def cache() -> Path:
    """Return the directory where downloads and the files made of them stay."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mrrc-bench"


def fetch(directory: Path) -> Path | None:
    """Return pymarc's sdist, downloaded if it is not there yet; None without a network."""
    path = directory / SDIST
    if not path.exists():
        print(f"downloading {SDIST} (76 MB, once) to {directory}", file=sys.stderr)
        # Its own sdist and nobody else's: what pip builds it with may come as wheels.
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--no-binary", "pymarc", "--dest", str(directory), REQUIREMENT),
            ],
            stdout=sys.stderr,
        )
    return path if path.exists() else None


def cut(sdist: Path, count: int) -> bytes:
    """Return the first `count` records, reading no more of the archive than they take."""
    records = bytearray()
    with tarfile.open(sdist, "r|gz") as archive:
        for member in archive:
            if member.name != MEMBER:
                continue
            stream = archive.extractfile(member)
            assert stream is not None
            for _ in range(count):
                length = stream.read(5)
                if not length:
                    break
                records += length + stream.read(int(length) - 5)
            break
    return bytes(records)


def first(records: bytes, count: int) -> bytes:
    """Return the first `count` records of an ISO 2709 file that has no errors."""
    end = 0
    for _ in range(count):
        length = records[end : end + 5]
        if not length:
            break
        end += int(length)
    return records[:end]


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that an interrupted run leaves no half one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def write_xml(source: Path, path: Path) -> None:
    """Write a file as MARCXML, by pymarc, in a process of its own: this one is to stay small."""
    part = path.with_suffix(".part")
    code = (
        "import pymarc, sys\n"
        "writer = pymarc.XMLWriter(open(sys.argv[2], 'wb'))\n"
        "for record in pymarc.MARCReader(open(sys.argv[1], 'rb')):\n"
        "    writer.write(record)\n"
        "writer.close()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(source), str(part)], check=True)
    part.replace(path)


def real_marc8() -> bytes | None:
    """Return a university library's file in MARC-8 where the shared material of the tests is."""
    path = real_path("real", REAL_MARC8)
    return None if path is None else path.read_bytes()


def slice_of(count: int, generated: bool) -> tuple[Path, str]:
    """Return the first `count` records as a file in the cache, and where they come from."""
    base = cache()
    base.mkdir(parents=True, exist_ok=True)
    sdist = None if generated else fetch(base)
    if sdist is None:
        return kind_file("utf8", count), GENERATED
    books = base / f"books-{count}" / "books.mrc"
    if not books.exists():
        write(books, cut(sdist, count))
    return books, LIBRARY_OF_CONGRESS


def kind_file(name: str, count: int) -> Path:
    """Return a generated file of one kind; a generator that was changed makes a new one."""
    source = b"".join(Path(module.__file__ or "").read_bytes() for module in (generate, kinds))
    made = f"generated-{name}-{count}-{zlib.crc32(source):08x}"
    path = cache() / made / "books.mrc"
    if not path.exists():
        write(path, kinds.generate(name, count))
    warm_up = path.parent / "warm_up" / "books.mrc"
    if not warm_up.exists():
        content = path.read_bytes()
        write(warm_up, first(content, max(count // kinds.BY_NAME[name].share // FRACTION, 1)))
    return path


def kind_data(name: str, count: int) -> Data:
    """Return a generated file of one kind as what the tasks read."""
    return Data(kind_file(name, count).parent, count, GENERATED)


def parts(path: Path, count: int) -> list[Path]:
    """Cut a file into `count` files of about as many records each, once."""
    paths = [path.parent / f"part-{count}-{number}.mrc" for number in range(count)]
    if not all(each.exists() for each in paths):
        lengths, content, offset = [], path.read_bytes(), 0
        while offset < len(content):
            lengths.append(int(content[offset : offset + 5]))
            offset += lengths[-1]
        offset = 0
        for number, each in enumerate(paths):
            begin, end = (len(lengths) * place // count for place in (number, number + 1))
            length = sum(lengths[begin:end])
            write(each, content[offset : offset + length])
            offset += length
    return paths


def prepare(count: int, generated: bool = False) -> Data:
    """Make what is not in the cache yet and return where it is."""
    base = cache()
    base.mkdir(parents=True, exist_ok=True)
    sdist = None if generated else fetch(base)
    origin = GENERATED if sdist is None else LIBRARY_OF_CONGRESS
    directory = base / f"{'generated' if sdist is None else 'books'}-{count}"
    data = Data(directory, count, origin)
    books = directory / "books.mrc"
    if sdist is None:
        write(books, generate.generate(count))
    elif not books.exists():
        write(books, cut(sdist, count))
    small = max(count // FRACTION, 1)
    files = {"marc8.mrc": generate.generate(small, marc8=True)}
    files["warm_up/marc8.mrc"] = first(files["marc8.mrc"], max(small // FRACTION, 50))
    files["warm_up/books.mrc"] = first(books.read_bytes(), small)
    real = real_marc8()
    if real is not None:
        files["marc8_real.mrc"] = real
        files["warm_up/marc8_real.mrc"] = first(real, 200)
    for name, content in files.items():
        write(directory / name, content)
    stale = sdist is None
    if stale or not (directory / "books.xml").exists():
        write_xml(directory / "warm_up" / "books.mrc", directory / "books.xml")
    if stale or not (directory / "warm_up" / "books.xml").exists():
        few = directory / "warm_up" / "few.mrc"
        write(few, first(books.read_bytes(), max(small // FRACTION, 1)))
        write_xml(few, directory / "warm_up" / "books.xml")
    return data
