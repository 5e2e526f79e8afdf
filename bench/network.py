"""Hand-overs between two instances on this machine: how many a second, how long one is on its way in a steady stream,
and how much processor each takes, which a busy machine says best."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from statistics import quantiles

from bench.figures import ROUNDS, Figure
from tests.instances import Instance, introduce, until
from tests.world import ON_NATIONAL_ROAD, build_country

MANY = int(os.environ.get("KENTONGAN_BENCH_HANDOVERS", "2000"))
RATE = int(os.environ.get("KENTONGAN_BENCH_RATE", "100"))  # a second; --rate
SECONDS = int(os.environ.get("KENTONGAN_BENCH_SECONDS", "60"))  # --seconds; 600 for the ten minutes of the aim
MOST_MS = 10  # of two cores at 200 a second

SUBMIT = """
import time
from uuid import uuid4
from kentongan import reports, routing
begun = time.monotonic()
for number in range(many):
    if rate:
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
    routing.submit(reports.Submission(uuid4(), "road_damage", text=f"Lubang {number}", lon=lon, lat=lat), None)
answer = time.monotonic() - begun
"""
# How long each report was on its way: from its first entry (the giver's time) to the entry that it came with.
LAGS = """
from kentongan.reports.models import Entry
came = dict(Entry.objects.filter(kind="came_in", report_id__gt=after).values_list("report_id", "at"))
made = dict(Entry.objects.filter(report_id__in=came, seq=1).values_list("report_id", "at"))
answer = [(came[one] - made[one]).total_seconds() for one in sorted(came)]
"""
COUNT = "from kentongan.reports.models import Report; answer = Report.objects.count()"
NEWEST = "from django.db.models import Max; from kentongan.reports.models import Report\n"
NEWEST += "answer = Report.objects.aggregate(Max('pk'))['pk__max'] or 0"


def measure(work: Path) -> list[Figure]:
    """Rounds of a backlog that is delivered as fast as it goes, then a steady stream."""
    places = work / "places.index"
    build_country(places)
    giver, taker = Instance("pemberi", work / "giver", places), Instance("penerima", work / "taker", places)
    try:
        taker.run("from kentongan import bodies; bodies.make_partner('id.pu')")
        for one in (giver, taker):
            one.start("serve")
        introduce(giver, taker)
        giver.run("from kentongan.network import peers; peers.set_reach(peers.find('penerima'), 'id.pu')")
        taker.start("worker")
        rates = sorted(_backlog(giver, taker) for _round in range(ROUNDS))
        giver.start("worker")
        lags, used = _stream(giver, taker)
    finally:
        giver.close()
        taker.close()
    third = len(lags) // 3
    late, grown = _p95(lags), _p95(lags[-third:]) / max(_p95(lags[:third]), 0.001)
    beside = f"{RATE}/s for {SECONDS} s, {len(lags):,} reports"
    return [
        Figure("network: hand-overs", rates[len(rates) // 2], "per s", 200, True, f"{MANY:,} waiting"),
        Figure("network: lag p95", late, "s", 2, False, beside),
        Figure("network: lag, last third of first", grown, "ratio", 1.5, False, beside),
        Figure("network: processor a hand-over", used * 1e3, "ms", MOST_MS, False, "servers and workers of both"),
    ]


def _backlog(giver: Instance, taker: Instance) -> float:
    """Hand-overs a second, worked off by one worker from a standing start."""
    before = taker.run(COUNT)
    giver.run(SUBMIT, many=MANY, rate=0, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    giver.start("worker")
    until(lambda: taker.run(COUNT) > before, 60)
    begun, there = time.perf_counter(), taker.run(COUNT)
    until(lambda: taker.run(COUNT) == before + MANY, 300)
    taken = time.perf_counter() - begun
    giver.kill("worker")
    return float(before + MANY - there) / taken


def _stream(giver: Instance, taker: Instance) -> tuple[list[float], float]:
    """How long each was on its way, and the processor that one takes at both ends, in seconds."""
    ready = taker.run(COUNT)
    giver.run(SUBMIT, many=1, rate=0, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    until(lambda: taker.run(COUNT) > ready, 60)  # the worker runs
    after, before, begun = taker.run(NEWEST), taker.run(COUNT), _processor(giver, taker)
    giver.run(SUBMIT, many=RATE * SECONDS, rate=RATE, lon=ON_NATIONAL_ROAD[0], lat=ON_NATIONAL_ROAD[1])
    until(lambda: taker.run(COUNT) == before + RATE * SECONDS, 300)
    used = (_processor(giver, taker) - begun) / (RATE * SECONDS)
    lags: list[float] = taker.run(LAGS, after=after)
    return lags, used


def _processor(*instances: Instance) -> float:
    """Seconds that their servers and workers have used so far, and what these started; without a database's own."""
    sessions = {one.pid for held in instances for one in held.processes.values()}
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            told = stat.read_text().rpartition(")")[2].split()  # behind the name: proc_pid_stat(5) from its field 3 on
            ticks += int(told[11]) + int(told[12]) if int(told[3]) in sessions else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _p95(lags: list[float]) -> float:
    return quantiles(lags, n=20)[18]
