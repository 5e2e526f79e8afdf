"""A city's Open311 server as there are many: a stand-in of our own on loopback, with the quirks that real ones have."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

SERVICES = [
    {"service_code": "006", "service_name": "Street pothole", "description": "Holes in the road", "metadata": True,
     "type": "realtime", "keywords": "pothole, road damage", "group": "Streets"},
    {"service_code": "021", "service_name": "Garbage and waste", "description": "Rubbish", "metadata": False,
     "type": "realtime", "keywords": "rubbish, trash", "group": "Sanitation"},
]  # fmt: skip
DEFINITION = {
    "service_code": "006",
    "attributes": [
        {"variable": True, "code": "SIZE", "datatype": "singlevaluelist", "required": True, "order": 1,
         "description": "How large?", "values": [{"key": "1", "name": "large"}, {"key": "2", "name": "small"}]},
        {"variable": False, "code": "INFO", "datatype": "text", "required": True, "description": "Call us at night."},
        {"variable": True, "code": "external_id", "datatype": "string", "required": False, "description": "Your id"},
    ],
}  # fmt: skip


class City:
    """The server and what it holds. Switches change how it answers; `before` may answer in place of it."""

    def __init__(self) -> None:
        self.requests: dict[str, dict[str, Any]] = {}
        self.filed: list[dict[str, list[str]]] = []
        self.updates: list[dict[str, Any]] = []
        self.heard: list[dict[str, list[str]]] = []
        self.key = "kunci-kota"
        self.numeric_ids = self.tokens = self.lose_answer = self.wrong_type = self.error_in_200 = False
        self.refuses_unknown = self.xml_only = False
        self.retry_after = ""
        self.clock = timedelta(0)
        self.zone = True
        self.before: Callable[[str, str], tuple[int, str] | None] = lambda method, path: None
        city = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                city.answer(self, "GET", {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = self.headers.get("Content-Type", "")
                given = parse_qs(body.decode("utf-8", "replace")) if "urlencoded" in kind else multipart(kind, body)
                city.answer(self, "POST", given)

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/open311/v2"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Ends the server."""
        self.server.shutdown()
        self.server.server_close()

    def now(self) -> str:
        """The time by the city's own clock."""
        at = datetime.now(UTC) + self.clock
        return at.strftime("%Y-%m-%dT%H:%M:%S" + ("Z" if self.zone else ""))

    def works_on(self, named: str, status: str, words: str = "", **more: Any) -> None:
        """The city sets a status, as its staff would, and tells of it in its updates."""
        self.requests[named] |= {"status": status, "status_notes": words, "updated_datetime": self.now()}
        number = len(self.updates) + 1
        self.updates.append(
            {"update_id": str(number), "service_request_id": named, "status": status, "updated_datetime": self.now(),
             "description": words, **more}
        )  # fmt: skip

    def answer(self, handler: BaseHTTPRequestHandler, method: str, given: dict[str, list[str]]) -> None:
        """One answer, in the way that the switches say."""
        parts = urlsplit(handler.path)
        early = self.before(method, parts.path)
        status, body = early or self._answer(method, parts.path, parse_qs(parts.query), given)
        if self.lose_answer and method == "POST":
            self.lose_answer = False
            handler.connection.close()
            return
        if self.xml_only and status not in {301, 302, 307}:
            body = as_xml(json.loads(body)) if parts.path.endswith(".xml") else "<html>Not found</html>"
            status = status if parts.path.endswith(".xml") else 404
        kind = "text/xml" if self.wrong_type or self.xml_only else "application/json"
        handler.send_response(status)
        if status in {301, 302, 307}:
            handler.send_header("Location", body)
            body = ""
        if self.retry_after and status in {429, 503}:
            handler.send_header("Retry-After", self.retry_after)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    def _answer(
        self, method: str, path: str, asked: dict[str, list[str]], given: dict[str, list[str]]
    ) -> tuple[int, str]:
        name = path.removeprefix("/open311/v2/").removeprefix("moved/")
        name = name.replace(".xml", ".json") if self.xml_only else name
        if name == "services.json":
            return 200, json.dumps(SERVICES)
        if name == "services/006.json":
            return 200, json.dumps(DEFINITION)
        if name == "requests.json" and method == "POST":
            return self._file(given)
        ids = set(asked.get("service_request_id", [""])[0].split(",")) - {""}
        if name == "requests.json" and self.refuses_unknown and ids - self.requests.keys():
            return 404, json.dumps([{"code": 404, "description": "service_request_id not found"}])
        if name == "requests.json":
            return 200, json.dumps(self._list(asked))
        if name == "servicerequestupdates.json" and method == "POST":
            self.heard.append(given)
            return 200, json.dumps([{"update_id": f"c{len(self.heard)}"}])
        if name == "servicerequestupdates.json":
            return 200, json.dumps(self.updates)
        if name.startswith("tokens/"):
            token = name.removeprefix("tokens/").removesuffix(".json")
            return 200, json.dumps([{"token": token, "service_request_id": token.removeprefix("t")}])
        return 404, json.dumps([{"code": 404, "description": "nothing here"}])

    def _file(self, given: dict[str, list[str]]) -> tuple[int, str]:
        if given.get("api_key") != [self.key]:
            return 403, json.dumps([{"code": 403, "description": "Invalid api_key"}])
        if "service_code" not in given:
            return 400, json.dumps([{"code": 400, "description": "service_code is required"}])
        if self.error_in_200:
            return 200, json.dumps([{"code": 400, "description": "description is too short"}])
        self.filed.append(given)
        named = str(1000 + len(self.filed))
        self.requests[named] = {
            "service_request_id": int(named) if self.numeric_ids else named, "status": "open", "status_notes": "",
            "description": given.get("description", [""])[0], "service_code": given.get("service_code", [""])[0],
            "requested_datetime": self.now(), "updated_datetime": self.now(),
        }  # fmt: skip
        if self.tokens:
            return 200, json.dumps([{"token": f"t{named}"}])
        return 200, json.dumps([{"service_request_id": self.requests[named]["service_request_id"]}])

    def _list(self, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
        ids = asked.get("service_request_id", [""])[0]
        return [one for named, one in self.requests.items() if not ids or named in ids.split(",")]


def multipart(kind: str, body: bytes) -> dict[str, list[str]]:
    """The fields of a multipart form; of a file its name and size."""
    found: dict[str, list[str]] = {}
    for part in BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            file = part.get_filename()
            found.setdefault(name, []).append(f"{file} {len(content)}" if file else content.decode())
    return found


def as_xml(found: Any) -> str:
    """The same answer as an old server writes it: one root, everything in elements, nothing but text."""

    def inner(value: Any, item: str) -> str:
        if isinstance(value, dict):
            return "".join(f"<{key}>{inner(one, 'value')}</{key}>" for key, one in value.items())
        if isinstance(value, list):
            return "".join(f"<{item}>{inner(one, item)}</{item}>" for one in value)
        return escape(str(value).lower() if isinstance(value, bool) else str(value))

    if isinstance(found, dict):
        body = inner(found["attributes"], "attribute")
        return f"<service_definition><attributes>{body}</attributes></service_definition>"
    first = found[0] if found else {}
    root, item = (
        ("services", "service") if "service_name" in first
        else ("errors", "error") if "code" in first
        else ("service_request_updates", "request_update") if "update_id" in first
        else ("service_requests", "request")
    )  # fmt: skip
    return f"<?xml version='1.0'?><{root}>{inner(found, item)}</{root}>"


def slow(seconds: float) -> Callable[[str, str], tuple[int, str] | None]:
    """A `before` that keeps the caller waiting."""

    def wait(_method: str, _path: str) -> None:
        time.sleep(seconds)

    return wait
