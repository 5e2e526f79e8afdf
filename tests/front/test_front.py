"""No client and no hanging request stops the others: over real sockets, against the real server."""

import asyncio
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from kentongan.front import answering, standing, taking
from kentongan.front.environ import environ
from kentongan.front.threads import Threads
from tests.instances import ROOT, until
from tests.ports import free_port

PATIENCE = 60  # seconds: a busy machine is slow, but nothing may wait for what hangs


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The port of a server, and the file that lets go what hangs in it."""
    with serving(tmp_path_factory.mktemp("front")) as told:
        yield told


@contextmanager
def serving(folder, **limits):
    """A server of its own, some limits of the front set otherwise: `taking={"MOST_BODIES": 2}`."""
    released, port = folder / "released", free_port()
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(port), "--no-ws"]
    env = os.environ | {"RELEASED": str(released), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "LIMITS": json.dumps(limits)}
    running = subprocess.Popen([*command, "tests.front.application:application"], env=env, cwd=ROOT)
    until(lambda: _answers(port))
    try:
        yield port, released
    finally:
        released.touch()
        running.terminate()
        running.wait(30)


def _answers(port):
    with suppress(OSError):
        return ask(port, "/healthz")[0] == 200
    return False


def ask(port, path, method="GET", body=None, headers=None, within=PATIENCE):
    """Status, headers and body of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
    try:
        connection.request(method, path, body, headers or {}, encode_chunked=isinstance(body, list))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def drip(port, number=1, announced=1000):
    """Clients that announce a body and send one byte of it."""
    held = []
    for _ in range(number):
        one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        one.sendall(f"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: {announced}\r\n\r\nx".encode())
        held.append(one)
    return held


def test_a_hundred_bodies_that_never_come_hold_up_no_page_and_no_report(server):
    port, _released = server
    held = drip(port, 100)
    try:
        assert ask(port, "/page")[2] == b"page"
        assert ask(port, "/length", "POST", b"x" * 5000)[2] == b"5000"
        assert ask(port, "/healthz")[0] == 200
        for one in held:
            one.settimeout(0.01)
            with pytest.raises(TimeoutError):  # none of them was answered: the page did not wait for them
                one.recv(1)
            break
    finally:
        for one in held:
            one.close()


def test_a_body_that_drips_is_refused_and_its_connection_ends(server):
    port, _released = server
    (one,) = drip(port)
    one.settimeout(PATIENCE)
    begun, got = time.monotonic(), b""
    while time.monotonic() - begun < PATIENCE and b"too slowly" not in got:
        with suppress(OSError):
            one.sendall(b"x")  # one byte in a while, as an attacker does
        one.settimeout(2)
        with suppress(TimeoutError):
            some = one.recv(4096)
            got += some
            if not some:
                break
    assert got.startswith(b"HTTP/1.1 408")


def test_headers_that_drip_end_too(monkeypatch):
    from kentongan.cli import serving

    given = {}

    class Told:
        def __init__(self, *_target, **settings):
            given.update(settings)

        def serve(self):
            pass

    monkeypatch.setattr(serving, "Server", Told)
    monkeypatch.setattr(serving, "refuse_old_tables", lambda: None)
    serving.serve(port=free_port(), workers=1)
    assert given["http1_settings"].header_read_timeout <= 10_000


def test_health_and_pages_are_answered_while_every_thread_that_sends_hangs(server):
    port, released = server
    many = answering.SENDERS * 3
    answers = []
    hanging = [threading.Thread(target=lambda: answers.append(ask(port, "/hang", "POST", b"x"))) for _ in range(many)]
    for one in hanging:
        one.start()
    try:
        assert ask(port, "/healthz")[0] == 200
        assert ask(port, "/page")[2] == b"page"
        assert not answers
    finally:
        released.touch()
        for one in hanging:
            one.join(PATIENCE)
    assert [status for status, _headers, _body in answers] == [200] * many  # and none was lost
    released.unlink()


def test_health_is_answered_while_every_thread_hangs(server):
    port, released = server
    many = answering.READERS + 2
    hanging = [threading.Thread(target=lambda: ask(port, "/hang")) for _ in range(many)]
    for one in hanging:
        one.start()
    try:
        for _ in range(5):
            assert ask(port, "/healthz")[0] == 200
    finally:
        released.touch()
        for one in hanging:
            one.join(PATIENCE)
        released.unlink()


def test_a_body_without_a_length_is_taken_whole(server):
    port, _released = server
    status, _headers, body = ask(port, "/length", "POST", iter([b"x" * 3000, b"y" * 4000]))
    assert (status, body) == (200, b"7000")


def test_a_body_without_a_length_and_an_end_is_refused(server):
    port, _released = server
    one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    one.sendall(b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with suppress(OSError):
        for _ in range(taking.LARGEST // 0x100000 + 2):
            one.sendall(piece)
    assert one.recv(100).startswith(b"HTTP/1.1 413")


def test_what_is_announced_as_too_large_is_not_read(server):
    port, _released = server
    one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    one.sendall(b"POST /env HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
    got = one.recv(65536)
    assert b"99999999" in got  # the address itself refuses it by its length, in its own form


def test_a_header_with_an_underscore_cannot_pass_for_one_that_only_a_proxy_may_set(server):
    port, _released = server
    said = ask(port, "/env", headers={"X_Forwarded_For": "203.0.113.9", "X-Two": "a"})[2].decode()
    assert "203.0.113.9" not in said
    assert "('HTTP_X_TWO', 'a')" in said
    assert "('REMOTE_ADDR', '127.0.0.1')" in said


def test_an_address_with_any_letters_reaches_django_as_it_was_meant(server):
    port, _released = server
    said = ask(port, "/env?q=%20%C3%A9")[2].decode()
    assert "('QUERY_STRING', 'q=%20%C3%A9')" in said
    assert ask(port, "/%C3%A9%FF/%2e%2e/a")[0] == 200


def test_two_cookies_and_a_large_answer_arrive_whole(server):
    port, _released = server
    cookies = [value for name, value in ask(port, "/page")[1] if name.lower() == "set-cookie"]
    assert cookies == ["a=1", "b=2"]
    assert len(ask(port, "/large")[2]) == 4 * 2**20


def test_of_more_bodies_than_fit_the_slowest_ends_and_who_is_quick_is_served(tmp_path):
    with serving(tmp_path, taking={"MOST_BODIES": 2, "YOUNG": 0.0}) as (port, _released):
        held = drip(port, 2)
        until(lambda: ask(port, "/length", "POST", b"x" * 5000)[2] == b"5000" and any(_said(one) for one in held))
        assert {one.recv(12) for one in held if _said(one)} == {b"HTTP/1.1 408"}


def test_where_very_many_bodies_come_at_once_one_more_is_told_when_to_come_again(tmp_path):
    with serving(tmp_path, taking={"MOST_BODIES": 2, "YOUNG": 3600.0}) as (port, _released):
        held = drip(port, 2)
        _status, headers, body = until(lambda: (said := ask(port, "/length", "POST", b"x"))[0] == 503 and said)
        assert dict(headers)["retry-after"] == answering.RETRY_AFTER
        assert body == b"Busy. Please try again."
        assert ask(port, "/page")[0] == 200
        for one in held:
            one.close()


def test_where_very_many_wait_one_more_is_told_when_to_come_again_and_none_is_lost(tmp_path):
    limits = {"threads": {"MOST_WAITING": 1}, "answering": {"SENDERS": 1}}
    with serving(tmp_path, **limits) as (port, released):
        answers = []
        hanging = [threading.Thread(target=lambda: answers.append(ask(port, "/hang", "POST", b"x"))) for _ in range(3)]
        for one in hanging:
            one.start()
        until(lambda: answers)  # of three, one is answered and two wait
        assert answers[0][0] == 503
        assert dict(answers[0][1])["retry-after"] == answering.RETRY_AFTER
        released.touch()
        for one in hanging:
            one.join(PATIENCE)
        assert sorted(status for status, _headers, _body in answers) == [200, 200, 503]


def test_an_answer_that_fails_altogether_takes_no_thread_away(server):
    port, _released = server
    for _ in range(answering.READERS + 2):
        assert ask(port, "/fault")[0] == 500
    assert ask(port, "/page")[2] == b"page"


def test_what_nobody_waits_for_any_more_ends_quietly_and_the_thread_goes_on():
    async def leave():
        threads, begun, end = Threads(1, "test"), threading.Event(), threading.Event()
        left = asyncio.create_task(threads.run(lambda: begun.set() or end.wait(PATIENCE)))
        await asyncio.to_thread(begun.wait, PATIENCE)
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left
        end.set()
        return await threads.run(lambda: "next")

    faults = []
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(lambda _loop, told: faults.append(told))
        assert runner.run(leave()) == "next"
    assert not faults


def test_what_newer_protocols_say_in_other_places_is_told_as_django_knows_it():
    # HTTP/2 names the host apart from the headers, and sends a cookie in pieces (RFC 9113, 8.2.3 and 8.3.1).
    headers = [("cookie", "a=1"), ("cookie", "b=2"), ("accept", "text/html"), ("accept", "*/*")]
    scope = SimpleNamespace(
        server="[::1]:8000", client="[2001:db8::7]:5000", method="GET", path="/é", query_string="", http_version="2",
        scheme="http", authority="lapor.example", headers=SimpleNamespace(items=lambda: headers),
    )  # fmt: skip
    told = environ(scope, io.BytesIO(), 0)
    assert (told["HTTP_COOKIE"], told["HTTP_ACCEPT"]) == ("a=1;b=2", "text/html,*/*")
    assert (told["HTTP_HOST"], told["SERVER_NAME"], told["REMOTE_ADDR"]) == ("lapor.example", "::1", "2001:db8::7")


def _said(one):
    one.settimeout(1)
    with suppress(TimeoutError):
        return one.recv(1, socket.MSG_PEEK)
    return b""


def test_a_process_stops_to_accept_also_where_temporary_files_have_a_long_address(tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        standing.stop_accepting(listening.fileno())
        with pytest.raises(BlockingIOError):
            listening.accept()
