"""A small country for tests: the packaged catalogue and bodies, two roads and square villages in Jakarta."""

from __future__ import annotations

import asyncio
import os
import pickle
import time
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import shapely
from django.db import connection, transaction
from django.utils import timezone

from kentongan import bodies, catalogue, reports
from kentongan.bodies import world as bodies_world
from kentongan.bodies.models import Body
from kentongan.catalogue import kinds
from kentongan.catalogue.models import Category
from kentongan.foundation.revision import Cached, Revision
from kentongan.people.models import Person
from kentongan.places import assets
from kentongan.places.assets import cell, sought
from kentongan.places.index import Line, build
from kentongan.places.models import Asset

# A street in Gambir, and a point on the (test's own) national road south of it.
STREET = (106.8200, -6.1700)
ON_NATIONAL_ROAD = (106.8200, -6.1790)
BEKASI = (107.1200, -6.3000)
DENPASAR = (115.2200, -8.6500)


def villages() -> list[tuple[str, Any]]:
    """Three squares: Gambir and its neighbour in Jakarta, one in Kabupaten Bekasi, one in Denpasar."""
    return [
        ("31.71.01.1001", shapely.box(106.80, -6.20, 106.83, -6.15)),
        ("31.71.02.1001", shapely.box(106.83, -6.20, 106.86, -6.15)),
        ("32.16.01.1007", shapely.box(107.10, -6.35, 107.15, -6.25)),
        ("51.71.01.1001", shapely.box(115.20, -8.70, 115.25, -8.60)),
    ]


def lines() -> list[Line]:
    """One national and one provincial road, crossing at 106.825, -6.179."""
    return [
        Line(
            "national_road",
            "national",
            25.0,
            "Jalan Uji Nasional",
            shapely.LineString([(106.80, -6.179), (106.86, -6.179)]),
        ),
        Line(
            "provincial_road",
            "provincial",
            25.0,
            "Jalan Uji Provinsi",
            shapely.LineString([(106.825, -6.20), (106.825, -6.15)]),
        ),
    ]


def build_country(path: Path) -> None:
    """Writes the index of the small country."""
    build(path, villages(), lines(), {"version": "test"})


def load_world() -> None:
    """The catalogue, the bodies, and the demo's partners among them, in a database that has none of these.

    It is loaded from the files once a process (and day, and country); after that it is a copy of the rows, which takes
    a hundredth of the time. `tests/project/test_world.py` holds that there is no difference.
    """
    which = _which()
    if which not in _kept:
        _keep(which)
    if which != _standing:
        if _standing:  # of another day than the test's own
            _empty()
        for table, rows in _kept[which].items():
            _write(table, rows)
    for cached, revision, value in _copied[which]:  # as if this process had just read them
        cached._kept = _Kept(value, (time.monotonic(), revision))  # type: ignore[assignment]


def _keep(which: Any) -> None:
    """Keeps the rows alone: what loading tells the rest of the program is rolled back."""
    with transaction.atomic():
        if _standing:
            _empty()
        load_world_from_files()
        _kept[which] = {table: _read(table) for table in _TABLES}
        _copied[which] = [(cached, cached.revision(), pickle.dumps(cached.get())) for cached in _CACHED]
        transaction.set_rollback(True)


def stand(file: str) -> None:
    """Leaves the world in the database for one test of a file after the other, until `give_way`.

    It is loaded in a transaction around those of the tests, which is never committed: each test rolls back what it has
    done itself, and PostgreSQL checks a thousand references once and not after each test. On SQLite a copy for each
    test takes less than what it writes down to be able to roll back in the middle of a transaction.
    """
    global _standing, _stands_for
    if _standing and _standing != _which():
        give_way()
    # Where a browser's loop runs in this thread, Django has another connection, until the browser is gone.
    if _standing or asyncio._get_running_loop() or connection.vendor != "postgresql":
        return
    with ExitStack() as begun:
        begun.enter_context(transaction.atomic())
        begun.callback(transaction.set_rollback, True)
        load_world()
        connection.check_constraints()
        _around.push(begun.pop_all())
    _standing, _stands_for = _which(), file


def give_way(file: str = "") -> None:
    """Takes the world away, but for a test of the file that it stands for."""
    global _standing
    if _standing and (file != _stands_for or connection.closed_in_transaction):
        _standing = None
        _around.close()


def _which() -> Any:
    """What the world is made for: a country and a day."""
    return (os.environ.get("KENTONGAN_PLACES_INDEX", ""), timezone.localdate())


def load_world_from_files() -> None:
    """Loads the catalogue and the bodies as `kentongan` does, and lets the demo's partners join."""
    catalogue.load()
    bodies.load()
    for code in ("31", "id.pu", "id.komdigi", "id.lapor", "id.pln", "51.71"):
        bodies.make_partner(code)


_TABLES = [Revision._meta.db_table, Category._meta.db_table, Body._meta.db_table]
_kept: dict[Any, dict[str, Any]] = {}
_standing: Any = None  # for what the world is left in the database at the moment
_stands_for = ""  # the file whose tests it is left for
_around = ExitStack()  # the transaction in which it is
_CACHED: list[Cached[Any]] = [bodies_world._cached, kinds._snapshot, kinds._sought]
_copied: dict[Any, list[tuple[Cached[Any], int, bytes]]] = {}


class _Kept:
    """What `Cached` keeps: when it was read, the revision, and a copy of the test's own, made where it asks for it."""

    def __init__(self, value: bytes, known: tuple[float, int]) -> None:
        self._value, self._known = value, known

    def __getitem__(self, number: int) -> Any:
        return self._known[number] if number < 2 else self._copy

    @cached_property
    def _copy(self) -> Any:
        return pickle.loads(self._value)  # noqa: S301  our own, of this process


def _empty() -> None:
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f'DELETE FROM "{table}"')


def _read(table: str) -> Any:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT BINARY)') as rows:
                return b"".join(rows)
        cursor.execute(f'SELECT * FROM "{table}"')
        return cursor.fetchall()


def _write(table: str, rows: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # reading them as JSON would be half of what its server does in a run
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT BINARY)') as copy:
                copy.write(rows)
        else:
            cursor.executemany(f'INSERT INTO "{table}" VALUES ({", ".join(["%s"] * len(rows[0]))})', rows)


def person(email: str = "warga@contoh.id", **fields: Any) -> Person:
    """An account that can sign in with the password `kentongan-uji`."""
    return Person.objects.create_user(email, "kentongan-uji", **fields)


def submission(category: str = "road_damage", at: tuple[float, float] | None = STREET, **fields: Any) -> Any:
    """A report as a phone sends it."""
    lon, lat = at or (None, None)
    given = {
        "submission_id": uuid4(),
        "category": category,
        "text": "Lubang besar di tengah jalan",
        "lon": lon,
        "lat": lat,
    }
    return reports.Submission(**{**given, **fields})


def lamps(*lamps: tuple[str, str, float], layer: str = "street_light") -> None:
    """Things around `STREET`: id, name, metres east of it."""
    now = timezone.now()
    for own_id, name, east in lamps:
        lon, lat = round(STREET[0] + east / 110_600, 6), STREET[1]
        Asset.objects.create(
            layer=layer, own_id=own_id, name=name, lon=lon, lat=lat, cell=cell(lon, lat), sought_id=sought(own_id),
            sought_name=sought(name), loaded_at=now,
        )  # fmt: skip
    assets.forget()
