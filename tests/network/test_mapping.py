"""Which service of a peer a category is: what is proposed, what a person has said, and what a peer no longer offers."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.network import mapping
from kentongan.network.dialects.base import Dialect, Discovery, Line, Offered
from kentongan.network.models import Peer, ServiceMap
from kentongan.network.sealing import seal

pytestmark = pytest.mark.django_db


class Shop(Dialect):
    """A peer that offers what a test lays out."""

    def __init__(self) -> None:
        self.offers: tuple[Offered, ...] = ()
        self.findings: tuple[str, ...] = ()
        self.asked: list[Line] = []

    def discover(self, line: Line) -> Discovery:
        self.asked.append(line)
        options = {"version": 2, "poll_every": 60} if self.offers else {}
        found = Line(line.name, "https://pu.example/open311/v2/", options=options)
        return Discovery(found, self.offers, self.findings)


ROAD = Category(
    code="road_damage", name_id="Jalan rusak", name_en="Road damage", position=1,
    keywords_id=["lubang", "Aspal"], keywords_en=["pothole", "broken road"],
)  # fmt: skip
WASTE = Category(code="waste", name_id="Sampah menumpuk", name_en="Uncollected waste", position=2)
LIGHT = Category(code="street_light", name_id="Lampu jalan mati", name_en="Street light out", position=3)
OLD = Category(code="old", name_id="Kategori lama", name_en="Old kind", position=4, active=False)

POTHOLES = Offered(
    "006", "Jalan Berlubang", "Lubang di jalan", ("aspal", "pothole"), "Jalan", ({"code": "SIZE", "required": True},)
)
DAMAGE = Offered("R1", "Damage road")  # by its name in English, in another order
WASTE_THERE = Offered("WASTE", "Something else")  # by its code


@pytest.fixture
def peer() -> Peer:
    for category in (ROAD, WASTE, LIGHT, OLD):
        Category(**{field.attname: getattr(category, field.attname) for field in Category._meta.fields}).save()
    return Peer.objects.create(
        name="pu", title="Sistem PU", dialect="shop", endpoint="https://pu.example/", secret=seal("rahasia"),
        options={"poll_every": 900, "note": "kept"},
    )  # fmt: skip


@pytest.fixture
def shop(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop()
    monkeypatch.setattr(mapping, "dialect", lambda name: {"shop": made}[name])
    return made


def told(offered: Offered) -> dict[str, Any]:
    """How a service is kept."""
    return {
        "code": offered.code, "name": offered.name, "description": offered.description,
        "keywords": list(offered.keywords), "group": offered.group, "attributes": list(offered.attributes),
    }  # fmt: skip


def offering(peer: Peer, *offers: Offered) -> Peer:
    peer.options = {**peer.options, "services": [told(one) for one in offers]}
    peer.save()
    return peer


def mapped(peer: Peer) -> dict[str, tuple[str, bool]]:
    """Which service each category is, and whether a person has said so."""
    rows = ServiceMap.objects.filter(peer=peer)
    return {one.category_id: (one.service_code, one.confirmed) for one in rows}


def refused(call: Any, *given: Any) -> tuple[str, int, str, str]:
    with pytest.raises(Problem) as caught:
        call(*given)
    return caught.value.code, caught.value.status, str(caught.value.detail), caught.value.field


# likeness


@pytest.mark.parametrize(
    ("category", "service", "alike"),
    [
        (WASTE, WASTE_THERE, 1.0),
        (Category(code="Waste"), Offered("wASTE", ""), 1.0),
        (ROAD, DAMAGE, 1.0),
        (ROAD, Offered("9", "JALAN rusak"), 1.0),
        (ROAD, Offered("9", "Air", "Ada LUBANG"), 0.55 + 0.15),
        (ROAD, Offered("9", "lubang di mana-mana"), 0.55 + 0.15),
        (ROAD, Offered("9", "Air", "lubang, lubang", ("Aspal",)), 0.55 + 0.3),
        (ROAD, Offered("9", "Air", "lubang", ("aspal", "POTHOLE")), 0.95),
        (ROAD, Offered("9", "Air", "lubang", ("aspal", "pothole", "broken road")), 0.95),
        (ROAD, Offered("9", "Air", "", ("broken", "road")), 0.55 + 0.15),
        (Category(code="a", name_id="", name_en=""), Offered("b", "Jalan"), 0.0),
        (Category(code="a", name_id="abcd", name_en="zzzz"), Offered("b", "abxy"), 0.5),
        (Category(code="a", name_id="zzzz", name_en="ABCD"), Offered("b", "abxy"), 0.5),
    ],
)
def test_a_service_is_like_a_category_by_its_code_its_names_or_its_keywords(
    category: Category, service: Offered, alike: float
) -> None:
    assert mapping.likeness(category, service) == pytest.approx(alike)


# propose


def test_the_likeliest_service_is_proposed_for_each_category_that_can_be_chosen(peer: Peer) -> None:
    assert mapping.propose(offering(peer, WASTE_THERE, POTHOLES, DAMAGE, Offered("7", "Kategori lama"))) == 2
    assert mapped(peer) == {"road_damage": ("R1", False), "waste": ("WASTE", False)}


def test_nothing_is_proposed_that_is_more_often_wrong_than_right(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    pits = Offered("9", "Air", "lubang")
    monkeypatch.setattr(mapping, "LIKELY", mapping.likeness(ROAD, pits))
    assert mapping.propose(offering(peer, pits)) == 1
    monkeypatch.setattr(mapping, "LIKELY", mapping.LIKELY + 0.001)
    assert mapping.propose(peer) == 0
    assert mapped(peer) == {}  # the proposal of before is gone


def test_what_a_person_has_said_is_not_proposed_anew(peer: Peer) -> None:
    ServiceMap.objects.create(peer=peer, category_id="road_damage", service_code="own", confirmed=True)
    assert mapping.propose(offering(peer, POTHOLES, WASTE_THERE)) == 1
    assert mapped(peer) == {"road_damage": ("own", True), "waste": ("WASTE", False)}


def test_a_proposal_is_made_anew_whenever_something_more_alike_is_offered(peer: Peer) -> None:
    mapping.propose(offering(peer, Offered("9", "Jalan Berlubang", "lubang")))
    assert mapped(peer) == {"road_damage": ("9", False)}
    assert ServiceMap.objects.get().likeness == 0.7
    offering(peer, Offered("9", "Jalan Berlubang", "lubang"), DAMAGE)
    assert mapping.propose(peer) == 1
    assert mapped(peer) == {"road_damage": ("R1", False)}


def test_how_alike_they_are_is_kept_to_a_thousandth(peer: Peer) -> None:
    mapping.propose(offering(peer, Offered("9", "Sampah yang menumpuk")))
    assert ServiceMap.objects.get().likeness == 0.857  # six of seven


def test_what_is_said_of_one_peer_is_said_of_no_other(peer: Peer) -> None:
    other = offering(Peer.objects.create(name="lain"), POTHOLES)
    ServiceMap.objects.create(peer=other, category_id="road_damage", service_code="X", confirmed=True)
    ServiceMap.objects.create(peer=other, category_id="waste", service_code="Y")
    assert mapping.propose(offering(peer, DAMAGE)) == 1
    assert mapped(other) == {"road_damage": ("X", True), "waste": ("Y", False)}


@pytest.mark.parametrize("options", [{}, {"services": []}])
def test_a_peer_that_offers_nothing_has_no_proposals(peer: Peer, options: dict[str, Any]) -> None:
    peer.options = options
    assert mapping.propose(peer) == 0
    assert mapping.services(peer) == []


def test_a_proposal_holds_what_the_service_is_as_far_as_there_is_room(peer: Peer) -> None:
    wide = Offered("x" * 130, "road damage " + "n" * 200, "lubang aspal", (), "", POTHOLES.attributes)
    mapping.propose(offering(peer, wide))
    row = ServiceMap.objects.get()
    assert (row.service_code, row.service_name) == ("x" * 120, ("road damage " + "n" * 200)[:200])
    assert (row.attributes, row.answers) == ([{"code": "SIZE", "required": True}], {})
    assert row.likeness == 0.85


# discover


def test_what_a_peer_offers_is_kept_and_proposed(peer: Peer, shop: Shop) -> None:
    shop.offers, shop.findings = (POTHOLES, DAMAGE), ("Two services.",)
    assert mapping.discover(peer) == ("Two services.",)
    assert [(line.name, line.endpoint, line.secret) for line in shop.asked] == [
        ("pu", "https://pu.example/", "rahasia")
    ]
    peer.refresh_from_db()
    assert peer.endpoint == "https://pu.example/open311/v2/"
    assert peer.options == {
        "poll_every": 60, "note": "kept", "version": 2, "services": [told(POTHOLES), told(DAMAGE)],
    }  # fmt: skip
    assert list(mapping.services(peer)) == [POTHOLES, DAMAGE]
    assert mapped(peer) == {"road_damage": ("R1", False)}


def test_a_person_reads_what_is_no_longer_offered(peer: Peer, shop: Shop) -> None:
    offering(peer, POTHOLES, WASTE_THERE, DAMAGE)
    shop.offers, shop.findings = (DAMAGE,), ("One service.",)
    assert mapping.discover(peer) == ("One service.", "Tidak lagi ditawarkan: 006, WASTE")


def test_a_list_that_is_suddenly_empty_is_not_believed(peer: Peer, shop: Shop) -> None:
    offering(peer, POTHOLES)
    before = dict(peer.options)
    assert refused(mapping.discover, peer) == (
        "no_services",
        422,
        "Rekan itu tidak lagi menawarkan layanan; yang sudah diketahui tetap disimpan.",
        "",
    )
    peer.refresh_from_db()
    assert (peer.endpoint, peer.options) == ("https://pu.example/", before)


def test_a_peer_that_never_offered_services_need_not_do_so(peer: Peer, shop: Shop) -> None:
    assert mapping.discover(peer) == ()
    peer.refresh_from_db()
    assert peer.options == {"poll_every": 900, "note": "kept"}
    assert peer.endpoint == "https://pu.example/open311/v2/"


def test_asking_a_peer_leaves_alone_what_somebody_else_changed_meanwhile(peer: Peer, shop: Shop) -> None:
    Peer.objects.update(state="active", title="Kementerian")
    mapping.discover(peer)
    assert (Peer.objects.get().state, Peer.objects.get().title) == ("active", "Kementerian")


# listing


def test_the_list_shows_every_category_that_can_be_chosen_with_what_it_is_there(peer: Peer) -> None:
    other = Peer.objects.create(name="lain")
    ServiceMap.objects.create(peer=other, category_id="street_light", service_code="L")
    ServiceMap.objects.create(peer=peer, category_id="waste", service_code="W", confirmed=True)
    ServiceMap.objects.create(peer=peer, category_id="road_damage", service_code="R")
    lines = mapping.listing(peer)
    shown = [(line.category.code, line.mapped and line.mapped.service_code, line.is_confirmed) for line in lines]
    assert shown == [("road_damage", "R", False), ("waste", "W", True), ("street_light", None, False)]


# confirm


def test_a_person_says_which_service_a_category_is(peer: Peer) -> None:
    row = mapping.confirm(offering(peer, DAMAGE, POTHOLES), "road_damage", "006", {"SIZE": "=size"})
    assert row == ServiceMap.objects.get()
    assert row is not None
    row.refresh_from_db()
    assert (row.peer_id, row.category_id, row.confirmed) == ("pu", "road_damage", True)
    assert (row.service_code, row.service_name) == ("006", "Jalan Berlubang")
    assert (row.attributes, row.answers) == ([{"code": "SIZE", "required": True}], {"SIZE": "=size"})
    assert row.likeness == 0.95


def test_saying_it_again_changes_the_service_and_keeps_the_answers_that_are_not_named(peer: Peer) -> None:
    offering(peer, DAMAGE, POTHOLES)
    ServiceMap.objects.create(peer=Peer.objects.create(name="lain"), category_id="road_damage", answers={"A": "1"})
    ServiceMap.objects.create(peer=peer, category_id="waste", answers={"B": "1"})
    assert getattr(mapping.confirm(peer, "road_damage", "006"), "answers", None) == {}
    mapping.confirm(peer, "road_damage", "006", {"SIZE": "2"})
    again = mapping.confirm(peer, "road_damage", "R1")
    assert again is not None
    assert (again.service_code, again.answers) == ("R1", {"SIZE": "2"})
    cleared = mapping.confirm(peer, "road_damage", "R1", {})
    assert cleared is not None
    assert cleared.answers == {}
    assert ServiceMap.objects.filter(peer=peer).count() == 2


def test_a_person_says_that_no_service_is_this_category(peer: Peer) -> None:
    other = Peer.objects.create(name="lain")
    for at, category in ((peer, "road_damage"), (peer, "waste"), (other, "road_damage")):
        ServiceMap.objects.create(peer=at, category_id=category, service_code="x", confirmed=True)
    assert mapping.confirm(peer, "road_damage", None) is None
    assert mapped(peer) == {"waste": ("x", True)}
    assert mapped(other) == {"road_damage": ("x", True)}


def test_what_is_not_offered_or_not_known_is_refused(peer: Peer) -> None:
    offering(peer, DAMAGE)
    assert refused(mapping.confirm, peer, "road_damage", "006") == (
        "unknown_service",
        422,
        "Rekan itu tidak menawarkan layanan tersebut.",
        "service",
    )
    assert refused(mapping.confirm, peer, "nothing", "R1")[:2] == ("unknown_category", 422)
    assert mapped(peer) == {}


def test_a_person_says_that_all_proposals_of_a_peer_are_right(peer: Peer) -> None:
    other = Peer.objects.create(name="lain")
    ServiceMap.objects.create(peer=other, category_id="waste", service_code="x")
    ServiceMap.objects.create(peer=peer, category_id="street_light", service_code="x", confirmed=True)
    mapping.propose(offering(peer, DAMAGE, WASTE_THERE))
    assert mapping.confirm_all(peer) == 2
    assert mapped(peer) == {
        "road_damage": ("R1", True), "waste": ("WASTE", True), "street_light": ("x", True),
    }  # fmt: skip
    assert mapped(other) == {"waste": ("x", False)}
