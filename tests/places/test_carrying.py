"""The places of a province in one small file for phones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kentongan import places
from kentongan.places import carrying
from kentongan.places.osm.taking import take
from tests.places.streets import menteng


@pytest.mark.parametrize("code", ["31", "33", "35", "95"])
def test_the_file_of_a_province_is_small_and_every_place_lies_in_one_before_it(code: str) -> None:
    made = places.province_file(code)
    assert len(made) <= carrying.MOST_BYTES
    told = json.loads(made)
    assert told["province"] == code
    assert len(told["places"]) > 200
    for at, (name, within, lon, lat) in enumerate(told["places"]):
        assert name
        assert -1 <= within < at
        assert 94 < lon < 142
        assert -12 < lat < 7


def test_streets_and_landmarks_come_after_the_areas_that_they_lie_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    take(menteng().write(tmp_path / "extract.osm"), lambda *_told: None)
    lines = json.loads(places.province_file("31"))["places"]
    (street,) = [line for line in lines if line[0] == "Jl. H. Agus Salim"]
    assert lines[street[1]][0] == "Kel. Kebon Sirih"
    assert lines[lines[street[1]][1]][0] == "Kec. Menteng"
    assert [line[0] for line in lines].index("RS Contoh") < [line[0] for line in lines].index("Jl. H. Agus Salim")


def test_what_does_not_fit_is_left_out_the_lightest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "MOST_BYTES", 20_000)
    carrying._made.cache_clear()
    made = places.province_file("33")
    carrying._made.cache_clear()
    assert 19_000 < len(made) <= 20_000
    assert json.loads(made)["places"][0][0].startswith(("Kab.", "Kota"))


@pytest.mark.parametrize("code", ["", "99", "31.71", "3", "x", "31/../32"])
def test_what_is_no_province_has_no_file(code: str) -> None:
    with pytest.raises(KeyError):
        places.province_file(code)
