"""The first administrator comes by a link that works once; nobody knows their password but they."""

import pytest
from django.test import Client
from dotenv import dotenv_values

from kentongan.cli import beginning
from kentongan.foundation.problems import Problem
from kentongan.people.inviting import invite_administrator
from kentongan.people.models import Person


@pytest.mark.django_db
def test_an_administrator_chooses_a_password_by_the_link_once():
    link = invite_administrator("Kepala@Contoh.id")
    made = Person.objects.get(email="kepala@contoh.id")
    assert made.is_superuser
    assert not made.has_usable_password()
    client = Client()
    form = client.get(link, follow=True)
    assert form.status_code == 200
    client.post(form.redirect_chain[-1][0], {"password1": "sandi-yang-panjang", "password2": "sandi-yang-panjang"})
    made.refresh_from_db()
    assert made.check_password("sandi-yang-panjang")
    assert invite_administrator("kepala@contoh.id") == ""
    later = Client().get(link, follow=True)
    assert b'name="password1"' not in later.content


@pytest.mark.django_db
def test_a_citizen_with_an_account_is_made_an_administrator_and_keeps_their_password():
    known = Person.objects.create_user("warga@contoh.id", "sandi-yang-panjang", name="Warga")
    assert invite_administrator("Warga@Contoh.id") == ""
    known.refresh_from_db()
    assert (known.is_superuser, known.is_staff, known.name) == (True, True, "Warga")
    assert known.check_password("sandi-yang-panjang")


@pytest.mark.django_db
def test_no_address_is_refused():
    with pytest.raises(Problem) as refused:
        invite_administrator("kepala")
    assert refused.value.code == "bad_email"


def test_a_password_with_any_sign_in_it_is_read_back_as_it_was_written(tmp_path, monkeypatch):
    given = {"DATA": str(tmp_path / "data"), "DATABASE": "postgresql://u:a'b\"c\\d$e#f@h/n", "SECRET_KEY": "k" * 50}
    monkeypatch.chdir(tmp_path)
    beginning._write(given)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    read = dotenv_values(".env", interpolate=False)
    assert read == {f"KENTONGAN_{name}": value for name, value in given.items()}
