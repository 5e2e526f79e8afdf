"""Peers that hang take their time from themselves, however many they are."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kentongan.network import dispatching, peers
from kentongan.network.dialects.webhook.signing import new_secret
from kentongan.network.dispatching import Courier
from kentongan.network.models import Delivery, HandOver, HandOverState, Peer, PeerState
from kentongan.routing import submit
from tests.world import ON_NATIONAL_ROAD, submission

pytestmark = pytest.mark.django_db(transaction=True)
HANGING = 20
ENOUGH = 12.0  # seconds: a call that hangs lasts longer, and so did the wait for a free thread


class Good(BaseHTTPRequestHandler):
    """Takes everything at once."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as made:
        yield made


@pytest.fixture
def hole(listening: socket.socket) -> str:
    """Its address."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}/in"


@pytest.fixture
def good() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Good)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/in"
    server.shutdown()
    server.server_close()


@pytest.fixture
def at_work(listening: socket.socket) -> Iterator[Courier]:
    """A courier whose turns end with the test: nothing hangs once nobody listens."""
    made = Courier()
    yield made
    made.stopping = True
    listening.close()
    made.stop()


def peer(name: str, address: str, *, waiting: int = 1) -> Peer:
    """An active receiver of events for whom reports wait."""
    made = peers.add(name, "webhook", address, title=name, secret=new_secret())
    peers.switch(made, PeerState.ACTIVE)
    for _ in range(waiting):
        report = submit(submission(at=ON_NATIONAL_ROAD), None).report
        stay = HandOver.objects.create(
            report=report, peer=made, direction="out", state=HandOverState.OFFERED, body="id.pu", seq=report.seq
        )
        Delivery.objects.create(
            peer=made, report=report, kind="request", key=f"request/{stay.pk}", payload={"stay": stay.pk}
        )
    return made


def works_until(at_work: Courier, done, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        at_work.start_due()
        time.sleep(0.1)
    return done()


def left(name: str) -> int:
    return Delivery.objects.filter(peer=name).count()


def test_twenty_peers_that_hang_delay_no_good_one(world, hole, good, at_work):
    for number in range(HANGING):
        peer(f"a{number:02}", hole, waiting=2)
    peer("z-good", good, waiting=3)
    assert works_until(at_work, lambda: left("z-good") == 0, ENOUGH)
    assert sum(left(f"a{number:02}") for number in range(HANGING)) == 2 * HANGING
    assert {one.peer for one in at_work._running if not one.future.done()} >= {"a00", "a19"}


def test_peers_that_failed_before_never_take_all_threads(world, hole, good, at_work, monkeypatch):
    monkeypatch.setattr(dispatching, "SLOW", 3)
    for number in range(8):
        peer(f"a{number:02}", hole)
    Peer.objects.update(failures=1)
    peer("z-good", good)
    assert works_until(at_work, lambda: left("z-good") == 0, ENOUGH)
    hanging = [one for one in at_work._running if not one.future.done() and one.peer != "z-good"]
    assert len(hanging) == 3


def test_a_peer_gets_a_second_turn_only_once_it_has_answered(world, hole, good, at_work, monkeypatch):
    peer("hangs", hole, waiting=3)
    peer("answers", good, waiting=60)
    monkeypatch.setattr(dispatching, "LINGER", 30.0)
    seen = {"hangs": 0, "answers": 0}

    def most() -> bool:
        for name in seen:
            mine = [one for one in at_work._running if one.peer == name and not one.future.done()]
            seen[name] = max(seen[name], len(mine))
        return seen["answers"] == 2

    assert works_until(at_work, most, ENOUGH)
    assert seen["hangs"] == 1
