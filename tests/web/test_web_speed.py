"""What a page may cost: how many statements each asks, whoever looks at it and however much there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from kentongan import casework, reports, routing
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.web import tags
from tests.costing import calls
from tests.world import STREET, submission


@pytest.fixture
def report(world: None) -> Report:
    for number in range(30):
        routing.submit(submission(at=STREET, text=f"Lubang ke-{number}"), None)
    return routing.submit(submission(at=STREET), None).report


def signed_in(name: str, body: str = "") -> Client:
    person, browser = Person.objects.create_user(f"{name}@contoh.id"), Client()
    if body:
        casework.appoint(None, body, person.email, "officer")
    browser.force_login(person)
    browser.get("/account")  # where one is signed in is noted once a day
    return browser


@pytest.mark.parametrize("page", ["/", "/area/31", "/body/31", "/overview", "report"])
def test_a_page_that_all_see_asks_little_of_the_database_for_who_is_signed_in(
    client: Client, report: Report, django_assert_max_num_queries, page: str
) -> None:
    asked = f"/r/{report.code}" if page == "report" else page
    browser = signed_in("warga")
    client.get(asked)
    # The session, the person, their roles, the newest entry, whether the report is theirs; then what is kept a second.
    with django_assert_max_num_queries(8):
        assert browser.get(asked).status_code == 200


def test_the_queue_asks_as_much_for_25_rows_as_for_one(report: Report, django_assert_max_num_queries) -> None:
    browser = signed_in("petugas", str(report.body_id))
    browser.get("/console/")
    with django_assert_max_num_queries(6):
        shown = browser.get("/console/").content.decode()
    assert shown.count('<li class="item') == 25
    reports.accept(report.code, reports.Who(None, Actor.OFFICER, report.body_id), "")
    assert browser.get("/console/?state=in_process").content.decode().count('<li class="item') == 1


def test_a_queue_and_a_report_take_no_more_steps_than_they_need(report: Report) -> None:
    # As counted on 2026-11-27 and a fifth more, with what the browser of these tests does.
    browser = signed_in("petugas", str(report.body_id))
    for page, most in (("/console/", 40_000), (f"/r/{report.code}", 10_300)):
        browser.get(page)
        assert min(calls(lambda page=page: browser.get(page)) for _ in range(3)) < most  # type: ignore[misc]


def test_a_report_page_of_its_own_reader_asks_a_bounded_number_of_statements(
    report: Report, django_assert_max_num_queries
) -> None:
    browser = signed_in("petugas", str(report.body_id))
    browser.get(f"/r/{report.code}")
    with django_assert_max_num_queries(3):
        assert browser.get(f"/r/{report.code}").status_code == 200


def test_which_reports_stand_in_a_queue_is_answered_from_indexes(report: Report) -> None:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as caught:
        casework.queue(Person.objects.create_superuser("admin@contoh.id"), str(report.body_id))
    [asked] = [one["sql"] for one in caught if "AS listed" in one["sql"]]
    if connection.vendor == "sqlite":  # PostgreSQL reads a table this small whichever way it likes
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked}")
            plan = " ".join(str(row[3]) for row in cursor.fetchall())
        assert re.search("USING COVERING INDEX report_(body_state|desk)", plan)
        assert "INDEX report_contested" in plan
        assert "INDEX report_gone" in plan


AGES = [
    0, 0.4, 1, 2.5, 59, 60, 61, 119, 120, 3599, 3600, 7199, 7200, 86_399, 86_400, 90_000, 172_800, 604_800, 5_000_000,
    31_536_000, 50_000_000, -30, -4000, -200_000,
]  # fmt: skip


@pytest.mark.parametrize("language", ["id", "en"])
def test_how_long_ago_is_said_as_django_says_it_and_remembered_no_longer_than_it_is_true(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    at = datetime(2026, 1, 31, 23, 30, 15, tzinfo=UTC)

    class Clock(datetime):
        now_is = at

        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return cls.now_is

    monkeypatch.setattr("django.contrib.humanize.templatetags.humanize.datetime", Clock)
    monkeypatch.setattr(timezone, "now", Clock.now)
    with translation.override(language):
        for age in sorted(AGES):
            Clock.now_is = at + timedelta(seconds=age)
            assert f">{naturaltime(at)}</time>" in tags.when(at), age


def test_each_row_of_a_list_names_the_zone_of_its_place() -> None:
    at = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
    with translation.override("id"):
        assert "25 November 2026, 00:30 WIB" in tags.when(at, "31.71")
        assert "25 November 2026, 01:30 WITA" in tags.when(at, "51")
        assert '25 November 2026, 02:30 WIT"' in tags.when(at, "94")
        assert "25 November 2026, 00:30 WIB" in tags.when(at)
