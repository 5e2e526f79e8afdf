"""A body says in its own words what it wants to know of a kind of report, or that it does not take it."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import bodies, casework, catalogue, routing
from kentongan.bodies.models import Membership, OwnKind
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.reading import read
from tests.world import BEKASI, STREET, person, submission

pytestmark = pytest.mark.usefixtures("world")
PAGE = "/console/bodies/31.roads/kinds"


@pytest.fixture
def admin(client: Client) -> Person:
    """Of the roads of Jakarta, signed in."""
    made = person("pengurus@contoh.id")
    Membership.objects.create(person=made, body_id="31.roads", role="administrator")
    client.force_login(made)
    return made


def words_page(category: str) -> str:
    """What somebody without an account reads before they send."""
    client = Client()
    client.post(
        "/report/new", {"step": "place", "point": f"{STREET[0]},{STREET[1]}", "lon": STREET[0], "lat": STREET[1]}
    )
    client.post("/report/new", {"step": "kind", "category": category, "text": ""})
    return read(client.get("/report/new?step=words"))


def test_people_read_a_bodys_own_words_for_a_kind_before_they_send(client: Client, admin: Person) -> None:
    said = {"category": "roads_traffic", "taken": "on", "words_id": "Sebutkan nomor tiang terdekat.", "words_en": ""}
    assert client.post(PAGE, said).status_code == 302
    assert "Sebutkan nomor tiang terdekat." in words_page("road_damage")  # of all below it
    closer = said | {"category": "road_damage", "words_id": "Sebutkan panjang lubang."}
    client.post(PAGE, closer)
    assert "Sebutkan panjang lubang." in words_page("road_damage")
    assert routing.submit(submission(), None).created
    client.post(PAGE, closer | {"words_id": ""})  # nothing said: as before
    assert [one.category for one in bodies.own_kinds("31.roads")] == ["roads_traffic"]
    Category.objects.filter(code="roads_traffic").update(active=False)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Sebutkan nomor tiang terdekat." in read(page)


def test_what_a_body_does_not_take_is_refused_in_its_words_by_every_way_in_and_only_there(
    client: Client, admin: Person
) -> None:
    here = routing.submit(submission(), None).report
    client.post(PAGE, {"category": "road_damage", "words_id": "Hubungi kelurahan.", "words_en": "Ask the village."})
    page = words_page("road_damage")
    assert "Hubungi kelurahan." in page
    assert "tidak menerima laporan seperti ini" in page
    with pytest.raises(Problem) as refused:
        routing.submit(submission(), None)
    assert (refused.value.code, refused.value.field) == ("kind_not_taken", "category")
    asked = {
        "submission_id": "6b3f8ab2-8a53-4a39-9d57-52a64f0a4d11", "category": "road_damage", "text": "Lubang besar",
        "lon": STREET[0], "lat": STREET[1],
    }  # fmt: skip
    program = Client(headers={"Accept-Language": "en"})
    answer = program.post("/api/v1/reports", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "kind_not_taken")
    assert "Ask the village." in answer.json()["detail"]
    assert Report.objects.get() == here  # stays, and nothing half of another
    assert routing.submit(submission(at=BEKASI), None).created
    client.post(PAGE, {"category": "road_damage", "taken": "on"})
    assert routing.submit(submission(), None).created


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"category": "tidak_ada"}, "category"), ({"category": ""}, "category"), ({"category": "\0"}, "category"),
        ({"category": "road_damage"}, "words_id"), ({"category": "road_damage", "words_id": "x" * 301}, "words_id"),
        ({"category": "fire", "words_id": "Tidak"}, "taken"),
        ({"category": "corruption", "words_id": "Tidak"}, "taken"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_at_its_field_with_the_words_kept(
    client: Client, admin: Person, given: dict[str, str], field: str
) -> None:
    Category.objects.filter(code="fire").update(emergency=True)
    Category.objects.filter(code="corruption").update(restricted=True)
    catalogue.invalidate()
    page = client.post(PAGE, given | {"words_en": "Kept words"})
    assert page.status_code == 422
    assert f'id="{field}-error"' in page.content.decode()
    assert "Kept words" in page.content.decode()
    assert not OwnKind.objects.exists()


def test_only_administrators_say_it(admin: Person) -> None:
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31.roads", role="coordinator")
    for who, body in ((officer, "31.roads"), (admin, "31"), (admin, "51.71")):
        with pytest.raises(Problem) as refused:
            casework.say_of_kind(who, body, {"category": "road_damage", "words_id": "x", "taken": "on"})
        assert refused.value.code == "forbidden"


def test_an_invitation_is_sent_again_from_the_page_and_the_link_before_ends(client: Client, admin: Person) -> None:
    first = casework.appoint(admin, "31.roads", "baru@contoh.id", "officer")
    page = client.get("/console/bodies/31.roads/staff")
    assert "Undang lagi" in read(page)
    again = client.post("/console/bodies/31.roads/staff", {"email": "baru@contoh.id", "role": "officer"}, follow=True)
    assert "diundang lewat surel" in read(again)
    (offered,) = casework.open_invitations("31.roads")
    assert offered.pk != first.pk
    stranger = person("orang.lain@contoh.id")
    client.force_login(stranger)
    link = f"/invitation/{casework.invitation_token(offered)}"
    assert "baru@contoh.id" in read(client.get(link))
    refused = client.post(link)
    assert refused.status_code == 403
    assert bodies.role(stranger, "31.roads") is None
    assert [one.pk for one in casework.open_invitations("31.roads")] == [offered.pk]  # still there for its owner


def test_an_emergency_is_taken_though_the_kind_above_it_is_switched_off() -> None:
    bodies.set_own_kind("31", "disaster", taken=False, words_id="Hubungi BPBD.", words_en="")
    bodies.make_partner("31")
    assert routing.submit(submission(category="fire"), None).created
    assert routing.said_of_kind("31", catalogue.branch("fire")) is None
    assert routing.said_of_kind("31", catalogue.branch("disaster")) is not None
