"""A body that asks for a second factor is worked for with one only; who has none is led to set it up."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.test import Client, RequestFactory

from kentongan import bodies, casework, routing
from kentongan.bodies.models import Body, Membership
from kentongan.foundation.problems import Problem
from kentongan.people import tokens
from kentongan.people.models import Person
from tests.reading import read as text_of
from tests.world import person, submission

pytestmark = pytest.mark.usefixtures("world")
SET_UP = "/accounts/2fa/"
Staff = dict[str, Person]


@pytest.fixture
def staff() -> Staff:
    """Who works at the province's roads, at the province, and elsewhere."""
    made = {}
    for name, body, role in (
        ("officer", "31.roads", "officer"), ("coordinator", "31.roads", "coordinator"),
        ("admin", "31.roads", "administrator"), ("above", "31", "administrator"), ("elsewhere", "51.71", "officer"),
    ):  # fmt: skip
        made[name] = person(f"{name}@contoh.id")
        Membership.objects.create(person=made[name], body_id=body, role=role)
    return made


def signed_in(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def add_second(who: Person) -> None:
    Authenticator.objects.create(user=who, type=Authenticator.Type.TOTP, data={})


def test_who_lacks_it_is_led_to_set_it_up_and_does_nothing_else_until_then(staff: Staff) -> None:
    report = routing.submit(submission(), None).report
    admin, officer = signed_in(staff["admin"]), signed_in(staff["officer"])
    page = text_of(admin.get("/console/bodies/31.roads/staff"))
    assert page.count("belum memakai masuk dua langkah") == 3
    assert officer.get(f"/console/reports/{report.code}").status_code == 200
    told = admin.post("/console/bodies/31.roads/staff", {"do": "second_factor", "second_factor": "on"}, follow=True)
    assert told.redirect_chain[-1][0] == SET_UP  # the administrator too
    assert "Dinas Bina Marga Provinsi DKI Jakarta memintanya" in text_of(told)
    for path in ("/console/", f"/console/reports/{report.code}", "/console/tasks", "/console/mail", "/console/bulk"):
        assert officer.get(path)["Location"] == SET_UP
    assert officer.post(f"/console/reports/{report.code}/steps/accept", {"expected_seq": 1})["Location"] == SET_UP
    written, _row = tokens.issue(staff["officer"])
    program = Client(headers={"Authorization": f"Bearer {written}"})
    refused = program.post(f"/api/v1/reports/{report.code}/accept", {"text": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor")
    report.refresh_from_db()
    assert report.state == "routed"
    assert bodies.role(staff["officer"], "31.roads") is None
    # Codes to come back with are none by themselves.
    Authenticator.objects.create(user=staff["officer"], type=Authenticator.Type.RECOVERY_CODES, data={})
    assert officer.get("/console/")["Location"] == SET_UP
    for who in ("officer", "admin"):
        add_second(staff[who])
    assert officer.get("/console/").status_code == 200
    taken = program.post(f"/api/v1/reports/{report.code}/accept", {"text": "x"}, content_type="application/json")
    assert taken.status_code == 200
    assert text_of(admin.get("/console/bodies/31.roads/staff")).count("belum memakai masuk dua langkah") == 1
    admin.post("/console/bodies/31.roads/staff", {"do": "second_factor"})
    assert signed_in(staff["coordinator"]).get("/console/").status_code == 200


def test_it_holds_for_the_parts_for_who_comes_from_above_and_for_nobody_elsewhere(staff: Staff) -> None:
    casework.ask_second_factor(staff["above"], "31", asked=True)
    assert bodies.role(staff["officer"], "31.roads") is None
    assert bodies.role(staff["above"], "31.roads") is None
    assert bodies.role(staff["elsewhere"], "51.71") == "officer"
    assert signed_in(staff["elsewhere"]).get("/console/").status_code == 200
    Body.objects.filter(pk="31").update(asks_second_factor=False)
    Body.objects.filter(pk="31.roads").update(asks_second_factor=True)
    bodies.invalidate()
    assert bodies.role(staff["above"], "31") == "administrator"
    assert bodies.role(staff["above"], "31.roads") is None  # the part asks whoever comes
    assert bodies.role(staff["officer"], "31") is None
    for who in ("officer", "coordinator", "elsewhere"):
        with pytest.raises(Problem) as refused:
            casework.ask_second_factor(staff[who], "31.roads", asked=False)
        assert refused.value.code == "forbidden"


def test_whoever_came_in_without_it_goes_out_when_it_is_set_up(staff: Staff, client: Client) -> None:
    """Else the session or the token of a thief would count as soon as the owner has one."""
    owner = staff["officer"]
    here, thief = signed_in(owner), signed_in(owner)
    for one in (here, thief):
        assert one.get("/account").status_code == 200
    tokens.issue(owner)
    request = RequestFactory().get("/")
    request.session = here.session
    first = Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})
    authenticator_added.send(sender=Authenticator, request=request, user=owner, authenticator=first)
    assert here.get("/account").status_code == 200
    assert thief.get("/account").status_code == 302
    assert not owner.api_tokens.exists()
    # A further one, and recovery codes, end nothing.
    later = signed_in(owner)
    assert later.get("/account").status_code == 200
    for kind in (Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES):
        more = Authenticator.objects.create(user=owner, type=kind, data={})
        authenticator_added.send(sender=Authenticator, request=request, user=owner, authenticator=more)
    assert later.get("/account").status_code == 200
