"""GeoPackage and what else GDAL reads, as GIS programs write them: assets and layers come out as from GeoJSON.

After public reports: bravemaster3/GeoDeploy#95 and geopandas/pyogrio#355 (of several layers the first was read in
silence), Toblerity/Fiona#789 (features without a shape).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places.inventory import load_assets
from kentongan.places.inventory_files import Columns
from kentongan.places.loading import load_layer
from kentongan.places.models import Asset, Feature, Layer

pytestmark = pytest.mark.django_db
LAMPS = [(106.8272, -6.1754), (106.8273, -6.1754), (106.8274, -6.1754)]


def write(path: Path, shapes: list[Any], crs: str = "EPSG:4326", layer: str = "lampu", **fields: list[Any]) -> Path:
    """A file of one layer more, as GDAL writes it; its kind by its name."""
    packed = np.array([shapely.to_wkb(one) if one is not None else None for one in shapes], dtype=object)
    columns = [np.array(one, dtype=object if isinstance(one[0], str) else None) for one in fields.values()]
    told: dict[str, Any] = {"layer": layer} if path.suffix == ".gpkg" else {}
    pyogrio.raw.write(
        str(path), packed, columns, list(fields), crs=crs, geometry_type="Unknown", append=path.exists(), **told
    )
    return path


def points() -> list[Any]:
    return [shapely.Point(*one) for one in LAMPS]


def known() -> list[tuple[str, str]]:
    return list(Asset.objects.filter(ended_at=None).order_by("own_id").values_list("own_id", "name"))


@pytest.mark.parametrize("kind", ["gpkg", "fgb", "shp"])
def test_assets_come_from_what_gis_programs_write(tmp_path: Path, kind: str) -> None:
    shapes = [shapely.MultiPoint([LAMPS[0]]), shapely.MultiPoint([LAMPS[1]])]
    path = write(tmp_path / f"lampu.{kind}", shapes, no_tiang=["00123", "00124"], nama=["Jl. Merdeka", "Jl. Cikini"])
    assert load_assets([path], "street_light", Columns("no_tiang")).faults == []
    assert known() == [("00123", "Jl. Merdeka"), ("00124", "Jl. Cikini")]
    assert places.nearest_assets("street_light", *LAMPS[0])[0].id == "00123"
    assert load_assets([path], "street_light", Columns("no_tiang")).same == 2


def test_numbers_gaps_heights_and_rows_without_a_shape_are_read_as_they_are_meant(tmp_path: Path) -> None:
    shapes = [shapely.Point(*LAMPS[0], 12.5), None, shapely.LineString(LAMPS)]
    path = write(tmp_path / "a.gpkg", shapes, id=[7.0, 8.0, np.nan], name=["a", "b", "c"])
    taken = load_assets([path], "bridge", Columns())
    assert known() == [("7", "a")]
    assert [fault.partition(": ")[2] for fault in taken.faults] == ["it has no geometry", "its id is missing"]


def test_the_key_of_a_row_may_be_the_id_where_a_geopackage_has_no_other(tmp_path: Path) -> None:
    load_assets([write(tmp_path / "a.gpkg", points(), nama=["a", "b", "c"])], "tree", Columns("fid"))
    assert [own_id for own_id, _name in known()] == ["1", "2", "3"]


def test_of_several_layers_none_is_guessed_and_tables_and_styles_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "two.gpkg", points(), id=["1", "2", "3"])
    table = {"layer": "layer_styles", "geometry_type": None, "append": True}
    pyogrio.raw.write(str(path), None, [np.array(["x"], dtype=object)], ["style"], **table)
    assert load_assets([path], "tree", Columns()).new == 3
    write(path, points()[:1], layer="pohon", id=["9"])
    with pytest.raises(Problem, match="bad_file") as told:
        load_assets([path], "tree", Columns())
    assert "several layers (lampu, pohon)" in str(told.value.detail)
    assert "ogr2ogr one.gpkg two.gpkg lampu" in str(told.value.detail)
    assert len(known()) == 3


@pytest.mark.parametrize("wrong", ["utm", "cut", "other"])
def test_metres_a_file_cut_short_and_another_file_change_nothing(tmp_path: Path, wrong: str) -> None:
    load_assets([write(tmp_path / "a.gpkg", points(), id=["1", "2", "3"])], "tree", Columns())
    path = tmp_path / "b.gpkg"
    if wrong == "utm":
        write(path, [shapely.Point(701533, 9315000)], "EPSG:32748", id=["1"])
    else:
        whole = (tmp_path / "a.gpkg").read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if wrong == "cut" else b"id,lon,lat\n1,106.8,-6.1\n")
    with pytest.raises(Problem, match="bad_file") as told:
        load_assets([path], "tree", Columns())
    assert ("EPSG:32748" if wrong == "utm" else "cannot be read") in str(told.value.detail)
    assert len(known()) == 3


def test_a_layer_of_roads_comes_from_a_geopackage_too(tmp_path: Path) -> None:
    roads = [shapely.MultiLineString([LAMPS[:2]]), shapely.LineString(LAMPS[1:])]
    path = write(tmp_path / "jalan.gpkg", roads, name=["Jalan Satu", "Jalan Dua"])
    assert load_layer(path, Layer(code="national_road", owner="national", reach=25)).taken == 2
    assert sorted(Feature.objects.values_list("name", flat=True)) == ["Jalan Dua", "Jalan Satu"]


def test_without_the_package_that_brings_gdal_the_command_says_which_one(tmp_path: Path, monkeypatch) -> None:
    import sys

    path = write(tmp_path / "a.gpkg", points(), id=["1", "2", "3"])
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(Problem, match="bad_file") as told:
        load_assets([path], "tree", Columns())
    assert "kentongan[gis]" in str(told.value.detail)
