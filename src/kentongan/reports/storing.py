"""A checked submission and its decision become a report: once, whatever is sent twice."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import h3.api.basic_int as h3
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import places
from kentongan.catalogue.models import Category
from kentongan.foundation.codes import new_code
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.decision import Decision
from kentongan.reports.models import Photo, Privacy, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.submission import Prepared, Submission
from kentongan.reports.who import SYSTEM, Who
from kentongan.reports.writer import Happening, append, begin

# Asked before every submission, and nearly always in vain: no query is compiled for it.
_DIGEST = "SELECT digest FROM reports_report WHERE submission_id = %s"
CELL_RESOLUTION = 10  # H3: edges of about 76 m


def repeated(submission: Submission) -> Report | None:
    """The report this submission made before, or None.

    Raises Problem `submission_conflict` (409) where the same id came with other content.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, [submission.submission_id.hex])
        found = cursor.fetchone()
    if found is None:
        return None
    if found[0] != submission.digest():
        raise Problem(
            "submission_conflict",
            409,
            _("A different report was already sent under this submission id. Send this one under a new id."),
            field="submission_id",
        )
    return Report.objects.get(submission_id=submission.submission_id)


def store(
    prepared: Prepared, decision: Decision | None, reporter: Person | None, draws: int = 3
) -> tuple[Report, bool]:
    """The report of `prepared` and whether it is new. Without a decision it stays `received`.

    One transaction writes the row, its entries and their events. `draws`: how often a public code that another report
    has is drawn anew. Raises Problem as `repeated` does.
    """
    try:
        with transaction.atomic():
            return _create(prepared, decision, reporter), True
    except IntegrityError:
        # The same submission came in on two ways at once, and the other was first.
        report = repeated(prepared.submission)
        if report is not None:
            return report, False
        if not draws:
            raise
    # Another report has the public code that was drawn.
    return store(prepared, decision, reporter, draws - 1)


def due_from_now(category: Category) -> datetime | None:
    """When an answer is due that is promised now; None where the category promises none."""
    return timezone.now() + timedelta(hours=category.deadline_hours) if category.deadline_hours else None


def route(report: Report, decision: Decision) -> None:
    """Sends a locked, received report on its way: the second entry, with the reasons."""
    append(report, routed(report, decision))


def claim_token(submission_id: UUID) -> str:
    """What a reporter without an account holds to come back; the same for a repeat of the submission."""
    return salted_hmac("kentongan.claim", str(submission_id), algorithm="sha256").hexdigest()


def hash_claim(token: str) -> str:
    """How a claim token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _create(prepared: Prepared, decision: Decision | None, reporter: Person | None) -> Report:
    report = _row(prepared, reporter)
    first = [Happening("received", Who(reporter, Actor.REPORTER), state=State.RECEIVED)]
    if decision is not None:
        first.append(routed(report, decision))
    begin(report, first)
    if prepared.photos:
        _attach(report, prepared.photos)
    return report


def routed(report: Report, decision: Decision) -> Happening:
    """Keeps the decision with the report; what the timeline says of it."""
    kind = "routed" if decision.state == State.ROUTED else "awaiting_partner"
    report.decision = decision.as_json()
    data = {"decision": report.decision}
    return Happening(kind, SYSTEM, state=State(decision.state), body=decision.body, data=data)


def _row(prepared: Prepared, reporter: Person | None) -> Report:
    sent, category, now = prepared.submission, prepared.category, timezone.now()
    report = Report(
        submission_id=sent.submission_id, digest=sent.digest(), channel=sent.channel, category=category,
        text=prepared.text, url=sent.url, answers=prepared.answers, occurred_at=sent.occurred_at,
        privacy=sent.privacy, is_restricted=sent.privacy == Privacy.SECRET or category.restricted,
        reporter=reporter, created_at=now, updated_at=now, photo_count=len(prepared.photos),
        deadline_at=due_from_now(category), is_demo=bool(reporter and reporter.is_demo),
    )  # fmt: skip
    report.code = new_code(restricted=report.is_restricted)
    if reporter is None:
        report.claim_hash = hash_claim(claim_token(sent.submission_id))
    if prepared.location is not None and sent.lon is not None and sent.lat is not None:
        place(report, prepared.location, sent.lon, sent.lat)
    return report


def place(report: Report, location: places.Location, lon: float, lat: float) -> None:
    """Sets where a report lies; `lon`, `lat` WGS 84 degrees."""
    report.lon, report.lat = round(lon, 6), round(lat, 6)
    report.cell = h3.latlng_to_cell(lat, lon, CELL_RESOLUTION)
    report.place_quality = location.quality
    for area in location.areas:
        setattr(report, f"{area.level}_code", area.code)


def _attach(report: Report, photos: tuple[Photo, ...]) -> None:
    """Binds uploaded photos to the report; a photo taken by another report meanwhile is refused."""
    ids = [photo.pk for photo in photos]
    if Photo.objects.filter(pk__in=ids, report=None).update(report=report, entry_seq=1) != len(ids):
        raise Problem(
            "unknown_photo", 422, _("A photo was not found or is already used. Add it again."), field="photos"
        )
