"""Whatever shape a boundary has, a file goes in whole, index included, or not at all; nothing ends in a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from kentongan.foundation.problems import Problem
from kentongan.places import country, here, index, loading, opening
from kentongan.places.models import Area

pytestmark = pytest.mark.django_db
GOOD, ODD = "31.71.01.1001", "31.71.02.1001"
W, S = 106.83, -6.20  # beside the good one
RINGS: dict[str, tuple[bool, list[list[tuple[float, float]]]]] = {  # whether it goes in, and its rings
    "sliver of a nanodegree": (True, [[(W, S), (W + 0.1, S), (W + 0.1, S + 1e-9)]]),
    "sliver across many pieces": (True, [[(W, S), (W + 0.21072, S - 0.16961), (W + 0.21, S - 0.16952)]]),
    "every corner ten times": (True, [[p for p in [(W, S), (W + 0.1, S), (W + 0.1, S + 0.1)] for _ in range(10)]]),
    "hole that touches the shell": (
        True, [[(W, S), (W + 0.1, S), (W + 0.1, S + 0.1), (W, S + 0.1)],
               [(W, S + 0.05), (W + 0.05, S + 0.04), (W + 0.05, S + 0.06)]],
    ),
    "shell that touches itself": (
        False, [[(W, S), (W + 0.1, S), (W + 0.05, S + 0.05), (W + 0.1, S + 0.1), (W, S + 0.1), (W + 0.05, S + 0.05)]],
    ),
    "bow tie": (False, [[(W, S), (W + 0.1, S + 0.1), (W + 0.1, S), (W, S + 0.1)]]),
    "spike": (False, [[(W, S), (W + 0.1, S), (W + 0.1, S + 0.1), (W + 0.2, S + 0.2), (W + 0.1, S + 0.1), (W, S)]]),
    "line there and back": (False, [[(W, S), (W + 0.1, S), (W, S)]]),
    "one point": (False, [[(W, S)] * 4]),
}  # fmt: skip


def feature(code: str, rings: list[list[tuple[float, float]]]) -> dict[str, Any]:
    closed = [[*ring, ring[0]] for ring in rings]
    return {
        "type": "Feature", "properties": {"code": code, "name": "Gambir"},
        "geometry": {"type": "Polygon", "coordinates": closed},
    }  # fmt: skip


def load(path: Path, *features: dict[str, Any]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    incoming = loading.Incoming()
    loading.read_areas(path, "village", incoming)
    country.take_in(incoming)


@pytest.fixture
def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A country of one village, and where its index lies."""
    there = tmp_path / "places.index"
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(there))
    load(tmp_path / "good.geojson", feature(GOOD, [list(shapely.box(106.80, -6.20, 106.83, -6.15).exterior.coords)]))
    return there


@pytest.mark.parametrize("kind", RINGS)
def test_a_thin_or_twisted_boundary_goes_in_whole_or_is_named(before: Path, tmp_path: Path, kind: str) -> None:
    taken, rings = RINGS[kind]
    kept = before.read_bytes()
    if taken:
        load(tmp_path / "odd.geojson", feature(ODD, rings))
        assert set(Area.objects.values_list("code", flat=True)) == {GOOD, ODD}
        assert here.source().features == 2
        inside = shapely.Polygon(rings[0], rings[1:]).representative_point()
        assert here.locate(inside.x, inside.y).areas
    else:
        with pytest.raises(Problem) as refused:
            load(tmp_path / "odd.geojson", feature(ODD, rings))
        assert ODD in str(refused.value.extra) or "geometry" in str(refused.value.extra)
        assert list(Area.objects.values_list("code", flat=True)) == [GOOD]
        assert before.read_bytes() == kept
    assert here.locate(106.82, -6.17).areas[-1].code == GOOD


@pytest.mark.parametrize(
    ("at", "fault", "said"),
    [
        ("pieces", shapely.errors.GEOSException("IllegalArgumentException"), f"{ODD}: its boundary cannot be cut"),
        ("_write", OSError(28, "No space left on device"), "cannot be written"),
        ("put", Problem("no_index", 507, "it cannot be put in place"), "put in place"),
    ],
)
def test_a_fault_at_any_point_is_said_and_leaves_tables_and_index_as_they_were(
    before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, fault: Exception, said: str
) -> None:
    def fails(*_given: object, **_named: object) -> None:
        raise fault

    kept = before.read_bytes()
    monkeypatch.setattr(index, at, fails)
    with pytest.raises(Problem) as refused:
        load(tmp_path / "more.geojson", feature(ODD, RINGS["every corner ten times"][1]))
    assert said in str(refused.value.detail).replace(GOOD, ODD)  # the first village that is cut is the good one
    assert list(Area.objects.values_list("code", flat=True)) == [GOOD]
    assert before.read_bytes() == kept
    assert sorted(path.name for path in before.parent.iterdir() if "index" in path.name) == ["places.index"]


def test_a_damaged_index_is_made_anew_by_preparing_the_country(before: Path) -> None:
    before.write_bytes(b"no index of ours" * 400)
    assert opening.index_fault()
    assert here.locate(106.82, -6.17).quality == "approximate"
    country.prepare()
    assert not opening.index_fault()
    assert here.locate(106.82, -6.17).areas[-1].code == GOOD
