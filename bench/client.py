"""A client that leaves the cores to the server: requests are bytes made beforehand, answers are read no further than
their status and length. One thread; each of its connections has one request under way."""

from __future__ import annotations

import socket
import time
from statistics import median, quantiles

from bench.figures import ROUNDS

CONNECTIONS = 4


class Connection:
    """One kept-open connection to the server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent = 0.0

    def send(self, request: bytes) -> None:
        """Sends a request whose answer is to be received before the next."""
        self._sent = time.perf_counter()
        self._socket.sendall(request)

    def receive(self) -> tuple[int, bytes, float]:
        """Status, body and seconds since it was asked for. Raises RuntimeError where the server hangs up."""
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        head, parts = got[:end].lower(), [got[end + 4 :]]
        at = head.index(b"content-length:") + 15
        missing = int(head[at:].split(b"\r\n", 1)[0]) - len(parts[0])
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return int(got[9:12]), b"".join(parts), time.perf_counter() - self._sent

    def _more(self) -> bytes:
        if not (some := self._socket.recv(262_144)):
            raise RuntimeError("the server closed the connection")
        return some


def request(method: str, path: str, body: str = "", *, packed: bool = False) -> bytes:
    """A request as it goes over the wire; `packed`: the answer may be compressed."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n"
    if packed:
        head += "Accept-Encoding: gzip\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n{body}".encode()


def rate(port: int, requests: list[bytes], expect: int = 200) -> float:
    """Answers per second to these requests."""
    held = [Connection(port) for _ in range(CONNECTIONS)]
    begun = time.perf_counter()
    for at in range(len(requests) + CONNECTIONS):
        one = held[at % CONNECTIONS]
        if at >= CONNECTIONS:
            _expect(one, expect)
        if at < len(requests):
            one.send(requests[at])
    return len(requests) / (time.perf_counter() - begun)


def p95(port: int, requests: list[bytes], beside: bytes) -> tuple[float, float]:
    """Seconds within which 95 % of the answers came, and of those to `beside`, asked in turn with them: what the
    machine was like in that moment. The medians over a few rounds."""
    held, found = Connection(port), list[tuple[float, float]]()
    for _ in range(ROUNDS + 1):
        taken, others = list[float](), list[float]()
        for asked in requests:
            for one, times in ((asked, taken), (beside, others)):
                held.send(one)
                times.append(_expect(held, 200))
        found.append((quantiles(taken, n=20)[18], quantiles(others, n=20)[18]))
    slowest, beside_them = zip(*found[1:], strict=True)
    return median(slowest), median(beside_them)


def fetch(port: int, path: str) -> bytes:
    """What a browser loads from an address of the server, packed where the server packs it."""
    one = Connection(port)
    one.send(request("GET", path, packed=True))
    return one.receive()[1]


def _expect(one: Connection, status: int) -> float:
    told, body, seconds = one.receive()
    if told != status:
        raise RuntimeError(f"answered {told}: {body[:300]!r}")
    return seconds
