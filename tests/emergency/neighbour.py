"""Another instance that watches Bali: it knows nothing of ours but docs/reference/alerts-between-instances.md."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

from kentongan.network import peers
from kentongan.network.dialects.kentongan import keyring
from kentongan.network.models import KnownKey, Peer, PeerState

PAGE = (Path(__file__).parents[2] / "docs/reference/alerts-between-instances.md").read_text()


def example(name: str) -> Any:
    """The JSON block of this name on the page."""
    found = re.search(rf"```json {name}\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return json.loads(found.group(1))


class Neighbour(HTTPSignatureKeyResolver):
    """Its server writes down what it is told; `status` and `answers` are what it says to that."""

    def __init__(self, name: str = "bali", areas: tuple[str, ...] = ("51.71",)) -> None:
        self.name, self.key = name, Ed25519PrivateKey.generate()
        self.calls: list[tuple[str, Any]] = []
        self.watches = example("watches")
        self.status, self.answer = 200, example("answer")["alerts"][0]
        self.media: dict[str, bytes] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.peer = Peer.objects.create(
            name=name, instance=f"{name}.example", title=f"Lapor {name.title()}", dialect="kentongan",
            endpoint=f"http://127.0.0.1:{self.server.server_address[1]}/network/v1", state=PeerState.ACTIVE,
            confirmed_here=True, confirmed_there=True,
        )  # fmt: skip
        public = keyring.encode(self.key.public_key().public_bytes_raw())
        KnownKey.objects.create(keyid=f"{name}.example#1", peer=self.peer, public=public)
        for one in areas:
            peers.set_reach(self.peer, one)

    def resolve_private_key(self, key_id: str) -> Any:
        """Its own to sign with."""
        return self.key

    def letters(self, *types: str) -> list[dict[str, Any]]:
        """The letters it was told, repeats too; of these types, or all."""
        told = [one for path, said in self.calls if path.endswith("/alerts") for one in said["alerts"]]
        found = [letter for one in told for letter in one["letters"]]
        return [one for one in found if not types or one["type"] in types]

    def post(self, alert: Any, *letters: Any) -> dict[str, Any]:
        """Tells us letters about an alert; the result."""
        answer = self.send("POST", "alerts", {"alerts": [{"alert": str(alert), "letters": list(letters)}]})
        assert answer.status_code == 200, answer.content
        result: dict[str, Any] = answer.json()["alerts"][0]
        return result

    def send(self, method: str, path: str, said: Any = None, keyid: str = "", change: bytes = b"") -> Any:
        """A signed call of ours, as the page says."""
        url = f"http://testserver/network/v1/{path}"
        made = requests.Request(method, url, json=said).prepare()
        HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=self).sign(
            made, key_id=keyid or f"{self.name}.example#1", tag="kentongan/1", nonce="n1", body=made.body,
            covered_component_ids=("@method", "@authority", "@path", "@query"),
        )  # fmt: skip
        headers = {name: value for name, value in made.headers.items() if name != "Content-Length"}
        return Client().generic(
            method, f"/network/v1/{path}", change or made.body or b"", content_type="application/json", headers=headers
        )

    def close(self) -> None:
        """Its server stops."""
        self.server.shutdown()
        self.server.server_close()


def _handler(there: Neighbour) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.calls.append((self.path, None))
            name = self.path.rpartition("/")[2]
            content = json.dumps(there.watches).encode() if name == "watches" else there.media.get(name)
            self._say(200 if content is not None else 404, content or b"{}")

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert "kentongan=" in self.headers["Signature"]
            there.calls.append((self.path, said))
            results = [_result(there, one) for one in said["alerts"]]
            self._say(there.status, json.dumps({"alerts": results}).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    return Handler


def _result(there: Neighbour, one: Any) -> dict[str, Any]:
    last = max((letter["number"] for letter in one["letters"]), default=0)
    return {**there.answer, "alert": one["alert"], "number": last}
