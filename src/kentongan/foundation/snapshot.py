"""Reading everything as it was at one moment, while others write; and whether the store itself is sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

MOST = 20  # lines that are told of a damaged file


@contextmanager
def one_moment() -> Iterator[None]:
    """What is read inside is of one moment, and no writer waits for it. Nothing may be written inside.

    Inside a transaction of the caller's it is as that one is.
    """
    if connection.in_atomic_block or _reads_already():
        yield
    elif connection.vendor == "sqlite":
        yield from _deferred()
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def _deferred() -> Iterator[None]:
    # Django's own transactions take the lock of writers at once (`databases`).
    connection.ensure_connection()
    connection.connection.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        connection.connection.execute("ROLLBACK")


def _reads_already() -> bool:
    """Whether we are inside another `one_moment`, which Django does not know of on SQLite."""
    connection.ensure_connection()
    return bool(connection.vendor == "sqlite" and connection.connection.in_transaction)


def damage() -> list[str]:
    """What the database says of its own files, in its words; empty: sound. It reads all."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA integrity_check({MOST})")
                return [line for (line,) in cursor.fetchall() if line != "ok"]
            cursor.execute("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
            failures = cursor.fetchone()[0] or 0
            return [f"{failures} pages failed their checksum"] if failures else []
    except DatabaseError as fault:
        return [str(fault).splitlines()[0]]
