"""The only door to mrrc's checks: `nox --list` names them, `nox -s ci` runs what has to pass.

The full compatibility matrix is `nox -s tests suite`: every interpreter found times both engines.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nox

nox.needs_version = ">=2025.11.12"
nox.options.sessions = ["ci"]
nox.options.reuse_existing_virtualenvs = True
# A missing interpreter is skipped by name, also where CI=1 is set.
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).resolve().parent
GROUPS = nox.project.load_toml(ROOT / "pyproject.toml")
WHEELS = ROOT / ".nox" / "wheels"
BUILT: set[Path] = set()

ENGINES = ["rust", "python"]
BUILDS = {"rust": "rust", "python": "pure"}

# Tests run side by side where they are many; what they measure they measure in relation. More
# processes than these wait for each other.
WORKERS = ("-n", str(min(4, os.cpu_count() or 1)))

# The interpreter that runs nox; `ci` is content with this one.
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    HERE += "t"
if sys.implementation.name != "cpython":
    HERE = f"{sys.implementation.name}{HERE}"

EXPECTED = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.13t", "3.14t", "pypy3.11"]
NEWER = ["3.15", "3.15t", "3.16", "3.16t", "pypy3.12"]


def program(python: str) -> str:
    """Name the program of an interpreter, as nox looks for it."""
    return python if python[0].isalpha() else f"python{python}"


def works(*command: str) -> bool:
    """Tell whether a command runs: a proxy of pyenv or rustup may be there and fail."""
    if shutil.which(command[0]) is None:
        return False
    try:
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def find(python: str) -> bool:
    """Let nox find an interpreter that only pyenv knows, or that runs nox; tell whether it is."""
    name = program(python)
    if works(name, "-c", ""):
        return True
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(pyenv.glob(f"versions/*/bin/{name}"), key=lambda path: path.stat().st_mtime)
    if python == HERE:
        found.append(Path(sys.executable).with_name(name))
    if not found or not works(str(found[-1]), "-c", ""):
        return False
    os.environ["PATH"] = os.pathsep.join([str(found[-1].parent), os.environ["PATH"]])
    return True


# An expected interpreter that is missing is skipped by name; one that is not expected is no news.
PYTHONS = list(dict.fromkeys([*EXPECTED, HERE, *NEWER]))
PYTHONS = [python for python in PYTHONS if find(python) or python in EXPECTED]

FREE_THREADED = [python for python in PYTHONS if python.endswith("t")]


def dependencies(group: str) -> list[str]:
    """Return the requirements of a dependency group of pyproject.toml."""
    return list(nox.project.dependency_groups(GROUPS, group))


def test_dependencies(session: nox.Session) -> list[str]:
    """Return what the tests need here: lxml is for 3.14t, and not for the 3.13t before it."""
    needed = dependencies("test")
    if str(session.python) == "3.13t":
        return [requirement for requirement in needed if not requirement.startswith("lxml")]
    return needed


def ask(session: nox.Session, code: str, path: str) -> str:
    """Run a line of Python in the session's interpreter and return what it prints."""
    answer = session.run("python", "-c", code, env={"PYTHONPATH": path}, silent=True, log=False)
    return str(answer).strip()


def missing_for_rust(session: nox.Session) -> str:
    """Say why the build backend would not build the extension here; empty when it would."""
    code = "import mrrc_build; print(mrrc_build.missing_for_rust() or '')"
    return ask(session, code, path="build_backend")


def skip_without_rust(session: nox.Session) -> None:
    """Skip a session where the extension cannot be built (nox names it, and the reason)."""
    missing = missing_for_rust(session)
    if missing:
        session.skip(missing)


def cargo_environment(session: nox.Session) -> dict[str, str]:
    """Return the environment of cargo: one target directory for all sessions of an interpreter.

    A directory per interpreter, because pyo3 is compiled again whenever the interpreter changes.
    """
    tag, executable = ask(
        session,
        "import os, sys; print(sys.implementation.cache_tag + getattr(sys, 'abiflags', ''));"
        "print(os.path.realpath(sys._base_executable))",
        path="",
    ).splitlines()
    base = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    return {"CARGO_TARGET_DIR": str(base / tag), "PYO3_PYTHON": executable}


def built_wheel(session: nox.Session, engine: str) -> Path:
    """Build the wheel of one engine, once per run of nox and interpreter."""
    environment = cargo_environment(session)
    directory = WHEELS / f"{engine}-{Path(environment['CARGO_TARGET_DIR']).name}"
    if directory not in BUILT:
        shutil.rmtree(directory, ignore_errors=True)
        environment["MRRC_BUILD"] = BUILDS[engine]
        session.run(
            *("python", "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--wheel-dir", str(directory), str(ROOT)),
            env=environment,
        )
        BUILT.add(directory)
    (wheel,) = directory.glob("*.whl")
    return wheel


def install_mrrc(session: nox.Session, engine: str) -> None:
    """Install the wheel, not the source tree: what is tested is what users get."""
    wheel = built_wheel(session, engine)
    session.install("--quiet", "--no-deps", "--force-reinstall", str(wheel))


@nox.session(python=PYTHONS)
@nox.parametrize("engine", ENGINES)
def tests(session: nox.Session, engine: str) -> None:
    """Run pytest; arguments after `--` go to it (`--slow` adds the long comparisons)."""
    if engine == "rust":
        skip_without_rust(session)
    # Of what is compiled the newest release may have nothing for every interpreter.
    session.install("--quiet", "--prefer-binary", *test_dependencies(session))
    install_mrrc(session, engine)
    session.run("pytest", *session.posargs, env={"MRRC_ENGINE": engine})


@nox.session(python=FREE_THREADED)
@nox.parametrize("engine", ENGINES)
def free_threaded(session: nox.Session, engine: str) -> None:
    """Run the tests of threads without a GIL, and the engines side by side where there are two."""
    if engine == "rust":
        skip_without_rust(session)
    session.install("--quiet", "--prefer-binary", *test_dependencies(session))
    install_mrrc(session, engine)
    environment = {"MRRC_ENGINE": engine}
    # An extension that does not say that it needs no GIL turns it on for all, with a warning.
    code = "import sys, mrrc; sys.exit(sys._is_gil_enabled())"
    session.run("python", "-W", "error", "-c", code, env=environment)
    names = ("test_threads", "test_concurrent_*")
    found = [path for name in names for path in sorted((ROOT / "tests/unit").glob(f"{name}.py"))]
    if engine == "rust":
        found.append(ROOT / "tests/parity")
    tests = [str(path.relative_to(ROOT)) for path in found]
    session.run("pytest", *(session.posargs or tests), env={**environment, "PYTHON_GIL": "0"})


@nox.session(python=HERE)
def options(session: nox.Session) -> None:
    """Compare every combination of reader options with pymarc, on every file; minutes long."""
    engine = "python" if missing_for_rust(session) else "rust"
    session.install("--quiet", "--prefer-binary", *test_dependencies(session))
    install_mrrc(session, engine)
    selection = ("--slow", "-k", "every_combination_of_options", "tests/differential")
    session.run("pytest", *WORKERS, *selection, env={"MRRC_ENGINE": engine})


@nox.session(python=PYTHONS)
@nox.parametrize("engine", ENGINES)
def suite(session: nox.Session, engine: str) -> None:
    """Run pymarc's own test suite against mrrc (where the shared material is)."""
    if engine == "rust":
        skip_without_rust(session)
    session.install("--quiet", "pytest")
    script = ask(
        session,
        "import shared; print(shared.shared_path('checks', 'pymarc_suite.sh') or '')",
        path="tests",
    )
    if not script:
        session.skip("no shared material here")
    install_mrrc(session, engine)
    python = Path(session.bin) / "python"
    session.run("bash", script, str(python), env={"MRRC_ENGINE": engine}, external=True)


@nox.session(python=HERE)
def lint(session: nox.Session) -> None:
    """Check style and format of the Python code."""
    session.install("--quiet", *dependencies("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(python=HERE)
def typing(session: nox.Session) -> None:
    """Check the types, and the extension against its stub."""
    session.install("--quiet", *dependencies("typing"))
    session.run("mypy")
    missing = missing_for_rust(session)
    if missing:
        session.log(f"stubtest skipped: {missing}")
        return
    install_mrrc(session, "rust")
    # From elsewhere, or the source tree without the extension would be looked at.
    with session.chdir(session.create_tmp()):
        session.run("stubtest", "mrrc._mrrc")


@nox.session(python=HERE)
def rust(session: nox.Session) -> None:
    """Check format and lints of the Rust code, and run its tests."""
    skip_without_rust(session)
    environment = cargo_environment(session)
    steps = {
        "fmt": ["--all", "--check"],
        "clippy": ["--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        "test": ["--workspace", "--locked", "--quiet"],
    }
    for step, arguments in steps.items():
        if step != "test" and not works("cargo", step, "--version"):
            session.warn(f"cargo {step} skipped: it is not part of this Rust installation")
            continue
        session.run("cargo", step, *arguments, env=environment, external=True)
    if works("cargo", "clippy", "--version"):
        # A workspace by itself, which would fall behind unseen; without its tests, for which
        # criterion would be fetched.
        environment["CARGO_TARGET_DIR"] += "/benches"
        apart = ("--manifest-path", "rust/benches/Cargo.toml", "--lib", "--bins")
        command = ("cargo", "clippy", *apart, "--", "-D", "warnings")
        session.run(*command, env=environment, external=True)


@nox.session(python=HERE)
def packaging(session: nox.Session) -> None:
    """Build sdist and wheels with and without cargo, and test them outside the source tree."""
    session.install("--quiet", "--prefer-binary", *dependencies("packaging"))
    install_mrrc(session, "python")
    arguments = session.posargs or ["--slow", "tests/packaging"]
    session.run("pytest", *arguments, env=cargo_environment(session))


@nox.session(python=HERE)
def docs(session: nox.Session) -> None:
    """Run the examples, and the doctests of README, docs and docstrings."""
    engine = "python" if missing_for_rust(session) else "rust"
    session.install("--quiet", "pytest")
    install_mrrc(session, engine)
    for example in sorted((ROOT / "examples").glob("*.py")):
        session.run("python", str(example), silent=True)
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
    # Importing as_pymarc changes what `pymarc` means in the process.
    session.run(
        *("pytest", "--doctest-modules", "--doctest-glob=*.md", "--ignore-glob=*as_pymarc.py"),
        *("--pyargs", "mrrc", *map(str, pages)),
        success_codes=[0, 5],
    )


@nox.session(python=HERE)
def bench(session: nox.Session) -> None:
    """Measure mrrc beside pymarc; `-- quick` for a short run."""
    session.install("--quiet", *dependencies("bench"))
    install_mrrc(session, "python" if missing_for_rust(session) else "rust")
    session.run("python", "benchmarks/python", *session.posargs)


@nox.session(python=HERE)
def bench_core(session: nox.Session) -> None:
    """Time the parts of mrrc-core with criterion; arguments after `--` go to it."""
    skip_without_rust(session)
    environment = cargo_environment(session)
    environment["CARGO_TARGET_DIR"] += "/benches"
    apart = ("--manifest-path", "rust/benches/Cargo.toml")
    session.run("cargo", "test", "--quiet", *apart, "--lib", env=environment, external=True)
    session.run(
        *("cargo", "bench", *apart, "--bench", "core", "--", *session.posargs),
        env=environment,
        external=True,
    )


@nox.session(python=HERE)
def instructions(session: nox.Session) -> None:
    """Count instructions with valgrind, beside a baseline; immune to what else the machine does."""
    skip_without_rust(session)
    if not works("valgrind", "--version"):
        session.skip("no valgrind on PATH")
    session.install("--quiet", *dependencies("bench"))
    install_mrrc(session, "rust")
    environment = cargo_environment(session)
    session.run("python", "benchmarks/instructions", *session.posargs, env=environment)


@nox.session(python=HERE)
def damage(session: nox.Session) -> None:
    """Damage files, read them with mrrc and its peers, and score them; `-- quick` is shorter."""
    session.install("--quiet", *dependencies("bench"))
    install_mrrc(session, "python" if missing_for_rust(session) else "rust")
    session.run("python", "benchmarks/damage", *session.posargs)


@nox.session(python=HERE)
def encodings(session: nox.Session) -> None:
    """Say how often an encoding is told right: the confusion table, and the labelled files."""
    session.install("--quiet", *dependencies("bench"))
    install_mrrc(session, "python" if missing_for_rust(session) else "rust")
    session.run("python", "benchmarks/encodings", *session.posargs)


@nox.session(python=HERE)
def fuzz(session: nox.Session) -> None:
    """Fuzz mrrc-core, a minute for each target; `-- --seconds 1200 TARGET` for longer."""
    missing = ask(session, "import run; print(run.missing())", path="rust/fuzz")
    if missing:
        session.skip(missing)
    session.run("python", "rust/fuzz/run.py", *session.posargs)


@nox.session(python=HERE)
def sanitize(session: nox.Session) -> None:
    """Run the core's tests, and both engines side by side, under the address sanitizer."""
    skip_without_rust(session)
    missing = ask(session, "import run; print(run.missing())", path="rust/fuzz")
    # The extension is loaded by a program that has no sanitizer, so its runtime has to be a
    # library of its own, which the Rust compiler does not have and gcc has.
    runtime = subprocess.run(
        ["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if missing or not Path(runtime).is_absolute():
        session.skip(missing or "cc has no library of the address sanitizer")
    environment = cargo_environment(session)
    target = Path(environment["CARGO_TARGET_DIR"]) / "sanitize"
    environment["CARGO_TARGET_DIR"] = str(target)
    environment["RUSTC_BOOTSTRAP"] = "1"
    environment["RUSTFLAGS"] = "-Zsanitizer=address"
    host = ask(session, "import run; print(run.host())", path="rust/fuzz")
    # Doctests are linked without the flags.
    for step in (
        ("test", "--quiet", "--package", "mrrc-core", "--lib"),
        ("build", "--quiet", "--package", "mrrc-python", "--release"),
    ):
        command = ("cargo", *step, "--locked", "--target", host)
        session.run(*command, env=environment, external=True)

    session.install("--quiet", "--prefer-binary", *test_dependencies(session))
    install_mrrc(session, "python")
    package, suffix = ask(
        session,
        "import sysconfig; print(sysconfig.get_path('purelib'));"
        "print(sysconfig.get_config_var('EXT_SUFFIX'))",
        path="",
    ).splitlines()
    extension = target / host / "release" / "lib_mrrc.so"
    shutil.copyfile(extension, Path(package) / "mrrc" / f"_mrrc{suffix}")
    names = ("contract_field", "contract_record", "strange_programs", "threads")
    tests = ["tests/parity", *(f"tests/unit/test_{name}.py" for name in names)]
    session.run(
        *("pytest", *(session.posargs or tests)),
        env={
            "MRRC_ENGINE": "rust",
            "LD_PRELOAD": runtime,
            # The interpreter itself frees little at its end.
            "ASAN_OPTIONS": "detect_leaks=0",
            # Python's own allocator would hide from the sanitizer where objects end.
            "PYTHONMALLOC": "malloc",
        },
    )


def rust_is_missing_here() -> bool:
    """Tell whether the interpreter that runs nox gets no extension."""
    code = "import mrrc_build, sys; sys.exit(bool(mrrc_build.missing_for_rust()))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "build_backend")}
    return subprocess.run([sys.executable, "-c", code], env=environment).returncode != 0


@nox.session(python=False)
def ci(session: nox.Session) -> None:
    """Run what has to pass, on the interpreter that runs nox."""
    for name in ("lint", "typing", "rust", "docs", "packaging"):
        session.notify(name)
    for engine in ENGINES:
        session.notify(f"suite-{HERE}(engine='{engine}')")
    for engine in ENGINES:
        selection = "not fuzz"
        if engine == "python" and not rust_is_missing_here():
            selection += " and not once"
        session.notify(
            f"tests-{HERE}(engine='{engine}')",
            posargs=[*WORKERS, "--dist", "loadfile", "-m", selection, "--ignore=tests/packaging"],
        )
    session.notify("options")
