"""Some of the tasks on generated files of each kind: no sort of record may be a slow one."""

from __future__ import annotations

import data
import kinds
import report
import run
import tasks
from bars import NEVER_BELOW
from sections import Section, Setting

TASKS = ("iterate", "title_proper", "values", "copy")
RECORDS = {True: 200, False: 2_000}


def measure(setting: Setting) -> Section:
    """Measure each kind after the answers on it were compared."""
    wanted = [task for task in tasks.TASKS if task.name in TASKS]
    names = [column.name for column in setting.columns]
    table = [["kind, task", names[0], *names[1:]]]
    count = RECORDS[setting.quick]
    notes = [
        f"{count} records of each kind, generated (fewer where they are large); CPU time, best of "
        f"{setting.rounds}",
    ]
    everything, missed = {}, []
    for kind in kinds.KINDS:
        run.say(f"kinds: {kind.label}")
        material = data.kind_data(kind.name, count)
        _, left_out = run.check(wanted, setting.columns, material)
        found = run.measure(wanted, setting.columns, material, setting.rounds, left_out)
        everything[kind.name] = {
            name: {column: each._asdict() for column, each in seen.items()}
            for name, seen in found.items()
        }
        for task in wanted:
            seen = found[task.name]
            reference = seen[names[0]].cpu
            cells = [f"{kind.label}: {task.label}", report.seconds(reference)]
            for column in setting.columns[1:]:
                reason = left_out.get(column.name, {}).get(task.name)
                if reason is not None:
                    cells.append(report.short(reason))
                    continue
                ratio = reference / seen[column.name].cpu
                below = ratio < NEVER_BELOW and not column.peer.foreign
                cells.append(report.times(ratio) + (report.MARK if below else ""))
                if below:
                    missed.append(f"{column.name}: {kind.name}, {task.name} is {ratio:.2f}x pymarc")
            table.append(cells)
    return Section("kinds", "Records of one kind", notes, table, everything, missed)
