"""Made-up street lights around the places of the demonstration, so that choosing one can be seen."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

from kentongan import places
from kentongan.demo.samples import material
from kentongan.places import assets
from kentongan.places.inventory import load_assets
from kentongan.places.inventory_files import Columns
from kentongan.places.models import Asset

LAYER, MARK = "street_light", "CONTOH-"
APART = 0.0004  # degrees between two lamps, about 44 m
EACH_WAY = 3  # lamps north, south, east and west of the middle of a place


def load() -> int:
    """Puts the lamps up where no street lights are known yet; returns how many."""
    if LAYER in places.asset_layers():
        return 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lamps.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "name", "lon", "lat"])
            rows.writerows(_rows())
        return load_assets([path], LAYER, Columns()).new


def remove() -> None:
    """Takes the lamps away, and none of an operator's."""
    if Asset.objects.filter(layer=LAYER, own_id__startswith=MARK).delete()[0]:
        assets.forget()


def _rows() -> list[tuple[str, str, float, float]]:
    found: list[tuple[str, str, float, float]] = []
    for name, lon, lat, _many in material()["places"]:
        steps = range(-EACH_WAY, EACH_WAY + 1)
        for east, north in [(step, 0) for step in steps] + [(0, step) for step in steps if step]:
            number = f"{MARK}{len(found) + 1:04d}"
            found.append((number, f"Lampu {name}", round(lon + east * APART, 6), round(lat + north * APART, 6)))
    return found
