"""Outlines for the map: ready for large areas, true to the land, and light."""

import shapely
from shapely import box

from kentongan.places import index


def test_regencies_and_provinces_are_dissolved_from_their_villages(tmp_path):
    villages = [
        ("31.71.01.1001", box(106.0, -6.0, 106.1, -5.9)),
        ("31.71.01.1002", box(106.1, -6.0, 106.2, -5.9)),
        ("31.72.01.1001", box(106.2, -6.0, 106.3, -5.9)),
        ("32.01.01.2001", box(107.0, -6.0, 107.1, -5.9)),
    ]
    index.build(tmp_path / "index", villages, [], {})
    found = index.Index(tmp_path / "index")
    assert found.outline("31.71").equals(box(106.0, -6.0, 106.2, -5.9))
    assert found.outline("31").equals(box(106.0, -6.0, 106.3, -5.9))
    assert found.outline("32.01").equals(found.outline("32"))
    assert found.outline("31.71.01") is None


def test_villages_that_overlap_by_a_metre_still_dissolve(tmp_path):
    villages = [("31.71.01.1001", box(106.0, -6.0, 106.1, -5.9)), ("31.71.01.1002", box(106.099995, -6.0, 106.2, -5.9))]
    index.build(tmp_path / "index", villages, [], {})
    outline = index.Index(tmp_path / "index").outline("31.71")
    assert outline.is_valid
    assert shapely.area(outline.symmetric_difference(box(106.0, -6.0, 106.2, -5.9))) < 1e-5
