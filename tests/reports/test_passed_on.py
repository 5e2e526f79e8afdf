"""A report that was passed on says why it is where it is; what routing answered is still there for those who ask."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from kentongan import bodies, casework, reports, routing
from kentongan.casework import counting
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from tests.casework.test_casework import staff
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


def test_the_public_reads_at_once_that_it_is_in_process_and_whom_it_was_passed_on_to(
    passed_on: Report, client: Client
) -> None:
    page = " ".join(client.get(f"/r/{passed_on.code}").content.decode().split())
    assert 'class="status is-in_process large"' in page
    assert 'Diteruskan ke <a href="/body/31.roads"><b>' in page
    told = client.get(f"/api/v1/reports/{passed_on.code}").json()
    assert (told["state"], told["status"], told["body"]["code"]) == ("forwarded", "in_process", "31.roads")
    (request,) = client.get(f"/open311/v2/requests/{passed_on.code}.json?extensions=true").json()
    assert (request["status"], request["extended_attributes"]["status"]) == ("open", "investigating")


def test_whoever_is_given_it_back_is_told_so_to_the_public_and_to_staff(passed_on: Report, client: Client) -> None:
    reports.give_back(passed_on.code, Who(None, Actor.OFFICER, "31.roads"), "Ternyata jalan nasional")
    name, city = (bodies.get(code).name for code in ("id.pu", "31.roads"))
    page = " ".join(client.get(f"/r/{passed_on.code}").content.decode().split())
    assert f'Dikembalikan ke <a href="/body/id.pu"><b>{name}' in page
    assert f"Dikembalikan ke {name}" in page
    assert f"Diteruskan ke {city}" in page  # what was before
    assert f"Diteruskan ke {name}" not in page
    assert f"Dikembalikan oleh {city}: “Ternyata jalan nasional”" in page
    client.force_login(staff("officer", "id.pu"))
    desk = client.get(f"/console/reports/{passed_on.code}").content.decode()
    assert f"Dikembalikan ke {name}" in desk
    assert f"Diteruskan ke {city}" in desk
    assert f"Diteruskan ke {name}" not in desk


def test_what_a_peer_would_not_have_and_stays_with_its_body_was_passed_on_to_nobody(
    passed_on: Report, client: Client
) -> None:
    reports.reroute(passed_on.code, reports.Told("declined", text="Bukan kami"), "31.roads")
    name, declined = bodies.get("31.roads").name, "Kembali: menurut mereka bukan urusan mereka"
    client.force_login(staff("officer", "31.roads"))
    for address in (f"/r/{passed_on.code}", f"/console/reports/{passed_on.code}"):
        page = client.get(address).content.decode()
        assert page.count(f"Diteruskan ke {name}") == 1  # by the ministry, before
        assert page.count(declined) == 1


def test_those_who_have_it_find_it_among_what_is_new_until_they_answer(passed_on: Report) -> None:
    officer = staff("officer", "31.roads")

    def listed(state: str) -> tuple[int, list[str]]:
        counting.forget()
        asked = casework.Filter(state=state)
        found = casework.queue(officer, "31.roads", asked).items
        assert {one.status for one in found} <= {state}
        return casework.count(officer, "31.roads", asked).number, [one.code for one in found]

    assert (listed("waiting"), listed("in_process")) == ((1, [passed_on.code]), (0, []))
    reports.accept(passed_on.code, casework.who(officer, passed_on, "accept"))
    assert (listed("waiting"), listed("in_process")) == ((0, []), (1, [passed_on.code]))


@pytest.mark.parametrize("first", ["id.pu", None])
def test_what_was_passed_on_before_a_slip_is_so_again_once_that_is_taken_back(
    passed_on: Report, first: str | None
) -> None:
    officer = staff("officer", "31.roads")
    if first is None:  # one that waited as new: an officer's slip is no work
        passed_on = reports.find(routing.submit(submission(), None).report.code, officer)
        assert (passed_on.body_id, passed_on.state) == ("31.roads", "routed")
    before = casework.as_it_stands(passed_on)
    slip = reports.transfer(passed_on.code, casework.who(officer, passed_on, "transfer"), "51.71", "Milik Anda")
    casework.reverse(officer, slip.pk, before, slip.seq, lambda *_asked: None, at_once=True)
    back = Report.objects.get(pk=slip.pk)
    assert (back.state, back.body_id) == (before["state"], "31.roads")
    assert not list(audit())


def test_what_was_passed_on_to_a_body_before_it_joined_is_in_process_once_it_has(passed_on: Report) -> None:
    who = Who(None, Actor.OFFICER, "31.roads")
    kept = reports.transfer(passed_on.code, who, "32.16", "Wilayah Bekasi")
    assert kept.status == "no_partner"
    bodies.make_partner("32.16")
    assert reports.hand_over(kept.code)
    joined = Report.objects.get(pk=kept.pk)
    assert (joined.state, joined.status, joined.body_id) == ("forwarded", "in_process", "32.16")
    bodies.end_partnership("32.16")
    assert reports.release(kept.code)
    bodies.make_partner("32.16")
    reports.hand_over(kept.code)
    assert Report.objects.get(pk=kept.pk).state == "forwarded"
    assert not list(audit())
