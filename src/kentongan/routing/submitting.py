"""From what a person sends to a report that is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue, places, reports
from kentongan.bodies.models import OwnKind
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.locking import changing
from kentongan.reports.models import Report
from kentongan.routing.deciding import Facts, choose, decide
from kentongan.routing.doubts import EDGE, STREETS
from kentongan.routing.rules import Rulebook, rulebook

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Submitted:
    """The report; whether it is new; and the token by which a reporter without an account comes back."""

    report: Report
    created: bool
    claim_token: str | None


def submit(submission: reports.Submission, reporter: Person | None) -> Submitted:
    """Checks, decides and stores a submission; the same one again gives the same report.

    Raises Problem for whatever is wrong with it; nothing is stored then.
    """
    if (before := reports.repeated(submission, reporter)) is not None:
        return Submitted(before.report, False, before.claim_token)
    prepared = reports.prepare(submission)
    facts = gather(submission.category, prepared.lon, prepared.lat, prepared.location)
    decision = _decide_or_leave(facts, submission.body)
    if decision is not None:
        check_taken(decision.body, facts.branch)
    prepared = reports.decided(prepared, decision.body if decision else None)
    return Submitted(*reports.store(prepared, decision, reporter))


def check_taken(body: str, branch: Sequence[str]) -> None:
    """Raises Problem `kind_not_taken` (422), in the words of the body, where it takes no reports of this kind."""
    said = said_of_kind(body, branch)
    if said is not None and not said.taken and bodies.snapshot().is_partner(body):
        told = {"body": bodies.get(body).name, "words": said.words}
        raise Problem(
            "kind_not_taken", 422, _("%(body)s takes no such reports here: %(words)s") % told, field="category",
            extra={"body": body},
        )  # fmt: skip


def said_of_kind(body: str, branch: Sequence[str]) -> OwnKind | None:
    """What a body says of a category (`catalogue.branch`); None: nothing. An emergency, and what is never public, is
    taken always: also where the body switched off the kind above it, or this one before it became such a kind."""
    said, kind = bodies.own_kind(body, branch), catalogue.get(branch[0])
    return None if said is not None and not said.taken and (kind.emergency or kind.restricted) else said


def preview(category: str, lon: float | None, lat: float | None, body: str | None = None) -> reports.Decision:
    """Who would receive a report and why, before it is sent. Raises Problem as `submit` does."""
    kind = catalogue.get(category)
    facts = gather(category, lon, lat, reports.locate(kind, lon, lat))
    return explain(facts, rulebook(), body)


def explain(facts: Facts, book: Rulebook, body: str | None = None) -> reports.Decision:
    """The decision for `facts` by the rules of `book`, after the person's own answer where there is one."""
    world = bodies.snapshot()
    decision = decide(facts, book, world)
    return choose(decision, body, world) if body else decision


def gather(
    category: str,
    lon: float | None,
    lat: float | None,
    location: places.Location | None,
    on: date | None = None,
) -> Facts:
    """The facts of a trouble of `category` at a place that has been located (None: it has no place)."""
    day = on or timezone.localdate()
    branch = catalogue.branch(category)
    if location is None or lon is None or lat is None:
        return Facts(branch, (), (), {}, day)
    near = places.near_all(lon, lat, EDGE)
    return Facts(
        branch, location.areas, location.neighbours, near, day, approximate=location.quality == "approximate",
        away=location.distance, streets=places.streets_near(lon, lat, STREETS) if near else (),
    )  # fmt: skip


def route_received(report: Report) -> bool:
    """Routes a locked report that was stored without a decision. False where the rules still fail."""
    kind = report.category
    facts = gather(kind.code, report.lon, report.lat, reports.locate(kind, report.lon, report.lat))
    decision = _decide_or_leave(facts, None)
    if decision is None:
        return False
    reports.route(report, decision)
    return True


def route_waiting(limit: int = 500) -> int:
    """Routes reports that were kept while the rules failed, oldest first; returns how many found their body."""
    waiting = Report.objects.filter(state=reports.State.RECEIVED).order_by("pk")
    routed = 0
    for code in list(waiting.values_list("code", flat=True)[:limit]):
        with changing(code) as report:
            if report.state == reports.State.RECEIVED:
                routed += route_received(report)
    return routed


def _decide_or_leave(facts: Facts, body: str | None) -> reports.Decision | None:
    """A fault of the rules is the operator's: the citizen's report is kept, and routed when they are put right."""
    try:
        return explain(facts, rulebook(), body)
    except Problem as fault:
        if fault.code not in {"rules_tie", "no_body", "bad_rules"}:
            raise
        _log.error("routing.failed", problem=fault.code, branch=facts.branch)
        return None
