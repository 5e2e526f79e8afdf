"""`kentongan serve`: granian before `kentongan.front`."""

from __future__ import annotations

import os
import socket
from errno import EADDRINUSE
from typing import Annotated

import typer
from django.db import connection
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from kentongan.cli.sharing import share
from kentongan.cli.tables import refuse_old_tables
from kentongan.foundation.config import config

HEADERS_WITHIN = 10  # seconds for the headers of a request, and for the next on a connection that is kept open


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=0, help="Server processes; 0: one on SQLite, one for each core on PostgreSQL.")
    ] = 0,
) -> None:
    """Serve pages and API until stopped (SIGTERM or Ctrl-C finish the requests under way)."""
    refuse_taken(host, port)
    refuse_old_tables()
    # On SQLite one writing process is as fast as three and its slowest answers are four times faster.
    processes = workers or (1 if connection.vendor == "sqlite" else os.cpu_count() or 1)
    (config().data / "static").mkdir(exist_ok=True)  # what an operator collected for a server in front
    share()
    Granian(
        "kentongan.rsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=processes,
        # Connections of one process: each may keep one open for little, and those that say nothing are closed.
        backpressure=1024,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN * 1000),
        websockets=False,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
    ).serve()


def refuse_taken(host: str, port: int) -> None:
    """Ends with one clear line where somebody listens there: granian would share the port and its requests."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as fault:
        raise SystemExit(f"kentongan: {host}: {fault.strerror}") from None
    for family, kind, protocol, _name, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as fault:
                said = f"port {port} is in use; try --port {port + 1}" if fault.errno == EADDRINUSE else fault.strerror
                raise SystemExit(f"kentongan: {said}.") from None
