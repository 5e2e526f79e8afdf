"""`kentongan places`: a file goes in whole or not at all, and each wrong feature is named."""

import json

import pytest

from tests.cli.test_cli import kentongan


def square(lon, lat, code, size=0.05):
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": "Gambir"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def write(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return str(path)


def test_boundaries_are_loaded_and_the_country_is_exact(installed, tmp_path):
    file = write(tmp_path / "villages.geojson", square(106.8, -6.2, "31.71.01.1001"))
    result = kentongan("places", "load", file, "--level", "village", **installed)
    assert result.returncode == 0, result.stderr
    assert "1 taken, 0 left out" in result.stdout
    assert "comes from polygons" in result.stdout


def test_a_wrong_feature_is_named_and_nothing_is_loaded_unless_told(installed, tmp_path):
    good, bad = square(106.8, -6.2, "31.71.01.1001"), square(107.8, -6.2, "99.99.99.9999")
    file = write(tmp_path / "villages.geojson", good, bad)
    refused = kentongan("places", "load", file, "--level", "village", **installed)
    assert refused.returncode == 1
    assert "feature 2 (99.99.99.9999)" in refused.stdout
    assert "Traceback" not in refused.stderr
    taken = kentongan("places", "load", file, "--level", "village", "--skip-invalid", **installed)
    assert "1 taken, 1 left out" in taken.stdout


def test_without_polygons_there_is_no_accuracy_to_measure(installed):
    result = kentongan("places", "accuracy", **installed)
    assert result.returncode == 1
    assert "no polygons to compare with" in result.stderr


def test_where_the_index_cannot_be_read_or_written_it_is_one_line_and_nothing_is_loaded(installed, tmp_path):
    (tmp_path / "data/places.index").mkdir()  # stands for a disk that fails
    file = write(tmp_path / "b.geojson", square(107.0, -6.2, "31.71.02.1001"))
    refused = kentongan("places", "load", file, "--level", "village", **installed)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    (tmp_path / "data/places.index").rmdir()
    first = write(tmp_path / "a.geojson", square(106.8, -6.2, "31.71.01.1001"))
    assert ": 1 areas" in kentongan("places", "load", first, "--level", "village", **installed).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ('{"type": "FeatureCollection", "features": []}', ""),
        ("code,name\n31.71.01.1001,Gambir\n", "no geometry"),
    ],
)
def test_whatever_a_file_holds_it_is_one_line_and_no_traceback(installed, tmp_path, text, said):
    file = tmp_path / ("b.csv" if text.startswith("code") else "b.geojson")
    file.write_text(text)
    result = kentongan("places", "load", str(file), "--level", "village", **installed)
    assert "Traceback" not in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize("odd", [{"population": "n/a"}, {"population": -1}, {"name": "G" * 300}, {"code": 3171}])
def test_odd_fields_are_a_fault_of_their_feature_or_none(installed, tmp_path, odd):
    feature = square(106.8, -6.2, "31.71.01.1001")
    feature["properties"] |= odd
    result = kentongan("places", "load", write(tmp_path / "b.geojson", feature), "--level", "village", **installed)
    assert "Traceback" not in result.stderr
    assert result.returncode == (0 if "population" in odd else 1)


def test_street_lights_are_loaded_and_a_wrong_row_is_named_with_its_line(installed, tmp_path):
    file = tmp_path / "lamps.csv"
    file.write_text("no_tiang;bujur;lintang\nPJU-1;106,8272;-6,1754\n;106,8273;-6,1754\nPJU-3;701533;9315000\n")
    asked = ("places", "load", str(file), "--layer", "street_light", "--assets", "--id-field", "no_tiang")
    result = kentongan(*asked, **installed)
    assert result.returncode == 0, result.stderr
    assert "street_light: 1 new, 0 changed, 0 back, 0 as they were, 0 ended; 2 rows left out." in result.stdout
    assert "lamps.csv, row 3: its id is missing" in result.stdout
    assert "row 4: it lies outside the world" in result.stdout
    file.write_text("no_tiang;bujur;lintang\nPJU-1;106,8272;-6,1754\nPJU-2;106,8")
    refused = kentongan(*asked, **installed)
    assert refused.returncode == 1
    assert "cut short" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "goes with --layer" in kentongan("places", "load", str(file), "--assets", **installed).stderr
