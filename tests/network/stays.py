"""A report and its stay with a peer, as rows: what the tests of single functions begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kentongan import routing
from kentongan.network import facts
from kentongan.network.models import Direction, HandOver, Peer, PeerState, Trace
from kentongan.reports.models import Report
from tests.world import ON_NATIONAL_ROAD, submission

NOON = datetime(2049, 11, 26, 12, tzinfo=UTC)  # later than any day on which a test is run: roles begin at the real now


def known(name: str = "pu", **fields: Any) -> Peer:
    """An active peer; it hears of everything that is not said otherwise."""
    given = {"dialect": "kentongan", "title": "Sistem PU", "state": PeerState.ACTIVE, **fields}
    return Peer.objects.create(name=name, **given)


def sent(**fields: Any) -> Report:
    """A report on the national road, which the Ministry of Public Works has."""
    return routing.submit(submission(at=ON_NATIONAL_ROAD, **fields), None).report


def traced(report: Report, **fields: Any) -> Trace:
    """The report began here."""
    here = facts.instance()
    return Trace.objects.create(report=report, **{"origin": here, "origin_code": report.code, "path": [here], **fields})


def given(report: Report, peer: Peer, direction: str = Direction.OUT, **fields: Any) -> HandOver:
    """A stay of the report with the peer, offered to the body that has the report."""
    body = {"body": report.body_id} if direction == Direction.OUT else {}
    return HandOver.objects.create(report=report, peer=peer, direction=direction, **{**body, **fields})


def lines(report: Report, after: int = 2) -> list[tuple[str, str, str, str]]:
    """What its timeline says after entry `after`: kind, who, words, and the state it has from then on."""
    found = report.entries.filter(seq__gt=after).order_by("seq")
    return [(one.kind, one.actor, one.text, one.state_to) for one in found]
