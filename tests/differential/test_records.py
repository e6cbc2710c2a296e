"""The records written for these tests: always there, every reader option, every step."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import pytest

from tests.differential.compare import Comparer, Step
from tests.differential.drive import brief, edit, look_freshly, read_damaged, read_file, write_all
from tests.differential.edits import ACCESS, EDITS
from tests.differential.sources import chunks, full_product, option_subset, own_files, sample
from tests.differential.steps import LOOKS
from tests.shared import DATA

FILES = own_files()
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def test_the_files_are_what_the_script_makes() -> None:
    made = runpy.run_path(str(DATA / "make.py"))["contents"]()
    present = {
        path.relative_to(DATA).as_posix(): path.read_bytes()
        for path in DATA.rglob("*")
        if path.suffix in (".mrc", ".xml", ".json", ".mrk")
    }
    assert {name for name in made if made[name] != present.get(name)} == set()
    assert len(FILES) > 40


@every_file
@pytest.mark.parametrize("kind", ["bytes", "BytesIO", "open file"])
def test_readers_with_default_options(path: Path, kind: str, comparer: Comparer) -> None:
    read_file(comparer, path, kind, ())


@every_file
def test_reader_options(path: Path, comparer: Comparer) -> None:
    for options in option_subset()[1:]:
        read_file(comparer, path, "BytesIO", options, ("as_marc", "str", "xml", "snapshot"))


@every_file
def test_each_look_at_an_untouched_record(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 4):
        look_freshly(comparer, f"{path.name}#{index}", chunk, (), LOOKS)


@every_file
def test_bytes_without_a_reader(path: Path, comparer: Comparer) -> None:
    data = path.read_bytes()
    pieces = [*chunks(path), data, data + b"trailing", data[:-1], data[:-3], b""]
    for index, chunk in enumerate(pieces):
        for options in ((), (("force_utf8", True),), (("to_unicode", False),)):
            read_damaged(comparer, f"{path.name}#{index}", chunk, options)


@every_file
def test_writers(path: Path, comparer: Comparer) -> None:
    write_all(comparer, path.name, path.read_bytes())


EDITED = ("minimal", "marc8", "indicators", "directories", "subfields", "links",
          "marc8_trouble", "leaders", "xml_trouble")  # fmt: skip


@pytest.mark.parametrize("name", EDITED)
def test_edits(name: str, comparer: Comparer) -> None:
    path = DATA / "iso2709" / f"{name}.mrc"
    for index, chunk in sample(chunks(path), 1):
        edit(comparer, f"{path.name}#{index}", chunk, (), EDITS, ("untouched", "one field"))


@pytest.mark.parametrize("access", ACCESS)
def test_edits_after_each_access(access: str, comparer: Comparer) -> None:
    chunk = (DATA / "iso2709" / "edited.mrc").read_bytes()
    edit(comparer, "edited.mrc", chunk, (), EDITS, (access,))


@pytest.mark.slow
@every_file
def test_every_combination_of_options(path: Path, comparer: Comparer) -> None:
    for options in full_product():
        for index, chunk in enumerate(chunks(path)):
            brief(comparer, f"{path.name}#{index}", chunk, options)


@pytest.mark.slow
@every_file
def test_edits_of_every_record(path: Path, comparer: Comparer) -> None:
    accesses = tuple(ACCESS)
    for index, chunk in enumerate(chunks(path)):
        access = accesses[(index + FILES.index(path)) % len(accesses)]
        edit(comparer, f"{path.name}#{index}", chunk, (), EDITS, (access,))


@pytest.mark.slow
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("name", ["plain", "marc8"])
def test_edits_with_options(name: str, access: str, comparer: Comparer) -> None:
    chunk = chunks(DATA / "iso2709" / f"{name}.mrc")[1]
    for options in ((), (("to_unicode", False),), (("force_utf8", True),)):
        edit(comparer, name, chunk, options, EDITS, (access,))


@pytest.mark.parametrize("option", ["utf8_handling", "to_unicode", "force_utf8", "file_encoding"])
def test_options_changed_between_records(option: str, comparer: Comparer) -> None:
    """A reader looks at its own attributes at every record."""
    values = {"utf8_handling": "replace", "to_unicode": False, "force_utf8": True,
              "file_encoding": "cp1252"}  # fmt: skip
    for name in ("plain", "utf8_trouble", "marc8"):
        data = (DATA / "iso2709" / f"{name}.mrc").read_bytes()

        def run(package: object, data: bytes = data) -> object:
            reader = package.MARCReader(io.BytesIO(data))  # type: ignore[attr-defined]
            said = []
            for number, record in enumerate(reader):
                said.append((record, reader.current_exception))
                setattr(reader, option, (values[option], not values[option])[number % 2]
                        if isinstance(values[option], bool) else values[option])  # fmt: skip
            return said

        comparer.both(Step("changed options", f"{name} {option}"), run)
