"""A file of OpenStreetMap, read in passes that hold little: relations, ways (how many are of use), nodes, ways.

Where the nodes lie is kept in a file beside the draft, 16 bytes each: 4 GB for Indonesia's 250 million, and no memory
that is not the system's to take back. To note which of them are needed cost 1.6 GB: their ids go to 13 thousand
million. Formats: whatever libosmium reads (`.osm.pbf`, `.osm`, `.osm.gz`, `.osm.bz2`, `.o5m`).
"""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import osmium
import shapely
from osmium.filter import KeyFilter
from osmium.osm import NODE, RELATION, WAY
from shapely.geometry.base import BaseGeometry

from kentongan.foundation.problems import Problem
from kentongan.foundation.text import cut_text
from kentongan.places.here import EAST, NORTH, SOUTH, WEST
from kentongan.places.naming import shown
from kentongan.places.osm.mapping import TagMapping

Corner = tuple[float, float]  # lon, lat
Told = Callable[[str, int, int], None]  # stage, done, of (0: not known)
LONGEST = {"name": 120, "phone": 60, "hours": 120}  # letters; OpenStreetMap itself takes 255 bytes a value
MOST = 10_000  # letters that are looked at
EVERY = 20_000  # things between two words about the progress
KILOMETRE = "kilometre"


@dataclass(frozen=True, slots=True)
class Way:
    """A line or area. `layer` empty: it belongs to nobody in particular; `street`: it gives addresses; `level` above
    (1, 2 …) or below (-1 …) the ground, 0 on it."""

    layer: str
    name: str
    street: bool
    shape: BaseGeometry
    postcode: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Spot:
    """A landmark, or a kilometre stone (`kind` kilometre, `name` the number); WGS 84 degrees."""

    kind: str
    name: str
    lon: float
    lat: float
    phone: str = ""
    hours: str = ""
    postcode: str = ""


class Reading:
    """One file with one mapping. `left_out` counts what could not be taken, by reason, once all has been read."""

    def __init__(self, path: Path, mapping: TagMapping, told: Told) -> None:
        self._path, self._mapping, self._told = str(path), mapping, told
        self.left_out: Counter[str] = Counter()
        self._outlines: dict[int, tuple[Any, list[int]]] = {}  # relation: its tags, its outer ways
        self._parts: dict[int, list[Corner]] = {}

    def things(self, work: Path) -> Iterator[Way | Spot]:
        """All that is of use. `work`: a folder for what must be noted meanwhile. Raises Problem `bad_file` (422) where
        the file cannot be read to its end, `no_ground` (507) where the folder has too little space."""
        try:
            self._check_kind()
            self._read_relations()
            wanted = self._wanted()
            with self._places_of_nodes(work) as where:
                yield from self._nodes()
                yield from self._ways(wanted, where)
            yield from self._areas()
        except (RuntimeError, ValueError, OSError) as fault:  # libosmium's own are RuntimeErrors
            raise _bad(self._path, fault) from None

    def _check_kind(self) -> None:
        """Refuses what names one thing several times, as it was and as it is: of such a file nobody can tell the roads
        of today without reading it in another way."""
        with osmium.io.Reader(self._path) as reader:
            several = reader.header().has_multiple_object_versions
        if several or ".osh" in Path(self._path).suffixes:
            raise _bad(self._path, "it is a file of changes or of history; an extract (.osm.pbf) is wanted")

    def _read_relations(self) -> None:
        for one in self._objects(RELATION, "relations"):
            tags = one.tags
            if tags.get("type") == "multipolygon" and (self._mapping.layer(tags) or self._mapping.landmark(tags)):
                outer = [member.ref for member in one.members if member.type == "w" and member.role != "inner"]
                self._outlines[one.id] = (dict(tags), outer)

    def _wanted(self) -> int:
        return sum(1 for way in self._objects(WAY, "what is of use") if self._is_wanted(way.tags))

    def _is_wanted(self, tags: Any) -> bool:
        return self._mapping.is_street(tags) or bool(self._mapping.layer(tags) or self._mapping.landmark(tags))

    @contextmanager
    def _places_of_nodes(self, work: Path) -> Iterator[Any]:
        _refuse_too_little(Path(self._path), work)
        with TemporaryDirectory(dir=work, prefix="nodes-") as folder:
            kept = osmium.index.create_map(f"sparse_file_array,{folder}/nodes")
            # One for both passes: it knows whether the nodes came in the order of their ids, and sorts them if not.
            where = osmium.NodeLocationsForWays(kept)
            where.ignore_errors()
            self._told("places of nodes", 0, 0)
            with osmium.io.Reader(self._path, NODE) as reader:
                osmium.apply(reader, where)
            self._told("places of nodes", 1, 1)
            yield where

    def _nodes(self) -> Iterator[Way | Spot]:
        for node in self._objects(NODE, "landmarks"):
            tags = node.tags
            if not node.location.valid() or not _is_inside(node.lon, node.lat):
                self.left_out["outside the country"] += 1
                continue
            if kind := self._mapping.landmark(tags):
                yield from self._spot(kind, tags, node.lon, node.lat)
            elif tags.get("highway") == "milestone" and (number := _kilometre(tags)):
                yield Spot(KILOMETRE, number, node.lon, node.lat)
            if "highway" not in tags and (layer := self._mapping.layer(tags)):
                yield Way(layer, self._name(tags), False, shapely.Point(node.lon, node.lat))

    def _ways(self, wanted: int, where: Any) -> Iterator[Way | Spot]:
        parts, number = self._members(), 0
        with osmium.io.Reader(self._path, WAY) as reader:
            ways: Iterable[Any] = osmium.OsmFileIterator(reader, where)
            for way in ways:
                if way.deleted:
                    continue
                if way.id in parts:
                    self._parts[way.id] = [*chain.from_iterable(_runs(way))]
                if self._is_wanted(way.tags):
                    number += 1
                    if number % EVERY == 0:
                        self._told("ways", number, wanted)
                    yield from self._taken(way.tags, _runs(way), way.is_closed())
        self._told("ways", wanted, wanted)

    def _areas(self) -> Iterator[Way | Spot]:
        for tags, outer in self._outlines.values():
            rings = [self._parts[one] for one in outer if len(self._parts.get(one, ())) > 1]
            if not rings:
                self.left_out["without nodes"] += 1
                continue
            yield from self._area(tags, rings)

    def _taken(self, tags: Any, runs: list[list[Corner]], closed: bool) -> Iterator[Way | Spot]:
        line = [*chain.from_iterable(runs)]
        closes = closed and len(line) > 3 and not ("waterway" in tags or "highway" in tags)
        lines = [one for one in runs if len(one) > 1]
        if not (closes or lines):
            self.left_out["without nodes"] += 1
        elif not all(_is_inside(lon, lat) for lon, lat in line):
            self.left_out["outside the country"] += 1
        elif closes:
            yield from self._area(tags, [line])
        elif "highway" in tags:
            layer, street = self._mapping.layer(tags), self._mapping.is_street(tags)
            for one in lines:
                yield Way(layer, self._name(tags), street, shapely.LineString(one), _postcode(tags), _level(tags))
        else:
            for one in lines:
                yield from self._area(tags, one)

    def _area(self, tags: Any, line: list[Any]) -> Iterator[Way | Spot]:
        """A thing that is no road, from the rings around it or from its line."""
        try:
            shape = _face(line) if isinstance(line[0], list) else shapely.LineString(line)
        except shapely.errors.GEOSException:
            self.left_out["broken shape"] += 1
            return
        if shape.is_empty or not _is_inside(*shape.bounds[:2]) or not _is_inside(*shape.bounds[2:]):
            self.left_out["outside the country"] += 1
            return
        if layer := self._mapping.layer(tags):
            yield Way(layer, self._name(tags), False, shape)
        if kind := self._mapping.landmark(tags):
            inside = shape.representative_point()
            yield from self._spot(kind, tags, inside.x, inside.y)

    def _spot(self, kind: str, tags: Any, lon: float, lat: float) -> Iterator[Spot]:
        if name := self._name(tags):
            phone = self._text(tags, "phone", "phone", "contact:phone")
            hours = self._text(tags, "hours", "opening_hours")
            yield Spot(kind, name, lon, lat, phone, hours, _postcode(tags))

    def _name(self, tags: Any) -> str:
        return shown(self._text(tags, "name", "name", "name:id"))

    def _text(self, tags: Any, limit: str, *keys: str) -> str:
        """The first of the keys that says anything; one that is too long says nothing and is counted."""
        for key in keys:
            if said := " ".join(cut_text(tags.get(key) or "", MOST).split()):
                if len(said) <= LONGEST[limit]:
                    return said
                self.left_out[f"{limit} too long"] += 1
        return ""

    def _members(self) -> set[int]:
        return {one for _tags, outer in self._outlines.values() for one in outer}

    def _objects(self, kind: Any, stage: str) -> Iterator[Any]:
        self._told(stage, 0, 0)
        number = 0
        objects: Iterable[Any] = osmium.FileProcessor(self._path, kind).with_filter(KeyFilter(*self._mapping.keys))
        for number, one in enumerate(objects, start=1):
            if number % EVERY == 0:
                self._told(stage, number, 0)
            if one.id < 0:
                raise _bad(
                    self._path, "its ids are those of an editor (below 0); save it from the server, as an extract"
                )
            if not one.deleted:
                yield one
        self._told(stage, number, number)


def _refuse_too_little(path: Path, work: Path) -> None:
    """A file that grows through memory ends the process where the disk is full: so that is asked before. A node needs
    16 bytes here, 80 and more in plain XML, and at least four where that is packed."""
    needed = path.stat().st_size * (0.25 if path.suffix == ".osm" else 4)
    if (free := shutil.disk_usage(work).free) < needed:
        told = f"{work}: {needed / 1e9:.1f} GB must be free while {path.name} is read, and {free / 1e9:.1f} are"
        raise Problem("no_ground", 507, told)


def _runs(way: Any) -> list[list[Corner]]:
    """The nodes of a way that the file holds, in pieces: an extract's ways may lead out of it, and where one comes back
    there is no road from the last node inside to the next."""
    groups = groupby(way.nodes, lambda node: node.location.valid())
    return [[(node.lon, node.lat) for node in nodes] for is_there, nodes in groups if is_there]


def _bad(path: str, why: object) -> Problem:
    return Problem("bad_file", 422, f"{path}: cannot be read: {why}", field="file")


def _face(rings: list[list[Corner]]) -> BaseGeometry:
    """What lines enclose together; one that crosses itself is mended, and of an open one its hull is taken."""
    if len(rings) == 1 and rings[0][0] == rings[0][-1]:
        face = shapely.Polygon(rings[0])
        return face if face.is_valid else shapely.make_valid(face)
    faces = shapely.get_parts(shapely.polygonize([shapely.LineString(ring) for ring in rings]))
    corners = [corner for ring in rings for corner in ring]
    return shapely.union_all(faces) if len(faces) else shapely.MultiPoint(corners).convex_hull


def _kilometre(tags: Any) -> str:
    """What a kilometre stone says, as "12" or "12.5"; empty where it says no number."""
    said = str(tags.get("distance") or tags.get("pk") or tags.get("ref") or "").lower().replace("km", "").strip()
    try:
        number = float(said.replace(",", "."))
    except ValueError:
        return ""
    return f"{number:g}" if math.isfinite(number) and 0 <= number < 5_000 else ""


def _level(tags: Any) -> int:
    """How high above the ground a road runs, by `layer`, which counts for bridges and tunnels only; `bridge` or
    `tunnel` alone say one up or down (wiki.openstreetmap.org/wiki/Key:layer)."""
    over = tags.get("bridge", "no") != "no"
    under = tags.get("tunnel", "no") not in ("no", "building_passage")
    if not (over or under):
        return 0
    try:
        said = int(tags.get("layer") or 0)
    except ValueError:
        said = 0
    if over:
        return min(said, 5) if said > 0 else 1
    return max(said, -5) if said < 0 else -1


def _postcode(tags: Any) -> str:
    """The five digits of a postcode; empty where none are said."""
    said = str(tags.get("addr:postcode") or tags.get("postal_code") or "").strip()
    return said if len(said) == 5 and said.isascii() and said.isdecimal() else ""


def _is_inside(lon: float, lat: float) -> bool:
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH
