"""What can be wrong with a backup, or with where it is to go, is told before anything is touched."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from kentongan import reports, routing, safekeeping
from kentongan.foundation import heartbeat
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Photo, Report
from kentongan.safekeeping import archive, backup, database, restoring
from tests.pictures import picture
from tests.world import person, submission


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setattr(config(), "data", folder)
    return folder


def made(path, **facts: Any):
    """A whole backup that says what it is given."""
    told = {
        "vendor": connection.vendor, "migrations": [], "columns": {}, "reports": 0, "photos": 0, "key": "",
        "made_at": "2026-11-26T08:00:00+00:00",
    }  # fmt: skip
    with archive.written(path) as out:
        out.finish(told | facts)
    return path


def refused(path) -> str:
    with pytest.raises(Problem) as why:
        safekeeping.restore(path)
    assert not default_storage.exists("photos")
    return why.value.code


@pytest.mark.django_db(transaction=True)
def test_the_rules_of_the_operator_come_back_and_photos_can_be_left_out(world, data, tmp_path):
    (data / "rules.yaml").write_text("rules: []\n")
    reports.add_photo(picture(5))
    done = safekeeping.back_up(tmp_path / "backup.tar", photos=False)
    assert (done.photos, done.faults) == (0, [])
    (data / "rules.yaml").unlink()
    assert restoring._unpack(tmp_path / "backup.tar", tmp_path / "scratch", 0, None) == 0
    assert (data / "rules.yaml").read_text() == "rules: []\n"
    assert (data / "rules.yaml").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True)
def test_an_installation_without_any_photo_has_a_backup_too(world, data, tmp_path):
    assert safekeeping.back_up(tmp_path / "backup.tar").photos == 0


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_is_swept_meanwhile_is_no_fault_and_who_waits_is_told_how_far_it_is(
    world, data, tmp_path, monkeypatch
):
    routing.submit(submission(photos=(reports.add_photo(picture(5)).pk,)), None)
    listed = backup._stored
    monkeypatch.setattr(backup, "_stored", lambda folder: [*listed(folder), *([] if folder else ["swept.jpg"])])
    told = []
    done = safekeeping.back_up(tmp_path / "backup.tar", progress=lambda *one: told.append(one))
    assert (done.reports, done.photos, done.faults) == (1, 1, [])
    assert told == [("photos", 1, 2)]


@pytest.mark.django_db(transaction=True)
def test_what_the_audit_finds_stands_in_the_backup_and_the_backup_is_good_all_the_same(world, data, tmp_path):
    code = routing.submit(submission(), None).report.code
    Report.objects.filter(code=code).update(state="resolved")
    done = safekeeping.back_up(tmp_path / "backup.tar")
    assert any(code in fault for fault in done.faults)
    assert archive.verified(tmp_path / "backup.tar")["reports"] == 1


def test_a_copy_that_is_damaged_is_no_backup(tmp_path):
    (tmp_path / "copy.sqlite3").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(Problem, match="damaged"):
        database.sound(tmp_path / "copy.sqlite3")
    (tmp_path / "empty.sqlite3").touch()
    with pytest.raises(Problem, match="damaged") as why:
        backup._audited(tmp_path / "empty.sqlite3")
    assert "cannot be audited" in why.value.detail


def test_a_disk_that_fails_is_told_as_that_and_leaves_no_file(tmp_path):
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"), archive.written(tmp_path / "backup.tar") as out:
        out.add("photos/a", Failing(), 10)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_a_later_form_is_refused(tmp_path):
    with pytest.raises(Problem, match="bad_backup") as why:
        archive.verified(made(tmp_path / "backup.tar", format=2))
    assert "format 2 is not known" in why.value.detail


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_does_not_belong_here_is_refused_and_nothing_is_changed(data, tmp_path):
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    assert refused(made(tmp_path / "a.tar", vendor=other)) == "other_database"
    assert refused(made(tmp_path / "b.tar", migrations=[["reports", "9999_later"]])) == "newer"
    heartbeat.beat("worker-1")
    assert refused(made(tmp_path / "c.tar")) == "running"
    heartbeat.end("worker-1")
    person()
    assert refused(made(tmp_path / "d.tar")) == "not_empty"
    assert Person.objects.count() == 1


def test_a_photo_that_is_there_stays_and_one_with_a_name_that_leads_elsewhere_is_refused(tmp_path):
    default_storage.save("originals/a.jpg", ContentFile(b"here"))
    with archive.written(tmp_path / "a.tar") as out:
        for name in ("a", "b"):
            out.add(f"photos/originals/{name}.jpg", io.BytesIO(b"packed"), 6)
        out.finish({})
    told: list[tuple[str, int, int]] = []
    assert restoring._unpack(tmp_path / "a.tar", tmp_path, 2, lambda *one: told.append(one)) == 2
    assert told == [("photos", 1, 2), ("photos", 2, 2)]
    assert [default_storage.open(f"originals/{name}.jpg").read() for name in ("a", "b")] == [b"here", b"packed"]
    with pytest.raises(Problem, match="bad_backup"):
        restoring._keep_photo("/etc/photo.jpg", ContentFile(b"x"))


@pytest.mark.django_db
def test_a_worker_that_was_killed_a_while_ago_stops_no_restore():
    heartbeat.beat("worker-1")
    heartbeat.Beat.objects.update(at=timezone.now() - timedelta(hours=1))
    assert not heartbeat.is_working()
    assert not Photo.objects.exists()
