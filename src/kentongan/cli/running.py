"""What the entry point `kentongan` leads to: settings first, then the commands, then faults in one clear line."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Sequence

import django
from django.db.utils import DatabaseError
from rich.console import Console

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

HELP = {"-h", "--help"}


def command() -> None:
    """Runs the command of `sys.argv`. A refusal is one line and exit code 1; a wrong setting exits with 2."""
    without_settings(sys.argv[1:])
    config()
    if sys.argv[1:2] == ["serve"]:
        _count_together()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kentongan.settings")
    try:
        django.setup()
    except OSError as fault:  # the data folder cannot be made, or what the settings name cannot be read
        _refuse(f"KENTONGAN_DATA: {fault.filename or config().data}: {fault.strerror}", 2)
    from kentongan.cli.commands import app_for  # the rooms' tables can be imported only now

    try:
        app_for(*sys.argv[1:2])()
    except Problem as problem:
        _refuse(f"{problem.field}: {problem.detail}" if problem.field else str(problem.detail))
    except (OSError, sqlite3.Error) as fault:  # a full or failing disk
        _refuse(str(fault))
    except DatabaseError as fault:
        line = (str(fault).splitlines() or [type(fault).__name__])[0]
        lacking = " (has `kentongan migrate` run?)" if _lacks_a_table(line) else ""
        _refuse(f"the database: {line}{lacking}")


def without_settings(words: Sequence[str]) -> None:
    """Stands in for settings where these words are run before an installation has any.

    Nothing is opened or written for help, and `init` writes them.
    """
    if not words or HELP & set(words) or words[0] == "init":
        os.environ |= {"KENTONGAN_SECRET_KEY": "help", "KENTONGAN_DATABASE": "sqlite:///:memory:"}


def _count_together() -> None:
    """Lets the server's processes count into one folder, so that any of them answers `/metrics` for all.

    Before anything is imported that counts: prometheus_client looks once.
    """
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        folder = tempfile.mkdtemp(prefix="kentongan-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a child that was forked has our list of what to do at the end
        shutil.rmtree(folder, ignore_errors=True)


def _lacks_a_table(line: str) -> bool:
    return "no such " in line or ("does not exist" in line and not line.startswith("connection"))


def _refuse(line: str, code: int = 1) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"kentongan: {line}", style="red", markup=False)
    raise SystemExit(code)
