"""Areas by code, by name and by address, and their outlines for the map."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import shapely
from django.utils.translation import gettext_lazy as _
from rapidfuzz import process
from rapidfuzz.distance import OSA
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.places import gazetteer, naming, outlines, undivided
from kentongan.places.gazetteer import Area
from kentongan.places.opening import index_stamp, opened

SIMPLER = (0.003, 0.01, 0.03, 0.1)  # degrees by which borders of many areas are simplified, step by step
CORRECTED, TWICE = 5, 9  # letters from which on one slip in a name, and two, are forgiven


def area(code: str) -> Area | None:
    """The area with this Kemendagri code, or None."""
    return gazetteer.areas().get(code)


def below(code: str) -> list[Area]:
    """The areas that an area is divided into, one level down, by name."""
    depth = code.count(".") + 1
    found = (one for one in gazetteer.areas().values() if one.code.count(".") == depth)
    return sorted((one for one in found if one.code.startswith(f"{code}.")), key=lambda one: one.name)


def search(text: str, limit: int = 10) -> list[Area]:
    """Areas of today whose name begins with or contains the text: larger areas and exact names first.

    "Gambir, Jakarta Pusat" is sought in what the part behind the comma names, and "Gambir Jakarta Pusat" too.
    """
    first, *larger = naming.pieces(text[:200]) or [""]
    within = _within(larger)
    found = _found(first, within, limit) if within is None or within else []
    found = found or _found(naming.plain(text[:200]), None, limit) or _apart(first, limit) or _behind(first, limit)
    # A stroke is part of fifty names; elsewhere it is a comma.
    return found if found or "/" not in text else search(text.replace("/", ","), limit)


def called(piece: str) -> list[Area]:
    """The areas of today with exactly this name, and of this kind where one stands before it."""
    return naming.called(piece, None, _past())


def resembling(text: str, limit: int = 10) -> list[Area]:
    """Areas whose name is a slip away from the text, of a long name two; larger ones first."""
    name, kind = naming.read((naming.pieces(text[:200]) or [""])[0])
    wanted = naming.solid(name)
    if len(wanted) < CORRECTED:
        return []
    most, past = (1 if len(wanted) < TWICE else 2), _past()
    found: dict[str, tuple[int, Area]] = {}
    for length in range(len(wanted) - most, len(wanted) + most + 1):  # the others are farther away than that
        names, areas = naming.of_length(length)
        for _name, far, at in process.extract(wanted, names, scorer=OSA.distance, score_cutoff=most, limit=50):
            one = areas[at]
            if one.code not in past and naming.of_kind(one, kind):
                found[one.code] = min((int(far), one), found.get(one.code, (most, one)), key=_far)
    return [one for _distance, one in sorted(found.values(), key=_far)][:limit]


def _far(pair: tuple[int, Area]) -> tuple[int, int, str]:
    """Fewer slips first, then larger areas."""
    return pair[0], pair[1].code.count("."), pair[1].code


def address(text: str) -> Area:
    """The one area that an address names, smallest part first. A part counts only inside what the later parts name;
    what is no area there, such as a street, is left to who reads the address. A part that names a larger area, or says
    its kind, holds what the later parts name, or the address contradicts itself ("Jakarta, Monas", a village far away).
    A part may be several names without a comma between them.

    Raises Problem `address_not_found` where the last part names nothing, `address_ambiguous` where several may be
    meant (400 both).
    """
    found: list[Area] = []
    for piece in reversed(naming.pieces(text)):
        found = _narrower(piece, found) or _held(found, piece)
        if not found:
            break
    if not found:
        raise Problem("address_not_found", 400, _("This address was not found. Give lat and long."))
    one = _one(found)
    if one is None:
        raise Problem(
            "address_ambiguous", 400,
            _("Several places are called so. Add the district and the regency, or give lat and long."),
        )  # fmt: skip
    return one


def outline(code: str) -> dict[str, Any] | None:
    """The boundary of an area as a GeoJSON geometry, simplified for a map; None without polygons."""
    return _outline(code, index_stamp())


def borders(codes: Iterable[str], letters: int) -> list[dict[str, Any]]:
    """The boundaries of several areas as GeoJSON geometries, as much simpler as it takes for all of them to be written
    in `letters`, or as simple as a map can bear. Areas without polygons are left out."""
    return _borders(tuple(codes), letters, index_stamp())


def bounds(code: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of an area in degrees: its boundary, or else the places within it.

    None where fewer than two places are known.
    """
    return _bounds(code, index_stamp())


@remembered(maxsize=512)  # without boundaries all areas of the country are looked through
def _bounds(code: str, _of: int) -> tuple[float, float, float, float] | None:
    boundary = outline(code)
    if boundary:
        west, south, east, north = shapely.geometry.shape(boundary).bounds
        return west, south, east, north
    own = [one for key, one in gazetteer.areas().items() if one.own_point and key.startswith(f"{code}.")]
    if len(own) < 2:
        return None
    lons, lats = [one.lon for one in own], [one.lat for one in own]
    return min(lons), min(lats), max(lons), max(lats)


@remembered(maxsize=16)  # each up to a third of a megabyte
def _borders(codes: tuple[str, ...], letters: int, _of: int) -> list[dict[str, Any]]:
    told = [found for code in codes if (found := outline(code))]
    for size in SIMPLER:
        if len(json.dumps(told)) <= letters:
            break
        shapes = (outlines.seen(shapely.geometry.shape(one).simplify(size), size) for one in told)
        told = [_written(one) for one in shapes]
    return told


@remembered(maxsize=512)
def _outline(code: str, _of: int) -> dict[str, Any] | None:
    index = opened()
    if index is None:
        return None
    found = index.outline(code)
    if found is None and (pieces := index.of(code)):
        found = outlines.simplified(outlines.dissolved(pieces), code.count(".") + 1)
    if found is None:
        return None
    return _written(found)


def _written(found: BaseGeometry) -> dict[str, Any]:
    return dict(shapely.geometry.mapping(shapely.transform(found, lambda pairs: pairs.round(4))))


def _one(found: list[Area]) -> Area | None:
    """The area that holds all the others of its name (a city district named as its village), else the only city or
    regency; None where that leaves a choice."""
    outer = [one for one in found if not any(other is not one and naming.inside(one.code, [other.code])
                                             and other.code != one.code for other in found)]  # fmt: skip
    outer = list({one.code: one for one in outer}.values())
    if len(outer) > 1:
        outer = [one for one in outer if one.level in {"province", "regency"}]
    return outer[0] if len(outer) == 1 else None


def _narrower(piece: str, found: list[Area]) -> list[Area]:
    """The areas that a piece names inside those of the later pieces, with one name or with several."""
    within, past = naming.meant(found) if found else None, _past()
    if exact := naming.called(piece, within, past) or naming.called(_turned(piece), within, past):
        return exact
    areas, left = undivided.divided(piece, within, past)
    return _held(areas, left) if left else areas


def _held(found: list[Area], piece: str) -> list[Area]:
    """Those of the areas that the larger one of this piece holds; all where it names none."""
    if not found:
        return []
    depth, kind = min(one.code.count(".") for one in found), naming.read(piece)[1]
    larger = [one.code for one in naming.called(piece, None, _past()) if kind or one.code.count(".") < depth]
    return [one for one in found if naming.inside(one.code, larger)] if larger else found


def _within(larger: list[str]) -> list[str] | None:
    """The codes that the parts behind the first name, None where there are none of them."""
    within: list[str] | None = None
    for piece in reversed(larger):
        within = naming.meant(naming.called(piece, within, _past()))
    return within


def _apart(text: str, limit: int) -> list[Area]:
    """A smaller and a larger place without a comma between them."""
    words = text.split()[:6]
    for at in range(1, len(words)):
        within = naming.meant(naming.called(" ".join(words[at:]), None, _past()))
        if within and (found := _found(" ".join(words[:at]), within, limit)):
            return found
    return []


def _behind(text: str, limit: int) -> list[Area]:
    """A name with its kind behind it, as many lists have it: "Bekasi Kota"."""
    return _found(turned, None, limit) if (turned := _turned(text)) else []


def _turned(text: str) -> str:
    """A name whose kind stands behind it, with the kind before it; empty where none does."""
    name, _blank, kind = naming.plain(text).rpartition(" ")
    return f"{kind} {name}" if name and naming.read(f"{kind} {name}")[1] else ""


def _found(piece: str, within: list[str] | None, limit: int) -> list[Area]:
    name, kind = naming.read(piece)
    wanted = naming.solid(name)
    if len(wanted) < 2:
        return []
    begun = _ranked(naming.holding(wanted, at_start=True), wanted, kind, within)
    # What only holds the words comes after all that begin so, unless a kind was asked for.
    found = begun if len(begun) >= limit and not kind else _ranked(naming.holding(wanted), wanted, kind, within)
    return found[:limit]


def _ranked(names: Iterable[tuple[str, Area]], wanted: str, kind: str, within: list[str] | None) -> list[Area]:
    past = _past()
    found: dict[str, tuple[Any, ...]] = {}
    for known, one in names:
        if one.code in past or (within is not None and not naming.inside(one.code, within)):
            continue
        rank = 0 if known == wanted else 1 if known.startswith(wanted) else 2
        entry = (not naming.of_kind(one, kind), rank, one.code.count("."), len(known), one.code, one)
        found[one.code] = min(found.get(one.code, entry), entry, key=lambda some: some[:5])
    return [entry[-1] for entry in sorted(found.values(), key=lambda some: some[:5])]


def _past() -> set[str]:
    """Codes that are no longer in force."""
    index = opened()
    return set(index.facts.get("not_in_force", "").split()) if index else set()
