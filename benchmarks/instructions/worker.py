"""The process whose instructions are counted: worker.py TASK PASSES FILE"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))

import tasks

import mrrc

if __name__ == "__main__":
    if mrrc.engine != "rust":
        sys.exit("the extension is not built here")
    task = next(each for each in tasks.TASKS if each.name == sys.argv[1])
    for _ in range(int(sys.argv[2])):
        task.run(mrrc, sys.argv[3], tasks.forget())
