"""The account pages of others speak our Indonesian: every page, refusal and mail, without a word of English."""

from __future__ import annotations

import html
import re
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from babel.messages.pofile import read_po
from django.core import mail
from django.core.cache import cache

from tests.project.test_words import REFUSED
from tests.world import person

pytestmark = pytest.mark.django_db
OURS = Path(__file__).parents[2] / "src/kentongan"
THEIRS = Path(allauth.__file__).parent / "locale/id/LC_MESSAGES/django.po"
# Names, and words that both languages have.
BOTH = {"a", "app", "via", "javascript", "totp", "webauthn", "oauth", "qr", "ip", "token", "data", "menu", "id", "in"}
PASSWORD = "kentongan-uji"


def words(text: str) -> set[str]:
    """The words of a text without addresses, codes and placeholders."""
    plain = re.sub(r"%\(\w+\)[sd]|\{\w+\}|<[^>]*>|\S+@\S+|https?://\S+|[A-Za-z]*\d\w*", " ", text)
    return set(re.findall(r"[a-z]{2,}", plain.lower()))


def strings(one) -> list[str]:
    return list(one) if isinstance(one, tuple) else [one]


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Every word of allauth's English that no Indonesian text of ours has."""
    with THEIRS.open("rb") as file:
        found = set().union(*(words(text) for one in read_po(file, locale="id") for text in strings(one.id)))
    for catalogue in OURS.glob("*/locale/id/LC_MESSAGES/django.po"):
        with catalogue.open("rb") as file:
            found -= set().union(*(words(text) for one in read_po(file, locale="id") for text in strings(one.string)))
    return found - BOTH


def seen(answer) -> str:
    """What a reader sees of a page, without the names of languages."""
    text = answer.content.decode()
    text = re.sub(r"(?s)<(script|style|svg|template|pre)\b.*?</\1>|<!--.*?-->", " ", text)
    text = re.sub(r'(?s)<[^>]* lang="en"[^>]*>.*?</button>', " ", text)
    told = re.findall(r'(?:placeholder|title|aria-label|alt)="([^"]*)"', text)
    return html.unescape(" ".join([*told, re.sub(r"(?s)<[^>]+>", " ", text)]))


def foreign(text: str, english: set[str]) -> list[str]:
    plain = re.sub(r"\S+@\S+|https?://\S+", " ", text)
    wrong = [rule for rule in REFUSED if re.search(rule, plain, re.IGNORECASE)]
    return sorted(words(text) & english) + wrong


STRANGERS = [
    ("/accounts/login/", {"login": "x", "password": ""}),
    ("/accounts/login/", {"login": "saya@contoh.id", "password": "salah"}),
    ("/accounts/signup/", {"email": "x", "password1": "1"}),
    ("/accounts/signup/", {"email": "baru@contoh.id", "password1": "password12"}),
    ("/accounts/signup/", {"email": "baru@contoh.id", "password1": "panjang-dan-baru-7"}),
    ("/accounts/signup/", {"email": "saya@contoh.id", "password1": "panjang-dan-baru-7"}),
    ("/accounts/login/code/", {"email": "bukan"}),
    ("/accounts/login/code/", {"email": "saya@contoh.id"}),
    ("/accounts/password/reset/", {"email": ""}),
    ("/accounts/password/reset/", {"email": "saya@contoh.id"}),
    ("/accounts/password/reset/", {"email": "tiada@contoh.id"}),
    ("/accounts/password/reset/done/", None),
    ("/accounts/password/reset/key/1-aaa-bbb/", None),
    ("/accounts/password/reset/key/done/", None),
    ("/accounts/confirm-email/", None),
    ("/accounts/confirm-email/abc/", None),
    ("/accounts/inactive/", None),
    ("/accounts/3rdparty/login/cancelled/", None),
    ("/accounts/3rdparty/login/error/", None),
]
MINE = [
    ("/accounts/email/", {"action_add": "", "email": "x"}),
    ("/accounts/email/", {"action_add": "", "email": "lain@contoh.id"}),
    ("/accounts/email/", {"action_send": "", "email": "lain@contoh.id"}),
    ("/accounts/email/", {"action_remove": "", "email": "saya@contoh.id"}),
    ("/accounts/email/", {"action_primary": "", "email": "lain@contoh.id"}),
    ("/accounts/email/", {"action_remove": "", "email": "lain@contoh.id"}),
    ("/accounts/password/change/", {"oldpassword": "salah", "password1": "12345", "password2": "54321"}),
    ("/accounts/reauthenticate/", {"password": "salah"}),
    ("/accounts/2fa/", None),
    ("/accounts/2fa/totp/activate/", {"code": "000000"}),
    ("/accounts/2fa/webauthn/", None),
    ("/accounts/2fa/webauthn/add/", None),
    ("/accounts/2fa/recovery-codes/", None),
    ("/accounts/2fa/recovery-codes/generate/", {}),
    ("/accounts/2fa/totp/deactivate/", {}),
    ("/accounts/3rdparty/", None),
    (
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "panjang-dan-baru-7", "password2": "panjang-dan-baru-7"},
    ),
    ("/accounts/logout/", {}),
]


@pytest.fixture(autouse=True)
def _no_limits_of_another_test():
    cache.clear()
    yield
    cache.clear()


def walk(client, pages, english) -> list[str]:
    faults = []
    for path, given in pages:
        cache.clear()  # limits have a test of their own
        answers = [client.get(path, follow=True)]
        if given is not None:
            answers.append(client.post(path, given, follow=True))
        for answer in answers:
            assert answer.status_code < 500
            faults += [f"{path}: {one}" for one in foreign(seen(answer), english)]
    return faults


def test_no_account_page_says_an_english_or_a_refused_word_to_a_stranger(client, english):
    person("saya@contoh.id")
    assert len(english) > 250
    assert walk(client, STRANGERS, english) == []


@pytest.mark.parametrize("factor", [False, True])
def test_no_account_page_says_one_to_whoever_is_signed_in(client, english, factor):
    me = person("saya@contoh.id")
    client.post("/accounts/login/", {"login": me.email, "password": PASSWORD})
    if factor:
        TOTP.activate(me, generate_totp_secret())
    assert walk(client, MINE, english) == []


def test_the_account_mails_say_none(client, english):
    me = person("saya@contoh.id")
    for path, given in STRANGERS:
        if given:
            client.post(path, given, follow=True)
    client.force_login(me)
    client.post("/accounts/email/", {"action_add": "", "email": "lain@contoh.id"})
    subjects = {one.subject for one in mail.outbox}
    assert len(subjects) == 3
    faults = [
        f"{one.subject}: {wrong}" for one in mail.outbox for wrong in foreign(f"{one.subject} {one.body}", english)
    ]
    assert faults == []


def test_whoever_tries_too_often_is_told_so_in_indonesian(client, english):
    client.force_login(person("saya@contoh.id"))
    for _try in range(60):
        answer = client.post("/accounts/email/", {"action_add": "", "email": "lain@contoh.id"})
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert "Terlalu banyak percobaan" in seen(answer)
    assert foreign(seen(answer), english) == []


def test_the_words_that_readers_asked_for_stand_there(client):
    shown = seen(client.get("/accounts/login/"))
    for wanted in ("Surel", "Kata sandi", "Ingat saya"):
        assert wanted in shown
    me = person("saya@contoh.id")
    EmailAddress.objects.create(user=me, email="lain@contoh.id")
    client.force_login(me)
    assert "Belum diverifikasi" in seen(client.get("/accounts/email/"))
