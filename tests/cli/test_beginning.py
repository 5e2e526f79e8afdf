"""`kentongan init` on either database: what goes wrong on the way leaves nothing behind, and is said in one line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from pydantic_settings import DotEnvSettingsSource

from kentongan.cli import beginning
from kentongan.foundation.config import Config
from kentongan.foundation.problems import Problem
from tests.cli.test_cli import kentongan

ADDRESS, ADMIN = "https://lapor.example.go.id", "kepala@contoh.id"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator's empty folder, in which the commands are called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*more: str) -> Any:
    return kentongan("init", ADDRESS, "--admin", ADMIN, *more)


@pytest.mark.parametrize("given", ["it's", "a\"b'c", "end\\", "back\\slash'", "p$x", "a # b", "é', \\n", " "])
def test_a_setting_is_read_from_the_file_as_it_was_given(given: str, tmp_path: Path) -> None:
    # A backslash before the closing quote takes the quote with it, and the line is dropped.
    lines = [f"KENTONGAN_{name}={beginning._quoted(value)}\n" for name, value in (("SMTP_HOST", given), ("DATA", "z"))]
    (tmp_path / "settings").write_text("".join(lines))
    read = DotEnvSettingsSource(Config, tmp_path / "settings")()
    assert (read["smtp_host"], read["data"]) == (given, "z")


def test_what_a_settings_file_cannot_hold_is_refused_before_anything_is_made(empty: Path) -> None:
    with pytest.raises(Problem) as refused:
        beginning.init(ADDRESS, ADMIN, database="postgresql://kita:p${HOME}q@localhost/kita")
    assert (refused.value.field, "%24" in str(refused.value.detail)) == ("KENTONGAN_DATABASE", True)
    assert not list(empty.iterdir())
    with pytest.raises(Problem, match="bad_address"):
        beginning.init("lapor.example.go.id", ADMIN)
    assert not list(empty.iterdir())


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of an empty database of its own, owned by somebody whose password has all that an address has."""
    here = os.environ.get("KENTONGAN_DATABASE", "")
    if not here.startswith("postgresql://"):
        pytest.skip("asked on PostgreSQL")
    name, password = f"init_{uuid4().hex[:12]}", "p/w:@#'?$ %é"
    with psycopg.connect(here, autocommit=True) as by:
        by.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password.replace(chr(39), chr(39) * 2)}'")
        by.execute(f"CREATE DATABASE {name} OWNER {name} ENCODING 'UTF8' TEMPLATE template0")
        try:
            server = f"{urlsplit(here).hostname}:{urlsplit(here).port or 5432}"
            yield f"postgresql://{name}:{quote(password, '')}@{server}/{name}"
        finally:
            by.execute(f"DROP DATABASE {name} WITH (FORCE)")
            by.execute(f"DROP ROLE {name}")


@pytest.mark.django_db
def test_an_installation_begins_on_postgresql_where_it_is_rightly_named_and_a_repeat_changes_nothing(
    empty: Path, postgresql: str
) -> None:
    parts = urlsplit(postgresql)
    for wrong in (
        parts._replace(netloc=f"{parts.username}:x@{parts.hostname}:{parts.port}"),
        parts._replace(path="/none_such"),
        parts._replace(netloc=parts.netloc.replace(f":{parts.port}", ":1")),
        parts._replace(netloc=f"{parts.username}:x@none.invalid"),
        parts._replace(query="sslmode=nonsense"),
    ):
        failed = init("--database", urlunsplit(wrong))
        assert (failed.returncode, len(failed.stderr.splitlines())) == (1, 1), failed.stderr
        assert failed.stderr.startswith("kentongan: migrate: the database: ")
        assert "has `kentongan migrate` run" not in failed.stderr
        assert not (empty / ".env").exists()
    done = init("--database", postgresql, "--smtp-host", "smtp.example.go.id")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{ADMIN} is an administrator" in done.stdout
    written = (empty / ".env").read_bytes()
    assert not (empty / "data/kentongan.sqlite3").exists()
    checked = kentongan("check")
    assert "✓ database postgresql: tables up to date" in checked.stdout
    assert [line for line in checked.stdout.splitlines() if line.startswith("✗")] == [
        "✗ no worker is at work now: start `kentongan worker`"
    ]
    again = init("--database", postgresql, "--smtp-host", "other.example.go.id")
    assert again.returncode == 0
    assert re.findall(r"another (\w+)", again.stdout) == ["KENTONGAN_SMTP_HOST"]
    assert (empty / ".env").read_bytes() == written


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--database", "mysql://x/y"], "KENTONGAN_DATABASE: Value error, must start with sqlite:/// or postgresql://"),
        (["--database", "postgresql://a:b/c@d/e"], "must be postgresql://user:password@host:port/name, with %40 for @"),
        (["--data", "taken/data"], "taken"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_no_settings(empty: Path, more: list[str], said: str) -> None:
    (empty / "taken").write_text("a file where a folder should be")
    done = init(*more)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (empty / ".env").exists()


def test_a_misspelt_administrator_is_told_before_anything_is_written(empty: Path) -> None:
    done = kentongan("init", ADDRESS, "--admin", "kepala.contoh.id")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "kepala.contoh.id is no e-mail address" in done.stderr
    assert not list(empty.iterdir())
