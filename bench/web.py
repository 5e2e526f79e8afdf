"""How much of a hello-world's speed the API keeps, and how it grows with the number of reports."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from uuid import uuid4

from django.db import connection, transaction

from bench import past
from bench.client import fetch, p95, rate, request
from bench.figures import ROUNDS, Figure
from bench.seeding import fill, world
from kentongan import reports, routing
from kentongan.foundation import inserting
from kentongan.foundation.codes import new_code
from kentongan.foundation.outbox import Event
from kentongan.front import streams
from kentongan.reports.models import Report

SMALL = 10_000
LARGE = int(os.environ.get("KENTONGAN_BENCH_REPORTS", "200000"))
READS, WRITES = 3_000, 500
STREET = (106.8200, -6.1700)
SIDE = 0.03  # degrees of a box: about three kilometres
MAP = {"map, zoom 8": "/api/v1/map/8/203/132", "map, zoom 12": "/api/v1/map/12/3263/2118",
       "map, zoom 15": "/api/v1/map/15/26107/16946"}  # fmt: skip
HELLO = request("GET", "/hello")


def measure(work: Path) -> list[Figure]:
    """Reads and submissions beside their bare limits, then lists and map at two sizes."""
    world()
    grow(work, SMALL)
    with _server() as port:
        found = [*_reads(port), *_submissions(port), _page(port)]
        small = _slowest(port)
        grow(work, LARGE)
        large = _slowest(port)
    for name in small:
        (much, then), (little, before) = large[name], small[name]
        beside = (
            f"{much * 1e3:.2f} ms of {Report.objects.count():,}, {little * 1e3:.2f} ms of {SMALL:,},"
            f" hello-world in turn with them {then * 1e3:.2f} and {before * 1e3:.2f}"
        )
        found.append(Figure(f"p95 growth: {name}", (much / then) / (little / before), "ratio", 1.5, False, beside))
    return found


def grow(work: Path, to: int) -> None:
    """Reports until there are `to`: those of the file of past cases, made-up ones without it."""
    if past.FILE.is_file():
        past.fill(work, to)
    else:
        print(past.LACKING)
        fill(to)
    if connection.vendor == "postgresql":
        # What the database itself does within minutes.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _reads(port: int) -> list[Figure]:
    """Other reports and other boxes in each request, as many people ask: what a process keeps is no use for all."""
    chance = Random(7)
    there = list(Report.objects.filter(is_restricted=False, lon__gt=0).order_by("pk").values_list("code", "lon", "lat"))

    def one() -> bytes:
        return request("GET", f"/api/v1/reports/{chance.choice(there)[0]}")

    def listed() -> bytes:
        _code, lon, lat = chance.choice(there)
        return _box(lon or 0.0, lat or 0.0)  # all of them have a place

    hello = partial(rate, port, [HELLO] * READS)
    asked = {"read one": (one, 0.5), "list of 50 in a box": (listed, 0.2)}

    def drawn(draw: Callable[[], bytes]) -> float:
        return rate(port, [draw() for _ in range(READS)])

    return [_ratio(name, partial(drawn, draw), hello, "hello-world", limit) for name, (draw, limit) in asked.items()]


def _box(lon: float, lat: float) -> bytes:
    """The newest 50 around a place."""
    half = SIDE / 2
    return request("GET", f"/api/v1/reports?bbox={lon - half},{lat - half},{lon + half},{lat + half}&limit=50")


def _slowest(port: int) -> dict[str, tuple[float, float]]:
    """p95 in seconds of lists of the same 200 boxes of the inner city, and of tiles of the map; and that of a
    hello-world in turn with them: the two sizes are measured minutes apart, on a machine that is never the same."""
    chance = Random(7)
    boxes = [_box(chance.uniform(106.795, 106.835), chance.uniform(-6.205, -6.165)) for _ in range(200)]
    tiles = {name: [request("GET", path)] * 200 for name, path in MAP.items()}
    return {name: p95(port, asked, HELLO) for name, asked in {"list of 50 in a box": boxes, **tiles}.items()}


def _submissions(port: int) -> list[Figure]:
    bare = _Bare()
    ratio = _ratio(
        "submit over HTTP", lambda: rate(port, [_submission() for _ in range(WRITES)], 201),
        lambda: bare.rate(WRITES), "a bare insert loop", 0.5,
    )  # fmt: skip
    each = median(rate(port, [_submission() for _ in range(WRITES)], 201) for _ in range(ROUNDS))
    return [ratio, Figure("submit over HTTP", each, "per s", 1_000, True, "")]


def _ratio(name: str, ours: Callable[[], float], bare: Callable[[], float], what: str, limit: float) -> Figure:
    """Both in turn, so that a busy moment of the machine falls on both; the first round only warms up."""
    pairs = [(ours(), bare()) for _ in range(ROUNDS + 1)][1:]
    mine, limits = (median(some) for some in zip(*pairs, strict=True))
    value = median(one / other for one, other in pairs)
    return Figure(name, value, "ratio", limit, True, f"{mine:,.0f}/s, {what} {limits:,.0f}/s")


def _submission() -> bytes:
    sent = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang", "privacy": "public"}
    return request("POST", "/api/v1/reports", json.dumps(sent | {"lon": STREET[0], "lat": STREET[1]}))


class _Bare:
    """The rows of one submission, stored again and again by ready statements, each time in one durable transaction."""

    def __init__(self) -> None:
        sent = reports.Submission(uuid4(), "road_damage", "Lubang", *STREET, channel="api")
        report = routing.submit(sent, None).report
        entries = list(report.entries.order_by("seq"))
        events = [Event(topic="bench", payload={"report": report.pk, "seq": seq}) for seq in (1, 2)]
        self._report = [report]
        self._statements = [
            (inserting._statement(type(rows[0]), len(rows)), inserting.values_of(rows)) for rows in (entries, events)
        ]
        self._width = len(self._statements[0][1]) // 2

    def rate(self, number: int) -> float:
        """Transactions per second."""
        statement = inserting._statement(Report, 1) + " RETURNING id"
        row, names = inserting.values_of(self._report), inserting.columns_of(Report)
        code, sent, claim = (names.index(name) for name in ("code", "submission_id", "claim_hash"))
        (entry_sql, entries), (event_sql, events) = self._statements
        begun = time.perf_counter()
        for _ in range(number):
            row[code], row[sent], row[claim] = new_code(), uuid4().hex, uuid4().hex
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, row)
                entries[0] = entries[self._width] = cursor.fetchone()[0]
                cursor.execute(entry_sql, entries)
                cursor.execute(event_sql, events)
        return number / (time.perf_counter() - begun)


def _page(port: int) -> Figure:
    """All that a first visit of a report's page loads, but photos and what belongs to the map."""
    code = Report.objects.order_by("pk").values_list("code", flat=True)[0]
    page = fetch(port, f"/r/{code}")
    read = gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page  # what is kept for strangers leaves packed
    files = {path.split("#")[0] for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', read.decode())}
    parts = [page, *(fetch(port, path) for path in sorted(files) if "map" not in path)]
    return Figure(
        "report page without photos and map", sum(map(len, parts)) / 1e3, "kB", 60, False,
        f"HTML {len(page) / 1e3:.1f} kB, the rest is kept by the browser",
    )  # fmt: skip


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workers = os.environ.get("KENTONGAN_BENCH_WORKERS") or ("1" if connection.vendor == "sqlite" else "2")
    command = ["granian", "--interface", "rsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", workers]
    # As many connections as `kentongan serve` takes: granian alone takes 1,024, and whoever comes then waits.
    command += ["--backpressure", str(1024 + streams.MOST), "--no-ws", "--log-level", "error", "bench.rsgi:application"]
    running = subprocess.Popen([sys.executable, "-m", *command])
    try:
        for _ in range(150):
            try:
                fetch(port, "/hello")
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        running.terminate()
        running.wait(20)
