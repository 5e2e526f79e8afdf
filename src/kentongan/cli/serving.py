"""`kentongan serve`: granian in WSGI mode."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from django.db import connection
from granian import Granian
from granian.constants import Interfaces

from kentongan.cli.checking import refuse_old_tables
from kentongan.foundation.config import config


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=0, help="Server processes; 0: one on SQLite, one for each core on PostgreSQL.")
    ] = 0,
) -> None:
    """Serve pages and API until stopped (SIGTERM or Ctrl-C finish the requests under way)."""
    refuse_old_tables()
    # On SQLite one writing process is as fast as three and its slowest answers are four times faster.
    processes = workers or (1 if connection.vendor == "sqlite" else os.cpu_count() or 1)
    connection.close()
    (config().data / "static").mkdir(exist_ok=True)  # what an operator collected for a server in front
    Granian(
        "kentongan.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=1,
        websockets=False,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
    ).serve()
