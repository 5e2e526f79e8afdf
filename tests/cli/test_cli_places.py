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


@pytest.fixture
def installed(tmp_path):
    settings = {"KENTONGAN_DATA": str(tmp_path / "data"), "KENTONGAN_MODE": "test"}
    assert kentongan("migrate", **settings).returncode == 0
    return settings


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
