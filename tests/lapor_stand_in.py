"""A stand-in for the national complaint channel, for tests. It is not SP4N-LAPOR! and says so in every answer."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "token-uji"


class StandIn:
    """Keeps complaints in memory. `fail` holds the statuses of the next answers, `now` its clock."""

    def __init__(self) -> None:
        self.complaints: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.answers: list[dict[str, Any]] = []
        self.fail: list[int] = []
        self.now = "2026-05-04T09:00:00"  # without a zone, as such systems often have it
        handler = type("Handler", (_Handler,), {"channel": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def tell(self, tracking: str, status: str, text: str = "", media: tuple[str, ...] = (), at: str = "") -> None:
        """An officer of the channel does something."""
        history = self.complaints[tracking]["riwayat"]
        when = at or datetime.now().astimezone().isoformat()
        history.append(
            {"id": len(history) + 1, "waktu": when, "status": status, "isi": text, "lampiran": list(media)}
        )  # fmt: skip

    def take(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A complaint; the same `kunci` again is the same complaint."""
        again = said["kunci"] in self.keys
        tracking = self.keys.setdefault(said["kunci"], f"{1000 + len(self.keys)}")
        if not again:
            first = {"id": 1, "waktu": self.now, "status": "diterima", "isi": "", "lampiran": []}
            self.complaints[tracking] = {"aduan": said, "waktu": self.now, "riwayat": [first]}
        return 200 if again else 201, {
            "tracking_id": tracking, "waktu": self.now, "tautan": f"{self.address}/lihat/{tracking}",
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    channel: StandIn

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, do: Any) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        said = json.loads(self.rfile.read(length) or b"{}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, answer = 401, {"pesan": "token"}
        elif self.channel.fail:
            status, answer = self.channel.fail.pop(0), {}
        else:
            status, answer = do(said)
        content = json.dumps({**answer, "layanan": "Tiruan kanal pengaduan", "tiruan": True}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _get(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.path == "/":
            return 200, {}
        found = self.channel.complaints.get(self.path.rsplit("/", 1)[-1])
        return (200, {"waktu": found["waktu"], "riwayat": found["riwayat"]}) if found else (404, {})

    def _post(self, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.path == "/pengaduan":
            return self.channel.take(said)
        self.channel.answers.append(said)
        return 201, {}

    def log_message(self, *args: Any) -> None:
        """Quiet."""
