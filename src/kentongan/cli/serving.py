"""`kentongan serve`: granian before `kentongan.front`, kept by `cli.keeper`."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import socket
import threading
from errno import EADDRINUSE
from typing import Annotated, Any

import typer
from django.db import connection
from granian import Granian
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from kentongan.cli.kept import Place
from kentongan.cli.sharing import share
from kentongan.cli.tables import refuse_old_tables
from kentongan.foundation.config import config
from kentongan.front import standing, streams

FINISH_WITHIN = 300.0  # seconds for what is under way in a server that a newer one has replaced: long downloads
BACKLOG = 1024  # who connects and waits until somebody accepts


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=0, help="Server processes; 0: one on SQLite, one for each core on PostgreSQL.")
    ] = 0,
    handed: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Serve pages and API until stopped (SIGTERM or Ctrl-C finish the requests under way).

    SIGHUP puts the program that is installed now in its place, without a gap.
    """
    place = Place.read(handed)
    listening = listen(host, port) if place.listening < 0 else socket.socket(fileno=place.listening)
    refuse_old_tables()
    # On SQLite one writing process is as fast as three and its slowest answers are four times faster.
    processes = workers or (1 if connection.vendor == "sqlite" else os.cpu_count() or 1)
    (config().data / "static").mkdir(exist_ok=True)  # what an operator collected for a server in front
    share()
    server = Server(
        "kentongan.rsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=processes,
        # Connections of one process: each may keep one open for little, and those that say nothing are closed. Who
        # listens (`front.streams`) keeps one for long.
        backpressure=1024 + streams.MOST,
        http1_settings=HTTP1Settings(header_read_timeout=standing.HEADERS_WITHIN * 1000),
        websockets=False,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
    )
    server.socket = listening
    if place.is_kept:
        idle, busy = os.pipe()
        standing.hand(standing.Handed(listening.fileno(), place.begun, place.leave, busy))
        threading.Thread(target=_leave, args=(place, idle, busy), daemon=True).start()
    server.serve()


class Server(Granian):  # type: ignore[misc, valid-type]
    """granian on a socket that is open already: its processes share it instead of opening one each."""

    socket: socket.socket

    def _init_shared_socket(self) -> None:
        multiprocessing.set_start_method("fork", force=True)  # they inherit our open files
        holder: Any = SocketHolder  # takes the number of an open file, which its types do not say
        self._ssp = self._sso = None
        self._shd = holder(self.socket.fileno(), False, BACKLOG)


def _leave(place: Place, idle: int, busy: int) -> None:
    """In a thread: ends this server once a newer one is at work and nothing is under way, or the keeper is gone."""
    if place.wait():
        os.close(busy)
        select.select([idle], [], [], FINISH_WITHIN)  # readable once it is closed in every process
    os.kill(os.getpid(), signal.SIGTERM)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Ends with one clear line where somebody listens there already."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as fault:  # the latter for an empty or too long part of a name
        said = fault.strerror if isinstance(fault, OSError) else "no name of a machine"
        raise SystemExit(f"kentongan: {host}: {said}") from None
    family, kind, protocol, _name, address = found[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as fault:
        listening.close()
        said = f"port {port} is in use; try --port {port + 1}" if fault.errno == EADDRINUSE else fault.strerror
        raise SystemExit(f"kentongan: {said}.") from None
    listening.setblocking(False)
    return listening
