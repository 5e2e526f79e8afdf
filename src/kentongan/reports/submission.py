"""What a person sends, checked and placed before anybody decides where it goes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue, places
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.reports.models import Photo, Privacy

TEXT_LIMIT = 4_000  # characters, the limit of Open311 GeoReport v2 for a description
URL_LIMIT = 2_000
MOST_PHOTOS = 5
APART = 1_000  # metres: a bridge or a park is one point of itself
CLOCK_TOLERANCE = timedelta(minutes=5)  # a phone's clock may run ahead of ours
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # before it a phone's clock was never set


@dataclass(frozen=True)
class Submission:
    """A report as sent. `lon`, `lat` WGS 84 degrees, both None where the trouble has no place.

    `submission_id` is made by the sender's device: the same one again on the same `channel` is the same report.
    `sender` names the application that sent it, empty where a person did. `body` is the person's own answer where
    two bodies could be responsible. `asset_id` names the thing that it is about, by its owner's id; where it is only
    passed on (`asset_passed_on`) one that is not known here is kept as it was told. `told_of` names the questions of
    bodies that the sender was told of, which must be answered where they are required; None: of all.
    `as_written`: answers that do not fit are kept as they are, for what they answer has changed since.
    `told_by_words`: a repeat is told by kind, words and place alone: which answers are read depends on what is asked
    that day, and photos are read only once it is known that it is none.
    """

    submission_id: UUID
    category: str
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    url: str = ""
    occurred_at: datetime | None = None
    privacy: str = Privacy.PUBLIC
    answers: dict[str, Any] = field(default_factory=dict)
    photos: tuple[UUID, ...] = ()
    channel: str = "web"
    sender: str = ""
    body: str | None = None
    asset_id: str = ""
    asset_passed_on: bool = False
    told_of: tuple[str, ...] | None = ()
    as_written: bool = False
    told_by_words: bool = False

    def digest(self) -> str:
        """SHA-256 of all that was sent, to tell a repeat from another report under the same id."""
        return self._digest({}, ()) if self.told_by_words else self._digest(self.answers, self.photos)

    def digests(self) -> tuple[str, ...]:
        """The digest, and the one that this had while answers counted in every submission."""
        return self.digest(), self._digest(self.answers, self.photos)

    def _digest(self, answers: dict[str, Any], photos: tuple[UUID, ...]) -> str:
        said = [
            self.category, self.text, self.lon, self.lat, self.url, self.occurred_at, self.privacy,
            answers, sorted(str(photo) for photo in photos), self.body,
        ]  # fmt: skip
        if self.asset_id:  # what was sent before there were things keeps its digest
            said.append(self.asset_id)
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class Prepared:
    """A submission that is in order: cleaned, its category known, its place found (None: it has none). `lon`, `lat` are
    those that were sent, else those of the thing that it is about. `own` are answers to questions of bodies, which are
    read once it is known which body asks (`questions.decided`); `asked` is what was asked and answered."""

    submission: Submission
    category: Category
    text: str
    answers: dict[str, Any]
    location: places.Location | None
    photos: tuple[Photo, ...]
    lon: float | None = None
    lat: float | None = None
    asset: places.Thing | None = None
    own: dict[str, Any] = field(default_factory=dict)
    asked: tuple[dict[str, Any], ...] = ()


def prepare(submission: Submission) -> Prepared:
    """Checks everything that can be wrong with a submission. Raises Problem naming the field at fault."""
    category = catalogue.get(submission.category)
    photos = _photos(submission.photos)
    text = _text(submission.text)
    if not text and not photos:
        raise Problem("text_required", 422, _("Say in a few words what is wrong, or add a photo."), field="text")
    if submission.privacy not in Privacy.values:
        raise Problem("bad_privacy", 422, _("Privacy is one of: public, anonymous, secret."), field="privacy")
    _check_url(submission.url)
    _check_time(submission.occurred_at)
    asset = find_asset(
        category, submission.asset_id, submission.lon, submission.lat, passed_on=submission.asset_passed_on
    )
    there = (submission.lon, submission.lat)
    lon, lat = (asset.lon, asset.lat) if asset and None in there and asset.is_known else there
    answers, own = _answers(category, submission)
    return Prepared(submission, category, text, answers, locate(category, lon, lat), photos, lon, lat, asset, own)


def _answers(category: Category, sent: Submission) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers to the catalogue's questions, and as they were sent those to any that a body asks or has asked."""
    of_catalogue = {one["code"] for one in category.questions}
    others = set(sent.answers) - of_catalogue if isinstance(sent.answers, dict) else set()
    branch = catalogue.branch(category.code) if others else ()
    asked = {code for code in others if isinstance(code, str) and bodies.once_asked(branch, code)}
    known = catalogue.known_only(sent.answers, of_catalogue | asked)
    answers = catalogue.read_answers(category.questions, known, as_written=sent.as_written)
    return answers, {code: known[code] for code in known if code in asked}


def find_asset(
    category: Category, named: str, lon: float | None, lat: float | None, *, passed_on: bool = False
) -> places.Thing | None:
    """The thing that trouble of `category` at a place (WGS 84 degrees, or None) is about, by the id that was `named`;
    None where none was.

    Raises Problem naming `asset_id`, unless it is only passed on: then what is not known here is kept as it was told.
    """
    own_id, layer = clean_text(named[:URL_LIMIT], URL_LIMIT), category.asset_layer
    if not own_id or (passed_on and not layer):
        return None
    if not layer:
        raise Problem("bad_asset", 422, _("Nothing with a number belongs to this kind of trouble."), field="asset_id")
    found = places.asset(layer, own_id)
    if found is not None and not found.ended and not _is_apart(found, lon, lat):
        return found
    if passed_on:
        return places.told_asset(layer, own_id, found.name if found else "")
    if found is None or found.ended:
        detail = _("There is nothing with this number here, or no longer. Choose another, or none.")
        raise Problem("unknown_asset", 422, detail, field="asset_id")
    detail = _("This thing lies more than a kilometre from the place. Choose another, or move the pin.")
    raise Problem("asset_apart", 422, detail, field="asset_id")


def _is_apart(asset: places.Thing, lon: float | None, lat: float | None) -> bool:
    """Whether the place cannot be that of the thing, however large it is."""
    if lon is None or lat is None:
        return False
    places.check_point(lon, lat)
    return places.distance(lon, lat, asset.lon, asset.lat) > APART


def locate(category: Category, lon: float | None, lat: float | None) -> places.Location | None:
    """The place of a trouble of `category`. Raises Problem where one is needed and missing or outside."""
    if not category.needs_place:
        return None
    if lon is None or lat is None:
        raise Problem(
            "place_required",
            422,
            _("Say where it is: put the pin on the map."),
            field="lon" if lon is None else "lat",
        )
    found = places.locate(lon, lat)
    if found.quality == "outside":
        raise Problem(
            "outside_country",
            422,
            _(
                "No village of Indonesia lies within 5 kilometres of this place: it is abroad or on the open sea. Move "
                "the pin; longitude comes before latitude."
            ),
            field="lon",
        )
    return found


def _text(written: str) -> str:
    try:
        return clean_text(written, TEXT_LIMIT)
    except TextTooLong as fault:
        raise Problem(
            "text_too_long",
            422,
            _("The text has %(length)d characters; at most %(limit)d fit. Shorten it.")
            % {"length": fault.length, "limit": fault.limit},
            field="text",
        ) from None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        fine = not url or (parts.scheme in {"http", "https"} and bool(parts.hostname) and len(url) <= URL_LIMIT)
    except ValueError:
        fine = False
    if not fine or any(ord(letter) <= 32 for letter in url):
        raise Problem("bad_url", 422, _("The link must start with http:// or https://."), field="url")


def _check_time(at: datetime | None) -> None:
    if at is None:
        return
    if timezone.is_naive(at):
        raise Problem("time_without_zone", 422, _("Give the time with its zone, such as +07:00."), field="occurred_at")
    if at > timezone.now() + CLOCK_TOLERANCE:
        raise Problem("future_time", 422, _("This time has not come yet. Check date and hour."), field="occurred_at")
    if at < EARLIEST:
        raise Problem("past_time", 422, _("This time lies too far back. Check the year."), field="occurred_at")


def _photos(ids: tuple[UUID, ...]) -> tuple[Photo, ...]:
    if len(ids) > MOST_PHOTOS:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field="photos")
    found = {photo.pk: photo for photo in Photo.objects.filter(pk__in=ids, report=None)} if ids else {}
    if set(ids) - set(found):
        raise Problem(
            "unknown_photo", 422, _("A photo was not found or is already used. Add it again."), field="photos"
        )
    return tuple(found[one] for one in dict.fromkeys(ids))
