"""An e-mail address counts once it is proven; what a stranger made of the account before ends then."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kentongan import bodies, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation.config import config
from kentongan.notify import write_mail
from kentongan.notify.models import Message
from kentongan.people import tokens
from kentongan.people.models import ApiToken, Person
from kentongan.people.proving import is_proven
from kentongan.reports.states import Actor
from tests.world import person, submission

pytestmark = pytest.mark.django_db
VICTIM, PASSWORD = "korban@contoh.id", "kentongan-penyerang"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


def written(address: str = VICTIM) -> str:
    """The last mail to an address: kept, or handed to Django's own outbox."""
    kept = Message.objects.filter(address=address).order_by("-pk").values_list("body", flat=True).first()
    sent = [str(one.body) for one in mail.outbox if address in one.to]
    return sent[-1] if sent else str(kept)


def code(address: str = VICTIM) -> str:
    """The code in the last mail."""
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", written(address), re.M)
    assert found, written(address)
    return found[1]


def sign_up(client: Client, email: str = VICTIM):
    """What the sign-up form answers."""
    return client.post("/accounts/signup/", {"email": email, "password1": PASSWORD}, follow=True)


def sign_in_by_code(client: Client, email: str = VICTIM):
    """Signs in by a code that is read in the mailbox."""
    client.post("/accounts/login/code/", {"email": email}, follow=True)
    return client.post("/accounts/login/code/confirm/", {"code": code(email)}, follow=True)


def signed_in(client: Client) -> bool:
    """Whether this browser is somebody."""
    return client.get("/accounts/email/").status_code == 200


def test_a_stranger_who_signs_up_with_an_address_is_nobody_until_it_is_proven(client: Client) -> None:
    sign_up(client)
    assert not signed_in(client)
    account = Person.objects.get(email=VICTIM)
    assert not is_proven(account)
    asked = client.post("/api/v1/tokens", {"email": VICTIM, "password": PASSWORD}, content_type="application/json")
    assert (asked.status_code, asked.json()["code"]) == (403, "unproven_address")
    client.post("/accounts/login/", {"login": VICTIM, "password": PASSWORD}, follow=True)
    assert not signed_in(client)


def test_who_signs_up_and_reads_their_mail_keeps_their_password(client: Client) -> None:
    sign_up(client)
    client.post("/accounts/confirm-email/", {"code": code()}, follow=True)
    assert signed_in(client)
    assert is_proven(Person.objects.get(email=VICTIM))
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": VICTIM, "password": PASSWORD}, follow=True)
    assert signed_in(client)


def test_whoever_waited_for_the_owner_of_the_address_is_out_when_they_come(client: Client) -> None:
    """As accounts could be before: a session, a password, a token, a second factor and an address of their own."""
    account = Person.objects.create_user(VICTIM, PASSWORD, proven=False)
    attacker, victim = Client(), client
    attacker.force_login(account)
    assert signed_in(attacker)
    token, _row = tokens.issue(account, "lama")
    EmailAddress.objects.create(user=account, email="penyerang@contoh.id", verified=True)
    sign_in_by_code(victim)
    assert signed_in(victim)
    assert not signed_in(attacker)
    account.refresh_from_db()
    assert not account.check_password(PASSWORD)
    refused = attacker.get("/api/v1/tokens", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401
    assert [one.email for one in EmailAddress.objects.filter(user=account)] == [VICTIM]


def test_a_second_factor_of_a_stranger_ends_with_the_rest() -> None:
    from django.test import RequestFactory

    from kentongan.people.proving import end_what_was_before

    account = Person.objects.create_user(VICTIM, PASSWORD, proven=False)
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={})
    address = EmailAddress.objects.get(user=account)
    address.verified = True
    address.save()
    request = RequestFactory().post("/")
    request.user, request.session = Person(), {}
    request.user = type("Nobody", (), {"is_authenticated": False})()
    end_what_was_before(request, address)
    assert not Authenticator.objects.filter(user=account).exists()


def test_who_is_signed_in_as_themselves_keeps_their_password_and_as_somebody_else_does_not() -> None:
    from django.test import RequestFactory

    from kentongan.people.proving import end_what_was_before

    for signed_in_as, keeps in ((VICTIM, True), ("lain@contoh.id", False)):
        Person.objects.all().delete()
        account = Person.objects.create_user(VICTIM, PASSWORD, proven=False)
        other = Person.objects.create_user("lain@contoh.id", PASSWORD)
        EmailAddress.objects.filter(user=account).update(verified=True)
        request = RequestFactory().post("/")
        request.user, request.session = account if signed_in_as == VICTIM else other, {}
        end_what_was_before(request, EmailAddress.objects.get(user=account))
        account.refresh_from_db()
        assert account.has_usable_password() is keeps


def test_a_further_address_ends_nothing(client: Client) -> None:
    account = person()
    tokens.issue(account)
    further = EmailAddress.objects.create(user=account, email="kedua@contoh.id", verified=True)
    from kentongan.people.proving import end_what_was_before

    end_what_was_before(None, further)
    account.refresh_from_db()
    assert account.has_usable_password()
    assert ApiToken.objects.filter(person=account).exists()


def test_signing_up_tells_nobody_who_has_an_account(client: Client) -> None:
    person("ada@contoh.id")
    known, unknown = (sign_up(Client(), email) for email in ("ada@contoh.id", "baru@contoh.id"))
    assert known.status_code == unknown.status_code == 200
    assert known.redirect_chain == unknown.redirect_chain
    plain = [
        re.sub(r'value="[^"]{64}"', "", one.content.decode().replace(email, "X"))
        for one, email in ((known, "ada@contoh.id"), (unknown, "baru@contoh.id"))
    ]
    assert plain[0] == plain[1]
    assert written("ada@contoh.id") != written("baru@contoh.id")  # the owner learns that somebody tried


def test_signing_up_costs_the_same_password_hashing_for_a_known_address(monkeypatch) -> None:
    from kentongan.people import signing_in

    person("ada@contoh.id")
    hashed: list[str] = []
    monkeypatch.setattr(signing_in, "make_password", hashed.append)
    sign_up(Client(), "ada@contoh.id")
    assert hashed == [PASSWORD]


def test_a_new_password_ends_the_tokens_of_the_old_one(client: Client) -> None:
    account = person()
    tokens.issue(account, "skrip")
    client.force_login(account)
    answer = client.post(
        "/accounts/password/change/",
        {"oldpassword": "kentongan-uji", "password1": "kentongan-baru-1", "password2": "kentongan-baru-1"},
    )
    assert answer.status_code == 302
    assert not ApiToken.objects.filter(person=account).exists()
    tokens.issue(account)
    account.refresh_from_db()
    account.name = "Wayan"
    account.save()
    assert ApiToken.objects.filter(person=account).exists()


def test_tokens_are_listed_by_name_and_ended_one_by_one_by_their_owner(client: Client) -> None:
    account, other = person(), person("lain@contoh.id")
    written_token, _row = tokens.issue(account, "skrip cuaca")
    _lost, second = tokens.issue(account, "ponsel lama")
    _theirs, foreign = tokens.issue(other, "milik orang")
    bearer = {"Authorization": f"Bearer {written_token}"}
    told = client.get("/api/v1/tokens", headers=bearer)
    assert [one["label"] for one in told.json()["items"]] == ["ponsel lama", "skrip cuaca"]
    assert "token" not in told.json()["items"][0]
    assert client.delete(f"/api/v1/tokens/{foreign.pk}", headers=bearer).status_code == 404
    assert client.delete(f"/api/v1/tokens/{second.pk}", headers=bearer).status_code == 204
    assert client.delete(f"/api/v1/tokens/{second.pk}", headers=bearer).status_code == 404
    assert ApiToken.objects.filter(pk=foreign.pk).exists()
    assert client.get("/api/v1/tokens").status_code == 401


@pytest.mark.parametrize("way", ["token", "page"])
def test_a_strangers_wrong_tries_do_not_lock_the_owner_out(client: Client, way: str) -> None:
    owner = person()

    def attempt(password: str, address: str):
        if way == "token":
            given = {"email": owner.email, "password": password}
            return client.post("/api/v1/tokens", given, content_type="application/json", REMOTE_ADDR=address)
        return client.post("/accounts/login/", {"login": owner.email, "password": password}, REMOTE_ADDR=address)

    tries = [attempt("salah-salah-salah", "203.0.113.9").status_code for _ in range(11)]
    if way == "token":
        assert tries[-1] == 429
    assert attempt("kentongan-uji", "203.0.113.9").status_code not in {201, 302}  # the stranger is, for a while
    assert attempt("kentongan-uji", "198.51.100.7").status_code in {201, 302}


def test_behind_our_proxy_the_tries_of_one_client_do_not_refuse_the_others(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(config(), "trusted_proxies", 1)
    person()

    def attempt(email: str, password: str, source: str) -> int:
        given = {"login": email, "password": password}
        answer = client.post("/accounts/login/", given, headers={"X-Forwarded-For": source}, REMOTE_ADDR="10.0.0.1")
        return answer.status_code

    for number in range(14):
        attempt(f"tebak{number}@contoh.id", "salah-salah", "203.0.113.9")
    assert attempt("warga@contoh.id", "kentongan-uji", "198.51.100.7") == 302
    assert attempt("warga@contoh.id", "kentongan-uji", "rubbish") in {200, 302, 429}  # never a fault


def test_news_of_a_report_go_to_proven_addresses_only(world) -> None:
    unproven, proven = Person.objects.create_user(VICTIM, proven=False), person()
    for who in (unproven, proven):
        report = routing.submit(submission(), who).report
        entry = reports.note(report.code, reports.Who(None, Actor.OFFICER, report.body_id), "Kami datang")
        write_mail([{"report": report.pk, "seq": entry.seq, "kind": "noted"}])()
    assert {one.address for one in Message.objects.all()} == {proven.email}


def test_a_role_counts_only_with_a_second_factor_where_the_operator_asks_for_it(
    client: Client, world, monkeypatch
) -> None:
    officer, keeper = person("petugas@contoh.id"), Person.objects.create_superuser("pengelola@contoh.id")
    report = routing.submit(submission(privacy="secret"), None).report
    Membership.objects.create(person=officer, body_id=report.body_id, role="administrator")
    monkeypatch.setattr(config(), "staff_second_factor", True)
    for who in (officer, keeper):
        client.force_login(who)
        led = client.get(f"/console/reports/{report.code}")
        assert (led.status_code, led["Location"]) == (302, "/accounts/2fa/")
        assert client.get(f"/api/v1/reports/{report.code}").status_code == 404
        assert client.get(f"/r/{report.code}").status_code == 404
        token, _row = tokens.issue(who)
        bearer = {"Authorization": f"Bearer {token}"}
        assert Client().get(f"/api/v1/reports/{report.code}", headers=bearer).status_code == 404
    assert bodies.role(officer, str(report.body_id)) is None
    for who in (officer, keeper):
        Authenticator.objects.create(user=who, type=Authenticator.Type.TOTP, data={})
        client.force_login(who)
        assert client.get(f"/console/reports/{report.code}").status_code == 200


def test_citizens_need_no_second_factor_where_staff_do(client: Client, world, monkeypatch) -> None:
    monkeypatch.setattr(config(), "staff_second_factor", True)
    client.force_login(person())
    assert client.get("/mine").status_code == 200
    assert client.get("/console/").status_code == 403


def test_staff_may_use_an_apps_codes_passkeys_and_recovery_codes(client: Client, settings) -> None:
    assert set(settings.MFA_SUPPORTED_TYPES) == {"totp", "webauthn", "recovery_codes"}
    client.force_login(person())
    page = client.get("/accounts/2fa/").content.decode()
    assert "/accounts/2fa/totp/activate/" in page
    assert "/accounts/2fa/webauthn/" in page


def test_the_page_of_tokens_shows_names_and_ends_only_ones_own(client: Client) -> None:
    account, other = person(), person("lain@contoh.id")
    _lost, mine = tokens.issue(account, "skrip cuaca")
    _theirs, foreign = tokens.issue(other, "milik orang")
    assert client.get("/mine/tokens")["Location"].startswith("/accounts/login/")
    client.force_login(account)
    page = client.get("/mine/tokens").content.decode()
    assert "skrip cuaca" in page
    assert "milik orang" not in page
    assert client.post(f"/mine/tokens/{foreign.pk}/end").status_code == 404
    assert client.post(f"/mine/tokens/{mine.pk}/end").status_code == 302
    assert list(ApiToken.objects.all()) == [foreign]


ELSEWHERE = ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example",
             "\thttps://evil.example", "https:evil.example", "/%5Cevil.example\r\nX: y")  # fmt: skip


def test_signing_in_leads_to_no_other_site(client: Client) -> None:
    client.force_login(person())
    assert client.get("/accounts/login/", {"next": "/mine"})["Location"] == "/mine"
    for written in ELSEWHERE:
        told = client.get("/accounts/login/", {"next": written})["Location"]
        assert urlsplit(urljoin("http://here/", told)).netloc == "here", written


def test_a_new_password_is_asked_for_alike_by_who_has_an_account_and_who_has_none(client: Client) -> None:
    """pennersr/django-allauth#1401, #3959; letters that another alphabet has alike name another mailbox."""
    person("mike@contoh.id")
    asked = {}
    for email in ("mike@contoh.id", "nobody@contoh.id", "MIKE@contoh.id", "m\u0131ke@contoh.id"):
        asked[email] = client.post("/accounts/password/reset/", {"email": email})["Location"]
    assert len(set(asked.values())) == 1
    assert "/reset/key/" in written("mike@contoh.id")
    assert "/reset/key/" not in written("m\u0131ke@contoh.id")
    for several in ("mike@contoh.id,evil@x.id", "mike@contoh.id\nBcc: evil@x.id"):
        assert client.post("/accounts/password/reset/", {"email": several}).status_code == 200  # asked again
