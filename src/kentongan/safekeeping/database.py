"""The database as files of one moment, and back. No tool of the database is needed.

SQLite writes a copy of itself (`VACUUM INTO`: 0.7 s where the online backup did not end while others wrote).
PostgreSQL gives each table by `COPY` from one snapshot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from kentongan.foundation import snapshot
from kentongan.foundation.problems import Problem
from kentongan.reports import audit
from kentongan.reports.models import Photo, Report

SQLITE, TABLES = "database.sqlite3", "tables"
APPLIED = "django_migrations"


@dataclass
class Copied:
    """What a copy holds: its files, and what a restore has to know of it."""

    vendor: str
    migrations: list[tuple[str, str]] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    reports: int = 0
    photos: set[str] = field(default_factory=set)  # files that reports of this copy need
    differences: list[str] = field(default_factory=list)


def copy(folder: Path) -> Copied:
    """Writes the database into a folder, proves it, and says what it holds."""
    return _copy_sqlite(folder) if connection.vendor == "sqlite" else _copy_tables(folder)


def sqlite_path() -> Path:
    """The file of the embedded database."""
    return Path(str(settings.DATABASES["default"]["NAME"]))


def sound(path: Path) -> None:
    """Raises Problem `damaged` (500) where a SQLite file is."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as opened:
            told = [line for (line,) in opened.execute("PRAGMA integrity_check(5)")]
    except sqlite3.Error as fault:
        told = [str(fault)]
    if told != ["ok"]:
        raise Problem("damaged", 500, f"the copy of the database is damaged: {'; '.join(told)}")


def _copy_sqlite(folder: Path) -> Copied:
    path = folder / SQLITE
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    sound(path)
    with closing(sqlite3.connect(path)) as made:
        return Copied(
            "sqlite",
            migrations=[(app, name) for app, name in made.execute("SELECT app, name FROM django_migrations")],
            reports=made.execute("SELECT count(*) FROM reports_report").fetchone()[0],
            photos={name for (name,) in made.execute("SELECT original FROM reports_photo WHERE report_id IS NOT NULL")},
        )


def _copy_tables(folder: Path) -> Copied:
    (folder / TABLES).mkdir()
    with snapshot.one_moment(), connection.cursor() as cursor:
        made = Copied("postgresql", migrations=sorted(MigrationRecorder(connection).applied_migrations()))
        for table in sorted(connection.introspection.table_names(cursor)):
            if table == APPLIED:
                continue
            columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
            made.columns[table] = columns
            with (
                (folder / TABLES / table).open("wb") as out,
                cursor.copy(_copying(table, columns, "TO STDOUT")) as told,
            ):
                for block in told:
                    out.write(block)
        made.reports = Report.objects.count()
        made.photos = set(Photo.objects.exclude(report=None).values_list("original", flat=True))
        made.differences = [f"{one.code}: {one.what}" for one in audit.audit()]
    return made


def refuse_filled() -> None:
    """Raises Problem `not_empty` (409) where the database has people or reports, which would be lost."""
    tables = set(connection.introspection.table_names())
    for table in ("people_person", "reports_report"):
        if table in tables and _any(table):
            raise Problem("not_empty", 409, "the database has people or reports already: restore into an empty one")


def refuse_unknown(migrations: list[tuple[str, str]]) -> None:
    """Raises Problem `newer` (409) where a backup has changes of the tables that this program does not know."""
    known = set(MigrationExecutor(connection).loader.disk_migrations)
    if unknown := [".".join(one) for one in migrations if tuple(one) not in known]:
        raise Problem("newer", 409, f"the backup was made by a newer program: {unknown[0]} is not known to this one")


def put_sqlite(path: Path) -> None:
    """Puts a SQLite file in the place of the (empty) database, then brings its tables up to date."""
    sound(path)
    target = sqlite_path()
    connection.close()
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    path.replace(target)
    call_command("migrate", interactive=False, verbosity=0)


def fill_tables(folder: Path, migrations: list[tuple[str, str]], columns: dict[str, list[str]]) -> None:
    """Makes the tables as they were, fills them all in one transaction, then brings them up to date."""
    recorder = MigrationRecorder(connection)
    told = {(app, name) for app, name in migrations}
    if set(recorder.applied_migrations() if recorder.has_table() else ()) - told:
        raise Problem("not_empty", 409, "the database has newer tables than the backup: restore into an empty one")
    executor = MigrationExecutor(connection)
    nodes = executor.loader.graph.node_map
    # The last ones only: to aim at one that has followers would mean to take those back.
    last = [one for one in told & set(nodes) if not {child.key for child in nodes[one].children} & told]
    executor.migrate(last)
    with transaction.atomic(), connection.cursor() as cursor:
        quote = connection.ops.quote_name
        cursor.execute(f"TRUNCATE {', '.join(quote(table) for table in columns)} CASCADE")
        for table, names in columns.items():
            with cursor.copy(_copying(table, names, "FROM STDIN")) as into:
                for block in _blocks(folder / TABLES / table):
                    into.write(block)
            _set_sequences(table)
    call_command("migrate", interactive=False, verbosity=0)


def _set_sequences(table: str) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND table_name = %s AND (is_identity = 'YES' OR column_default LIKE 'nextval%%')",
            [table],
        )
        for (column,) in cursor.fetchall():
            cursor.execute(f"SELECT max({quote(column)}) FROM {quote(table)}")  # noqa: S608
            most = cursor.fetchone()[0]
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)", [quote(table), column, most or 1, bool(most)]
            )


def _copying(table: str, columns: list[str], what: str) -> str:
    quote = connection.ops.quote_name
    return f"COPY {quote(table)} ({', '.join(quote(name) for name in columns)}) {what}"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(256 * 1024):
            yield block


def _any(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
        return cursor.fetchone() is not None
