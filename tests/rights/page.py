"""Writes docs/reference/rights.md from the table that the tests walk: what is promised there is what was tried."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.rights import table
from tests.rights.scene import IN_WORDS, ROLES

PAGE = Path(__file__).parents[2] / "docs/reference/rights.md"
HEAD = """# Who may what

Made by `script/draw-rights` from the table that a test walks on both databases (`tests/rights`).
Every address is called by every one of these roles, and what each is answered, told and writes is compared.
Rows that no role may call by that method are left out.
All reports were made by the *reporter*, were passed on by the *giver* and are now with the body of the *officer* and
the *admin*.

| column | who |
| --- | --- |
{roles}

| letter | the answer |
| --- | --- |
| `+` | the door is open: done, or shown |
| `i` | the door is open, and what was sent is refused, with the reason |
| `s` | sign in, or sign |
| `-` | forbidden |
| `0` | there is nothing, as far as this role is told |
| `x` | not by this method |
| `m` | it lives elsewhere now: led to the other instance |
"""

KINDS = """*hidden*: the reporter's name is not for the public; *secret*: the report is not; *never*: of a category that
never is; *merged* with another; *original*: a public one that goes on with a secret one; *moved* to another instance;
*handed* to a peer; *nameless*: without an account.
"""


def written() -> str:
    """The whole page."""
    roles = "\n".join(f"| `{role}` | {IN_WORDS[role]} |" for role in ROLES)
    parts = [HEAD.format(roles=roles)]
    doors = {name: cells for name, cells in table.DOORS.items() if "{rest}" not in name}
    open_rows = {name: cells for name, cells in doors.items() if set(cells.split()) != {"x"}}
    for title, begins in PARTS.items():
        mine = [(name, cells) for name, cells in open_rows.items() if _part(name) == begins]
        parts.append(f"## {title}\n{_rows(mine)}\n")
    kinds = [(name, cells) for name, cells in table.KINDS_OF_REPORTS.items()]
    parts.append(f"## What leads to one report, for each kind of report\n{KINDS}\n{_rows(kinds)}\n")
    return "\n".join(parts)


PARTS = {"Pages for everybody": "", "REST API": "api", "Open311": "open311", "Console of officers": "console"}


def _part(name: str) -> str:
    first = name.split(" ", 1)[1].strip("/").split("/", 1)[0]
    return first if first in PARTS.values() else ""


def _rows(rows: Iterable[tuple[str, str]]) -> str:
    head = f"| call | {' | '.join(ROLES)} |\n|{' --- |' * (len(ROLES) + 1)}\n"
    return head + "\n".join(f"| `{name}` | {' | '.join(cells.split())} |" for name, cells in rows)
