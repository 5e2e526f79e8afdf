"""A page that listens hears of each change at once, holds no thread, and is let go when it may not listen any more."""

import asyncio
import json
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from kentongan.front import streams
from kentongan.front.threads import Threads
from tests.front.test_front import ask, serving
from tests.instances import until


@pytest.fixture
def server(tmp_path):
    """Port of a server of its own, and the file in which a line is told to all."""
    limits = {
        "streams": {"MOST": 12, "MOST_OF_CLIENT": 10, "BEAT": 1.0, "TICK": 0.05, "ASK_AGAIN": 3600.0, "STILL": 0.2}
    }
    with serving(tmp_path, **limits) as (port, released):
        yield port, released.with_name("released.told")


class Listener:
    """One open stream, read as it comes."""

    def __init__(self, port, query="", last=""):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        line = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET /live?{query} HTTP/1.1\r\nHost: x\r\n{line}\r\n".encode())
        self.text, self.ended = "", False
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: "\r\n\r\n" in self.text)

    def _read(self):
        try:
            # The last chunk ends the answer; the connection may stay for another one.
            while not self.text.endswith("\r\n0\r\n\r\n") and (piece := self.socket.recv(4096)):
                self.text += piece.decode()
        except OSError:
            pass
        self.ended = True

    def events(self):
        """Number and topics of each event."""
        found = [part for part in self.text.replace("\r\n", "\n").split("\n") if part.startswith(("id: ", "data: "))]
        told, number = [], None
        for one in found:
            if one.startswith("id: "):
                number = int(one[4:])
            else:
                told.append((number, json.loads(one[6:])))
                number = None
        return told


def tell(file, line):
    with file.open("a") as written:
        written.write(line + "\n")


def test_who_listens_hears_of_what_they_listen_to_and_of_nothing_else(server):
    port, file = server
    page = Listener(port)
    assert "200" in page.text.splitlines()[0]
    assert "text/event-stream" in page.text
    until(lambda: "retry: " in page.text)
    tell(file, "1 b")
    tell(file, "2 a b")
    until(lambda: page.events())
    assert page.events() == [(2, ["a"])]


def test_twelve_who_listen_leave_every_thread_to_others(server):
    port, file = server
    pages = [Listener(port) for _ in range(10)]
    for _ in range(12):
        assert ask(port, "/length", "GET")[0] == 200
    tell(file, "7 a")
    until(lambda: all(page.events() == [(7, ["a"])] for page in pages))


def test_one_address_has_its_part_of_all_streams_and_a_place_that_is_left_is_free_again(server):
    port, _file = server
    pages = [Listener(port) for _ in range(10)]
    status, headers, _body = ask(port, "/live")
    assert status == 503
    assert dict(headers)["retry-after"]
    pages[0].socket.shutdown(socket.SHUT_RDWR)  # its thread still reads: closing would wait for that
    until(lambda: "200" in Listener(port).text.splitlines()[0])


def test_silence_is_broken_so_that_nobody_between_takes_the_stream_for_dead(server):
    page = Listener(server[0])
    until(lambda: page.text.count("\n: ") >= 2)


@pytest.mark.parametrize(("last", "heard"), [("5", (6, ["a"])), ("100", (None, ["a"]))])
def test_who_comes_back_hears_at_once_what_changed_meanwhile(server, last, heard):
    page = Listener(server[0], last=last)
    until(lambda: page.events())
    assert page.events() == [heard]


def test_who_is_there_is_noted_as_long_as_the_page_listens(server):
    port, file = server
    there = file.with_name("released.there")
    other, mine = Listener(port), Listener(port, "me")  # a stranger is noted by nobody
    until(lambda: there.exists() and "[7] still there" in there.read_text())
    mine.socket.shutdown(socket.SHUT_RDWR)
    until(lambda: there.read_text().endswith("[7] went\n"))
    assert there.read_text().splitlines()[0] == "me came to a"
    assert not other.ended


def test_who_may_listen_no_longer_is_let_go_within_a_moment(server):
    port, file = server
    mine, other = Listener(port, "me"), Listener(port)
    tell(file, "1 me")  # what the person may do has changed, and they may still listen
    tell(file, "2 a")
    until(lambda: mine.events() and other.events())
    file.with_name("released.refused").touch()
    tell(file, "3 me")
    until(lambda: mine.ended)
    assert mine.events() == [(2, ["a"])]
    assert not other.ended


def test_a_stranger_hears_nothing_more_of_what_has_become_secret(server):
    port, file = server
    page, other = Listener(port, "closing"), Listener(port)
    tell(file, "1 a")
    until(lambda: page.events() and other.events())
    file.with_name("released.refused").touch()
    tell(file, "2 a")
    until(lambda: page.ended and len(other.events()) == 2)
    assert page.events() == [(1, ["a"])]


def test_a_client_that_reads_nothing_holds_up_nobody(server):
    port, file = server
    deaf = socket.create_connection(("127.0.0.1", port), timeout=60)
    deaf.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
    page = Listener(port)
    for number in range(1, 200):
        tell(file, f"{number} a")
    began = time.monotonic()
    until(lambda: page.events() and page.events()[-1][0] == 199)
    assert time.monotonic() - began < 60
    deaf.close()


@pytest.mark.parametrize("fault", [None, RuntimeError("closed")])
def test_a_client_that_takes_nothing_or_is_gone_is_let_go_and_its_place_is_free(fault, monkeypatch):
    monkeypatch.setattr(streams, "SEND_WITHIN", 0.05)
    monkeypatch.setattr(streams, "BEAT", 0.0)
    monkeypatch.setattr(streams, "MOST", 1)
    granted = SimpleNamespace(listens_to=frozenset("a"), private="", client="1.2.3.4", closing=frozenset(), since=None)

    async def takes_nothing(_text):
        if fault:
            raise fault
        await asyncio.Event().wait()

    async def come_twice():
        never = asyncio.Event()
        transport = SimpleNamespace(send_str=takes_nothing)
        proto = SimpleNamespace(response_stream=lambda *_: transport, client_disconnect=never.wait)
        source = SimpleNamespace(watch=lambda *_: None)
        here = streams.Streams(source, Threads(1, "test"))
        for _time in range(2):
            await asyncio.wait_for(here.serve(proto, granted, ask=None), 60)

    asyncio.run(come_twice())
