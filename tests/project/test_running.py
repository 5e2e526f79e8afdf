"""How the suite itself runs: in which order, and what one test leaves to the next."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from hypothesis import given
from hypothesis import strategies as some

from kentongan.people.models import Person
from tests import emptying, longest


class _Test:
    def __init__(self, number: int, long: bool) -> None:
        self.number, self.long = number, long

    def get_closest_marker(self, name: str) -> bool:
        return name == "long" and self.long


@given(some.lists(some.booleans(), max_size=60), some.integers(1, 6))
def test_none_is_left_out_or_run_twice_and_every_process_begins_with_long_ones(
    long: list[bool], processes: int
) -> None:
    items = [_Test(number, whether) for number, whether in enumerate(long)]
    dealt = longest.first(items, processes)
    assert sorted(one.number for one in dealt) == list(range(len(items)))
    if sum(long) >= processes and len(items) >= 3 * sum(long):
        begins = [len(items) * number // processes for number in range(processes)]
        assert all(dealt[at].long or dealt[at + 1].long for at in begins)  # where stretches are not alike, one beside


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_nothing_but_what_belongs_to_the_tables(world: None) -> None:
    Person.objects.create(email="left@example.org")
    types, permissions = ContentType.objects.count(), Permission.objects.count()
    emptying._empty(None)
    assert not Person.objects.exists()
    assert (ContentType.objects.count(), Permission.objects.count()) == (types, permissions)
    assert permissions
