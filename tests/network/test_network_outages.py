"""Hundreds of reports through everything that goes wrong: in the end both sides hold the same, each thing once.

`KENTONGAN_MANY=1000` sends as many as one likes.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.bad_road import FAULTS, BadRoad
from tests.depth import is_second, part
from tests.instances import Instance, introduce, settle, until
from tests.world import ON_NATIONAL_ROAD, build_country

MANY = int(os.environ.get("KENTONGAN_MANY", part(400)))
CLOCK = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
COMMENTED, RESOLVED, REOPENED = MANY // 6, MANY // 5, MANY // 25
STRIKES = (
    (3, 2, 1) if is_second() else (6, 4, 2)
)  # each has a server and a worker begin anew: five seconds of processor
PARTS = (("serve", "worker"), ("worker",), ("serve",))  # what a strike ends; the last is the first to be struck

SUBMIT = """
from uuid import uuid4
from kentongan import reports, routing
from kentongan.people.models import Person
who = Person.objects.filter(email="warga@contoh.id").first() or Person.objects.create_user("warga@contoh.id")
for number in range(many):
    sent = reports.Submission(uuid4(), "road_damage", text=f"Lubang {number}", lon=lon, lat=lat)
    routing.submit(sent, who)
"""
COMMENT = """
from kentongan import reports
from kentongan.people.models import Person
from kentongan.reports.models import Report
who = Person.objects.filter(email="tetangga@contoh.id").first() or Person.objects.create_user("tetangga@contoh.id")
for code in Report.objects.order_by("pk").values_list("code", flat=True)[:many]:
    reports.comment(code, reports.Who(who, reports.Actor.CITIZEN), "Masih berlubang")
"""
RESOLVE = """
from kentongan import reports
from kentongan.people.models import Person
from kentongan.reports.models import Report
who = Person.objects.filter(email="petugas@contoh.id").first() or Person.objects.create_user("petugas@contoh.id")
officer = reports.Who(who, reports.Actor.OFFICER, "id.pu")
for code in Report.objects.filter(state="routed").order_by("code").values_list("code", flat=True)[:many]:
    reports.accept(code, officer, "Kami periksa")
    reports.resolve(code, officer, "Sudah ditambal", no_photo_reason="Malam hari")
"""
REOPEN = """
from kentongan import reports
from kentongan.reports.models import Report
found = Report.objects.filter(state="resolved").order_by("code").select_related("reporter")[:many]
for report in found:
    reports.reopen(report.code, reports.Who(report.reporter, reports.Actor.REPORTER), "Belum selesai")
answer = len(found)
"""
COUNT = "from kentongan.reports.models import Report; answer = Report.objects.count()"
STATES = """
from django.db.models import Count
from kentongan.reports.models import Report
answer = {state: number for state, number in Report.objects.values_list("state").order_by().annotate(Count("pk"))}
"""
# Everything that both sides must have in common of the ministry's reports: the state of each, how often each thing
# happened to it, and under which name of the network.
HELD = """
from collections import Counter
from kentongan.network.facts import entry_facts
from kentongan.reports.models import Entry, Report
kinds = ("commented", "accepted", "resolved", "reopened")
happened, names = Counter(), []
for entry in Entry.objects.filter(kind__in=kinds, report__body="id.pu").select_related("report"):
    happened[f"{entry.report.code} {entry.kind}"] += 1
    names.append(f"{entry_facts(entry)['id']} {entry.kind}")
states = dict(Report.objects.filter(body="id.pu").values_list("code", "state"))
answer = {"states": states, "happened": dict(happened), "names": sorted(names)}
"""
TWICE = """
from collections import Counter
from kentongan.reports.models import Entry
told = Counter()
for report, data in Entry.objects.filter(data__has_key="peer").values_list("report_id", "data"):
    if name := data["peer"].get("entry"):
        told[report, name] += 1
answer = [list(one) for one, number in told.items() if number > 1]
"""
AUDIT = "from kentongan.reports.audit import audit; answer = [str(one) for one in audit()]"
LEFT = "from kentongan.network.models import Delivery; answer = Delivery.objects.count()"
# The time that a lease, a pause or an open circuit lasts goes by; no worker of the instance runs while it does.
TIME_PASSES = """
from django.utils import timezone
from kentongan.network.models import Delivery, Peer
Delivery.objects.filter(leased_until__isnull=False).update(leased_until=timezone.now())
Delivery.objects.update(due_at=timezone.now())
Peer.objects.update(closed_until=None)
"""
WITH_PHOTO = """
from uuid import uuid4
from kentongan import reports, routing
from kentongan.people.models import Person
from tests.pictures import picture
who = Person.objects.filter(email="warga@contoh.id").first() or Person.objects.create_user("warga@contoh.id")
for number in range(many):
    photos = (reports.add_photo(picture(number)).pk,)
    sent = reports.Submission(uuid4(), "road_damage", text=f"Lubang {number}", lon=lon, lat=lat, photos=photos)
    routing.submit(sent, who)
"""
PHOTOS = "from kentongan.reports.models import Photo; answer = Photo.objects.exclude(report=None).count()"
ERRORS = """
from kentongan.network.models import Delivery
answer = sorted(set(Delivery.objects.values_list("error", flat=True)))
"""
HURRIED = "from kentongan.network.dialects.kentongan import client; client.call.__kwdefaults__['seconds'] = seconds"
PAUSES_PASS = """
from django.utils import timezone
from kentongan.network.models import Delivery, Peer
Delivery.objects.filter(leased_until=None).update(due_at=timezone.now())
Peer.objects.update(closed_until=None)
"""


Pair = tuple[Instance, Instance, BadRoad, BadRoad]


@contextmanager
def begun(tmp_path: Path) -> Iterator[Pair]:
    """The city and the centre, and a bad road in each direction."""
    places = tmp_path / "places.index"
    build_country(places)
    city, centre = Instance("kota", tmp_path / "city", places), Instance("pusat", tmp_path / "centre", places)
    roads: list[BadRoad] = []
    try:
        centre.run("from kentongan import bodies; bodies.make_partner('id.pu')")
        for one in (city, centre):
            one.start("serve")
        introduce(city, centre)
        # Six calls in either direction are enough for all faults between them.
        roads += [BadRoad(centre.url, seed=3, share=0.5), BadRoad(city.url, seed=5, share=0.5)]
        lay = "from kentongan.network.models import Peer; Peer.objects.update(endpoint=url + '/network/v1')"
        city.run(lay, url=roads[0].url)
        centre.run(lay, url=roads[1].url)
        city.run("from kentongan.network import peers; peers.set_reach(peers.find('pusat'), 'id.pu')")
        settle(city, centre, rounds=1)
        yield city, centre, roads[0], roads[1]
    finally:
        for road in roads:
            road.close()
        city.close()
        centre.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """As `begun`, for one test: it kills them."""
    with begun(tmp_path) as both:
        yield both


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """As `begun`, for all tests that leave both at rest."""
    with begun(tmp_path_factory.mktemp("lasting")) as both:
        yield both


@pytest.fixture
def at_rest(lasting: Pair) -> Pair:
    """Two instances on good roads, with nothing under way; what earlier tests sent is there, the same on both sides."""
    city, centre, *roads = lasting
    for road in roads:
        road.bad = False
    city.kill("worker")  # where a test has failed before its end
    city.run(HURRIED, seconds=30)
    for one in (city, centre):
        one.run(TIME_PASSES)
    settle(city, centre, rounds=1)
    return lasting


def struck(one: Instance, *parts: str) -> None:
    """Killed in the middle of whatever it does, and started anew a moment later."""
    one.kill(*parts)
    if "worker" in parts:
        one.run(TIME_PASSES)
    time.sleep(0.2)
    one.start(*parts)


def through_it_all(seed: int, city: Instance, centre: Instance, done: Any, strikes: int, patience: float) -> None:
    """Lets it run under strikes by seed, then in peace, until `done` holds."""
    chance, end, left = random.Random(seed), time.monotonic() + patience, strikes
    while not done():
        assert time.monotonic() < end, "it did not come to rest"
        if left:
            left -= 1
            struck(chance.choice((city, centre)), *PARTS[left % len(PARTS)])
        for one in (city, centre):
            one.run(PAUSES_PASS)
        time.sleep(1.0)


@pytest.mark.long
def test_hundreds_of_reports_survive_kills_lost_answers_repeats_and_delays(pair: Pair) -> None:
    city, centre, there, back = pair
    for one in (city, centre):
        one.start("worker")
    city.run(SUBMIT, many=MANY, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    through_it_all(1, city, centre, lambda: centre.run(COUNT) == MANY, strikes=STRIKES[0], patience=480)
    city.run(COMMENT, many=COMMENTED)
    centre.run(RESOLVE, many=RESOLVED)
    through_it_all(
        2,
        city,
        centre,
        lambda: city.run(STATES).get("resolved") == RESOLVED and not city.run(LEFT),
        STRIKES[1],
        patience=480,
    )
    assert city.run(REOPEN, many=REOPENED) == REOPENED
    through_it_all(
        3, city, centre, lambda: centre.run(STATES).get("resolved") == RESOLVED - REOPENED, STRIKES[2], patience=300
    )
    there.bad = back.bad = False
    through_it_all(4, city, centre, lambda: not city.run(LEFT) and not centre.run(LEFT), 0, patience=300)
    for one in (city, centre):
        one.kill("worker")
    settle(city, centre, rounds=2)

    here, over_there = city.run(HELD), centre.run(HELD)
    assert here == over_there
    assert sum(1 for name in here["happened"] if name.endswith("commented")) == COMMENTED
    assert set(here["happened"].values()) == {1}
    assert len(here["states"]) == MANY
    for one in (city, centre):
        assert one.run(TWICE) == []
        assert one.run(AUDIT) == []
    assert all((there.met + back.met)[fault] for fault in FAULTS), (there.met, back.met)


def test_calls_that_are_answered_too_late_are_made_again_and_done_once(at_rest: Pair) -> None:
    city, centre, there, _back = at_rest
    before = centre.run(COUNT)
    there.only("hang")
    city.run(HURRIED, seconds=0.5)
    city.run(SUBMIT, many=5, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    city.drain()
    until(lambda: centre.run(COUNT) == before + 5)  # it is still at work when the city has long hung up
    assert city.run(LEFT) == 5  # done there, and not known here
    assert city.run(ERRORS) == ["Tidak ada jawaban sampai batas waktu."]
    there.bad = False
    city.run(HURRIED, seconds=30)
    city.run(TIME_PASSES)
    settle(city, centre, rounds=2)
    assert (city.run(LEFT), centre.run(COUNT)) == (0, before + 5)
    assert city.run(HELD) == centre.run(HELD)
    assert city.run(AUDIT) == centre.run(AUDIT) == []


def test_all_that_was_ever_said_comes_again_newest_first_and_changes_nothing(at_rest: Pair) -> None:
    city, centre, there, back = at_rest
    city.run(SUBMIT, many=10, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    city.run(COMMENT, many=5)
    settle(city, centre, rounds=3)
    centre.run(RESOLVE, many=6)
    settle(city, centre, rounds=3)
    assert city.run(REOPEN, many=3) == 3
    settle(city, centre, rounds=3)
    before = city.run(HELD)
    assert before == centre.run(HELD)
    for road in (there, back):
        answered = road.replay()
        assert len(answered) >= 2
        assert set(answered) == {200}
    settle(city, centre, rounds=2)
    assert city.run(HELD) == centre.run(HELD) == before
    for one in (city, centre):
        assert one.run(TWICE) == []
        assert one.run(AUDIT) == []


def test_broken_photos_hold_up_no_report_and_come_whole_in_the_end(at_rest: Pair) -> None:
    city, centre, _there, back = at_rest
    before = city.run(STATES).get("resolved", 0)
    back.only("broken", "/photos/")
    city.run(WITH_PHOTO, many=3, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    settle(city, centre, rounds=2)
    assert centre.run(PHOTOS) == 0
    routed = centre.run(STATES)["routed"]
    centre.run(RESOLVE, many=routed)
    settle(city, centre, rounds=2)
    assert city.run(STATES)["resolved"] == before + routed
    back.bad = False
    for _time in range(2):
        centre.run(TIME_PASSES)
        settle(city, centre, rounds=1)
    assert centre.run(PHOTOS) == city.run(PHOTOS) == 3
    assert centre.run(LEFT) == 0


def test_one_dead_peer_delays_nobody_else(at_rest: Pair) -> None:
    city, centre, _there, _back = at_rest
    before = centre.run(COUNT)
    city.run(
        """
        from kentongan import catalogue
        from kentongan.network import mapping, peers
        peer = peers.add("mati", "open311", "http://127.0.0.1:9/")
        peer.options = {"services": [{"code": "1", "name": "x", "description": "", "keywords": [], "group": "",
                                      "attributes": []}]}
        peer.save()
        mapping.confirm(peer, "road_damage", "1")
        peers.set_reach(peer, "31.roads")
        peers.switch(peer, "active")
        """
    )
    city.run(SUBMIT, many=30, lon=106.82, lat=-6.17)
    city.run(SUBMIT, many=30, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    city.start("worker")
    until(lambda: centre.run(COUNT) == before + 30, 120)
    city.kill("worker")
    waiting = "from kentongan.network.models import Delivery; answer = Delivery.objects.filter(peer='mati').count()"
    assert city.run(waiting) == 30
    city.run("from kentongan.network import peers, removing; removing.remove(peers.find('mati'))")


@pytest.mark.skipif(not CLOCK, reason="libfaketime is not installed (on Debian: sudo apt-get install -y libfaketime)")
@pytest.mark.parametrize("shift", ["+1h"] if is_second() else ["-1h", "+1h"])
def test_clocks_an_hour_wrong_lose_nothing(tmp_path: Path, shift: str) -> None:
    places = tmp_path / "places.index"
    build_country(places)
    wrong = {"LD_PRELOAD": CLOCK, "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    city = Instance("kota", tmp_path / "city", places)
    centre = Instance("pusat", tmp_path / "centre", places, **wrong)
    try:
        centre.run("from kentongan import bodies; bodies.make_partner('id.pu')")
        for one in (city, centre):
            one.start("serve")
        introduce(city, centre)
        city.run("from kentongan.network import peers; peers.set_reach(peers.find('pusat'), 'id.pu')")
        city.run(SUBMIT, many=5, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
        settle(city, centre, rounds=3)
        centre.run(RESOLVE, many=5)
        settle(city, centre, rounds=4)
        assert city.run(REOPEN, many=2) == 2
        settle(city, centre, rounds=4)
        assert city.run(STATES) == {"resolved": 3, "routed": 2}
        assert city.run(HELD) == centre.run(HELD)
        assert city.run(AUDIT) == centre.run(AUDIT) == []
    finally:
        city.close()
        centre.close()
