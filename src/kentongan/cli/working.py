"""`kentongan worker`: what follows a report, tasks, and what comes due with time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import uuid4

import typer
from django.db import close_old_connections
from django.utils import timezone

from kentongan import casework, community, emergency, insights, network, notify, reports, routing, warnings
from kentongan.cli.crew import Crew
from kentongan.cli.kept import Place
from kentongan.cli.lanes import Abroad, Alerts, Events, Jobs, Lane, Mail, Peers, Periodic, Tasks
from kentongan.cli.sweeping import sweep_photos, sweep_rows
from kentongan.cli.tables import refuse_old_tables
from kentongan.foundation.photo_storage import move_to_bucket
from kentongan.places import country
from kentongan.subscribers import register

REOPEN_WITHIN = timedelta(days=14)
LANES: dict[str, type[Lane]] = {one.name: one for one in (Alerts, Abroad, Events, Mail, Tasks, Peers)}


def work(
    batch: Annotated[bool, typer.Option("--batch", help="Do what waits, then end.")] = False,
    handed: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Deliver events, run tasks and close what is due, until stopped. Any number may run side by side.

    SIGHUP puts the program that is installed now in its place; the one before ends what it has begun.
    """
    refuse_old_tables()
    register()
    if batch:
        Work(periodic()).run()
    else:
        Crew(_name(), [*LANES, Jobs.name], _lane, Place.read(handed)).run()


def periodic() -> list[Periodic]:
    """What comes due with time."""
    return [
        Periodic("route what the rules had failed for", 60, routing.route_waiting),
        Periodic("release what bodies had that have left", 600, routing.release_left),
        Periodic("close results nobody spoke against", 600, close_overdue),
        Periodic("go on without an answer", 600, reports.unanswered),
        Periodic("take work from who has left", 600, casework.return_work),
        Periodic("do what was asked for many reports", 2, do_bulk),
        Periodic("learn the words of reports", 60, casework.learn_new),
        Periodic("note overdue reports for rules", 60, casework.note_overdue),
        Periodic("run rules", 5, run_rules),
        Periodic("write to staff", 60, notify.write_to_staff),
        Periodic("count the regions", 600, insights.recount_changed),
        Periodic("renew the country", 600, country.renew),
        Periodic("move photos to the bucket", 30, move_to_bucket),
        Periodic("sweep photos", 3600, sweep_photos),
        Periodic("end what is shared", 30, community.end_due),
        Periodic("destroy what was hidden", 3600, reports.destroy_sealed),
        Periodic("warn of missed rounds", 30, community.warn_missed),
        Periodic("forget what groups kept", 3600, community.sweep_groups),
        Periodic("tell of empty shifts", 300, emergency.tell_gaps),
        Periodic("end warnings", 20, warnings.expire_due),
        Periodic("read warnings of others", 30, warnings.read_feeds),
        Periodic("propose warnings", 60, warnings.propose),
        Periodic("forget alerts", 600, emergency.sweep_alerts),
        Periodic("sweep receipts", 86_400, network.sweep),
        Periodic("sweep what has ended", 3600, sweep_rows),
    ]


def do_bulk() -> int:
    """Goes on with what staff asked for many reports; what a peer works on is left to the peer."""
    return casework.do_bulk(network.refuse_elsewhere)


def run_rules() -> int:
    """Does what is due by the rules of bodies; what a peer works on is left to the peer."""
    return casework.run_rules(network.refuse_elsewhere)


def close_overdue() -> int:
    """Closes results that the reporter neither confirmed nor reopened in time; returns how many."""
    overdue = reports.overdue_results(timezone.now() - REOPEN_WITHIN)
    # What a peer works on, the peer closes.
    return sum(reports.expire(code) for code in network.worked_on_here(overdue))


class Work:
    """One worker within this process: all lanes in turn. What `--batch` does, and tests."""

    def __init__(self, periodic: list[Periodic]) -> None:
        worker = _name()
        self._peers = Peers(worker)
        self._abroad = Abroad(worker)
        self._lanes = [
            Alerts(worker), self._abroad, Events(worker), Tasks(worker), self._peers, Jobs(worker, periodic),
            Mail(worker),
        ]  # fmt: skip

    def run(self) -> None:
        """Works until nothing is left that is due."""
        while self.step() or self._abroad.wait() or self._peers.wait():
            pass
        for lane in self._lanes:
            lane.end()

    def step(self) -> int:
        """One pass over all lanes; returns how much there was to do."""
        close_old_connections()
        return sum(lane.step() for lane in self._lanes)


def _name() -> str:
    return f"worker-{uuid4().hex[:8]}"


def _lane(name: str, worker: str) -> Lane:
    """A lane within a process of its own."""
    register()
    return Jobs(worker, periodic()) if name == Jobs.name else LANES[name](worker)
