"""From a press to the push service: a worker of its own, and a receiver here that opens what it is handed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import quantiles
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from bench import screens
from bench.figures import Figure
from kentongan import notify
from kentongan.emergency.models import Alert, Duty
from kentongan.foundation import heartbeat
from kentongan.notify.models import Push, PushKind
from kentongan.people.models import Person
from tests.notify.push_service import Browser, PushService

AHEAD = timedelta(seconds=25)  # how far a heart-beat may lie ahead: those on duty stay so for as long as it takes
LIMIT = 2.0  # seconds
PATIENCE = 60  # seconds in which all have to be handed over


def measure(port: int, said: Sequence[tuple[int, dict[str, object]]], people: Sequence[tuple[int, Person]], rate: float,
            pressing: int) -> list[Figure]:  # fmt: skip
    """Presses at a steady rate; the operator (with their post) of each region has a phone that rings for duty."""
    with tempfile.TemporaryDirectory() as folder, _receiver(Path(folder)) as (pipe, origin, certificate):
        browsers = _join(people, origin)
        connections.close_all()
        with _worker(certificate):
            _wake(people)
            pressed = asyncio.run(screens.press(port, said, rate, pressing))
            _wait()
        pipe.send("told")
        taken: list[tuple[float, str, bytes]] = pipe.recv()
    first: dict[str, float] = {}
    for at, path, body in taken:
        alert = json.loads(browsers[path].opened(body))["path"].rpartition("/")[2]
        first[alert] = min(at, first.get(alert, at))
    took = [first[one.key] - one.sent for one in pressed if one.key in first]
    cut = quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    real = len(pressed) / max(1e-9, max(one.sent for one in pressed) - min(one.sent for one in pressed))
    load = os.getloadavg()[0]
    beside = f"{len(pressed):,} alerts at {real:.0f}/s, {len(people)} phones, {connection.vendor}, load {load:.0f}"
    told = f"p50 {cut[49]:.2f} s, p99 {cut[98]:.2f} s; {beside}"
    return [
        Figure("handed to the push service, p95", cut[94] * 1e3, "ms", LIMIT * 1e3, False, told),
        Figure("told on no phone", float(len(pressed) - len(took)), "of them", 0, False, beside),
    ]


@contextmanager
def _receiver(folder: Path) -> Iterator[tuple[Pipe, str, Path]]:
    """In a process of its own: it would else take the time of those who press."""
    here, there = get_context("fork").Pipe()
    running = get_context("fork").Process(target=_receive, args=(there, folder), daemon=True)
    running.start()
    origin, certificate = here.recv()
    yield here, origin, certificate
    running.terminate()
    running.join()


def _receive(pipe: Pipe, folder: Path) -> None:
    service, taken = PushService(folder), []

    class Taken(list[Any]):
        def append(self, one: Any) -> None:
            taken.append((time.time(), one[0], one[2]))

    service.taken = Taken()
    pipe.send((service.origin, service.certificate))
    pipe.recv()
    pipe.send(taken)


def _join(people: Sequence[tuple[int, Person]], origin: str) -> dict[str, Browser]:
    browsers = {}
    for _post, person in people:
        path = f"/{person.pk}"
        browsers[path] = Browser()
        notify.join(person, browsers[path].said(origin + path))
        notify.want(person, [PushKind.DUTY])
    notify.public_key()
    return browsers


def _wake(people: Sequence[tuple[int, Person]]) -> None:
    beat = timezone.now() + AHEAD
    Duty.objects.bulk_create([Duty(watch_id=post, person=person, beat_at=beat) for post, person in people])
    connections.close_all()


@contextmanager
def _worker(certificate: Path) -> Iterator[None]:
    env = {**os.environ, "REQUESTS_CA_BUNDLE": str(certificate), "DJANGO_SETTINGS_MODULE": "bench.settings"}
    begin = str(Path(sys.executable).with_name("kentongan"))
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen([begin, "worker"], env=env, stdout=said, stderr=said)
        end = time.monotonic() + PATIENCE
        while not heartbeat.may_live() and time.monotonic() < end:
            if running.poll() is not None:
                said.seek(0)
                raise RuntimeError(said.read().decode())
            time.sleep(0.5)
        time.sleep(2)  # its other lanes begin
        try:
            yield
        finally:
            running.terminate()
            running.wait(20)


def _wait() -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and (
        Alert.objects.filter(phoned=0).exists() or Push.objects.filter(ended_at=None).exists()
    ):
        time.sleep(0.5)
    connections.close_all()
