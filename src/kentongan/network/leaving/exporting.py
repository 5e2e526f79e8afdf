"""Writes the exit bundle of a body and its parts: what is theirs, read batch by batch while work goes on.

Each report is told as it stood when it was read: its row, and the entries up to the row's own number. Entries are
never changed, so no lock is held and nobody waits; what changes afterwards goes with the next bundle.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import orjson
import yaml
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone
from PIL import UnidentifiedImageError

from kentongan import bodies, casework, catalogue, reports, routing
from kentongan.bodies.models import Membership
from kentongan.catalogue.models import Category
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects.kentongan.cards import PROTOCOL
from kentongan.network.leaving import rows
from kentongan.network.leaving.bundle import PIECE, RULES, Writer
from kentongan.network.leaving.shapes import FORMAT
from kentongan.network.models import OPEN, Direction, HandOver, Trace
from kentongan.reports.models import Entry, Photo, Report

BATCH = 500  # reports
TABLES = ("reports", "entries", "photos")


@dataclass(frozen=True)
class Exported:
    """What the bundle holds: how many lines of each table, and how many photos whose file was lost before."""

    counts: dict[str, int]
    lost: int


@dataclass
class _Passing:
    """What is gathered while the reports go by."""

    originals: bool
    out: Writer
    tables: dict[str, IO[bytes]]
    counts: dict[str, int] = field(default_factory=dict)
    categories: set[str] = field(default_factory=set)
    bodies: set[str] = field(default_factory=set)
    lost: int = 0

    def say(self, table: str, line: dict[str, Any]) -> None:
        """One line more of a table."""
        self.tables[table].write(orjson.dumps(line) + b"\n")
        self.counts[table] = self.counts.get(table, 0) + 1


def export(
    body: str, path: Path, *, originals: bool = False, staff: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Exported:  # fmt: skip
    """Writes the bundle of `body` and its parts to `path`; whole, or not at all.

    `originals`: photos as they were given, with place, time and camera; else as everybody sees them. `staff`: who
    works there, by name and address. Raises Problem `unknown_body`; OSError where the file cannot be written.
    """
    leaving = bodies.subtree(bodies.get(body).code)
    with Writer(path) as out, tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        tables: dict[str, IO[bytes]] = {name: (Path(folder) / name).open("w+b") for name in TABLES}
        passing = _Passing(originals, out, tables)
        done = 0
        for batch in _batches(leaving):
            _tell(batch, passing)
            progress(done := done + len(batch))
        for name, file in tables.items():
            file.seek(0)
            out.add(f"{name}.jsonl", iter(partial(file.read, PIECE), b""))
            file.close()
        counts = _add_world(leaving, passing, staff=staff)
        out.sign(_manifest(body, counts, originals=originals, staff=staff))
    return Exported(counts, passing.lost)


def _batches(leaving: Sequence[str]) -> Iterator[list[Report]]:
    """The reports that live here and are with one of the bodies, oldest first."""
    last = 0
    while True:
        found = Report.objects.filter(body__in=leaving, away=False, pk__gt=last).select_related("original")
        batch = list(found.order_by("pk")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def _tell(batch: list[Report], passing: _Passing) -> None:
    entries: dict[int, list[Entry]] = {}
    for entry in Entry.objects.filter(report__in=batch).order_by("report_id", "seq"):
        entries.setdefault(entry.report_id, []).append(entry)
    photos: dict[int, list[Photo]] = {}
    for photo in Photo.objects.filter(report__in=batch).order_by("entry_seq", "uploaded_at", "id"):
        photos.setdefault(photo.report_id or 0, []).append(photo)
    traces = {one.report_id: one for one in Trace.objects.filter(report__in=batch)}
    out = HandOver.objects.filter(report__in=batch, direction=Direction.OUT, state__in=OPEN)
    passed_on = set(out.values_list("report_id", flat=True))
    for report in batch:
        original = report.original.code if report.original else None
        passing.say(
            "reports",
            rows.report_line(report, original, traces.get(report.pk), passed_on=report.pk in passed_on),
        )
        passing.categories.add(report.category_id)
        for entry in entries.get(report.pk, []):
            if entry.seq <= report.seq:
                entry.report = report
                passing.say("entries", rows.entry_line(entry))
                passing.bodies |= {code for code in (entry.body_id, entry.data.get("to_body")) if code}
        for photo in photos.get(report.pk, []):
            if (photo.entry_seq or 1) <= report.seq:
                _tell_photo(photo, report.code, passing)


def _tell_photo(photo: Photo, code: str, passing: _Passing) -> None:
    """The line and the file of a photo; where the file is lost or broken, the line tells so."""
    content = b""
    with suppress(OSError, UnidentifiedImageError, Problem), _file(photo, original=passing.originals) as file:
        content = file.read()
    name = passing.out.add_photo(content) if content else ""
    passing.lost += not content
    passing.say("photos", rows.photo_line(photo, code, name, len(content), original=passing.originals))


def _file(photo: Photo, *, original: bool) -> Any:
    return default_storage.open(photo.original) if original else reports.photo_file(photo, "large")


def _add_world(leaving: Sequence[str], passing: _Passing, *, staff: bool) -> dict[str, int]:
    """Bodies, categories, rules and, where it is wanted, staff; the counts of all tables."""
    for rule in routing.own_rules(leaving):  # the bodies and kinds that these name are told too
        passing.bodies.add(rule.to)
        passing.categories |= {rule.category} - {""}
    for code in leaving:
        setup = casework.setup_of(code)
        passing.categories |= casework.kinds_named(setup)
        passing.bodies |= casework.bodies_named(setup)
    lines = {
        "bodies": [rows.body_line(one, moves=one.code in leaving) for one in _bodies({*leaving, *passing.bodies})],
        "categories": [rows.category_line(one) for one in _categories(passing.categories)],
    }
    if staff:
        lines["staff"] = _staff(leaving)
    for name, told in lines.items():
        passing.out.add(f"{name}.jsonl", (orjson.dumps(line) + b"\n" for line in told))
    book = [rule.model_dump(mode="json", exclude_defaults=True) for rule in routing.rulebook().rules]
    passing.out.add(RULES, [yaml.safe_dump({"rules": book}, allow_unicode=True, sort_keys=False).encode()])
    counts = dict.fromkeys(TABLES, 0) | passing.counts | {name: len(told) for name, told in lines.items()}
    return counts | {"rules": len(book)}


def _bodies(named: set[str]) -> list[bodies.Body]:
    """The bodies named and those that they are part of, the latter first."""
    known, found = bodies.snapshot().bodies, dict[str, bodies.Body]()
    for code in sorted(named):
        chain, one = [], known.get(code)
        while one is not None:
            chain.append(one)
            one = known.get(one.parent_id or "")
        found |= {one.code: one for one in reversed(chain)}
    return list(found.values())


def _categories(used: set[str]) -> list[Category]:
    """The categories used and those above them, the latter first."""
    codes = dict.fromkeys(code for one in sorted(used) for code in reversed(catalogue.branch(one)))
    known = Category.objects.in_bulk(list(codes))
    return [known[code] for code in codes if code in known]


def _staff(leaving: Sequence[str]) -> list[dict[str, Any]]:
    """Who works at the bodies today."""
    now = timezone.now()
    held = Membership.objects.filter(Q(until=None) | Q(until__gt=now), body__in=leaving, since__lte=now)
    return [
        {"email": one.person.email, "name": one.person.name, "language": one.person.language, "body": one.body_id,
         "role": one.role, "since": one.since}
        for one in held.select_related("person").order_by("body_id", "person_id")
        if one.person.is_active
    ]  # fmt: skip


def _manifest(body: str, counts: dict[str, int], *, originals: bool, staff: bool) -> dict[str, Any]:
    return {
        "format": FORMAT, "protocol": PROTOCOL, "instance": facts.instance(),
        "instance_name": config().instance_name, "url": config().base_url.rstrip("/"), "body": body,
        "made_at": timezone.now(), "originals": originals, "staff": staff, "counts": counts,
    }  # fmt: skip
