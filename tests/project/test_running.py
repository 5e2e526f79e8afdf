"""How the suite itself runs: in which order, and what one test leaves to the next."""

from __future__ import annotations

from itertools import groupby

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from hypothesis import example, given
from hypothesis import strategies as some

from kentongan.people.models import Person
from tests import emptying, longest


class _Test:
    def __init__(self, number: int, mark: str) -> None:
        self.number, self.mark, self.path, self.module = number, mark, number // 3, None

    def get_closest_marker(self, name: str) -> bool:
        return name == self.mark


@given(some.lists(some.sampled_from(["long", "browser", "", ""]), max_size=60), some.integers(1, 6))
@example(["", "", "", "", "long", "", "", "long", "long", "", "long", "", "", ""], 4)  # stretches of 3, 3, 4 and 4
def test_none_is_left_out_or_run_twice_and_every_process_begins_with_long_ones(
    marks: list[str], processes: int
) -> None:
    items = [_Test(number, mark) for number, mark in enumerate(marks)]
    dealt = longest.first(items, processes)
    assert sorted(one.number for one in dealt) == list(range(len(items)))
    shown = [one.path for one in dealt if one.mark == "browser"]
    assert len([path for path, _same in groupby(shown)]) == len(set(shown))  # each file has its browser once
    if marks.count("long") >= processes and len(items) >= 3 * sum(1 for mark in marks if mark):
        begun = 0
        for left in range(processes, 0, -1):  # as pytest-xdist gives each process its stretch
            assert dealt[begun].mark == "long"
            begun += (len(items) - begun) // left


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_nothing_but_what_belongs_to_the_tables(world: None) -> None:
    Person.objects.create(email="left@example.org")
    types, permissions = ContentType.objects.count(), Permission.objects.count()
    emptying._empty(None)
    assert not Person.objects.exists()
    assert (ContentType.objects.count(), Permission.objects.count()) == (types, permissions)
    assert permissions
