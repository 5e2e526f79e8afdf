"""The administrator's pages for peers: add, map, confirm, look, send again, give up, keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from kentongan import network, routing
from kentongan.console.looks import DELIVERIES
from kentongan.foundation import outbox
from kentongan.network import dialects
from kentongan.network.dialects import DIALECTS
from kentongan.network.models import ApiKey, Delivery, HandOver, Peer, PeerState
from kentongan.reports.models import Report
from kentongan.subscribers import register
from tests.open311_city import City
from tests.tasks import run_tasks
from tests.world import STREET, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(world: None) -> Iterator[City]:
    """An Open311 city on loopback."""
    register()
    found = City()
    yield found
    found.close()


@pytest.fixture
def platform(world: None) -> Client:
    """The platform's administrator, signed in, reading English."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(person("admin@contoh.id", is_superuser=True))
    return client


def asked(platform: Client, path: str, sent: dict[str, str]) -> Any:
    """The page on which an answer from outside is read: under way first, then, when a worker has been by, as it is."""
    answer = platform.post(path, sent)
    assert answer.status_code == 302, answer.content.decode()
    under_way = platform.get(answer["Location"])
    assert (under_way.status_code, "Being looked at" in under_way.content.decode()) == (202, True)
    run_tasks()
    return platform.get(answer["Location"], follow=True)


def added(platform: Client, city: City) -> Peer:
    """The city, added through the page and switched on, with its one service confirmed."""
    sent = {
        "dialect": "fixmystreet",
        "endpoint": city.url,
        "name": "kota",
        "title": "Kota",
        "secret": city.key,
    }
    assert asked(platform, "/console/peers/new", sent).status_code == 200
    assert 'value="31.roads"' in read(platform, "/console/peers/kota?q=31.roads")
    platform.post("/console/peers/kota", {"do": "reach", "body": "31.roads"})
    platform.post("/console/peers/kota/services", {"category": "road_damage", "service": "006", "answer.SIZE": "=size"})
    platform.post("/console/peers/kota", {"do": "on"})
    return Peer.objects.get(pk="kota")


def sent(**answers: Any) -> None:
    """A report on a city street, and what a worker does with it."""
    routing.submit(submission(at=STREET, answers=answers), None)
    while outbox.drain():
        pass
    network.deliver_all(2)


def read(platform: Client, path: str) -> str:
    """A page's text."""
    answer = platform.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/console/peers", "/console/peers/new", "/console/peers/kota", "/console/peers/kota/services"]
)
def test_the_pages_are_for_administrators_of_the_platform_only(world: None, path: str) -> None:
    client = Client()
    assert client.get(path).status_code == 302
    client.force_login(person("petugas@contoh.id"))
    assert client.get(path).status_code == 403


def test_a_peer_is_added_mapped_and_switched_on(platform: Client, city: City) -> None:
    peer = added(platform, city)
    assert peer.state == PeerState.ACTIVE
    assert peer.services.get(category="road_damage").confirmed
    sent(size="large")
    assert city.filed[0]["attribute[SIZE]"] == ["1"]
    page = read(platform, "/console/peers")
    assert "Kota" in page
    assert "in order" in page
    assert "Street pothole (006)" in read(platform, "/console/peers/kota/services")


def test_an_address_with_nothing_behind_it_is_refused_and_what_was_typed_is_kept(platform: Client, city: City) -> None:
    answer = asked(
        platform, "/console/peers/new", {"dialect": "open311", "endpoint": city.url + "/nix", "title": "Kota Lama"}
    )
    assert answer.status_code == 422
    assert "Kota Lama" in answer.content.decode()
    assert not Peer.objects.exists()


def test_what_cannot_be_sent_is_shown_in_plain_words_mended_and_sent_again(platform: Client, city: City) -> None:
    added(platform, city)
    sent()
    assert "How large?" in read(platform, "/console/peers/kota")
    platform.post("/console/peers/kota/services", {"category": "road_damage", "service": "006", "answer.SIZE": "2"})
    platform.post("/console/peers/kota", {"do": "retry", "delivery": str(Delivery.objects.get().pk)})
    network.deliver_all(2)
    assert len(city.filed) == 1


def test_what_is_gone_meanwhile_is_said_and_never_called_done(platform: Client, city: City) -> None:
    added(platform, city)
    for gone in (
        {"do": "retry", "delivery": "77"}, {"do": "drop", "delivery": "77", "reason": "x"},
        {"do": "end_key", "key": "77"}, {"do": "unreach", "body": "31.water"},
    ):  # fmt: skip
        answer = platform.post("/console/peers/kota", gone)
        assert answer.status_code == 404, gone
        assert 'role="alert"' in answer.content.decode()


def test_all_proposals_are_confirmed_at_once_and_their_list_is_asked_anew(platform: Client, city: City) -> None:
    found = {"dialect": "open311", "endpoint": city.url, "name": "kota", "secret": city.key}
    asked(platform, "/console/peers/new", found)
    proposed = Peer.objects.get().services.filter(confirmed=False)
    many = proposed.count()
    assert many
    answer = platform.post("/console/peers/kota/services", {"do": "all"}, follow=True)
    assert f"{many} confirmed." in answer.content.decode()
    assert not proposed.exists()
    confirmed = set(Peer.objects.get().services.values_list("category", "service_code"))
    assert asked(platform, "/console/peers/kota/services", {"do": "again"}).status_code == 200
    assert confirmed <= set(Peer.objects.get().services.filter(confirmed=True).values_list("category", "service_code"))


def test_a_peer_is_deleted_and_what_lay_there_is_worked_on_here_again(platform: Client, city: City) -> None:
    added(platform, city)
    sent(size="large")
    assert platform.post("/console/peers/kota", {"do": "delete"}).status_code == 422
    assert "1 reports that lie there" in read(platform, "/console/peers/kota")
    said = platform.post("/console/peers/kota", {"do": "delete", "sure": "yes"}, follow=True).content.decode()
    assert "1 reports are worked on here again" in said
    assert not Peer.objects.exists()
    report = Report.objects.get()
    network.refuse_elsewhere(report, "resolve")
    assert report.entries.get(kind="given_up").visibility == "internal"
    assert Client().get(f"/r/{report.code}").status_code == 200


def test_giving_up_asks_for_a_reason_and_lets_staff_here_work_on_the_report(platform: Client, city: City) -> None:
    added(platform, city)
    sent()
    due = str(Delivery.objects.get().pk)
    assert platform.post("/console/peers/kota", {"do": "drop", "delivery": due}).status_code == 422
    platform.post("/console/peers/kota", {"do": "drop", "delivery": due, "reason": "Kami kerjakan sendiri"})
    stay = HandOver.objects.get()
    assert stay.state == "withdrawn"
    assert "Kami kerjakan sendiri" not in Client().get(f"/r/{stay.report.code}").content.decode()
    network.refuse_elsewhere(stay.report, "resolve")
    assert stay.report.entries.get(kind="given_up").visibility == "internal"


def test_a_key_is_shown_once_and_ended(platform: Client, city: City) -> None:
    added(platform, city)
    page = platform.post("/console/peers/kota", {"do": "key", "write": "yes", "areas": "31"}).content.decode()
    key = ApiKey.objects.get()
    assert key.hint in page
    assert "ktp_" in page
    assert "ktp_" not in read(platform, "/console/peers/kota")
    platform.post("/console/peers/kota", {"do": "end_key", "key": str(key.pk)})
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "nothing"},
        {"do": "reach", "body": "nobody"},
        {"do": "key", "areas": "99.99"},
        {"do": "key", "categories": "x"},
    ],
)
def test_what_is_wrong_is_said_on_the_page(platform: Client, city: City, sent: dict[str, str]) -> None:
    added(platform, city)
    answer = platform.post("/console/peers/kota", sent)
    assert answer.status_code in {404, 422}
    assert 'role="alert"' in answer.content.decode()


def test_a_peer_is_tested_switched_off_and_a_body_taken_away(platform: Client, city: City) -> None:
    added(platform, city)
    assert "takes our credentials" in asked(platform, "/console/peers/kota", {"do": "test"}).content.decode()
    city.key = "another"
    assert "not accepted" in asked(platform, "/console/peers/kota", {"do": "test"}).content.decode()
    platform.post("/console/peers/kota", {"do": "off"})
    assert Peer.objects.get().state == "paused"
    platform.post("/console/peers/kota", {"do": "unreach", "body": "31.roads"})
    assert not Peer.objects.get().bodies.exists()
    assert platform.get("/console/peers/unknown").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "retry", "delivery": "²"}, {"do": "retry", "delivery": "9" * 30}, {"do": "end_key", "key": "²"},
        {"do": "drop", "delivery": "9" * 30, "reason": "x"}, {"do": "unreach", "body": "31\0"},
    ],
)  # fmt: skip
def test_odd_input_is_met_with_a_page_and_sends_nothing_again(
    platform: Client, city: City, sent: dict[str, str]
) -> None:
    added(platform, city)
    assert platform.post("/console/peers/kota", sent).status_code in {302, 404, 422}


def test_every_dialect_and_everything_it_delivers_has_words_for_the_administrator() -> None:
    for name in DIALECTS:
        kind = dialects.dialect(name)
        assert str(kind.title)
        assert kind.tells | {"fetch"} <= set(DELIVERIES)
