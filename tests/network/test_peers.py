"""Who the peers are: which bodies work behind them, switching them on and off, and letting them go."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan import bodies, network
from kentongan.bodies.models import Membership
from kentongan.foundation.problems import Problem
from kentongan.network import adding, arbitration, elsewhere, following, inquiries, parcels, peers, removing
from kentongan.network.models import (
    Delivery,
    Departure,
    Direction,
    Inquiry,
    Peer,
    PeerState,
    ServiceMap,
)
from kentongan.reports.models import Report
from tests.network.stays import given, known, lines, sent, traced
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _world(world: None) -> None:
    """The catalogue and the bodies."""


def refused(call: Any, *given: Any, **named: Any) -> tuple[str, int, str]:
    with pytest.raises(Problem) as caught:
        call(*given, **named)
    return caught.value.code, caught.value.status, caught.value.field


def test_a_peer_is_added_once_and_found_by_its_name() -> None:
    peer = peers.add("pu", "webhook", "https://pu.example/in")
    assert (peer.title, peer.state) == ("", PeerState.PROPOSED)
    assert peers.find("pu") == peer
    assert refused(peers.add, "pu", "webhook") == ("peer_exists", 409, "name")
    assert refused(peers.add, "lain", "morse") == ("unknown_dialect", 422, "dialect")
    assert refused(peers.find, "lain") == ("unknown_peer", 404, "name")


def test_a_body_works_behind_one_peer_and_its_parts_with_it() -> None:
    peer, other = known(state=PeerState.PROPOSED), known("lain")
    peers.set_reach(peer, "32.16")
    assert peers.reaches("32.16") is None  # not switched on yet
    assert not bodies.snapshot().is_partner("32.16")
    peers.switch(peer, PeerState.ACTIVE)
    assert (peers.reaches("32.16"), peers.any_reach()) == ("pu", True)
    assert bodies.snapshot().is_partner("32.16")
    peers.set_reach(peer, "31")
    peers.set_reach(peer, "31")
    assert [peers.reaches(code) for code in ("31.roads", "id.pu", "no.such", None)] == ["pu", None, None, None]
    assert refused(peers.set_reach, other, "31") == ("reached_otherwise", 409, "body")
    peers.switch(peer, PeerState.PAUSED)
    assert peers.reaches("31") == "pu"  # what is due waits for it
    peers.switch(peer, PeerState.GONE)
    assert peers.reaches("31") is None
    peers.switch(peer, PeerState.ACTIVE)
    for code in ("31", "32.16"):
        peers.unset_reach(code)
    assert not peers.any_reach()


def test_only_who_works_on_a_report_and_is_switched_on_hears_of_it() -> None:
    report, peer = sent(), known()
    assert following.hears(report, "contested") is False
    given(report, peer)
    assert (following.hears(report, "contested"), following.hears(report, "resolved")) == (True, False)
    Peer.objects.update(state=PeerState.PAUSED)
    assert following.hears(report, "contested") is False
    Peer.objects.update(state=PeerState.ACTIVE, dialect="")
    assert following.hears(report, "contested") is False


def test_staff_here_may_take_back_what_a_peer_works_on_and_nothing_else() -> None:
    report, mine = sent(), sent()
    given(report, known())
    assert refused(elsewhere.refuse_elsewhere, report, "resolve")[:2] == ("elsewhere", 409)
    elsewhere.refuse_elsewhere(report, "transfer")
    elsewhere.refuse_elsewhere(mine, "resolve")
    assert elsewhere.worked_on_here([mine.code, report.code]) == [mine.code]


# Letting go


def test_a_peer_that_is_deleted_leaves_its_reports_to_those_here() -> None:
    peer, other = known(title=""), known("lain")
    peers.set_reach(peer, "id.pu")
    there, back, from_it, elsewhere_ = sent(), sent(), sent(), sent()
    given(there, peer)
    given(back, peer, state="returned")
    given(from_it, peer, Direction.IN)
    given(elsewhere_, other)
    Delivery.objects.create(peer=peer, report=there, kind="update", key="a")
    Delivery.objects.create(peer=other, report=elsewhere_, kind="update", key="b")
    assert removing.remove(peer) == removing.Held(given=1, taken=1, due=1)
    assert [line[:3] for line in lines(there)] == [("given_up", "system", "Pu tidak terhubung lagi.")]
    assert [lines(one) for one in (back, from_it, elsewhere_)] == [[], [], []]
    assert list(Peer.objects.values_list("name", flat=True)) == ["lain"]
    assert list(Delivery.objects.values_list("key", flat=True)) == ["b"]
    assert peers.reaches("id.pu") is None


def test_a_peer_to_which_a_body_has_left_is_kept() -> None:
    peer = known()
    Departure.objects.create(body=bodies.get("32.16"), peer=peer, url="https://baru.example")
    assert refused(removing.remove, peer)[:2] == ("has_departed", 409)
    assert Peer.objects.exists()


# A coordinator decides


def test_only_a_coordinator_sees_what_waits_for_a_decision() -> None:
    report, member = sent(), person("petugas@contoh.id")
    declined = given(report, known(), state="declined")
    given(report, known("lain"), state="withdrawn")
    traced(report, undecided=True)
    traced(sent())
    Membership.objects.create(person=member, body_id="id.pu", role="officer")
    assert (arbitration.undecided(member, "id.pu"), arbitration.count_undecided(member, "id.pu")) == ([], 0)
    Membership.objects.update(role="coordinator")
    member = type(member).objects.get(pk=member.pk)
    (one,) = arbitration.undecided(member, "id.pu")
    assert (one.report, one.declines) == (report, (declined,))
    assert arbitration.count_undecided(member, "id.pu") == 1
    assert arbitration.undecided(member, "31") == []
    assert network.is_undecided(report) is True
    assert network.is_undecided(Report.objects.exclude(pk=report.pk).get()) is False


# What is looked at before a peer is kept


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        (("morse", "https://x.example"), "unknown_dialect"),
        (("webhook", "pu.example"), "bad_address"),
        (("webhook", "https://x.example", "Nama Panjang"), "bad_name"),
        (("webhook", "https://x.example", "pu"), "peer_exists"),
    ],
)
def test_what_cannot_be_a_peer_is_refused_at_once(given_: tuple[str, ...], code: str) -> None:
    known()
    assert refused(adding.check, *given_)[0] == code


@pytest.mark.parametrize(
    "given_",
    [
        ("email", "desa@contoh.example"),
        ("webhook", "https://x.example", "baru"),
        ("kentongan", "https://x.example", "pu"),
    ],
)
def test_what_can_be_a_peer_is_not(given_: tuple[str, ...]) -> None:
    known()
    adding.check(*given_)


def test_a_peer_is_named_after_its_address_where_nobody_names_it() -> None:
    secret = "whsec_" + "A" * 44
    peer, _said = adding.add("webhook", "http://127.0.0.1:9/in", secret=secret, bodies=["id.pu"])
    assert (peer.name, peer.state) == ("127-0-0-1-9", PeerState.PROPOSED)
    assert peers.find("127-0-0-1-9").bodies.get().body_id == "id.pu"


def test_a_sample_is_of_the_newest_public_report_unless_another_is_named() -> None:
    peer = peers.add("kota", "open311", "https://kota.example/")
    ServiceMap.objects.create(peer=peer, category_id="road_damage", service_code="006")
    assert refused(adding.sample, peer)[0] == "not_found"
    first, newest = sent(), sent()
    secret = sent(privacy="secret")
    assert newest.code in str(adding.sample(peer))
    assert first.code in str(adding.sample(peer, first.code))
    for code in (secret.code, "7KQF-M2RD", "?"):
        assert refused(adding.sample, peer, code)[0] == "not_found"


def test_a_sample_uses_a_proposed_service_or_that_of_the_branch_above() -> None:
    peer = peers.add("kota", "open311", "https://kota.example/")
    report = sent()
    assert refused(adding.sample, peer)[0] == "unmapped"
    ServiceMap.objects.create(peer=peer, category_id=report.category_id, service_code="006")
    assert dict(adding.sample(peer))["service_code"] == "006"
    assert refused(parcels.service_for, peer, report.category_id)[0] == "unmapped"
    ServiceMap.objects.update(confirmed=True)
    assert parcels.service_for(peer, report.category_id).code == "006"


# What is asked of the outside while nobody waits


def asked(one: Inquiry) -> Inquiry:
    inquiries.inquire.func(str(one.pk))
    one.refresh_from_db()
    return one


def test_what_was_found_out_is_read_later() -> None:
    one = asked(
        inquiries.ask("add", kind="webhook", url="http://127.0.0.1:9/in", name="pu", secret="whsec_" + "A" * 44)
    )
    assert (one.state, one.peer) == ("done", "pu")
    assert one.said == ["Rekan itu tidak dapat dihubungi."]  # the test of its credentials
    assert "secret" not in inquiries.asked_of(one)
    assert inquiries.asked_of(one)["url"] == "http://127.0.0.1:9/in"
    assert inquiries.find(one.pk) == one
    assert asked(one).said == one.said  # asked twice it stays as it is
    found = asked(inquiries.ask("discover", "pu"))
    assert (found.state, found.said) == ("done", [])


def test_what_could_not_be_found_out_says_why() -> None:
    adding.add("webhook", "http://127.0.0.1:9/in", name="pu", secret="whsec_" + "A" * 44)
    known("diam", dialect="")
    assert asked(inquiries.ask("test", "diam")).state == "done"
    for one, code in (
        (inquiries.ask("test", "pu"), "test_failed"),
        (inquiries.ask("test", "tidak-ada"), "unknown_peer"),
        (inquiries.ask("add", kind="open311", url="http://127.0.0.1:9/"), "unreachable"),
        (inquiries.ask("add", kind="webhook"), "failed"),
    ):
        refused_ = asked(one)
        assert (refused_.state, refused_.problem["code"]) == ("refused", code)
        assert refused_.problem["detail"]
    assert Peer.objects.count() == 2


def test_an_inquiry_that_there_is_not_is_not_found() -> None:
    hidden = Inquiry.objects.create(kind="meet")
    assert refused(inquiries.find, hidden.pk)[:2] == ("not_found", 404)
    assert inquiries.asked_of(hidden) == {}
