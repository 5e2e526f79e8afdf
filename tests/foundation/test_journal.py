"""What the outside answered is not asked for twice because whoever heard it was killed."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import pytest
from django.db.utils import DataError, OperationalError
from structlog.testing import capture_logs

from kentongan.foundation import journal


class Killed(BaseException):
    """As a kill: nothing of ours catches it."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "_folder", lambda: tmp_path / "journal")
    return tmp_path / "journal"


def left(kind: str = "mail") -> list[dict]:
    found: list[dict] = []
    journal.settle_left(kind, found.extend)
    return found


def killed(*notes: dict) -> None:
    def work():
        with journal.noting("mail") as note:
            for one in notes:
                note(one)
            raise Killed

    with pytest.raises(Killed):
        work()


def test_what_a_killed_process_had_noted_is_given_to_the_next_once():
    child = os.fork()
    if not child:
        try:
            with journal.noting("mail") as note:
                note({"n": 1})
                note({"n": 2})
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)  # it is no second pytest
    os.waitpid(child, 0)
    assert left("peers") == []
    assert left() == [{"n": 1}, {"n": 2}]
    assert left() == []


def test_nothing_is_taken_from_who_is_still_at_it_and_nothing_is_left_of_who_has_settled(folder):
    with journal.noting("mail") as note:
        note({"n": 1})
        assert left() == []
    assert left() == []
    assert list(folder.iterdir()) == []


def test_only_the_owner_may_read_what_others_answered(folder):
    with journal.noting("mail") as note:
        note({"n": 1})
        (kept,) = folder.iterdir()
        assert (folder.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_note_that_was_cut_short_spoils_none_before_it(folder):
    killed({"n": 1}, {"n": 2})
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:-4])
    assert left() == [{"n": 1}]


def test_while_the_database_is_away_notes_wait_and_what_cannot_be_settled_stops_nothing():
    killed({"n": 1})

    def away(_said):
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        journal.settle_left("mail", away)
    killed({"n": 2})
    with capture_logs() as logs:
        journal.settle_left("mail", lambda said: 1 / 0)
    assert [(one["event"], one["error"]) for one in logs] == [("journal.not_settled", "ZeroDivisionError")] * 2
    assert left() == []


@pytest.mark.parametrize("fails", ["open", "write"])
def test_a_full_disk_keeps_no_note_and_stops_nothing(monkeypatch, fails):
    def full(*_args):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(journal.os, fails, full)
    with journal.noting("mail") as note:
        note({"n": 1})
    monkeypatch.undo()


def test_without_a_folder_nothing_is_left(monkeypatch):
    monkeypatch.setattr(journal, "_folder", lambda: Path("/nonexistent"))
    assert left() == []


def test_a_line_that_a_full_disk_cut_spoils_none_behind_it(monkeypatch):
    whole = os.write
    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "write", lambda file, said: whole(file, said[:6] if b"1" in said else said))
        killed({"n": 1}, {"n": 2})
    assert left() == [{"n": 2}]


def test_a_disk_without_locks_keeps_no_notes_and_leaves_no_files_open(folder, monkeypatch):
    def locks(_file, _how):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(journal.fcntl, "flock", locks)
    before = len([*Path("/proc/self/fd").iterdir()])
    with journal.noting("mail") as note:
        note({"n": 1})
    assert (list(folder.iterdir()), len([*Path("/proc/self/fd").iterdir()])) == ([], before)


def test_what_cannot_be_read_taken_away_or_ever_be_settled_stops_nobody(folder, monkeypatch):
    folder.mkdir()
    (folder / "mail-folder").mkdir()  # opening it raises, as a file of another user does
    killed({"n": 1})

    def never(_said):
        raise DataError("out of range")

    with capture_logs() as logs:
        journal.settle_left("mail", never)
    assert [one["error"] for one in logs] == ["DataError"]
    killed({"n": 2})

    def fixed(_path, **_how):
        raise PermissionError(errno.EROFS, "read-only")

    with monkeypatch.context() as patched:
        patched.setattr(journal.Path, "unlink", fixed)
        assert (left(), left()) == ([{"n": 2}], [{"n": 2}])  # again, which changes nothing
    assert left() == [{"n": 2}]
