"""A request of granian's (RSGI) told as WSGI tells it (PEP 3333), which is what Django understands."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

_ALWAYS: dict[str, Any] = {
    "SCRIPT_NAME": "", "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}  # fmt: skip
_BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def environ(scope: Any, body: BinaryIO, length: int) -> dict[str, Any]:
    """The WSGI environment; `length` is that of the body as it came in, also where none was announced."""
    name, _colon, port = scope.server.rpartition(":")
    told = _ALWAYS | {
        "REQUEST_METHOD": scope.method, "PATH_INFO": _bytes(scope.path), "QUERY_STRING": _bytes(scope.query_string),
        "SERVER_NAME": name.strip("[]") or "localhost", "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"), "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body, "wsgi.errors": sys.stderr,
    }  # fmt: skip
    for header, value in scope.headers.items():
        if "_" in header:
            continue  # `X_Forwarded_For` would pass as the header that only a proxy of ours may set
        key = _BARE.get(header) or f"HTTP_{header.replace('-', '_').upper()}"
        if key in told:
            told[key] += (";" if key == "HTTP_COOKIE" else ",") + _bytes(value)
        else:
            told[key] = _bytes(value)
    if length:
        told["CONTENT_LENGTH"] = str(length)
    if scope.authority and "HTTP_HOST" not in told:
        told["HTTP_HOST"] = scope.authority
    return told


def _bytes(text: str) -> str:
    """WSGI's texts hold a byte in each letter."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")
