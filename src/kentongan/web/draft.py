"""A report being written, kept in the session: the form works without JavaScript and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID, uuid4, uuid5

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kentongan import places, reports
from kentongan.foundation.problems import Problem
from kentongan.places import written_times

STEPS = ("photo", "place", "kind", "words")
ASSET = "asset"  # a step of its own where there is something to choose; on the trail it belongs to the kind
# Where a problem with a field is put right.
STEP_OF = {
    "photos": "photo", "lon": "place", "lat": "place", "place": "place", "category": "kind", "occurred_at": "words",
    "asset_id": "asset",
}  # fmt: skip
SENT_KEPT = 40
SHOWN, SHOWN_SALT = ("submission_id", "photos", "lon", "lat", "placeless", "category", "asset"), "kentongan.draft"
# What an earlier step changes; photos come one by one from the same page.
CHANGED = {"place": {"lon", "lat", "placeless", "asset"}, "kind": {"category", "asset"}, "asset": {"asset"}}
WRITTEN = ("text", "url", "privacy", "seen")  # of no place and no kind
DRAFT, OTHERS, SENT, CLAIMS = "draft", "other_drafts", "sent_reports", "claims"
MOST_OTHERS = 4  # drafts of other tabs


@dataclass
class Draft:
    """What the person has said so far. `lon`, `lat` are WGS 84 degrees; `errors` are words by field."""

    submission_id: str = field(default_factory=lambda: str(uuid4()))
    photos: list[str] = field(default_factory=list)
    lon: float | None = None
    lat: float | None = None
    placeless: bool = False
    category: str = ""
    asset: str = ""  # the id of the thing that it is about, of the category's layer
    text: str = ""
    url: str = ""
    privacy: str = "public"
    body: str = ""
    seen: str | None = None  # local time as a form writes it; None: not asked yet, empty: not said
    answers: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)  # the boxes of the coordinates where they were not understood
    who: str = ""  # the id of the person who is signed in and sees it; empty for nobody

    @property
    def has_place(self) -> bool:
        """Whether the place is known as a point."""
        return self.lon is not None and self.lat is not None

    @property
    def zone(self) -> tzinfo:
        """The time zone of the place, in which the form asks and tells times."""
        return places.zone_at(self.lon, self.lat)

    @property
    def of(self) -> str:
        """What a page shows of the draft, signed, for the page to send back: two tabs share one session."""
        return signing.dumps(_of(self) | {"who": self.who}, salt=SHOWN_SALT)

    def for_phone(self) -> str:
        """What the phone keeps of it, as JSON, so that a report goes on where the network ends (`waiting.js`)."""
        names = ("submission_id", "lon", "lat", "category", "text", "url", "privacy", "body")
        said = {name: getattr(self, name) for name in names}
        said |= {"asset_id": self.asset, "answers": self.answers}
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
            occurred_at=moment(self.seen or "", self.zone),
            privacy=self.privacy,
            answers=self.answers,
            photos=tuple(UUID(photo) for photo in self.photos),
            channel="web",
            body=self.body or None,
            asset_id=self.asset,
            told_of=None,  # the page asks all that is asked
        )


def load(request: HttpRequest) -> Draft:
    """The draft of this page, else the session's newest, or a fresh one. A tab that the phone loads again says which
    it shows: another tab may have begun a draft of its own since.
    """
    named = request.POST.get("submission_id") or request.GET.get("draft", "")
    kept = request.session.get(OTHERS, {}).get(named) or request.session.get(DRAFT)
    draft = Draft(**kept) if kept else Draft()
    draft.who = str(request.user.pk) if request.user.is_authenticated else ""
    return draft


def keep(request: HttpRequest, draft: Draft) -> None:
    """Saves the draft with the session, as the newest; those of other tabs stay beside it."""
    newest, others = request.session.get(DRAFT), {**request.session.get(OTHERS, {})}
    others.pop(draft.submission_id, None)
    if newest and newest["submission_id"] != draft.submission_id:
        others[newest["submission_id"]] = newest
    if others or OTHERS in request.session:
        request.session[OTHERS] = dict(list(others.items())[-MOST_OTHERS:])
    request.session[DRAFT] = asdict(draft)


def holds(request: HttpRequest, photo: str) -> bool:
    """Whether a photo belongs to a draft of this session."""
    every = [request.session.get(DRAFT), *request.session.get(OTHERS, {}).values()]
    return any(photo in one["photos"] for one in every if one)


def as_shown(request: HttpRequest, draft: Draft, step: str) -> Draft:
    """The draft that the posted page was of, with what it showed. Where the session's has gone another way since, in
    another tab, or has become a report, it is one of its own, the same for every tap on that page.

    On its way to the last step a page that was left and come back to shows less than is known: that loses nothing. What
    was written before the tabs parted goes along.
    """
    page, shown = request.POST.get("of", ""), _shown_by(request)
    if not shown:
        return draft
    del shown["who"]
    is_open = shown["submission_id"] not in request.session.get(SENT, {})
    if is_open and (_goes_on(shown, draft, CHANGED[step]) if step in CHANGED else shown == _of(draft)):
        return draft
    written = {name: getattr(draft, name) for name in WRITTEN if shown["submission_id"] == draft.submission_id}
    own_id = str(uuid5(UUID(shown["submission_id"]), page))
    return Draft(**{**written, **shown, "submission_id": own_id, "who": draft.who})


def whose_now(request: HttpRequest) -> Literal["", "nobody", "another"]:
    """Whose name it would be sent in, where the posted page was shown to somebody signed in who is so no more: a phone
    that two people share, a session that ended. Empty: nothing has changed."""
    who = _shown_by(request).get("who", "")
    now = str(request.user.pk) if request.user.is_authenticated else ""
    return "" if who in {"", now} else "another" if now else "nobody"


def _shown_by(request: HttpRequest) -> dict[str, Any]:
    """What the posted page showed; empty where it says nothing that is ours."""
    page = request.POST.get("of", "")
    try:
        shown: dict[str, Any] = signing.loads(page, salt=SHOWN_SALT) if page else {}
    except signing.BadSignature:
        return {}
    return {"who": "", **shown} if shown else {}


def _of(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in SHOWN}


def _goes_on(shown: dict[str, Any], draft: Draft, changed: set[str]) -> bool:
    """Whether the draft has all that the page showed, but for what its step changes."""
    known = {**_of(draft), "photos": [photo for photo in shown["photos"] if photo in draft.photos]}
    return all(not shown[name] or shown[name] == known[name] for name in SHOWN if name not in changed)


def became(request: HttpRequest) -> str | None:
    """The code of the report that the posted page has become already: by the page, else by its id."""
    page = request.POST.get("of", "")
    key = _page(page) if page else request.POST.get("submission_id", "")
    found: str | None = request.session.get(SENT, {}).get(key)
    return found


def went_as(request: HttpRequest) -> str | None:
    """The code of the report that the draft of this address has become: somebody went back after it was sent."""
    found: str | None = request.session.get(SENT, {}).get(request.GET.get("draft", ""))
    return found


def _page(page: str) -> str:
    return f"of {sha256(page.encode()).hexdigest()[:32]}"


def sent(request: HttpRequest, submission_id: str, code: str, claim: str) -> None:
    """Forgets the draft and remembers what it became, so that a second tap finds the same report."""
    if (request.session.get(DRAFT) or {}).get("submission_id") == submission_id:
        del request.session[DRAFT]
    if submission_id in (others := request.session.get(OTHERS, {})):
        request.session[OTHERS] = {name: kept for name, kept in others.items() if name != submission_id}
    made = {**request.session.get(SENT, {}), submission_id: code}
    if page := request.POST.get("of", ""):
        made[_page(page)] = code
    request.session[SENT] = dict(list(made.items())[-SENT_KEPT:])
    if claim:
        hold(request, code, claim)


def hold(request: HttpRequest, code: str, claim: str) -> None:
    """This browser acts as the reporter of `code` from now on, without an account."""
    request.session[CLAIMS] = {**request.session.get(CLAIMS, {}), code: claim}


def claim_of(request: HttpRequest, code: str) -> str:
    """The token by which this browser made a report without an account; empty where it has none."""
    return request.GET.get("claim") or request.session.get(CLAIMS, {}).get(code, "")


def point(posted: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Longitude and latitude of the boxes `lon` and `lat`, however a person writes or pastes them, all of it in one
    box too; None for a box that is empty. Raises Problem `bad_coordinates` naming the box.
    """
    boxes = {name: posted.get(name, "").strip() for name in ("lat", "lon")}
    read = {name: places.degrees(written) for name, written in boxes.items()}
    for name, written in boxes.items():
        if written and read[name] is None:
            if (whole := places.point(written)) is not None:
                return whole
            raise Problem("bad_coordinates", 422, _("Write the coordinate as a number, such as -6.2."), field=name)
    lat, lon = read["lat"], read["lon"]
    if (lat and lat.axis == 0) or (lon and lon.axis == 1):  # each in the other's box, as their letters say
        lat, lon = lon, lat
    return lon.value if lon else None, lat.value if lat else None


def moment(written: str, zone: tzinfo) -> datetime | None:
    """The moment that a form's time names, in the zone of the place unless it says its own; None where nothing is
    written. A browser writes ISO 8601; where it has no box for times, people write as they do.

    Raises Problem `bad_time` for what is no date and hour.
    """
    if not written.strip():
        return None
    at = written_times.moment(written)
    if at is None:
        raise Problem("bad_time", 422, _("Write date and hour, such as 2026-11-24T08:30."), field="occurred_at")
    return at if at.tzinfo else at.replace(tzinfo=zone)
