"""A lively set of reports in every state, made through the same commands that people use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from random import Random
from typing import Any
from unittest import mock
from uuid import UUID, uuid5

from django.utils import timezone

from kentongan import places, reports, routing
from kentongan.demo.accounts import CITIZEN, neighbours, person
from kentongan.demo.courses import Course, run_course
from kentongan.demo.pictures import picture
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.foundation.yaml_files import read_yaml
from kentongan.people.models import Person
from kentongan.reports.models import Report

NAMESPACE = UUID("6f3a8f0e-5b2c-4e0f-9d7a-3c1b5e9a7d42")
DAYS = 45  # how far back the samples reach
SPREAD = 0.006  # degrees around a place, about 650 m


@dataclass(frozen=True)
class Sample:
    """One report to be made; `number` gives it its id, its picture and its course."""

    number: int
    at: datetime
    category: str
    text: str
    lon: float | None = None
    lat: float | None = None
    url: str = ""

    @property
    def submission_id(self) -> UUID:
        """The same in every installation, so that a repeat makes no second report."""
        return uuid5(NAMESPACE, str(self.number))


@remembered(maxsize=1)
def material() -> dict[str, Any]:
    """The packaged places, troubles and sentences."""
    found: dict[str, Any] = read_yaml(files("kentongan.demo").joinpath("samples.yaml").read_text(encoding="utf-8"))
    return found


def samples(now: datetime) -> list[Sample]:
    """All reports of the demonstration, oldest first; the same for the same `now` in everything else."""
    chance, found = Random(45), []  # noqa: S311  an invented history, not a secret
    troubles = material()["troubles"]
    spots = [spot for spot in material()["places"] for _ in range(spot[3])]
    chance.shuffle(spots)
    for number, (name, lon, lat, _many) in enumerate(spots):
        category, text = troubles[number % len(troubles)]
        found.append((category, text.format(place=name), lon + _off(chance), lat + _off(chance), ""))
    found += [(category, text, None, None, url) for category, text, url in material()["everywhere"]]
    moments = sorted(now - timedelta(days=DAYS) * chance.random() ** 1.6 for _ in found)
    chance.shuffle(found)
    return [Sample(number, at, *what) for number, (at, what) in enumerate(zip(moments, found, strict=True))]


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Makes the samples that are missing and returns how many; `progress` is told how many are done.

    Safe to repeat and to interrupt: a report that is there is left alone.
    """
    wanted = samples(timezone.now())
    there = set(Report.objects.filter(is_demo=True).values_list("submission_id", flat=True))
    people = neighbours()
    made = 0
    for sample in wanted:
        if sample.submission_id not in there:
            made += _make(sample, people)
        progress(sample.number + 1, len(wanted))
    return made


@contextmanager
def moment(at: datetime) -> Iterator[None]:
    """What is done inside happened `at`, never later than now: the commands ask only Django what time it is."""
    with mock.patch.object(timezone, "now", return_value=min(at, timezone.now())):
        yield


def _make(sample: Sample, people: list[Person]) -> bool:
    chance = Random(sample.number)  # noqa: S311
    reporter = person(CITIZEN) if sample.number % 25 == 7 else chance.choice(people)
    photos: tuple[UUID, ...] = ()
    if sample.lon is not None and chance.random() < 0.35:
        photos = (reports.add_photo(picture(sample.number, after=False), reporter).pk,)
    sent = reports.Submission(
        sample.submission_id, sample.category, text=sample.text, lon=sample.lon, lat=sample.lat, url=sample.url,
        privacy="anonymous" if chance.random() < 0.1 else "public", photos=photos,
        asset_id=_lamp(sample),
    )  # fmt: skip
    try:
        with moment(sample.at):
            made = routing.submit(sent, reporter)
    except Problem as problem:
        if problem.code == "outside_country":
            return False  # an installation with the boundaries of a part of the country only
        raise RuntimeError(f"sample {sample.number} ({sample.text}) was refused: {problem.code}") from problem
    run_course(Course(made.report, reporter, people, chance, sample.number), material()["said"], moment)
    return made.created


def _lamp(sample: Sample) -> str:
    """The number of the nearest lamp, where the report is of one and somebody can have read it."""
    if sample.category != "street_light" or sample.lon is None or sample.lat is None:
        return ""
    near = places.nearest_assets(sample.category, sample.lon, sample.lat, 1, 500)
    return near[0].id if near else ""


def _off(chance: Random) -> float:
    return round(chance.uniform(-SPREAD, SPREAD), 6)
