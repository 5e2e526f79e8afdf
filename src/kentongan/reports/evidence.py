"""Photos that speak for or against a result, and the doubt that is shown beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.places import distance
from kentongan.reports.locking import changing
from kentongan.reports.models import Photo, Report, Visibility
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append

BROKEN = "broken"  # the mark of a photo whose pixels cannot be unpacked
ALIKE_BITS = 3  # of 64; beyond it different pictures begin to meet
ELSEWHERE = 250  # metres: a phone's place is seldom worse in a street
BEFOREHAND = timedelta(minutes=5)  # the camera's clock may be off by this


def before_and_after(photos: Sequence[Photo]) -> tuple[Photo, Photo] | None:
    """What to lay over each other: the first photo of the newest result, and how it looked until then. None: no pair.

    `photos` stand in the order of the timeline. Who took one before the work took it to be compared; else what an
    objection showed since the result before, else what was reported.
    """
    shown = [one for one in photos if BROKEN not in one.marks]
    results = [one for one in shown if one.role == "after"]
    if not results:
        return None
    newest = results[-1].entry_seq
    after = next(one for one in results if one.entry_seq == newest)
    until = [one for one in shown if (one.entry_seq or 0) <= (newest or 0)]
    last = max((one.entry_seq or 0 for one in results if one.entry_seq != newest), default=0)
    of_work = [one for one in until if one.role == "before" and one.entry_seq == newest]
    objected = [one for one in until if one.role == "contest" and (one.entry_seq or 0) > last]
    reported = [one for one in until if one.role == "report"]
    before = next(iter([*of_work, *objected[:1], *reported]), None)
    return (before, after) if before else None


def attach_evidence(report: Report, ids: Sequence[UUID], role: str) -> None:
    """Binds photos to the entry that comes next and marks what is odd about each.

    Raises Problem where a photo is unknown, used already, or there are more than five.
    """
    if len(ids) > 5:
        raise Problem("too_many_photos", 422, _("At most five photos can be added."), field="photos")
    found = list(Photo.objects.filter(pk__in=ids, report=None))
    if len(found) != len(set(ids)):
        raise Problem(
            "unknown_photo", 422, _("A photo was not found or is already used. Add it again."), field="photos"
        )
    for photo in found:
        settle_time(photo, report)
        photo.report, photo.entry_seq, photo.role = report, report.seq + 1, role
        photo.marks = marks(photo, report)
        photo.save()
    report.photo_count += len(found)


def marks(photo: Photo, report: Report) -> list[str]:
    """What makes a photo doubtful: `seen_before`, `taken_elsewhere`, `taken_before_report`."""
    told = [BROKEN] if BROKEN in photo.marks else []
    if seen_before(photo):
        told.append("seen_before")
    if _apart(photo, report) > ELSEWHERE:
        told.append("taken_elsewhere")
    if photo.taken_at and not report.created_at - BEFOREHAND <= photo.taken_at <= timezone.now() + BEFOREHAND:
        told.append("taken_before_report" if photo.taken_at < report.created_at else "taken_in_future")
    return told


def settle_time(photo: Photo, report: Report) -> None:
    """A time that the camera wrote without a zone, and without a place, is one of the place of the report."""
    photo.taken_at = taken_at(photo, report.province_code)


def taken_at(photo: Photo, area_code: str) -> datetime | None:
    """When the photo was taken, if it is one of this area."""
    if photo.taken_at is None or not photo.taken_without_zone:
        return photo.taken_at
    return photo.taken_at.astimezone(places.zone_of("")).replace(tzinfo=places.zone_of(area_code)).astimezone(UTC)


def found_out(photo: Photo) -> None:
    """What the worker found out of a photo that is part of a report already stands in its marks; the entry, for
    staff, gives the report a new number, because what is kept of its text is kept under that."""
    bound = Photo.objects.filter(pk=photo.pk, report__isnull=False).select_related("report").first()
    if bound is None or bound.report is None:
        return
    seen = "seen_before" not in bound.marks and bound.role != "report" and seen_before(bound)
    if not seen and BROKEN not in bound.marks:
        return
    with changing(bound.report.code) as report:
        if seen:
            bound.marks = [*bound.marks, "seen_before"]
            bound.save(update_fields=["marks"])
        data = {"photo": str(bound.pk), "marks": bound.marks}
        append(report, Happening("photo_checked", Who(None, Actor.SYSTEM), visibility=Visibility.INTERNAL, data=data))


def seen_before(photo: Photo) -> bool:
    """Whether a picture that looks the same (perceptual hash) was used with any report already."""
    if not photo.phash:
        return False  # nobody has unpacked it yet
    quarters = Q()
    for at in range(4):
        quarters |= Q(**{f"quarter_{at}": getattr(photo, f"quarter_{at}")})
    others = Photo.objects.filter(quarters, report__isnull=False).exclude(pk=photo.pk).exclude(phash="")
    mine = int(photo.phash, 16)
    hashes = others.values_list("phash", flat=True)[:5000]
    return any((mine ^ int(other, 16)).bit_count() <= ALIKE_BITS for other in hashes)


def _apart(photo: Photo, report: Report) -> float:
    """Metres between photo and report; none where one of them has no place."""
    if photo.lon is None or photo.lat is None or report.lon is None or report.lat is None:
        return 0.0
    return distance(photo.lon, photo.lat, report.lon, report.lat)
