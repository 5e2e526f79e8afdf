"""The report's life: what people and officers may do, what is kept, and what is refused."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from kentongan import bodies, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation.outbox import Event, drain
from kentongan.foundation.problems import Problem
from kentongan.reports import filtering
from kentongan.reports.audit import audit
from kentongan.reports.cells import recount
from kentongan.reports.models import Entry, Photo, Report, ReportCell
from kentongan.subscribers import register
from tests.pictures import picture
from tests.world import BEKASI, STREET, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def citizen(world):
    return person()


@pytest.fixture
def officer(world):
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31", role="officer")
    return officer


@pytest.fixture
def report(citizen):
    return routing.submit(submission(), citizen).report


def works(officer):
    return reports.Who(officer, reports.Actor.OFFICER, "31")


def sent(citizen):
    return reports.Who(citizen, reports.Actor.REPORTER)


def resolved(report, officer):
    reports.accept(report.code, works(officer))
    return reports.resolve(report.code, works(officer), "Ditambal", no_photo_reason="Kamera rusak")


def problem(call, *given, **named):
    with pytest.raises(Problem) as refused:
        call(*given, **named)
    return refused.value


def test_a_public_code_that_another_report_has_is_drawn_anew(world, monkeypatch):
    taken = routing.submit(submission(), None).report.code
    drawn = iter([taken, taken, "7KQF-M2RD"])
    monkeypatch.setattr("kentongan.reports.storing.new_code", lambda restricted: next(drawn))
    assert routing.submit(submission(), None).report.code == "7KQF-M2RD"
    assert Report.objects.count() == 2
    assert list(audit()) == []


def test_report_has_its_place_its_body_and_two_entries_at_once(report):
    assert (report.state, report.body_id, report.village_code) == ("routed", "31.roads", "31.71.01.1001")
    assert [entry.kind for entry in reports.timeline(report)] == ["received", "routed"]


def test_same_submission_again_is_the_same_report(citizen):
    given = submission()
    first, again = routing.submit(given, citizen), routing.submit(given, citizen)
    assert (first.created, again.created) == (True, False)
    assert first.report.pk == again.report.pk
    assert Report.objects.count() == 1


def test_other_content_under_the_same_id_is_refused(citizen):
    given = submission()
    routing.submit(given, citizen)
    other = submission(submission_id=given.submission_id, text="Lain sekali")
    refused = problem(routing.submit, other, citizen)
    assert (refused.code, refused.status) == ("submission_conflict", 409)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"category": "no_such_thing"}, "unknown_category"),
        ({"at": None}, "place_required"),
        ({"at": (2.35, 48.85)}, "outside_country"),
        ({"at": (0.0, 0.0)}, "null_island"),
        ({"at": (-6.2, 106.8)}, "swapped_coordinates"),
        ({"at": (float("nan"), -6.2)}, "bad_coordinates"),
        ({"text": "a" * 100_000}, "text_too_long"),
        ({"text": "\u202e\u0000 "}, "text_required"),
        ({"occurred_at": timezone.now() + timedelta(days=1)}, "future_time"),
        ({"privacy": "hidden"}, "bad_privacy"),
        ({"url": "javascript:alert(1)"}, "bad_url"),
        ({"answers": {"nonsense": 1}}, "bad_answer"),
        ({"answers": {"size": "enormous"}}, "bad_answer"),
        ({"photos": (uuid4(),)}, "unknown_photo"),
        ({"body": "id.komdigi"}, "bad_body"),
    ],
)
def test_bad_submission_names_the_fault_and_leaves_nothing(citizen, fields, code):
    assert problem(routing.submit, submission(**fields), citizen).code == code
    assert not Report.objects.exists()
    assert not Entry.objects.exists()
    assert not Event.objects.filter(topic="report.entry").exists()


def test_secret_report_is_found_by_its_reporter_and_the_body_only(citizen, officer):
    report = routing.submit(submission(privacy="secret"), citizen).report
    assert len(report.code) == 29
    assert reports.find(report.code, citizen).pk == report.pk
    assert reports.find(report.code, officer).pk == report.pk
    assert problem(reports.find, report.code).status == 404
    assert reports.listing(reports.Filters()).items == []


def test_reporter_without_account_comes_back_by_token_and_claims_later(world, django_user_model):
    made = routing.submit(submission(privacy="secret"), None)
    assert reports.find(made.report.code, None, made.claim_token).pk == made.report.pk
    later = person("kemudian@contoh.id")
    assert reports.claim(later, made.claim_token).reporter_id == later.pk
    assert problem(reports.claim, later, made.claim_token).code == "bad_claim"


def test_resolving_without_photo_needs_a_reason(report, officer):
    reports.accept(report.code, works(officer))
    assert problem(reports.resolve, report.code, works(officer), "Selesai").code == "missing_evidence"
    done = reports.resolve(report.code, works(officer), "Selesai", no_photo_reason="Malam hari")
    assert (done.state, done.status, done.ending) == ("resolved", "done", "solved")


def test_reporter_rejects_the_result_and_later_confirms_with_stars(report, officer, citizen):
    resolved(report, officer)
    again = reports.reopen(report.code, sent(citizen), "Masih berlubang")
    assert (again.state, again.status, again.reopen_count, again.ending) == ("routed", "waiting", 1, "")
    resolved(report, officer)
    rated = reports.rate(report.code, sent(citizen), 5)
    assert (rated.state, rated.stars) == ("confirmed", 5)
    assert list(audit()) == []


def test_three_neighbours_with_photos_reopen_a_result(report, officer):
    resolved(report, officer)
    for number in range(3):
        neighbour = reports.Who(person(f"n{number}@contoh.id"), reports.Actor.CITIZEN)
        photo = reports.add_photo(picture(number))
        after = reports.contest(report.code, neighbour, "Belum", photos=[photo.pk])
    assert (after.state, after.reopen_count, after.contest_count) == ("routed", 1, 0)
    assert list(audit()) == []


def test_one_neighbour_contests_once_and_needs_a_photo(report, officer):
    resolved(report, officer)
    neighbour = reports.Who(person("n@contoh.id"), reports.Actor.CITIZEN)
    assert problem(reports.contest, report.code, neighbour, "Belum", photos=[]).code == "photo_required"
    reports.contest(report.code, neighbour, "Belum", photos=[reports.add_photo(picture(1)).pk])
    again = problem(reports.contest, report.code, neighbour, "Belum", photos=[reports.add_photo(picture(2)).pk])
    assert again.code == "contested_before"


def test_transfer_to_a_body_that_has_not_joined_waits_there_honestly(report, officer):
    moved = reports.transfer(report.code, works(officer), "32.16", "Bukan wilayah kami")
    assert (moved.state, moved.body_id) == ("awaiting_partner", "32.16")
    assert list(audit()) == []


def test_transferred_report_goes_back_to_where_it_came_from(report, officer):
    reports.transfer(report.code, works(officer), "id.pu", "Jalan nasional")
    back = reports.give_back(report.code, works(officer), "Bukan jalan nasional")
    assert (back.state, back.body_id) == ("forwarded", "31.roads")


def test_endings_are_told_apart(citizen, officer):
    first, second = (routing.submit(submission(), citizen).report for _ in range(2))
    reports.reject(first.code, works(officer), "Tidak ditemukan")
    reports.reject(second.code, works(officer), "Sudah di kepolisian", passed_on=True)
    assert reports.counts()["ending"] == {"closed_without_fix": 1, "passed_on": 1}


def test_two_officers_do_not_overwrite_each_other(report, officer):
    seen = report.seq
    reports.accept(report.code, works(officer), expected_seq=seen)
    refused = problem(reports.reject, report.code, works(officer), "Tidak jelas", expected_seq=seen)
    assert refused.code == "changed_meanwhile"


def test_support_counts_each_person_once_and_not_the_reporter(report, citizen):
    neighbour = person("n@contoh.id")
    for _ in range(2):
        after = reports.support(report.code, neighbour)
    assert after.support_count == 1
    assert problem(reports.support, report.code, citizen).code == "own_report"


def test_look_at_the_reporter_needs_a_reason_and_the_reporter_sees_it(report, officer, citizen):
    assert problem(reports.look_at_identity, report.code, works(officer), " ").code == "text_required"
    assert reports.look_at_identity(report.code, works(officer), "Perlu alamat") == citizen
    assert [entry.kind for entry in reports.timeline(report, citizen)][-1] == "identity_seen"
    assert "identity_seen" not in [entry.kind for entry in reports.timeline(report)]


def test_name_of_an_anonymous_reporter_is_for_the_administrator_alone(citizen, officer):
    report = routing.submit(submission(privacy="anonymous"), citizen).report
    assert problem(reports.look_at_identity, report.code, works(officer), "Ingin tahu").status == 403
    boss = person("admin@contoh.id", is_superuser=True)
    assert reports.look_at_identity(report.code, reports.Who(boss, reports.Actor.OFFICER), "Perintah") == citizen


def test_internal_note_is_read_by_staff_only(report, officer, citizen):
    reports.note(report.code, works(officer), "Hubungi kontraktor", internal=True)
    assert "noted" in [entry.kind for entry in reports.timeline(report, officer)]
    assert "noted" not in [entry.kind for entry in reports.timeline(report, citizen)]


def test_near_report_of_the_same_kind_is_offered(report):
    found = reports.near_duplicates("road_damage", STREET[0] + 0.0001, STREET[1], "lubang besar")
    assert [likely.report.pk for likely in found] == [report.pk]
    Report.objects.update(created_at=timezone.now() - timedelta(days=400))  # a hole that nobody mends is reported again
    assert reports.near_duplicates("road_damage", *STREET)
    assert reports.near_duplicates("waste", *STREET) == []
    assert reports.near_duplicates("road_damage", STREET[0] + 0.002, STREET[1]) == []


def test_pages_stay_stable_while_new_reports_come_in(citizen):
    codes = [routing.submit(submission(), citizen).report.code for _ in range(5)]
    first = reports.listing(reports.Filters(limit=2))
    routing.submit(submission(), citizen)
    second = reports.listing(reports.Filters(limit=2, cursor=first.next))
    assert [one.code for one in [*first.items, *second.items]] == codes[:0:-1]


def test_audit_names_a_row_that_somebody_changed_behind_the_timeline(report):
    Report.objects.filter(pk=report.pk).update(state="confirmed")
    assert [(found.code, found.what) for found in audit()] == [(report.code, "state")]


def test_map_counts_follow_the_timeline_and_equal_a_fresh_count(citizen, officer):
    register()
    report = routing.submit(submission(), citizen).report
    routing.submit(submission(privacy="secret"), citizen)
    resolved(report, officer)
    while drain():
        pass
    kept = set(ReportCell.objects.filter(count__gt=0).values_list("resolution", "cell", "status", "count"))
    recount()
    assert kept == set(ReportCell.objects.values_list("resolution", "cell", "status", "count"))
    assert {status for _resolution, _cell, status, _count in kept} == {"done"}


def test_after_photo_that_was_seen_before_is_marked(citizen, officer):
    before = reports.add_photo(picture(7))
    report = routing.submit(submission(photos=(before.pk,)), citizen).report
    reports.accept(report.code, works(officer))
    again = reports.add_photo(picture(7))
    reports.resolve(report.code, works(officer), photos=[again.pk])
    assert Photo.objects.get(pk=again.pk).marks == ["seen_before"]


@pytest.mark.django_db(transaction=True)
def test_double_tap_on_two_connections_makes_one_report(world, citizen):
    given, made = submission(), []
    barrier = threading.Barrier(4)

    def tap():
        barrier.wait()
        try:
            made.append(routing.submit(given, None).report.code)
        finally:
            connection.close()

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()
    assert len(made) == 4
    assert len(set(made)) == Report.objects.count() == 1
    assert bodies.get("31.roads").is_partner


def test_a_crowded_box_gives_the_same_pages_by_walking_the_newest(world, monkeypatch):
    here, beside = (106.81, -6.18, 106.83, -6.16), (106.825, -6.165)
    for number in range(12):
        routing.submit(submission(at=STREET if number % 3 else beside), None)
        routing.submit(submission("waste", at=BEKASI), None)

    def pages():
        found, cursor = [], ""
        while True:
            rows, cursor = reports.list_public(reports.Filters(bbox=here, limit=5, cursor=cursor))
            found.append([row.code for row in rows])
            if not cursor:
                return found

    read_whole = pages()
    assert [len(page) for page in read_whole] == [5, 5, 2]
    monkeypatch.setattr(filtering, "WALKED_SHARE", 1)
    filtering._highest.cache_clear()
    assert pages() == read_whole
    routing.submit(submission(), None)
    assert pages()[0] == [Report.objects.latest("pk").code, *read_whole[0][:4]]
