"""Fuzz mrrc-core: build the targets, run one after the other, say what came of it.

    python rust/fuzz/run.py [--seconds 60] [--keep] [--without-sanitizer] [TARGET ...]

libFuzzer comes with the crate libfuzzer-sys, its coverage counters and the address sanitizer with
the stable compiler, which RUSTC_BOOTSTRAP lets use them; nothing else needs to be installed. What
a run finds stays below cargo's target directory: `fuzz/findings`, and `fuzz/corpus`, from which
the next run goes on. `--keep` minimises that into the repository's corpus.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import make_seeds

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BASE = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target").resolve() / "fuzz"

TARGETS = sorted(path.stem for path in (HERE / "fuzz_targets").glob("*.rs"))

# What cargo-fuzz would pass on: the counters that libFuzzer reads, and the operands of comparisons.
COVERAGE = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
]
SANITIZER = ["-Zsanitizer=address"]

# A few kilobytes take well under a millisecond, and a small multiple of their size.
LIMITS = ["-timeout=5", "-rss_limit_mb=1024", "-malloc_limit_mb=32"]
TEXT_LENGTH = 512
RECORD_LENGTH = 4096
# What the repository keeps for each target, before compression.
KEPT_BYTES = 60_000
# In a zip all files have to be of some time.
EPOCH = (1980, 1, 1, 0, 0, 0)


def say(line: str) -> None:
    """Write a line at once, also where the output goes to a file."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def output(*command: str) -> str | None:
    """What a command prints; None when there is no such command, or it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def host() -> str:
    """The platform that rustc compiles for; empty when there is no rustc."""
    found = re.search(r"^host: (\S+)$", output("rustc", "-vV") or "", re.MULTILINE)
    return found[1] if found else ""


def missing() -> str:
    """Why nothing can be fuzzed here; empty when it can."""
    triple = host()
    if not triple or output("cargo", "--version") is None:
        return "no cargo on PATH"
    if not re.search(r"^(x86_64|aarch64)-(unknown-linux-gnu|apple-darwin)$", triple):
        return f"libFuzzer is not set up for {triple}"
    if output(os.environ.get("CXX") or "c++", "--version") is None:
        return "no C++ compiler, which libFuzzer is built with"
    libraries = Path((output("rustc", "--print", "sysroot") or "").strip()) / "lib" / "rustlib"
    if not list((libraries / triple / "lib").glob("librustc*rt.asan*")):
        return "this Rust has no runtime of the address sanitizer"
    return ""


def build(sanitizer: bool) -> Path:
    """Build all targets; return the directory with the programs."""
    triple = host()
    kind = "address" if sanitizer else "none"
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(BASE / kind),
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": " ".join(COVERAGE + (SANITIZER if sanitizer else [])),
    }
    # With --target the flags are not for build scripts, which have no fuzzer to link to.
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--target", triple]
    subprocess.run(command, cwd=HERE, env=environment, check=True)
    return BASE / kind / triple / "release"


def options(target: str) -> list[str]:
    """The options of libFuzzer that depend on what a target reads."""
    about_text = "marc8" in target
    dictionaries = {
        "json": "json.dict",
        "marcxml": "marcxml.dict",
        "marcxml_records": "marcxml.dict",
        "mrk": "lines.dict",
    }
    dictionary = dictionaries.get(target, "marc8.dict" if about_text else "iso2709.dict")
    length = TEXT_LENGTH if about_text else RECORD_LENGTH
    return [f"-dict={HERE / dictionary}", f"-max_len={length}", *LIMITS]


def starting_points(target: str) -> list[str]:
    """The directories that a target starts from: its corpus of earlier runs first."""
    corpus, kept, seeds = (BASE / name / target for name in ("corpus", "kept", "seeds"))
    for directory in (kept, seeds):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    corpus.mkdir(parents=True, exist_ok=True)
    archive = HERE / "corpus" / f"{target}.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(kept)
    make_seeds.write(target, seeds)
    return [str(corpus), str(kept), str(seeds)]


def environment() -> dict[str, str]:
    """Leaks are looked for by nobody: libFuzzer would do it after each input, and slowly."""
    return {**os.environ, "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=16"}


def fuzz(program: Path, target: str, seconds: int) -> bool:
    """Run one target and report; tell whether nothing was found."""
    findings = BASE / "findings" / target
    findings.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(program), *starting_points(target), *options(target)),
        *(f"-max_total_time={seconds}", "-print_final_stats=1"),
        f"-artifact_prefix={findings}{os.sep}",
    ]
    log = BASE / f"{target}.log"
    say(f"{target}: {seconds} s; log {log}")
    with log.open("w") as handle:
        done = subprocess.run(
            command, env=environment(), stdout=handle, stderr=subprocess.STDOUT, check=False
        )
    text = log.read_text(errors="replace")
    report(target, text)
    if done.returncode == 0:
        return True
    place = re.search(r"Test unit written to (\S+)", text)
    reason = re.search(r"^(thread .* panicked at .*\n.*|SUMMARY: .*)$", text, re.MULTILINE)
    say(f"{target}: FOUND {reason[1] if reason else f'exit code {done.returncode}'}")
    say(f"{target}: input {place[1] if place else 'unknown'}")
    return False


def report(target: str, log: str) -> None:
    """Print executions, coverage and the size of the corpus, as libFuzzer counted them."""
    statistics = dict(re.findall(r"^stat::(\w+): +(\d+)$", log, re.MULTILINE))
    coverage = re.findall(r"cov: (\d+) ft: (\d+) corp: (\S+)", log)
    edges, features, corpus = coverage[-1] if coverage else ("?", "?", "?")
    say(
        f"{target}: {statistics.get('number_of_executed_units', '?')} executions, "
        f"{statistics.get('average_exec_per_sec', '?')} a second, {edges} edges, "
        f"{features} features, corpus {corpus}, {statistics.get('peak_rss_mb', '?')} MB at most"
    )


def keep(program: Path, target: str) -> None:
    """Minimise all that is known of a target into the repository's corpus."""
    merged = BASE / "merged" / target
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    # Edges only, not how often each was taken: a tenth of the inputs, and the whole coverage.
    command = [str(program), "-merge=1", "-use_counters=0", str(merged), *starting_points(target)]
    subprocess.run([*command, *options(target)], env=environment(), check=True, capture_output=True)
    # The smallest first: what does not fit then is some large input that adds an edge or two.
    inputs = sorted((path.read_bytes() for path in merged.iterdir()), key=lambda data: len(data))
    archive = HERE / "corpus" / f"{target}.zip"
    archive.parent.mkdir(exist_ok=True)
    size = count = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for data in inputs:
            if size + len(data) > KEPT_BYTES:
                break
            entry = zipfile.ZipInfo(f"{count:04}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(entry, data)
            size += len(data)
            count += 1
    say(
        f"{target}: {count} of {len(inputs)} inputs kept, {size} bytes, "
        f"{archive.stat().st_size} compressed"
    )


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description="Fuzz mrrc-core.")
    parser.add_argument("targets", metavar="TARGET", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--keep", action="store_true", help="minimise into the repository")
    parser.add_argument("--without-sanitizer", action="store_true", help="faster, sees less")
    parser.add_argument("--why-not", action="store_true", help="only say what is missing here")
    arguments = parser.parse_args()
    reason = missing()
    if arguments.why_not or reason:
        say(reason)
        return 0 if arguments.why_not else 2
    unknown = set(arguments.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    programs = build(not arguments.without_sanitizer)
    clean = True
    for target in arguments.targets or TARGETS:
        if arguments.seconds > 0:
            clean &= fuzz(programs / target, target, arguments.seconds)
        if arguments.keep:
            keep(programs / target, target)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
