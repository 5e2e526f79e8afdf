"""Looking changes nothing: every address, asked with GET by everybody, leaves every table as it was."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from kentongan import casework, reports, routing
from kentongan.bodies.models import Invitation, Membership
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.depth import is_second
from tests.world import person, submission

pytestmark = pytest.mark.usefixtures("world")
# Sessions and the counts of limits are the server's own notes, told of nobody else.
OWN = {"django_session", "people_signedin", "foundation_ratewindow"}


def contents() -> dict[str, list[Any]]:
    """Every row of every table."""
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    return {
        one._meta.db_table: list(one._default_manager.order_by("pk").values())
        for one in models
        if one._meta.db_table not in OWN
    }


def addresses(found: Any, before: str = "") -> list[str]:
    """The routes of all rooms, with their variables as `<kind:name>`."""
    told: list[str] = []
    for one in found:
        written = before + str(one.pattern).replace("^", "").replace("$", "").replace("\\Z", "")
        if isinstance(one, URLResolver):
            told += addresses(one.url_patterns, written)
        elif isinstance(one, URLPattern):
            told.append(written)
    return told


def filled(route: str, values: dict[str, str]) -> str:
    """A route with something sensible for each of its variables."""
    path = "/" + route
    while "<" in path:
        before, _open, rest = path.partition("<")
        named, _close, after = rest.partition(">")
        path = before + values.get(named.split(":")[-1], "1") + after
    return path.replace("(?P", "").replace("[-:\\w]+)", "x:1")


@pytest.fixture
def scene() -> dict[str, Any]:
    """Two reports, one without an account, an invitation, a token, and somebody of each kind."""
    nameless = routing.submit(submission(), None)
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id=nameless.report.body_id, role="administrator")
    offered = casework.appoint(None, "31", "baru@contoh.id", "officer")
    assert isinstance(offered, Invitation)
    tokens.issue(officer, "skrip")
    people = {
        "nobody": None, "citizen": person(), "officer": officer, "elsewhere": person("lain@contoh.id"),
        "invited": Person.objects.create_user("baru@contoh.id"),
        "keeper": Person.objects.create_superuser("p@contoh.id"),
    }  # fmt: skip
    Membership.objects.create(person=people["elsewhere"], body_id="51.71", role="officer")
    return {"nameless": nameless, "people": people, "invitation": casework.invitation_token(offered)}


WHO = ("keeper", "nobody", "citizen", "officer", "elsewhere", "invited")


@pytest.mark.parametrize("who", WHO[:1] if is_second() else WHO)  # the keeper has all doors open
def test_no_get_changes_a_table(scene: dict[str, Any], who: str) -> None:
    report, claim = scene["nameless"].report, scene["nameless"].claim_token
    client = Client(raise_request_exception=True)
    if scene["people"][who]:
        client.force_login(scene["people"][who])
    values = dict.fromkeys(("x", "y", "membership", "invitation", "uidb36"), "1") | {
        "code": report.code, "token": scene["invitation"], "photo_id": str(UUID(int=1)), "size": "thumb", "z": "7",
        "step": "confirm", "name": "accept", "key": "x",
    }  # fmt: skip
    client.get("/network/v1/card")  # the instance makes its own key when it is asked for the first time
    client.get("/.well-known/kentongan")
    before, walked = contents(), 0
    for route in addresses(get_resolver().url_patterns):
        for given in (values, {**values, "token": claim, "code": "31"}):
            answer = client.get(filled(route, given))
            if route != "readyz":
                assert answer.status_code < 500, (route, answer.status_code)
            walked += 1
    assert walked > 100
    after = contents()
    assert {table for table in before if before[table] != after[table]} == set()


def test_a_claim_link_says_whose_it_is_and_only_its_button_joins(client: Client) -> None:
    made, who = routing.submit(submission(), None), person()
    link = f"/claim/{made.claim_token}"
    client.force_login(who)
    page = client.get(link).content.decode()
    assert made.report.code in page
    assert who.email in page
    assert Report.objects.get(pk=made.report.pk).reporter is None
    assert client.post(link)["Location"] == f"/r/{made.report.code}"
    assert Report.objects.get(pk=made.report.pk).reporter == who
    assert client.get(link).status_code == client.post(link).status_code == 404


def test_a_claim_link_follows_answers_and_confirms_without_an_account(client: Client) -> None:
    made = routing.submit(submission(privacy="secret"), None)
    code, link = made.report.code, f"/claim/{made.claim_token}"
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id=made.report.body_id, role="officer")
    reports.accept(code, casework.who(officer, made.report, "accept"))
    reports.start(code, casework.who(officer, made.report, "start"))
    reports.resolve(code, casework.who(officer, made.report, "resolve"), "Sudah", no_photo_reason="Malam")
    assert client.get(f"/r/{code}").status_code == 404
    assert client.get(link).status_code == 200
    assert client.post(link, {"here": "1"})["Location"] == f"/r/{code}"
    assert client.get(f"/r/{code}").status_code == 200
    client.post(f"/r/{code}/comment", {"text": "Terima kasih"})
    client.post(f"/r/{code}/confirm")
    now = Report.objects.get(pk=made.report.pk)
    assert (now.state, now.comment_count, now.reporter) == ("confirmed", 1, None)


def test_reports_of_this_browser_become_the_accounts_by_signing_in_not_by_looking(client: Client) -> None:
    made, who = routing.submit(submission(), None), person()
    client.post(f"/claim/{made.claim_token}", {"here": "1"})
    client.get("/mine")
    assert Report.objects.get(pk=made.report.pk).reporter is None
    client.post("/accounts/login/", {"login": who.email, "password": "kentongan-uji"})
    assert Report.objects.get(pk=made.report.pk).reporter == who
