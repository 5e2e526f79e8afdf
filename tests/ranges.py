"""A server on loopback that gives a file by ranges of its bytes, honestly or not."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Place:
    """A server's file, and how the server misbehaves."""

    content: bytes
    mark: str = '"one"'
    asked: list[str] = field(default_factory=list)
    cut_after: int | None = None  # requests that are answered before the connection is cut in the middle
    total: str = ""  # a lie about the size
    whole: bool = False  # the whole file, whatever is asked
    shifted: bool = False  # another piece than was asked
    short: bool = False  # a byte less than was asked
    status: int = 0  # an answer that is no success
    changes_after: int | None = None  # requests until the file is another one
    address: str = ""


@contextmanager
def served(held: Place, path: str) -> Iterator[Place]:
    """The place while it is served; its `address` ends with `path`."""

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.headers.get("Range", ""))
            if held.status:
                self.send_error(held.status)
                return
            if held.changes_after is not None and len(held.asked) > held.changes_after:
                held.mark = '"two"'
            first, last = map(int, re.findall(r"\d+", self.headers["Range"]))
            first, last = first + held.shifted, last - held.short
            piece = held.content if held.whole else held.content[first : last + 1]
            self.send_response(200 if held.whole else 206)
            self.send_header("ETag", held.mark)
            self.send_header("Content-Length", str(len(piece)))
            said = held.total or len(held.content)
            self.send_header("Content-Range", f"bytes {first}-{first + len(piece) - 1}/{said}")
            self.end_headers()
            cut = held.cut_after is not None and len(held.asked) > held.cut_after
            self.wfile.write(piece[: len(piece) // 2] if cut else piece)

        def log_message(self, *_given: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    held.address = f"http://127.0.0.1:{server.server_port}{path}"
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
