"""The way back to a list, in two tabs as well; reports that have moved; whose zone a row speaks."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import unquote, urlencode

import pytest
from django.http import QueryDict

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


# Filters as officers make them; the list they looked at is the one they come back to. uvdesk/core-framework#508,
# osTicket/osTicket#1747, Signalen/frontend#120, bcgov/bcparks.ca#970, openfoodnetwork#4207, bacula-web#122 and others
CORNERS = ";".join(f"106.8{at:03},-6.1{at:03}" for at in range(100))
LOOKED_AT = [
    {"shape": CORNERS}, {"shape": CORNERS, "q": "lubang", "state": "done", "sort": "-changed"}, {"q": "x" * 200},
    {"q": "ꦗꦭꦤ꧀ꦫꦸꦱꦏ꧀" * 12}, {"q": "jalan & gang #5 + 100% / ?"}, {"q": 'a"b\'c<d>'}, {"q": "🕳️" * 40}, {"q": "a=b&body=x"},
    {"category": ["road_damage", "waste", "street_light"]}, {"category": ["road_damage"] * 50}, {"area": "31.71"},
    {"near": "106.82,-6.17,1000"}, {"place": "Jl. Merdeka, Gambir", "at": "106.82,-6.17"}, {"deadline": "overdue"},
    {"assignee": "me"}, {"assignee": "none"}, {"team": "7"}, {"age": "older"}, {"contested": "1"}, {"stars": "2"},
    {"street": "Jalan Ma’rang"}, {"channel": ["web", "peer"]}, {"priority": ["urgent", "high"]}, {"cursor": "k" * 120},
    {"state": "archive"}, {"state": "in_process"}, {"state": "no_partner"}, {"body": "31.roads", "sort": "place"}, {},
    {"q": " "}, {"q": "%2F%2Fevil"}, {"q": "https://x.example/?a=b"}, {"q": "\u202e"}, {"unknown": "1"}, {"page": "3"},
]  # fmt: skip
OTHER_LISTS = [
    ("/console/tasks", "Tugas saya"), ("/console/tasks?lon=106.8&lat=-6.1", "Tugas saya"),
    ("/console/bulk/7", "Banyak"),
    ("/console/flags?body=31.roads", "Ditandai"), ("/console/undecided?body=31.roads", "Menunggu keputusan"),
    ("/console/bodies/31.roads/rules/7", "Aturan"),
]  # fmt: skip


def test_the_way_back_is_the_list_that_was_looked_at_whatever_its_filters(desk, report):
    listed = [(f"/console/?{urlencode(one, doseq=True)}", "Antrean") for one in LOOKED_AT]
    for address, word in [*listed, *OTHER_LISTS]:
        shown = desk.get(f"/console/reports/{report.code}", {"list": address}).content.decode()
        assert back(shown) == address
        assert word in shown.partition('class="crumbs"')[2].partition("</p>")[0]
        onwards = unescape(re.search(rf'action="(/console/reports/{report.code}/steps/[^"]*)"', shown)[1])
        assert QueryDict(onwards.partition("?")[2])["list"] == address


def test_every_page_that_lists_reports_is_what_they_lead_back_to(desk, report):
    take(desk, report, "accept")
    Report.objects.filter(pk=report.pk).update(assignee=Membership.objects.first().person)
    for listed in ("/console/tasks", "/console/?body=31.roads"):
        assert back(desk.get(opened(desk, listed, report)).content.decode()) == listed
    hide = opened(desk, f"/console/reports/{report.code}?list=/console/tasks", report)
    assert "list=%2Fconsole%2Ftasks" in hide


def test_what_was_typed_is_there_after_signing_in_again_and_so_is_the_page(client, desk, report):
    # Signed out meanwhile in another tab, or the session ended: nothing was done, nothing is lost.
    words = "Ditambal besok pagi, <b>aspal</b> dingin."
    page = opened(desk, LISTS[1], report)
    listed = page.partition("?")[2]
    client.logout()
    steps = [
        ("steps/note", "text"),
        ("steps/resolve", "no_photo_reason"),
        ("identity", "reason"),
        ("template", "field-x"),
    ]
    for at, field in steps:
        sent = client.post(f"/console/reports/{report.code}/{at}?{listed}", {field: words, "expected_seq": report.seq})
        assert unquote(sent["Location"].partition("next=")[2]) == page
        client.post(sent["Location"], {"login": "coordinator@contoh.id", "password": "kentongan-uji"})
        shown = client.get(page).content.decode()
        assert words in unescape(shown)
        assert "keluar" in shown
        assert words not in unescape(client.get(page).content.decode())
        client.logout()
    sent = client.post("/console/views", {"body": "31.roads"}, headers={"referer": f"http://testserver{LISTS[0]}"})
    assert unquote(sent["Location"].partition("next=")[2]) == LISTS[0]
    for odd in ("https://lain.example/console/", "", "http://testserver/accounts/", "http://["):
        sent = client.post("/console/bulk/begin", headers={"referer": odd})
        assert sent["Location"] == "/accounts/login/?next=/console/"


@pytest.mark.parametrize(
    "asked",
    [
        "https://lain.example/",
        "//lain.example/console/",
        "/console/peers",
        "javascript:x",
        "/console/?" + "x" * 4_000,
        "/console/bodies",
        "/console/reports/X",
        "/console/../x",
        "/\\lain.example",
        "/console/tasks/X",
        "/accounts/logout/",
    ],
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
