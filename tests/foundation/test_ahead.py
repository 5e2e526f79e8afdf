"""Work that a second process does ahead: the same answers and the same faults as without it."""

from __future__ import annotations

import gc
import itertools
import os
import signal

import pytest
from django.db import transaction

from kentongan.catalogue.models import Category
from kentongan.foundation.ahead import ahead
from kentongan.foundation.problems import Problem
from tests.world import load_world


def process_ids():
    yield os.getpid()


def collecting():
    yield gc.isenabled()


def faulty():
    yield 1
    raise Problem("bad_file", 422, "no such column", field="file")


def dying():
    yield 1
    os._exit(9)


def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield from itertools.count()


def categories():
    yield Category.objects.count()


@pytest.mark.django_db(transaction=True)
def test_pieces_come_in_their_order_from_another_process():
    assert list(ahead(lambda: iter(range(5)))) == [0, 1, 2, 3, 4]
    assert list(ahead(process_ids)) != [os.getpid()]
    assert list(ahead(collecting)) == [False]  # a fifth of all that it does
    assert gc.isenabled()


@pytest.mark.django_db(transaction=True)
def test_both_processes_can_ask_the_database():
    load_world()
    there = Category.objects.count()
    assert there
    assert list(ahead(categories)) == [there]
    assert Category.objects.count() == there


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_there_is_told_here_with_all_its_words():
    pieces = ahead(faulty)
    assert next(pieces) == 1
    with pytest.raises(Problem) as caught:
        next(pieces)
    assert (caught.value.code, caught.value.detail, caught.value.field) == ("bad_file", "no such column", "file")


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_does_not_pass_for_one_that_is_ready():
    with pytest.raises(RuntimeError, match="ended before"):
        list(ahead(dying))


@pytest.mark.django_db(transaction=True)
def test_who_stops_reading_early_leaves_no_process_behind():
    pieces = ahead(lambda: iter(range(1_000_000)))
    assert next(pieces) == 0
    pieces.close()
    assert list(ahead(lambda: iter("ab"))) == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_does_not_let_itself_be_ended_ends_when_nobody_reads_on(capfd):
    pieces = ahead(deaf)
    assert next(pieces) == 0
    pieces.close()  # waits for its end
    assert not capfd.readouterr().err


@pytest.mark.django_db
def test_inside_a_transaction_all_is_done_by_the_one_who_sees_it():
    with transaction.atomic():
        assert list(ahead(process_ids)) == [os.getpid()]
