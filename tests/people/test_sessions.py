"""Everybody sees where they are signed in, in words that they know, and ends what is not theirs from anywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from kentongan import casework, notify
from kentongan.bodies.models import Membership
from kentongan.live.models import Change
from kentongan.notify.models import Phone
from kentongan.people import sessions
from kentongan.people.devices import device
from kentongan.people.models import SignedIn
from tests.reading import read as text_of
from tests.world import person

PHONE = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
LED = "/accounts/login/?next=/account"


def on(agent: str, who: object) -> Client:
    """A device on which somebody is signed in and has opened a page."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR="198.51.100.77")
    client.force_login(who)  # type: ignore[arg-type]
    assert client.get("/account").status_code == 200
    return client


@pytest.mark.usefixtures("world")
def test_a_person_sees_their_devices_and_ends_one_or_all_others_at_once() -> None:
    me, other = person(), person("lain@contoh.id")
    desk, phone, tablet, stranger = on(DESK, me), on(PHONE, me), on("", me), on(PHONE, other)
    page = text_of(desk.get("/account/sessions"))
    assert "Firefox di Linux" in page
    assert "Chrome di Android" in page
    assert "Program yang tidak menyebut namanya" in page
    assert page.count("perangkat ini") == 1
    written = desk.get("/account/sessions").content.decode()
    assert "198.51.100" not in written
    assert not [one.session_key for one in Session.objects.all() if one.session_key in written]
    theirs = SignedIn.objects.get(key=stranger.session.session_key)
    assert "tidak masuk di sana" in text_of(desk.post("/account/sessions", {"session": str(theirs.pk)}, follow=True))
    assert stranger.get("/account").status_code == 200
    listened = Change.objects.filter(topics__contains=f"person:{me.pk}")
    before = listened.count()
    joined = phone.session
    joined[notify.SIGNED_IN] = "d" * 64
    joined.save()
    Phone.objects.create(person=me, digest="d" * 64, endpoint="https://push.example/1", host="push.example")
    mine = SignedIn.objects.get(key=phone.session.session_key)
    desk.post("/account/sessions", {"session": str(mine.pk)})
    assert phone.get("/account")["Location"] == LED
    assert listened.count() == before + 1  # what it listens to is asked again, in every process
    assert not Phone.objects.exists()  # a lost phone is told nothing any more
    for wrong in ("", "x", "9" * 30, str(mine.pk)):
        assert desk.post("/account/sessions", {"session": wrong}).status_code == 302
    assert tablet.get("/account").status_code == 200
    desk.post("/account/sessions", {"others": "1"})
    assert tablet.get("/account")["Location"] == LED
    assert [one.browser for one in sessions.open_sessions(me)] == ["Firefox"]


@pytest.mark.django_db
def test_what_a_new_password_or_signing_out_ended_is_listed_no_more_and_swept() -> None:
    me = person()
    desk, phone, tablet = on(DESK, me), on(PHONE, me), on(PHONE, me)
    tablet.post("/accounts/logout/")
    asked = {"oldpassword": "kentongan-uji", "password1": "sebuah-kata-baru", "password2": "sebuah-kata-baru"}
    desk.post("/accounts/login/", {"login": me.email, "password": "kentongan-uji"})
    desk.post("/accounts/password/change/", asked)
    me.refresh_from_db()
    assert me.check_password("sebuah-kata-baru")
    assert desk.get("/account").status_code == 200
    assert phone.get("/account").status_code == 302
    assert [one.browser for one in sessions.open_sessions(me)] == ["Firefox"]
    assert SignedIn.objects.count() > 1
    sessions.sweep()
    assert SignedIn.objects.get().key == desk.session.session_key


@pytest.mark.django_db
def test_a_session_is_noted_once_a_day_and_its_day_of_last_use_moves_on(django_assert_max_num_queries) -> None:
    me = person()
    desk = on(DESK, me)
    noted = SignedIn.objects.get()
    with django_assert_max_num_queries(4) as asked:
        desk.get("/account")
    assert not [one for one in asked.captured_queries if "signedin" in one["sql"]]
    long_ago = timezone.localdate() - timedelta(days=3)
    SignedIn.objects.update(seen_on=long_ago)
    kept = desk.session
    kept[sessions.NOTED] = f"{long_ago} {kept.session_key}"
    kept.save()
    desk.get("/account")
    now = SignedIn.objects.get()
    assert now.seen_on > long_ago
    assert (now.pk, now.since) == (noted.pk, noted.since)


@pytest.mark.usefixtures("world")
def test_a_dismissed_officer_is_out_at_the_next_request_and_what_they_listen_to_is_asked_again() -> None:
    officer, admin = person("petugas@contoh.id"), person("pengurus@contoh.id")
    held = Membership.objects.create(person=officer, body_id="31.roads", role="officer")
    Membership.objects.create(person=admin, body_id="31", role="administrator")
    desk = on(DESK, officer)
    assert desk.get("/console/").status_code == 200
    assert desk.get("/live?topic=desk:31.roads").status_code == 204
    listened = Change.objects.filter(topics__contains=f"person:{officer.pk}")
    before = listened.count()
    casework.dismiss(admin, "31.roads", held.pk)
    assert desk.get("/console/").status_code == 403
    assert desk.get("/live?topic=desk:31.roads").status_code == 403
    assert listened.count() == before + 1
    assert desk.get("/account").status_code == 200  # a citizen goes on


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (PHONE, ("Chrome", "Android")), (DESK, ("Firefox", "Linux")), ("", ("", "")), ("curl/8.5", ("", "")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Safari/604.1",
         ("Chrome", "iPhone")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
         ("Safari", "iPhone")),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Linux; Android 13) SamsungBrowser/25.0 Chrome/121.0 Mobile", ("Samsung Internet", "Android")),
        ("<script>" * 500, ("", "")),
    ],
)  # fmt: skip
def test_a_device_is_told_in_two_plain_words(said: str, known: tuple[str, str]) -> None:
    assert device(said) == known
