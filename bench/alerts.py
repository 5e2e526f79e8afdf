"""From a press to the operator's screen: idle streams, then alerts at a steady rate over many regions; and what a kill
of server, worker, database or browser tab in the middle loses or doubles. Then from a press to the push service.

A screen is an open stream of an operator; what it tells makes the page fetch itself anew, which is not counted here.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any
from uuid import uuid4

from django.db import connection, connections
from django.db.models import F
from django.test import Client

from bench import killing, phones, screens
from bench.client import Connection, request
from bench.figures import Figure
from bench.seeding import world
from bench.web import _server
from kentongan import places
from kentongan.bodies.models import Body, Membership
from kentongan.emergency.models import Alert, Entry, Watch
from kentongan.live.models import Change
from kentongan.people.models import Person

IDLE = 10.0  # seconds that the streams are watched doing nothing
PHONES = 60  # connections that press at once
BOXES = ((106.0, -7.5, 112.0, -6.2), (98.0, 0.0, 101.5, 4.0), (115.0, -8.7, 119.0, -8.2), (119.2, -5.5, 121.0, -1.0))


@dataclass
class Sizes:
    """How much is asked of it: what issue 13 names, unless told."""

    alerts: int = 2_000
    rate: float = 200.0
    screens: int = 2_000
    regions: int = 200
    kills: int = 12
    phones: int = 1_000


SIZES = Sizes()


@dataclass(frozen=True)
class Region:
    """A regency with a post, a place in it, and the session of its operator."""

    post: int
    lon: float
    lat: float
    cookie: str
    person: Person


def measure(work: Path) -> list[Figure]:
    """Idle streams, the way of an alert, then kills."""
    world()
    regions = _regions(SIZES.regions)
    with _server() as port:
        found = asyncio.run(_measured(port, regions)) if SIZES.screens else []
        connections.close_all()
        if SIZES.phones:
            Alert.objects.update(phoned=F("rounds"), step_at=None)  # those of before, which nobody has taken
            people = [(one.post, one.person) for one in regions]
            found += phones.measure(port, _said(regions, SIZES.phones), people, SIZES.rate, PHONES)
    connections.close_all()
    return found + (killing.measure(work, SIZES.kills) if SIZES.kills else [])


async def _measured(port: int, regions: list[Region]) -> list[Figure]:
    await asyncio.to_thread(_warm, port, regions)
    before = _processes()
    asked = [(at % len(regions), _listening(regions[at % len(regions)])) for at in range(SIZES.screens)]
    opened = await screens.open_screens(port, asked)
    await asyncio.sleep(2)
    begun, at = _processes(), time.monotonic()
    await asyncio.sleep(IDLE)
    idle, seconds = _processes(), time.monotonic() - at
    pressed = await screens.press(port, _said(regions, SIZES.alerts), SIZES.rate, PHONES)
    await asyncio.sleep(2)
    await screens.close(opened)
    share = (idle.seconds - begun.seconds) / seconds
    held = f"{len(opened):,} streams over {len(regions)} regions, {connection.vendor}, load {os.getloadavg()[0]:.0f}"
    return [
        Figure("idle streams: of a core", share * 100, "%", 5, False, held),
        Figure("idle streams: memory more", (idle.memory - before.memory) / 1e6, "MB", 300, False, held),
        *(await asyncio.to_thread(_way, regions, [one for one, _task in opened], pressed)),
    ]


def _said(regions: list[Region], many: int) -> list[tuple[int, dict[str, object]]]:
    """First messages from places drawn by a fixed seed."""
    chance = Random(7)
    said: list[tuple[int, dict[str, object]]] = []
    for _ in range(many):
        region = chance.randrange(len(regions))
        one = regions[region]
        said.append((region, {"alert_id": str(uuid4()), "lon": one.lon, "lat": one.lat, "accuracy": 12, "age": 1}))
    return said


def _way(regions: list[Region], shown: list[screens.Screen], pressed: list[screens.Pressed]) -> list[Figure]:
    """Each press against the first change on each screen of its region that has its number or a later one."""
    connections.close_all()
    kept = {str(key): (post, at) for key, post, at in Alert.objects.values_list("pk", "watch", "created_at")}
    told: dict[int, list[tuple[Any, int]]] = {}
    for change, topics, at in Change.objects.order_by("pk").values_list("pk", "topics", "at"):
        for topic in topics.split():
            if topic.startswith("watch:"):
                told.setdefault(int(topic[6:]), []).append((at, change))
    by_region: dict[int, list[screens.Screen]] = {}
    for each in shown:
        by_region.setdefault(each.region, []).append(each)
    taken, unseen = [], 0
    for one in pressed:
        post, made = kept.get(one.key, (None, None))
        number = next((key for at, key in told.get(post or 0, []) if made is not None and at >= made), None)
        for screen in by_region.get(one.region, []):
            heard = next((at for at, key in screen.heard if number is not None and key >= number), None)
            if heard is None:
                unseen += 1
            else:
                taken.append(heard - one.sent)
    rate = len(pressed) / max(1e-9, max(one.sent for one in pressed) - min(one.sent for one in pressed))
    beside = f"{len(pressed):,} alerts at {rate:.0f}/s of {SIZES.rate:.0f}/s asked, {len(shown):,} screens"
    once = Entry.objects.filter(kind="received").count()
    good = sum(one.status == 201 for one in pressed)
    return [
        _spread("release to screen", taken, 1.0, beside),
        _spread("acknowledged to the phone", [one.took for one in pressed], 0.3, beside),
        Figure("screens that saw nothing of an alert", unseen, "of them", 0, False, f"of {len(taken) + unseen:,}"),
        Figure("pressed but not stored", float(len(pressed) - min(good, once)), "of them", 0, False, beside),
    ]


def _spread(name: str, taken: list[float], limit: float, beside: str) -> Figure:
    """p95 against its limit, with p50 and p99 beside it."""
    cut = quantiles(taken, n=100) if len(taken) > 1 else [0.0] * 99
    told = f"p50 {cut[49] * 1e3:.0f} ms, p99 {cut[98] * 1e3:.0f} ms; {beside}"
    return Figure(f"{name}, p95", cut[94] * 1e3, "ms", limit * 1e3, False, told)


def _regions(many: int) -> list[Region]:
    """Regencies that the map of this installation knows, each with a post of its own body and an operator."""
    chance, found = Random(5), {}
    bodies = set(Body.objects.values_list("code", flat=True))
    for _try in range(many * 60):
        west, south, east, north = chance.choice(BOXES)
        lon, lat = round(chance.uniform(west, east), 5), round(chance.uniform(south, north), 5)
        chain = places.locate(lon, lat).areas
        code = str(chain[1].code) if len(chain) > 1 else ""
        if code in bodies and code not in found:
            found[code] = (lon, lat)
        if len(found) >= many:
            break
    made = []
    for code, (lon, lat) in found.items():
        post = Watch.objects.create(body_id=code, title=f"Posko {code}", area_code=code)
        person = Person.objects.create(email=f"operator.{code}@bench.example", name="Operator")
        Membership.objects.create(person=person, body_id=code)
        client = Client()
        client.force_login(person)
        made.append(Region(post.pk, lon, lat, client.cookies["sessionid"].value, person))
    return made


def _listening(region: Region) -> bytes:
    head = f"GET /live?topic=watch:{region.post} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
    return f"{head}Cookie: sessionid={region.cookie}\r\n\r\n".encode()


def _warm(port: int, regions: list[Region]) -> None:
    one = Connection(port)
    for region in regions[:5]:
        one.send(request("GET", f"/api/v1/alerts/watched?lon={region.lon}&lat={region.lat}"))
        one.receive()


@dataclass(frozen=True)
class _Used:
    """Of all server processes: seconds of processor since they began, bytes of memory that are theirs."""

    seconds: float
    memory: float


def _processes() -> _Used:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    mine, more = set(), {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more}
        mine |= more
    ticks = memory = 0.0
    for pid in mine:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            held = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        ticks += int(stat[11]) + int(stat[12])
        memory += 1024 * int(held.split("Pss:")[1].split()[0])
    return _Used(ticks / os.sysconf("SC_CLK_TCK"), memory)
