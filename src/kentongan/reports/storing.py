"""A checked submission and its decision become a report: once, whatever is sent twice."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import h3.api.basic_int as h3
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import places
from kentongan.foundation import prepared
from kentongan.foundation.belonging import is_one_statement
from kentongan.foundation.codes import new_code
from kentongan.foundation.inserting import made
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports import deadlines
from kentongan.reports.decision import Decision
from kentongan.reports.models import Photo, Privacy, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.submission import Prepared, Submission
from kentongan.reports.who import SYSTEM, Who
from kentongan.reports.writer import Happening, append, begin

# Asked before every submission, and nearly always in vain: no query is compiled for it, and its plan is kept.
_SENT = "SELECT id, sender, digest, claim_hash FROM reports_report WHERE submission_id = %s AND channel = %s"
CELL_RESOLUTION = 10  # H3: edges of about 76 m


class Repeat(NamedTuple):
    """A report that was sent before, and the token that its sender is given again; None where they have none."""

    report: Report
    claim_token: str | None


def repeated(submission: Submission, reporter: Person | None = None) -> Repeat | None:
    """The report that `reporter` (None: without an account) made of this submission before, or None.

    A phone may have signed in or out between two tries: what it then sends again to the letter is the same report,
    but gives no token. Raises Problem `submission_conflict` (409) where the same sender's id came with other content.
    """
    sender, digests = sender_of(submission, reporter), submission.digests()
    found = _sent_before(submission.submission_id, submission.channel)
    for pk, by, said, claim_hash in found:
        if by == sender:
            if said not in digests:
                raise _conflict()
            return Repeat(Report.objects.get(pk=pk), _kept_token(submission, claim_hash))
    if submission.sender:
        return None
    same = next((pk for pk, by, said, _hash in found if said in digests and not (by and sender)), None)
    return Repeat(Report.objects.get(pk=same), None) if same is not None else None


def sent_before(submission_id: UUID, channel: str, reporter: Person | None) -> Report | None:
    """The report that this person's id names on this channel, whatever its content is said to be this time."""
    mine = person_sender(submission_id, reporter)
    found = [pk for pk, by, _digest, _hash in _sent_before(submission_id, channel) if by == mine or not (by and mine)]
    return Report.objects.get(pk=found[0]) if found else None


def sender_of(submission: Submission, reporter: Person | None) -> str:
    """To whom the id of a submission belongs: the application that sent it, or the person."""
    return submission.sender or person_sender(submission.submission_id, reporter)


def person_sender(submission_id: UUID, reporter: Person | None) -> str:
    """A person as the sender of one submission: another text for each, so that it tells nobody whose reports are
    of one person. Empty for a reporter without an account.
    """
    return _keyed("kentongan.sender", f"{submission_id}/{reporter.pk}") if reporter else ""


def made_id(*named: str) -> UUID:
    """An id made here for what another application names: the same each time, and nobody outside can guess it."""
    return UUID(_keyed("kentongan.submission", "/".join(named))[:32])


def store(
    prepared: Prepared, decision: Decision | None, reporter: Person | None, draws: int = 3
) -> tuple[Report, bool, str | None]:
    """The report of `prepared`, whether it is new, and the claim token of a reporter without an account.

    Without a decision it stays `received`. One transaction writes the row, its entries and their events. `draws`: how
    often a public code that another report has is drawn anew. Raises Problem as `repeated` does.
    """
    sent = prepared.submission
    token = claim_token(sent.submission_id, sent.channel) if reporter is None and not sent.sender else None
    try:
        with _whole(prepared):
            return _create(prepared, decision, reporter, token), True, token
    except IntegrityError:
        # The same submission came in on two ways at once, and the other was first.
        before = repeated(sent, reporter)
        if before is not None:
            return before.report, False, before.claim_token
        if not draws:
            raise
    # Another report has the public code that was drawn.
    return store(prepared, decision, reporter, draws - 1)


def route(report: Report, decision: Decision) -> None:
    """Sends a locked, received report on its way: the second entry, with the reasons."""
    append(report, routed(report, decision, report.created_at))


def claim_token(submission_id: UUID, channel: str = "web") -> str:
    """What a reporter without an account holds to come back; the same for a repeat on the same channel only."""
    return _keyed("kentongan.claim", f"{channel}/{submission_id}")


def hash_claim(token: str) -> str:
    """How a claim token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _sent_before(submission_id: UUID, channel: str) -> list[tuple[int, str, str, str]]:
    """Key, sender, digest and hash of the claim of each report with this id on this channel."""
    return [(pk, by, said, held) for pk, by, said, held in prepared.rows(_SENT, (submission_id.hex, channel))]


def _kept_token(submission: Submission, claim_hash: str) -> str | None:
    """The token that the report was given; None where it never was or is claimed. Older ones knew no channel."""
    made = claim_token(submission.submission_id, submission.channel)
    before = _keyed("kentongan.claim", str(submission.submission_id))
    return next((token for token in (made, before) if hash_claim(token) == claim_hash), None)


def _keyed(purpose: str, what: str) -> str:
    return salted_hmac(purpose, what, algorithm="sha256").hexdigest()


def _conflict() -> Problem:
    return Problem(
        "submission_conflict",
        409,
        _("A different report was already sent under this submission id. Send this one under a new id."),
        field="submission_id",
    )


def _whole(prepared: Prepared) -> AbstractContextManager[object]:
    """A transaction, or a part of the caller's; none where one statement stores it all."""
    alone = is_one_statement() and not prepared.photos and not connection.in_atomic_block
    return nullcontext() if alone else transaction.atomic()


def _create(prepared: Prepared, decision: Decision | None, reporter: Person | None, token: str | None) -> Report:
    report = _row(prepared, reporter)
    report.claim_hash = hash_claim(token) if token else ""
    first = [Happening("received", Who(reporter, Actor.REPORTER), state=State.RECEIVED)]
    if decision is not None:
        first.append(routed(report, decision))
    else:
        deadlines.promise(report, None)
    begin(report, first)
    if prepared.photos:
        _attach(report, prepared.photos)
    return report


def routed(report: Report, decision: Decision, since: datetime | None = None) -> Happening:
    """Keeps the decision with the report, and what its body promises from `since` (now); what the timeline says."""
    deadlines.promise(report, decision.body, since)
    kind = "awaiting_partner" if decision.state == State.AWAITING_PARTNER else "routed"
    report.decision = decision.as_json()
    data = {"decision": report.decision}
    return Happening(kind, SYSTEM, state=State(decision.state), body=decision.body, data=data)


def _row(prepared: Prepared, reporter: Person | None) -> Report:
    sent, category, now = prepared.submission, prepared.category, timezone.now()
    restricted = sent.privacy == Privacy.SECRET or category.restricted
    report = made(
        Report, code=new_code(restricted=restricted), submission_id=sent.submission_id, digest=sent.digest(),
        channel=sent.channel, sender=sender_of(sent, reporter), text=prepared.text, url=sent.url,
        answers=prepared.answers, asked=list(prepared.asked) or None, occurred_at=sent.occurred_at,
        privacy=sent.privacy,
        is_restricted=restricted, created_at=now, updated_at=now, photo_count=len(prepared.photos),
        is_demo=bool(reporter and reporter.is_demo),
    )  # fmt: skip
    report.category = category
    if reporter is not None:
        report.reporter = reporter
    if prepared.location is not None and prepared.lon is not None and prepared.lat is not None:
        place(report, prepared.location, prepared.lon, prepared.lat)
    if asset := prepared.asset:
        report.asset_layer, report.asset_id, report.asset_name = asset.layer, asset.id, asset.name
    return report


def place(report: Report, location: places.Location, lon: float, lat: float) -> None:
    """Sets where a report lies; `lon`, `lat` WGS 84 degrees."""
    report.lon, report.lat = round(lon, 6), round(lat, 6)
    report.cell = h3.latlng_to_cell(lat, lon, CELL_RESOLUTION)
    report.place_quality = location.quality
    report.address = places.address_at(lon, lat).kept()
    for area in location.areas:
        setattr(report, f"{area.level}_code", area.code)


def _attach(report: Report, photos: tuple[Photo, ...]) -> None:
    """Binds uploaded photos to the report; a photo taken by another report meanwhile is refused."""
    ids = [photo.pk for photo in photos]
    if Photo.objects.filter(pk__in=ids, report=None).update(report=report, entry_seq=1) != len(ids):
        raise Problem(
            "unknown_photo", 422, _("A photo was not found or is already used. Add it again."), field="photos"
        )
