"""`mrrc.as_pymarc`: the name pymarc stands for mrrc, in this process or for a program it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mrrc

PACKAGE = Path(mrrc.__file__).parent
MODULES = [
    "constants", "exceptions", "field", "leader", "marc8", "marc8_mapping", "marcjson", "marcxml",
    "problems", "reader", "record", "writer",
]  # fmt: skip

REPORT = """
import sys, pymarc
print(pymarc.__name__, __name__, sys.argv, sys.path[0])
"""


def run(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run Python in `home`, where the program's own modules are."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with a program, a package that imports pymarc, and a pymarc of its own."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "report.py").write_text(REPORT)
    (tmp_path / "tools" / "beside.py").write_text("name = 'beside'")
    package = tmp_path / "library"
    package.mkdir()
    (package / "__init__.py").write_text("import pymarc\nfrom pymarc.record import Record\n")
    (package / "__main__.py").write_text(REPORT)
    (package / "titles.py").write_text(
        "from pymarc import MARCReader\nfrom pymarc.field import Field\nimport pymarc.writer\n"
    )
    return tmp_path


def pretend_pymarc(home: Path) -> None:
    (home / "pymarc").mkdir()
    (home / "pymarc" / "__init__.py").write_text("name = 'another'\n")


def test_importing_it_is_enough(home: Path) -> None:
    program = (
        "import mrrc.as_pymarc, pymarc, mrrc; print(pymarc is mrrc, pymarc.Record is mrrc.Record)"
    )
    assert run(home, "-c", program).stdout == "True True\n"


@pytest.mark.parametrize("installed", [False, True])
def test_the_modules_are_there_under_both_names(home: Path, installed: bool) -> None:
    if installed:
        pretend_pymarc(home)
    lines = ["import mrrc.as_pymarc, pymarc, mrrc", "import sys"]
    for module in MODULES:
        lines += [
            f"import pymarc.{module}, mrrc.{module}",
            f"from pymarc import {module}",
            f"assert pymarc.{module} is mrrc.{module} is {module}",
            f"assert sys.modules['pymarc.{module}'] is mrrc.{module}",
        ]
    lines += ["from pymarc.record import Record", "assert Record is mrrc.Record", "print('done')"]
    assert run(home, "-c", "\n".join(lines)).stdout == "done\n"


def test_every_public_module_has_its_pymarc_name() -> None:
    """Or a second copy would be loaded under pymarc's name, with classes of its own."""
    public = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")}
    assert public - {"as_pymarc"} == set(MODULES)


def test_a_package_that_is_loaded_late_has_one_set_of_classes(home: Path) -> None:
    program = (
        "import mrrc.as_pymarc, pymarc.encoding, mrrc.encoding\n"
        "print(pymarc.encoding.Finding is mrrc.encoding.Finding)"
    )
    assert run(home, "-c", program).stdout == "True\n"


def test_a_module_that_pymarc_has_not_is_not_there(home: Path) -> None:
    done = run(home, "-c", "import mrrc.as_pymarc, pymarc.nothing", code=1)
    assert "ModuleNotFoundError" in done.stderr


def test_a_package_that_imports_pymarc_gets_mrrc(home: Path) -> None:
    pretend_pymarc(home)
    program = (
        "import mrrc.as_pymarc, mrrc, library.titles as titles\n"
        "print(library_record is mrrc.Record, titles.MARCReader is mrrc.MARCReader)"
    ).replace("library_record", "__import__('library').Record")
    assert run(home, "-c", program).stdout == "True True\n"


def test_without_it_pymarc_is_what_it_was(home: Path) -> None:
    pretend_pymarc(home)
    assert run(home, "-c", "import mrrc, pymarc; print(pymarc.name)").stdout == "another\n"


def test_too_late_is_a_warning_about_the_line_that_imports_it(home: Path) -> None:
    pretend_pymarc(home)
    (home / "late.py").write_text(
        "import pymarc\n\nimport mrrc.as_pymarc\nimport pymarc\nprint(pymarc)"
    )
    done = run(home, "-W", "always", "late.py")
    assert "RuntimeWarning" in done.stderr
    assert "mrrc.as_pymarc first" in done.stderr
    assert "mrrc" in done.stdout, "from here on it is mrrc all the same"


def test_twice_is_no_matter(home: Path) -> None:
    program = (
        "import mrrc.as_pymarc as a; a.install(); a.install(); import pymarc; print(pymarc.engine)"
    )
    done = run(home, "-W", "error", "-c", program)
    assert done.stdout.strip() == mrrc.engine


def said(name: str, argv: list[str], path: Path) -> str:
    return f"mrrc {name} {argv} {path}\n"


def test_a_script(home: Path) -> None:
    pretend_pymarc(home)
    done = run(home, "-m", "mrrc.as_pymarc", "tools/report.py", "-m", "--help", "b c")
    argv = ["tools/report.py", "-m", "--help", "b c"]
    assert done.stdout == said("__main__", argv, home / "tools")
    assert done.stderr == ""


def test_a_script_finds_the_modules_beside_it(home: Path) -> None:
    (home / "tools" / "uses.py").write_text(
        "import beside, pymarc; print(beside.name, pymarc.__name__)"
    )
    assert run(home, "-m", "mrrc.as_pymarc", "tools/uses.py").stdout == "beside mrrc\n"


def test_a_module(home: Path) -> None:
    pretend_pymarc(home)
    done = run(home, "-m", "mrrc.as_pymarc", "-m", "tools.report", "x", "-y")
    argv = [str(home / "tools" / "report.py"), "x", "-y"]
    assert done.stdout == said("__main__", argv, home)


def test_a_package_with_a_main(home: Path) -> None:
    done = run(home, "-m", "mrrc.as_pymarc", "-m", "library")
    argv = [str(home / "library" / "__main__.py")]
    assert done.stdout == said("__main__", argv, home)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(home: Path, option: str) -> None:
    done = run(home, "-m", "mrrc.as_pymarc", option)
    assert done.stdout.startswith("usage: python -m mrrc.as_pymarc SCRIPT")
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [[], ["-m"], ["-x"], ["--version", "x.py"]])
def test_wrong_usage(home: Path, arguments: list[str]) -> None:
    done = run(home, "-m", "mrrc.as_pymarc", *arguments, code=2)
    assert done.stderr.startswith("usage: ")
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("program", "code", "stderr"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit('no such record')", 1, "no such record\n"),
        ("pass", 0, ""),
    ],
)
def test_exit_codes_are_the_program_s(home: Path, program: str, code: int, stderr: str) -> None:
    (home / "leave.py").write_text(program)
    assert run(home, "-m", "mrrc.as_pymarc", "leave.py", code=code).stderr == stderr
    assert run(home, "-m", "mrrc.as_pymarc", "-m", "leave", code=code).stderr == stderr


def test_an_exception_of_the_program_is_shown_with_its_place(home: Path) -> None:
    (home / "fail.py").write_text("import pymarc\n\ndef f():\n    pymarc.Leader('short')\n\nf()\n")
    done = run(home, "-m", "mrrc.as_pymarc", "fail.py", code=1)
    assert 'fail.py", line 6' in done.stderr
    assert 'fail.py", line 4, in f' in done.stderr
    assert "RecordLeaderInvalid" in done.stderr.splitlines()[-1]
    assert done.stdout == ""


def test_programs_that_are_not_there(home: Path) -> None:
    done = run(home, "-m", "mrrc.as_pymarc", "gone.py", code=2)
    assert "'gone.py'" in done.stderr
    assert "Traceback" not in done.stderr
    done = run(home, "-m", "mrrc.as_pymarc", "-m", "gone_module", code=1)
    assert "gone_module" in done.stderr.splitlines()[-1]


def test_the_program_s_own_classes_can_be_pickled(home: Path) -> None:
    (home / "keep.py").write_text(
        "import pickle, pymarc\n\n"
        "class Own(pymarc.Record):\n    pass\n\n"
        "if __name__ == '__main__':\n"
        "    print(type(pickle.loads(pickle.dumps(Own()))) is Own)\n"
    )
    done = run(home, "-m", "mrrc.as_pymarc", "-m", "keep")
    assert done.stdout == "True\n"


def test_a_script_s_own_classes_can_be_pickled(home: Path) -> None:
    (home / "keep.py").write_text(
        "import pickle, pymarc\n\n"
        "class Own(pymarc.Record):\n    pass\n\n"
        "print(type(pickle.loads(pickle.dumps(Own()))) is Own)\n"
    )
    done = run(home, "-m", "mrrc.as_pymarc", "keep.py")
    assert done.stdout == "True\n"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="-P came with Python 3.11")
def test_safe_path_leaves_the_modules_beside_a_script_alone(home: Path) -> None:
    (home / "tools" / "uses.py").write_text("import beside")
    done = run(home, "-P", "-m", "mrrc.as_pymarc", "tools/uses.py", code=1)
    assert "ModuleNotFoundError" in done.stderr
