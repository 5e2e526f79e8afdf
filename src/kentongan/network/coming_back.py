"""A report that a peer will not have, or gives back: where it goes then, and when a person has to decide."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, reports
from kentongan.foundation.problems import Problem
from kentongan.network.models import OPEN, Delivery, Direction, HandOver, HandOverState, Moved, Peer, Trace
from kentongan.network.peers import reaches, tells
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report
from kentongan.reports.who import SYSTEM, Who

MOST_BOUNCES = 2  # after so many the origin's coordinator decides


def goes_back(report: Report, peer: str, stays: list[HandOver], entry: Entry) -> bool:
    """Where the body that a report was passed to works on the way it came: it is given back, not handed over anew."""
    giver = next((one for one in stays if one.direction == Direction.IN), None)
    if giver is None:
        return False
    trace = Trace.objects.filter(report=report).first()
    on_the_way = trace is not None and Peer.objects.filter(pk=peer, instance__in=trace.path).exists()
    if giver.peer_id != peer and not on_the_way:
        return False
    give_back(report, giver, SYSTEM, entry.text, body=report.body_id or "")
    return True


@transaction.atomic
def decline(code: str, person: Person, reason: str, *, expected_seq: int | None = None) -> Report:
    """An officer gives a report back to the instance it came from, with a public reason.

    Raises Problem `forbidden` as `casework.who`; `changed_meanwhile` (409) where it is no longer at entry
    `expected_seq`; `not_handed_over` (409) where it began here; `decided` (409) where the origin's coordinator has
    decided that it belongs here.
    """
    report = reports.find(code, person)
    who = casework.who(person, report, "decline")
    stay = HandOver.objects.filter(report=report, direction=Direction.IN, state__in=OPEN).first()
    if stay is None:
        raise Problem("not_handed_over", 409, _("This report began here: transfer it to another body instead."))
    trace = Trace.objects.filter(report=report).first()
    if trace is not None and trace.final:
        raise Problem(
            "decided", 409,
            _("It was declined before, and the coordinator where it began has decided that it belongs to you."),
        )  # fmt: skip
    give_back(report, stay, who, reason, body="", seq=expected_seq)
    report.refresh_from_db()
    return report


def may_decline(report: Report) -> bool:
    """Whether the report came from elsewhere and may be given back."""
    came = HandOver.objects.filter(report=report, direction=Direction.IN, state__in=OPEN)
    return came.exists() and not Trace.objects.filter(report=report, final=True).exists()


def give_back(report: Report, stay: HandOver, who: Who, reason: str, *, body: str, seq: int | None = None) -> None:
    """Ends the stay here and tells the giver, with the body that it could be."""
    came = HandOverState.RETURNED if stay.state == HandOverState.ACCEPTED else HandOverState.DECLINED
    said = reports.decline(report.code, who, reason, data={"body": body}, expected_seq=seq).text
    HandOver.objects.filter(pk=stay.pk).update(state=came, reason=said, ended_at=timezone.now())
    if not tells(stay.peer, "decline"):
        return
    due = Delivery(
        peer_id=stay.peer_id, report=report, kind="decline", key=f"decline/{stay.pk}",
        payload={"stay": stay.pk, "reason": said, "body": body, "from": report.body_id},
    )  # fmt: skip
    Delivery.objects.bulk_create([due], ignore_conflicts=True)


def came_back(
    stay: HandOver, reason: str, *, body: str = "", bounces: int = 0, told: dict[str, Any] | None = None
) -> None:
    """The peer will not have the report, or gives it back: it goes to `body`, or to the next that may be responsible.

    In the caller's transaction. Where it came back too often (`bounces` counts those on the peer's side too), it goes
    back to the instance where it began, and the coordinator of the region there decides.
    """
    state = HandOverState.RETURNED if stay.state == HandOverState.ACCEPTED else HandOverState.DECLINED
    HandOver.objects.filter(pk=stay.pk).update(state=state, reason=reason, ended_at=timezone.now())
    Delivery.objects.filter(peer=stay.peer_id, report=stay.report_id).delete()
    if stay.report.away:
        reports.arrive(stay.report.code, {"peer": {"name": stay.peer_id, "title": stay.peer.called}})
        Moved.objects.filter(code=stay.report.code).delete()
    trace = Trace.objects.select_for_update(of=("self",)).get(report=stay.report_id)
    trace.bounces = max(trace.bounces + 1, bounces)
    trace.declined_by = [*dict.fromkeys([*trace.declined_by, stay.body])]
    giver = HandOver.objects.filter(report=stay.report_id, direction=Direction.IN, state__in=OPEN).first()
    trace.undecided = trace.bounces >= MOST_BOUNCES and giver is None
    target = _next(stay.report, trace, stay.peer_id, body)
    trace.save()
    data = {"peer": {"name": stay.peer_id, "title": stay.peer.called}, **(told or {})}
    reports.reroute(stay.report.code, reports.Told("declined", text=reason, data=data), target)
    if giver is not None and trace.bounces >= MOST_BOUNCES:
        give_back(stay.report, giver, SYSTEM, reason, body="")


@transaction.atomic
def decide(code: str, person: Person, body: str, reason: str, *, expected_seq: int | None = None) -> Report:
    """The coordinator's word on a report that was declined too often: it goes to `body`, which cannot decline again.

    It may be the body that has the report now. Raises Problem as `reports.transfer` and `casework.who`, and
    `not_undecided` (409).
    """
    report = reports.find(code, person)
    who = casework.who(person, report, "merge")  # a step of coordinators
    if not Trace.objects.filter(report=report, undecided=True).update(undecided=False, final=True):
        raise Problem("not_undecided", 409, _("Nobody has to decide on this report: transfer it as usual."))
    if body == report.body_id:
        return reports.note(code, who, reason, internal=False, expected_seq=expected_seq)
    return reports.transfer(code, who, body, reason, expected_seq=expected_seq)


def _next(report: Report, trace: Trace, peer: str, wished: str) -> str:
    """The body after a decline. Never one that declined before, nor one behind the peer that just did.

    Where there is none, the trace is undecided from now on.
    """
    if trace.undecided:
        return _region(report) or report.body_id or ""
    before = report.entries.filter(kind="transferred").order_by("-seq").values_list(KT("data__from_body"), flat=True)
    weighed: list[str] = [one["body"] for one in reports.routing_of(report).get("alternatives", ())]
    code: str
    for code in [wished, *before, *weighed, _region(report)]:
        known = bool(code) and bodies.snapshot().body(code) is not None
        if known and code not in trace.declined_by and (code == wished or reaches(code) != peer):
            return code
    trace.undecided = True
    return _region(report) or report.body_id or ""


def _region(report: Report) -> str:
    """The government of the place that works here, the lowest first."""
    known = bodies.snapshot()
    here = [code for code in reversed(report.area_codes) if known.body(code) and reaches(code) is None]
    return next((code for code in here if known.is_partner(code)), here[0] if here else "")
