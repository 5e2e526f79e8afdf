"""Rows that are stored by statements made once read like those that Django stores."""

import gc
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from kentongan.foundation.inserting import _literal, insert, insert_all, made, rewrite, roomy
from kentongan.foundation.outbox import Event
from kentongan.reports.models import Entry, Report

AT = datetime(2026, 11, 24, 23, 30, tzinfo=timezone(timedelta(hours=7)))
GIVEN = {
    "category_id": "road_damage", "text": "Lubang “besar” %s", "answers": {"size": "large", "depth": 1.5},
    "lon": 106.82, "lat": -6.17, "cell": 622043230103044095, "created_at": AT, "state": "routed",
    "decision": {"reasons": [{"code": "roads", "text": {"id": "Jalan", "en": "Road"}}]}, "is_restricted": True,
}  # fmt: skip


@pytest.mark.parametrize("model", [Report, Entry, Event])
def test_a_row_made_past_djangos_own_way_begins_as_djangos(model):
    ours, djangos = made(model), model()
    names = [field.attname for field in model._meta.concrete_fields]
    times = {field.attname for field in model._meta.concrete_fields if "Time" in type(field).__name__}
    assert {name: vars(ours)[name] for name in names if name not in times} == {
        name: vars(djangos)[name] for name in names if name not in times
    }
    assert all((vars(ours)[name] is None) == (vars(djangos)[name] is None) for name in times)
    assert ours._state.adding
    assert ours._state.db is None
    other = made(model)
    assert all(vars(ours)[name] is not vars(other)[name] for name in names if isinstance(vars(ours)[name], dict))


def test_a_made_row_knows_what_it_refers_to_and_can_be_saved(world):
    row = made(Report, code="2345-6789", submission_id=uuid4(), **GIVEN)
    assert row.category.code == "road_damage"
    row.save()
    kept = Report.objects.get(answers__size="large")
    assert kept.code == row.code
    assert kept.created_at == AT


def test_a_row_stored_by_a_statement_reads_like_one_that_django_stored(world):
    kept = []
    for number, store in enumerate((insert, lambda row: row.save(force_insert=True))):
        row = Report(code=f"2345-678{number + 2}", submission_id=uuid4(), **GIVEN)
        store(row)
        assert row.pk
        kept.append(Report.objects.filter(code=row.code, created_at=AT, answers__size="large").get())
    ours, djangos = ({name: getattr(row, name) for name in GIVEN} for row in kept)
    assert ours == djangos
    assert ours["created_at"] == AT.astimezone(UTC)
    assert kept[0].submission_id != kept[1].submission_id


def test_a_stored_row_can_be_changed_and_saved_at_once(world):
    row = Report(code="2345-6789", submission_id=uuid4(), category_id="waste")
    insert(row)
    row.text = "Sampah"
    row.save()
    assert Report.objects.get().text == "Sampah"


def test_rows_that_are_stored_anew_read_like_those_that_django_saved(world):
    rows = [Report(code=f"2345-678{number + 2}", submission_id=uuid4(), category_id="waste") for number in range(3)]
    for row in rows:
        insert(row)
        for name, value in GIVEN.items():
            setattr(row, name, value)
    rewrite(rows[:2])
    rows[2].save()
    ours, other, djangos = (
        {name: getattr(Report.objects.get(pk=row.pk), name) for name in (*GIVEN, "seq")} for row in rows
    )
    assert ours == other == djangos
    assert Report.objects.filter(created_at=AT, answers__size="large").count() == 3


def test_of_rows_that_are_stored_anew_only_the_named_columns_change(world):
    row = Report(code="2345-6789", submission_id=uuid4(), category_id="waste", text="Sampah")
    insert(row)
    Report.objects.update(text="Sampah di sungai", url="https://contoh.id")
    row.stars, row.seq = 5, 7
    rewrite([row], ("stars", "seq"))
    rewrite([])
    kept = Report.objects.get()
    assert (kept.text, kept.url, kept.stars, kept.seq) == ("Sampah di sungai", "https://contoh.id", 5, 7)


def test_several_rows_keep_their_order(world):
    row = Report(code="2345-6789", submission_id=uuid4(), category_id="waste")
    insert(row)
    insert_all([Entry(report=row, seq=seq, kind="commented", actor="citizen", at=AT) for seq in (3, 1, 2)])
    assert list(Entry.objects.order_by("pk").values_list("seq", flat=True)) == [3, 1, 2]
    insert_all([])


def test_json_is_found_again_by_its_value_as_django_looks_for_it(db):
    insert(Event(topic="t", payload={"body": "32.16", "many": [1, 2]}))
    assert Event.objects.filter(payload={"body": "32.16", "many": [1, 2]}).exists()


@pytest.mark.parametrize("value", [None, 0, 2.5, "", "it's 100 %s of “them”\\", '{"a": "b"}'])
def test_a_value_that_stands_in_the_statement_is_read_as_it_was(db, value):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_literal(value)} AS told WHERE 1 = %s", [1])
        ((told,),) = cursor.fetchall()
    assert told == value


@pytest.mark.django_db
def test_an_import_leaves_the_collector_and_the_checks_of_rows_as_they_were():
    def interrupted() -> None:
        with roomy():
            seen.append(gc.isenabled())
            raise RuntimeError("the file went away")

    seen: list[bool] = []
    with pytest.raises(RuntimeError, match="went away"):
        interrupted()
    assert [*seen, gc.isenabled()] == [False, True]
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.create(topic="test", payload={}, attempts=-1)
