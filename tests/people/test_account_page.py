"""People name themselves and leave by themselves, and mails name the installation."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from kentongan import community, emergency
from kentongan.emergency.models import Duty, Timer
from kentongan.notify.models import Message
from kentongan.people.models import Person
from tests.emergency.post import kept, post, press
from tests.world import person


@pytest.fixture
def me(world, client):
    one = person("saya@contoh.id")
    one.set_password("kata-sandi-panjang-7")
    one.save()
    client.force_login(one)
    return one


@pytest.mark.django_db
def test_a_name_is_cleaned_and_kept(client, me):
    assert client.post("/account", {"name": " Nama\u202e\x07  Baru \n"}).status_code == 302
    me.refresh_from_db()
    assert me.name == "Nama Baru"
    assert 'value="Nama Baru"' in client.get("/account").content.decode()


@pytest.mark.django_db
def test_a_name_too_long_is_told_and_what_was_written_stays(client, me):
    answer = client.post("/account", {"name": "x" * 121})
    assert answer.status_code == 422
    assert "x" * 121 in answer.content.decode()
    me.refresh_from_db()
    assert me.name == ""


@pytest.mark.django_db
def test_an_account_is_erased_only_with_its_password_and_only_by_post(client, me):
    assert "password" in client.get("/account/erase").content.decode()
    assert client.post("/account/erase", {"password": "salah"}).status_code == 403
    assert Person.objects.filter(pk=me.pk).exists()
    assert client.post("/account/erase", {"password": "kata-sandi-panjang-7"}).status_code == 302
    assert not Person.objects.filter(pk=me.pk).exists()
    assert client.get("/account").status_code == 302


@pytest.mark.django_db
def test_without_a_password_only_a_fresh_sign_in_erases(client, me):
    me.set_unusable_password()
    me.save()
    client.force_login(me)
    assert client.post("/account/erase").status_code == 403
    assert Person.objects.filter(pk=me.pk).exists()


@pytest.mark.django_db
def test_the_only_administrator_stays(client, me):
    Person.objects.filter(pk=me.pk).update(is_superuser=True)
    assert client.post("/account/erase", {"password": "kata-sandi-panjang-7"}).status_code == 409
    assert client.get("/account").status_code == 200


@pytest.mark.django_db
def test_account_mails_name_the_installation(world, rf):
    from kentongan.people.signing_in import Adapter

    adapter = Adapter(rf.get("/"))
    assert adapter.format_email_subject("Kode") == "[Kentongan] Kode"
    context = {"user": None, "key": "k", "request": None}
    with request_context(rf.get("/")):
        adapter.send_mail("account/email/unknown_account", "lain@contoh.id", context | {"signup_url": "/"})
    assert mail.outbox
    assert "testserver" not in mail.outbox[-1].subject + mail.outbox[-1].body


@pytest.mark.django_db
def test_the_language_of_the_account_is_chosen_on_its_page_and_pages_and_mails_follow(client, me):
    page = client.get("/account").content.decode()
    assert re.search(r'name="language" value="id" checked', page)
    answer = client.post("/account", {"name": "Saya", "language": "en"}, follow=True).content.decode()
    assert "Your account is saved." in answer
    assert "My account" in client.get("/account").content.decode()
    me.refresh_from_db()
    assert me.language == "en"
    client.post("/account", {"name": "Saya", "language": "xx"})
    me.refresh_from_db()
    assert me.language == "en"


@pytest.mark.django_db
def test_the_button_of_every_page_is_the_account_s_language_too_and_a_stranger_s_is_the_browser_s(client, me):
    client.post("/i18n/setlang/", {"language": "en"})
    me.refresh_from_db()
    assert me.language == "en"
    client.logout()
    client.post("/i18n/setlang/", {"language": "id"})
    me.refresh_from_db()
    assert me.language == "en"
    assert client.cookies["django_language"].value == "id"


@pytest.mark.django_db
def test_signing_in_brings_the_language_of_the_account_and_signing_up_keeps_the_one_that_was_read(client, me):
    Person.objects.filter(pk=me.pk).update(language="en")
    client.logout()
    client.post("/accounts/login/", {"login": me.email, "password": "kata-sandi-panjang-7"})
    assert client.cookies["django_language"].value == "en"
    assert client.cookies["django_language"]["max-age"]
    client.logout()
    client.post("/i18n/setlang/", {"language": "en"})
    new = {"email": "baru@contoh.id", "password1": "kata-sandi-panjang-8", "password2": "kata-sandi-panjang-8"}
    client.post("/accounts/signup/", new)
    assert Person.objects.get(email="baru@contoh.id").language == "en"


ENGLISH, INDONESIAN = ("you", "your"), ("Anda",)


def asked_for(client, me, what):
    """The mail, subject and words, that somebody's press of a button sends to `me`."""
    EmailAddress.objects.get_or_create(user=me, email=me.email, defaults={"verified": True, "primary": True})
    new = "kata-sandi-panjang-9"
    if what in {"password", "address"}:
        client.force_login(me)
    {
        "code": lambda: client.post("/accounts/login/code/", {"email": me.email}),
        "reset": lambda: client.post("/accounts/password/reset/", {"email": me.email}),
        "again": lambda: client.post("/accounts/signup/", {"email": me.email, "password1": new}),
        "address": lambda: client.post("/accounts/email/", {"email": "lain@contoh.id", "action_add": ""}),
    }[what]()
    kept = Message.objects.order_by("-pk").values_list("subject", "body")
    [found] = [(one.subject, one.body) for one in mail.outbox] or kept[:1]
    return " ".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize("account", ["id", "en"])
@pytest.mark.parametrize("what", ["code", "reset", "again", "address"])
def test_a_mail_speaks_the_language_of_the_account_whatever_the_browser_reads(client, me, account, what):
    cache.clear()
    Person.objects.filter(pk=me.pk).update(language=account)
    client.logout()
    client.cookies["django_language"] = "en" if account == "id" else "id"
    said = set(re.findall(r"\w+", asked_for(client, Person.objects.get(pk=me.pk), what)))
    here, there = (INDONESIAN, ENGLISH) if account == "id" else (ENGLISH, INDONESIAN)
    assert said & set(here)
    assert not said & set(there)


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("id", "Anda"), ("en", "you")])
def test_who_has_no_account_is_written_to_as_they_read(client, world, language, word):
    cache.clear()
    client.cookies["django_language"] = language
    client.post("/accounts/password/reset/", {"email": "asing@contoh.id"})
    [sent] = [one.body for one in mail.outbox] or Message.objects.values_list("body", flat=True)
    assert word in re.findall(r"\w+", sent)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "words"), [("/keluarga", "tautan yang dikirim seseorang"), ("/lingkungan/masuk/abc", "Siskamling")]
)
def test_who_has_to_sign_in_reads_first_what_for_and_is_back_there_afterwards(client, me, page, words):
    client.logout()
    answer = client.get(page, follow=True)
    said = answer.content.decode()
    assert (answer.status_code, len(answer.redirect_chain)) == (200, 1)  # no loop
    assert words in said
    assert "Setelah masuk, Anda kembali ke halaman itu." in said
    assert words in client.get(f"/accounts/signup/?next={page}").content.decode()  # who has no account yet
    for stranger in (
        "",
        "?next=//jahat.example/keluarga",
        "?next=https://jahat.example/keluarga",
        "?next=/keluarga%00",
    ):
        assert "kembali ke halaman itu" not in client.get(f"/accounts/login/{stranger}").content.decode()
    EmailAddress.objects.update_or_create(user=me, email=me.email, defaults={"verified": True, "primary": True})
    given = {"login": me.email, "password": "kata-sandi-panjang-7", "next": page}
    assert client.post("/accounts/login/", given).headers["Location"] == page


@pytest.mark.django_db
def test_signing_out_asks_first_where_an_alert_a_share_or_a_duty_goes_on(client, me):
    button, asks = 'action="/accounts/logout/"', 'href="/accounts/logout/"'
    assert button in client.get("/mine").content.decode()
    assert "masih berjalan" not in client.get("/accounts/logout/").content.decode()
    alert = press(me).alert
    said = client.get("/mine").content.decode()
    assert button not in said
    assert asks in said
    said = client.get("/accounts/logout/").content.decode()
    assert "Panggilan darurat Anda masih berjalan" in said
    assert f'href="/darurat/{alert.pk}"' in said
    assert 'method="post"' in said  # and goes on where one wants to
    emergency.cancel_with(kept(alert.pk), me, "")
    assert button in client.get("/mine").content.decode()
    timer = Timer.objects.create(person=me, claim_digest="d", sender="s", due_at=timezone.now() + timedelta(hours=1))
    said = client.get("/accounts/logout/").content.decode()
    assert re.search(r"panggilan darurat dikirim pukul \d\d[.:]\d\d WIB\.", said)
    assert button not in client.get("/mine").content.decode()
    Timer.objects.filter(pk=timer.pk).update(ended_at=timezone.now())
    assert button in client.get("/mine").content.decode()
    community.begin(me, minutes=30)
    Duty.objects.create(watch=post(), person=me)
    said = client.get("/accounts/logout/").content.decode()
    assert re.search(r"Anda membagikan posisi sampai pukul \d\d:\d\d WIB\.", said)
    assert "Anda sedang bertugas" in said
