"""One thing done with `KENTONGAN_BENCH_BULK` reports while colleagues change 500 of them, and taken back: how fast, and
that each is either done or told as changed, never both, never neither."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from time import perf_counter
from uuid import uuid4

from bench.figures import Figure
from bench.seeding import BATCH, row, world
from kentongan import bodies, casework, catalogue, reports, routing
from kentongan.bodies.models import Membership
from kentongan.casework import repeating
from kentongan.casework.models import BulkItem
from kentongan.people.models import Person
from kentongan.reports import Actor, Who
from kentongan.reports.models import Report

MANY = int(os.environ.get("KENTONGAN_BENCH_BULK", "10000"))
CHANGED, EACH_TURN = min(500, MANY // 20), 25  # half of them before the worker begins
BODY = "31.roads"


def measure(work: Path) -> list[Figure]:
    """The rate of the way there, and that nothing fell between."""
    repeating.TURN = 1.0
    world()
    boss, officer = (_staff(role) for role in ("coordinator", "officer"))
    _fill()
    begun = perf_counter()
    bulk = casework.begin_bulk(boss, BODY, uuid4(), {"priority": "high", "to": "me"}, casework.Filter(),
                               upto=casework.newest_report())  # fmt: skip
    pressed = perf_counter() - begun
    chosen = Random(7).sample(list(Report.objects.values_list("pk", "code")), CHANGED)
    before, after = set[int](), set[int]()
    for pk, code in chosen[: CHANGED // 2]:
        _change(officer, code)
        before.add(pk)
    rest, spent = chosen[CHANGED // 2 :], 0.0
    while bulk.items.filter(fate=BulkItem.Fate.WAITS).exists():
        waiting = set(bulk.items.filter(fate=BulkItem.Fate.WAITS).values_list("report_id", flat=True))
        for pk, code in rest[:EACH_TURN]:
            _change(officer, code)
            (before if pk in waiting else after).add(pk)
        rest = rest[EACH_TURN:]
        begun = perf_counter()
        casework.do_bulk(lambda _report, _step: None)
        spent += perf_counter() - begun
    told = set(
        bulk.items.filter(fate=BulkItem.Fate.FAILED, why="changed_meanwhile").values_list("report_id", flat=True)
    )
    done = bulk.items.filter(fate=BulkItem.Fate.DONE).count()
    casework.undo_bulk(boss, bulk.pk)
    while bulk.items.filter(fate=BulkItem.Fate.DONE).exists():
        casework.do_bulk(lambda _report, _step: None)
    kept = set(bulk.items.filter(fate=BulkItem.Fate.KEPT).values_list("report_id", flat=True))
    wrong = len(told ^ before) + len(kept ^ after) + abs(MANY - done - len(told))
    beside = (
        f"{MANY:,} reports, {len(before)} changed before their turn, {len(after)} after it; the press {pressed:.1f} s"
    )
    return [
        Figure("bulk work", done / spent, "reports/s", 50, at_least=True, beside=beside),
        Figure("bulk work, lost or done twice", wrong, "reports", 0, at_least=False, beside="there and back"),
    ]


def _staff(role: str) -> Person:
    member = Person.objects.create_user(f"{role}@bench.example", name=role)
    Membership.objects.create(person=member, body=bodies.get(BODY), role=role)
    return member


def _change(by: Person, code: str) -> None:
    reports.note(code, Who(by, Actor.OFFICER, BODY), "Saya lihat dulu", internal=True)


def _fill() -> None:
    kinds = [one.code for one in catalogue.choosable() if one.needs_place]
    decision = routing.preview("road_damage", 106.82, -6.17).as_json()
    for at in range(0, MANY, BATCH):
        made = [row(at + one, 106.82, -6.17, kinds, decision) for one in range(min(BATCH, MANY - at))]
        for one in made:
            one.state = "routed"
        Report.objects.bulk_create(made)
