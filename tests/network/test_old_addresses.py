"""Addresses that people know go on working after a region has left: with all that stands behind the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from kentongan import bodies, reports
from kentongan.network.leaving import departing
from kentongan.network.leaving.old_addresses import OldAddresses
from kentongan.network.models import Departure, Moved
from kentongan.reports.models import Report
from tests.network.stays import known, sent
from tests.world import person

pytestmark = pytest.mark.django_db
NEW = "https://jakarta.example"


@pytest.fixture(autouse=True)
def _no_copy_is_kept() -> Iterator[None]:
    departing._departures.forget()
    yield
    departing._departures.forget()


@pytest.fixture
def left(world: None) -> Report:
    """A report of Jakarta, which has left."""
    report = sent()
    Departure.objects.create(body=bodies.get("31"), peer=known(), url=NEW)
    departing._departures.invalidate()
    Moved.objects.create(code=report.code, url=f"{NEW}/r/NEW1-CODE")
    return report


def asked(path: str, method: str = "GET", user: Any = None) -> HttpResponse:
    """What the middleware answers; 299 where it lets the request go on."""
    request = RequestFactory().generic(method, path)
    request.user = user or AnonymousUser()
    request.csp_nonce = ""  # type: ignore[attr-defined]
    return OldAddresses(lambda _request: HttpResponse(status=299))(request)  # type: ignore[return-value]


def leads(path: str, **how: Any) -> tuple[int, str]:
    answer = asked(path, **how)
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("room", "rest"),
    [
        ("r", ""),
        ("r", "/photos"),
        ("api/v1/reports", ""),
        ("api/v1/reports", "/entries"),
        ("open311/v2/requests", ".xml"),
    ],
)
def test_every_address_of_a_report_leads_to_the_same_at_its_new_home(left: Report, room: str, rest: str) -> None:
    there = f"{NEW}/{room}/NEW1-CODE{rest}"
    assert leads(f"/{room}/{left.code}{rest}") == (308, there)
    assert leads(f"/{room}/{left.code.lower()}{rest}?a=1&a=2") == (308, f"{there}?a=1&a=2")
    assert asked(f"/{room}/{left.code}{rest}").headers["Cache-Control"] == "public, max-age=300"


def test_the_address_of_a_secret_report_is_kept_by_nobody(left: Report) -> None:
    Moved.objects.create(code="BBBB-BBBB-BBBB-BBBB-BBBB-BBBB", url=f"{NEW}/r/SECR-ET01")
    answer = asked("/api/v1/reports/BBBB-BBBB-BBBB-BBBB-BBBB-BBBB")
    assert answer.status_code == 308
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_form_that_was_opened_before_says_where_the_report_is_now(left: Report) -> None:
    answer = asked(f"/r/{left.code}/comments", method="POST")
    assert answer.status_code == 409
    assert f"{NEW}/r/NEW1-CODE" in answer.content.decode()
    assert leads(f"/api/v1/reports/{left.code}", method="POST")[0] == 308  # method and body stay


def test_the_reporter_who_is_signed_in_claims_it_there(left: Report) -> None:
    mine, other = person(), person("lain@contoh.id")
    Report.objects.update(reporter=mine)
    token = reports.moved_token(Report.objects.get())
    assert leads(f"/r/{left.code}", user=mine) == (302, f"{NEW}/claim/{token}")
    assert asked(f"/r/{left.code}", user=mine).headers["Cache-Control"] == "private, no-store"
    assert leads(f"/r/{left.code}/photos", user=mine)[0] == 308
    assert leads(f"/r/{left.code}", user=other)[0] == 308


@pytest.mark.parametrize(
    ("path", "there"),
    [("/body/31", "/body/31"), ("/body/31.roads", "/body/31.roads"), ("/area/31.71.01?x=1", "/area/31.71.01?x=1")],
)
def test_a_body_and_a_region_that_left_are_found_at_their_new_home(left: Report, path: str, there: str) -> None:
    assert leads(path) == (308, NEW + there)
    assert leads(path, method="POST")[0] == 299


@pytest.mark.parametrize("path", ["/", "/r/7KQF-M2RD", "/r/nonsense", "/body/32.16", "/body/no.such", "/area/32.16.01"])
def test_everything_else_stays_as_it_is(left: Report, path: str) -> None:
    assert leads(path) == (299, "")


def test_where_nobody_has_left_nothing_is_looked_up(world: None, django_assert_num_queries: Any) -> None:
    departing.departures()
    with django_assert_num_queries(0):
        assert leads("/r/7KQF-M2RD")[0] == leads("/body/31")[0] == 299
