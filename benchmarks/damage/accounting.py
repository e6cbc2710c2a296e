"""Every real file in salvage mode, on both engines: where each byte went, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import libraries
from shared_files import shared_module

ENGINES = (libraries.RUST, libraries.PYTHON)


class Source(NamedTuple):
    """What was found in the files of one source."""

    files: int = 0
    records: int = 0
    with_problems: int = 0
    bytes: int = 0
    sound: int = 0
    salvaged: int = 0
    reported: int = 0
    problems: tuple[tuple[str, int], ...] = ()


class Accounting(NamedTuple):
    """The sources by name, and everything that is not as it should be."""

    sources: dict[str, Source]
    faults: list[str]
    engines: list[str]


def source_of(path: Path) -> str:
    return path.name.partition("__")[0]


def real_files() -> list[Path]:
    module = shared_module()
    return [] if module is None else list(module.real_iso2709_files())


def fault(path: Path, size: int, answers: dict[str, dict[str, Any]]) -> list[str]:
    """Return what is wrong with the engines' answers about one file."""
    said = []
    for engine, answer in answers.items():
        accounting = answer.get("accounting")
        if accounting is None:
            said.append(f"{path.name}: {engine}: {answer}")
        elif sum(accounting) != size:
            said.append(f"{path.name}: {engine}: {accounting} is {sum(accounting)}, not {size}")
    if len({repr(sorted(answer.items())) for answer in answers.values()}) > 1:
        said.append(f"{path.name}: the engines differ: {answers}")
    return said


def run(say: Callable[[str], None], paths: Sequence[Path] | None = None) -> Accounting:
    """Read the files; those of the shared material if none are given."""
    files = real_files() if paths is None else list(paths)
    _, absent = libraries.present(ENGINES, say)
    engines = [engine for engine in ENGINES if engine.name not in absent]
    answers: list[dict[str, dict[str, Any]]] = [{} for _ in files]
    for engine in engines:
        say(f"accounting, {engine.name}: {len(files)} files")
        seen = libraries.each_answer(engine._replace(reader="account"), files)
        for one, answer in zip(answers, seen, strict=True):
            one[engine.name] = answer
    sources: dict[str, Source] = {}
    faults: list[str] = []
    for path, each in zip(files, answers, strict=True):
        size = path.stat().st_size
        faults += fault(path, size, each)
        first = next(iter(each.values()), {})
        sound, salvaged, reported = first.get("accounting", (0, 0, 0))
        old = sources.get(source_of(path), Source())
        problems = Counter(dict(old.problems))
        problems.update(first.get("problems", {}))
        sources[source_of(path)] = Source(
            old.files + 1,
            old.records + first.get("records", 0),
            old.with_problems + first.get("with_problems", 0),
            old.bytes + size,
            old.sound + sound,
            old.salvaged + salvaged,
            old.reported + reported,
            tuple(sorted(problems.items(), key=lambda each: (-each[1], each[0]))),
        )
    return Accounting(dict(sorted(sources.items())), faults, [engine.name for engine in engines])
