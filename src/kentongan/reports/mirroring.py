"""What other instances and applications write into a report here: its first arrival, and the steps they take.

The side that works on a report decides its state. Here its word is mirrored as an entry with `Actor.PEER`, so that
the page at home tells the whole story and `audit` still rebuilds every row from its timeline.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan import bodies, places
from kentongan.catalogue.models import Category
from kentongan.foundation.codes import new_code
from kentongan.foundation.text import cut_text
from kentongan.reports import deadlines
from kentongan.reports.commands import required, wait_for_partner
from kentongan.reports.decision import Decision
from kentongan.reports.evidence import marks, settle_time
from kentongan.reports.locking import changing, changing_all
from kentongan.reports.models import Entry, Hiding, Photo, Privacy, Report, Visibility
from kentongan.reports.pictures import add_photo
from kentongan.reports.states import Actor, Asks, Ending, State
from kentongan.reports.storing import made_id, place, routed
from kentongan.reports.submission import TEXT_LIMIT, URL_LIMIT
from kentongan.reports.who import SYSTEM, Who
from kentongan.reports.writer import Happening, append, append_all, begin_all, next_state

# Characters of what another side says. It is theirs to word: a long text is cut, and never a reason to refuse it.
MOST_TOLD = 20_000


@dataclass(frozen=True)
class Told:
    """One entry as another side tells it. `body` is the one that acted, where it is known here."""

    kind: str
    actor: Actor = Actor.PEER
    text: str = ""
    at: datetime | None = None
    state: State | None = None
    ending: str = ""
    body: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Tidings(NamedTuple):
    """What an entry of the network says beside its kind, and when the answer is due from now on, where that is new."""

    data: dict[str, Any]
    deadline_at: datetime | None


@dataclass(frozen=True)
class Arrival:
    """A report that begins elsewhere. `code` is its public code there, kept here where it is free.

    `lon`, `lat` WGS 84 degrees, both None where the trouble has no place. `origin` names where it was made.
    """

    origin: str
    code: str
    category: Category
    text: str
    created_at: datetime
    lon: float | None = None
    lat: float | None = None
    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: tuple[dict[str, Any], ...] = ()  # the questions as they were asked there, in the catalogue's shape
    occurred_at: datetime | None = None
    privacy: str = Privacy.PUBLIC
    restricted: bool = False
    history: tuple[Told, ...] = ()
    is_demo: bool = False
    asset: places.Thing | None = None  # as it was told: nobody here need know it


class Adoption(NamedTuple):
    """A report that another instance hands over, where it lies and goes here, and the entry `came`."""

    arrival: Arrival
    location: places.Location | None
    decision: Decision
    came: Told


def adopt(arrival: Arrival, location: places.Location | None, decision: Decision, came: Told) -> Report:
    """Stores a report that another instance hands over: its history, the entry `came`, and where it goes here.

    In the caller's transaction. The same origin and code again raises IntegrityError: ask before.
    """
    return adopt_all([Adoption(arrival, location, decision, came)])[0]


def adopt_all(adoptions: Sequence[Adoption]) -> list[Report]:
    """As `adopt`, several reports in their order, by a statement for each table."""
    begun = [_adopted(*one) for one in adoptions]
    # Each has the code that it has everywhere; a new one in the rare case that another report here bears it.
    named = [report.code for report, _first in begun]
    borne = set(Report.objects.filter(code__in=named).values_list("code", flat=True))
    for report, _first in begun:
        if report.code in borne:
            report.code = new_code(restricted=report.is_restricted)
        borne.add(report.code)
    begin_all(begun)
    return [report for report, _first in begun]


def _adopted(
    arrival: Arrival, location: places.Location | None, decision: Decision, came: Told
) -> tuple[Report, list[Happening]]:
    now = timezone.now()
    report = Report(
        submission_id=made_id("peer", arrival.origin, arrival.code), sender=arrival.origin[:120],
        digest=hashlib.sha256(f"{arrival.origin}/{arrival.code}".encode()).hexdigest(),
        channel="peer", code=arrival.code, category=arrival.category, text=cut_text(arrival.text, TEXT_LIMIT),
        url=arrival.url[:URL_LIMIT], answers=arrival.answers, asked=list(arrival.asked) or None,
        occurred_at=arrival.occurred_at, privacy=arrival.privacy, is_demo=arrival.is_demo,
        is_restricted=arrival.restricted or arrival.privacy == Privacy.SECRET or arrival.category.restricted,
        created_at=min(arrival.created_at, now), updated_at=min(arrival.created_at, now),
    )  # fmt: skip
    if location is not None and arrival.lon is not None and arrival.lat is not None:
        place(report, location, arrival.lon, arrival.lat)
    if arrival.asset and arrival.asset.id:
        report.asset_layer, report.asset_id = arrival.asset.layer, arrival.asset.id
        report.asset_name = arrival.asset.name
    for one in arrival.history:
        report.stars = one.data.get("stars", report.stars)
    happened = [happening(one) for one in arrival.history]
    if not happened or happened[0].state is None:  # a history that does not begin at the beginning
        received = Happening("received", Who(None, Actor.REPORTER), state=State.RECEIVED, at=arrival.created_at)
        happened.insert(0, received)
    return report, [*happened, happening(came), _arrived(report, decision)]


def mirror(code: str, told: Told) -> Entry:
    """Adds what the side that works on the report has done. Raises Problem `not_found`."""
    with changing(code) as report:
        happened = happening(told)
        if told.data.get("to_body"):
            happened.body = told.data["to_body"]
        report.stars = told.data.get("stars", report.stars)
        if happened.kind == "commented":
            happened.kind = deadlines.answers(report, happened.who.actor) or happened.kind
        return append(report, happened)


def tell(
    code: str, kind: str, *, text: str = "", data: dict[str, Any] | None = None, internal: bool = False,
    deadline_at: datetime | None = None,
) -> Entry:  # fmt: skip
    """Adds an entry of the network that changes no state, such as that the report was sent to a peer.

    `deadline_at` is when the answer is due from now on, where the side that works on it has a clock of its own.
    """
    seen = Visibility.INTERNAL if internal else Visibility.PUBLIC
    with changing(code) as report:
        report.deadline_at = deadline_at or report.deadline_at
        return append(report, Happening(kind, SYSTEM, text, visibility=seen, data=data or {}))


def tell_all(kind: str, told: Mapping[int, Tidings]) -> None:
    """As `tell`, of many reports by their keys, a statement for each table; those that are gone are passed over."""
    with changing_all(told) as found:
        for report in found:
            report.deadline_at = told[report.pk].deadline_at or report.deadline_at
        append_all([(report, Happening(kind, SYSTEM, data=told[report.pk].data)) for report in found])


def decline(
    code: str, who: Who, text: str, *, data: dict[str, Any] | None = None, expected_seq: int | None = None
) -> Entry:
    """Ends a report here that goes back to the side that handed it over, with a public reason.

    A person has to give one, as everywhere; the program may pass on that of another side, however long, or none.
    """
    text = required(text) if who.person else cut_text(text, MOST_TOLD) or _("Passed on to another body")
    with changing(code, expected_seq) as report:
        state = next_state(report, "decline", who, frozenset({Asks.REASON}))
        return append(report, Happening("given_back", who, text, state, ending=Ending.PASSED_ON, data=data or {}))


def reroute(code: str, told: Told, body: str) -> Report:
    """A peer will not have the report: it goes to `body`, which waits where that is no partner."""
    target = bodies.get(body)
    with changing(code) as report:
        happened = happening(told)
        happened.state, happened.body = State.ROUTED, target.code
        happened.data["from_body"] = report.body_id
        if target.code != report.body_id:
            deadlines.promise(report, target.code)
        append(report, happened)
        if not target.is_partner:
            wait_for_partner(report)
    return report


def add_peer_photo(code: str, seq: int, role: str, content: bytes) -> Photo | None:
    """Keeps a photo that came from a peer with entry `seq`; None where the report has it already, or it is hidden.

    Raises Problem as `add_photo` does where it is broken or no photo.
    """
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic(), changing(code) as report:
        if report.photos.filter(sha256=digest, role=role).exists():
            return None
        if any(digest in one.digests for one in report.hidings.exclude(ended=Hiding.Ended.SHOWN)):
            return None  # it was hidden meanwhile
        photo = add_photo(io.BytesIO(content))
        settle_time(photo, report)
        photo.report, photo.entry_seq, photo.role = report, seq, role
        photo.marks = marks(photo, report) if role != "report" else []
        photo.is_demo = report.is_demo
        photo.save()
        Report.objects.filter(pk=report.pk).update(photo_count=report.photo_count + 1)
    return photo


def happening(told: Told) -> Happening:
    """What the entry of another side comes to here."""
    return Happening(
        told.kind, Who(None, told.actor, told.body), cut_text(told.text, MOST_TOLD), told.state,
        ending=told.ending, data=dict(told.data), at=told.at,
    )  # fmt: skip


def _arrived(report: Report, decision: Decision) -> Happening:
    """The decision here as an entry by the peer's hand: whatever state it had elsewhere, it is in a queue here now."""
    happened = routed(report, decision)
    happened.who = Who(None, Actor.PEER)
    return happened
