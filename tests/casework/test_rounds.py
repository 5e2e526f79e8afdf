"""The order of an officer's round: short, and at what is due before it is."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from kentongan.casework.rounds import MOST, Place, order
from kentongan.places import distance

LON, LAT = 106.82, -6.17


def town(seed: int, number: int, due: bool = False) -> list[Place]:
    """Places within some three kilometres; with `due`, each has hours left or is late."""
    draws = np.random.default_rng(seed)
    spots = draws.uniform(-0.014, 0.014, (number, 2))
    times = draws.uniform(-20_000, 30_000, number) if due else [None] * number
    return [Place(LON + lon, LAT + lat, time) for (lon, lat), time in zip(spots.tolist(), times, strict=True)]


def way(places: list[Place], found: list[int]) -> float:
    return sum(
        distance(places[one].lon, places[one].lat, places[other].lon, places[other].lat)
        for one, other in pairwise(found)
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_round_without_deadlines_is_hardly_longer_than_the_shortest_there_is(seed):
    places = town(seed, 7)
    best = min(way(places, list(one)) for one in permutations(range(7)))
    assert way(places, order(places)) <= best * 1.05


def test_every_place_is_in_the_round_once_and_the_same_places_give_the_same_round():
    places = town(9, MOST, due=True)
    found = order(places, (LON, LAT))
    assert sorted(found) == list(range(MOST))
    assert found == order(places, (LON, LAT))
    assert order([]) == []


def test_what_is_late_comes_before_what_is_near():
    near = [Place(LON + 0.001 * at, LAT) for at in range(6)]
    late = Place(LON + 0.02, LAT, due=-3600)
    assert order([*near, late], (LON, LAT))[0] == len(near)
    assert order([*near, Place(LON + 0.02, LAT, due=86_400)], (LON, LAT))[-1] == len(near)


def test_a_detour_to_what_is_due_at_the_end_of_the_day_is_not_made_at_its_beginning():
    row = [Place(LON + 0.002 * at, LAT, due=8 * 3600) for at in range(8)]
    assert order(row[::-1], (LON - 0.01, LAT)) == list(range(8))[::-1]


def test_places_at_one_spot_and_places_far_apart_are_ordered_too():
    assert sorted(order([Place(LON, LAT)] * 5)) == [0, 1, 2, 3, 4]
    assert sorted(order([Place(95.0, 5.5, -1), Place(141.0, -2.5, 1), Place(LON, LAT, 0)])) == [0, 1, 2]
