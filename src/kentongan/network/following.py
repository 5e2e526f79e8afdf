"""What a timeline entry means for peers: a report that has to go there, or news of one that is there.

The subscriber of `report.entry` only writes what is due; `courier` delivers it. Doing it twice changes nothing.
"""

from __future__ import annotations

from typing import Any

from kentongan.network import coming_back, facts
from kentongan.network.dialects import dialect
from kentongan.network.models import OPEN, Delivery, Direction, HandOver, HandOverState, Peer, Trace
from kentongan.network.peers import reaches
from kentongan.reports.models import Entry, Report, Visibility
from kentongan.reports.states import State

# What people do here and the side that works on the report has to know; the rest of a timeline is its own work.
TO_TAKER = {"commented", "supported", "confirmed", "rated", "reopened", "contested", "noted"}
# What only concerns the instance itself, and is told to nobody.
KEPT_HERE = {"received", "sent_out", "came_in", "claimed", "given_back", "withdrawn", "synced"}


def follow(events: list[dict[str, Any]]) -> None:
    """Batch subscriber of `report.entry`."""
    wanted = {(event["report"], event["seq"]) for event in events}
    found = Entry.objects.filter(report__in={report for report, _seq in wanted}, seq__in={seq for _r, seq in wanted})
    entries = [entry for entry in found.select_related("report__category") if (entry.report_id, entry.seq) in wanted]
    stays = _stays({entry.report_id for entry in entries})
    for entry in sorted(entries, key=lambda one: (one.report_id, one.seq)):
        _follow(entry, stays.setdefault(entry.report_id, []))


def _stays(reports: set[int]) -> dict[int, list[HandOver]]:
    """The open hand-overs of each report."""
    found: dict[int, list[HandOver]] = {}
    for stay in HandOver.objects.filter(report__in=reports, state__in=OPEN).select_related("peer"):
        found.setdefault(stay.report_id, []).append(stay)
    return found


def _follow(entry: Entry, stays: list[HandOver]) -> None:
    report = entry.report
    out = next((one for one in stays if one.direction == Direction.OUT), None)
    peer = reaches(report.body_id)
    if out is not None and _leaves(entry, out, peer):
        _withdraw(out, entry)
        stays.remove(out)
        out = None
    arrives = out is None and entry.state_to == State.ROUTED and report.state == State.ROUTED
    if arrives and peer and not coming_back.goes_back(report, peer, stays, entry) and (begun := begin(report, peer)):
        stays.append(begun)
    due = [_news(stay, entry) for stay in stays if _is_told(stay, entry)]
    Delivery.objects.bulk_create(due, ignore_conflicts=True)


def begin(report: Report, name: str) -> HandOver | None:
    """Opens a hand-over to the peer `name` and puts the report itself in its queue; None where that cannot be."""
    trace = Trace.objects.filter(report=report).first() or Trace(
        report=report, origin=facts.instance(), origin_code=report.code, path=[facts.instance()]
    )
    if trace.undecided:
        return None
    trace.pseudonym = trace.pseudonym or facts.pseudonym(report, name)
    trace.save()
    stay = HandOver.objects.create(
        report=report, peer_id=name, direction=Direction.OUT, body=report.body_id or "", seq=report.seq
    )
    due = Delivery(peer_id=name, report=report, kind="request", key=f"request/{stay.pk}", payload={"stay": stay.pk})
    peer = Peer.objects.get(pk=name)
    if report.is_restricted and not dialect(peer.dialect).keeps_secrets:
        due.state = "parked"
        due.error = "This report is not public, and this peer cannot keep it so. Pass it on in another way."
    Delivery.objects.bulk_create([due], ignore_conflicts=True)
    return stay


def _leaves(entry: Entry, out: HandOver, peer: str | None) -> bool:
    """Whether a step here takes the report away from the peer that has it. What that peer does with it is its own."""
    if entry.data.get("peer", {}).get("name") == out.peer_id:
        return False
    return entry.kind in {"withdrawn", "given_back"} or bool(entry.data.get("to_body") and peer != out.peer_id)


def _withdraw(stay: HandOver, entry: Entry) -> None:
    """The report was passed on here to somebody who is not behind that peer: it is told, and hears no more."""
    HandOver.objects.filter(pk=stay.pk).update(state=HandOverState.WITHDRAWN, ended_at=entry.at)
    never_left = Delivery.objects.filter(
        peer=stay.peer_id, report=stay.report_id, kind="request", attempts=0, leased_until=None
    ).delete()[0]
    if never_left:
        Delivery.objects.filter(peer=stay.peer_id, report=stay.report_id).delete()
    else:
        due = Delivery(
            peer_id=stay.peer_id, report_id=stay.report_id, kind="withdraw", key=f"withdraw/{stay.pk}",
            payload={"stay": stay.pk, "entry": entry.seq},
        )  # fmt: skip
        Delivery.objects.bulk_create([due], ignore_conflicts=True)


def _is_told(stay: HandOver, entry: Entry) -> bool:
    if entry.seq <= stay.seq or entry.visibility != Visibility.PUBLIC or entry.kind in KEPT_HERE:
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
