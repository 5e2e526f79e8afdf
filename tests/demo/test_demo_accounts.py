"""The people of the demonstration. Apart from `test_demo.py`, whose tests all find them there already."""

import pytest

from kentongan.demo import accounts
from kentongan.people.models import Person


@pytest.mark.django_db
def test_demonstration_people_are_marked_and_made_once():
    made = accounts.load()
    assert made == len(accounts.ACCOUNTS) + len(accounts.NEIGHBOURS)
    assert accounts.load() == 0
    assert not Person.objects.filter(is_demo=False).exists()
    assert accounts.person(accounts.ADMINISTRATOR).is_superuser
    assert not accounts.person(accounts.OFFICER).is_superuser


@pytest.mark.django_db
@pytest.mark.parametrize("account", accounts.ACCOUNTS, ids=lambda account: account.what)
def test_the_printed_password_signs_in(client, account):
    accounts.load()
    answer = client.post("/accounts/login/", {"login": account.email, "password": account.password})
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session
