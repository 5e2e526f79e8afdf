"""The reference pages say what the program does: no setting and no command is missing or made up."""

import re
from pathlib import Path

import typer
from typer.main import get_command

from kentongan.cli.commands import app
from kentongan.foundation.config import Config

DOCS = Path(__file__).parents[2] / "docs"


def commands(group: typer.main.TyperGroup, before: str) -> set[str]:
    found = set()
    for name, command in group.commands.items():
        below = getattr(command, "commands", None)
        found |= commands(command, f"{before} {name}") if below else {f"{before} {name}"}
    return found


def test_every_command_is_in_the_reference_and_no_other():
    page = (DOCS / "reference/commands.md").read_text()
    assert set(re.findall(r"^\| `(kentongan [a-z -]+)`", page, re.MULTILINE)) == commands(get_command(app), "kentongan")


def test_every_setting_is_in_the_reference_and_no_other():
    page = (DOCS / "reference/settings.md").read_text()
    named = set(re.findall(r"^\| `KENTONGAN_([A-Z0-9_]+)`", page, re.MULTILINE))
    assert named == {name.upper() for name in Config.model_fields}


def test_no_link_between_our_pages_is_broken():
    root = DOCS.parent
    for page in [*root.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(root)} links to {target}"
