"""`script/try-hard`: one running instance, everything outside it hostile, and how long its pages take meanwhile.

Loopback only. Each attack has a time after which it ends; the last line says whether pages kept answering in time.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import io
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.instances import Instance, until
from tests.pictures import picture
from tests.world import ON_NATIONAL_ROAD, build_country

LIMIT = 0.2  # seconds within which pages are to be answered (95 of 100)
WORKER_ENDS = 10.0  # seconds
PAGES = ("/healthz", "/", "/overview", "/api/v1/reports")
WAITING = """
from django.db import transaction
from kentongan.foundation import outbox
from kentongan.reports.models import Entry
known = list(Entry.objects.order_by("pk").values("report_id", "seq", "kind")[:100])
payload = lambda one: {"report": one["report_id"], "cell": None, "from": "", "to": "", **one}
for _ in range(0, number, 500):
    with transaction.atomic():
        outbox.enqueue_all("report.entry", [payload(known[at % len(known)]) for at in range(500)])
answer = outbox.Event.objects.count()
"""
COUNT = "from kentongan.foundation.outbox import Event; answer = Event.objects.count()"


class Host:
    """A host that treats each caller with `treat(connection, ended)`."""

    def __init__(self, treat: Callable[[socket.socket, threading.Event], None]) -> None:
        self._socket, self._treat, self.ended = socket.socket(), treat, threading.Event()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(128)
        self.port = self._socket.getsockname()[1]
        self.called = 0
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        with suppress(OSError):
            while not self.ended.is_set():
                line, _address = self._socket.accept()
                self.called += 1
                threading.Thread(target=self._speak, args=(line,), daemon=True).start()

    def _speak(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            self._treat(line, self.ended)

    def close(self) -> None:
        """Ends it."""
        self.ended.set()
        self._socket.close()


def silent(_line: socket.socket, ended: threading.Event) -> None:
    """Takes the call and says nothing."""
    ended.wait()


def dripping(line: socket.socket, ended: threading.Event) -> None:
    """A byte a second, for ever."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not ended.wait(1):
        line.sendall(b" ")


def bomb(line: socket.socket, _ended: threading.Event) -> None:
    """300 kB that unpack to 300 MB."""
    packed = gzip.compress(bytes(300 * 1024 * 1024), 9)
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}"
    )
    line.recv(65536)
    line.sendall(head.encode() + b"\r\n\r\n" + packed)


class Visitor:
    """Somebody who reads pages all the time, each on a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port, self._ended = port, threading.Event()
        self.taken: list[float] = []
        self.faults: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        at = 0
        while not self._ended.wait(0.02):
            path, at = PAGES[at % len(PAGES)], at + 1
            begun = time.perf_counter()
            try:
                line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
                line.request("GET", path)
                answer = line.getresponse()
                answer.read()
                line.close()
            except OSError as fault:
                self.faults.append(f"{path}: {type(fault).__name__}")
                continue
            self.taken.append(time.perf_counter() - begun)
            if answer.status != 200:
                self.faults.append(f"{path}: {answer.status}")

    def told(self) -> tuple[list[float], list[str]]:
        """What it met since it was asked last, one page at least: seconds and faults."""
        until(lambda: self.taken or self.faults)  # an attack may be over before the page that it met
        taken, faults, self.taken, self.faults = self.taken, self.faults, [], []
        return sorted(taken), faults

    def close(self) -> None:
        """Goes home."""
        self._ended.set()
        self._thread.join(90)


class Trial:
    """The instance, its hostile surroundings, and the attacks."""

    def __init__(self, folder: Path, seconds: float, reports: int) -> None:
        self.seconds, self.reports = seconds, reports
        self.silent, self.mail = Host(silent), Host(silent)
        self.dripping, self.bomb = Host(dripping), Host(bomb)
        places = folder / "places.index"
        build_country(places)
        self.instance = Instance(
            "sasaran", folder / "target", places,
            KENTONGAN_SMTP_HOST="127.0.0.1", KENTONGAN_SMTP_PORT=str(self.mail.port), KENTONGAN_SMTP_TLS="false",
            KENTONGAN_PHOTOS_BUCKET="foto", KENTONGAN_PHOTOS_ENDPOINT=f"http://127.0.0.1:{self.silent.port}",
            KENTONGAN_PHOTOS_REGION="id", KENTONGAN_PHOTOS_KEY="k", KENTONGAN_PHOTOS_SECRET="s",
            KENTONGAN_ANONYMOUS_REPORTS_PER_HOUR="100000",
        )  # fmt: skip
        self.instance.start("serve", "worker")
        for _ in range(5):
            self.submit()

    def attacks(self) -> list[tuple[str, Callable[[], object]]]:
        """Each with its name, in the order in which they add up."""
        return [
            ("nothing yet", lambda: time.sleep(self.seconds)),
            ("50 bodies that drip", self.slow_bodies),
            ("a host that drips and a gzip bomb", self.introduce),
            ("a mail server that hangs", self.ask_for_codes),
            ("a bucket that is silent", self.send_photos),
            (f"{self.reports:,} events waiting", self.flood),
            ("a worker that is killed", self.kill_worker),
        ]

    def slow_bodies(self) -> None:
        """Clients that announce a body and send a byte in a while."""
        with ExitStack() as held:
            for _ in range(50):
                one = held.enter_context(socket.create_connection(("127.0.0.1", self.instance.port), timeout=30))
                one.sendall(b"POST /api/v1/preview HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
                one.sendall(b"Content-Length: 1000\r\n\r\n{")
            time.sleep(self.seconds)

    def introduce(self) -> None:
        """Introductions of instances whose cards never end, or unpack to very much."""
        for host in (self.dripping, self.bomb):
            said = json.dumps({"url": f"http://127.0.0.1:{host.port}"}).encode()
            self._post("/network/v1/introductions", said, "application/json")
        time.sleep(self.seconds)

    def ask_for_codes(self) -> None:
        """Sign-in codes, by mail."""
        for number in range(5):
            self.instance.run("from django.core.mail import send_mail; send_mail('Kode', '1', None, [to])",
                              to=f"warga{number}@example.org")  # fmt: skip
        until(lambda: self.mail.called)
        time.sleep(self.seconds)

    def send_photos(self) -> None:
        """Photos, and reports while they are on their way to a bucket that says nothing."""
        for number in range(3):
            edge = uuid4().hex
            head = f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
            body = head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + _bytes(picture(number))
            self._post("/api/v1/photos", body + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}")
            self.submit()
        time.sleep(self.seconds)

    def flood(self) -> None:
        """Very many events for the worker."""
        self.instance.run(WAITING, number=self.reports)
        time.sleep(self.seconds)

    def kill_worker(self) -> None:
        """The worker is killed in the middle of it, and another goes on."""
        self.instance.kill("worker")
        left = self.instance.run(COUNT)
        self.instance.start("worker")
        if left:
            until(lambda: self.instance.run(COUNT) < left)
        time.sleep(self.seconds)

    def submit(self) -> None:
        """A report, as anybody sends one: it has to be taken whatever goes on."""
        sent = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang", "lon": ON_NATIONAL_ROAD[0],
                "lat": ON_NATIONAL_ROAD[1]}  # fmt: skip
        status = self._post("/api/v1/reports", json.dumps(sent).encode(), "application/json")
        if status != 201:
            raise RuntimeError(f"a report was answered {status}")

    def end_worker(self) -> float:
        """Seconds until the worker has ended that was told to, whatever hangs in it."""
        self.mail.called = 0
        self.instance.run("from kentongan.notify.models import Message; Message.objects.update(due_at=at)",
                          at="2026-01-01T00:00:00Z")  # fmt: skip
        until(lambda: self.mail.called)  # it hangs there now
        worker, begun = self.instance.processes.pop("worker"), time.monotonic()
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
        return time.monotonic() - begun

    def _post(self, path: str, body: bytes, kind: str) -> int:
        asked = urllib.request.Request(f"{self.instance.url}{path}", body, {"Content-Type": kind})
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def close(self) -> None:
        """Ends everything."""
        self.instance.close()
        for host in (self.silent, self.mail, self.dripping, self.bomb):
            host.close()


def _bytes(image: Any) -> bytes:
    return bytes(image.read()) if isinstance(image, io.IOBase) else bytes(image)


@contextmanager
def trial(folder: Path, seconds: float, reports: int) -> Iterator[Trial]:
    """A trial that ends by itself."""
    one = Trial(folder, seconds, reports)
    try:
        yield one
    finally:
        one.close()


def main() -> int:
    """Prints a line an attack; 0 where all pages were answered, and 95 of 100 in time."""
    asked = argparse.ArgumentParser(prog="script/try-hard", description=__doc__)
    asked.add_argument("--seconds", type=float, default=6.0, help="how long each attack lasts")
    asked.add_argument("--events", type=int, default=40_000, help="events waiting: those of half as many reports")
    given, well = asked.parse_args(), True
    with tempfile.TemporaryDirectory() as work, trial(Path(work), given.seconds, given.events) as tried:
        visitor = Visitor(tried.instance.port)
        for name, attack in tried.attacks():
            visitor.told()
            attack()
            taken, faults = visitor.told()
            p95 = taken[int(len(taken) * 0.95)] if taken else 60.0
            fine = p95 < LIMIT and not faults
            well = well and fine
            print(
                f"{'ok  ' if fine else 'MISS'} {name:<36} {len(taken):>5} pages, p95 {p95 * 1e3:6.0f} ms, "
                f"longest {max(taken, default=60.0) * 1e3:6.0f} ms {' '.join(faults[:3])}",
                flush=True,
            )
        visitor.close()
        took = tried.end_worker()
        well = well and took <= WORKER_ENDS
        print(f"{'ok  ' if took <= WORKER_ENDS else 'MISS'} the worker, told to end, ended in {took:.1f} s")
    print("Pages kept answering in time." if well else f"Pages were late (limit {LIMIT * 1e3:.0f} ms) or failed.")
    return 0 if well else 1


if __name__ == "__main__":
    os.environ.setdefault("KENTONGAN_MODE", "development")
    sys.exit(main())
