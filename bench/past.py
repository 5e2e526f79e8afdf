"""Importing past reports with routing: the Boston cases of 2015, moved by one shift onto Jakarta."""

from __future__ import annotations

import csv
import gzip
import os
import resource
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

from bench.figures import ROUNDS, Figure
from bench.seeding import world
from kentongan import routing
from kentongan.reports.models import Report

HERE = Path(__file__).parent
# Beside a developer's checkout.
_BESIDE = [HERE.parents[up] / "shared/data/reports/boston_311_2015.csv.gz" for up in (1, 2)]
FILE = Path(os.environ.get("KENTONGAN_BENCH_CASES") or next((one for one in _BESIDE if one.is_file()), _BESIDE[0]))
MAPPING = HERE / "boston.yaml"
LACKING = f"import: {FILE.name} is not here, nothing imported (KENTONGAN_BENCH_CASES names it)"
CONTESTED_FOR = timedelta(days=14)


def measure(work: Path) -> list[Figure]:
    """Cases a second, each round the whole file under another source; and how fast a repeat sees that it is one."""
    if not FILE.is_file():
        print(LACKING)
        return []
    world()
    rates, source, begun = [], "", _processor()
    for _ in range(ROUNDS):
        source = f"bench-{uuid4()}"
        rates.append(bring(FILE, source))
    stored, read = (
        (now - before) / Report.objects.count() * 1e6 for before, now in zip(begun, _processor(), strict=True)
    )
    again = bring(FILE, source)
    beside = f"3 to 5 rows each; a repeat {again:,.0f}/s; processor µs: reading {read:.0f}, storing {stored:.0f}"
    return [Figure("import with routing", median(rates), "cases/s", 20_000, True, beside)]


def _processor() -> tuple[float, float]:
    """Seconds of processor so far: of this process, which stores (without a server of databases), and of readers."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    mine, readers = (one.ru_utime + one.ru_stime for one in used)
    return mine, readers


def bring(file: Path, source: str) -> float:
    """Imports a file under a source of its own; returns its rows per second."""
    mapping = routing.read_mapping(MAPPING).model_copy(update={"source": source})
    begun = perf_counter()
    found = routing.import_file(file, mapping, contested_for=CONTESTED_FOR, skip_invalid=True)
    return (found.new + found.known + found.wrong) / (perf_counter() - begun)


def sample(work: Path, number: int) -> Path:
    """A file of about `number` cases from the whole year."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as packed:
        rows = list(csv.reader(packed))
    path = work / "sample.csv"
    with path.open("w", encoding="utf-8", newline="") as kept:
        csv.writer(kept).writerows([rows[0], *islice(rows[1:], 0, None, max(1, len(rows) // number))])
    return path


def fill(work: Path, to: int) -> None:
    """Imports the cases, whole years under ever new sources, until there are about `to` reports."""
    there = Report.objects.count()
    if not there:
        bring(sample(work, to), "sample")
    while (there := Report.objects.count()) < to - 60_000:
        bring(FILE, f"year-{there}")
