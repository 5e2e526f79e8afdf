"""What a timeline entry means for peers: a report that has to go there, or news of one that is there.

The subscriber of `report.entry` only writes what is due; `courier` delivers it. Doing it twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kentongan import reports
from kentongan.network import coming_back, facts
from kentongan.network.dialects import dialect
from kentongan.network.elsewhere import works_on
from kentongan.network.models import OPEN, Delivery, DeliveryState, Direction, HandOver, HandOverState, Peer, Trace
from kentongan.network.peers import any_reach, reaches, tells
from kentongan.reports.models import Entry, Report, Visibility
from kentongan.reports.states import NEW

# What people do here and the side that works on the report has to know; the rest of a timeline is its own work.
TO_TAKER = {"commented", "supported", "confirmed", "rated", "reopened", "contested", "noted",
            *reports.HIDING}  # fmt: skip
# What only concerns the instance itself, and is told to nobody.
TO_GIVER = {"sent_out"}  # the giver wants to know where its report travelled on to
ENDS_HERE = {"withdrawn", "given_back"}
KEPT_HERE = {
    "received",
    "sent_out",
    "came_in",
    "claimed",
    "given_back",
    "withdrawn",
    "synced",
    "moved_out",
    "moved_in",
    "photo_checked",
    "linked",  # each side calls a thing as it knows it
}


@dataclass
class _Batch:
    """What a batch of entries comes to, written at its end in one statement for each table."""

    stays: dict[int, list[HandOver]]
    traces: dict[int, Trace] = field(default_factory=dict)
    begun: list[HandOver] = field(default_factory=list)
    due: list[Delivery] = field(default_factory=list)


def follow(events: list[dict[str, Any]]) -> None:
    """Batch subscriber of `report.entry`."""
    heard = [event for event in events if event["kind"] not in KEPT_HERE or event["kind"] in ENDS_HERE | TO_GIVER]
    wanted = {(event["report"], event["seq"]) for event in heard}
    stays = _stays({report for report, _seq in wanted})
    if not stays and not any_reach():
        return
    entries = reports.entries_now(wanted)
    batch = _Batch(stays, _traces(entries))
    for entry in sorted(entries, key=lambda one: (one.report_id, one.seq)):
        _follow(entry, batch)
    _write(batch)


def hears(report: Report, kind: str) -> bool:
    """Whether a peer works on the report and a public entry of this kind, made here, really reaches somebody there."""
    stay = works_on(report)
    if stay is None or kind not in TO_TAKER or not stay.peer.is_active or not tells(stay.peer, "update"):
        return False
    # Nothing passes what waits for a person to look.
    held = Delivery.objects.filter(peer=stay.peer_id, report=report, state=DeliveryState.PARKED).exists()
    return not held and dialect(stay.peer.dialect).carries(kind)


def _stays(reports: set[int]) -> dict[int, list[HandOver]]:
    """The open hand-overs of each report."""
    found: dict[int, list[HandOver]] = {}
    for stay in HandOver.objects.filter(report__in=reports, state__in=OPEN).select_related("peer"):
        found.setdefault(stay.report_id, []).append(stay)
    return found


def _traces(entries: list[Entry]) -> dict[int, Trace]:
    """The traces of those reports that have one."""
    return {one.report_id: one for one in Trace.objects.filter(report__in={entry.report_id for entry in entries})}


def _follow(entry: Entry, batch: _Batch) -> None:
    report, stays = entry.report, batch.stays.setdefault(entry.report_id, [])
    out = next((one for one in stays if one.direction == Direction.OUT), None)
    peer = reaches(report.body_id)
    if out is not None and _leaves(entry, out, peer):
        _withdraw(out, entry)
        stays.remove(out)
        out = None
    arrives = out is None and entry.state_to in NEW and report.state in NEW
    if arrives and peer and not coming_back.goes_back(report, peer, stays, entry):
        _begin(report, peer, batch)
    batch.due += [_news(stay, entry) for stay in stays if _is_told(stay, entry)]


def _begin(report: Report, name: str, batch: _Batch) -> None:
    """Opens a hand-over to the peer `name`, unless a coordinator has to decide first."""
    here = facts.instance()
    trace = batch.traces.get(report.pk) or Trace(report=report, origin=here, origin_code=report.code, path=[here])
    if trace.undecided:
        return
    trace.pseudonym = trace.pseudonym or facts.pseudonym(report, name)
    batch.traces[report.pk] = trace
    stay = HandOver(report=report, peer_id=name, direction=Direction.OUT, body=report.body_id or "", seq=report.seq)
    batch.begun.append(stay)
    batch.stays[report.pk].append(stay)


def _write(batch: _Batch) -> None:
    """Stores what began and what is due. Told twice of the same entries it stores nothing more."""
    begun = [batch.traces[stay.report_id] for stay in batch.begun]
    Trace.objects.bulk_create([one for one in begun if one._state.adding], ignore_conflicts=True)
    HandOver.objects.bulk_create(batch.begun)
    first = [_request(stay) for stay in batch.begun]
    Delivery.objects.bulk_create([*first, *batch.due], ignore_conflicts=True)


def _request(stay: HandOver) -> Delivery:
    due = Delivery(
        peer_id=stay.peer_id, report_id=stay.report_id, kind="request", key=f"request/{stay.pk}",
        payload={"stay": stay.pk},
    )  # fmt: skip
    if stay.report.is_secret and not dialect(Peer.objects.get(pk=stay.peer_id).dialect).keeps_secrets:
        due.state = DeliveryState.PARKED
        due.error = _("This report is not public, and this peer cannot keep it so. Pass it on in another way.")
    return due


def _leaves(entry: Entry, out: HandOver, peer: str | None) -> bool:
    """Whether a step here takes the report away from the peer that has it. What that peer does with it is its own."""
    if entry.data.get("peer", {}).get("name") == out.peer_id:
        return False
    return entry.kind in ENDS_HERE or bool(entry.data.get("to_body") and peer != out.peer_id)


def _withdraw(stay: HandOver, entry: Entry) -> None:
    """The report was passed on here to somebody who is not behind that peer: it is told, and hears no more."""
    HandOver.objects.filter(pk=stay.pk).update(state=HandOverState.WITHDRAWN, ended_at=entry.at)
    never_left = Delivery.objects.filter(
        peer=stay.peer_id, report=stay.report_id, kind="request", attempts=0, leased_until=None
    ).delete()[0]
    if never_left:
        Delivery.objects.filter(peer=stay.peer_id, report=stay.report_id).delete()
    elif tells(stay.peer, "withdraw"):
        due = Delivery(
            peer_id=stay.peer_id, report_id=stay.report_id, kind="withdraw", key=f"withdraw/{stay.pk}",
            payload={"stay": stay.pk, "entry": entry.seq},
        )  # fmt: skip
        Delivery.objects.bulk_create([due], ignore_conflicts=True)


def _is_told(stay: HandOver, entry: Entry) -> bool:
    if entry.seq <= stay.seq or entry.visibility != Visibility.PUBLIC or not tells(stay.peer, "update"):
        return False
    if entry.kind in TO_GIVER:
        return stay.direction == Direction.IN
    if entry.kind in KEPT_HERE:
        return False
    from_there = entry.data.get("peer", {}).get("name") == stay.peer_id
    if stay.direction == Direction.OUT:
        return entry.kind in TO_TAKER and not from_there
    # The giver also hears of what it told us itself, so that it knows the state that came of it.
    return True


def _news(stay: HandOver, entry: Entry) -> Delivery:
    return Delivery(
        peer_id=stay.peer_id, report_id=stay.report_id, kind="update", key=f"entry/{entry.report_id}/{entry.seq}",
        payload={"stay": stay.pk, "entry": entry.seq},
    )  # fmt: skip
