"""`kentongan demo network`: three instances, and reports walked over them."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kentongan import bodies, catalogue
from kentongan.bodies.models import Body, Membership
from kentongan.catalogue.models import Category
from kentongan.demo import accounts, walk
from kentongan.demo.instances import CENTRE, CITY, REGION, ROLES, Instance, connect
from kentongan.foundation.config import config
from kentongan.foundation.migrating import bring_up_to_date, missing_migrations
from kentongan.places import country

MAILBOX = "pengaduan@bekasi.demo.example"
CLIENT = "klien-open311"
OUTAGE = 60.0  # seconds for which the centre is away
FAST = 8.0


def instance(name: Annotated[str, typer.Argument(help="jakarta, denpasar or pusat.")]) -> None:
    """Load one of the three instances of `demo network`: tables, catalogue, bodies, people. Safe to repeat."""
    accounts.refuse_outside_the_demonstration()
    role = next((one for one in ROLES if one.name == name), None)
    if role is None:
        raise SystemExit(
            f"kentongan: there is no instance {name}; choose one of {', '.join(one.name for one in ROLES)}."
        )
    if missing_migrations():
        bring_up_to_date()
    country.prepare(lambda _stage, _done, _of: None)
    if not Category.objects.exists():
        catalogue.load()
    if not Body.objects.exists():
        bodies.load()
    accounts.load()
    for code in role.bodies:
        if bodies.get(code).partner_from is None:
            bodies.make_partner(code)
    for account in accounts.ACCOUNTS:
        if account.body in role.bodies:
            Membership.objects.get_or_create(
                person=accounts.person(account), body_id=account.body, until=None, defaults={"role": account.role}
            )


def network(
    port: Annotated[int, typer.Option(min=1, max=65533, help="The first of three ports.")] = 8000,
    fast: Annotated[bool, typer.Option("--fast", help="A shorter outage, with fewer reports.")] = False,
    once: Annotated[bool, typer.Option("--once", help="End after the walk.")] = False,
) -> None:
    """Start three instances, introduce them, walk reports over them, and say where to look. Ctrl-C ends it."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us without it
    console = Console(highlight=False, soft_wrap=True)
    city, region, centre = three = three_instances(config().data, port)
    try:
        _prepare(console, *three)
        key = city.commands(("peers", "key", CLIENT, "--write", "--replace"))
        _walk(console, city, region, centre, key, fast=fast)
        console.print("[bold]Kentongan is ready at[/] " + ", ".join(one.url for one in three))
        while not once:
            for one in three:
                one.refuse_dead()
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for one in three:
            one.end()


def three_instances(data: Path, port: int) -> tuple[Instance, Instance, Instance]:
    """The instances; the country is read once, by the first. What is kept holds addresses: each port has its own."""
    folder = data / str(port)
    index = folder / CITY.name / "places.index"
    city, region, centre = (
        Instance(role, folder / role.name, port + number, index) for number, role in enumerate((CITY, REGION, CENTRE))
    )
    return city, region, centre


def _prepare(console: Console, city: Instance, region: Instance, centre: Instance) -> None:
    three = (city, region, centre)
    for one in three:
        console.print(f"… {one.role.title}: tables, country, bodies, people", style="dim")
        one.folder.mkdir(parents=True, exist_ok=True)
        one.commands(("demo", "instance", one.role.name))
        one.start()
    connected = city.folder.parent / "connected"
    if not connected.exists():
        console.print("… introduced to each other, confirmed on both sides", style="dim")
        connect(*three, mailbox=MAILBOX)
        connected.touch()


def _walk(console: Console, city: Instance, region: Instance, centre: Instance, key: str, *, fast: bool) -> None:
    def say(line: str) -> None:
        console.print(f"  • {line}", markup=False)

    parts: list[tuple[str, Callable[[], object]]] = [
        (
            "One report over all three instances, and its answer back",
            lambda: walk.over_all_three(region, city, centre, say),
        ),
        ("A result that the citizen rejects", lambda: walk.rejected_result(city, centre, say)),
        ("A body that has only a mailbox", lambda: walk.by_mail(city, say)),
        ("A generic Open311 client", lambda: walk.by_open311(city, key, say)),
        (
            "The centre is killed in the middle of many reports",
            lambda: walk.outage(city, centre, FAST if fast else OUTAGE, say, 60 if fast else walk.MANY),
        ),
    ]
    for number, (title, part) in enumerate(parts, 1):
        console.print(f"[bold]{number}. {title}[/]")
        part()
