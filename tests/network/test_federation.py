"""Two and three real instances: one report, handed over and back, and every answer once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from kentongan.foundation.revision import FRESH
from tests.instances import Instance, introduce, settle, until
from tests.world import ON_NATIONAL_ROAD, build_country

SUBMIT = """
from uuid import UUID, uuid4
from kentongan import reports, routing
from kentongan.people.models import Person
who = Person.objects.filter(email="warga@contoh.id").first() or Person.objects.create_user("warga@contoh.id")
more["photos"] = tuple(UUID(one) for one in more.get("photos", ()))
more.setdefault("text", "Lubang besar")
sent = reports.Submission(uuid4(), "road_damage", lon=lon, lat=lat, **more)
report = routing.submit(sent, who).report
answer = report.code
"""
STEP = """
from uuid import UUID
from kentongan import reports
from kentongan.people.models import Person
from kentongan.reports import Actor, Who
from kentongan.reports.models import Report
who = Person.objects.filter(email="petugas@contoh.id").first() or Person.objects.create_user("petugas@contoh.id")
body = Report.objects.get(code=code).body_id
named["photos"] = [UUID(one) for one in named.pop("photos", ())] if step == "resolve" else named.pop("photos", None)
named = {name: value for name, value in named.items() if value is not None}
getattr(reports, step)(code, Who(who, Actor.OFFICER, body), *words, **named)
"""
TOLD = """
from kentongan.reports.models import Report
report = Report.objects.filter(code=code).first()
answer = report and {
    "state": report.state, "ending": report.ending, "body": report.body_id, "stars": report.stars,
    "kinds": [entry.kind for entry in report.entries.order_by("seq")], "photos": report.photos.count(),
    "texts": [entry.text for entry in report.entries.order_by("seq") if entry.text],
}
"""
WORDS = """
from kentongan.reports.models import Report
report = Report.objects.get(code=code)
answer = [report.text, report.is_restricted, {one.kind: one.seq for one in report.entries.order_by("seq")}]
"""
SHOW = """
from kentongan import reports
from kentongan.reports.models import Hiding
held = Hiding.objects.select_related("report").get(report__code=code, what=what)
reports.show_again(held, reports.Who(None, reports.Actor.OFFICER, held.report.body_id), "Keliru")
"""
PHOTO = """
from kentongan import reports
from tests.pictures import picture
answer = str(reports.add_photo(picture(number)).pk)
"""
AUDIT = "from kentongan.reports.audit import audit\nanswer = [str(one) for one in audit()]"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Instance, Instance]]:
    """The city's instance and the centre's; the ministry works at the centre."""
    folder = tmp_path_factory.mktemp("network")
    places = folder / "places.index"
    build_country(places)
    city, centre = Instance("kota", folder / "city", places), Instance("pusat", folder / "centre", places)
    try:
        city.run("from kentongan import bodies; bodies.make_partner('31')")
        centre.run("from kentongan import bodies; bodies.make_partner('id.pu')")
        for one in (city, centre):
            one.start("serve")
        introduce(city, centre)
        city.run("from kentongan.network import peers; peers.set_reach(peers.find('pusat'), 'id.pu')")
        centre.run("from kentongan.network import peers; peers.set_reach(peers.find('kota'), '31')")
        settle(city, centre, rounds=1)
        time.sleep(FRESH)  # a server that has not learned yet whom it reaches declines what comes for them
        yield city, centre
    finally:
        city.close()
        centre.close()


def sent(city: Instance, **more: Any) -> str:
    """A report on the national road, made in the city; its code."""
    lon, lat = ON_NATIONAL_ROAD
    code: str = city.run(SUBMIT, lon=lon, lat=lat, more=more)
    return code


def step(at: Instance, name: str, code: str, *words: str, **named: Any) -> None:
    """A step of an officer there."""
    at.run(STEP, step=name, code=code, words=words, named=named)


def told(at: Instance, code: str) -> Any:
    """What is kept of the report there."""
    return at.run(TOLD, code=code)


def test_both_sides_have_confirmed_each_other(network: tuple[Instance, Instance]) -> None:
    for one in network:
        states = one.run("from kentongan.network.models import Peer; answer = list(Peer.objects.values_list('state'))")
        assert states == [["active"]]


def test_a_report_keeps_its_code_and_its_history_where_it_is_handed_over_to(network: Any) -> None:
    city, centre = network
    code = sent(city)
    settle(city, centre)
    assert told(city, code)["kinds"] == ["received", "routed", "sent_out"]
    there = told(centre, code)
    assert (there["state"], there["body"]) == ("routed", "id.pu")
    assert there["kinds"] == ["received", "routed", "came_in", "routed"]


def test_what_one_side_hides_is_hidden_and_shown_again_at_the_other_by_its_own_copy(network: Any) -> None:
    city, centre = network
    photo = city.run(PHOTO, number=41)
    code = sent(city, text="Telepon 0812-3456-7890", photos=[photo])
    settle(city, centre)
    assert told(centre, code)["photos"] == 1
    step(city, "comment", code, "Kata kasar")
    step(city, "hide", code, "text:0", "personal_data", words="0812-3456-7890")
    step(city, "hide", code, f"photo:{photo}", "child")
    settle(city, centre)
    there = told(centre, code)
    assert (there["photos"], there["kinds"][-2:]) == (0, ["hidden", "hidden"])
    assert centre.run(WORDS, code=code)[:2] == ["Telepon […]", False]
    comment = city.run(WORDS, code=code)[2]["commented"]
    step(centre, "hide", code, f"text:{centre.run(WORDS, code=code)[2]['commented']}", "insult")
    step(centre, "hide", code, "report", "danger")
    settle(city, centre)
    assert city.run(WORDS, code=code)[1] is True
    assert "Kata kasar" not in told(city, code)["texts"]
    assert comment
    for what in ("photo", "report"):
        city.run(SHOW, code=code, what=what)
    settle(city, centre)
    assert centre.run(WORDS, code=code)[:2] == ["Telepon […]", False]
    assert told(centre, code)["photos"] == 1
    assert [one.run(AUDIT) for one in network] == [[], []]


def test_what_is_done_there_is_seen_at_home_and_what_is_said_at_home_arrives_there(network: Any) -> None:
    city, centre = network
    code = sent(city)
    settle(city, centre)
    step(centre, "accept", code, "Kami periksa")
    step(centre, "resolve", code, "Sudah ditambal", no_photo_reason="Malam hari")
    settle(city, centre)
    here = told(city, code)
    assert (here["state"], here["ending"]) == ("resolved", "solved")
    assert here["kinds"] == ["received", "routed", "sent_out", "accepted", "resolved"]
    city.run(
        """
        from kentongan import reports
        from kentongan.reports.models import Report
        reporter = Report.objects.get(code=code).reporter
        reports.reopen(code, reports.Who(reporter, reports.Actor.REPORTER), "Lubangnya masih ada")
        """,
        code=code,
    )
    settle(city, centre)
    assert told(centre, code)["state"] == "routed"
    assert "Lubangnya masih ada" in told(centre, code)["texts"]
    step(centre, "resolve", code, "Ditambal ulang", no_photo_reason="Hujan")
    settle(city, centre)
    city.run(
        """
        from kentongan import reports
        from kentongan.reports.models import Report
        reporter = Report.objects.get(code=code).reporter
        reports.rate(code, reports.Who(reporter, reports.Actor.REPORTER), 5, "Terima kasih")
        """,
        code=code,
    )
    settle(city, centre)
    for one in network:
        assert (told(one, code)["state"], told(one, code)["stars"]) == ("confirmed", 5)
        assert one.run(AUDIT) == []
    assert told(city, code)["kinds"].count("reopened") == told(centre, code)["kinds"].count("reopened") == 1


def test_photos_travel_both_ways_each_once(network: Any) -> None:
    city, centre = network
    photo = city.run(PHOTO, number=1)
    code = sent(city, photos=[photo])
    settle(city, centre)
    assert told(centre, code)["photos"] == 1
    after = centre.run(PHOTO, number=2)
    step(centre, "resolve", code, "Selesai", photos=[after])
    settle(city, centre)
    settle(city, centre)
    assert told(city, code)["photos"] == told(centre, code)["photos"] == 2


def test_a_report_that_is_not_theirs_comes_back_with_the_reason(network: Any) -> None:
    city, centre = network
    code = sent(city)
    settle(city, centre)
    centre.run(
        """
        from kentongan import bodies, network
        from kentongan.people.models import Person
        who = Person.objects.create_user("ditjen@contoh.id")
        bodies.Membership.objects.create(person=who, body_id="id.pu", role="officer")
        network.decline(code, who, "Ruas ini sudah diserahkan ke provinsi")
        """,
        code=code,
    )
    settle(city, centre)
    here, there = told(city, code), told(centre, code)
    assert (here["state"], here["body"]) == ("routed", "31.roads")
    assert here["kinds"][-1] == "declined"
    assert "Ruas ini sudah diserahkan ke provinsi" in here["texts"]
    assert (there["state"], there["ending"]) == ("rejected", "passed_on")
    assert city.run(AUDIT) == centre.run(AUDIT) == []


def test_passed_to_a_body_of_the_instance_it_came_from_it_goes_back_and_makes_no_circle(network: Any) -> None:
    city, centre = network
    code = sent(city)
    settle(city, centre)
    step(centre, "accept", code)
    settle(city, centre)
    step(centre, "transfer", code, "31", "Jalan ini milik provinsi")
    settle(city, centre)
    assert (told(city, code)["state"], told(city, code)["body"]) == ("routed", "31")
    assert told(centre, code)["state"] == "rejected"
    assert (
        centre.run(
            "from kentongan.network.models import HandOver; answer = HandOver.objects.filter(direction='out').count()"
        )
        == 0
    )


def test_a_stranger_and_a_forger_are_refused(network: Any) -> None:
    _city, centre = network
    answer = requests.post(f"{centre.url}/network/v1/messages", json={"messages": []}, timeout=60)
    assert answer.status_code == 401
    assert answer.json()["code"] == "bad_signature"


def test_a_message_that_comes_twice_does_nothing_the_second_time(network: Any) -> None:
    city, centre = network
    code = sent(city)
    settle(city, centre)
    city.run(
        """
        from kentongan.network.models import Delivery, HandOver
        stay = HandOver.objects.get(report__code=code)
        again = {"kind": "request", "key": "again", "payload": {"stay": stay.pk}}
        Delivery.objects.create(peer_id=stay.peer_id, report=stay.report, **again)
        """,
        code=code,
    )
    settle(city, centre)
    assert told(centre, code)["kinds"] == ["received", "routed", "came_in", "routed"]


def test_a_new_key_of_a_peer_is_trusted_because_the_old_one_signed_for_it(network: Any) -> None:
    city, centre = network
    city.run("from kentongan.network.dialects.kentongan import keyring; keyring.rotate()")
    code = sent(city)
    # The centre looks for the new key by itself, and the city sends it again.
    until(lambda: settle(city, centre, rounds=1) or (told(centre, code) or {}).get("state") == "routed")


def test_one_code_leads_to_the_report_from_every_instance(network: Any) -> None:
    city, centre = network
    code = city.run(SUBMIT, lon=106.82, lat=-6.17, more={})
    assert told(centre, code) is None
    first = requests.get(f"{centre.url}/r/{code}", allow_redirects=False, timeout=60)
    assert (first.status_code, first.headers["Retry-After"]) == (202, "2")
    assert "sedang ditanya" in first.text

    def there() -> str | None:
        answer = requests.get(f"{centre.url}/r/{code}", allow_redirects=False, timeout=60)
        return answer.headers["Location"] if answer.status_code == 302 else None

    assert until(there) == f"{city.url}/r/{code}"


def test_secret_reports_stay_secret_where_they_are_handed_over_to(network: Any) -> None:
    city, centre = network
    code = sent(city, privacy="secret")
    settle(city, centre)
    assert told(centre, code)["state"] == "routed"
    assert requests.get(f"{centre.url}/api/v1/reports/{code}", timeout=60).status_code == 404
    assert requests.get(f"{centre.url}/network/v1/reports/{code}", timeout=60).status_code == 404


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Instance, Instance, Instance]]:
    """City → province → centre: what the city gives for the ministry goes by way of the province."""
    folder = tmp_path_factory.mktemp("chain")
    places = folder / "places.index"
    build_country(places)
    city, province, centre = (Instance(name, folder / name, places) for name in ("kota", "provinsi", "pusat"))
    try:
        city.run("from kentongan import bodies; bodies.make_partner('31.roads')")
        province.run("from kentongan import bodies; bodies.make_partner('31')")
        centre.run("from kentongan import bodies; bodies.make_partner('id.pu')")
        for one in (city, province, centre):
            one.start("serve")
        introduce(city, province)
        introduce(province, centre)
        reach = "from kentongan.network import peers; peers.set_reach(peers.find(peer), body)"
        city.run(reach, peer="provinsi", body="id.pu")
        province.run(reach, peer="pusat", body="id.pu")
        province.run(reach, peer="kota", body="31.roads")
        settle(city, province, centre, rounds=1)
        time.sleep(FRESH)  # a server that has not learned yet whom it reaches declines what comes for them
        yield city, province, centre
    finally:
        for one in (city, province, centre):
            one.close()


def test_a_report_travels_on_and_the_answer_comes_all_the_way_home(chain: Any) -> None:
    code = sent(chain[0])
    settle(*chain)
    path = "from kentongan.network.models import Trace; answer = Trace.objects.get(report__code=code).path"
    assert chain[2].run(path, code=code) == ["kota", "provinsi", "pusat"]
    way = """
from kentongan import network
from kentongan.reports.models import Report
found = network.journey(Report.objects.get(code=code))
answer = [[one.name, one.stand] for one in found.stations]
"""
    assert chain[0].run(way, code=code) == [["Kota", "here"], ["Provinsi", "passed"], ["Pusat", "there"]]
    step(chain[2], "accept", code, "Kami periksa")
    chain[0].run(
        """
        from kentongan import reports
        from kentongan.people.models import Person
        neighbour = Person.objects.create_user("tetangga@contoh.id")
        reports.comment(code, reports.Who(neighbour, reports.Actor.CITIZEN), "Sudah tiga motor jatuh")
        """,
        code=code,
    )
    settle(*chain)
    step(chain[2], "resolve", code, "Sudah ditambal", no_photo_reason="Malam hari")
    settle(*chain)
    for one in chain:
        found = told(one, code)
        assert (found["state"], found["ending"]) == ("resolved", "solved")
        assert found["texts"].count("Sudah tiga motor jatuh") == 1
        assert found["kinds"].count("accepted") == found["kinds"].count("resolved") == 1
        assert one.run(AUDIT) == []


def test_a_photo_that_is_late_at_the_middle_still_reaches_the_end(chain: Any) -> None:
    city, province, centre = chain
    code = sent(city, photos=[city.run(PHOTO, number=5)])
    city.drain()
    province.run(
        """
        from kentongan.foundation import outbox
        from kentongan.network import courier
        from kentongan.subscribers import register
        register()
        while outbox.drain():
            pass
        courier.turn("pusat", 20)
        """
    )
    assert told(centre, code), told(city, code)
    assert told(centre, code)["photos"] == told(province, code)["photos"] == 0
    settle(*chain)
    assert told(centre, code)["photos"] == told(province, code)["photos"] == 1


def test_declined_at_the_end_of_the_way_it_comes_back_to_where_somebody_takes_it(chain: Any) -> None:
    city, province, centre = chain
    code = sent(city)
    settle(*chain)
    centre.run(
        """
        from kentongan import bodies, network
        from kentongan.people.models import Person
        who = Person.objects.create_user("balai@contoh.id")
        bodies.Membership.objects.create(person=who, body_id="id.pu", role="officer")
        network.decline(code, who, "Bukan jalan nasional")
        """,
        code=code,
    )
    settle(*chain)
    assert "Bukan jalan nasional" in told(province, code)["texts"]
    # The roads department that the province would turn to works in the city: there the report is back home.
    assert (told(city, code)["state"], told(city, code)["body"]) == ("routed", "31.roads")
    assert told(centre, code)["state"] == told(province, code)["state"] == "rejected"
    open_stays = """
from kentongan.network.models import OPEN, HandOver
answer = HandOver.objects.filter(report__code=code, state__in=OPEN).count()
"""
    assert [one.run(open_stays, code=code) for one in chain] == [0, 0, 0]
