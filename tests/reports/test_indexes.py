"""Indexes that leave empty values out are still those by which a person's reports and repeats are found."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from kentongan import reports
from kentongan.foundation import prepared
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (lambda: Report.objects.filter(reporter_id=1).order_by("-pk"), "report_reporter"),
        (lambda: Report.objects.filter(original_id=1), "report_original"),
        (lambda: Report.objects.filter(claim_hash="ab"), "report_claim"),
        # With body and state another would do too, of a table that has been emptied: PostgreSQL goes by what was in it.
        (lambda: Report.objects.filter(channel="peer").exclude(channel="web"), "report_channel"),
        (lambda: Report.objects.filter(assignee_id=1), "report_assignee"),
        (lambda: Report.objects.filter(team_id=1), "report_team"),
        (lambda: Report.objects.filter(asked_at__lte=timezone.now(), away=False), "report_asked"),
        (lambda: Entry.objects.filter(person__in=[1, 2]).order_by(), "entry_person"),
    ],
)
def test_the_index_is_used_where_a_value_is_asked_for(db, asked, index):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            # It holds every column, and of a table without rows it costs as little: which is taken was chance.
            cursor.execute("DROP INDEX report_desk")  # until the end of this test's transaction
    assert index in asked().explain()


def test_what_waits_for_a_moderator_is_counted_without_a_look_at_all_reports_of_a_body(db, monkeypatch):
    asked, real = [], prepared.rows
    monkeypatch.setattr(prepared, "rows", lambda said, values=(): asked.append((said, values)) or real(said, values))
    assert reports.count_flagged(["31"]) == reports.count_appealed(["31"]) == 0
    assert len(asked) == 2
    if connection.vendor == "sqlite":
        for said, values in asked:
            plan = " ".join(row[3] for row in real(f"EXPLAIN QUERY PLAN {said}", values))
            assert "report_body" not in plan
            assert "report_desk" not in plan
            assert "flag_open" in plan or "hiding_appealed" in plan


def test_a_person_who_goes_leaves_their_reports_and_entries_without_a_name(world):
    person = Person.objects.create(email="warga@example.org")
    report = Report.objects.create(code="2345-6789", submission_id="0" * 32, category_id="waste", reporter=person)
    Entry.objects.create(report=report, seq=1, kind="received", actor="reporter", person=person)
    person.delete()
    assert Report.objects.get().reporter is None
    assert Entry.objects.get().person is None
