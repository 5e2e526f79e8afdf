"""A database that begins with the tables as they are now has what one has that went through every change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

# Two who begin the same database at the same time, as two machines of one instance may; then once more.
AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
from kentongan.foundation.migrating import bring_up_to_date
with ThreadPoolExecutor(2) as two:
    found = list(two.map(lambda _one: bring_up_to_date(), range(2)))
print(max(found), bring_up_to_date())
"""
CHANGE_BY_CHANGE = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
TOLD = """
import json
from django.db import connection
with connection.cursor() as cursor:
    for asked in json.loads({asked!r}):
        cursor.execute(asked)
        print(json.dumps(sorted(map(str, cursor.fetchall()))))
    filled = {{}}
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f"SELECT count(*) FROM {{table}}")
        filled[table] = cursor.fetchone()[0]
print(json.dumps(sorted(one for one in filled.items() if one[1])))
"""
ASKED = {
    "sqlite": [
        "SELECT m.name, t.name, t.type, t.[notnull], t.dflt_value, t.pk"
        " FROM sqlite_master m, pragma_table_info(m.name) t WHERE m.type = 'table'",
        "SELECT m.name, f.[table], f.[from], f.[to] FROM sqlite_master m, pragma_foreign_key_list(m.name) f"
        " WHERE m.type = 'table'",
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type <> 'table'",
        "SELECT app, name FROM django_migrations",
        # Of those that seem alike SQLite takes the newest: the order of those that are named is a part of them.
        "SELECT tbl_name, group_concat(name) FROM (SELECT * FROM sqlite_master WHERE type = 'index'"
        f" AND sql LIKE 'CREATE INDEX%' AND name NOT GLOB '*_{'[0-9a-f]' * 8}' ORDER BY rowid) GROUP BY tbl_name",
    ],
    "postgresql": [
        "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length, is_identity"
        # Django's own pairs of groups and permissions have longer numbers where they came by changes.
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'auth_group_permissions'",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT app, name FROM django_migrations",
    ],
}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[str], list[str]]]:
    """Runs words of Python on a database without tables; the lines that it prints, then what the database has."""
    server, names = os.environ.get("KENTONGAN_DATABASE", ""), []
    asked = TOLD.format(asked=json.dumps(ASKED["postgresql" if server else "sqlite"]))

    def make(words: str) -> list[str]:
        names.append(f"kentongan_made_{uuid4().hex[:12]}")
        settings = {"KENTONGAN_DATA": str(tmp_path / names[-1]), "KENTONGAN_MODE": "test"}
        (tmp_path / names[-1]).mkdir()
        if server:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{names[-1]}"')
            settings["KENTONGAN_DATABASE"] = server.rpartition("/")[0] + "/" + names[-1]
        begin = "import django; django.setup()\n"
        done: Any = subprocess.run(
            [sys.executable, "-c", begin + words + "\n" + asked],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "kentongan.settings"} | settings,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return str(done.stdout).splitlines()

    yield make
    for name in names if server else []:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.long
@pytest.mark.both
def test_tables_that_are_made_at_once_are_those_that_all_changes_make(made: Callable[[str], list[str]]) -> None:
    said, *at_once = made(AT_ONCE)
    missing, none_left = map(int, said.split())
    assert missing > 100
    assert none_left == 0
    by_changes = made(CHANGE_BY_CHANGE)
    for one, other in zip(at_once, by_changes, strict=True):
        assert json.loads(one) == json.loads(other)
    assert len(at_once) == len(ASKED[connection.vendor]) + 1
