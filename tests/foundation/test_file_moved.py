"""A database file that is moved away or replaced under a running process takes no report that would be lost with it."""

import os
import shutil
from pathlib import Path

import pytest
from django.db import ConnectionHandler, OperationalError, transaction

from kentongan.foundation import away
from kentongan.foundation.databases import database_settings
from kentongan.foundation.sqlite.base import FileMoved


@pytest.fixture
def kept(tmp_path, monkeypatch, django_db_blocker):
    """A file with one table, held open by a connection of its own that `transaction` uses."""
    path = tmp_path / "kentongan.sqlite3"
    handler = ConnectionHandler({"default": database_settings(f"sqlite:///{path}", tmp_path)})
    monkeypatch.setattr(transaction, "connections", handler)
    with django_db_blocker.unblock():
        handler["default"].cursor().execute("CREATE TABLE report (text)")
        yield handler["default"], path
        handler.close_all()


def _store(connection):
    with transaction.atomic():
        connection.cursor().execute("INSERT INTO report VALUES ('lubang')")


def _replaced(path: Path) -> None:
    shutil.copy(path, path.with_suffix(".backup"))
    path.with_suffix(".backup").replace(path)


def _moved(path: Path) -> None:
    path.rename(path.with_suffix(".old"))


@pytest.mark.parametrize("happened", [_replaced, _moved, Path.unlink])
def test_nothing_is_stored_into_a_file_that_lies_elsewhere_by_now(kept, happened):
    connection, path = kept
    _store(connection)
    happened(path)
    with pytest.raises(OperationalError, match="moved or replaced") as told:
        _store(connection)
    assert away.is_away(told.value)  # 503, and to be sent again


def test_a_file_that_is_brought_back_is_written_into_again(kept):
    connection, path = kept
    _moved(path)
    path.with_suffix(".old").rename(path)
    _store(connection)
    os.utime(path)
    _store(connection)
    assert connection.cursor().execute("SELECT count(*) FROM report").fetchone() == (2,)


def test_an_instance_whose_file_was_moved_is_not_ready(monkeypatch):
    class Begun:
        def __enter__(self):
            raise FileMoved("the file was moved or replaced")

        def __exit__(self, *_fault):
            return None

    monkeypatch.setattr(away.transaction, "atomic", Begun)
    assert away.hindrance() == "database: the file was moved or replaced"
