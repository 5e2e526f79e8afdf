"""The one door for outgoing calls: what others do with a connection ends in time, stays small, leads nowhere else."""

from __future__ import annotations

import ast
import gzip
import os
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest

from kentongan.foundation import addresses, connections, outgoing
from kentongan.foundation.config import config

SRC = Path(__file__).parents[2] / "src/kentongan"
Says = Callable[[socket.socket], None]


class Host:
    """A host on loopback that answers each connection as `says` does."""

    def __init__(self, says: Says) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url, self.says, self.asked = f"http://127.0.0.1:{self.port}", says, list[bytes]()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _from = self.listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while True:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (piece := connection.recv(65_536)):
                        return
                    head += piece
                self.asked.append(head)
                self.says(connection)


def whole(content: bytes, status: str = "200 OK", **headers: str) -> Says:
    """One answer, whole."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{lines}\r\n".encode()
    return lambda connection: connection.sendall(head + content)


def test_a_connection_that_was_silent_for_long_is_not_waited_for(monkeypatch) -> None:
    """A router on the way forgets it, and tells neither end: an alert would wait for its deadline."""
    known = list[socket.socket]()

    def once(connection: socket.socket) -> None:
        first = connection not in known
        known.append(connection)  # before the answer, which the caller may have before this thread goes on
        if first:
            whole(b"ok")(connection)

    host = Host(once)
    assert outgoing.call("GET", host.url).content == b"ok"
    with pytest.raises(outgoing.TooSlow):
        outgoing.call("GET", host.url, seconds=0.1)  # as it is used again
    assert outgoing.call("GET", host.url).content == b"ok"
    monkeypatch.setattr(connections, "IDLE", 0.0)
    assert outgoing.call("GET", host.url, seconds=5).content == b"ok"
    assert len(set(known)) == 3  # one that answered and was silent, two that were made anew


def dripping(first: bytes, drop: bytes) -> Says:
    """`first`, then `drop` again and again for a minute: no read ever waits long."""

    def says(connection: socket.socket) -> None:
        connection.sendall(first)
        for _turn in range(600):
            time.sleep(0.1)
            connection.sendall(drop)

    return says


@pytest.fixture
def host() -> Iterator[Callable[[Says], Host]]:
    made: list[Host] = []

    def start(says: Says) -> Host:
        made.append(Host(says))
        return made[-1]

    yield start
    for one in made:
        one.listener.close()


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 2", b""),
    ],
    ids=["body", "chunks", "headers", "continue", "silence"],
)
def test_a_host_that_drips_is_left_when_the_time_of_the_whole_call_is_over(host, first: bytes, drop: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(outgoing.TooSlow):
        outgoing.call("GET", host(dripping(first, drop)).url, seconds=0.8)
    assert time.monotonic() - began < 10  # it would have dripped for a minute


def test_redirects_share_one_deadline_and_end(host) -> None:
    turning = host(lambda connection: None)

    def says(connection: socket.socket) -> None:
        time.sleep(0.3)
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {turning.url}/on\r\nContent-Length: 0\r\n\r\n".encode())

    turning.says = says
    with pytest.raises(outgoing.TooSlow):
        outgoing.call("GET", turning.url, seconds=1.0, hops=1000)
    with pytest.raises(outgoing.CallFailed):
        outgoing.call("GET", turning.url, seconds=30, hops=2)


def test_several_calls_share_an_outer_deadline(host) -> None:
    slow, began = host(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x")), time.monotonic()
    with outgoing.within(0.6):
        for _turn in range(3):
            with pytest.raises(outgoing.TooSlow):
                outgoing.call("GET", slow.url, seconds=30)
    assert time.monotonic() - began < 10


def test_too_many_bytes_are_refused_while_they_come(host) -> None:
    endless = dripping(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x" * 500_000)
    with pytest.raises(outgoing.TooLarge):
        outgoing.call("GET", host(endless).url, most=1_000_000, seconds=30)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_small_answer_that_unpacks_to_much_is_refused_without_the_memory(host, coding: str) -> None:
    bomb = (gzip.compress if coding == "gzip" else zlib.compress)(bytes(200_000_000), 9)
    assert len(bomb) < 300_000
    server = host(whole(bomb, Content_Encoding=coding))
    tracemalloc.start()
    with pytest.raises(outgoing.TooLarge):
        outgoing.call("GET", server.url, most=4_000_000, seconds=60)
    most, _ = tracemalloc.get_traced_memory()[1], tracemalloc.stop()
    assert most < 40_000_000


def test_packed_answers_are_unpacked_and_unknown_packing_is_a_fault(host) -> None:
    packed = host(whole(gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"))
    assert outgoing.call("GET", packed.url).json() == {"a": 1}
    for coding in ("br", "gzip, gzip"):
        with pytest.raises(outgoing.CallFailed):
            outgoing.call("GET", host(whole(b"x", Content_Encoding=coding)).url)
    with pytest.raises(outgoing.CallFailed):
        outgoing.call("GET", host(whole(b"no gzip", Content_Encoding="gzip")).url)


def test_cookies_of_strangers_are_not_sent_back(host) -> None:
    server = host(whole(b"x", Set_Cookie="a=1"))
    for _turn in range(2):
        outgoing.call("GET", server.url)
    assert not [one for one in server.asked if b"Cookie" in one]


def test_the_name_is_looked_up_once_and_that_address_is_called(host, monkeypatch: pytest.MonkeyPatch) -> None:
    server, asked = host(whole(b"here")), []

    def look_up(name: str, port: int, *_more: object) -> list[object]:
        asked.append(name)
        where = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = outgoing.call("GET", f"http://kota.example:{server.port}/a")
    assert (answer.content, asked) == (b"here", ["kota.example"])
    assert f"Host: kota.example:{server.port}".encode() in server.asked[0]


def test_a_name_with_one_private_address_among_its_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, 80)) for where in ("93.184.216.34", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked: found)
    with pytest.raises(addresses.Refused):
        outgoing.call("GET", "http://kota.example/")


def test_a_host_is_reached_by_the_next_of_its_addresses_where_the_first_does_not_answer(host, monkeypatch) -> None:
    server = host(whole(b"here"))  # on 127.0.0.1 alone
    where = ["127.0.0.2", "127.0.0.1"]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _name, port, *_more: [(socket.AF_INET, 1, 6, "", (one, port)) for one in where]
    )
    assert outgoing.call("GET", f"http://kota.example:{server.port}/").content == b"here"
    where.remove("127.0.0.1")
    with pytest.raises(outgoing.Unreached):
        outgoing.call("GET", f"http://pusat.example:{server.port}/")


def test_a_name_that_no_name_server_can_be_asked_for_is_a_host_that_is_not_reached() -> None:
    with pytest.raises(outgoing.Unreached):
        outgoing.call("GET", f"http://{'a' * 64}.example/")  # a part of a name has at most 63 letters (RFC 1035, 2.3.4)


def test_a_name_server_that_hangs_does_not_outlast_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked: hanging.wait(30) and [])
    try:
        with pytest.raises(outgoing.TooSlow):
            outgoing.call("GET", "http://kota.example/", seconds=0.5)
    finally:
        hanging.set()


@pytest.mark.parametrize(
    "there", ["http://10.0.0.1/", "http://[64:ff9b::a00:1]/", "http://127.0.0.1\\@8.8.8.8/", "file:///x"]
)
def test_a_redirect_is_looked_at_like_the_address_itself(host, there: str) -> None:
    server = host(whole(b"", "302 Found", Location=there))
    with pytest.raises(addresses.Refused):
        outgoing.call("GET", server.url, hops=3, away=True)


def test_a_redirect_to_another_host_is_not_followed_with_what_belongs_to_the_first(host) -> None:
    other = host(whole(b"stolen"))
    first = host(whole(b"", "302 Found", Location=other.url.replace("127.0.0.1", "127.0.0.2")))
    assert outgoing.call("GET", first.url, hops=3, headers={"Authorization": "Bearer x"}).status == 302
    assert not other.asked


def test_a_redirect_to_nowhere_is_the_answer_to_who_did_not_want_to_be_led_away(host) -> None:
    answer = outgoing.call("GET", host(whole(b"gone", "302 Found", Location="mailto:x@kota.example")).url, hops=3)
    assert (answer.status, answer.content, answer.ok) == (302, b"gone", False)


def test_loopback_is_private_where_the_operator_has_not_listed_it(host, monkeypatch: pytest.MonkeyPatch) -> None:
    server = host(whole(b"inside"))
    monkeypatch.setattr(config(), "private_addresses", [])
    with pytest.raises(addresses.Refused):
        outgoing.call("GET", server.url)
    with pytest.raises(outgoing.CallFailed):  # and as a library that knows only `requests` sees it
        outgoing.session().get(server.url)
    assert not server.asked


class Secure:
    """A host on loopback that is kota.example by its certificate; `says` answers on each connection, once for each."""

    def __init__(self, folder: Path, says: Callable[[ssl.SSLSocket], None]) -> None:
        key, self.certificate = folder / "key.pem", folder / "cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate,
             "-days", "2", "-subj", "/CN=kota.example", "-addext", "subjectAltName=DNS:kota.example"],
            check=True, capture_output=True,
        )  # fmt: skip
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.names: list[str | None] = []
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.listener, self.says = socket.create_server(("127.0.0.1", 0)), says
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _from = self.listener.accept()
                with suppress(OSError), self.context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(65_536)
                    self.says(secure)


@pytest.fixture
def secure(tmp_path: Path, monkeypatch) -> Iterator[Callable[[Callable[[ssl.SSLSocket], None]], Secure]]:
    made: list[Secure] = []

    def start(says: Callable[[ssl.SSLSocket], None]) -> Secure:
        made.append(Secure(tmp_path, says))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made[-1].certificate))
        monkeypatch.setattr(outgoing._kept, "session", None, raising=False)
        monkeypatch.setattr(connections, "_look_up", lambda _host, port: [(socket.AF_INET, ("127.0.0.1", port))])
        return made[-1]

    yield start
    outgoing._kept.session = None
    for one in made:
        one.listener.close()


def test_the_certificate_is_that_of_the_name_that_was_asked_for(secure) -> None:
    server = secure(lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
    assert outgoing.call("GET", f"https://kota.example:{server.port}/").content == b"ok"
    assert server.names == ["kota.example"]
    with pytest.raises(outgoing.Untrusted):
        outgoing.call("GET", f"https://pusat.example:{server.port}/")


def test_an_answer_into_which_somebody_else_writes_is_not_trusted(secure) -> None:
    def says(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nthe beginning")
        os.write(line.fileno(), b"not encrypted, by somebody on the way" * 4)

    with pytest.raises(outgoing.Untrusted):
        outgoing.call("GET", f"https://kota.example:{secure(says).port}/")


def test_a_handshake_that_never_ends_is_left(host) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with pytest.raises(outgoing.TooSlow):
        outgoing.call("GET", f"https://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.5)
    listener.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9320\\@8.8.8.8", "http://8.8.8.8\\@127.0.0.1/", "http://user@8.8.8.8/", "http://u:p@kota.id/",
        "http://[", "http://[::1", "http://[::1]]/", "http://[1.2.3.4]/", "http://[::1%25eth0]/", "http://[x]/",
        "http://kota.id\n/", "http://kota.id/\r\nX: y", "http://kota.id/\x00", "http://ko\tta.id/", " http://kota.id/",
        "http://", "http:///a", "http:/kota.id", "//kota.id", "kota.id", "ftp://kota.id/", "file:///etc/passwd",
        "javascript:alert(1)", "data:text/plain,x", "gopher://kota.id/", "http://kota.id:0/", "http://kota.id:99999/",
        "http://kota.id:8a/", "http://kota..id/", "http://-/", "http://kota.id:80:81/", "http://ｋota.id/",
        "http://kota.id@/", "http://kota.id/" + "a" * 3000, "http://kota.id/a\\b", "http://\udcff/", "http://a b/",
    ],
)  # fmt: skip
def test_an_address_that_two_parsers_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(addresses.Refused):
        addresses.read(url)
    with pytest.raises(addresses.Refused):
        outgoing.call("GET", url)


def test_plain_addresses_are_read_in_their_parts() -> None:
    assert addresses.read("HTTPS://Kota.ID/a?b=c#d").origin == "https://kota.id"
    assert addresses.read("http://kota.id:8080").place == "kota.id:8080"
    assert addresses.read("https://kota.id:443/x").place == "kota.id"
    assert addresses.read("http://[2606:2800:220:1::1]:81/").place == "[2606:2800:220:1::1]:81"
    assert addresses.read("http://10.0.0.1/é/ü?q=ö").host == "10.0.0.1"


PRIVATE = [
    "0.0.0.0", "0.1.2.3",  # noqa: S104  an address to be refused
    "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "168.63.129.16", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "224.0.1.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:808:808::f5ff:fffe", "2001:2::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::", "3fff::1", "5f00::1", "fc00::1", "fd12::1",
    "fe80::1", "fe80::5efe:7f00:1", "2606:4700::5efe:a00:1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "103.10.0.1", "2606:4700::1111", "2400:cb00::1", "::ffff:8.8.8.8",
          "64:ff9b::808:808", "2002:808:808::1"]  # fmt: skip


@pytest.mark.parametrize("one", PRIVATE)
def test_an_address_that_is_not_public_is_not_called(one: str) -> None:
    assert not addresses.is_public(ip_address(one))


@pytest.mark.parametrize("one", PUBLIC)
def test_a_public_address_may_be_called(one: str) -> None:
    assert addresses.may_be_called(one)


def test_what_the_operator_lists_may_be_called_and_nothing_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "private_addresses", ["10.20.0.0/16"])
    assert addresses.may_be_called("10.20.3.4")
    assert addresses.may_be_called("::ffff:10.20.3.4")
    assert not addresses.may_be_called("10.21.0.1")
    assert not addresses.may_be_called("127.0.0.1")


# Who may use a client of their own: the door; mail, which has deadlines of its own; the server and its keeper, which
# listen and hand the socket on; and the demonstration, which plays a browser on this machine.
OWN = {
    "cli/keeper.py",
    "cli/kept.py",
    "front/standing.py",
    "foundation/mail.py",
    "cli/serving.py",
    "foundation/outgoing.py",
    "foundation/connections.py",
    "demo/walk.py",
    "demo/instances.py",
    "cli/demonstration.py",
}
CLIENTS = ("requests", "urllib.request", "http.client", "socket", "urllib3", "httpx", "aiohttp", "ftplib", "telnetlib")


def test_nothing_else_calls_out_by_itself() -> None:
    found = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            if any(name == client or name.startswith(f"{client}.") for name in names for client in CLIENTS):
                found.add(path.relative_to(SRC).as_posix())
    assert found <= OWN
    assert "foundation/outgoing.py" in found
