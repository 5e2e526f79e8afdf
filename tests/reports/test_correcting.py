"""A body takes back its own result, or stands by it; a result somebody objects to is work again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.pictures import picture
from tests.world import STREET, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(world) -> Who:
    member = person("petugas@contoh.id")
    Membership.objects.create(person=member, body=bodies.get("31.roads"), role="officer")
    return Who(member, Actor.OFFICER, "31.roads")


def report() -> Report:
    return routing.submit(submission(), None).report


def contested(officer: Who) -> Report:
    found = report()
    reports.resolve(found.code, officer, no_photo_reason="Sudah")
    photo = reports.add_photo(picture(), None)
    return reports.contest(found.code, Who(person("lain@contoh.id"), Actor.CITIZEN), "Belum", photos=[photo.pk])


@pytest.mark.parametrize("before", ["routed", "accepted", "in_progress"])
@pytest.mark.parametrize("ended", ["resolve", "reject"])
def test_a_result_given_by_mistake_is_taken_back_to_where_the_report_was(officer, before, ended):
    found = report()
    if before != "routed":
        {"accepted": reports.accept, "in_progress": reports.start}[before](found.code, officer)
    if ended == "resolve":
        reports.resolve(found.code, officer, no_photo_reason="Salah pencet")
    else:
        reports.reject(found.code, officer, "Salah pencet")
    back = reports.undo(found.code, officer)
    assert (back.state, back.ending, back.ended_at) == (before, "", None)
    assert list(audit()) == []


def test_a_result_is_taken_back_for_a_day_and_opened_again_after_that(officer):
    found = report()
    reports.resolve(found.code, officer, no_photo_reason="Sudah")
    Entry.objects.filter(report=found, kind="resolved").update(at=timezone.now() - timedelta(hours=25))
    with pytest.raises(Problem, match="too_late"):
        reports.undo(found.code, officer)
    assert reports.reopen(found.code, officer, "Ternyata belum").state == "routed"


def test_a_result_that_the_reporter_has_confirmed_is_not_taken_back(officer):
    found = report()
    reports.resolve(found.code, officer, no_photo_reason="Sudah")
    reports.confirm(found.code, Who(None, Actor.REPORTER))
    with pytest.raises(Problem, match="wrong_state"):
        reports.undo(found.code, officer)


def test_a_result_somebody_objects_to_is_in_the_list_of_what_is_to_be_done(officer):
    found = contested(officer)
    queue = casework.queue(officer.person, "31.roads")
    counts = casework.counts(officer.person, "31.roads")
    assert [one.code for one in queue.items] == [found.code]
    assert (counts["open"].number, counts["done"].number) == (1, 1)
    assert {"uphold", "undo", "reopen"} <= casework.possible_steps(officer.person, found)


def test_a_body_that_stands_by_its_result_says_why_and_the_report_leaves_the_list(officer):
    found = contested(officer)
    upheld = reports.uphold(found.code, officer, "Foto itu dari jalan lain")
    assert (upheld.contest_count, upheld.state) == (0, "resolved")
    assert casework.queue(officer.person, "31.roads").items == []
    assert list(audit()) == []
    with pytest.raises(Problem, match="wrong_state"):
        reports.uphold(found.code, officer, "Lagi")


def test_after_a_transfer_reasons_deadline_and_names_are_those_of_the_new_body(officer):
    found = report()
    Report.objects.filter(pk=found.pk).update(deadline_at=timezone.now() - timedelta(days=3))
    moved = reports.transfer(found.code, officer, "id.pu", "Ini jalan nasional")
    assert moved.decision["body"] == "id.pu"
    (reason,) = moved.decision["reasons"]
    giver = bodies.get("31.roads")
    assert giver.name_id in reason["text"]["id"]
    assert "Ini jalan nasional" in reason["text"]["id"]
    assert giver.name_en in reason["text"]["en"]
    assert moved.deadline_at > timezone.now()
    assert moved.lon == STREET[0]
    assert list(audit()) == []


def test_a_result_after_one_that_was_taken_back_may_be_contested_by_the_same_person_again(officer):
    found = contested(officer)
    reports.undo(found.code, officer)
    reports.resolve(found.code, officer, no_photo_reason="Kini sungguh")
    neighbour = Who(Person.objects.get(email="lain@contoh.id"), Actor.CITIZEN)
    again = reports.contest(found.code, neighbour, "Masih", photos=[reports.add_photo(picture(2), None).pk])
    assert again.contest_count == 1
    reports.uphold(found.code, officer, "Sudah kami lihat lagi")
    with pytest.raises(Problem, match="contested_before"):  # the same result, which the body has answered for
        reports.contest(found.code, neighbour, "Belum", photos=[reports.add_photo(picture(3), None).pk])
