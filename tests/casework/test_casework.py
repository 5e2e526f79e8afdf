"""Who may do what with a report, and what stands in a body's queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cachetools import TTLCache
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.casework import Filter, counting
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report
from tests.world import BEKASI, STREET, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(world):
    return routing.submit(submission(), person()).report


def staff(role, body="31.roads", email=None):
    member = person(email or f"{role}@contoh.id")
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    return member


def test_staff_of_a_body_that_has_not_joined_yet_pass_on_what_is_not_theirs(world):
    report = routing.submit(submission(at=BEKASI), None).report
    assert (report.state, report.body.is_partner) == ("awaiting_partner", False)
    officer = staff("officer", report.body_id)
    assert "transfer" in casework.possible_steps(officer, report)
    moved = reports.transfer(report.code, casework.who(officer, report, "transfer"), "id.pu", "Ini jalan nasional")
    assert (moved.state, moved.body_id) == ("forwarded", "id.pu")
    assert reports.hand_over(report.code) is False


def test_an_officer_of_the_body_acts_for_it(report):
    who = casework.who(staff("officer"), report)
    assert (who.actor, who.body) == ("officer", "31.roads")


def test_staff_of_the_government_act_for_its_departments(report):
    assert casework.who(staff("officer", "31"), report).body == "31.roads"


@pytest.mark.parametrize("body", ["31.water", "51.71", "id.pu"])
def test_an_officer_of_another_body_is_refused(report, body):
    with pytest.raises(Problem) as refused:
        casework.who(staff("officer", body), report)
    assert (refused.value.code, refused.value.status) == ("forbidden", 403)


def test_a_citizen_is_refused_even_for_their_own_report(report):
    with pytest.raises(Problem, match="forbidden"):
        casework.who(report.reporter, report)
    assert casework.possible_steps(report.reporter, report) == frozenset()


def test_a_viewer_reads_and_changes_nothing(report):
    viewer = staff("viewer")
    assert casework.may_see(viewer, report)
    assert casework.possible_steps(viewer, report) == frozenset()
    with pytest.raises(Problem, match="forbidden"):
        casework.who(viewer, report)


def test_joining_reports_is_for_a_coordinator(report):
    officer, coordinator = staff("officer"), staff("coordinator")
    assert "merge" not in casework.possible_steps(officer, report)
    assert "merge" in casework.possible_steps(coordinator, report)
    with pytest.raises(Problem, match="forbidden"):
        casework.who(officer, report, "merge")
    assert casework.who(coordinator, report, "merge").person == coordinator


def test_the_steps_offered_are_those_of_the_state(report):
    officer = staff("officer")
    assert {"accept", "start", "resolve", "reject", "transfer", "note"} <= casework.possible_steps(officer, report)
    assert "return" not in casework.possible_steps(officer, report)  # nobody had it before
    ended = reports.reject(report.code, casework.who(officer, report), "Bukan jalan umum")
    assert casework.possible_steps(officer, ended) == {"note", "identity", "undo", "reopen"}


def test_a_role_that_has_ended_gives_nothing(report):
    officer = staff("officer")
    Membership.objects.filter(person=officer).update(until=timezone.now() - timedelta(seconds=1))
    assert casework.bodies_of(officer) == []
    assert not casework.works_somewhere(officer)
    with pytest.raises(Problem, match="forbidden"):
        casework.who(officer, report)


def test_the_queue_holds_open_reports_oldest_first_and_those_of_the_departments(world):
    made = [routing.submit(submission(text=f"Lubang {n}"), person(f"w{n}@contoh.id")).report for n in range(3)]
    other = routing.submit(submission("waste", BEKASI), person()).report
    boss = staff("officer", "31")
    found = casework.queue(boss, "31")
    assert [one.pk for one in found.items] == [one.pk for one in made]
    assert other.pk not in [one.pk for one in found.items]
    assert [one.pk for one in casework.queue(boss, "31", Filter(sort="-age")).items] == [one.pk for one in made[::-1]]
    counts = casework.counts(boss, "31")
    assert counts["open"] == counts["waiting"] == (3, False)


def test_a_report_moves_between_the_lists_of_the_queue(report):
    officer = staff("officer")
    reports.accept(report.code, casework.who(officer, report))
    assert not casework.queue(officer, "31.roads", Filter("waiting")).items
    assert len(casework.queue(officer, "31.roads", Filter("in_process")).items) == 1
    reports.resolve(report.code, casework.who(officer, report), no_photo_reason="Malam hari")
    assert {name: count.number for name, count in casework.counts(officer, "31.roads").items()} == {
        "open": 0, "waiting": 0, "in_process": 0, "done": 1, "no_partner": 0, "closed": 0, "archive": 1,
    }  # fmt: skip


@pytest.mark.parametrize("ended", [False, True])
def test_a_report_that_moved_away_asks_for_nothing_here_and_is_read_in_its_list(report, ended):
    here = routing.submit(submission(), person("dua@contoh.id")).report
    officer, listed = staff("officer"), "waiting"
    if ended:  # a result that somebody objected to before it moved
        reports.resolve(report.code, casework.who(officer, report, "resolve"), no_photo_reason="Malam hari")
        Report.objects.filter(pk=report.pk).update(contest_count=1)
        listed = "done"
    assert casework.counts(officer, "31.roads")["open"].number == 2
    reports.depart(report.code, Report.objects.get(pk=report.pk).seq, {"to": "bekasi"})
    found = casework.queue(officer, "31.roads")
    assert [one.code for one in found.items] == [here.code]
    assert casework.counts(officer, "31.roads")["open"].number == 1
    assert report.code in [one.code for one in casework.queue(officer, "31.roads", Filter(listed)).items]
    reports.arrive(report.code, {"from": "bekasi"})
    assert casework.counts(officer, "31.roads")["open"].number == len(casework.queue(officer, "31.roads").items) == 2


def test_secret_reports_stand_in_the_queue_of_their_body(world):
    routing.submit(submission(privacy="secret"), person())
    assert len(casework.queue(staff("viewer"), "31.roads").items) == 1


def test_a_long_queue_comes_in_pieces_without_gaps_or_repeats(world):
    for n in range(5):
        routing.submit(submission(text=f"Lubang {n}"), person(f"w{n}@contoh.id"))
    officer, seen, cursor = staff("officer"), [], ""
    while True:
        found = casework.queue(officer, "31.roads", cursor=cursor, size=2)
        seen += [one.text for one in found.items]
        if not (cursor := found.next):
            break
    assert seen == [f"Lubang {n}" for n in range(5)]


def test_the_queue_of_another_body_is_closed(world):
    with pytest.raises(Problem) as refused:
        casework.queue(staff("officer"), "51.71")
    assert refused.value.status == 403


def test_bodies_are_found_by_words_of_either_language_and_by_code(world):
    assert casework.find_bodies("department roads jakarta")[0].code == "31.roads"
    assert casework.find_bodies("bina marga")[0].code == "31.roads"
    assert casework.find_bodies("32.16")[0].code == "32.16"
    assert casework.find_bodies("pu")[0].code == "id.pu"  # not Jayapura, whose name has the letters
    assert casework.find_bodies("  ") == []
    assert all(one.code != "31.roads" for one in casework.find_bodies("bina marga", without="31.roads"))


def test_an_administrator_appoints_changes_and_dismisses(world):
    boss, new = staff("administrator", "31"), person("baru@contoh.id")
    casework.appoint(boss, "31.roads", " BARU@contoh.id ", "viewer")
    casework.appoint(boss, "31.roads", "baru@contoh.id", "officer")
    (held,) = casework.staff_of(boss, "31.roads")
    assert (held.person, held.role) == (new, "officer")
    casework.dismiss(boss, "31.roads", held.pk)
    assert casework.staff_of(boss, "31.roads") == []
    with pytest.raises(Problem, match="not_found"):
        casework.dismiss(boss, "31.roads", held.pk)
    assert casework.bodies_of(new) == []


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [("officer@contoh.id", "raja", "bad_role")],
)
def test_a_wrong_appointment_names_its_field(world, email, role, code):
    staff("officer")
    with pytest.raises(Problem) as refused:
        casework.appoint(staff("administrator", "31"), "31.roads", email, role)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert refused.value.field


@pytest.mark.parametrize("role", ["viewer", "officer", "coordinator"])
def test_nobody_else_manages_staff(world, role):
    with pytest.raises(Problem, match="forbidden"):
        casework.staff_of(staff(role), "31.roads")


def test_nobody_takes_their_own_role_away(world):
    boss = staff("administrator", "31")
    with pytest.raises(Problem, match="own_role"):
        casework.appoint(boss, "31", boss.email, "viewer")
    (held,) = casework.staff_of(boss, "31")
    with pytest.raises(Problem, match="own_role"):
        casework.dismiss(boss, "31", held.pk)


def test_the_street_of_the_tests_belongs_to_the_road_department(report):
    assert (report.lon, report.lat) == STREET
    assert report.body_id == "31.roads"


def test_counts_follow_a_change_whose_number_is_lower_than_one_seen_before(report, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(counting, "_kept", TTLCache(512, counting.AGE, timer=lambda: now[0]))
    officer = staff("officer")
    assert casework.counts(officer, "31.roads")["waiting"].number == 1
    Report.objects.filter(pk=report.pk).update(state="accepted")  # as PostgreSQL commits it: no higher entry comes
    now[0] += counting.AGE + 1
    assert casework.counts(officer, "31.roads")["waiting"].number == 0
