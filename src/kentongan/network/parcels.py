"""From what is due to what a dialect is given: the words are made when it is sent, from what is true then."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kentongan import catalogue
from kentongan.foundation.problems import Problem
from kentongan.network import facts
from kentongan.network.dialects import dialect
from kentongan.network.dialects.base import Parcel, Service
from kentongan.network.models import Delivery, HandOver, Peer, ServiceMap, Trace
from kentongan.reports.models import Entry, Report, Visibility


def pack(peer: Peer, due: Sequence[Delivery]) -> dict[int, Parcel | Problem]:
    """A parcel for each delivery by its id; a Problem where a person has to put something right first."""
    ids = {one.report_id for one in due if one.report_id}
    reports = {one.pk: one for one in Report.objects.filter(pk__in=ids).select_related("category", "trace")}
    stays = {one.pk: one for one in HandOver.objects.filter(pk__in=[one.payload.get("stay") for one in due])}
    entries = _entries(due, reports)
    packed: dict[int, Parcel | Problem] = {}
    for one in due:
        try:
            report, stay = reports[one.report_id or 0], stays.get(one.payload.get("stay", 0))
            packed[one.pk] = _pack(peer, one, report, stay, entries.get(report.pk, []))
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


def _entries(due: Sequence[Delivery], reports: dict[int, Report]) -> dict[int, list[Entry]]:
    """The entries that are told of: all public ones of a report that goes itself, else those that are named."""
    whole = {one.report_id for one in due if one.kind == "request"}
    named = {(one.report_id, one.payload.get("entry")) for one in due}
    found: dict[int, list[Entry]] = {}
    wanted = Q(report__in=whole, visibility=Visibility.PUBLIC)
    wanted |= Q(report__in=set(reports) - whole, seq__in={seq for _report, seq in named if seq})
    for entry in Entry.objects.filter(wanted).order_by("report_id", "seq"):
        if entry.report_id in whole or (entry.report_id, entry.seq) in named:
            entry.report = reports[entry.report_id]
            found.setdefault(entry.report_id, []).append(entry)
    return found


def _pack(peer: Peer, due: Delivery, report: Report, stay: HandOver | None, entries: list[Entry]) -> Parcel:
    kind, seq, first = dialect(peer.dialect), due.payload.get("entry"), due.kind == "request"
    entry = next((one for one in entries if one.seq == seq), None) if seq else None
    pictures = facts.pictures(report, None if first else [seq]) if report.photo_count and (first or seq) else ()
    return Parcel(
        key=due.key, kind=due.kind, report=facts.report_facts(report, peer.name),
        entry=facts.entry_facts(entry) if entry else {}, remote_id=stay.remote_id if stay else "",
        token=stay.token if stay else "", pictures=pictures, again=bool(due.attempts or due.lease),
        service=service_for(peer, report.category_id) if kind.maps_services and first else None,
        payload=_payload(due, report, stay, entries),
    )  # fmt: skip


def _payload(due: Delivery, report: Report, stay: HandOver | None, entries: list[Entry]) -> dict[str, object]:
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
        told["history"] = [facts.entry_facts(one) for one in entries if one.seq <= stay.seq]
    return told
