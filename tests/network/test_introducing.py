"""How an instance comes to be known, where the other side is slow, gone, another than it was, or one of very many."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects.kentongan import introducing
from kentongan.network.models import Inquiry, KnownKey, Peer, PeerState
from tests.network.stays import known

pytestmark = pytest.mark.django_db
CITY = "https://kota.example"


def shown(instance: str = "kota.example", key: bytes = b"a", **fields: Any) -> dict[str, Any]:
    """A card as `read_card` gives it."""
    public = base64.urlsafe_b64encode(key * 32).decode().rstrip("=")
    keys = [{"keyid": f"{instance}#1", "public": public, "signed_by": "", "succession": ""}]
    card = {"protocol": "kentongan/1", "instance": instance, "name": "Kota", "url": CITY, "keys": keys, "bodies": []}
    return card | {"endpoint": f"{CITY}/network/v1"} | fields


@pytest.fixture
def card(world: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the host shows, whichever address is asked."""
    card = shown()
    monkeypatch.setattr(introducing, "read_card", lambda address: card)
    return card


def tasks(name: str) -> list[tuple[list[Any], Any]]:
    """Of each task of this name its arguments and when it may begin."""
    found = DBTaskResult.objects.filter(task_path__endswith=name).order_by("enqueued_at")
    return [(one.args_kwargs["args"], one.run_after) for one in found]


def test_an_instance_is_not_its_own_peer(card):
    card["instance"] = facts.instance()
    with pytest.raises(Problem) as refused:
        introducing.meet(CITY)
    assert refused.value.code == "own_instance"
    assert not Peer.objects.exists()


def test_one_that_nobody_has_confirmed_is_kept_as_its_host_shows_itself_now(card):
    first = introducing.meet(CITY)
    card.update(shown(key=b"b", name="Kota Baru"))
    again = introducing.meet(CITY)
    assert (again.pk, Peer.objects.get().title) == (first.pk, "Kota Baru")
    assert [one.public for one in KnownKey.objects.all()] == [card["keys"][0]["public"]]


def test_one_that_was_confirmed_keeps_its_keys_whoever_has_its_name_at_another_address(card):
    peer = introducing.meet(CITY)
    Peer.objects.update(confirmed_here=True)
    before = introducing.fingerprints(peer)
    card.update(shown(key=b"b"))
    assert introducing.meet(CITY).pk == peer.pk
    card.update(shown(key=b"c", endpoint="https://orang-lain.example/network/v1"))
    with pytest.raises(Problem) as refused:
        introducing.meet("https://orang-lain.example")
    assert refused.value.code == "other_instance"
    assert introducing.fingerprints(peer) == before


def test_two_instances_that_would_bear_one_name_here_each_get_their_own(card):
    known("kota-example")
    assert introducing.meet(CITY).name == "kota-example-2"
    card.update(shown("kota.example:8443"))
    assert introducing.meet(CITY).name == "kota-example-8443"
    card.update(shown("[::1]"))
    assert introducing.meet(CITY).name == "1"


def test_a_stranger_that_asks_again_is_looked_at_once_and_only_so_many_are_at_a_time(world, monkeypatch):
    for _time in range(3):
        introducing.invite(f"{CITY}/tentang")
    assert len(tasks("meet_stranger")) == Inquiry.objects.count() == 1
    monkeypatch.setattr(introducing, "MOST_ASKING", 2)
    known("tamu", state=PeerState.ASKED)
    with pytest.raises(Problem) as refused:
        introducing.invite("https://lain.example")
    assert (refused.value.code, refused.value.status) == ("too_many", 429)
    introducing.invite(CITY)  # who is looked at already is not refused
    assert Inquiry.objects.count() == 1


def test_what_was_found_of_a_stranger_is_kept_and_a_task_that_comes_twice_changes_nothing(card, monkeypatch):
    introducing.invite(CITY)
    one = Inquiry.objects.get()
    introducing.meet_stranger.func(str(one.pk))
    one.refresh_from_db()
    assert (one.state, Peer.objects.get().state) == (Inquiry.State.DONE, PeerState.ASKED)
    Peer.objects.all().delete()
    introducing.meet_stranger.func(str(one.pk))
    assert not Peer.objects.exists()
    introducing.invite(CITY)

    def refuse(address: str) -> None:
        raise Problem("no_instance", 422, "none")

    monkeypatch.setattr(introducing, "read_card", refuse)
    other = Inquiry.objects.exclude(pk=one.pk).get()
    introducing.meet_stranger.func(str(other.pk))
    other.refresh_from_db()
    assert (other.state, other.problem["code"]) == (Inquiry.State.REFUSED, "no_instance")


def test_a_peer_that_does_not_hear_is_told_less_and_less_often_and_one_day_no_more(card, monkeypatch):
    peer = introducing.meet(CITY)

    def silent(*_said: Any, **_more: Any) -> outgoing.Answer:
        raise outgoing.CallFailed("silent")

    monkeypatch.setattr(outgoing, "call", silent)
    introducing.introduce.func(peer.pk, 0)  # nobody has confirmed it
    assert tasks("introduce") == []
    Peer.objects.update(confirmed_here=True)
    begun = timezone.now()
    for tries, pause in ((0, 5), (1, 10), (9, 2560), (10, 3600), (23, 3600)):
        DBTaskResult.objects.all().delete()
        introducing.introduce.func(peer.pk, tries)
        [(args, after)] = tasks("introduce")
        assert args == [peer.pk, tries + 1]
        assert timedelta(0) <= after - begun - timedelta(seconds=pause) < timedelta(seconds=60)
    DBTaskResult.objects.all().delete()
    introducing.introduce.func(peer.pk, introducing.MOST_TRIES)
    introducing.introduce.func("gone", 0)
    assert tasks("introduce") == []


def test_both_sides_have_to_confirm_before_anything_is_sent(card):
    peer = introducing.meet(CITY)
    introducing.settle(peer, there=True)
    assert Peer.objects.get().state == PeerState.PROPOSED
    assert introducing.findings(peer)[0] == "Kota (kota.example)"
    introducing.confirm(peer)
    assert Peer.objects.get().state == PeerState.ACTIVE
    introducing.settle(Peer.objects.get(), there=False)  # who confirmed once has confirmed
    assert Peer.objects.get().confirmed_there
