"""How often a kill makes an outside hear something twice: senders at full work, killed at random moments.

The receivers live in this process; each sender is a process of its own that is killed with SIGKILL. What a killed one
held leased is set free at once, as its end would have done.

What was killed while a call was under way nobody can settle from one side: the receiver has it, and nobody here can
know. The limit is for the rest: what the receiver had answered before the kill, and was told again all the same.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from bench.figures import Figure
from bench.seeding import EAST, NORTH, SOUTH, WEST, world
from kentongan import network, notify, reports, routing
from kentongan.foundation import outbox
from kentongan.network import peers
from kentongan.network.dialects.webhook import signing
from kentongan.network.models import Delivery, PeerState
from kentongan.notify.models import Message
from kentongan.subscribers import register
from tests.ports import free_port

MANY = int(os.environ.get("KENTONGAN_BENCH_KILLS", "400"))
LONGEST = 0.4  # seconds of full work before a kill, at most; for mails a tenth, as they are so much faster


class _Receiver(BaseHTTPRequestHandler):
    answered: dict[str, list[float]] = {}  # by id: when each answer to it was out, by the monotonic clock
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.answered.setdefault(self.headers["webhook-id"], []).append(time.monotonic())

    def log_message(self, *_given: Any) -> None:
        """Quiet."""


class _Mailbox:
    answered: dict[str, list[float]] = {}

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it so
        key = str(message_from_bytes(envelope.content)["Message-ID"])
        self.answered.setdefault(key, []).append(time.monotonic())
        return "250 taken"


def measure(_work: Path) -> list[Figure]:
    """Webhooks, then mails."""
    world()
    register()
    return [_webhooks(), _mails()]


def _webhooks() -> Figure:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = f"http://127.0.0.1:{server.server_port}/in"
    peer = peers.add("penerima", "webhook", where, title="Penerima", secret=signing.new_secret())
    peers.set_reach(peer, "31")
    peers.switch(peer, PeerState.ACTIVE)
    chance = Random(7)
    for _ in range(MANY):
        place = (chance.uniform(WEST, EAST), chance.uniform(SOUTH, NORTH))
        routing.submit(reports.Submission(uuid4(), "road_damage", "Lubang", *place, channel="api"), None)
    while outbox.drain():
        pass
    kills = _until_done(
        network.deliver_all, Delivery.objects.all(), lambda left: left.update(leased_until=None), LONGEST
    )
    server.shutdown()
    return _figure("webhooks", _Receiver.answered, kills)


def _mails() -> Figure:
    Message.objects.all().delete()
    rows = (Message(key=f"bench/{at}", address="warga@example.org", subject="Kabar", body="Isi") for at in range(MANY))
    Message.objects.bulk_create(rows)
    server = Controller(_Mailbox(), hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", server.port, False
    past = timezone.now() - timedelta(hours=1)
    kills = _until_done(
        notify.deliver, Message.objects.filter(sent_at=None), lambda left: left.update(due_at=past), LONGEST / 10
    )
    server.stop()
    return _figure("mails", _Mailbox.answered, kills)


def _until_done(send: Any, waiting: Any, free: Any, longest: float) -> list[float]:
    """Kills a sender after the other until nothing waits; when each was killed, by the monotonic clock."""
    chance, kills = Random(11), list[float]()
    while waiting.exists():
        before = waiting.count()
        connections.close_all()
        sender = get_context("fork").Process(target=send)
        sender.start()
        while waiting.count() == before and sender.is_alive():  # it is at work
            time.sleep(0.005)
        time.sleep(chance.uniform(0, longest))
        if sender.is_alive():
            kills.append(time.monotonic())
            os.kill(sender.pid or 0, signal.SIGKILL)
        sender.join()
        free(waiting)
    return kills


def _figure(what: str, answered: dict[str, list[float]], kills: list[float]) -> Figure:
    twice = [times for times in answered.values() if len(times) > 1]
    ours = sum(any(times[0] < kill < times[1] for kill in kills) for times in twice)
    beside = (
        f"{len(answered):,} ids in {len(kills)} kills at full work; {len(twice)} heard more than once,"
        f" {len(twice) - ours} of them killed during the call itself ({connection.vendor})"
    )
    return Figure(
        f"kills: {what} answered and told again, of kills", ours / max(len(kills), 1), "ratio", 0.05, False, beside
    )
