"""What `kentongan check` looks at: each look yields findings, one line each, and never ends in a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.core.checks import run_checks
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection

from kentongan import bodies, catalogue, network, notify, places, routing
from kentongan.cli import production
from kentongan.foundation import away, heartbeat, outbox
from kentongan.foundation.config import config, unknown_settings
from kentongan.foundation.migrating import missing_migrations
from kentongan.foundation.problems import Problem
from kentongan.places import country

Finding = tuple[bool, str]  # whether it is in order, and what was found in one line
Look = Callable[[], Iterator[Finding]]


def findings() -> Iterator[Finding]:
    """All findings. What cannot be looked at is a finding too; without tables nothing is asked of them."""
    for look in (_settings, _disk, _photos, _database):
        yield from _guarded(look)
    try:
        whole = not missing_migrations()
    except DatabaseError:
        return
    for look in (_places, _world, _phones, _worker, _backlog, _clock, _peers) if whole else (_places,):
        yield from _guarded(look)


def _guarded(look: Look) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as fault:  # noqa: BLE001  whatever is broken must not hide what else is
        said = str(fault.detail) if isinstance(fault, Problem) else str(fault)
        lines = said.strip().splitlines() or [type(fault).__name__]
        yield False, f"{look.__name__.strip('_')}: {lines[0]}"


def _settings() -> Iterator[Finding]:
    yield True, f"mode {config().mode}, data in {config().data}"
    for name, near in unknown_settings().items():
        yield False, f"{name} is no setting" + (f": is {near} meant?" if near else "")
    if config().mode == "production":
        yield from ((False, fault) for fault in production.faults(config()))
    for fault in run_checks():
        if not fault.is_silenced():
            yield fault.level < 30, f"{fault.id}: {fault.msg}"


def _disk() -> Iterator[Finding]:
    config().data.mkdir(parents=True, exist_ok=True)
    hindrance = away.disk()
    yield not hindrance, hindrance or f"the data folder {config().data} can be written"


def _photos() -> Iterator[Finding]:
    if config().photos_bucket:
        default_storage.exists("kentongan-check")  # raises where the bucket, its key or its service is not there
        yield True, f"photos in the bucket {config().photos_bucket}"


def _database() -> Iterator[Finding]:
    missing = missing_migrations()
    tables = f"{missing} changes missing: run `kentongan migrate`" if missing else "tables up to date"
    yield not missing, f"database {connection.vendor}: {tables}"
    if connection.vendor == "postgresql" and (letters := _letters()) != "UTF8":
        yield False, f"the database keeps {letters}, not every letter: make it anew (`createdb -E UTF8 -T template0`)"
    if not missing and (hindrance := away.hindrance()) and hindrance != away.disk():
        yield False, hindrance


def _letters() -> str:
    """Which letters the database of PostgreSQL can keep."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        return str(cursor.fetchone()[0])


def _places() -> Iterator[Finding]:
    fault = places.index_fault()
    if fault:
        yield False, f"{fault}: places come from the gazetteer; run `kentongan places prepare`"
    found = places.source()
    words = {"polygons": "polygons: places are exact", "gazetteer": "gazetteer: places are approximate"}
    yield True, f"country from {words[found.kind]}, {found.features:,} areas, version {found.version}"
    if not fault and found.kind == "gazetteer" and country.boundaries_folder() is not None:
        yield False, "boundaries lie ready and are not loaded: run `kentongan places prepare`"


def _world() -> Iterator[Finding]:
    kinds, known = len(catalogue.all_active()), len(bodies.snapshot().bodies)
    yield kinds > 0, f"{kinds} categories" if kinds else "no categories: run `kentongan catalogue load`"
    yield known > 0, f"{known} bodies" if known else "no bodies: run `kentongan bodies load`"
    if kinds and known:
        book = routing.rulebook()
        faults = routing.check(book)
        yield not faults, f"{len(book.rules)} rules ({book.source}), {len(faults)} faults"
        yield from ((False, fault) for fault in faults)


def _phones() -> Iterator[Finding]:
    if notify.is_key_closed():
        way = "bring the old key back, or run `kentongan duty new-push-key`"
        yield False, f"no safety key opens the key of web push, and phones are told nothing: {way}"


def _worker() -> Iterator[Finding]:
    if heartbeat.is_working():
        yield True, "a worker is at work"
    else:
        last = heartbeat.last()
        since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "now"
        yield False, f"no worker is at work {since}: start `kentongan worker`"


def _backlog() -> Iterator[Finding]:
    for what, (late, oldest) in {"events": outbox.late(outbox.LATE), "mails": notify.late(outbox.LATE)}.items():
        minutes = int(oldest.total_seconds() // 60)
        yield not late, f"{late} {what} wait for {minutes} minutes and more" if late else f"no backlog of {what}"


def _clock() -> Iterator[Finding]:
    if last := heartbeat.ahead():
        yield False, f"a worker was at work at {last:%Y-%m-%d %H:%M} UTC, which is still to come: did the clock jump?"
    waiting = {"events": outbox.ahead(), "mails": notify.ahead(), "messages to peers": network.ahead()}
    for what, ahead in waiting.items():
        if ahead:
            yield False, f"{ahead} {what} are due later than any can be: did the clock jump? They wait until that time"


def _peers() -> Iterator[Finding]:
    yield from ((False, line) for line in network.expired())
