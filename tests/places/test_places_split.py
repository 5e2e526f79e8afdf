"""A region is split: new areas are data, their names are known everywhere, and old reports keep what they had."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from kentongan import bodies, places, routing
from kentongan.foundation.problems import Problem
from kentongan.places import country, gazetteer
from kentongan.places.loading import end_areas, load_areas
from kentongan.reports.models import Report
from tests.world import submission

VILLAGE = (106.81, -6.16)


def written(path: Path, code: str, name: str, kind: str, box: tuple[float, float, float, float]) -> Path:
    """A boundary file of one area."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature", "properties": {"code": code, "name": name, "type": kind},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


def found_in_search() -> set[str]:
    """Of the two villages of the test, those that a search offers."""
    both = [*places.search("gambir", 100), *places.search("baru", 1000)]
    return {one.code for one in both} & {"31.71.01.1001", "31.91.01.1001"}


@pytest.mark.django_db
def test_a_new_village_has_its_name_on_pages_in_answers_and_in_the_search(
    world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = routing.submit(submission(at=VILLAGE), None).report.village_code
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setattr(gazetteer, "FRESH", 0.0)
    half = written(tmp_path / "a.geojson", "31.71.01.9001", "Gambir Baru", "Kelurahan", (106.80, -6.20, 106.82, -6.15))
    load_areas(half, "village")
    country.build_index()

    assert places.locate(*VILLAGE).areas[-1].name == "Gambir Baru"
    assert "31.71.01.9001" in [area.code for area in places.search("gambir baru")]
    report = routing.submit(submission(at=VILLAGE), None).report
    assert report.village_code == "31.71.01.9001"
    client = Client()
    assert "Gambir Baru" in client.get(f"/r/{report.code}").content.decode()
    assert client.get("/area/31.71.01.9001").status_code == 200
    assert Report.objects.order_by("pk")[0].village_code == before


@pytest.mark.django_db
def test_a_new_regency_gets_a_government_by_loading_the_bodies_again(
    world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setattr(gazetteer, "FRESH", 0.0)
    new = written(tmp_path / "b.geojson", "32.99", "Kabupaten Bekasi Utara", "Kabupaten", (107.0, -6.3, 107.2, -6.0))
    load_areas(new, "regency")
    country.build_index()
    bodies.load()
    assert bodies.get("32.99").name_id.endswith("Bekasi Utara")


@pytest.mark.django_db
def test_a_new_name_from_a_day_on_is_shown_and_a_file_without_a_day_renames_nothing(
    world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setattr(gazetteer, "FRESH", 0.0)
    box = (106.80, -6.20, 106.83, -6.15)
    load_areas(written(tmp_path / "c.geojson", "31.71.01.1001", "GAMBIR", "Kelurahan", box), "village")
    country.build_index()
    assert gazetteer.areas()["31.71.01.1001"].name == "Gambir"
    later = written(tmp_path / "d.geojson", "31.71.01.1001", "Gambir Tengah", "Kelurahan", box)
    load_areas(later, "village", valid_from=date(2026, 1, 1))
    country.build_index()
    assert gazetteer.areas()["31.71.01.1001"].name == "Gambir Tengah"


@pytest.mark.django_db
def test_villages_that_get_new_codes_end_on_a_day_and_their_reports_keep_what_they_had(
    world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setattr(gazetteer, "FRESH", 0.0)
    box, today = (106.80, -6.20, 106.83, -6.15), timezone.localdate()
    tomorrow = today + timedelta(days=1)
    load_areas(written(tmp_path / "old.geojson", "31.71.01.1001", "Gambir", "Kelurahan", box), "village")
    new = [
        ("31.91", "regency", "Kota"),
        ("31.91.01", "district", "Kecamatan"),
        ("31.91.01.1001", "village", "Kelurahan"),
    ]
    for code, level, kind in new:
        load_areas(written(tmp_path / f"{code}.geojson", code, f"{kind} Baru", kind, box), level, valid_from=tomorrow)
    end_areas(["31.71.01"], tomorrow)
    country.build_index()
    report = routing.submit(submission(at=VILLAGE), None).report
    assert report.village_code == "31.71.01.1001"
    assert country.renew() == 0
    assert found_in_search() == {"31.71.01.1001"}

    monkeypatch.setattr(timezone, "localdate", lambda: tomorrow)
    assert country.renew() == 1
    assert [area.code for area in places.locate(*VILLAGE).areas] == ["31", "31.91", "31.91.01", "31.91.01.1001"]
    assert country.renew() == 0
    assert found_in_search() == {"31.91.01.1001"}
    assert "Gambir" in Client().get(f"/r/{report.code}").content.decode()


@pytest.mark.django_db
def test_only_areas_that_are_loaded_can_end() -> None:
    with pytest.raises(Problem) as refused:
        end_areas(["99"], timezone.localdate())
    assert refused.value.code == "unknown_area"


@pytest.mark.django_db
def test_a_government_of_a_region_whose_name_lacks_its_kind_has_a_name_all_the_same(
    world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setattr(gazetteer, "FRESH", 0.0)
    load_areas(written(tmp_path / "e.geojson", "32.98", "Bekasi Selatan", "", (107.0, -6.3, 107.2, -6.0)), "regency")
    country.build_index()
    bodies.load()
    assert bodies.get("32.98").name_en == "Bekasi Selatan Government"
