"""From what is due to what a dialect is given: the words are made when it is sent, from what is true then."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from kentongan import catalogue
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Parcel, Service
from kentongan.network.models import Delivery, HandOver, Peer, ServiceMap, Trace
from kentongan.reports.models import Entry, Report


def pack(peer: Peer, due: Sequence[Delivery]) -> dict[int, Parcel | Problem]:
    """A parcel for each delivery by its id; a Problem where a person has to put something right first."""
    ids = {one.report_id for one in due if one.report_id}
    reports = {one.pk: one for one in Report.objects.filter(pk__in=ids).select_related("category", "trace")}
    stays = {one.pk: one for one in HandOver.objects.filter(pk__in=[one.payload.get("stay") for one in due])}
    packed: dict[int, Parcel | Problem] = {}
    for one in due:
        try:
            packed[one.pk] = _pack(peer, one, reports[one.report_id or 0], stays.get(one.payload.get("stay", 0)))
        except Problem as problem:
            packed[one.pk] = problem
    return packed


def service_for(peer: Peer, category: str) -> Service:
    """The confirmed service of the peer for a category, or for the branch above it.

    Raises Problem `unmapped` where none is confirmed.
    """
    found = {one.category_id: one for one in ServiceMap.objects.filter(peer=peer, confirmed=True)}
    for code in catalogue.branch(category):
        if code in found:
            chosen = found[code]
            return Service(chosen.service_code, tuple(chosen.attributes), dict(chosen.answers))
    raise Problem(
        "unmapped", 422,
        _("No service of %(peer)s is confirmed for the category %(category)s. Choose one, then send it again.")
        % {"peer": peer.name, "category": category},
    )  # fmt: skip


def _pack(peer: Peer, due: Delivery, report: Report, stay: HandOver | None) -> Parcel:
    kind = dialect(peer.dialect)
    seq = due.payload.get("entry")
    entry = Entry.objects.select_related("report").filter(report=report, seq=seq).first() if seq else None
    first = due.kind == "request"
    needs_service = kind.maps_services and first
    pictures = facts.pictures(report, None if first else [seq]) if first or seq else ()
    return Parcel(
        key=due.key, kind=due.kind, report=facts.report_facts(report, peer.name),
        entry=facts.entry_facts(entry) if entry else {}, remote_id=stay.remote_id if stay else "",
        token=stay.token if stay else "", service=service_for(peer, report.category_id) if needs_service else None,
        pictures=pictures, payload=_payload(due, report, stay), again=bool(due.attempts or due.lease),
    )  # fmt: skip


def _payload(due: Delivery, report: Report, stay: HandOver | None) -> dict[str, object]:
    """What the delivery says, with the report's way and the entries that go with it."""
    trace: Trace | None = getattr(report, "trace", None)
    told: dict[str, object] = {**due.payload, "state": report.state, "ending": report.ending, "seq": report.seq}
    if trace is not None:
        told |= {
            "origin": trace.origin, "origin_code": trace.origin_code, "origin_url": trace.origin_url,
            "path": trace.path, "bounces": trace.bounces, "final": trace.final, "pseudonym": trace.pseudonym,
        }  # fmt: skip
    if stay is not None and due.kind == "request":
        told["body"] = stay.body
        before = report.entries.filter(seq__lte=stay.seq, visibility="public").select_related("report").order_by("seq")
        told["history"] = [facts.entry_facts(one) for one in before]
    return told
