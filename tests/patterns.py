"""Databases that one process of a run makes and the others begin with a copy of; their tables are made at once.

The process that deals out the tests makes a folder for the run and names it to the others; whoever is the first to
need a pattern makes it there while the rest waits. Without such a folder (one process) everybody makes its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from django.core import management
from django.db import connection

from kentongan.foundation import migrating
from tests.depth import is_second

_call = management.call_command
_FOLDER = "TESTS_OF_ONE_RUN"
_mine: Path | None = None  # set in a process that shares a folder with others
_made: Path | None = None  # set in the one that made it: a run that a test begins is no end of ours


def begin(config: Any) -> None:
    """Makes the folder where tests will be dealt out, and takes it where this is one of those who run them."""
    global _made, _mine
    management.call_command = _made_at_once  # type: ignore[assignment]
    if hasattr(config, "workerinput"):
        _mine = Path(os.environ[_FOLDER])
        _copy_tables()
    elif getattr(config.option, "numprocesses", None):
        _made = Path(mkdtemp(prefix="kentongan-run-"))
        os.environ[_FOLDER] = str(_made)


def end() -> None:
    """Removes the folder and the databases that are named in it, when all who used them have ended."""
    if _made is not None:
        for one in _made.glob("*.postgresql"):
            with psycopg.connect(os.environ["KENTONGAN_DATABASE"], autocommit=True) as server:
                server.execute(f'DROP DATABASE IF EXISTS "{one.read_text()}" WITH (FORCE)')
        shutil.rmtree(_made, ignore_errors=True)


def _made_at_once(name: Any, *arguments: Any, **options: Any) -> Any:
    """Django makes a test's tables by the command `migrate`, change by change: ours is asked in its place."""
    if name != "migrate":
        return _call(name, *arguments, **options)
    if connection.vendor == "sqlite" and connection.connection is None:
        for beside in ("-wal", "-shm"):  # of a run that was ended: they would be read as part of the new file
            Path(f"{connection.settings_dict['NAME']}{beside}").unlink(missing_ok=True)
    return migrating.bring_up_to_date()


@contextmanager
def first(name: str) -> Iterator[Path | None]:
    """Where the file of a pattern (on PostgreSQL: of its name) lies or has to be put; nobody makes it meanwhile."""
    if _mine is None:
        yield None
        return
    kind = "postgresql" if is_second() else "sqlite3"
    with (_mine / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _mine / f"{name}.{kind}"


def _copy_tables() -> None:
    creation = connection.creation
    create_all, create_empty = creation.create_test_db, creation._create_test_db  # type: ignore[attr-defined]

    def create_test_db(**options: Any) -> str:
        with first("tables") as pattern:
            assert pattern
            if not pattern.exists():
                name = create_all(**options)
                _keep(name, pattern)
                return str(name)
            if connection.vendor == "postgresql":
                connection.settings_dict["TEST"]["TEMPLATE"] = pattern.read_text()
            else:
                creation._create_test_db = lambda *given, **named: shutil.copyfile(
                    pattern, create_empty(*given, **named)
                )  # type: ignore[attr-defined]
        return str(create_all(**options))  # all migrations have run

    creation.create_test_db = create_test_db  # type: ignore[method-assign]


def _keep(name: str, pattern: Path) -> None:
    connection.close()  # SQLite writes all to the one file, and PostgreSQL copies only what nobody uses
    if connection.vendor == "postgresql":
        kept = f"{pattern.parent.name}_{pattern.stem}".replace("-", "_")
        with psycopg.connect(os.environ["KENTONGAN_DATABASE"], autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{kept}" TEMPLATE "{name}"')
        pattern.write_text(kept)
    else:
        shutil.copyfile(name, pattern)
