"""Whatever people type: places as `finding` has them, and among them the things whose number or name it is."""

from __future__ import annotations

from kentongan.places import finding, here
from kentongan.places.addressing import called as area_called
from kentongan.places.assets import Thing, assets_typed, sought
from kentongan.places.finding import Found, Point

SURE = 3  # things that bear the number itself: they come before everything
BEGUN = 3  # things whose number or name only begins so: a common name is a street first


def find(text: str, near: Point | None = None, limit: int = 10) -> list[Found]:
    """What `text` may mean, the likeliest first, at most `limit`; nearest to `near` (lon, lat in degrees) first where
    names fit alike. Never raises: what means nothing finds nothing.
    """
    found = finding.find(text, near, limit)
    if found and found[0].kind == "coordinate":
        return found
    things, wanted = assets_typed(text, near, limit), sought(text)
    sure = [one for one in things if sought(one.id) == wanted][:SURE]
    begun = [one for one in things if one not in sure]
    room = limit - len(sure)
    places = found[: max(room - min(len(begun), BEGUN), 0)]
    return [*map(_told, sure), *places, *map(_told, begun)][:limit]


def _told(one: Thing) -> Found:
    areas = here.locate(one.lon, one.lat).areas
    within = ", ".join(area_called(area) for area in reversed(areas[1:]))
    return Found("asset", one.label, within, one.lon, one.lat, "", one.distance, one.layer, asset=one)
