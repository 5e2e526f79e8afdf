"""A token for a program is made on a page, by whoever just showed who they are, and shown once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.utils import timezone

from kentongan.people import tokens
from kentongan.people.models import ApiToken, Person
from tests.people.test_proving import sign_in_by_code
from tests.world import person

pytestmark = pytest.mark.usefixtures("world")
PASSWORD = "kentongan-uji"


def signed_in(client: Client, who: Person) -> Client:
    client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
    return client


def make(client: Client, label: str = "Skrip harian", days: str = "90") -> tuple[int, str]:
    """The answer's status, and the token that the page shows."""
    answer = client.post("/mine/tokens", {"label": label, "days": days})
    found = re.search(r"ktn_[\w-]{43}", answer.content.decode())
    return answer.status_code, found.group() if found else ""


def test_a_token_is_shown_once_acts_and_tells_when_it_was_last_used(client: Client) -> None:
    status, token = make(signed_in(client, person()))
    assert status == 200
    assert token
    page = client.get("/mine/tokens")
    assert token not in page.content.decode()
    assert "Skrip harian" in page.content.decode()
    assert "belum pernah dipakai" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    program = Client(headers={"Authorization": f"Bearer {token}"})
    listed = program.get("/api/v1/tokens").json()["items"]
    assert [one["label"] for one in listed] == ["Skrip harian"]
    assert listed[0]["used_at"] is not None
    assert "terakhir dipakai" in client.get("/mine/tokens").content.decode()
    lasts = ApiToken.objects.get().expires_at - timezone.now()
    assert timedelta(days=89) < lasts <= timedelta(days=90)


def test_a_session_alone_makes_none_and_what_was_typed_comes_back_after_the_password(client: Client) -> None:
    client.force_login(person())  # a session that showed nothing in the last five minutes
    answer = client.post("/mine/tokens", {"label": "Peta & data", "days": "365"})
    assert answer.status_code == 302
    assert not ApiToken.objects.exists()
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fmine%2Ftokens")
    assert client.post(answer["Location"], {"password": "salah-sekali"}).status_code == 200
    back = client.post(answer["Location"], {"password": PASSWORD})
    page = client.get(back["Location"]).content.decode()
    assert 'value="Peta &amp; data"' in page
    assert '<option value="365" selected>' in page
    assert make(client)[0] == 200
    assert ApiToken.objects.count() == 1


def test_an_account_with_a_second_factor_makes_one_here_which_the_api_refuses_by_password(client: Client) -> None:
    who = person()
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(who, secret)
    refused = client.post("/api/v1/tokens", {"email": who.email, "password": PASSWORD}, content_type="application/json")
    assert refused.json()["code"] == "second_factor"
    assert Authenticator.objects.count() == 1
    signed_in(client, who)
    assert client.get("/mine/tokens").status_code == 302  # half signed in is not signed in
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    client.post("/accounts/2fa/authenticate/", {"code": totp.format_hotp_value(totp.hotp_value(secret, counter))})
    status, token = make(client)
    assert status == 200
    assert tokens.holder(token) == who


def test_somebody_without_a_password_is_told_to_sign_in_anew(client: Client) -> None:
    who = person()
    who.set_unusable_password()
    who.save()
    client.force_login(who)
    answer = client.post("/mine/tokens", {"label": "Skrip"})
    assert answer.status_code == 403
    assert "5 menit" in answer.content.decode()
    assert 'value="Skrip"' in answer.content.decode()
    assert not ApiToken.objects.exists()
    client.post("/accounts/logout/")
    sign_in_by_code(client, who.email)
    assert make(client)[0] == 200
    assert client.post("/account/erase").status_code == 302  # which is asked for the same
    assert not Person.objects.exists()


def test_a_new_password_ends_them_however_it_is_set(client: Client) -> None:
    who = person()
    _status, token = make(signed_in(client, who))
    given = {"oldpassword": PASSWORD, "password1": "kata-sandi-lain-8", "password2": "kata-sandi-lain-8"}
    assert client.post("/accounts/password/change/", given).status_code == 302
    assert not ApiToken.objects.exists()
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/tokens").status_code == 401


@pytest.mark.parametrize("label", ["", "  ", "x" * 81])
def test_a_token_without_a_fitting_name_is_refused_and_what_was_written_stays(client: Client, label: str) -> None:
    signed_in(client, person())
    answer = client.post("/mine/tokens", {"label": label})
    assert answer.status_code == 422
    assert "wrong-words" in answer.content.decode()
    assert label in answer.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", ["", "0", "-1", "99999", "x", "٣٠"])
def test_a_span_that_is_not_offered_becomes_the_shortest(client: Client, days: str) -> None:
    make(signed_in(client, person()), days=days)
    assert ApiToken.objects.get().expires_at <= timezone.now() + timedelta(days=30)


def test_an_account_makes_fifty_and_ends_only_its_own(client: Client) -> None:
    who, other = person(), person("lain@contoh.id")
    signed_in(client, who)
    for one in range(50):
        tokens.issue(who, str(one))
    assert make(client)[0] == 409
    theirs = tokens.issue(other, "punya orang")[1]
    assert client.post(f"/mine/tokens/{theirs.pk}/end").status_code == 404
    mine = ApiToken.objects.filter(person=who).first()
    assert client.post(f"/mine/tokens/{mine.pk}/end").status_code == 302
    assert ApiToken.objects.filter(pk=theirs.pk).exists()
    assert not ApiToken.objects.filter(pk=mine.pk).exists()


def test_the_page_speaks_both_languages(client: Client) -> None:
    signed_in(client, person())
    assert "Buat token" in client.get("/mine/tokens").content.decode()
    assert "Make the token" in client.get("/mine/tokens", headers={"Accept-Language": "en"}).content.decode()
