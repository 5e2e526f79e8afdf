"""Whole instances in processes of their own, each with its database, server and worker, as in the network.

`Instance.run` executes Python inside the instance (a process that has Django set up) and returns what `answer` was
set to; everything else goes over HTTP on loopback.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import mkdtemp
from textwrap import dedent
from typing import Any

import psycopg

from tests import forking, patterns
from tests.forking import MEASURED, Forked
from tests.once import NOWHERE
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
BEGIN = """
from kentongan import bodies, catalogue
from kentongan.foundation.migrating import bring_up_to_date
bring_up_to_date()
catalogue.load()
bodies.load()
"""
# A database with tables, catalogue and bodies, made by the first instance of this run: a file, or a name.
_pattern: Path | str = ""
PATIENCE = 60.0  # seconds that something which has to happen may take on a busy machine
Process = Forked | subprocess.Popen[bytes]  # the latter where a test begins one as people do


class Instance:
    """One instance of the network. `name` is how it is called there; its data lie in a folder of its own."""

    def __init__(self, name: str, folder: Path, places: Path, **settings: str) -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("KENTONGAN_")}
        self.env = kept | {
            "KENTONGAN_MODE": "development", "KENTONGAN_DATA": str(folder), "KENTONGAN_BASE_URL": self.url,
            "KENTONGAN_INSTANCE": name, "KENTONGAN_INSTANCE_NAME": name.title(),
            "KENTONGAN_PLACES_INDEX": str(places), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "kentongan.settings", **settings,
        }  # fmt: skip
        self._shell: Forked | None = None
        self._asks: Connection
        self.processes: dict[str, Process] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._database = ""
        if "KENTONGAN_DATABASE" in settings:
            self.run(BEGIN)
        elif _pattern:
            self._begin()
        else:
            with patterns.first("instance") as shared:
                self._begin_the_first(shared)

    def _begin(self) -> None:
        self._database = database(f"kentongan_{self.folder.name}_{self.port}")
        if self._database:
            self.env["KENTONGAN_DATABASE"] = self._database
        if not _begins_with_a_copy(self.folder, self._database):
            self.run(BEGIN)

    def _begin_the_first(self, shared: Path | None) -> None:
        """Begins as the first of this process, and of the run unless another process was before."""
        global _pattern
        if shared and shared.exists():
            _pattern = shared.read_text() if shared.suffix == ".postgresql" else shared
            self._begin()
        else:
            self._begin()
            self._keep_for_others(shared)

    def _keep_for_others(self, shared: Path | None) -> None:
        """Keeps the new database as it is now, so that the next instances of this run begin with a copy."""
        global _pattern
        if not self._database:
            self.run("from django.db import connection; connection.cursor().execute('PRAGMA wal_checkpoint(TRUNCATE)')")
            if not shared:
                shared = Path(mkdtemp(prefix="kentongan-pattern-")) / "kentongan.sqlite3"
                atexit.register(shutil.rmtree, shared.parent, ignore_errors=True)
            shutil.copyfile(self.folder / "kentongan.sqlite3", shared)
            _pattern = shared
            return
        self.run("from django.db import connection; connection.close()")
        _pattern = f"{_name_of(self._database)}_pattern"
        with psycopg.connect(os.environ["KENTONGAN_DATABASE"], autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{_pattern}" TEMPLATE "{_name_of(self._database)}"')
        if shared:
            shared.write_text(_pattern)
        else:
            atexit.register(drop, _pattern)

    def run(self, python: str, /, **given: Any) -> Any:
        """Executes Python in the instance; `given` are names it may use, `answer` is what comes back."""
        if self._shell is None or self._shell.poll() is not None:
            self._asks, answers = Pipe()
            with answers:
                self._shell = self._begin_process("shell", _serve_shell, answers)
        self._asks.send_bytes(json.dumps({"code": dedent(python), "given": given}).encode())
        try:
            said = json.loads(self._asks.recv_bytes())
        except EOFError:
            raise RuntimeError((self.folder / "shell.log").read_text()[-3000:]) from None
        if "fault" in said:
            raise RuntimeError(said["fault"])
        return said["answer"]

    def start(self, *parts: str) -> None:
        """Starts the server and the worker, or those that are named."""
        commands = {"serve": ["serve", "--port", str(self.port)], "worker": ["worker"]}
        for part in parts or ("serve", "worker"):
            self.processes[part] = self._begin_process(part, forking.command, *commands[part])
        if "serve" in (parts or ("serve",)):
            until(self.answers)

    def _begin_process(self, name: str, do: Callable[..., Any], *given: Any) -> Forked:
        log = self.folder / f"{name}.log"
        return Forked(do, *given, env=self.env, folder=self.folder, out=log, err=log)

    def answers(self) -> bool:
        """Whether the server can be spoken to."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self, *parts: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Ends parts at once, children too: nothing is finished first."""
        for part in parts or tuple(self.processes):
            process = self.processes.pop(part, None)
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, how)
                process.wait(20)

    def end_shell(self) -> None:
        """Ends the process behind `run`; the next call begins another."""
        if self._shell is not None:
            self._asks.close()
            if MEASURED:
                with suppress(subprocess.TimeoutExpired):
                    self._shell.wait(20)
            self._shell.kill()
            self._shell.wait()
            self._shell = None

    def close(self) -> None:
        """Ends all of it."""
        if MEASURED:
            self._end_in_good_order()
        self.kill()
        self.end_shell()
        if self._database:
            drop(_name_of(self._database))

    def _end_in_good_order(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for part, process in tuple(self.processes.items()):
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
                del self.processes[part]

    def drain(self) -> None:
        """Does what a worker would do now, here: events, deliveries, tasks."""
        self.run(
            """
            from kentongan.subscribers import register
            from kentongan.foundation import outbox
            from kentongan import network
            register()
            while outbox.drain():
                pass
            network.deliver_all(3)
            while outbox.drain():
                pass
            from tests.tasks import run_tasks
            run_tasks()
            """
        )


def database(name: str, *, empty: bool = False) -> str:
    """A new database for an instance where the tests run on PostgreSQL; else none: SQLite, in the instance's folder.

    `empty`: without the tables, catalogue and bodies that an instance of this run has made.
    """
    here = os.environ.get("KENTONGAN_DATABASE", "")
    if here == NOWHERE:
        raise RuntimeError("instances have databases of the kind that the tests run on: mark this test `both`")
    if not here.startswith("postgresql://"):
        return ""
    pattern = f' TEMPLATE "{_pattern}"' if _pattern and not empty else ""
    with psycopg.connect(here, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"{pattern}')
    return f"{here.rpartition('/')[0]}/{name}"


def drop(name: str) -> None:
    """Drops a database of an instance, whoever is still connected to it."""
    with psycopg.connect(os.environ["KENTONGAN_DATABASE"], autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _begins_with_a_copy(folder: Path, database: str) -> bool:
    """Whether the instance has its tables already: by the copy that PostgreSQL made, or by one made here."""
    if _pattern and not database:
        shutil.copyfile(_pattern, folder / "kentongan.sqlite3")
    return bool(_pattern)


def _name_of(database: str) -> str:
    return database.rpartition("/")[2]


def introduce(one: Instance, other: Instance) -> None:
    """Both servers run; a person on each side adds the other by its address and confirms it."""
    for here, there in ((one, other), (other, one)):
        here.run("from kentongan.network.dialects.kentongan import introducing as i; i.meet(url)", url=there.url)
    for here, there in ((one, other), (other, one)):
        here.run(
            """
            from kentongan.network.dialects.kentongan import introducing as i
            from kentongan.network.models import Peer
            i.present(i.confirm(Peer.objects.get(instance=name)))
            """,
            name=there.name,
        )


def settle(*instances: Instance, rounds: int = 6) -> None:
    """Lets all that waits go back and forth until it is at rest."""
    for _round in range(rounds):
        for one in instances:
            one.drain()


def until(true: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Waits for something to become true and returns it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def _serve_shell(asked: Connection) -> None:
    """The process behind `Instance.run`: JSON in, JSON out, until the other end is closed."""
    with suppress(EOFError):
        while True:
            said = json.loads(asked.recv_bytes())
            space: dict[str, Any] = {**said["given"], "answer": None}
            try:
                exec(said["code"], space)  # noqa: S102  our own tests, in a process of their own
                told: dict[str, Any] = {"answer": space["answer"]}
            except Exception:  # noqa: BLE001  told to the test, which fails with it
                told = {"fault": traceback.format_exc()}
            asked.send_bytes(json.dumps(told, default=str).encode())
