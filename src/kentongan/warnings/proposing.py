"""Many reports of one danger in one place within an hour: a warning is proposed to those on duty, never published."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import h3.api.basic_int as h3
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import catalogue, emergency, live, places
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.warnings import rights, shapes
from kentongan.warnings.models import Proposal, Warning

WITHIN = timedelta(hours=1)
LEAST = 5  # reports, each of somebody else, in one cell
CELL = 7  # resolution of H3: some five square kilometres
KINDS = {"flood": "flood", "fire": "fire", "forest_fire": "fire"}  # kinds of reports, and of warnings
LISTED = 20


def propose() -> int:
    """Looks at the reports of the last hour; returns how many new proposals there are. Run by the worker each minute.

    Counted are people, not reports: one who sends ten is one. What was decided is not proposed again for an hour.
    """
    since, new = timezone.now() - WITHIN, 0
    categories = {code: kind for top, kind in KINDS.items() for code in _branch(top)}
    rows = Report.objects.filter(
        created_at__gte=since, category__in=categories, is_restricted=False, cell__isnull=False, original=None
    ).order_by("-created_at")[:5000]  # fmt: skip
    found: dict[tuple[str, int], list[Report]] = defaultdict(list)
    for one in rows:
        found[categories[one.category_id], h3.cell_to_parent(int(one.cell or 0), CELL)].append(one)
    for (kind, cell), reports in found.items():
        if _people(reports) >= LEAST:
            new += _note(kind, cell, reports, since)
    return new


def proposals_for(person: Person) -> list[Proposal]:
    """What is open for the person: an operator of a post there, or staff of a body that may warn there."""
    found = list(Proposal.objects.filter(decided_at=None, last_at__gte=timezone.now() - 6 * WITHIN).order_by("-count"))
    if not found:
        return []
    areas = {one.area_code for one in emergency.posts_of(person)} | {one.area_code for one in rights.rights_of(person)}
    return [one for one in found if any(shapes.inside([one.area_code], area) for area in areas)]


def proposal(person: Person, number: int) -> Proposal:
    """One of them. Raises Problem `no_proposal` (404)."""
    found = next((one for one in proposals_for(person) if one.pk == number), None)
    if found is None:
        raise Problem("no_proposal", 404, _("This proposal is no longer open."))
    return found


def decide(person: Person, number: int, warning: Warning | None = None) -> None:
    """Closes a proposal: a draft was made of it, or none is needed. Raises Problem `no_proposal`."""
    held = proposal(person, number)
    Proposal.objects.filter(pk=held.pk, decided_at=None).update(
        decided_at=timezone.now(), decided_by=person, warning=warning
    )


def _branch(top: str) -> list[str]:
    """A kind of reports with those below it."""
    return [one.code for one in catalogue.all_active() if top in catalogue.branch(one.code)]


def _people(reports: list[Report]) -> int:
    """How many people: an account is one; reports without one count each, as whoever floods is slowed at the door."""
    accounts = {one.reporter_id for one in reports if one.reporter_id}
    return len(accounts) + sum(one.reporter_id is None for one in reports)


def _note(kind: str, cell: int, reports: list[Report], since: Any) -> bool:
    area = next((code for one in reports for code in [one.district_code or one.regency_code] if code), "")
    said = {
        "area_code": area, "count": _people(reports), "reports": [one.code for one in reports[:LISTED]],
        "first_at": reports[-1].created_at, "last_at": reports[0].created_at,
    }  # fmt: skip
    if Proposal.objects.filter(kind=kind, cell=cell, decided_at__gte=since).exists():
        return False
    with transaction.atomic():
        _row, made = Proposal.objects.update_or_create(kind=kind, cell=cell, decided_at=None, defaults=said)
        if made:
            live.tell(*(f"watch:{post.pk}" for post in emergency.covering(area)))
    return made


def where(one: Proposal) -> str:
    """The place of a proposal in words."""
    return ", ".join(area.name for area in reversed(places.known_chain(one.area_code)[1:]))


def outline(one: Proposal) -> str:
    """Its cell as CAP writes a polygon, to begin a draft with."""
    return " ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in h3.cell_to_boundary(int(one.cell)))
