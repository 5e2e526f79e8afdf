"""What happens to a sample after it was sent: supports, comments, the body's work, the reporter's answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from kentongan import reports
from kentongan.demo.accounts import MINISTRY, OFFICER, person
from kentongan.demo.pictures import picture
from kentongan.people.models import Person
from kentongan.reports import Actor, State, Who
from kentongan.reports.models import Report

Moment = Callable[[datetime], AbstractContextManager[None]]
Words = dict[str, Any]

# How often each course is taken, of a hundred reports that reached a partner.
COURSES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (26, ()),
    (14, ("accept",)),
    (12, ("accept", "note", "start")),
    (4, ("accept", "refer")),
    (4, ("transfer",)),
    (12, ("accept", "start", "resolve")),
    (14, ("accept", "internal", "start", "note", "resolve", "rate")),
    (4, ("start", "resolve", "confirm")),
    (6, ("accept", "reject")),
    (4, ("accept", "start", "resolve", "reopen")),
)
NEXT_BODY = {"31.roads": "31.water", "31.water": "31.roads", "31.environment": "31.parks"}


@dataclass
class Course:
    """One report on its way. `at` is when its last step was made."""

    report: Report
    reporter: Person
    people: list[Person]
    chance: Random
    number: int
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.report.created_at

    def later(self, most_hours: float) -> datetime | None:
        """A moment after the last step; None where it would lie in the future."""
        following = self.at + timedelta(hours=self.chance.uniform(1, most_hours))
        if following >= timezone.now():
            return None
        self.at = following
        return following

    @property
    def officer(self) -> Who:
        """Who works on it: somebody of the body where the demonstration has one, else a colleague."""
        body = self.report.body_id or ""
        account = MINISTRY if body == MINISTRY.body else OFFICER
        return Who(person(account), Actor.OFFICER, body)


def run_course(course: Course, said: Words, moment: Moment) -> None:
    """Takes the report through the course that its chance chose, as far as the past reaches."""
    _neighbours(course, said, moment)
    if course.report.state != State.ROUTED:
        return
    weights = [weight for weight, _steps in COURSES]
    steps = course.chance.choices([steps for _weight, steps in COURSES], weights)[0]
    for step in steps:
        if (at := course.later(60)) is None:
            return
        with moment(at):
            STEPS[step](course, said)
        course.report.refresh_from_db()


def _neighbours(course: Course, said: Words, moment: Moment) -> None:
    others = [one for one in course.people if one.pk != course.reporter.pk]
    for one in course.chance.sample(others, min(len(others), int(course.chance.expovariate(0.6)))):
        with moment(course.report.created_at + timedelta(minutes=course.chance.randint(5, 600))):
            reports.support(course.report.code, one)
    if course.chance.random() < 0.25:
        words = course.chance.choice(said["comments"])
        with moment(course.report.created_at + timedelta(minutes=course.chance.randint(5, 600))):
            reports.comment(course.report.code, Who(course.chance.choice(others), Actor.CITIZEN), words)


def _note(course: Course, said: Words) -> None:
    reports.note(course.report.code, course.officer, course.chance.choice(said["notes"]))


def _internal(course: Course, said: Words) -> None:
    reports.note(course.report.code, course.officer, course.chance.choice(said["internal"]), internal=True)


def _transfer(course: Course, said: Words) -> None:
    target = NEXT_BODY.get(course.report.body_id or "")
    if target:
        reports.transfer(course.report.code, course.officer, target, said["transferred"])


def _resolve(course: Course, said: Words) -> None:
    who, words = course.officer, course.chance.choice(said["resolved"])
    if course.report.lon is None or course.chance.random() < 0.3:
        reports.resolve(course.report.code, who, words, no_photo_reason=said["no_photo"])
    else:
        photo = reports.add_photo(picture(course.number, after=True), who.person)
        reports.resolve(course.report.code, who, words, photos=[photo.pk])


def _rate(course: Course, said: Words) -> None:
    stars = course.chance.choice([3, 4, 4, 5, 5, 5])
    reports.rate(course.report.code, _reporter(course), stars, course.chance.choice(said["thanks"]))


def _reporter(course: Course) -> Who:
    return Who(course.reporter, Actor.REPORTER)


STEPS: dict[str, Callable[[Course, Words], object]] = {
    "accept": lambda course, said: reports.accept(course.report.code, course.officer),
    "start": lambda course, said: reports.start(course.report.code, course.officer),
    "refer": lambda course, said: reports.refer(course.report.code, course.officer, said["referred"]),
    "reject": lambda course, said: reports.reject(
        course.report.code, course.officer, course.chance.choice(said["rejected"])
    ),
    "confirm": lambda course, said: reports.confirm(course.report.code, _reporter(course)),
    "reopen": lambda course, said: reports.reopen(
        course.report.code, _reporter(course), course.chance.choice(said["reopened"])
    ),
    "note": _note,
    "internal": _internal,
    "transfer": _transfer,
    "resolve": _resolve,
    "rate": _rate,
}
