"""Sound files, damaged in every way, read in salvage mode: nothing lost, nothing invented."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from tests.damage.harness import FILES, KINDS, Pipe, answer, inject, score, sound

IDS = [f"{kind.group}: {kind.name}" for kind in KINDS]
SOUND_ANSWERS: dict[bytes, dict[str, Any]] = {}


def answer_for_sound(data: bytes) -> dict[str, Any]:
    """What mrrc makes of a sound file; several kinds of damage are made of the same one."""
    if data not in SOUND_ANSWERS:
        SOUND_ANSWERS[data] = answer(data)
    return SOUND_ANSWERS[data]


@pytest.mark.parametrize("name", list(FILES))
def test_sound_files_have_no_problems(name: str) -> None:
    seen = answer(FILES[name].data)
    assert len(seen["records"]) == len(FILES[name].records)
    assert [problems for _, _, problems in seen["records"] if problems] == []
    assert seen["seen"] == []
    assert seen["accounting"] == [len(FILES[name].data), 0, 0]


@pytest.mark.parametrize("name", list(FILES))
@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_damage(kind: Any, name: str) -> None:
    made = inject.inject(kind, FILES[name], f"{name}/0")
    if made is None:
        pytest.skip("these records have nothing to be damaged in this way")
    file = sound.map_file(made.sound)
    seen = score.score(made, file, answer_for_sound(made.sound), answer(made.data))
    assert seen.unchanged == seen.untouched
    assert (seen.false, seen.silent, seen.unaccounted) == (0, 0, 0), seen


def each_source(data: bytes, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "damaged.mrc"
    path.write_bytes(data)
    with path.open("rb") as file:
        return {
            "path": answer(path),
            "bytes": answer(data),
            "file": answer(file),
            "BytesIO": answer(io.BytesIO(data)),
            "pipe": answer(Pipe(data)),
        }


@pytest.mark.parametrize("kind", KINDS[::7], ids=IDS[::7])
def test_damage_is_met_in_the_same_way_on_every_source(kind: Any, tmp_path: Path) -> None:
    made = inject.inject(kind, FILES["scripts"], "0")
    seen = each_source(made.data, tmp_path)
    assert all(each == seen["bytes"] for each in seen.values())
