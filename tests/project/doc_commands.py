"""The commands that the pages show, as a shell would read them."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

from typer.main import get_command

from kentongan.cli.commands import app_for

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shell_lines(page: str) -> list[str]:
    """The lines of a page's code blocks, those that go on with a backslash joined, as they stand on it."""
    block = r"^ *```[^\n]*\n.*?^ *```|^    [^\n]*(?:\n    [^\n]*)*"
    found = re.findall(block, page, re.MULTILINE | re.DOTALL)
    return [
        line for one in found for line in one.replace("\\\n", " ").splitlines() if not line.strip().startswith("```")
    ]


def calls(line: str) -> list[list[str]]:
    """The words after `kentongan` where a line of a shell, of systemd or of compose calls it."""
    if listed := re.search(r'\["kentongan", (.*)\]', line):
        return [re.findall(r'"([^"]*)"', listed[1])]
    found = re.search(r"(?:^|\$ |--rm \w+ |exec \w+ |&& |=|/bin/)kentongan (?!--? )(.+)$", line.strip())
    return [shlex.split(found[1], comments=True)] if found else []


def shown(page: Path) -> list[list[str]]:
    """The words of every call of ours in the code blocks of a page, in its order."""
    return [call for line in shell_lines(page.read_text()) for call in calls(line)]


@cache
def _all() -> Any:
    return get_command(app_for())


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the others."""
    command: Any = _all()
    for number, word in enumerate(words):
        below = getattr(command, "commands", None)
        if below is None:
            return command, words[number:]
        assert word in below, f"there is no command {' '.join(words[: number + 1])}"
        command = below[word]
    return command, []


def name_of(words: list[str]) -> str:
    """`peers add` of a whole call."""
    _command, rest = leaf(words)
    return " ".join(words[: len(words) - len(rest)])
