"""Areas by code and by name, and their outlines for the map."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import shapely

from kentongan.places import gazetteer, outlines
from kentongan.places.gazetteer import Area
from kentongan.places.opening import opened

_KINDS = ("kabupaten ", "kota ", "kecamatan ", "kelurahan ", "desa ", "provinsi ", "kab. ", "kec. ")


def area(code: str) -> Area | None:
    """The area with this Kemendagri code, or None."""
    return gazetteer.areas().get(code)


def search(text: str, limit: int = 10) -> list[Area]:
    """Areas of today whose name begins with or contains the text: larger areas and exact names first."""
    wanted = _plain(text)
    if len(wanted) < 2:
        return []
    index = opened()
    past = set(index.facts.get("not_in_force", "").split()) if index else set()
    found = []
    for name, one in _names(id(gazetteer.areas())):
        at = name.find(wanted)
        if at >= 0 and one.code not in past:
            rank = 0 if name == wanted else 1 if at == 0 else 2
            found.append((rank, one.code.count("."), len(name), one.code, one))
    return [entry[-1] for entry in sorted(found, key=lambda entry: entry[:4])[:limit]]


def outline(code: str) -> dict[str, Any] | None:
    """The boundary of an area as a GeoJSON geometry, simplified for a map; None without polygons."""
    return _outline(code)  # a cached function's own arguments are not seen by a type checker


@lru_cache(maxsize=512)
def _outline(code: str) -> dict[str, Any] | None:
    index = opened()
    if index is None:
        return None
    found = index.outline(code)
    if found is None and (pieces := index.of(code)):
        found = outlines.simplified(outlines.dissolved(pieces), code.count(".") + 1)
    if found is None:
        return None
    return dict(shapely.geometry.mapping(shapely.transform(found, lambda pairs: pairs.round(4))))


def _plain(text: str) -> str:
    lowered = " ".join(text.lower().split())
    for kind in _KINDS:
        lowered = lowered.removeprefix(kind)
    return lowered


@lru_cache(maxsize=1)
def _names(_of: int) -> list[tuple[str, Area]]:
    return [(_plain(one.name), one) for one in gazetteer.areas().values()]
