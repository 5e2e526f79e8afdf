"""Boundaries from the public repository named in the settings: fetched file by file, checked, made into GeoJSON.

The repository is cahyadsn/wilayah_boundaries (MIT, (c) Cahya DSN; who surveyed the polygons is not said there):
one SQL file for each regency, rows of code, name, lat, lon and rings of [lat, lon] as JSON.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import shapely
import structlog
from shapely.geometry.base import BaseGeometry

from kentongan.foundation import outgoing
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places import gazetteer
from kentongan.places.outlines import polygons

Progress = Callable[[str, int, int], None]
FILE = "db/kel/{province}/wilayah_boundaries_kel_{regency}.sql"
_log = structlog.get_logger(__name__)
TRIES, PAUSE = 4, 1.0  # the pause in seconds doubles with each try
PIECE, LARGEST = 16 * 1024 * 1024, 8 * 1024**3  # bytes of one piece of a large file, and of the largest file
SECONDS, MOST_BYTES, MOST_HOPS = 300.0, 256 * 1024 * 1024, 3  # of one file
ROW = re.compile(r"\('([\d.]+)','((?:[^'\\]|\\.|'')*)',[^,]*,[^,]*,'(\[[^']*\])'\)")


def fetch(progress: Progress, regencies: list[str] | None = None) -> Path:
    """Downloads what is missing, checks it and writes `boundaries/villages/PP.geojson.gz`; returns `boundaries`.

    Resumable: a file that is complete is not asked for again. `progress` is told the stage, done and of.
    Raises Problem `fetch_failed` where the repository does not answer, `bad_checksum` where it is not what the
    setting `KENTONGAN_PLACES_CHECKSUM` (SHA-256 over all files in order) says; without one the checksum is logged.
    """
    wanted = regencies or [code for code, area in gazetteer.areas().items() if area.level == "regency"]
    folder = config().data / "downloads" / config().places_version
    folder.mkdir(parents=True, exist_ok=True)
    total = hashlib.sha256()
    for at, code in enumerate(sorted(wanted), start=1):
        total.update(_download(code, folder).read_bytes())
        progress("download", at, len(wanted))
    told, found = config().places_checksum, total.hexdigest()
    if told and told != found:
        raise Problem("bad_checksum", 502, f"the downloaded boundaries have the checksum {found}, not {told}")
    if not told:
        _log.warning("boundaries_not_checked", why="KENTONGAN_PLACES_CHECKSUM is empty", sha256=found)
    return _write(folder, sorted(wanted), progress)


def fetch_file(address: str, progress: Progress, *, largest: int = LARGEST, again: bool = True) -> Path:
    """Downloads one large file in pieces into `downloads/`; returns where it lies. It goes on where it ended.

    A server that does not send pieces, one that changes the file in the middle (its ETag or size), or one that says
    there is more than `largest` bytes is told: raises Problem `fetch_failed`. What was got stays for the next time,
    unless the file has changed. Without `again` a file that was got whole before is not asked for.
    """
    folder = config().data / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9._-]", "_", urlsplit(address).path.rpartition("/")[2])[-100:] or "file"
    path = folder / f"{hashlib.sha256(address.encode()).hexdigest()[:8]}-{name}"
    part, noted = path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.etag")
    if path.exists() and not again:
        return path
    had = part.stat().st_size if part.exists() else 0
    total, mark = had + 1, noted.read_text() if had and noted.exists() else ""
    while had < total:
        content, total, said = _piece(address, had)
        if total > largest:
            raise Problem("fetch_failed", 502, f"{address}: it has {total >> 20:,} MB, more than {largest >> 20:,}")
        if had and said != mark:
            part.unlink()
            raise Problem("fetch_failed", 502, f"{address}: the file has changed meanwhile; run the command again")
        mark = said
        noted.write_text(mark)
        with part.open("ab") as kept:
            kept.write(content)
        had += len(content)
        progress("download (MB)", had >> 20, total >> 20)
    part.replace(path)
    noted.unlink(missing_ok=True)
    return path


def _piece(address: str, at: int) -> tuple[bytes, int, str]:
    """The bytes from `at` on, how many there are in all, and what names this state of the file."""
    asked = {"Range": f"bytes={at}-{at + PIECE - 1}", "Accept-Encoding": "identity"}
    answer = _answered(address, asked)
    told = re.fullmatch(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", answer.headers.get("Content-Range", ""))
    if answer.status == 200 and at == 0 and len(answer.content) < PIECE:
        return answer.content, len(answer.content), answer.headers.get("ETag", "")
    if answer.status != 206 or told is None or int(told[1]) != at:
        raise Problem("fetch_failed", 502, f"{address}: the server does not send pieces of a file; download it by hand")
    total = int(told[3])
    if not answer.content or total > LARGEST or at + len(answer.content) > total:
        raise Problem("fetch_failed", 502, f"{address}: it says {told[0]} and sends {len(answer.content)} bytes")
    return answer.content, total, f"{answer.headers.get('ETag', '')} {total}"


def villages(sql: str) -> Iterator[tuple[str, str, BaseGeometry]]:
    """Code, name and boundary (lon, lat) of each village in a file of the repository; those without are left out.

    Raises Problem `fetch_failed` where a boundary is none.
    """
    for code, name, rings in ROW.findall(sql):
        try:
            shape = _shape(json.loads(rings))
        except (ValueError, TypeError, LookupError, RecursionError, shapely.errors.ShapelyError) as fault:
            raise Problem("fetch_failed", 502, f"the boundary of {code} cannot be read: {fault}") from None
        if not shape.is_empty:
            yield code, name.replace("''", "'").replace("\\'", "'"), shape


def _download(code: str, folder: Path) -> Path:
    path = folder / f"{code}.sql"
    if path.exists():
        return path
    where = FILE.format(province=code.split(".")[0], regency=code)
    address = f"{config().places_repository}/{config().places_version}/{where}"
    content = _got(address)
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(path)
    return path


def _got(address: str) -> bytes:
    """A file of the repository. Raises Problem `fetch_failed`."""
    return _answered(address, {}).content


def _answered(address: str, headers: dict[str, str]) -> outgoing.Answer:
    """What an address answers, tried several times. Raises Problem `fetch_failed`."""
    for attempt in range(TRIES):
        try:
            answer = outgoing.call(
                "GET", address, seconds=SECONDS, most=MOST_BYTES, hops=MOST_HOPS, away=True, headers=headers
            )
            if answer.ok:
                return answer
            fault = f"status {answer.status}"
        except outgoing.CallFailed as failed:
            answer, fault = None, str(failed) or type(failed).__name__
        if answer is not None and answer.status in {404, 416}:
            break
        if attempt < TRIES - 1:
            time.sleep(PAUSE * 2**attempt)
    raise Problem("fetch_failed", 502, f"{address}: {fault}; run the command again to go on")


def _write(folder: Path, regencies: list[str], progress: Progress) -> Path:
    target = config().data / "boundaries"
    (target / "villages").mkdir(parents=True, exist_ok=True)
    provinces = sorted({code.split(".")[0] for code in regencies})
    for at, province in enumerate(provinces, start=1):
        features = [
            {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": shapely.geometry.mapping(shape)}
            for regency in regencies
            if regency.startswith(f"{province}.")
            for code, name, shape in villages((folder / f"{regency}.sql").read_text(encoding="utf-8"))
        ]
        path = target / "villages" / f"{province}.geojson.gz"
        path.write_bytes(gzip.compress(json.dumps({"type": "FeatureCollection", "features": features}).encode(), 6))
        progress("boundaries", at, len(provinces))
    return target


def _shape(told: list[Any]) -> BaseGeometry:
    """Polygons from nested lists of [lat, lon]; a ring that is listed as a hole but lies outside is a part."""
    parts: list[BaseGeometry] = []
    for rings in _polygons(told):
        closed = [[(lon, lat) for lat, lon in ring] for ring in rings if len(ring) > 3]
        faces = [_face(ring) for ring in closed]
        if not faces:
            continue
        shell = faces[0]
        for face in faces[1:]:
            shell = shell.difference(face) if shell.covers(face) else shell.union(face)
        parts += polygons(shell)
    return shapely.union_all(parts)


def _face(ring: list[tuple[float, float]]) -> BaseGeometry:
    """What a ring encloses: a mended ring may come with stray lines beside its polygons, which are left out."""
    return shapely.union_all(list(polygons(shapely.make_valid(shapely.Polygon(ring)))))


def _polygons(told: list[Any]) -> list[Any]:
    """The list of polygons, whether one or several were given."""
    depth, inner = 0, told
    while isinstance(inner, list) and inner:
        depth, inner = depth + 1, inner[0]
    return {2: [[told]], 3: [told], 4: told}.get(depth, [])
