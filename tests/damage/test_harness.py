"""The truth about damage is true, and a score tells good from bad; no reader is involved."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.damage.harness import FILES, KINDS, inject, score, sound

# What damages and scores does not read.
pytestmark = pytest.mark.once

IDS = [f"{kind.group}: {kind.name}" for kind in KINDS]


def every_damage(kind: Any) -> list[tuple[Any, Any]]:
    """The kind on each file that it applies to, with the map of what it was made of."""
    made = [inject.inject(kind, file, f"{name}/0") for name, file in FILES.items()]
    return [(each, sound.map_file(each.sound)) for each in made if each is not None]


def own_answer(file: Any) -> dict[str, Any]:
    return {"records": [[*form[:2], 0] for form in score.own_forms(file)]}


def perfect(made: Any, file: Any) -> dict[str, Any]:
    """What a reader would say that knows the truth: all that was not touched, and problems."""
    own = score.own_forms(file)
    records, seen = [], []
    for truth in made.truths:
        leader, fields = ("", truth.fields) if truth.fields is not None else own[truth.record][:2]
        kept = [field for index, field in enumerate(fields) if index not in truth.touched_fields]
        if kept:
            records.append([leader, kept, int(truth.touched)])
        seen += [(truth.span[0], truth.span[1] - truth.span[0])] if truth.touched else []
    return {"records": records, "seen": seen, "accounting": [len(made.data), 0, 0]}


def test_the_kinds_have_names_of_their_own() -> None:
    assert [name for name, count in Counter(IDS).items() if count > 1] == []
    assert len(KINDS) > 90


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_what_is_not_touched_is_still_there(kind: Any) -> None:
    damages = every_damage(kind)
    assert damages
    for made, file in damages:
        assert made.data != made.sound
        assert len(made.truths) >= len(file.records)
        for truth in made.truths:
            here = made.data[slice(*truth.span)]
            if truth.record is None:
                assert truth.touched
                continue
            record = file.records[truth.record]
            raw = file.bytes_of(record)
            if not truth.touched:
                assert here == raw
                continue
            assert here != raw
            for index, (tag, content) in enumerate(sound.fields_of(raw)):
                if index not in truth.touched_fields:
                    assert content in here
                    assert tag in here
            for position in set(range(24)) - truth.touched_leader:
                assert here[position] == raw[position]


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_damage_is_the_same_every_time(kind: Any) -> None:
    file = FILES["scripts"]
    made = [inject.inject(kind, file, seed) for seed in ("a", "a", "b")]
    assert made[0] == made[1]


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_who_knows_the_truth_has_a_perfect_score(kind: Any) -> None:
    for made, file in every_damage(kind):
        seen = score.score(made, file, own_answer(file), perfect(made, file))
        assert seen.unchanged == seen.untouched
        assert seen.in_part == seen.in_full == seen.recoverable
        assert seen.fields_kept == seen.fields
        bad = (seen.false, seen.merged, seen.foreign_fields, seen.silent, seen.unreported,
               seen.alarms, seen.failures, seen.unaccounted)  # fmt: skip
        assert not any(bad), seen


@pytest.fixture
def missing() -> tuple[Any, Any, dict[str, Any]]:
    """A file with field terminators missing, and a perfect answer."""
    kind = next(kind for kind in KINDS if kind.name == "field terminator missing")
    made = inject.inject(kind, FILES["scripts"], "0")
    return made, FILES["scripts"], perfect(made, FILES["scripts"])


def rescore(missing: tuple[Any, Any, dict[str, Any]]) -> Any:
    made, file, seen = missing
    return score.score(made, file, own_answer(file), seen)


def indexes(made: Any, touched: bool) -> list[int]:
    return [index for index, truth in enumerate(made.truths) if truth.touched is touched]


def test_a_lost_record_is_seen(missing: Any) -> None:
    made, _, seen = missing
    best = rescore(missing)
    del seen["records"][indexes(made, False)[0]]
    seen["seen"] = []
    worse = rescore(missing)
    assert worse.unchanged == best.unchanged - 1
    assert worse.silent == 1


def test_a_changed_record_is_seen(missing: Any) -> None:
    made, _, seen = missing
    best = rescore(missing)
    fields = seen["records"][indexes(made, False)[0]][1]
    fields[-1] = (fields[-1][0], fields[-1][1] + "?")
    worse = rescore(missing)
    assert worse.unchanged == best.unchanged - 1
    assert worse.silent == 1


def test_a_changed_leader_is_seen(missing: Any) -> None:
    made, _, seen = missing
    record = seen["records"][indexes(made, False)[0]]
    record[0] = record[0][:5] + "?" + record[0][6:]
    assert rescore(missing).unchanged == rescore(missing).untouched - 1
    record[0] = record[0][:5] + "c" + record[0][6:17] + " " + record[0][18:]


def test_a_silent_repair_is_seen(missing: Any) -> None:
    made, _, seen = missing
    seen["records"][indexes(made, True)[0]][2] = 0
    assert rescore(missing).silent == 1


def test_a_record_of_nothing_is_false(missing: Any) -> None:
    seen = missing[2]
    seen["records"].append(["", [("245", "10\x1faNever in any file of these")], 1])
    assert rescore(missing).false == 1


def test_a_second_copy_is_false(missing: Any) -> None:
    seen = missing[2]
    seen["records"].append(seen["records"][0])
    assert rescore(missing).false == 1


def test_a_part_of_a_field_is_enough_to_correspond(missing: Any) -> None:
    made, _, seen = missing
    record = seen["records"][indexes(made, True)[0]]
    record[1] = [("100", record[1][0][1][1:])]
    worse = rescore(missing)
    assert worse.false == 0
    assert worse.in_part == worse.recoverable - 1


def test_a_stub_of_a_damaged_record_corresponds(missing: Any) -> None:
    made, _, seen = missing
    record = seen["records"][indexes(made, True)[0]]
    record[1] = [("001", record[1][0][1][:2])]
    assert rescore(missing).false == 0
    record[1] = [("001", "")]
    assert rescore(missing).false == 1


def test_fields_of_another_record_are_seen(missing: Any) -> None:
    made, _, seen = missing
    one, other = indexes(made, True)[0], indexes(made, False)[0]
    records = seen["records"]
    records[one][1] = [*records[one][1], *records[other][1]]
    worse = rescore(missing)
    assert worse.merged == 1
    assert worse.foreign_fields > 0
    assert worse.in_full == worse.recoverable - 1


def test_bytes_that_are_not_accounted_for_are_seen(missing: Any) -> None:
    seen = missing[2]
    seen["accounting"][0] -= 1
    assert rescore(missing).unaccounted == 1


@pytest.mark.parametrize("how", ["hang", "crash", "exception"])
def test_a_failure_loses_everything(missing: Any, how: str) -> None:
    made, file, _ = missing
    seen = score.score(made, file, own_answer(file), {how: 1})
    assert (seen.failures, seen.hangs) == (1, how == "hang")
    assert seen.unchanged == seen.in_part == 0
