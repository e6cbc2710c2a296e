"""The injection: every kind of damage on every base, through every library."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import bases
import inject
import libraries
import sound
from inject_more import KINDS
from score import Score, score

SEEDS = {"full": 3, "quick": 1}


class Case(NamedTuple):
    """A damaged file."""

    kind: inject.Kind
    base: str
    seed: int
    made: inject.Damaged
    path: Path
    sound_path: Path


class Injection(NamedTuple):
    """The scores, by kind and library."""

    scores: dict[tuple[str, str], dict[str, Score]]
    versions: dict[str, str]
    absent: dict[str, str]
    files: int
    bytes: int
    failures: list[str]
    """What failed on which file, for whoever looks for the reason."""


def write_once(directory: Path, content: bytes) -> Path:
    path = directory / f"{hashlib.sha256(content).hexdigest()[:20]}.mrc"
    if not path.exists():
        path.write_bytes(content)
    return path


def cases(
    directory: Path,
    seeds: int,
    only: Sequence[str] = (),
    of_bases: Sequence[bases.Base] = bases.BASES,
) -> list[Case]:
    """Write the damaged files and return what is known about each."""
    found = []
    for base in of_bases:
        for seed, file in enumerate(bases.files(base, seeds)):
            for number, kind in enumerate(KINDS):
                if only and not any(word in f"{kind.group}: {kind.name}" for word in only):
                    continue
                made = inject.inject(kind, file, f"{base.name}/{seed}")
                if made is None:
                    continue
                path = directory / f"{number:03}-{base.name}-{seed}.mrc"
                path.write_bytes(made.data)
                case = Case(kind, base.name, seed, made, path, write_once(directory, made.sound))
                found.append(case)
    return found


def run(
    wanted: Sequence[libraries.Library],
    seeds: int,
    only: Sequence[str],
    say: Callable[[str], None],
    keep: Path | None = None,
) -> Injection:
    """Damage, read and score; the files are kept where `keep` names a directory."""
    versions, absent = libraries.present(wanted, say)
    with tempfile.TemporaryDirectory() as temporary:
        directory = keep or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        found = cases(directory, seeds, only)
        scores: dict[tuple[str, str], dict[str, Score]] = {
            (kind.group, kind.name): {}
            for kind in KINDS
            if any(case.kind is kind for case in found)
        }
        failures: list[str] = []
        sounds = {case.sound_path: case.made.sound for case in found}
        maps = {path: sound.map_file(content) for path, content in sounds.items()}
        for library in wanted:
            if library.name in absent:
                continue
            say(f"{library.name}: {len(found)} files")
            before: dict[Path, dict[str, Any]] = dict(
                zip(sounds, libraries.each_answer(library, list(sounds)), strict=True)
            )
            answers = libraries.each_answer(library, [case.path for case in found])
            for case, answer in zip(found, answers, strict=True):
                one = score(case.made, maps[case.sound_path], before[case.sound_path], answer)
                row = scores[case.kind.group, case.kind.name]
                row[library.name] = row.get(library.name, Score()).plus(one)
                if library.ours:
                    failures += complaints(library, case, one, answer)
    return Injection(
        scores, versions, absent, len(found), sum(len(case.made.data) for case in found), failures
    )


def complaints(
    library: libraries.Library, case: Case, one: Score, answer: dict[str, Any]
) -> list[str]:
    """Return what misses a bar."""
    said = []
    if one.unchanged < one.untouched:
        said.append(f"{one.untouched - one.unchanged} untouched records changed or lost")
    if one.in_part < one.recoverable:
        said.append(f"{one.recoverable - one.in_part} recoverable records lost")
    for name in ("false", "merged", "silent", "unaccounted", "failures"):
        if getattr(one, name):
            said.append(f"{name} {getattr(one, name)}")
    if "exception" in answer:
        said.append(answer["exception"])
    where = f"{library.name}: {case.kind.group}, {case.kind.name}: {case.path.name}"
    return [f"{where}: {'; '.join(said)}"] if said else []
