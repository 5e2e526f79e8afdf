"""A report being written, kept in the session: the form works without JavaScript and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import reports
from kentongan.foundation.problems import Problem

STEPS = ("photo", "place", "kind", "words")
# Where a problem with a field is put right.
STEP_OF = {
    "photos": "photo", "lon": "place", "lat": "place", "place": "place", "category": "kind", "occurred_at": "words",
}  # fmt: skip
SENT_KEPT = 20
DRAFT, SENT, CLAIMS = "draft", "sent_reports", "claims"


@dataclass
class Draft:
    """What the person has said so far. `lon`, `lat` are WGS 84 degrees; `errors` are words by field."""

    submission_id: str = field(default_factory=lambda: str(uuid4()))
    photos: list[str] = field(default_factory=list)
    lon: float | None = None
    lat: float | None = None
    placeless: bool = False
    category: str = ""
    text: str = ""
    url: str = ""
    privacy: str = "public"
    body: str = ""
    seen: str | None = None  # local time as a form writes it; None: not asked yet, empty: not said
    answers: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def has_place(self) -> bool:
        """Whether the place is known as a point."""
        return self.lon is not None and self.lat is not None

    def for_phone(self) -> str:
        """What the phone keeps of it, as JSON, so that a report goes on where the network ends (`waiting.js`)."""
        names = ("submission_id", "lon", "lat", "category", "text", "url", "privacy", "body")
        said = {name: getattr(self, name) for name in names}
        return json.dumps(said | {"photos": [{"id": one} for one in self.photos]})

    def submission(self) -> Any:
        """The draft as the submission that `routing.submit` takes."""
        return reports.Submission(
            submission_id=UUID(self.submission_id),
            category=self.category,
            text=self.text,
            lon=self.lon,
            lat=self.lat,
            url=self.url,
            occurred_at=moment(self.seen or ""),
            privacy=self.privacy,
            answers=self.answers,
            photos=tuple(UUID(photo) for photo in self.photos),
            channel="web",
            body=self.body or None,
        )


def load(request: HttpRequest) -> Draft:
    """The session's draft, or a fresh one."""
    kept = request.session.get(DRAFT)
    return Draft(**kept) if kept else Draft()


def keep(request: HttpRequest, draft: Draft) -> None:
    """Saves the draft with the session."""
    request.session[DRAFT] = asdict(draft)


def sent(request: HttpRequest, submission_id: str, code: str, claim: str) -> None:
    """Forgets the draft and remembers what it became, so that a second tap finds the same report."""
    if (request.session.get(DRAFT) or {}).get("submission_id") == submission_id:
        del request.session[DRAFT]
    made = {**request.session.get(SENT, {}), submission_id: code}
    request.session[SENT] = dict(list(made.items())[-SENT_KEPT:])
    if claim:
        hold(request, code, claim)


def hold(request: HttpRequest, code: str, claim: str) -> None:
    """This browser acts as the reporter of `code` from now on, without an account."""
    request.session[CLAIMS] = {**request.session.get(CLAIMS, {}), code: claim}


def claim_of(request: HttpRequest, code: str) -> str:
    """The token by which this browser made a report without an account; empty where it has none."""
    return request.GET.get("claim") or request.session.get(CLAIMS, {}).get(code, "")


def degrees(posted: Mapping[str, str], name: str) -> float | None:
    """A coordinate as a person writes it, with a comma or a point; None where nothing is written."""
    written = posted.get(name, "").strip().replace(",", ".")
    if not written:
        return None
    try:
        return float(written)
    except ValueError:
        raise Problem(
            "bad_coordinates", 422, _("Write the coordinate as a number, such as -6.2."), field=name
        ) from None


def moment(written: str) -> datetime | None:
    """The moment that a form's local time names, in the zone of the installation; None where nothing is written.

    Raises Problem `bad_time` for what is no date and hour.
    """
    if not written.strip():
        return None
    try:
        return timezone.make_aware(datetime.fromisoformat(written.strip()).replace(tzinfo=None))
    except (ValueError, OverflowError):
        raise Problem(
            "bad_time", 422, _("Write date and hour, such as 2026-11-24T08:30."), field="occurred_at"
        ) from None
