"""Rows that are read by statements written once read like those that Django reads."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.backends.signals import connection_created

from kentongan import reports, routing
from kentongan.bodies.models import Body
from kentongan.catalogue.models import Category
from kentongan.foundation import prepared
from kentongan.foundation.outbox import Event
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report


@pytest.fixture
def report(world) -> Report:
    reporter = Person.objects.create_user("warga@contoh.id", name="Warga")
    answers = {"size": "large"}
    sent = reports.Submission(
        reports.made_id("prepared"), "road_damage", "Lubang “besar” %s", 106.82, -6.17, answers=answers
    )
    return routing.submit(sent, reporter).report


@pytest.mark.parametrize("model", [Report, Entry, Event, Person, Body, Category])
def test_a_row_read_by_a_ready_statement_is_as_django_reads_it(report: Report, model: type[models.Model]) -> None:
    read = prepared.objects(model, "", ())
    assert read
    by_django = {row.pk: row for row in model._default_manager.all()}
    for row in read:
        mine, theirs = (dict(vars(one), _state=None) for one in (row, by_django[row.pk]))
        assert mine == theirs
        assert {key: type(value) for key, value in mine.items()} == {key: type(theirs[key]) for key in mine}
        assert not row._state.adding


def test_a_row_read_by_a_ready_statement_can_be_changed_and_saved(report: Report) -> None:
    [read] = prepared.objects(Report, "WHERE code = %s", (report.code,))
    read.text = "Sampah"
    read.save()
    assert Report.objects.get().text == "Sampah"


def test_rows_are_read_by_many_keys_in_one_order_and_by_none_at_all(report: Report) -> None:
    bodies = list(Body.objects.order_by("pk")[:3])
    assert prepared.keyed(Body, "code", [bodies[2].pk, bodies[0].pk, bodies[2].pk, "none"]) == [bodies[0], bodies[2]]
    assert prepared.keyed(Entry, "report_id", {report.pk}) == list(Entry.objects.order_by("pk"))
    assert prepared.keyed(Report, "id", ()) == []


def test_faults_of_the_database_are_told_as_django_tells_them(report: Report) -> None:
    twice = Body.objects.values_list("code", flat=True)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.run("INSERT INTO bodies_body (code) VALUES (%s)", (twice,))
    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.rows("SELECT nothing_of_this_name FROM bodies_body")
    assert prepared.rows("SELECT code FROM bodies_body WHERE code = %s", (twice,)) == [(twice,)]


def test_a_submission_is_planned_once_on_postgresql(report: Report) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps its statements by itself")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        planned = " ".join(statement for (statement,) in cursor.fetchall())
    for table in ("reports_report", "reports_entry", "foundation_event"):
        assert f"INSERT INTO {table} " in planned


@pytest.mark.django_db
def test_postgresql_compiles_no_plan_whatever_it_thinks_that_it_costs():
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)
    assert "kentongan.run_as_planned" in {key[0] for key, *_rest in connection_created.receivers}
