"""The overview counts what is public, tells endings apart, and knows what waits for whom."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.utils import OperationalError
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from kentongan import insights, reports, routing
from kentongan.insights import counting, histogram
from kentongan.insights.models import Tally
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.world import BEKASI, DENPASAR, STREET, person, submission


@pytest.fixture
def counted(world: None, db: None) -> None:
    """Reports in three provinces in several states, counted."""
    officer = Who(person("petugas@contoh.id"), Actor.OFFICER, "31")
    solved, rejected, passed, taken = (routing.submit(submission(at=STREET), None).report.code for _ in range(4))
    reports.accept(solved, officer)
    reports.resolve(solved, officer, "Selesai", no_photo_reason="Malam")
    reports.reject(rejected, officer, "Milik pribadi")
    reports.reject(passed, officer, "Ke PLN", passed_on=True)
    reports.accept(taken, officer)
    routing.submit(submission("waste", at=BEKASI), None)
    routing.submit(submission(at=DENPASAR), None)
    routing.submit(submission(at=STREET, privacy="secret"), None)
    routing.submit(submission("harmful_content", at=None, url="https://contoh.example/buruk"), None)
    assert insights.recount_changed() == 1


def test_endings_are_counted_apart_and_nothing_that_is_not_public(counted: None) -> None:
    found = insights.overview("all")
    jakarta = next(line for line in found.regions if line.code == "31")
    assert jakarta.counts == {
        "received": 4, "waiting": 0, "in_process": 1, "no_partner": 0, "solved": 1, "passed_on": 1, "merged": 0,
        "closed_without_fix": 1,
    }  # fmt: skip
    assert found.whole.counts["received"] == 7
    assert jakarta.accepted_after is not None
    assert jakarta.accepted_after < 1
    assert found.regions[-1].code == ""


def test_what_waits_names_the_body_and_since_when(counted: None) -> None:
    (waiting,) = insights.overview("3").waiting
    assert (waiting.body.code, waiting.number) == ("32.16", 1)


def test_a_body_that_is_no_more_waits_for_nothing(counted: None) -> None:
    Tally.objects.filter(no_partner__gt=0).update(body="32.99")
    assert insights.overview("3").waiting == []


def test_partners_are_counted_of_all_governments_of_a_province(counted: None) -> None:
    regions = {line.code: line for line in insights.overview("all").regions}
    assert (regions["31"].partners, regions["31"].governments) == (1, 1)
    assert (regions["51"].partners, regions["51"].governments) == (1, 10)
    assert regions["32"].share == 0


def test_only_months_that_changed_are_counted_again(counted: None) -> None:
    Tally.objects.update(received=99)
    Report.objects.update(updated_at="2020-01-01T00:00:00Z")
    assert insights.recount_changed() == 0
    code = Report.objects.filter(category="waste").get().code
    reports.comment(code, Who(person(), Actor.CITIZEN), "Masih ada")
    assert insights.recount_changed() == 1
    assert insights.overview("all").whole.counts["received"] == 7


def test_a_count_that_was_interrupted_forgets_no_month(counted: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Report.objects.filter(category="waste").update(created_at=timezone.now() - timedelta(days=70))
    Tally.objects.all().delete()
    real, calls = counting._count, iter((True, False))

    def failing(month: date, now: datetime) -> list[Tally]:
        if next(calls):
            return real(month, now)
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(counting, "_count", failing)
        with pytest.raises(OperationalError):
            insights.recount_changed()
    Report.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert insights.recount_changed() == 2
    assert insights.overview("all").whole.counts["received"] == 7


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_page_is_read_in_both_languages_sorted_and_as_a_table(counted: None, language: str) -> None:
    client = Client(headers={"accept-language": language})
    page = client.get("/overview?period=12&sort=reports").content.decode()
    assert ("Semua daerah" if language == "id" else "All regions") in page
    assert page.index("/area/31") < page.index("/area/51")
    assert "/body/32.16" in page
    assert not re.search(r"[a-z]\.[A-Z0-9]", strip_tags(page.split("<main")[1].split("<table")[0])), "sentences touch"
    rows = list(csv.DictReader(io.StringIO(client.get("/overview.csv?period=all").content.decode())))
    assert next(row for row in rows if row["code"] == "31")["solved"] == "1"
    assert client.get("/overview?period=nonsense&sort=%00").status_code == 200


def test_the_page_of_an_instance_without_reports_is_a_page(world: None, db: None) -> None:
    assert Client().get("/overview").status_code == 200


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=60))
def test_the_median_of_a_histogram_lies_in_the_class_of_the_true_one(hours: list[float]) -> None:
    counts = histogram.empty()
    for one in hours:
        histogram.add(counts, one)
    told: Any = insights.median_hours(counts)
    edges = [0, *histogram.EDGES, histogram.OPEN_END]
    low, high = sorted(hours)[(len(hours) - 1) // 2], sorted(hours)[len(hours) // 2]
    below = max(edge for edge in edges if edge <= low)
    above = min(edge for edge in edges if edge > high)
    assert below <= told <= above


def test_no_times_have_no_median() -> None:
    assert insights.median_hours(histogram.empty()) is None
