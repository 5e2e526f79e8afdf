"""A person by their key, as every page asks for who is signed in, is the one that Django would read."""

import pytest

from kentongan.people.models import Person


def test_a_person_is_found_by_their_key_by_nothing_else_and_costs_no_written_statement(
    db, django_assert_num_queries
) -> None:
    one, other = (Person.objects.create_user(f"{name}@contoh.id", name=name.title()) for name in ("warga", "petugas"))
    with django_assert_num_queries(0):
        assert Person.objects.get(pk=str(one.pk)) == one
    assert Person.objects.get(pk=other.pk).name == "Petugas"
    assert Person.objects.get(email="warga@contoh.id") == one
    assert Person.objects.filter(name="Warga").get(pk=one.pk) == one
    with pytest.raises(Person.DoesNotExist):
        Person.objects.filter(name="Warga").get(pk=other.pk)
    with pytest.raises(Person.DoesNotExist):
        Person.objects.get(pk=0)
