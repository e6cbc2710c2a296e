"""Every real file in the exchange format, through every reader option, against pymarc."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tests.differential.compare import Comparer, Step
from tests.differential.drive import (
    brief,
    edit,
    look_freshly,
    read_damaged,
    read_file,
    write_all,
)
from tests.differential.edits import ACCESS, EDITS
from tests.differential.sources import chunks, full_product, option_subset, sample
from tests.differential.steps import LOOKS, SEQUENCE
from tests.shared import needs_shared, real_iso2709_files

FILES = real_iso2709_files()
pytestmark = needs_shared
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)

# The default run looks at everything a little; --slow looks at everything.
SKETCH = ("as_marc", "title", "str", "as_json", "xml", "value", "snapshot", "pickle 4")
ALL_RECORDS = ("as_marc", "title", "str", "as_dict", "xml", "value", "leader after as_marc")


def smallest(path: Path) -> list[tuple[int, bytes]]:
    """One record of moderate size, with its number."""
    numbered = [entry for entry in enumerate(chunks(path)[:12]) if len(entry[1]) > 60]
    return sorted(numbered, key=lambda entry: len(entry[1]))[:1]


def test_all_the_files_are_there() -> None:
    assert len(FILES) >= 300
    assert len(set(FILES)) == len(FILES)


@every_file
def test_default_options(path: Path, comparer: Comparer) -> None:
    read_file(comparer, path, "open file", (), SKETCH, limit=3)


@every_file
def test_option_subset(path: Path, comparer: Comparer) -> None:
    for options in option_subset()[1:]:
        for index, chunk in smallest(path):
            brief(comparer, f"{path.name}#{index}", chunk, options)


@pytest.mark.parametrize("path", FILES[1::10], ids=lambda path: path.name)
def test_untouched_records(path: Path, comparer: Comparer) -> None:
    for index, chunk in smallest(path):
        look_freshly(comparer, f"{path.name}#{index}", chunk, (), LOOKS)


@pytest.mark.parametrize("path", FILES[5::40], ids=lambda path: path.name)
def test_edits(path: Path, comparer: Comparer) -> None:
    for index, chunk in smallest(path):
        edit(
            comparer, f"{path.name}#{index}", chunk, (), accesses=("untouched", "one field"),
            outputs=("as_marc", "as_json", "snapshot"),
        )  # fmt: skip


@pytest.mark.slow
@every_file
def test_every_record(path: Path, comparer: Comparer) -> None:
    read_file(comparer, path, "open file", (), SEQUENCE, limit=25)
    read_file(comparer, path, "BytesIO", (), ALL_RECORDS)
    read_file(comparer, path, "bytes", (), ("as_marc",), limit=100)


@pytest.mark.slow
@every_file
def test_every_look_at_untouched_records(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 3):
        look_freshly(comparer, f"{path.name}#{index}", chunk, (), LOOKS)
    for index, chunk in smallest(path):
        for options in ((("to_unicode", False),), (("force_utf8", True),)):
            look_freshly(comparer, f"{path.name}#{index}", chunk, options, LOOKS)


@pytest.mark.slow
@every_file
def test_every_combination_of_options(path: Path, comparer: Comparer) -> None:
    for options in full_product():
        for index, chunk in sample(chunks(path), 2):
            brief(comparer, f"{path.name}#{index}", chunk, options)


@pytest.mark.slow
@every_file
def test_many_records_with_the_option_subset(path: Path, comparer: Comparer) -> None:
    for options in option_subset()[1:]:
        read_file(comparer, path, "BytesIO", options, ("as_marc",), limit=60)


@pytest.mark.slow
@every_file
def test_every_edit(path: Path, comparer: Comparer) -> None:
    """All edits on a record of each file; the access before them rotates with the file."""
    access = tuple(ACCESS)[FILES.index(path) % len(ACCESS)]
    for index, chunk in smallest(path):
        edit(comparer, f"{path.name}#{index}", chunk, (), EDITS, (access,))


@pytest.mark.slow
@every_file
def test_bytes_without_a_reader(path: Path, comparer: Comparer) -> None:
    for index, chunk in sample(chunks(path), 8):
        read_damaged(comparer, f"{path.name}#{index}", chunk, ())
        read_damaged(comparer, f"{path.name}#{index} cut", chunk[:-7], ())


@pytest.mark.parametrize("path", FILES[::12], ids=lambda path: path.name)
def test_whole_files_through_the_writers(path: Path, comparer: Comparer) -> None:
    write_all(comparer, path.name, path.read_bytes()[:60_000])


def test_map_records(comparer: Comparer) -> None:
    for group in (FILES[:3], FILES[100:104], FILES[-4:]):

        def run(package: ModuleType, group: list[Path] = group) -> object:
            seen: list[object] = []
            handles = [path.open("rb") for path in group]
            try:
                given = package.map_records(lambda r: seen.append(r and str(r)), *handles)
            finally:
                for handle in handles:
                    handle.close()
            return [given, *seen]

        comparer.both(Step("map_records", group[0].name), run)
