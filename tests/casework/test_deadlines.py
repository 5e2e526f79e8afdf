"""Deadlines: promised by category, priority and body, by the body's clock; warned of, passed, escalated."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation.problems import Problem
from kentongan.notify.due import escalations, in_hand, passed, warnings
from kentongan.reports.models import Report
from tests.world import person, submission

pytestmark = pytest.mark.django_db
WEEKDAYS = {
    "workdays": ["0", "1", "2", "3", "4"], "opens": "", "closes": "", "national": "yes", "joint": "yes", "days_off": "",
    "tell": "all", "warn_hours": "24", "escalate_to": "nobody", "escalate_hours": "24",
}  # fmt: skip


def staff(role="officer", body="31.roads", email=None):
    member = person(email or f"{role}.{body}@contoh.id")
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    return member


@pytest.fixture
def boss(world):
    return staff("administrator")


def sent(category="road_damage"):
    return routing.submit(submission(category), person(f"{timezone.now().timestamp()}@contoh.id")).report


def hours(report, name="deadline_at"):
    at = getattr(report, name)
    return None if at is None else round((at - report.created_at) / timedelta(hours=1), 2)


def test_without_promises_the_catalogue_says(world):
    report = sent()
    assert hours(report) == report.category.deadline_hours
    assert report.answer_by is None


def test_the_most_particular_promise_of_the_nearest_body_holds(boss):
    city = staff("administrator", "31")
    casework.add_promise(city, "31", {"answer_hours": "8", "solve_hours": "300"})
    report = sent()
    assert (hours(report), hours(report, "answer_by")) == (300, 8)
    casework.add_promise(boss, "31.roads", {"category": "road_damage", "solve_hours": "50"})
    report = sent()
    assert (hours(report), hours(report, "answer_by")) == (50, 8)
    casework.add_promise(boss, "31.roads", {"category": "road_damage", "priority": "urgent", "solve_hours": "6"})
    assert hours(sent()) == 50


def test_a_priority_with_a_promise_of_its_own_moves_the_deadline_and_back(boss):
    casework.add_promise(boss, "31.roads", {"priority": "urgent", "solve_hours": "6", "answer_hours": "1"})
    report, who = sent(), reports.Who(boss, reports.Actor.OFFICER, "31.roads")
    before = report.deadline_at
    pressing = reports.prioritise(report.code, who, "urgent")
    assert (hours(pressing), hours(pressing, "answer_by")) == (6, 1)
    assert abs(reports.prioritise(report.code, who, "normal").deadline_at - before) < timedelta(seconds=1)
    assert reports.prioritise(report.code, who, "high").deadline_at == Report.objects.get(pk=report.pk).deadline_at


@pytest.mark.parametrize("step", ["accept", "start", "public note", "refer"])
def test_the_first_word_of_the_body_is_its_answer(boss, step):
    casework.add_promise(boss, "31.roads", {"answer_hours": "8"})
    report, who = sent(), reports.Who(boss, reports.Actor.OFFICER, "31.roads")
    reports.note(report.code, who, "Tanya dulu", internal=True)
    assert Report.objects.get(pk=report.pk).answer_by is not None  # nobody outside has heard anything
    if step == "public note":
        reports.note(report.code, who, "Kami periksa", internal=False)
    else:
        getattr(reports, step)(report.code, who, "Kami periksa")
    assert Report.objects.get(pk=report.pk).answer_by is None
    casework.add_promise(boss, "31.roads", {"priority": "urgent", "answer_hours": "2", "solve_hours": "9"})
    assert reports.prioritise(report.code, who, "urgent").answer_by is None  # it has been answered


def test_another_body_promises_anew(boss):
    casework.add_promise(staff("administrator", "id.pu"), "id.pu", {"answer_hours": "4", "solve_hours": "40"})
    report = sent()
    moved = reports.transfer(
        report.code, reports.Who(boss, reports.Actor.OFFICER, "31.roads"), "id.pu", "Jalan nasional"
    )
    left = moved.deadline_at - timezone.now()
    assert timedelta(hours=39.9) < left <= timedelta(hours=40)
    assert moved.answer_by is not None


def test_the_clock_of_a_deadline_is_the_bodys(boss):
    casework.set_calendar(boss, "31.roads", WEEKDAYS)
    casework.add_promise(boss, "31.roads", {"solve_hours": "120"})
    report = sent()
    clock = bodies.clock("31.roads")
    worked = clock.between(report.created_at, report.deadline_at)
    assert abs(worked - timedelta(hours=120)) < timedelta(seconds=5)
    # Five days of work have a weekend among them, but for as much of it as had gone by when it was sent.
    assert report.deadline_at - report.created_at > timedelta(days=5)


def test_a_calendar_holds_for_the_parts_of_a_body_until_they_have_their_own(boss):
    city = staff("administrator", "31")
    casework.set_calendar(city, "31", WEEKDAYS)
    assert casework.calendar_of(boss, "31.roads")[1].code == "31"
    casework.set_calendar(boss, "31.roads", {**WEEKDAYS, "workdays": ["6"]})
    assert bodies.clock("31.roads").workdays == {6}
    casework.drop_calendar(boss, "31.roads")
    assert bodies.clock("31.roads").workdays == {0, 1, 2, 3, 4}


def test_deadlines_stay_when_their_promise_is_deleted(boss):
    made = casework.add_promise(boss, "31.roads", {"solve_hours": "9"})
    report = sent()
    casework.drop_promise(boss, "31.roads", made.pk)
    assert hours(Report.objects.get(pk=report.pk)) == 9
    with pytest.raises(Problem, match="not_found"):
        casework.drop_promise(boss, "31.roads", made.pk)


@pytest.mark.parametrize("closes", ["00:00", "24:00", "23:59"])
def test_hours_until_midnight_lose_no_minute_of_the_night(boss, closes):
    """As of zammad/zammad#3180: no field of a browser takes 24:00."""
    every_day = {"workdays": [*"0123456"], "opens": "00:00", "closes": closes, "national": "", "joint": ""}
    kept = casework.set_calendar(boss, "31.roads", WEEKDAYS | every_day)
    assert (kept.opens, kept.closes) == (time(0), time(23, 59))
    casework.add_promise(boss, "31.roads", {"solve_hours": "72"})
    assert hours(sent()) == 72


@pytest.mark.parametrize("role", ["viewer", "officer", "coordinator"])
def test_only_administrators_change_deadlines(world, role):
    member = staff(role)
    for act in (
        lambda: casework.set_calendar(member, "31.roads", WEEKDAYS),
        lambda: casework.add_promise(member, "31.roads", {"solve_hours": "9"}),
        lambda: casework.drop_calendar(member, "31.roads"),
        lambda: casework.calendar_of(member, "31.roads"),
    ):
        with pytest.raises(Problem, match="forbidden"):
            act()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"workdays": []}, "workdays"), ({"workdays": ["7", "x"]}, "workdays"), ({"opens": "08:00"}, "opens"),
        ({"opens": "16:00", "closes": "08:00"}, "opens"), ({"opens": "25:00", "closes": "26:00"}, "opens"),
        ({"days_off": "2026-02-30"}, "days_off"), ({"days_off": "besok"}, "days_off"),
        ({"warn_hours": "-1"}, "warn_hours"),
        ({"warn_hours": "9" * 30}, "warn_hours"), ({"warn_hours": "١٢"}, "warn_hours"), ({"tell": "x"}, "tell"),
        ({"escalate_to": ""}, "escalate_to"), ({"days_off": "2026-01-01\0"}, "days_off"),
        ({"days_off": " ".join(f"{one}-01-{day:02}" for one in range(1990, 2020) for day in range(1, 29))}, "days_off"),
    ],
)  # fmt: skip
def test_a_calendar_that_cannot_be_is_refused_by_its_field(boss, wrong, field):
    with pytest.raises(Problem) as refused:
        casework.set_calendar(boss, "31.roads", {**WEEKDAYS, **wrong})
    assert (refused.value.status, refused.value.field) == (422, field)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "solve_hours"), ({"solve_hours": "0"}, "solve_hours"), ({"answer_hours": "1.5"}, "answer_hours"),
        ({"solve_hours": "9000"}, "solve_hours"), ({"category": "tidak_ada", "solve_hours": "9"}, "category"),
        ({"priority": "gawat", "solve_hours": "9"}, "priority"),
    ],
)  # fmt: skip
def test_a_promise_that_cannot_be_is_refused_by_its_field(boss, wrong, field):
    with pytest.raises(Problem) as refused:
        casework.add_promise(boss, "31.roads", wrong)
    assert (refused.value.status, refused.value.field) == (422, field)


@pytest.mark.parametrize("tell", ["all", "hands"])
def test_before_a_deadline_those_are_warned_whom_the_body_names(boss, tell):
    casework.set_calendar(boss, "31.roads", {**WEEKDAYS, "tell": tell, "warn_hours": "48"})
    mine, other, report = staff(), staff(email="lain@contoh.id"), sent()
    now = timezone.now()
    Report.objects.filter(pk=report.pk).update(deadline_at=now + timedelta(hours=47), assignee=mine)

    def warned(member):
        looked = now - timedelta(hours=2)
        return in_hand(["31.roads"]).filter(warnings(member, ["31.roads"], looked, now)).exists()

    assert warned(mine)
    assert warned(other) == (tell == "all")
    Report.objects.filter(pk=report.pk).update(assignee=None)
    assert warned(other)


@pytest.mark.parametrize(
    ("to", "heard"),
    [
        ("nobody", set()), ("coordinators", {"coordinator", "administrator"}), ("administrators", {"administrator"}),
        ("above", {"above"}),
    ],
)  # fmt: skip
def test_long_after_a_deadline_those_are_told_whom_the_body_names(boss, to, heard):
    casework.set_calendar(boss, "31.roads", {**WEEKDAYS, "escalate_to": to, "escalate_hours": "10"})
    people = {
        "officer": staff(), "coordinator": staff("coordinator"), "administrator": boss, "above": staff(body="31"),
    }  # fmt: skip
    report, now = sent(), timezone.now()
    Report.objects.filter(pk=report.pk).update(answer_by=now - timedelta(hours=11))
    told = {
        name
        for name, member in people.items()
        if in_hand(["31"]).filter(escalations(member, ["31"], now - timedelta(hours=2), now)).exists()
    }
    assert told == heard
    assert not in_hand(["31"]).filter(escalations(boss, ["31"], now, now)).exists()  # told once
    assert not in_hand(["31"]).filter(passed(["31"], now - timedelta(hours=2), now)).exists()
