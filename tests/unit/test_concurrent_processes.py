"""Records as arguments and results of other processes: what is sent, and that it arrives whole."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import mrrc
from mrrc import Field, Indicators, Leader, MARCReader, RawField, Record, Subfield
from tests.unit.concurrency import PATIENCE, chunks, number_of, record

METHODS = multiprocessing.get_all_start_methods()


class Catalogued(Record):
    """A class of a program's own, with attributes of its own."""

    shelf = ""


def untouched() -> Record:
    (read,) = MARCReader(record(4).as_marc())
    assert read is not None
    return read


def with_a_field_out() -> Record:
    read = untouched()
    assert read["245"]["a"]
    return read


def with_a_leader_out() -> Record:
    read = untouched()
    read.leader.encoding_level = "7"
    return read


def edited() -> Record:
    read = untouched()
    read["650"].add_subfield("x", "History")
    read.add_field(Field("999", subfields=[Subfield("a", "é 中")]))
    read.remove_fields("001")
    return read


def halfway() -> Record:
    read = untouched()
    next(read), next(read)
    subjects = read.get_fields("650")
    subjects[0].add_subfield("z", "France")
    next(iter(subjects[0]))
    return read


def in_marc8() -> Record:
    made = record(2)
    made["245"].add_subfield("c", "José")
    marc = made.as_marc(encoding="marc8")
    (read,) = MARCReader(marc)
    assert read is not None
    assert read.leader.coding_scheme == " "
    return read


def of_bytes() -> Record:
    (read,) = MARCReader(record(3).as_marc(), to_unicode=False)
    assert read is not None
    assert type(read["245"]) is RawField
    return read


def salvaged() -> Record:
    damaged = record(4).as_marc().replace(b"\x1fa", b"\x1f\xff", 1)
    (read,) = MARCReader(damaged, recovery="salvage")
    assert read is not None
    assert read.problems
    return read


def of_a_subclass() -> Record:
    read = Catalogued(record(4).as_marc())
    read.shelf = "Q 7"
    return read


def made() -> Record:
    return Record(fields=[Field("245", Indicators("0", "4"), [Subfield("a", "The x")])])


KINDS = [
    *(untouched, with_a_field_out, with_a_leader_out, edited, halfway),
    *(in_marc8, of_bytes, salvaged, of_a_subclass, made),
]


def describe(subject: Record) -> dict[str, Any]:
    """All that a record is; where it and its fields stand as iterators goes with it."""
    # Asking for its fields turns a record into objects, so a copy is asked.
    copied = copy.deepcopy(subject)
    return {
        "class": type(subject),
        "attributes": getattr(subject, "__dict__", None),
        "leader": (type(copied.leader), str(copied.leader)),
        "options": (subject.pos, subject.force_utf8, subject.to_unicode),
        "problems": subject.problems,
        "is bytes": subject._raw is not None,
        "rest": [each.tag for each in rest(copied)],
        "fields": [
            (type(each), each.tag, each.data, each.indicators, each.subfields, rest(each))
            for each in copied.fields
        ],
        # Writing sets leader position 9.
        "bytes": copy.deepcopy(subject).as_marc(undecodable="keep"),
    }


def rest(subject: Any) -> list[Any]:
    """What an iterator has still to give, without `iter`, which would begin anew."""
    left = []
    while True:
        try:
            left.append(next(subject))
        except (StopIteration, AttributeError):
            # A field that nobody has iterated over has no place to go on from.
            return left


def echo(subject: Record) -> tuple[dict[str, Any], Record]:
    """What arrived here, and the thing itself on its way back."""
    return describe(subject), subject


def count_titles(path: str) -> int:
    with MARCReader(path) as reader:
        return sum("245" in each for each in reader if each)


def read_all(path: str) -> list[Record | None]:
    with MARCReader(path) as reader:
        return list(reader)


def read_strictly(path: str) -> list[Record | None]:
    with MARCReader(path, recovery="strict") as reader:
        return list(reader)


def make_too_long(subject: Record) -> bytes:
    subject.add_field(Field("500", subfields=[Subfield("a", "x" * 9999)]))
    return subject.as_marc()


@pytest.fixture(scope="module", params=METHODS)
def pool(request: pytest.FixtureRequest) -> Iterator[ProcessPoolExecutor]:
    # A process with threads, as pytest may be, is not to be forked, says Python from 3.12 on.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = multiprocessing.get_context(request.param)
        with ProcessPoolExecutor(2, mp_context=context) as processes:
            yield processes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_records_go_there_and_back(kind: Any, pool: ProcessPoolExecutor) -> None:
    subject = kind()
    expected = describe(subject)
    there, back = pool.submit(echo, subject).result(PATIENCE)
    assert there == expected
    assert describe(back) == expected
    assert describe(subject) == expected
    assert back is not subject


def test_a_list_of_records_is_mapped(pool: ProcessPoolExecutor, tmp_path: Path) -> None:
    paths = []
    for number in range(6):
        path = tmp_path / f"{number}.mrc"
        path.write_bytes(b"".join(chunks(20, first=100 * number)))
        paths.append(str(path))
    assert list(pool.map(count_titles, paths, timeout=PATIENCE)) == [20] * 6
    for number, records in enumerate(pool.map(read_all, paths, timeout=PATIENCE, chunksize=2)):
        assert all(each is not None and each._raw is not None for each in records)
        assert [number_of(each) for each in records if each is not None] == list(
            range(100 * number, 100 * number + 20)
        )


def test_exceptions_arrive_with_all_they_say(pool: ProcessPoolExecutor, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mrc"
    records = chunks(3)
    records[1] = records[1][:12] + b"00030" + records[1][17:]
    damaged.write_bytes(b"".join(records))
    error = pool.submit(read_strictly, str(damaged)).exception(PATIENCE)
    assert isinstance(error, mrrc.DamagedRecord)
    with pytest.raises(mrrc.DamagedRecord) as here:
        read_strictly(str(damaged))
    assert (error.args, error.__dict__) == (here.value.args, here.value.__dict__)
    missing = pool.submit(read_all, str(tmp_path / "none")).exception(PATIENCE)
    assert isinstance(missing, FileNotFoundError)
    too_long = pool.submit(make_too_long, made()).exception(PATIENCE)
    assert isinstance(too_long, mrrc.FieldTooLong)
    assert too_long.tag == "500"
    # Nothing of that keeps the others from their answers.
    assert pool.submit(count_titles, str(damaged)).result(PATIENCE) == 2


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_untouched_record_travels_as_its_bytes(protocol: int) -> None:
    subject = untouched()
    marc = subject.as_marc()
    sent = pickle.dumps(subject, protocol)
    if protocol > 2:
        assert marc in sent
        assert len(sent) < len(marc) + 250
    assert b"Field" not in sent
    assert b"Leader" not in sent
    assert subject._raw == pickle.loads(sent)._raw == marc
    # Once a field is out, it goes as the object that it is.
    changed = subject["245"]
    changed.tag = "246"
    arrived = pickle.loads(pickle.dumps(subject, protocol))
    assert [each.tag for each in arrived] == [each.tag for each in subject]
    assert "246" in arrived


@pytest.mark.parametrize("subject", [Leader(" " * 24), Indicators("1", "0"), Subfield("a", "b")])
def test_the_parts_of_a_record_travel_alone(subject: Any, pool: ProcessPoolExecutor) -> None:
    back = pool.submit(copy.copy, subject).result(PATIENCE)
    assert type(back) is type(subject)
    assert str(back) == str(subject)


def test_a_field_travels_alone(pool: ProcessPoolExecutor) -> None:
    field = untouched()["650"]
    back = pool.submit(copy.copy, field).result(PATIENCE)
    assert (back.tag, back.indicators, back.subfields) == (
        field.tag,
        field.indicators,
        field.subfields,
    )
