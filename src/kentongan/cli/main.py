"""The entry point `kentongan`: settings first, then the commands, then faults in one clear line."""

from __future__ import annotations

import os
import sqlite3
import sys

import django
from django.db.utils import DatabaseError
from rich.console import Console

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

HELP = {"-h", "--help"}


def run() -> None:
    """Runs the command of `sys.argv`. A refusal is one line and exit code 1; a wrong setting exits with 2."""
    if len(sys.argv) == 1 or HELP & set(sys.argv[1:]):
        # Help is read before an installation has settings: nothing is opened or written for it.
        os.environ |= {"KENTONGAN_SECRET_KEY": "help", "KENTONGAN_DATABASE": "sqlite:///:memory:"}
    config()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kentongan.settings")
    django.setup()
    from kentongan.cli.commands import app  # the rooms' tables can be imported only now

    try:
        app()
    except Problem as problem:
        _refuse(f"{problem.field}: {problem.detail}" if problem.field else str(problem.detail))
    except (OSError, sqlite3.Error) as fault:  # a full or failing disk
        _refuse(str(fault))
    except DatabaseError as fault:
        _refuse(f"the database: {str(fault).splitlines()[0]} (has `kentongan migrate` run?)")


def _refuse(line: str) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"kentongan: {line}", style="red", markup=False)
    raise SystemExit(1)


if __name__ == "__main__":
    run()
