"""A report that was passed on says why it is where it is; what routing answered is still there for those who ask."""

from __future__ import annotations

from datetime import date

import pytest

from kentongan import casework, reports, routing
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.world import ON_NATIONAL_ROAD, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def passed_on(world: None) -> Report:
    """A report on the national road that the ministry passed on to the city's roads, whose routing is kept apart."""
    found = routing.submit(submission(at=ON_NATIONAL_ROAD), None).report
    assert found.body_id == "id.pu"
    assert [one["body"] for one in found.decision["alternatives"]]
    return reports.transfer(found.code, Who(None, Actor.OFFICER, "id.pu"), "31.roads", "Jalan kota")


def test_what_routing_answered_outlives_every_transfer(passed_on: Report) -> None:
    first = passed_on.entries.get(kind="routed").data["decision"]
    assert passed_on.decision["body"] == "31.roads"
    assert reports.routing_of(passed_on) == first
    again = reports.transfer(passed_on.code, Who(None, Actor.OFFICER, "31.roads"), "id.pu", "Kembali")
    assert reports.routing_of(again) == first


def test_a_report_that_never_moved_is_asked_for_nothing_more(world: None, django_assert_num_queries) -> None:
    found = routing.submit(submission(), None).report
    with django_assert_num_queries(0):
        assert reports.routing_of(found) is found.decision


def test_a_rehearsal_compares_with_where_the_rules_had_sent_it(passed_on: Report) -> None:
    assert routing.rehearse(routing.rulebook(), date(2020, 1, 1)).moved == []


def test_the_bodies_that_routing_weighed_are_still_suggested(passed_on: Report) -> None:
    weighed = {one["body"] for one in reports.routing_of(passed_on)["alternatives"]} - {passed_on.body_id}
    suggested = {body.code for body in casework.suggested_bodies(passed_on)}
    assert weighed <= suggested
    assert "id.pu" in suggested
