"""How much of a hello-world's speed the API keeps, and how it grows with the number of reports."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Max

from bench.figures import ROUNDS, Figure, seconds
from bench.seeding import fill, world
from kentongan.foundation.outbox import Event
from kentongan.reports.models import Entry, Report

SMALL, CLIENTS = 10_000, 4
LARGE = int(os.environ.get("KENTONGAN_BENCH_REPORTS", "200000"))
STREET = (106.8200, -6.1700)
BOX = "/api/v1/reports?bbox=106.80,-6.20,106.83,-6.17&limit=50"
TILE = "/api/v1/map/{}/{}/{}"


def measure(_work: Path) -> list[Figure]:
    """Reads and submissions beside their bare limits, then lists and map at two sizes."""
    world()
    fill(SMALL)
    with _server() as port:
        hello = _rate(port, lambda: ("GET", "/hello", None))
        code = Report.objects.order_by("pk").values_list("code", flat=True).first()
        one = _rate(port, lambda: ("GET", f"/api/v1/reports/{code}", None))
        listed = _rate(port, lambda: ("GET", BOX, None))
        submitted = _rate(port, _submission, expect=(201,), number=150)
        bare = 500 / seconds(lambda: _bare_inserts(500))
        small = {path: _p95(port, path) for path in _paths()}
        fill(LARGE)
        large = {path: _p95(port, path) for path in _paths()}
    beside = f"hello-world {hello:,.0f}/s"
    grown = f"{LARGE:,} reports beside {SMALL:,}"
    return [
        Figure("read one", one / hello, "of hello", 0.5, True, f"{one:,.0f}/s, {beside}"),
        Figure("list of 50 in a box", listed / hello, "of hello", 0.2, True, f"{listed:,.0f}/s, {beside}"),
        Figure("submit over HTTP", submitted, "per s", 1_000, True, ""),
        Figure("submit of bare inserts", submitted / bare, "ratio", 0.5, True, f"bare {bare:,.0f}/s"),
        *[Figure(f"p95 growth {path[:26]}", large[path] / small[path], "ratio", 1.5, False, grown) for path in small],
    ]


def _paths() -> list[str]:
    return [BOX, TILE.format(8, 203, 132), TILE.format(12, 3263, 2118), TILE.format(15, 26107, 16946)]


def _submission() -> tuple[str, str, str]:
    sent = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang", "privacy": "public"}
    return "POST", "/api/v1/reports", json.dumps(sent | {"lon": STREET[0], "lat": STREET[1]})


def _bare_inserts(number: int) -> None:
    """The same four rows as a submission, by the plainest durable loop."""
    at = Report.objects.aggregate(Max("pk"))["pk__max"] or 0
    model = Report.objects.order_by("pk").first()
    for one in range(number):
        with transaction.atomic():
            model.pk, model.code, model.submission_id = None, f"X{at + one:09d}", uuid4()
            Report.objects.bulk_create([model])
            report = Report(pk=model.pk)
            Entry.objects.bulk_create([Entry(report=report, seq=seq, kind="routed", actor="system") for seq in (1, 2)])
            Event.objects.bulk_create([Event(topic="bench", payload={})])


def _rate(
    port: int, request: Callable[[], tuple[str, str, str | None]], expect: tuple[int, ...] = (200,), number: int = 400
) -> float:
    def client(_at: int) -> None:
        _requests(port, request, number, expect)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
        taken = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            list(pool.map(client, range(CLIENTS)))
            taken.append(time.perf_counter() - begun)
    return CLIENTS * number / median(taken)


def _p95(port: int, path: str) -> float:
    return median(quantiles(_requests(port, lambda: ("GET", path, None), 200, (200,)), n=20)[18] for _ in range(ROUNDS))


def _requests(
    port: int, request: Callable[[], tuple[str, str, str | None]], number: int, expect: tuple[int, ...]
) -> list[float]:
    taken, held = [], http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(number):
        method, path, body = request()
        begun = time.perf_counter()
        held.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = held.getresponse()
        answer.read()
        taken.append(time.perf_counter() - begun)
        if answer.status not in expect:
            raise RuntimeError(f"{method} {path} answered {answer.status}")
    held.close()
    return taken


@contextmanager
def _server() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workers = "1" if connection.vendor == "sqlite" else "2"
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", workers]
    command += ["--blocking-threads", "1", "--no-ws", "--log-level", "error", "bench.wsgi:application"]
    running = subprocess.Popen([sys.executable, "-m", *command])
    try:
        for _ in range(150):
            try:
                _requests(port, lambda: ("GET", "/hello", None), 1, (200,))
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        running.terminate()
        running.wait(20)
