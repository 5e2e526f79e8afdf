"""Which faults are begun again, which say that nothing can be stored now, and which stay faults of ours."""

from __future__ import annotations

import errno
import gc
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, OperationalError

from kentongan.foundation import again, away
from kentongan.foundation.collecting import uncollected
from kentongan.foundation.config import Config, config
from kentongan.foundation.problems import Problem
from kentongan.foundation.sqlite.base import FileMoved


def caused(sqlstate: str, kind: type[Exception] = OperationalError) -> Exception:
    """A fault of Django's, of the driver's own with this code."""
    driver, fault = Exception("of the driver"), kind("of Django")
    driver.sqlstate = sqlstate
    fault.__cause__ = driver
    return fault


@pytest.mark.parametrize(
    ("fault", "is_tried_again"),
    [
        (caused("40P01"), True), (caused("40001"), True), (caused("23503", IntegrityError), True),
        (IntegrityError("FOREIGN KEY constraint failed"), True), (caused("23505", IntegrityError), False),
        (IntegrityError("UNIQUE constraint failed: a.b"), False), (OperationalError("disk I/O error"), False),
    ],
)  # fmt: skip
def test_only_what_another_did_meanwhile_is_begun_again_and_not_for_ever(fault, is_tried_again):
    tries = []

    def act() -> None:
        tries.append(1)
        raise fault

    with pytest.raises(Problem if is_tried_again else type(fault)):
        again.tried(act)
    assert len(tries) == (again.TRIES if is_tried_again else 1)


@pytest.mark.parametrize(
    ("fault", "is_away"),
    [
        (caused("25006", ValueError), True), (caused("23505", ValueError), False),
        (OSError(errno.ENOSPC, "full"), True), (OSError(errno.ENOENT, "none"), False),
        (OperationalError("away"), True), (IntegrityError("ours"), False), (None, False),
    ],
)  # fmt: skip
def test_a_database_that_only_reads_and_a_full_disk_are_away_and_a_fault_of_ours_is_not(fault, is_away):
    assert away.is_away(fault) is is_away


@pytest.mark.parametrize("free", [0, away.LEAST_FREE - 1, away.LEAST_FREE])
def test_a_disk_with_less_than_a_report_with_photos_needs_is_said_to_hinder(free, monkeypatch, tmp_path):
    monkeypatch.setattr(config(), "data", tmp_path)
    monkeypatch.setattr(away.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert away.disk() == ("" if free >= away.LEAST_FREE else f"data folder: {free // 2**20} MB are free")
    monkeypatch.setattr(config(), "data", tmp_path / "none")
    assert away.disk() == "data folder: ENOENT"


@pytest.mark.django_db
def test_a_database_whose_file_was_moved_hinders_in_words(monkeypatch):
    def moved(**_row: object) -> None:
        raise FileMoved("its file was moved")

    monkeypatch.setattr(away.Revision.objects, "create", moved)
    assert away.hindrance() == "database: its file was moved"


@pytest.mark.parametrize(
    ("given", "words"),
    [({"safety_keys": ["x" * 31]}, "32 random"), ({"safety_keys": ["x" * 40, ""]}, "32 random"),
     ({"sms_secret": "x" * 19}, "20 random")],
)  # fmt: skip
def test_a_key_that_can_be_guessed_is_refused(given, words, monkeypatch):
    monkeypatch.delenv("KENTONGAN_DATABASE", raising=False)
    with pytest.raises(ValueError, match=words):
        Config(mode="test", **given)
    assert Config(mode="test", safety_keys=["x" * 32], sms_secret="x" * 20).sms_secret
    assert Config(mode="test", sms_secret="").sms_secret == ""


@pytest.mark.parametrize("was", [True, False])
def test_the_collector_of_garbage_is_afterwards_as_it_was(was):
    before = gc.isenabled()
    try:
        (gc.enable if was else gc.disable)()
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is was
    finally:
        (gc.enable if before else gc.disable)()
