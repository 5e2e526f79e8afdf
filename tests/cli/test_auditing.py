"""`kentongan audit` gives no false alarm while others work, and tells a damaged file from a wrong report."""

import sqlite3
import threading

import pytest
from django.db import connection

from kentongan import reports, routing
from kentongan.reports import audit as auditing
from kentongan.reports import who
from kentongan.reports.models import Entry
from tests.cli.test_cli import kentongan
from tests.world import person, submission


class Late:
    """Entries as somebody sees them who reads while a comment is written."""

    def __init__(self, write) -> None:
        self.objects, self.write = self, write

    def filter(self, **given):
        thread = threading.Thread(target=self.write)
        thread.start()
        thread.join(30)
        return Entry.objects.filter(**given)


@pytest.mark.django_db(transaction=True)
def test_a_change_made_while_it_reads_is_no_difference(world, monkeypatch):
    reporter = person()
    code = routing.submit(submission(), reporter).report.code
    written = []

    def comment():
        reports.comment(code, who.Who(reporter, reports.Actor.REPORTER), "Masih berlubang.")
        written.append(code)
        connection.close()

    monkeypatch.setattr(auditing, "Entry", Late(comment))
    assert list(auditing.audit()) == []
    assert written == [code]
    monkeypatch.undo()
    assert list(auditing.audit()) == []


def test_a_damaged_file_is_told_as_such_and_not_as_wrong_reports(installed, tmp_path):
    assert kentongan("catalogue", "load", **installed).returncode == 0
    file = tmp_path / "data/kentongan.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    content = bytearray(file.read_bytes())
    for at in range(4096 * 20, len(content), 4096):
        content[at : at + 200] = b"\xff" * 200
    file.write_bytes(content)
    result = kentongan("audit", **installed)
    assert result.returncode == 1
    assert "itself is damaged" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_sound_file_is_sound(installed):
    result = kentongan("audit", **installed)
    assert result.returncode == 0
    assert "0 differences" in result.stdout
