"""`kentongan demo`: everything at once on one machine, to look at."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from kentongan import bodies, catalogue
from kentongan.bodies.models import Body
from kentongan.catalogue.models import Category
from kentongan.cli import demo_network, demo_real
from kentongan.cli.serving import listen
from kentongan.demo import accounts, lamps, morning, neighbourhood, partners, posts, removing, samples, warned
from kentongan.foundation.config import config
from kentongan.foundation.migrating import bring_up_to_date, missing_migrations
from kentongan.places import country

READY_WITHIN = 180.0  # seconds: a busy or old machine is slow, and a server that has died is told at once
END_WITHIN = 15.0  # seconds the server and the worker may take to end

app = typer.Typer(help="Look at everything on one machine, with demonstration data.", no_args_is_help=True)
app.command()(demo_network.instance)
app.command()(demo_network.network)


@app.command()
def load() -> None:
    """Create the tables and load the country, bodies, catalogue and demonstration data. Safe to repeat."""
    accounts.refuse_outside_the_demonstration()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for name, step in STEPS:
            task = progress.add_task(name, total=1)
            step(partial(_advance, progress, task))
            progress.update(task, completed=1, total=1)


@app.command()
def remove() -> None:
    """Delete all demonstration data: reports, photos, people and partnerships. Other data stays."""
    gone = removing.remove()
    Console().print(f"Removed {gone.reports} reports, {gone.photos} photos and {gone.people} people.")


@app.command()
def start(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
    real: Annotated[
        bool, typer.Option("--real", help="First download boundaries, streets and map of Jakarta and Bali.")
    ] = False,
) -> None:
    """Load what is missing, start the server and one worker, and say where they are. Ctrl-C ends both."""
    accounts.refuse_outside_the_demonstration()  # before anything is made
    listen("127.0.0.1", port).close()  # says so where it is taken
    _tables()
    if real:
        demo_real.bring()
    else:
        demo_real.offer()
    load()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us without it
    address = f"http://127.0.0.1:{port}"
    running = {"server": _process("serve", "--port", str(port)), "worker": _process("worker")}
    try:
        _await_answer(address, running)
        _tell(address)
        if not no_open and sys.stdout.isatty():
            webbrowser.open(address)
        while True:
            _refuse_dead(running)
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        _end(running)


def _tables() -> None:
    if missing_migrations():
        bring_up_to_date()


def _catalogue() -> None:
    if not Category.objects.exists():
        catalogue.load()


def _bodies() -> None:
    if not Body.objects.exists():
        bodies.load()


def _advance(progress: Progress, task: TaskID, done: int, of: int) -> None:
    progress.update(task, completed=done, total=of)


# What a demonstration stands on, in order. Each does nothing where it is done already, and may tell how far it is.
Advance = Callable[[int, int], None]
STEPS: list[tuple[str, Callable[[Advance], object]]] = [
    ("tables", lambda advance: _tables()),
    ("country", lambda advance: country.prepare(lambda _stage, done, of: advance(done, of))),
    ("kinds of trouble", lambda advance: _catalogue()),
    ("bodies", lambda advance: _bodies()),
    ("people", lambda advance: accounts.load()),
    ("partners", lambda advance: partners.load()),
    ("post that watches", lambda advance: posts.load()),
    ("warning as an exercise", lambda advance: warned.load()),
    ("neighbourhood and family", lambda advance: neighbourhood.load()),
    ("street lights", lambda advance: lamps.load()),
    ("reports", samples.load),
    ("a morning's work", lambda advance: morning.load()),
]


def _process(*command: str) -> subprocess.Popen[bytes]:
    """One part of the demonstration; what it says goes to a log of its own in the data folder."""
    folder = config().data / "logs"
    folder.mkdir(exist_ok=True)
    with (folder / f"{command[0]}.log").open("ab") as log:
        # A session of its own: Ctrl-C reaches only us, and we end it in order.
        return subprocess.Popen(
            [sys.executable, "-m", "kentongan.cli.main", *command],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _await_answer(address: str, running: dict[str, subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        _refuse_dead(running)
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310  our own address
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return
            time.sleep(0.2)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"kentongan: the server did not answer; see {config().data / 'logs' / 'serve.log'}.")


def _refuse_dead(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in running.items():
        if process.poll() is not None:
            raise SystemExit(f"kentongan: the {name} ended unasked; see {config().data / 'logs'}.")


def _end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave a process behind
    for process in running.values():
        process.terminate()
    for process in running.values():
        try:
            process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()


def _tell(address: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("sign in as", "e-mail", "password", box=None, padding=(0, 1))  # 80 columns: a password is not broken
    for account in accounts.ACCOUNTS:
        table.add_row(account.what, account.email, account.password)
    console.print(table)
    console.print(f"Mails are not sent: read them at {address}/demo/mail")
    console.print(f"Kentongan is ready at {address}", style="bold green")
    console.print("Ctrl-C ends it.")
    sys.stdout.flush()
