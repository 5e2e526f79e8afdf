"""A morning's work of a made-up team of Jakarta: given, due, late, asked about, objected to, new, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from kentongan import bodies, catalogue, reports, routing
from kentongan.bodies.models import Team
from kentongan.demo.accounts import FIRST, OFFICER, SECOND, Account, neighbours, person
from kentongan.demo.pictures import picture
from kentongan.demo.samples import moment
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.foundation.yaml_files import read_yaml
from kentongan.people.models import Person
from kentongan.reports import Actor, Who
from kentongan.reports.models import Report

NAMESPACE = UUID("b1f0c1f4-44c5-4f0b-8a57-2f6f1f0f7a10")
TEAM = "Tim Menteng (peragaan)"
BETWEEN, WAIT = timedelta(minutes=50), timedelta(hours=40)  # from one step to the next, and where it took long
PICTURES = 9_000  # so that no picture of the samples is used twice


@dataclass(frozen=True)
class Work:
    """One report of the morning. `left`: hours until it is due, below 0 where that has passed."""

    number: int
    category: str
    text: str
    lon: float
    lat: float
    left: float
    steps: list[str]

    @property
    def submission_id(self) -> UUID:
        """The same in every installation, so that a repeat makes no second report."""
        return uuid5(NAMESPACE, str(self.number))

    @property
    def age(self) -> timedelta:
        """How long ago it was sent: its deadline, without what is left of it."""
        return timedelta(hours=(catalogue.get(self.category).deadline_hours or 24) - self.left)


def load() -> int:
    """Makes the team and the reports that are missing; returns how many reports. Safe to repeat and to interrupt."""
    _team()
    made = 0
    for work in sorted(all_work(), key=lambda one: one.age, reverse=True):  # pages show the newest first by number
        if not Report.objects.filter(submission_id=work.submission_id, is_demo=True).exists():
            made += _make(work)
    return made


def end() -> None:
    """Takes the team away."""
    Team.objects.filter(body=OFFICER.body, name=TEAM).delete()


def all_work() -> list[Work]:
    """The reports of the morning as they are packaged."""
    return [Work(number, *row) for number, row in enumerate(_material()["reports"])]


@remembered(maxsize=1)
def _material() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(files("kentongan.demo").joinpath("morning.yaml").read_text(encoding="utf-8"))
    return found


def _team() -> Team:
    team, _made = Team.objects.get_or_create(body=bodies.get(OFFICER.body), name=TEAM, ended_at=None)
    team.members.set([person(FIRST), person(SECOND)])
    return team


@transaction.atomic
def _make(work: Work) -> bool:
    """The report with all that has happened to it, or nothing."""
    reporter = neighbours()[work.number % len(neighbours())]
    at = timezone.now() - work.age
    try:
        with moment(at):
            photo = reports.add_photo(picture(PICTURES + work.number, after=False), reporter)
            sent = reports.Submission(
                work.submission_id, work.category, text=work.text, lon=work.lon, lat=work.lat, photos=(photo.pk,)
            )
            report = routing.submit(sent, reporter).report
    except Problem as problem:
        if problem.code == "outside_country":
            return False  # an installation with the boundaries of another part of the country only
        raise RuntimeError(f"work {work.number} ({work.text}) was refused: {problem.code}") from problem
    if report.body_id in bodies.subtree(OFFICER.body):
        _walk(work, report, reporter, at)
    return True


def _walk(work: Work, report: Report, reporter: Person, at: datetime) -> None:
    course = Course(report, reporter, work.number)
    for step in work.steps:
        at += WAIT if step == "wait" else BETWEEN
        if step != "wait":
            with moment(at):
                STEPS[step](course)


@dataclass
class Course:
    """One report on its way, and who has it in hand."""

    report: Report
    reporter: Person
    number: int
    account: Account = OFFICER

    @property
    def code(self) -> str:
        """The report's."""
        return self.report.code

    @property
    def who(self) -> Who:
        """Who works on it: the coordinator until it is given to somebody."""
        return Who(person(self.account), Actor.OFFICER, self.report.body_id or "")

    @property
    def citizen(self) -> Who:
        """Its reporter."""
        return Who(self.reporter, Actor.REPORTER)

    def give(self, account: Account) -> None:
        """The coordinator gives it to one of the two."""
        reports.assign(self.code, self.who, person(account))
        self.account = account

    def photo(self, by: Person, *, after: bool) -> list[UUID]:
        """One photo, of another street each time."""
        return [reports.add_photo(picture(PICTURES + 100 * (1 + after) + self.number, after=after), by).pk]

    def resolve(self) -> None:
        """Solved, with a photo."""
        photos = self.photo(person(self.account), after=True)
        reports.resolve(self.code, self.who, said("resolved"), photos=photos)

    def contest(self) -> None:
        """A neighbour who did not report it shows that it is not solved."""
        other = next(one for one in neighbours() if one.pk != self.reporter.pk)
        who = Who(other, Actor.CITIZEN)
        reports.contest(self.code, who, said("contest"), photos=self.photo(other, after=False))


def said(what: str) -> str:
    """What people say in the morning."""
    return str(_material()["said"][what])


STEPS: dict[str, Callable[[Course], object]] = {
    "accept": lambda one: reports.accept(one.code, one.who),
    "begin": lambda one: reports.start(one.code, one.who),
    "urgent": lambda one: reports.prioritise(one.code, one.who, "urgent"),
    "high": lambda one: reports.prioritise(one.code, one.who, "high"),
    "first": lambda one: one.give(FIRST),
    "second": lambda one: one.give(SECOND),
    "team": lambda one: reports.assign(one.code, one.who, _team()),
    "note": lambda one: reports.note(one.code, one.who, said("note"), internal=True),
    "ask": lambda one: reports.ask(one.code, one.who, said("ask")),
    "resolve": lambda one: one.resolve(),
    "contest": lambda one: one.contest(),
    "confirm": lambda one: reports.confirm(one.code, one.citizen),
    "reopen": lambda one: reports.reopen(one.code, one.citizen, said("reopened")),
    "rate": lambda one: reports.rate(one.code, one.citizen, 5, said("thanks")),
}
