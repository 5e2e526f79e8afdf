"""Teams of a body, and who is told by mail that something is for them."""

from __future__ import annotations

import sys

import pytest
from django.utils import timezone

from kentongan import casework, reports, routing
from kentongan.bodies.models import Membership, Team
from kentongan.foundation.outbox import drain
from kentongan.foundation.problems import Problem
from kentongan.notify.models import StaffMail
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.world import person, submission

pytestmark = pytest.mark.django_db
PAGE = "/console/bodies/31.roads/teams"


def staff(role="officer", name="Budi Santoso", body="31.roads"):
    member = person(f"{name.split()[0].lower()}.{role}@contoh.id", name=name)
    Membership.objects.create(person=member, body_id=body, role=role)
    return member


@pytest.fixture
def boss(world):
    return staff("administrator", "Sri Rahayu")


@pytest.fixture
def officer(world):
    return staff()


@pytest.fixture
def report(world):
    return routing.submit(submission(), person()).report


def test_a_team_is_made_manned_renamed_and_ended_on_its_page(client, boss, officer):
    client.force_login(boss)
    client.post(PAGE, {"name": "Tim Gambir", "members": [officer.pk]})
    team = Team.objects.get()
    assert (team.name, list(team.members.all())) == ("Tim Gambir", [officer])
    client.post(PAGE, {"team": team.pk, "name": "Tim Senen", "members": [officer.pk, boss.pk]})
    assert team.members.count() == 2
    assert "Tim Senen" in client.get(PAGE).content.decode()
    client.post(PAGE, {"team": team.pk, "do": "end"})
    assert "Tim Senen" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"team": team.pk, "do": "end"}).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"), ({"name": "x" * 61}, "name"), ({"name": "Tim Ada"}, "name"),
        ({"name": "Tim", "members": ["0"]}, "members"), ({"name": "Tim", "members": ["x\0"]}, "members"),
    ],
)  # fmt: skip
def test_a_team_that_cannot_be_is_refused_and_nothing_typed_is_lost(client, boss, given, field):
    casework.make_team(boss, "31.roads", "Tim Ada")
    client.force_login(boss)
    answer = client.post(PAGE, given)
    assert answer.status_code == 422
    assert given["name"].strip() in answer.content.decode()
    assert f'href="#{field}"' in answer.content.decode()
    assert Team.objects.count() == 1


def test_only_administrators_see_and_change_teams(client, officer):
    client.force_login(officer)
    assert client.get(PAGE).status_code == 403
    with pytest.raises(Problem, match="forbidden"):
        casework.make_team(officer, "31.roads", "Tim")


def test_a_citizen_or_viewer_is_no_member(boss):
    for other in (person("warga@contoh.id"), staff("viewer", "Wati")):
        with pytest.raises(Problem, match="bad_member"):
            casework.make_team(boss, "31.roads", "Tim", [str(other.pk)])


def test_what_a_team_that_ends_has_in_hand_stays_with_its_people_or_goes_to_the_queue(boss, officer, report):
    register()
    team = casework.make_team(boss, "31.roads", "Tim Gambir", [str(officer.pk)])
    other = routing.submit(submission(text="Lubang lain"), None).report
    for one in (report, other):
        reports.assign(one.code, Who(boss, reports.Actor.OFFICER, "31.roads"), team)
    reports.assign(other.code, Who(boss, reports.Actor.OFFICER, "31.roads"), officer)
    casework.end_team(boss, "31.roads", str(team.pk))
    drain()
    now = {one.pk: (one.team, one.assignee) for one in Report.objects.all()}
    assert now == {report.pk: (None, None), other.pk: (None, officer)}
    assert not list(audit())


def waiting(member):
    row = StaffMail.objects.filter(person=member).first()
    return set(row.waiting.get("31.roads", {})) if row else set()


def given(boss, report, to):
    register()
    drain()
    StaffMail.objects.update(waiting={})
    casework.assign(boss, Report.objects.get(pk=report.pk), to)
    drain()


def test_who_is_given_work_is_told_and_nobody_else(boss, officer, report):
    other = staff(name="Joko")
    given(boss, report, f"person:{officer.pk}")
    assert (waiting(officer), waiting(other), waiting(boss)) == ({"mine"}, set(), set())


def test_all_of_a_team_are_told_but_the_one_who_gave_it(boss, officer, report):
    team = casework.make_team(boss, "31.roads", "Tim", [str(officer.pk), str(boss.pk)])
    given(boss, report, f"team:{team.pk}")
    assert (waiting(officer), waiting(boss)) == ({"mine"}, set())


def test_coordinators_are_told_of_work_that_somebody_left_behind(boss, officer, report):
    given(officer, report, "me")
    casework.dismiss(boss, "31.roads", Membership.objects.get(person=officer).pk)
    drain()  # takes it from them
    drain()
    assert waiting(boss) == {"mine"}


def note(client, report, text, visibility="internal"):
    seq = Report.objects.get(pk=report.pk).seq
    sent = {"expected_seq": seq, "text": text, "visibility": visibility}
    return client.post(f"/console/reports/{report.code}/steps/note", sent)


@pytest.mark.parametrize("called", ["@Budi", "@budi santoso", "@budi.officer", "tolong @BUDI, cek"])
def test_a_colleague_who_is_named_in_a_note_is_told(client, boss, officer, report, called):
    register()
    drain()
    StaffMail.objects.update(waiting={})
    client.force_login(boss)
    note(client, report, f"{called} lihat ini")
    drain()
    assert waiting(officer) == {"mine"}


def test_a_whole_name_of_somebody_elsewhere_calls_nobody_who_has_the_first_name(client, boss, officer, report):
    staff(name="Budi Hartono", role="coordinator", body="31.water")
    client.force_login(boss)
    answer = note(client, report, "@Budi  Hartono lihat ini")
    assert answer.status_code == 422
    assert "budi hartono" in answer.content.decode().lower()
    assert "tidak bekerja di instansi ini" in answer.content.decode()
    assert casework.mentioned("31.roads", "@Budi lihat ini") == [officer]


def test_who_renames_a_team_that_somebody_ends_does_not_bring_it_back(boss, officer, monkeypatch):
    team = casework.make_team(boss, "31.roads", "Tim Gambir")

    def meanwhile(body):
        Team.objects.filter(pk=team.pk).update(ended_at=timezone.now())
        return [officer]

    monkeypatch.setattr(sys.modules["kentongan.casework.teams"], "workers_of", meanwhile)
    casework.change_team(boss, "31.roads", str(team.pk), "Tim Monas", [])
    assert Team.objects.get(pk=team.pk).ended_at is not None


def test_what_somebody_has_left_behind_done_is_not_read_again(report, officer, django_assert_num_queries):
    Report.objects.filter(pk=report.pk).update(assignee=officer, state="closed")
    Membership.objects.filter(person=officer).delete()
    with django_assert_num_queries(1):
        assert casework.return_work() == 0


@pytest.mark.parametrize("text", ["surel budi@contoh.id", "@orang", "@Budiman", "Budi", "@", "a@budi"])
def test_other_words_call_nobody(world, officer, text):
    assert casework.mentioned("31.roads", text) == []


def test_a_public_note_calls_nobody(client, boss, officer, report):
    client.force_login(boss)
    note(client, report, "@Budi lihat ini", "public")
    assert report.entries.latest("seq").data.get("mentions") is None


def test_a_first_name_of_two_colleagues_is_asked_about_and_the_words_stay(client, boss, officer, report):
    namesake = staff(name="Budi Hartono", role="coordinator")
    client.force_login(boss)
    answer = note(client, report, "@Budi lihat ini")
    assert answer.status_code == 422
    assert "@Budi lihat ini" in answer.content.decode()
    assert casework.mentioned("31.roads", "@Budi Hartono lihat") == [namesake]
