"""Lists keep the JSON of reports in the process: whatever changes, the next answer is the one made from nothing."""

import gc
import time
import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from kentongan import bodies, reports, routing
from kentongan.api import keeping
from kentongan.bodies.models import Body
from kentongan.foundation import prepared
from kentongan.foundation.databases import database_settings
from kentongan.people.models import Person
from kentongan.places import gazetteer
from kentongan.reports import rows
from kentongan.reports.filtering import Stamp
from kentongan.reports.models import Photo, Report
from tests.forking import MEASURED
from tests.pictures import picture
from tests.world import ON_NATIONAL_ROAD, person, submission

pytestmark = pytest.mark.django_db
BOX = "/api/v1/reports?bbox=106.81,-6.18,106.83,-6.16"


@pytest.fixture
def report(world):
    return routing.submit(submission(), person()).report


def read(address=BOX, language="en"):
    answer = Client(headers={"accept-language": language}).get(address)
    assert answer.status_code == 200
    return answer.json()["items"] if "items" in answer.json() else answer.json()


def from_nothing(address=BOX, language="en"):
    kept, keeping._kept = keeping._kept, None
    try:
        return read(address, language)
    finally:
        keeping._kept = kept


def officer():
    return reports.Who(Person.objects.first(), reports.Actor.OFFICER, "31")


def anybody():
    return reports.Who(person("b@contoh.id"), reports.Actor.CITIZEN)


def resolve(code):
    reports.accept(code, officer())
    reports.resolve(code, officer(), "Ditambal", photos=[reports.add_photo(picture(3)).pk])


CHANGES = {
    "a comment": lambda code: reports.comment(code, anybody(), "Makin dalam"),
    "a supporter": lambda code: reports.support(code, person("b@contoh.id")),
    "a body that takes it on": lambda code: reports.accept(code, officer()),
    "a rejection": lambda code: reports.reject(code, officer(), "Bukan jalan umum"),
    "a result with a photo": resolve,
    "a transfer": lambda code: reports.transfer(code, officer(), "id.pu", "Jalan nasional"),
    "a step at a peer": lambda code: reports.mirror(
        code, reports.Told("accepted", state=reports.State.ACCEPTED, body="31")
    ),
    "another deadline": lambda code: reports.tell(
        code, "sent", deadline_at=timezone.now() + timedelta(days=40)
    ),
    "another body, as a peer declined": lambda code: reports.reroute(code, reports.Told("declined"), "id.pu"),
    "a move elsewhere": lambda code: reports.depart(code, Report.objects.get(code=code).seq, {"to": "jabar"}),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_report_that_changes_is_told_anew(report, what):
    other = routing.submit(submission(at=ON_NATIONAL_ROAD), None).report
    seen, one = read(), read(f"/api/v1/reports/{report.code}")
    assert read() == seen
    CHANGES[what](report.code)
    assert read() == from_nothing()
    assert read() != seen
    assert read(f"/api/v1/reports/{report.code}") != one
    assert next(told for told in read() if told["code"] == other.code) in seen


def test_a_photo_that_comes_after_its_entry_is_shown_with_the_report(report):
    resolve(report.code)
    address = f"/api/v1/reports/{report.code}"
    assert len(read(address)["photos"]) == 1
    stream = picture(9)
    stream.seek(0)
    assert reports.add_peer_photo(report.code, 1, "report", stream.read())
    assert len(read(address)["photos"]) == 2
    Photo.objects.all().delete()
    assert read(address)["photos"] == []


def test_a_body_is_called_by_its_new_name_and_no_partner_once_that_ends(report, monkeypatch):
    assert read()[0]["body"]["partner"]
    Body.objects.filter(pk=report.body_id).update(name_en="Roads of Jakarta", name_id="Bina Marga")
    bodies.invalidate()
    assert read()[0]["body"]["name"] == "Roads of Jakarta"
    assert read(language="id")[0]["body"]["name"] == "Bina Marga"
    tomorrow = timezone.localdate() + timedelta(days=1)
    bodies.end_partnership("31", tomorrow)
    assert read()[0]["body"]["partner"]
    monkeypatch.setattr(timezone, "localdate", lambda *_: tomorrow)
    assert read() == from_nothing()
    assert not read()[0]["body"]["partner"]


def test_an_area_is_called_by_its_new_name_also_by_who_read_it_before(report, monkeypatch):
    assert [area["name"] for area in read()[0]["areas"]][-1] == "Gambir"
    first = Client().get(BOX)["ETag"]
    known = gazetteer.areas()
    renamed = known | {"31.71.01.1001": known["31.71.01.1001"]._replace(name="Gambir Tengah")}
    monkeypatch.setattr(gazetteer, "_kept", (time.monotonic() + 60, 0, renamed))
    assert [area["name"] for area in read()[0]["areas"]][-1] == "Gambir Tengah"
    assert Client(headers={"if-none-match": first}).get(BOX).status_code == 200


def test_each_reader_gets_their_own_language(report):
    english, indonesian = read(language="en"), read(language="id")
    assert english != indonesian
    assert (read(language="en"), read(language="id")) == (english, indonesian)


def test_a_change_between_finding_and_telling_shows_and_stays(report):
    before = reports.list_public(reports.Filters())[0]
    CHANGES["a comment"](report.code)
    assert b'"comment_count":1' in keeping.told(before)[0].json
    assert read() == from_nothing()
    CHANGES["a rejection"](report.code)
    assert read() == from_nothing()


def test_a_report_that_goes_or_is_closed_to_the_public_leaves_the_lists(report):
    other = routing.submit(submission(), None).report
    stamps = reports.list_public(reports.Filters())[0]
    assert len(read()) == 2
    Report.objects.filter(pk=report.pk).update(is_restricted=True)
    assert [told["code"] for told in read()] == [other.code]
    keeping._kept = None
    assert len(keeping.told(stamps)) == 1


def test_a_deleted_report_gives_its_number_to_no_other(report):
    seen = read()
    Report.objects.filter(pk=report.pk).delete()
    again = routing.submit(submission(text="Lampu mati"), None).report
    assert (again.seq, read()) == (report.seq, from_nothing())
    assert read() != seen


def test_what_is_kept_keeps_to_its_bound_in_memory(world, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 300_000)
    for number in range(30):
        routing.submit(submission(text=f"Lubang {number} " + "dalam " * 200), None)
    assert read(f"{BOX}&limit=30") == read(f"{BOX}&limit=30")
    kept = keeping._now().told
    assert 0 < kept.currsize <= 300_000
    json = read()[0]
    gc.collect()
    tracemalloc.start()
    began = tracemalloc.get_traced_memory()[0]
    for number in range(3_000):
        stamp = Stamp(number + 10_000, f"{number:04}-{number:04}", 5, number / 7, number / 9)
        kept[stamp, "en"] = keeping._told(json | {"seq": number})
    gc.collect()
    assert kept.currsize <= 300_000
    if not MEASURED:  # what coverage.py keeps grows meanwhile
        assert tracemalloc.get_traced_memory()[0] - began < 1.2 * 300_000
    tracemalloc.stop()


def test_both_databases_give_times_to_the_microsecond_and_in_utc(report):
    at = timezone.now().replace(microsecond=100_000)
    Report.objects.filter(pk=report.pk).update(created_at=at, occurred_at=at.replace(microsecond=0))
    row = rows.find_public(report.code)
    assert (row.created_at, row.occurred_at) == (at, at.replace(microsecond=0))
    assert row.created_at.utcoffset() == timedelta()
    assert read()[0]["created_at"] == at.isoformat()


def test_postgresql_plans_what_is_read_all_the_time_once(report):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps its statements by itself")
    read(f"/api/v1/reports/{report.code}")
    read()
    kept = "SELECT statement FROM pg_prepared_statements"
    with connection.cursor() as cursor:
        cursor.execute(kept)
        asked = " ".join(statement for (statement,) in cursor.fetchall())
        assert "WHERE code = $1" in asked
        assert "lat BETWEEN" in asked
        assert "id = ANY($1)" in asked


def test_behind_a_pooler_nothing_is_prepared_and_the_answers_are_the_same(report, tmp_path):
    off = database_settings("postgresql://u:p@localhost/k", tmp_path, prepared=False)["OPTIONS"]
    assert off["prepare_threshold"] is None  # beside how long is waited for an answer
    if connection.vendor != "postgresql":
        pytest.skip("there is no pooler before SQLite")
    seen = read()
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        connection.connection.prepare_threshold = None
        try:
            assert from_nothing() == seen
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone() == (0,)
        finally:
            connection.connection.prepare_threshold = 5


def test_wrong_statements_are_refused_in_djangos_words(db):
    from django.db import DatabaseError, transaction

    with pytest.raises(DatabaseError), transaction.atomic():
        prepared.rows("SELECT nothing FROM nowhere")
    assert prepared.rows("SELECT 1 + %s", [1]) == [(2,)]
