"""Make `pymarc` mean mrrc in this process.

For programs that import pymarc, or that use packages which do:

    import mrrc.as_pymarc                      # before anything imports pymarc

    python -m mrrc.as_pymarc script.py ARGUMENTS
    python -m mrrc.as_pymarc -m module ARGUMENTS

Afterwards `pymarc` and its modules (`pymarc.record`, ...) are mrrc's, whether or not pymarc is
installed.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import warnings

_MODULES = (
    "constants",
    "exceptions",
    "field",
    "leader",
    "marc8",
    "marc8_mapping",
    "marcjson",
    "marcxml",
    "problems",
    "reader",
    "record",
    "writer",
)

_USAGE = """\
usage: python -m mrrc.as_pymarc SCRIPT [ARGUMENT ...]
       python -m mrrc.as_pymarc -m MODULE [ARGUMENT ...]

Runs a Python program with `import pymarc` giving mrrc.
"""


def install() -> None:
    """Let the name `pymarc`, and those of its modules, stand for mrrc's.

    A module that has imported pymarc already keeps what it has; a RuntimeWarning says so.
    """
    import mrrc

    present = sys.modules.get("pymarc")
    if present is not None and present is not mrrc:
        warnings.warn(
            "pymarc was imported before mrrc.as_pymarc: modules that did so keep pymarc's classes. "
            "Import mrrc.as_pymarc first.",
            RuntimeWarning,
            stacklevel=3,
        )
    sys.modules["pymarc"] = mrrc
    for name in _MODULES:
        sys.modules[f"pymarc.{name}"] = importlib.import_module(f"mrrc.{name}")


def _set_program_directory(directory: str) -> None:
    """Put the program's directory first on the path, unless the interpreter was told not to."""
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path[0] = directory


def main(arguments: list[str]) -> int:
    """Run the program that `arguments` name, as the interpreter would; return its exit code."""
    install()
    if arguments[:1] == ["-m"] and len(arguments) > 1:
        sys.argv = arguments[1:]
        _set_program_directory(os.getcwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments and not arguments[0].startswith("-"):
        if not os.path.exists(arguments[0]):
            sys.stderr.write(f"python -m mrrc.as_pymarc: there is no file {arguments[0]!r}\n")
            return 2
        sys.argv = arguments
        _set_program_directory(os.path.dirname(os.path.abspath(arguments[0])))
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        wanted = arguments[:1] in (["-h"], ["--help"])
        (sys.stdout if wanted else sys.stderr).write(_USAGE)
        return 0 if wanted else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
else:
    install()
