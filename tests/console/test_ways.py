"""The way back to a list, in two tabs as well; reports that have moved; whose zone a row speaks."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from kentongan import bodies, network, routing
from kentongan.bodies.models import Membership
from kentongan.network.models import Direction, HandOver, HandOverState, Peer, Trace
from kentongan.reports import moving
from kentongan.reports.models import Report
from tests.console.test_console import staff, take
from tests.world import DENPASAR, submission

pytestmark = pytest.mark.django_db
LISTS = ("/console/?body=31.roads&state=open&order=newest", "/console/?body=31.roads&state=waiting&order=oldest")


@pytest.fixture
def report(world):
    return routing.submit(submission(), None).report


@pytest.fixture
def desk(client, report):
    client.force_login(staff("coordinator"))
    return client


def opened(desk, listed: str, report: Report) -> str:
    """The address under which the list offers the report."""
    shown = desk.get(listed).content.decode()
    return unescape(re.search(rf'href="(/console/reports/{report.code}[^"]*)"', shown)[1])


def back(shown: str) -> str:
    return unescape(re.search(r'class="crumbs">\s*<a href="([^"]*)"', shown)[1])


def test_each_tab_leads_back_to_its_own_list(desk, report):
    tabs = [(listed, opened(desk, listed, report)) for listed in LISTS]
    for listed, page in tabs:
        assert back(desk.get(page).content.decode()) == listed


def test_the_way_back_stays_through_steps_and_their_refusals(desk, report):
    page = opened(desk, LISTS[1], report)
    listed = page.partition("?")[2]
    sent = desk.post(f"/console/reports/{report.code}/steps/accept?{listed}", {"expected_seq": report.seq})
    assert sent["Location"] == page
    refused = desk.post(f"/console/reports/{report.code}/steps/reject?{listed}", {"expected_seq": 3})
    assert refused.status_code == 422
    assert back(refused.content.decode()) == LISTS[1]
    for way in ("transfer", "merge"):
        assert back(desk.get(f"/console/reports/{report.code}/{way}?{listed}").content.decode()) == page
    searched = desk.get(f"/console/reports/{report.code}/transfer?{listed}&q=Badung").content.decode()
    assert back(searched) == page


def test_who_passes_a_report_on_is_back_at_the_list_they_came_from(desk, report):
    page = opened(desk, LISTS[0], report)
    given = {"expected_seq": report.seq, "body": "32.16", "text": "Jalan kabupaten."}
    sent = desk.post(f"/console/reports/{report.code}/steps/transfer?{page.partition('?')[2]}", given)
    assert sent["Location"] == LISTS[0]


@pytest.mark.parametrize(
    "asked",
    ["https://lain.example/", "//lain.example/console/", "/console/peers", "javascript:x", "/console/?" + "x" * 600],
)
def test_a_link_of_somebody_else_leads_to_the_queue_of_the_body(desk, report, asked):
    shown = desk.get(f"/console/reports/{report.code}", {"list": asked}).content.decode()
    assert back(shown) == "/console/?body=31.roads"
    assert 'href="https://lain' not in shown
    assert "?list=" not in shown.partition("<main")[2]


def test_a_report_that_has_moved_is_read_and_not_worked_on(desk, report):
    moving.depart(report.code, report.seq, {"peer": {"name": "x", "title": "Bekasi"}})
    shown = desk.get(f"/console/reports/{report.code}").content.decode()
    assert "sudah pindah" in shown
    assert "/steps/" not in shown
    assert take(desk, report, "accept").status_code == 409


def test_who_declined_when_is_told_in_the_zone_of_each_report(desk, report):
    bali = routing.submit(submission(at=DENPASAR), None).report
    Report.objects.filter(pk=bali.pk).update(body="31.roads")
    peer = Peer.objects.create(name="dinas-lain")
    Membership.objects.update(role="coordinator")
    for one in (report, bali):
        HandOver.objects.create(
            report=one, peer=peer, direction=Direction.OUT, state=HandOverState.DECLINED, body="31.roads",
            ended_at=datetime(2026, 1, 2, 3, 0, tzinfo=UTC),
        )  # fmt: skip
        Trace.objects.create(report=one, undecided=True, origin="kita", origin_code=one.code)
    shown = desk.get("/console/undecided?body=31.roads").content.decode()
    assert "2 Januari 2026, 10:00 WIB" in shown
    assert "2 Januari 2026, 11:00 WITA" in shown
    assert "Dinas Lain" in shown
    assert back(desk.get(opened(desk, "/console/undecided?body=31.roads", bali)).content.decode()).startswith(
        "/console/undecided"
    )
    assert bodies.get("31.roads")
    assert network.count_undecided(Membership.objects.first().person, "31.roads") == 2
