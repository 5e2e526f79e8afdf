"""The two databases, told to Django so that both give the same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

BUSY_TIMEOUT = 20  # seconds a writer waits for another before it gives up
CACHE = 32_768  # KiB of pages a connection may keep: SQLite's own 2,000 are too few for large transactions
CONNECT_WITHIN = 10  # seconds until a PostgreSQL that does not answer counts as away
LITTLE = 2_000  # KiB, where a dozen threads have a connection each: lists and reports came as fast with it


def database_settings(url: str, data: Path, *, prepared: bool = True) -> dict[str, Any]:
    """Django's settings for `url`; without one, a SQLite file in the data folder.

    Connections stay open: closing them cost five times the throughput on SQLite. `prepared`: whether PostgreSQL may
    keep the plans of `foundation.prepared` with a connection. Raises ValueError where the address of a PostgreSQL
    cannot be read.
    """
    if url.startswith(("postgresql://", "postgres://")):
        return _postgresql(url, prepared)
    path = Path(url.removeprefix("sqlite:///")) if url else data / "kentongan.sqlite3"
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "kentongan.foundation.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        # Tests run on a file too: an in-memory database shared by threads locks in other ways than a real one.
        "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
        "OPTIONS": {
            # A deferred transaction that reads and then writes fails at once with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_TIMEOUT,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            f" PRAGMA cache_size=-{CACHE};",
        },
    }


def keep_little(settings: dict[str, Any]) -> None:
    """For a process of many threads, before any has connected: each connection to SQLite keeps few pages itself. The
    machine keeps the file's anyway, once for all.
    """
    options = settings["OPTIONS"]
    if "init_command" in options:
        options["init_command"] = options["init_command"].replace(f"cache_size=-{CACHE}", f"cache_size=-{LITTLE}")


def run_as_planned(connection: Any, **_others: Any) -> None:
    """A listener of `connection_created`: PostgreSQL compiles no plan to machine code.

    It does so where it thinks that a statement takes long; ours end early, and compiling one took 0.3 s of its 0.32
    (counts of a common word, a million reports). A statement and no option of the connection: poolers refuse those.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")


def _postgresql(url: str, prepared: bool) -> dict[str, Any]:
    try:
        parts, given = urlsplit(url), dict(parse_qsl(urlsplit(url).query, strict_parsing=True, keep_blank_values=True))
        port = parts.port or given.pop("port", "")
    except ValueError:
        parts = None
    if parts is None or "/" in parts.path.lstrip("/") or parts.fragment:
        raise ValueError(
            "must be postgresql://user:password@host:port/name, with %40 for @, %2F for /, %3A for :, %3F for ? and %23"
            " for # in a password"
        )
    # What stands behind a question mark goes to libpq: sslmode, sslrootcert, host (a folder of a socket) …
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or given.pop("host", "")),
        "PORT": port,
        "CONN_MAX_AGE": None,
        # A cursor kept by the server outlives its transaction, and a pooler gives the connection to others by then.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        # Without a number psycopg prepares nothing; with any it prepares what asks for it.
        "OPTIONS": {"connect_timeout": CONNECT_WITHIN} | given | {"prepare_threshold": 5 if prepared else None},
    }
