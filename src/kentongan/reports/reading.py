"""Reading reports: who may see which, lists in a stable order, numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.foundation import prepared
from kentongan.foundation.codes import read_code
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person
from kentongan.people.proving import is_proven
from kentongan.reports.decision import SENT_ON
from kentongan.reports.filtering import Filters, matching, newest
from kentongan.reports.hidden import Because, What
from kentongan.reports.models import Entry, Hiding, Photo, Report, Visibility
from kentongan.reports.states import PUBLIC, Actor, State, Status
from kentongan.reports.storing import hash_claim
from kentongan.reports.who import Who


@dataclass(frozen=True)
class Page:
    """A piece of a list, newest first, and the cursor of the next piece (empty: there is none)."""

    items: list[Report]
    next: str


def find(code: str, viewer: Person | None = None, claim: str = "") -> Report:
    """The report with this public code. Raises Problem `not_found` also where the viewer may not see it, and `hidden`
    (410) where it was public once."""
    found = next(iter(prepared.objects(Report, "WHERE code = %s", (read_code(code) or "",))), None)
    if found is not None and not may_open(found, viewer, claim):
        _say_hidden(found)
        found = None
    if found is None:
        raise Problem("not_found", 404, _("There is no report with this code. Check the letters and try again."))
    with suppress(KeyError):  # of a moment ago, and not in this process's copy yet: asked for when looked at
        found.category = catalogue.known(found.category_id)
    _name([found])
    return found


def _say_hidden(found: Report) -> None:
    """Raises Problem `hidden` (410) where it was public once: who has its code reads what became of it."""
    held = Hiding.objects.filter(report=found, what=What.REPORT).exclude(ended=Hiding.Ended.SHOWN).first()
    if held is not None:
        by = held.body.name if held.body else _("the administrator of the platform")
        words = _("This report was hidden by %(body)s. Reason: %(reason)s.")
        told = {"body": by, "reason": Because(held.reason).label}
        raise Problem("hidden", 410, words % told, extra={"reason": held.reason, "body": held.body_id})


def citizen(report: Report, person: Person | None, claim: str = "") -> Who:
    """Who a person is to a report when they act as a citizen: its reporter, or somebody else."""
    return Who(person, Actor.REPORTER if _is_reporter(report, person, claim) else Actor.CITIZEN)


def routing_of(report: Report) -> dict[str, Any]:
    """What routing answered for the report, as `Decision.as_json` has it, wherever it was passed on to since."""
    kept: dict[str, Any] = report.decision
    if all(reason["code"] != SENT_ON for reason in kept.get("reasons", ())):
        return kept
    answered = report.entries.filter(kind__in=("routed", "awaiting_partner"), data__has_key="decision")
    told = answered.order_by("-seq").values_list("data", flat=True).first()
    return dict(told["decision"]) if told else {}


def timeline(report: Report, viewer: Person | None = None, claim: str = "") -> list[Entry]:
    """The entries that the viewer may read, oldest first. Supports are counted, not listed.

    An internal note is for the staff of the body that wrote it, wherever the report is now; what the network noted
    internally is for the staff of the body that has the report.
    """
    seen = {Visibility.PUBLIC}
    if viewer:
        seen.add(Visibility.INTERNAL)
    if _is_reporter(report, viewer, claim):
        seen.add(Visibility.REPORTER)
    if viewer and viewer.administers:
        seen = set(Visibility)
    marks = ", ".join(["%s"] * len(seen))
    asked = f"WHERE report_id = %s AND visibility IN ({marks}) AND kind <> 'supported' ORDER BY seq"
    entries = prepared.objects(Entry, asked, (report.pk, *sorted(seen)))
    _name(entries)
    if viewer is None or viewer.administers:
        return entries
    theirs = remembered(None)(lambda code: bool(bodies.role(viewer, code)))
    internal = Visibility.INTERNAL
    return [one for one in entries if one.visibility != internal or theirs(one.body_id or report.body_id or "")]


def looks_at_names(codes: Collection[str], before: int | None = None, most: int = 100) -> list[Entry]:
    """Who of these bodies looked at the name of a reporter, when and why, and which administrator of the platform did
    at reports that they have now; the newest first, those before the entry with key `before`. With `report`, `person`.
    """
    mine = Q(body__in=codes) | Q(body=None, report__body__in=codes)
    found = Entry.objects.filter(mine, kind="identity_seen").select_related("report", "person").order_by("-pk")
    return list((found.filter(pk__lt=before) if before else found)[:most])


def may_open(report: Report, viewer: Person | None = None, claim: str = "") -> bool:
    """Whether the viewer may open the page of `report`: no page names a code that its reader may not open."""
    if not report.is_secret or _may_see(report, viewer, claim):
        return True
    return report.whole is not None and _may_see(report.whole, viewer, claim)


def claimed_by(token: str) -> Report | None:
    """The report whose reporter, without an account, holds `token`; None where it is claimed or never was."""
    mine = Report.objects.select_related("category", "body").filter(claim_hash=hash_claim(token), reporter=None)
    return mine.first() if token else None


def photos(report: Report) -> list[Photo]:
    """The photos of a report in the order of the timeline."""
    return list(report.photos.order_by("entry_seq", "uploaded_at", "id")) if report.photo_count else []


def listing(filters: Filters) -> Page:
    """The reports that match, newest first; the pages stay stable while new ones come in.

    Raises Problem for a cursor that is none of ours.
    """
    found = newest(filters)
    shown = [one.id for one in found[: filters.piece]]
    following = str(shown[-1]) if len(found) > len(shown) else ""
    items = Report.objects.select_related("category", "body").filter(pk__in=shown).order_by("-pk")
    return Page([one for one in items if filters.takes(one.lon, one.lat)], following)


def last_entry() -> int:
    """The number of the newest entry of all timelines: it grows whenever a report changes. 0 where there are none."""
    return int(prepared.rows("SELECT max(id) FROM reports_entry")[0][0] or 0)


def counts(area: str = "", body: str = "") -> dict[str, Any]:
    """How many public reports there are by status and by ending: `{"status": {…}, "ending": {…}, "all": n}`."""
    where, values = matching(Filters(area=area, body=body))
    by_status = dict.fromkeys((str(status) for status in Status), 0)
    by_ending: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, ending, count(*) FROM reports_report WHERE {where} GROUP BY 1, 2", values)  # noqa: S608
        for state, ending, number in cursor.fetchall():
            by_status[PUBLIC[State(state)]] += number
            if ending:
                by_ending[ending] = by_ending.get(ending, 0) + number
    return {"status": by_status, "ending": by_ending, "all": sum(by_status.values())}


def concerns(code: str, person: Person) -> bool:
    """Whether `person` reported what has this code, or what it goes on with: their page of it is not everybody's."""
    asked = (
        "SELECT 1 FROM reports_report r LEFT JOIN reports_report o ON o.id = r.original_id"
        " WHERE r.code = %s AND (r.reporter_id = %s OR o.reporter_id = %s)"
    )
    return bool(prepared.rows(asked, (read_code(code) or "", person.pk, person.pk)))


def _name(some: Sequence[Report | Entry]) -> None:
    """Gives rows their bodies from the copy that every process has; one that it lacks is asked for when looked at."""
    world = bodies.snapshot()
    for one in some:
        if one.body_id and (body := world.body(one.body_id)) is not None:
            one.body = body


def _is_reporter(report: Report, person: Person | None, claim: str) -> bool:
    if person is not None and report.reporter_id == person.pk:
        return True
    return bool(claim and report.claim_hash and hash_claim(claim) == report.claim_hash)


def _may_see(report: Report, viewer: Person | None, claim: str) -> bool:
    if _is_reporter(report, viewer, claim):
        return True
    if viewer is None:
        return False
    return viewer.administers or bool(report.body_id and bodies.role(viewer, report.body_id))


def hears(report: Report, maker: Person | None = None) -> bool:
    """Whether a mail tells a reporter what `maker` does: an account in use, not their own, whose mail is read."""
    person = report.reporter
    if person is None or not person.is_active or person == maker:
        return False
    return config().sends_mail and is_proven(person)
