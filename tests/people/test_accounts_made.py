"""Accounts that the operator makes."""

import pytest

from kentongan.people.models import Person

pytestmark = pytest.mark.django_db


def test_an_account_without_an_address_is_not_made():
    with pytest.raises(ValueError, match="address"):
        Person.objects.create_user("")
    assert Person.objects.count() == 0
