"""What a worker gets done with much waiting: events and mails a second, one worker and two.

Beside each rate stands that of its processor time: what one idle core would do, the database's own processes apart.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import time
from multiprocessing import get_context
from pathlib import Path
from random import Random
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, connections

from bench.figures import Figure
from bench.seeding import EAST, NORTH, SOUTH, WEST, world
from kentongan import notify, reports, routing
from kentongan.cli.lanes import EVENTS
from kentongan.foundation import outbox
from kentongan.foundation.outbox import Event
from kentongan.notify.models import Message
from kentongan.people.models import Person
from kentongan.subscribers import register
from tests.ports import free_port

MANY = int(os.environ.get("KENTONGAN_BENCH_EVENTS", "40000"))
MAILS = 2_000
REPORTERS = 100


def measure(_work: Path) -> list[Figure]:
    """Events of reports of which half have a reporter, as they come; then mails to a server on this machine."""
    world()
    register()
    _wait_for(MANY)
    profile = cProfile.Profile()
    one, alone = _drained(MANY // 4)
    beside = f"{MANY:,} waiting, half with a reporter; {alone:,.0f} a second of processor"
    two = _side_by_side(MANY // 4)
    profile.enable()
    outbox.drain(EVENTS[connection.vendor])
    profile.disable()
    _tell(profile)
    while outbox.drain(EVENTS[connection.vendor]):
        pass
    mails, mails_alone = _mailed()
    limit = 2_000 if connection.vendor == "sqlite" else 1_500
    return [
        Figure("worker: events", one, "per s", limit, True, beside),
        Figure("worker: events, two workers", two / one, "ratio", 1.0, True, f"{two:,.0f}/s"),
        Figure(
            "worker: mails", mails, "per s", 200, True, f"one kept connection; {mails_alone:,.0f} a second of processor"
        ),
    ]


def _wait_for(number: int) -> None:
    """Reports as they come in, and their events."""
    chance = Random(7)
    people = [Person.objects.get_or_create(email=f"warga{at}@example.org")[0] for at in range(REPORTERS)]
    for one in people:  # only who has shown that an address is theirs is written to
        EmailAddress.objects.get_or_create(user=one, email=one.email, defaults={"verified": True, "primary": True})
    while Event.objects.count() < number:
        for at in range(1000):
            place = (chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH))
            sent = reports.Submission(uuid4(), "road_damage", "Lubang", *place, channel="api")
            routing.submit(sent, people[at % REPORTERS] if at % 2 else None)


def _drained(number: int) -> tuple[float, float]:
    """Events a second, and a second of this process's processor time."""
    begun, busy, took = time.perf_counter(), time.process_time(), 0
    while took < number and (some := outbox.drain(EVENTS[connection.vendor])):
        took += some
    return took / (time.perf_counter() - begun), took / (time.process_time() - busy)


def _side_by_side(number: int) -> float:
    """Events a second of two workers together."""
    before, begun = Event.objects.count(), time.perf_counter()
    connections.close_all()
    both = [get_context("fork").Process(target=_beside, args=(number // 2,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    taken = time.perf_counter() - begun
    return (before - Event.objects.count()) / taken


def _beside(number: int) -> None:
    """As a worker that was begun by itself: Linux shares the cores among sessions first (autogroup)."""
    os.setsid()
    _drained(number)


def _mailed() -> tuple[float, float]:
    """Mails a second, and a second of processor time; the server's is in it, which runs in a thread here."""
    Message.objects.all().delete()
    rows = (Message(key=f"bench/{at}", address="warga@example.org", subject="Kabar", body="Isi") for at in range(MAILS))
    Message.objects.bulk_create(rows)
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
    begun, busy = time.perf_counter(), time.process_time()
    sent = notify.deliver()
    taken, worked = time.perf_counter() - begun, time.process_time() - busy
    server.stop()
    return sent / taken, sent / worked


def _tell(profile: cProfile.Profile) -> None:
    print(f"profile of {EVENTS[connection.vendor]} events:")
    pstats.Stats(profile).sort_stats("cumtime").print_stats(12)
