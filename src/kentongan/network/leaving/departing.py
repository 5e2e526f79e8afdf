"""The old instance lets go: what is in the bundle and has not changed since lives at the new one from now on.

A move is a hand-over that is not asked for: the peer has the report by the bundle already, and a message `moved` says
that it is at home there. From then on the two sides tell each other news as after any hand-over, so that reporters
with an account here still hear of it, and third parties on the way in or out notice nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from kentongan import bodies, reports
from kentongan.foundation.problems import Problem
from kentongan.foundation.revision import Cached
from kentongan.network import coming_back, facts, peers
from kentongan.network.leaving.bundle import Broken, Reader
from kentongan.network.leaving.shapes import Manifest, ReportLine
from kentongan.network.models import (
    OPEN,
    Delivery,
    Departure,
    Direction,
    HandOver,
    HandOverState,
    Moved,
    Peer,
    SigningKey,
    Trace,
)
from kentongan.reports.models import Report
from kentongan.reports.who import SYSTEM

BATCH = 100  # reports of one transaction


@dataclass
class Moving:
    """What a move did: `moved` now, `gone` before or by hand-over, `left`: changed since the bundle, or newer."""

    moved: int = 0
    gone: int = 0
    left: int = 0


def _load() -> dict[str, str]:
    return dict(Departure.objects.values_list("body_id", "url"))


_departures: Cached[dict[str, str]] = Cached("network.departures", _load)


def departures() -> dict[str, str]:
    """The bodies that have left, and the address of the instance of each."""
    return _departures.get()


def move(path: Path, name: str, *, progress: Callable[[int], None] = lambda _done: None) -> Moving:
    """Moves the reports of our own bundle at `path` to the peer `name`, and sends it what is new for the region.

    Repeatable. A report that has changed since stays until the next bundle. Raises Problem `unknown_peer`,
    `not_our_bundle`, `wrong_peer`, `reached_otherwise`.
    """
    peer = peers.find(name)
    if not peer.is_active or peer.dialect != "kentongan":
        raise Problem("wrong_peer", 409, _("A region moves to an active peer that is an instance of its own."))
    done, codes = Moving(), set()
    with Reader(path) as reader:
        try:
            _check(reader)
            _leave(peer, reader.manifest)
            lines = reader.lines("reports")
            while batch := list(islice(lines, BATCH)):
                codes |= {one.code for one in batch}
                _move_all(batch, peer, done)
                progress(done.moved + done.gone + done.left)
        except Broken as fault:
            raise Problem("not_our_bundle", 422, str(fault)) from None
        left = Report.objects.filter(body__in=bodies.subtree(reader.manifest.body), away=False)
    done.left += sum(1 for code in left.values_list("code", flat=True).iterator() if code not in codes)
    return done


def arrived(stay: HandOver, name: str, url: str) -> None:
    """The peer has confirmed that the report lives there: the old address leads to it from now on."""
    HandOver.objects.filter(pk=stay.pk).update(remote_id=name, remote_url=url)
    Moved.objects.update_or_create(code=stay.report.code, defaults={"url": url})


def _check(reader: Reader) -> None:
    """That the bundle is ours, and its reports are as we wrote them."""
    manifest = reader.manifest
    ours = SigningKey.objects.filter(keyid=manifest.key.keyid, public=manifest.key.public).exists()
    told = {one.name: one.sha256 for one in manifest.members}.get("reports.jsonl")
    if not ours or manifest.instance != facts.instance() or reader.digest("reports.jsonl")[0] != told:
        raise Problem("not_our_bundle", 422, _("This bundle was not made here, or was changed since."))


def _leave(peer: Peer, manifest: Manifest) -> None:
    """What is sent to the region from now on goes to the peer."""
    with transaction.atomic():
        url = str(peer.options.get("url") or peer.endpoint)
        Departure.objects.update_or_create(body_id=manifest.body, defaults={"peer": peer, "url": url.rstrip("/")})
        _departures.invalidate()
        peers.set_reach(peer, manifest.body)


def _move_all(batch: Sequence[ReportLine], peer: Peer, done: Moving) -> None:
    with transaction.atomic():
        found = {one.code: one for one in Report.objects.filter(code__in=[line.code for line in batch])}
        stays: dict[int, list[HandOver]] = {}
        for stay in HandOver.objects.filter(report__in=found.values(), state__in=OPEN).select_related("report", "peer"):
            stays.setdefault(stay.report_id, []).append(stay)
        for line in batch:
            report = found.get(line.code)
            if report is None or report.away:
                done.gone += 1
            else:
                _move(report, line, stays.get(report.pk, []), peer, done)


def _move(report: Report, line: ReportLine, stays: list[HandOver], peer: Peer, done: Moving) -> None:
    with_peer = {one.direction: one for one in stays if one.peer_id == peer.pk}
    passed_on = any(one.direction == Direction.OUT for one in stays)
    if Direction.OUT in with_peer:
        done.gone += 1  # it went there by a hand-over before
    elif Direction.IN in with_peer:
        reason = _("The region works on its own instance now.")
        coming_back.give_back(report, with_peer[Direction.IN], SYSTEM, reason, body=report.body_id or "")
        done.moved += 1
    elif report.seq != line.seq or passed_on != line.passed_on or not _depart(report, line, peer, passed_on):
        done.left += 1
    else:
        done.moved += 1


def _depart(report: Report, line: ReportLine, peer: Peer, passed_on: bool) -> bool:
    """Lets one report go; False where it changed at this very moment.

    Where a third party works on it for us, it goes on doing so: then the peer is the one that gave it to us.
    """
    url = str(peer.options.get("url") or peer.endpoint).rstrip("/")
    told = {"peer": {"name": peer.name, "title": peer.called}, "url": url}
    try:
        entry = reports.depart(report.code, line.seq, told)
    except Problem:
        return False
    here = facts.instance()
    Trace.objects.get_or_create(report=report, defaults={"origin": here, "origin_code": report.code, "path": [here]})
    stay = HandOver.objects.create(
        report=report, peer=peer, direction=Direction.IN if passed_on else Direction.OUT,
        state=HandOverState.ACCEPTED, remote_id=report.code, body=report.body_id or "", seq=entry.seq,
    )  # fmt: skip
    Delivery.objects.create(
        peer=peer, report=report, kind="moved", key=f"moved/{stay.pk}",
        payload={"stay": stay.pk, "upto": line.seq, "passed_on": passed_on},
    )  # fmt: skip
    return True
