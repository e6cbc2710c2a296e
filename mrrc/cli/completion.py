"""`mrrc completion`: scripts that let a shell complete commands, options and names of formats."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import NamedTuple

from mrrc.cli.arguments import ENCODINGS, READABLE, WRITABLE, parser_of
from mrrc.cli.commands import COMMANDS, Command, command_named

SHELLS = ("bash", "zsh", "fish")
_WORDS = {
    "--from": READABLE,
    "--to": WRITABLE,
    "--from-encoding": ENCODINGS,
    "--to-encoding": ("utf-8", "marc8"),
    "--normalize": ("nfc", "nfd"),
}


class Option(NamedTuple):
    """An option of a command.

    Attributes:
        names: such as `-o` and `--output`.
        help: what it does, in a few words.
        takes: "" for an option without a value, "file", "word" for anything else.
        words: what the value can be, if that can be listed.
    """

    names: tuple[str, ...]
    help: str
    takes: str
    words: tuple[str, ...]


def options(name: str) -> list[Option]:
    """Return the options of a command."""
    found = []
    for action in parser_of(command_named(name), name)._actions:
        if not action.option_strings:
            continue
        names = tuple(action.option_strings)
        words = _WORDS.get(names[-1], tuple(map(str, action.choices or ())))
        takes = "" if action.nargs == 0 else "word"
        if str(action.metavar or "").endswith("FILE"):
            takes = "file"
        text = (action.help or "").split(";")[0].split(":")[0]
        found.append(Option(names, text.replace("'", "").replace('"', ""), takes, words))
    return found


def bash() -> str:
    """Return the script for bash."""
    lines = [
        "# Completion of mrrc for bash. Load it in ~/.bashrc:",
        '#   eval "$(mrrc completion bash)"',
        "mrrc_completion() {",
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}",
        "    local command=${COMP_WORDS[1]} words=",
        "    COMPREPLY=()",
        '    if [ "$COMP_CWORD" -eq 1 ]; then',
        f"        words='{' '.join([*COMMANDS, '--help', '--version'])}'",
        "    else",
        '        case "$command:$before" in',
    ]
    per_command = []
    for name in COMMANDS:
        known = options(name)
        for option in known:
            labels = "|".join(f"{name}:{each}" for each in option.names)
            if option.words:
                lines.append(f"            {labels}) words='{' '.join(option.words)}' ;;")
            elif option.takes:
                lines.append(f"            {labels}) return ;;")
        listed = " ".join(each for option in known for each in option.names)
        per_command.append(f"                {name}) words='{listed}' ;;")
    lines += [
        f"            completion:completion) words='{' '.join(SHELLS)}' ;;",
        f"            help:help) words='{' '.join(COMMANDS)}' ;;",
        "            *)",
        '                case "$word" in -*) ;; *) return ;; esac',
        '                case "$command" in',
        *per_command,
        "                esac ;;",
        "        esac",
        "    fi",
        '    COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        "complete -o default -F mrrc_completion mrrc",
    ]
    return "\n".join(lines) + "\n"


def zsh() -> str:
    """Return the script for zsh."""
    lines = [
        "#compdef mrrc",
        "# Completion of mrrc for zsh. In ~/.zshrc, after compinit:",
        '#   eval "$(mrrc completion zsh)"',
        "mrrc_completion() {",
        "    local -a commands",
        "    commands=(",
        *(f"        '{name}:{_zsh(summary)}'" for name, (_, summary) in COMMANDS.items()),
        "    )",
        "    if (( CURRENT == 2 )); then",
        "        _describe command commands",
        "        return",
        "    fi",
        "    local command=${words[2]}",
        "    shift words",
        "    (( CURRENT-- ))",
        "    case $command in",
    ]
    for name in COMMANDS:
        lines.append(f"        {name}) _arguments \\")
        for option in options(name):
            action = ""
            if option.words:
                action = f":value:({' '.join(option.words)})"
            elif option.takes:
                action = ":file:_files" if option.takes == "file" else ":value: "
            for each in option.names:
                lines.append(f"            '{each}[{_zsh(option.help)}]{action}' \\")
        rest = f"(({' '.join(SHELLS)}))" if name == "completion" else "_files"
        lines.append(f"            '*:file:{rest.replace('((', '(').replace('))', ')')}' ;;")
    lines += [
        "    esac",
        "}",
        'if (( ${+compstate} )); then mrrc_completion "$@"; else compdef mrrc_completion mrrc; fi',
    ]
    return "\n".join(lines) + "\n"


def _zsh(text: str) -> str:
    for sign in "[]:":
        text = text.replace(sign, f"\\{sign}")
    return text


def fish() -> str:
    """Return the script for fish."""
    first = "not __fish_seen_subcommand_from $mrrc_commands"
    lines = [
        "# Completion of mrrc for fish. Save it as ~/.config/fish/completions/mrrc.fish",
        f"set -l mrrc_commands {' '.join(COMMANDS)}",
    ]
    for name, (_, summary) in COMMANDS.items():
        lines.append(f"complete -c mrrc -n \"{first}\" -f -a {name} -d '{summary}'")
    for name in COMMANDS:
        seen = f'-n "__fish_seen_subcommand_from {name}"'
        for option in options(name):
            names = " ".join(
                f"-l {each[2:]}" if each.startswith("--") else f"-s {each[1:]}"
                for each in option.names
            )
            value = ""
            if option.words:
                value = f" -x -a '{' '.join(option.words)}'"
            elif option.takes:
                value = " -r -F" if option.takes == "file" else " -x"
            lines.append(f"complete -c mrrc {seen} {names}{value} -d '{option.help}'")
    lines.append(
        f"complete -c mrrc -n \"__fish_seen_subcommand_from completion\" -f -a '{' '.join(SHELLS)}'"
    )
    return "\n".join(lines) + "\n"


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")


def _run(arguments: Namespace) -> int:
    made = {"bash": bash, "zsh": zsh, "fish": fish}[arguments.shell]
    sys.stdout.write(made())
    return 0


COMPLETION = Command(
    "SHELL",
    "Writes a script that lets a shell complete the commands of mrrc, their options, and the\n"
    "names of formats and files.",
    (
        ("bash, in ~/.bashrc", 'eval "$(mrrc completion bash)"'),
        ("zsh, in ~/.zshrc after compinit", 'eval "$(mrrc completion zsh)"'),
        ("fish", "mrrc completion fish > ~/.config/fish/completions/mrrc.fish"),
    ),
    _add_arguments,
    _run,
)
