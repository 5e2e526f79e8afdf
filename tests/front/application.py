"""A small application behind the front: `/hang` waits until a file appears, `/length` tells how long the body was.

`LIMITS` makes limits of the front smaller: `{"taking": {"MOST_BODIES": 2}}`.
"""

import json
import os
import time
from importlib import import_module
from pathlib import Path

from kentongan.front.answering import Front

for _module, _limits in json.loads(os.environ.get("LIMITS", "{}")).items():
    vars(import_module(f"kentongan.front.{_module}")).update(_limits)


def _wsgi(told, start):
    path = told["PATH_INFO"]
    if path == "/fault":
        raise MemoryError
    if path == "/hang":
        while not Path(os.environ["RELEASED"]).exists():
            time.sleep(0.05)
    body = told["wsgi.input"].read(int(told.get("CONTENT_LENGTH") or 0))
    said = {"/length": str(len(body)), "/env": repr(sorted((k, v) for k, v in told.items() if k != "wsgi.input"))}
    if path == "/live" and not Path(os.environ["RELEASED"] + ".refused").exists():
        start("204 No Content", [])
        return _Granted(told)
    if path == "/large":
        start("200 OK", [("Content-Type", "text/plain")])
        return _Pieces()
    start("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [said.get(path, "page").encode()]


class _Pieces:
    """An answer in pieces, 4 MB in all."""

    streaming = True

    def __iter__(self):
        for number in range(64):
            yield bytes([number]) * 65_536

    def close(self):
        pass


class _Granted:
    """A stream of topic `a`; `private` is the person's own topic, `closing` one that may close.

    Refused once the file `REFUSED` is there.
    """

    listens_to, client = frozenset({"a"}), "1.2.3.4"

    def __init__(self, told):
        since = told.get("HTTP_LAST_EVENT_ID", "")
        self.since = int(since) if since else None
        self.private = "me" if told["QUERY_STRING"] == "me" else ""
        self.closing = frozenset({"a"} if told["QUERY_STRING"] == "closing" else ())
        self.present = frozenset({"a"} if told["QUERY_STRING"] == "me" else ())

    def __iter__(self):
        return iter(())

    def close(self):
        pass


class _Lines:
    """Tells each line of a file: a number and topics."""

    def watch(self, heard, going):
        file, told = Path(os.environ["RELEASED"] + ".told"), 0
        while going():
            lines = file.read_text().splitlines() if file.exists() else []
            for line in lines[told:]:
                number, *topics = line.split()
                heard(int(number), frozenset(topics))
            told = len(lines)
            time.sleep(0.02)

    def since(self, last, topics):
        return {"a": last + 1} if last < 100 else None

    def come(self, topics, private):
        self._note(f"{private} came to {' '.join(topics)}")
        return [7]

    def go(self, keys):
        self._note(f"{keys} went")

    def still(self, keys):
        self._note(f"{keys} still there")

    def _note(self, line):
        with Path(os.environ["RELEASED"] + ".there").open("a") as file:
            file.write(line + "\n")


application = Front(_wsgi, _Lines())
