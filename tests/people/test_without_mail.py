"""An installation that sends no mail: nobody is promised one, and the operator can vouch for people."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from kentongan.bodies.models import Membership
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.people.inviting import add_person, invite_administrator
from kentongan.people.models import Person
from kentongan.people.proving import is_proven

pytestmark = pytest.mark.django_db
SENDS = "No mail server is set"


@pytest.fixture
def silent(monkeypatch):
    """No mail server, in production."""
    monkeypatch.setattr(type(config()), "sends_mail", False)


def english():
    client = Client(headers={"Accept-Language": "en"})
    client.cookies["django_language"] = "en"
    return client


def choose(link):
    client = Client()
    form = client.get(link, follow=True)
    chosen = {"password1": "sandi-yang-panjang", "password2": "sandi-yang-panjang"}
    assert client.post(form.redirect_chain[-1][0], chosen).status_code == 302


def test_who_wants_an_account_is_told_how_to_go_on_without_one(silent):
    page = english().get(reverse("account_signup"))
    said = page.content.decode()
    assert "This installation sends no mail" in said
    assert reverse("report_new") in said
    assert 'name="password1"' not in said
    english().post(reverse("account_signup"), {"email": "warga@contoh.id", "password1": "sandi-yang-panjang"})
    assert not Person.objects.exists()


def test_who_has_forgotten_their_password_is_told_that_no_mail_comes(silent):
    assert "This installation sends no mail" in english().get(reverse("account_reset_password")).content.decode()


def test_where_mail_is_sent_nothing_of_this_is_said(world):
    for name in ("account_signup", "account_reset_password"):
        assert "sends no mail" not in english().get(reverse(name)).content.decode()


def test_an_account_that_the_operator_makes_is_used_at_once(silent):
    choose(add_person("Petugas@contoh.id", "Petugas"))
    made = Person.objects.get(email="petugas@contoh.id")
    assert (made.name, made.is_superuser, is_proven(made)) == ("Petugas", False, True)
    client = Client()
    client.post(reverse("account_login"), {"login": made.email, "password": "sandi-yang-panjang"})
    assert client.session["_auth_user_id"] == str(made.pk)


def test_a_forgotten_password_is_renewed_by_a_link_and_holds_until_then():
    choose(add_person("warga@contoh.id"))
    assert add_person("warga@contoh.id") == ""
    link = add_person("warga@contoh.id", new_password=True)
    assert Person.objects.get().check_password("sandi-yang-panjang")
    choose(link)
    assert Person.objects.count() == 1


@pytest.mark.parametrize("make", [add_person, invite_administrator])
def test_what_a_stranger_made_of_an_address_before_the_operator_vouches_for_it_ends(make):
    stranger = Person.objects.create_user("kepala@contoh.id", "sandi-orang-asing", proven=False)
    assert make("kepala@contoh.id")  # a link: there is no password any more
    stranger.refresh_from_db()
    assert not stranger.check_password("sandi-orang-asing")
    assert EmailAddress.objects.get(user=stranger).verified


def test_no_address_is_refused():
    with pytest.raises(Problem) as refused:
        add_person("warga")
    assert refused.value.code == "bad_email"


def test_administrators_are_told_and_get_the_link_of_an_invitation_to_pass_on(world, silent):
    client = english()
    client.force_login(Person.objects.create_superuser("kepala@contoh.id"))
    assert SENDS in client.get(reverse("console:bodies")).content.decode()
    body = "31"
    page = client.get(reverse("console:queue") + f"?body={body}")
    assert SENDS in page.content.decode()
    staff = reverse("console:staff", args=[body])
    said = client.post(staff, {"email": "baru@contoh.id", "role": "officer"}, follow=True)
    assert "/invitation/" in said.content.decode()
    add_person("kedua@contoh.id")
    client.post(staff, {"email": "kedua@contoh.id", "role": "officer"})
    assert Membership.objects.filter(person__email="kedua@contoh.id").exists()


@pytest.mark.parametrize(
    ("email", "name", "code"),
    [
        ("x" * 300 + "@contoh.id", "", "bad_email"),
        ("a@" + "x" * 60 + ("." + "y" * 60) * 4 + ".id", "", "bad_email"),
        ("warga@contoh.id", "n" * 121, "bad_name"),
    ],
    ids=["address", "host", "name"],
)
@pytest.mark.parametrize("make", [add_person, invite_administrator])
def test_what_no_table_has_room_for_is_refused_in_words_and_makes_no_account(db, make, email, name, code):
    with pytest.raises(Problem) as refused:
        make(email, name)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert not Person.objects.exists()


def test_a_name_is_kept_without_signs_that_nobody_sees(db):
    add_person("warga@contoh.id", " War\u202ega\0 ")
    assert Person.objects.get().name == "Warga"
