"""Public reports as JSON, kept in each process as long as they would be told in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

import orjson
from cachetools import LRUCache
from django.utils import timezone

from kentongan import bodies, reports
from kentongan.api import telling
from kentongan.places import gazetteer
from kentongan.places.gazetteer import Area
from kentongan.reports.filtering import Stamp

MOST_BYTES = 16 * 1024 * 1024  # in one process; then the report goes that was asked for longest ago
AROUND = 820  # bytes that Python keeps beside the JSON of a report


class Told(NamedTuple):
    """A report as `ReportShape` without its photos, and a tag that another text does not have."""

    json: bytes
    tag: str


def _size(told: Told) -> int:
    return len(told.json) + AROUND


@dataclass
class _Kept:
    """What was told while the bodies, the names of areas and the day were these: partnerships begin and end by day."""

    world: bodies.Snapshot
    names: dict[str, Area]
    day: date
    told: LRUCache[tuple[Stamp, str], Told] = field(default_factory=lambda: LRUCache(MOST_BYTES, _size))


_lock = Lock()
_kept: _Kept | None = None


def told(stamps: Sequence[Stamp]) -> list[Told]:
    """Public reports in the caller's language, in their order; one that has gone meanwhile is left out.

    Never behind the database: a text is kept under the stamp that was read with it, and asked for by the one read now.
    """
    kept, language = _now().told, telling.language()
    with _lock:
        found = {one.id: kept.get((one, language)) for one in stamps}
    if missing := [key for key, text in found.items() if text is None]:
        rows = reports.read_public(missing)
        fresh = [_told(one) for one in telling.reports(rows)]
        with _lock:
            for row, text in zip(rows, fresh, strict=True):
                found[row.id] = kept[row.stamp, language] = text
    return [text for text in found.values() if text]


def _now() -> _Kept:
    """An empty one, once what the texts say of the world may have changed; late writers keep theirs to the old one."""
    global _kept
    world, names, day, kept = bodies.snapshot(), gazetteer.areas(), timezone.localdate(), _kept
    if kept is None or kept.world is not world or kept.names is not names or kept.day != day:
        kept = _kept = _Kept(world, names, day)
    return kept


def _told(report: dict[str, object]) -> Told:
    # A copy: what orjson gives keeps the whole of its buffer, ten times as much.
    json = bytes(memoryview(orjson.dumps(report)))
    return Told(json, blake2b(json, digest_size=12).hexdigest())
