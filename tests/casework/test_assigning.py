"""Who works on a report: given, taken, given back, and let go when they leave."""

from __future__ import annotations

import pytest

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership, Team
from kentongan.foundation.outbox import drain
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.audit import audit
from kentongan.reports.models import Priority
from kentongan.subscribers import register
from tests.world import person, submission

pytestmark = pytest.mark.django_db


def staff(role="officer", body="31.roads", email=None):
    member = person(email or f"{role}@contoh.id")
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    return member


@pytest.fixture
def report(world):
    return routing.submit(submission(), person()).report


@pytest.fixture
def officer(world):
    return staff()


@pytest.fixture
def coordinator(world):
    return staff("coordinator")


@pytest.fixture
def team(officer):
    made = Team.objects.create(body_id="31.roads", name="Regu Gambir")
    made.members.add(officer)
    return made


def now(report):
    report.refresh_from_db()
    return report.assignee, report.team, report.priority


def give(by, report, to, **given):
    report.refresh_from_db()
    return casework.assign(by, report, to, **given)


def test_an_officer_takes_a_report_and_gives_it_back(report, officer):
    give(officer, report, "me")
    assert now(report)[0] == officer
    give(officer, report, "")
    assert now(report)[0] is None
    assert [entry.kind for entry in report.entries.order_by("seq")][-2:] == ["assigned", "assigned"]


@pytest.mark.parametrize("to", ["person", "team"])
def test_an_officer_gives_nothing_to_others(report, officer, coordinator, team, to):
    named = f"team:{team.pk}" if to == "team" else f"person:{coordinator.pk}"
    with pytest.raises(Problem) as refused:
        give(officer, report, named)
    assert refused.value.status == 403
    assert now(report)[:2] == (None, None)


def test_an_officer_does_not_take_a_colleagues_work_away_into_the_queue(report, officer, coordinator):
    give(coordinator, report, "me")
    with pytest.raises(Problem, match="forbidden"):
        give(officer, report, "")


def test_a_coordinator_gives_to_a_team_and_to_one_of_it(report, officer, coordinator, team):
    give(coordinator, report, f"team:{team.pk}")
    assert now(report)[:2] == (None, team)
    give(coordinator, report, f"person:{officer.pk}")
    assert now(report)[:2] == (officer, team)
    give(coordinator, report, f"person:{coordinator.pk}")
    assert now(report)[:2] == (coordinator, None)  # no member of the team
    assert not list(audit())


def test_giving_back_leaves_it_with_the_team(report, officer, coordinator, team):
    give(coordinator, report, f"team:{team.pk}")
    give(officer, report, "me")
    give(officer, report, "")
    assert now(report)[:2] == (None, team)


@pytest.mark.parametrize("to", ["person:0", "team:0", "person:", "orang", "person:999999999999999999999", "team:x\0"])
def test_nobody_unknown_is_given_work(report, coordinator, to):
    with pytest.raises(Problem) as refused:
        give(coordinator, report, to)
    assert (refused.value.code, refused.value.field) == ("bad_assignee", "to")


@pytest.mark.parametrize("who", ["viewer", "other body", "citizen"])
def test_work_is_given_to_nobody_who_cannot_do_it(report, coordinator, who):
    named = {
        "viewer": lambda: staff("viewer"),
        "other body": lambda: staff(body="51.71"),
        "citizen": lambda: person("x@y.id"),
    }
    with pytest.raises(Problem, match="bad_assignee"):
        give(coordinator, report, f"person:{named[who]().pk}")


def test_staff_and_teams_of_the_government_work_for_its_departments(report, coordinator):
    above, team = staff(body="31", email="atas@contoh.id"), Team.objects.create(body_id="31", name="Reaksi cepat")
    give(coordinator, report, f"person:{above.pk}")
    assert give(coordinator, report, f"team:{team.pk}").team == team


def test_a_team_that_has_ended_gets_nothing(report, coordinator, team):
    Team.objects.update(ended_at="2026-01-01T00:00Z")
    with pytest.raises(Problem, match="bad_assignee"):
        give(coordinator, report, f"team:{team.pk}")


def test_two_who_take_the_same_report_do_not_overwrite_each_other(report, officer, coordinator):
    report.refresh_from_db()
    read = report.seq
    casework.assign(officer, report, "me", expected_seq=read)
    with pytest.raises(Problem, match="changed_meanwhile"):
        casework.assign(coordinator, report, "me", expected_seq=read)
    assert now(report)[0] == officer


def test_taking_it_twice_is_said_once(report, officer):
    give(officer, report, "me")
    seq = give(officer, report, "me").seq
    assert report.entries.count() == seq


@pytest.mark.parametrize("word", ["low", "high", "urgent"])
def test_a_priority_is_set_and_stands_in_the_timeline(report, officer, word):
    reports.prioritise(report.code, casework.who(officer, report, "prioritise"), word)
    assert Priority(now(report)[2]).word == word
    assert not list(audit())


@pytest.mark.parametrize("word", ["", "2", "biasa", "URGENT\0", "name"])
def test_no_other_word_is_a_priority(report, officer, word):
    with pytest.raises(Problem, match="bad_priority"):
        reports.prioritise(report.code, casework.who(officer, report), word)


def test_another_body_gets_it_without_hands_and_without_priority(report, officer, coordinator, team):
    give(coordinator, report, f"team:{team.pk}")
    give(officer, report, "me")
    reports.prioritise(report.code, casework.who(officer, report), "urgent")
    reports.transfer(report.code, casework.who(officer, report), "id.pu", "Jalan nasional")
    assert now(report) == (None, None, Priority.NORMAL)
    reports.give_back(report.code, casework.who(staff(body="id.pu", email="pu@contoh.id"), report), "Bukan")
    assert now(report) == (None, None, Priority.NORMAL)
    assert not list(audit())


def test_what_has_ended_is_given_to_nobody_until_somebody_objects(report, officer):
    reports.reject(report.code, casework.who(officer, report), "Bukan jalan umum")
    report.refresh_from_db()
    assert "assign" not in casework.possible_steps(officer, report)
    with pytest.raises(Problem, match="wrong_state"):
        give(officer, report, "me")
    reports.reopen(report.code, casework.who(officer, report), "Ternyata jalan umum")
    assert give(officer, report, "me").assignee == officer


def test_nobody_outside_reads_who_works_on_it(report, officer, client):
    give(officer, report, "me")
    reports.prioritise(report.code, casework.who(officer, report), "urgent")
    for viewer in (None, report.reporter, staff(body="51.71", email="lain@contoh.id")):
        kinds = {entry.kind for entry in reports.timeline(report, viewer)}
        assert not kinds & {"assigned", "prioritised"}
    for address in (f"/api/v1/reports/{report.code}", f"/api/v1/reports/{report.code}/timeline", f"/r/{report.code}"):
        told = client.get(address).content.decode()
        assert officer.email not in told
        assert "assign" not in told
        assert "priorit" not in told


def leaves(how, officer, administrator):
    if how == "dismissed":
        casework.dismiss(administrator, "31.roads", Membership.objects.get(person=officer).pk)
    if how == "made a viewer":
        casework.appoint(administrator, "31.roads", officer.email, "viewer")
    if how == "moved":
        casework.dismiss(administrator, "31.roads", Membership.objects.get(person=officer).pk)
        Membership.objects.create(person=officer, body_id="51.71", role="officer")
    if how == "switched off":
        Person.objects.filter(pk=officer.pk).update(is_active=False)
    if how == "period over":
        Membership.objects.filter(person=officer).update(until="2026-01-01T00:00Z")


@pytest.mark.parametrize("how", ["dismissed", "made a viewer", "moved", "switched off", "period over"])
@pytest.mark.parametrize("in_team", [True, False])
def test_who_leaves_leaves_their_work_to_the_team_or_the_queue(report, officer, coordinator, team, how, in_team):
    if in_team:
        give(coordinator, report, f"team:{team.pk}")
    give(officer, report, "me")
    leaves(how, officer, staff("administrator"))
    register()
    if how in {"switched off", "period over"}:  # nobody's act: seen when it is looked at
        assert casework.return_work() == 1
    else:
        drain()
    assert now(report)[:2] == (None, team if in_team else None)
    last = report.entries.order_by("-seq").first()
    assert (last.kind, last.actor, last.data["why"]) == ("assigned", "system", "left")
    assert casework.return_work() == 0


def test_who_stays_keeps_their_work(report, officer):
    give(officer, report, "me")
    casework.appoint(staff("administrator"), "31.roads", officer.email, "coordinator")
    register()
    drain()
    assert casework.return_work() == 0
    assert now(report)[0] == officer


def test_an_account_that_is_erased_leaves_the_report_to_nobody_and_the_audit_agrees(report, officer):
    give(officer, report, "me")
    officer.delete()
    assert now(report)[0] is None
    assert not list(audit())
