"""Makes the pictures of docs/cli.md from real runs: `python docs/make_screenshots.py`.

Needs rich (`pip install mrrc[cli]`). Every picture is a command run on small files, what it wrote,
and what rich makes of that as SVG.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WIDTH = 100
LARGEST = 60_000

PICTURES = {
    "view": ["mrrc view books.mrc -r 3"],
    "convert": [
        "mrrc convert vendor.mrc vendor.xml --rejects unread.bin",
        "mrrc count vendor.xml",
    ],
    "grep": ["mrrc grep -i sad --in '245$a,880$a' books.mrc"],
    "info": ["mrrc info books.mrc"],
    "check": ["mrrc check vendor.mrc"],
    "fix": ["mrrc fix --dry-run vendor.mrc"],
    "help": ["mrrc"],
}


def make_files(directory: Path) -> None:
    """Write the files that the commands read: a sound one, and one that is damaged."""
    sample = (ROOT / "examples" / "sample.mrc").read_bytes()
    (directory / "books.mrc").write_bytes(sample)
    records = [part + b"\x1d" for part in sample.split(b"\x1d")[:-1]]
    records[1] = b"99999" + records[1][5:]
    records.insert(4, b"connection reset by peer\n")
    (directory / "vendor.mrc").write_bytes(b"".join(records)[:-90])


def output_of(line: str, directory: Path) -> str:
    """Run a command on a pseudo-terminal, and return what it wrote, with the codes of colours."""
    import pty

    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mrrc", *shlex.split(line)[1:]],
        cwd=directory,
        stdin=side,
        stdout=side,
        stderr=side,
        env={
            **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
            "COLUMNS": str(WIDTH),
            "TERM": "xterm-256color",
        },
    )
    os.close(side)
    blocks = []
    while True:
        try:
            block = os.read(main, 65536)
        except OSError:
            break
        if not block:
            break
        blocks.append(block)
    os.close(main)
    written = b"".join(blocks).decode("utf-8").replace("\r\n", "\n")
    if process.wait(60) > 2 or "Traceback" in written:
        raise RuntimeError(f"{line}: {written}")
    return written


def picture(name: str, lines: list[str], directory: Path) -> str:
    """Return the picture of some commands as SVG, which fetches nothing."""
    from rich.console import Console
    from rich.text import Text

    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in lines:
        console.print(Text.assemble(("$ ", "bold green"), (line, "bold")), soft_wrap=True)
        console.print(Text.from_ansi(output_of(line, directory)))
    made = console.export_svg(title=lines[0], unique_id=f"mrrc-{name}")
    made = re.sub(r"@font-face \{.*?\}\s*", "", made, flags=re.DOTALL)
    return LEADING_BLANKS.sub(_moved, made).replace("Fira Code", "monospace")


# Some programs that show SVG leave out blanks at the beginning of a text.
BLANK = "&#160;"
LEADING_BLANKS = re.compile(
    r'<text (?P<before>[^>]*?)x="(?P<x>[\d.]+)"(?P<between>[^>]*?)textLength="(?P<length>[\d.]+)"'
    rf"(?P<behind>[^>]*)>(?P<blanks>(?:{BLANK})+)(?P<text>[^<]*)</text>"
)
COLUMN = 12.2


def _moved(match: re.Match[str]) -> str:
    """Return a text that begins where its blanks end."""
    if not match["text"]:
        return ""
    width = COLUMN * (len(match["blanks"]) // len(BLANK))
    return (
        f'<text {match["before"]}x="{float(match["x"]) + width:.1f}"{match["between"]}'
        f'textLength="{float(match["length"]) - width:.1f}"{match["behind"]}>{match["text"]}</text>'
    )


def main() -> int:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as named:
        directory = Path(named)
        make_files(directory)
        for name, lines in PICTURES.items():
            made = picture(name, lines, directory)
            if len(made.encode()) > LARGEST:
                sys.stderr.write(f"{name}: {len(made.encode()):,} bytes are too many\n")
                return 1
            (HERE / "images").mkdir(exist_ok=True)
            (HERE / "images" / f"cli-{name}.svg").write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
