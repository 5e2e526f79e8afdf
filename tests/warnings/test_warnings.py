"""A warning reaches whoever is in its area or follows it, says how it goes on; nobody publishes what they may not."""

from __future__ import annotations

import html
import json
import math
from datetime import timedelta
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client
from django.utils import timezone
from shapely.geometry import shape

from kentongan import bodies, notify, places, warnings
from kentongan.bodies.models import Membership
from kentongan.foundation import outbox
from kentongan.foundation.outbox import Event
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message, Push
from kentongan.people.models import Person
from kentongan.subscribers import register
from kentongan.warnings import shapes, telling
from kentongan.warnings.models import Warning
from kentongan.warnings.states import STEPS, State
from kentongan.warnings.terms import CERTAINTY, KINDS, SEVERITY, URGENCY
from tests.notify.push_service import Browser
from tests.world import STREET, person

pytestmark = pytest.mark.django_db
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
SAID = {
    "kind": "flood", "urgency": "Immediate", "severity": "Severe", "certainty": "Observed", "hours": "6",
    "headline_id": "Banjir di Gambir & sekitarnya", "headline_en": "Flood in Gambir", "codes": "31.71.01",
    "description_id": "Air setinggi lutut.", "description_en": "Water up to the knee.",
    "instruction_id": "Pindah ke tempat tinggi.", "instruction_en": "Move to higher ground.", "polygon": "",
}  # fmt: skip


@pytest.fixture
def staff(world):
    """An officer and a coordinator of Jakarta's government, which may warn there."""
    officer, head = person("petugas@contoh.id"), person("kepala@contoh.id")
    Membership.objects.create(person=officer, body=bodies.get("31"), role="officer")
    Membership.objects.create(person=head, body=bodies.get("31"), role="coordinator")
    warnings.give("31")
    return officer, head


def tell_all() -> None:
    """What the outbox would hand over, each twice, as it may."""
    register()
    while events := list(Event.objects.filter(topic="warning.told").order_by("pk")):
        for event in events:
            telling.tell(event.payload)
        Event.objects.filter(pk__in=[one.pk for one in events]).delete()


def published(head, **said) -> Warning:
    one = warnings.draft(head, "31", SAID | said)
    return warnings.publish(head, one.pk, one.version)


def refused(code: str, call, *given, **named) -> Problem:
    with pytest.raises(Problem) as problem:
        call(*given, **named)
    assert problem.value.code == code
    return problem.value


def test_the_table_of_states_has_no_way_back_and_only_people_publish() -> None:
    assert all(
        State.DRAFT not in step.sources or step.name in {"save", "discard", "publish"} for step in STEPS.values()
    )
    assert {one for step in STEPS.values() for one in step.sources} == {State.DRAFT, State.ACTIVE}
    assert "system" not in STEPS["publish"].actors
    assert "source" not in STEPS["publish"].actors


def test_a_flood_warning_is_published_updated_and_taken_back_and_each_hears_of_all_of_it(staff, client) -> None:
    officer, head = staff
    lives = person("di@contoh.id", home_area_code="31.71.01.1001", language="en")
    follows, wide, away = person("ikut@contoh.id"), person("luas@contoh.id"), person("jauh@contoh.id")
    warnings.follow(follows, "31.71.01")
    warnings.follow(wide, "31")
    warnings.follow(away, "51.71")
    warnings.choose(wide, by_mail=False, only_grave=False)
    for one in (lives, wide):
        notify.join(one, Browser().said(f"https://push.example/{one.pk}"))
    # An officer drafts; the page says whom it reaches; only a coordinator publishes, and what was looked at.
    draft = warnings.draft(officer, "31", SAID)
    assert warnings.counted(draft) == (3, 2)
    assert warnings.all_in_force() == []
    refused("coordinators_publish", warnings.publish, officer, draft.pk, draft.version)
    warnings.draft(officer, "31", SAID | {"hours": "7"}, draft.pk)
    assert refused("changed", warnings.publish, head, draft.pk, draft.version).status == 409
    first = warnings.publish(head, draft.pk, 2)
    refused("no_draft", warnings.publish, head, draft.pk, 2)
    tell_all()
    tell_all()
    mails = {one.to_person_id: one for one in Message.objects.all()}
    assert set(mails) == {lives.pk, follows.pk}
    assert mails[lives.pk].subject == "Flood in Gambir"
    assert mails[follows.pk].subject == "Banjir di Gambir & sekitarnya"
    assert f"/peringatan/{first.pk}" in mails[lives.pk].body
    assert "Move to higher ground." in mails[lives.pk].body
    pushes = {one.phone.person_id: one.said for one in Push.objects.select_related("phone")}
    assert set(pushes) == {lives.pk, wide.pk}
    assert pushes[wide.pk]["path"] == f"/peringatan/{first.pk}"
    assert pushes[wide.pk]["urgent"] is True
    assert Warning.objects.get(pk=first.pk).people == 3
    # Pages about the place show it, others do not.
    for path, there in (("/area/31.71.01", 1), ("/area/31", 1), ("/area/51", 0), ("/peringatan", 1), ("/", 1)):
        assert (f"/peringatan/{first.pk}" in client.get(path).content.decode()) == bool(there), path
    near = client.get("/nomor", {"lon": STREET[0], "lat": STREET[1]}).content.decode()
    assert f"/peringatan/{first.pk}" in near
    mine = Client()
    mine.force_login(wide)
    assert f"/peringatan/{first.pk}" in mine.get("/account").content.decode()
    mine.force_login(away)
    assert f"/peringatan/{first.pk}" not in mine.get("/account").content.decode()
    # Updated for another area: those of the old one hear of it too.
    change = warnings.draft(head, "31", SAID | {"codes": "31.71.02", "headline_id": "Banjir bergeser"}, replaces=first)
    second = warnings.publish(head, change.pk, change.version)
    assert (second.msg_type, Warning.objects.get(pk=first.pk).state) == ("Update", State.UPDATED)
    tell_all()
    assert Message.objects.filter(to_person=follows).last().subject == "Pembaruan: Banjir bergeser"
    again = warnings.draft(head, "31", SAID)
    Warning.objects.filter(pk=again.pk).update(replaces=first, msg_type="Update")
    assert refused("over", warnings.publish, head, again.pk, again.version).status == 409
    refused("not_in_force", warnings.cancel, head, first.pk, "salah")
    # Taken back, with a reason that all read; the messages name each other as CAP asks.
    refused("no_reason", warnings.cancel, head, second.pk, " ")
    assert refused("too_long", warnings.cancel, head, second.pk, "x" * 501).field == "reason"
    refused("coordinators_publish", warnings.cancel, officer, second.pk, "Surut")
    last = warnings.cancel(head, second.pk, "Air sudah surut.")
    refused("not_in_force", warnings.cancel, head, second.pk, "Lagi")
    tell_all()
    assert Message.objects.filter(to_person=lives).count() == 2  # the first, and the update; the last is elsewhere
    assert warnings.all_in_force() == []
    names = [f"{one.sender},{one.identifier}," for one in (first, second)]
    assert all(name in last.references for name in names)
    assert len(last.references.split()) == 2
    page = client.get(f"/peringatan/{first.pk}").content.decode()
    assert "Air sudah surut." in page
    for one in (first, last):  # from whichever of them somebody comes
        assert [at.pk for at in warnings.history(Warning.objects.get(pk=one.pk))] == [last.pk, second.pk, first.pk]
    assert warnings.at_areas(["31", "31.71"]) == []
    plain = fromstring(client.get(f"/cap/{first.pk}.xml").content).findall(f"{CAP}info/{CAP}area")
    assert [one.findtext(f"{CAP}geocode/{CAP}value") for one in plain] == [
        "31.71.01"
    ] * 2  # codes alone, in each language
    feed = fromstring(client.get("/cap/alerts.atom").content)
    titles = [one.findtext("{http://www.w3.org/2005/Atom}title") or "" for one in feed if one.tag.endswith("}entry")]
    assert [one.startswith("[DICABUT / CANCELLED] ") for one in titles] == [True, False, False]


# CAP 1.2, section 3.2: the elements in their order, and how often each may stand there (None: any number).
ALERT = {
    "identifier": (1, 1), "sender": (1, 1), "sent": (1, 1), "status": (1, 1), "msgType": (1, 1), "source": (0, 1),
    "scope": (1, 1), "restriction": (0, 1), "addresses": (0, 1), "code": (0, None), "note": (0, 1),
    "references": (0, 1), "incidents": (0, 1), "info": (0, None),
}  # fmt: skip
INFO = {
    "language": (0, 1), "category": (1, None), "event": (1, 1), "responseType": (0, None), "urgency": (1, 1),
    "severity": (1, 1), "certainty": (1, 1), "audience": (0, 1), "eventCode": (0, None), "effective": (0, 1),
    "onset": (0, 1), "expires": (0, 1), "senderName": (0, 1), "headline": (0, 1), "description": (0, 1),
    "instruction": (0, 1), "web": (0, 1), "contact": (0, 1), "parameter": (0, None), "resource": (0, None),
    "area": (0, None),
}  # fmt: skip
AREA = {"areaDesc": (1, 1), "polygon": (0, None), "circle": (0, None), "geocode": (0, None), "altitude": (0, 1),
        "ceiling": (0, 1)}  # fmt: skip
CODES = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"}, "urgency": set(URGENCY), "severity": set(SEVERITY),
    "certainty": set(CERTAINTY),
    "responseType": {"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"},
}  # fmt: skip


def conforms(root: Element, table: dict[str, tuple[int, int | None]]) -> None:
    names = [one.tag.removeprefix(CAP) for one in root]
    assert names == sorted(names, key=list(table).index)
    for name, (least, most) in table.items():
        assert least <= names.count(name) <= (most or 1000), name
    for one in root:
        name = one.tag.removeprefix(CAP)
        assert len(one) or (one.text or "").strip(), name
        assert name not in CODES or one.text in CODES[name]
        if name in {"sent", "effective", "onset", "expires"}:
            assert timezone.datetime.strptime(one.text, "%Y-%m-%dT%H:%M:%S%z")
            assert one.text[-6:-5] in "+-"
    for inner, below in (("info", INFO), ("area", AREA)):
        for one in root.findall(CAP + inner):
            conforms(one, below)


def test_each_message_is_cap_1_2_in_two_languages_with_order_and_number_of_the_standard(staff, client) -> None:
    _officer, head = staff
    ring = "-6.16,106.81 -6.16,106.83 -6.18,106.83 -6.18,106.81"
    first = published(
        head, polygon=f"\n{ring}\n \n", codes="Gambir;31.71.02", headline_id="<Banjir> & \ufffe“air”", exercise="yes"
    )
    change = warnings.draft(head, "31", SAID | {"polygon": ring, "codes": ""}, replaces=first)
    second = warnings.publish(head, change.pk, change.version)
    last = warnings.cancel(head, second.pk, "Surut")
    for one in (first, second, last):
        answer = client.get(f"/cap/{one.pk}.xml")
        assert answer["Content-Type"].startswith("application/cap+xml")
        root = fromstring(answer.content)
        assert root.tag == CAP + "alert"
        conforms(root, ALERT)
        assert [info.findtext(CAP + "language") for info in root.findall(CAP + "info")] == ["id", "en"]
        assert not set(root.findtext(CAP + "identifier") + root.findtext(CAP + "sender")) & set(" ,<&")
        assert root.findtext(CAP + "status") == "Exercise"  # what began as a drill stays one
    root = fromstring(client.get(f"/cap/{first.pk}.xml").content)
    info = root.find(CAP + "info")
    assert info.findtext(CAP + "headline") == "<Banjir> & “air”"
    areas = info.findall(CAP + "area")
    assert [one.findtext(f"{CAP}geocode/{CAP}value") for one in areas[:2]] == ["31.71.01", "31.71.02"]
    corners = areas[2].findtext(CAP + "polygon").split()
    assert len(corners) == 5
    assert corners[0] == corners[-1] == "-6.160000,106.810000"
    assert client.get(f"/peringatan/{first.pk}").content.decode().count("Ini latihan") == 1
    assert client.get("/cap/00000000-0000-0000-0000-000000000000.xml").status_code == 404
    draft = warnings.draft(head, "31", SAID)
    assert client.get(f"/cap/{draft.pk}.xml").status_code == client.get(f"/peringatan/{draft.pk}").status_code == 404


def test_the_map_of_a_warning_shows_the_borders_of_its_areas(staff, client) -> None:
    one = published(staff[1], codes="31.71.01")
    page = html.unescape(client.get(f"/peringatan/{one.pk}").content.decode())
    told, _end = json.JSONDecoder().raw_decode(page.split('data-shapes="')[1])
    assert [shape["geometry"]["type"] for shape in told["features"]] == ["MultiPolygon"]
    west, south, east, north = (float(part) for part in page.split('data-box="')[1].split('"')[0].split(","))
    assert west < STREET[0] < east
    assert south < STREET[1] < north
    # However little room there is, an area keeps a face.
    assert [shape(told).area > 0 for told in places.borders(["31.71.01", "99.99"], 10)] == [True]


def test_what_is_wrong_in_a_draft_is_said_beside_its_field_and_keeps_what_was_written(staff, client) -> None:
    officer, head = staff
    line = "-6.16,106.81 -6.16,106.83 -6.18,106.83"
    for bad, field in (
        ({"kind": "apa"}, "kind"), ({"urgency": ""}, "urgency"), ({"severity": "severe"}, "severity"),
        ({"certainty": "ja"}, "certainty"), ({"hours": "0"}, "hours"), ({"hours": "337"}, "hours"),
        ({"hours": "٣"}, "hours"), ({"hours": "1e3"}, "hours"), ({"headline_en": " "}, "headline_en"),
        ({"headline_id": "x" * 161}, "headline_id"), ({"description_id": "\u200e"}, "description_id"),
        ({"instruction_en": "x" * 2001}, "instruction_en"), ({"codes": ""}, "codes"), ({"codes": "99"}, "codes"),
        ({"codes": "Tidak Ada Sama Sekali Xyzzy"}, "codes"), ({"codes": "\n".join(["31.71"] * 41)}, "codes"),
        ({"codes": "51.71"}, "codes"), ({"codes": "", "polygon": "-8.6,115.1 -8.6,115.3 -8.8,115.3"}, "polygon"),
        ({"polygon": "1,2"}, "polygon"), ({"polygon": "a,b c,d e,f"}, "polygon"),
        ({"polygon": "nan,nan nan,nan nan,nan"}, "polygon"),
        ({"polygon": "106.81,-6.16 106.83,-6.16 106.83,-6.18"}, "polygon"),
        ({"polygon": "-6.1,106.8 -6.2,106.9 -6.1,106.9 -6.2,106.8"}, "polygon"),  # crosses itself
        ({"polygon": "-6.1,106.8 -6.1,106.9 -6.1,107.0"}, "polygon"), ({"polygon": " ".join([line] * 200)}, "polygon"),
        ({"polygon": "\n".join([line] * 41)}, "polygon"), ({"polygon": f"{line} -6.2"}, "polygon"),
        ({"polygon": line * 8000}, "polygon"),
    ):  # fmt: skip
        with pytest.raises(Problem) as problem:
            warnings.draft(officer, "31", SAID | bad)
        assert (problem.value.status, problem.value.field) == (422, field), bad
    assert not Warning.objects.exists()
    refused("not_a_publisher", warnings.draft, person("lain@contoh.id"), "31", SAID)
    refused("not_a_publisher", warnings.draft, officer, "31.roads", SAID)
    client.force_login(officer)
    page = client.post("/console/warnings/new", SAID | {"hours": "x", "description_id": "Tetap di sini"})
    assert page.status_code == 422
    assert "Tetap di sini" in page.content.decode()
    made = client.post("/console/warnings/new", SAID | {"codes": "gambir"})
    one = Warning.objects.get()
    assert made["Location"] == f"/console/warnings/{one.pk}"
    assert one.covers == ["31.71.01"]
    assert warnings.counted(one) == (0, 0)  # nobody lives there or follows it
    # Where the body chose it, another person publishes than who drafted; its time may be over by then.
    warnings.give("31", four_eyes=True)
    mine = warnings.draft(head, "31", SAID)
    assert refused("second_person", warnings.publish, head, mine.pk, mine.version).status == 403
    Warning.objects.filter(pk=one.pk).update(expires=timezone.now())
    refused("expired", warnings.publish, head, one.pk, one.version)
    warnings.discard(officer, one.pk)
    refused("no_draft", warnings.discard, officer, one.pk)
    refused("unknown_area", warnings.give, "31", "99.99")
    assert warnings.rights_of(officer) != []
    officer.is_active = False
    assert warnings.rights_of(officer) == []
    assert warnings.take("31")
    refused("not_a_publisher", warnings.publish, head, mine.pk, mine.version)
    assert client.get("/console/warnings").status_code == 403


def test_the_desk_confirms_with_the_number_of_people_and_an_exercise_looks_like_one(staff, client) -> None:
    _officer, head = staff
    for number in range(3):
        warnings.follow(person(f"w{number}@contoh.id"), "31.71")
    client.force_login(head)
    client.post("/console/warnings/new", SAID | {"exercise": "yes"})
    one = Warning.objects.get()
    page = client.get(f"/console/warnings/{one.pk}").content.decode()
    assert "Terbitkan dan beri tahu 3 orang" in page
    assert "Gambir" in page
    for odd in ("", "x", "0", "9" * 30):
        assert client.post(f"/console/warnings/{one.pk}", {"do": "publish", "version": odd}).status_code == 409
    client.post(f"/console/warnings/{one.pk}", {"do": "publish", "version": "1"})
    register()
    outbox.drain()
    assert set(Message.objects.values_list("subject", flat=True)) == {"[LATIHAN] Banjir di Gambir & sekitarnya"}
    assert all("Ini latihan" in body for body in Message.objects.values_list("body", flat=True))
    assert "LATIHAN" in client.get("/area/31.71").content.decode()
    empty = client.post(f"/console/warnings/{one.pk}", {"do": "cancel", "reason": ""})
    assert empty.status_code == 422
    done = client.post(f"/console/warnings/{one.pk}", {"do": "cancel", "reason": "Latihan selesai"})
    assert done.status_code == 302
    assert client.get("/console/warnings").status_code == 200
    # Time ends what nobody took back.
    late = published(head)
    Warning.objects.filter(pk=late.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert "Masa berlakunya sudah lewat" in client.get(f"/peringatan/{late.pk}").content.decode()
    assert warnings.expire_due() == 1
    assert Warning.objects.get(pk=late.pk).state == State.EXPIRED
    assert warnings.expire_due() == 0
    telling.tell({"warning": str(late.pk), "after": 0})  # heard of too late: nobody is told what is over
    assert not Message.objects.filter(key__startswith=f"warning/{late.pk.hex}").exists()


def test_many_people_are_told_in_parts_each_once_and_as_they_chose(staff, monkeypatch) -> None:
    _officer, head = staff
    monkeypatch.setattr(telling, "PART", 2)
    people = [person(f"w{number}@contoh.id") for number in range(5)]
    for one in people:
        warnings.follow(one, "31.71")
    warnings.follow(people[0], "31.71.01")  # twice concerned, once told
    warnings.choose(people[1], by_mail=True, only_grave=True)
    minor = published(head, severity="Minor")
    tell_all()
    assert Message.objects.count() == 4
    assert Warning.objects.get(pk=minor.pk).people == 4
    assert not Message.objects.filter(to_person=people[1]).exists()


def test_places_are_followed_and_let_go_on_the_page_of_notices(client) -> None:
    citizen = person()
    client.force_login(citizen)

    def post(**said):
        return client.post("/account/notices", said)

    several = post(do="follow", place="Menteng")
    page = several.content.decode()
    assert several.status_code == 200
    assert 'name="code"' in page
    assert post(do="follow", place="Menteng", code="31.71.06").status_code == 302
    assert warnings.places_of(citizen) == ["31.71.06"]
    for odd in ("", "Xyzzyq qqq", "\x00", "x" * 5000):
        wrong = post(do="follow", place=odd)
        assert wrong.status_code in {422, 200}
    assert post(do="follow", code="31.99").status_code == 422
    post(do="how", only="grave")
    chosen = warnings.choice(citizen)
    assert (chosen.by_mail, chosen.only_grave) == (False, True)
    post(do="unfollow", code="31.71.06")
    assert warnings.places_of(citizen) == []
    for code in (
        [f"31.71.0{one}" for one in range(1, 9)]
        + [f"31.7{one}" for one in range(1, 6)]
        + ["11", "12", "13", "14", "15", "16", "17"]
    ):
        warnings.follow(citizen, code)
    refused("too_many_places", warnings.follow, citizen, "18")


def test_an_area_is_told_as_the_widest_codes_that_lie_in_it() -> None:
    box = [[106.6, -6.4], [107.0, -6.4], [107.0, -6.05], [106.6, -6.05], [106.6, -6.4]]
    covered = shapes.covers({"codes": [], "polygons": [box], "circles": []})
    assert "31.71" in covered
    assert not any(one.startswith("31.71.") for one in covered)
    point = shapes.covers({"codes": [], "polygons": [], "circles": [[*STREET, 0]]})
    assert len(point) == 1
    assert point[0].startswith("31.71")
    assert shapes.covers({"codes": ["31", "31.71", "zz"], "polygons": [], "circles": []}) == ["31"]
    assert shapes.touches(["31.71"], "31")
    assert shapes.touches(["31.71"], "31.71.01.1001")
    assert not shapes.touches(["31.7"], "31.71")
    assert shapes.touched(["31.71.01"], ["31", "31.71.01.1001", "31.71.02", "", "3"]) == {"31", "31.71.01.1001"}
    assert all(set(one.event) == set(one.instruction) == {"id", "en"} for one in KINDS.values())
    assert json.dumps(shapes.named(covered))
    # As they are published (wmo-raf/cap-composer#67, #121): thousands of corners, and a loop at an edge.
    round_one = [(106.8 + 0.1 * math.cos(at / 1000), -6.2 + 0.1 * math.sin(at / 1000)) for at in range(6208)]
    ring = shapes.ring(round_one)
    assert len(ring) <= shapes.MOST_POINTS
    assert shapes.covers({"polygons": [ring]}) == shapes.covers({"polygons": [round_one]})
    looped = [(106.8, -6.1), (106.9, -6.1), (106.9, -6.2), (106.8, -6.2), (106.801, -6.199), (106.801, -6.201)]
    assert shapes.ring(looped)[0] == shapes.ring(looped)[-1]
    with pytest.raises(shapes.OddShape):
        shapes.ring([(106.8, -6.1), (106.9, -6.2), (106.9, -6.1), (106.8, -6.2)])


def test_a_warning_that_is_not_there_and_a_step_that_is_none_are_not_found(staff, client) -> None:
    officer, head = staff
    client.force_login(head)
    one = warnings.draft(officer, "31", SAID)
    assert client.get(f"/console/warnings/{uuid4()}").status_code == 404
    assert client.post(f"/console/warnings/{one.pk}", {"do": "dance"}).status_code == 404
    assert client.post("/console/warnings/new", SAID | {"of": "x"}).status_code == 404
    assert Warning.objects.get().pk == one.pk


def test_the_platform_gives_and_takes_the_right_and_is_told_what_is_wrong(staff, client) -> None:
    officer, _head = staff
    client.force_login(Person.objects.create_superuser("p@contoh.id"))
    wrong = client.post("/console/warnings/rights", {"body": "tidak.ada"}, follow=True)
    assert "Tidak ada instansi dengan kode ini." in wrong.content.decode()
    client.post("/console/warnings/rights", {"body": "31", "do": "take"})
    assert warnings.rights_of(officer) == []
    client.post("/console/warnings/rights", {"body": "31"})
    assert warnings.rights_of(officer) != []
