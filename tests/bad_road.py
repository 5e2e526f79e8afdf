"""A road between two instances on which calls are lost, repeated, delayed and refused: a proxy with faults by seed."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from urllib.parse import urlsplit

FAULTS = ("refuse", "lose", "lose_answer", "twice", "late")


class BadRoad:
    """Forwards to `target`; while `bad`, a share of the calls meets a fault, evenly spread. `met` counts them.

    Besides the usual `FAULTS`, `only` makes all calls of a kind meet `hang` (done over there, but answered after `hold`
    seconds) or `broken` (half of the bytes come). `replay` sends old messages again.
    """

    def __init__(self, target: str, seed: int = 1, share: float = 0.4) -> None:
        self.target, self.share, self.bad = urlsplit(target), share, True
        self.chance, self.met = random.Random(seed), Counter[str]()
        first = seed % len(FAULTS)  # in turn, so that few calls meet them all
        self.faults = cycle(FAULTS[first:] + FAULTS[:first])
        self.due, self.turn = 0.0, threading.Lock()
        self.path, self.hold, self.calls = "", 2.0, list[tuple[str, str, dict[str, str], bytes]]()
        road = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                road.pass_on(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def do_GET(self) -> None:
                road.pass_on(self, b"")

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Ends the road."""
        self.server.shutdown()
        self.server.server_close()

    def only(self, fault: str, path: str = "") -> None:
        """From now on every call whose path has `path` in it meets this fault, and no other call any."""
        self.bad, self.share, self.faults, self.path = True, 1.0, cycle((fault,)), path

    def replay(self) -> list[int]:
        """Sends every message that ever came through once more, the newest first; the statuses of the answers."""
        return [self._call(*one)[0] for one in reversed(self.calls) if one[0] == "POST"]

    def pass_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """One call, with or without a fault."""
        fault = self._fault(handler.path)
        if fault == "refuse":
            _answer(handler, 500, b"<h1>Internal Server Error</h1>")
            return
        if fault == "late":
            time.sleep(self.chance.uniform(0.2, 0.8))
        # The Host stays as it came: it is part of what was signed.
        call = (handler.command, handler.path, dict(handler.headers), body)
        self.calls.append(call)
        try:
            status, content = (0, b"") if fault == "lose" else self._call(*call)
            if fault == "twice":
                status, content = self._call(*call)
        except OSError:
            status, content = 0, b""
        if fault == "hang":
            time.sleep(self.hold)
        if fault == "broken":
            content = content[: len(content) // 2]
        if not status or fault == "lose_answer":
            handler.close_connection = True
            handler.connection.close()
            return
        _answer(handler, status, content)

    def _fault(self, path: str) -> str:
        with self.turn:
            fault = ""
            if self.bad and self.path in path:
                self.due += self.share
                if self.due >= 1:
                    self.due -= 1
                    fault = next(self.faults)
            self.met[fault] += 1
            return fault

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        onward = http.client.HTTPConnection(self.target.hostname or "", self.target.port, timeout=30)
        try:
            onward.request(method, path, body or None, headers)
            answer = onward.getresponse()
            return answer.status, answer.read()
        finally:
            onward.close()


def _answer(handler: BaseHTTPRequestHandler, status: int, content: bytes) -> None:
    try:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
    except OSError:
        handler.close_connection = True
