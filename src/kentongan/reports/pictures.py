"""Photos as given: judged by content, kept private as they came, shown only as derivatives without metadata.

A request reads the header and what the camera wrote, and unpacks the pixels of a picture that is light. The worker
unpacks the others, learns then by what they are known again, and marks what turns out to be damaged.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports import camera, decoding
from kentongan.reports.derivatives import SIZES, derivative_name, known_by
from kentongan.reports.likeness import likeness
from kentongan.reports.models import Photo
from kentongan.reports.tasks import derive

MOST_BYTES = 20 * 1024 * 1024
PATIENCE = 2.0  # seconds that a request waits until it may unpack; then the worker does it


class Upload(Protocol):
    """What has the bytes of a file that somebody sends."""

    def read(self, size: int = -1, /) -> bytes: ...


def add_photo(stream: Upload, person: Person | None = None) -> Photo:
    """Keeps an uploaded photo, not yet part of any report, and reads its place and time.

    Raises Problem: `photo_too_large` (413), `not_a_photo` (415), `photo_too_many_pixels` or `broken_photo` (422).
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Problem(
            "photo_too_large", 413, _("A photo may have at most 20 MB. Choose a smaller one."), field="photos"
        )
    image = decoding.opened(content)
    told, kind, size = camera.told(image), decoding.FORMATS[image.format or ""], image.size
    phash = _light_likeness(image, told)
    width, height = size[::-1] if told.turn in camera.ASIDE else size
    photo = Photo(
        content_type=kind, size=len(content), width=width, height=height,
        sha256=hashlib.sha256(content).hexdigest(), lon=told.lon, lat=told.lat, uploaded_by=person,
        is_demo=bool(person and person.is_demo), **known_by(phash), **_taken(told),
    )  # fmt: skip
    photo.original = default_storage.save(f"originals/{photo.pk}", ContentFile(content))
    with transaction.atomic():
        photo.save()
        derive.enqueue(str(photo.pk))
    return photo


def small_picture(content: bytes, edge: int) -> tuple[Image.Image, tuple[int, int]]:
    """A picture that somebody sends for other ends than a report: upright, on white, sRGB, without anything else that
    the file has, the longer side at most `edge` pixels; and the size that it came in.

    Raises Problem as `add_photo` does, `photo_too_many_pixels` for what is heavy too, and `busy` (503).
    """
    image = decoding.opened(content)
    if not decoding.is_light(image):
        words = _("This photo has too many pixels. Choose a smaller one.")
        raise Problem("photo_too_many_pixels", 422, words, field="photos")
    size, told = image.size, camera.told(image)
    with decoding.turn_of(PATIENCE) as ours:
        if not ours:
            words = _("Other pictures are being worked on. Try again in a moment.")
            raise Problem("busy", 503, words, extra={"retry_after": 5})
        shown = decoding.pixels(image, edge, told.turn)
    clean = Image.new("RGB", shown.size)
    clean.paste(shown)
    return clean, size


def sweep(before: datetime) -> int:
    """Deletes photos uploaded before a moment and never sent with a report, files too; returns how many."""
    left = list(Photo.objects.filter(report=None, uploaded_at__lt=before)[:500])
    for photo in left:
        # The row goes only if no report took it meanwhile; then nobody can name the files any more.
        gone, _kinds = Photo.objects.filter(pk=photo.pk, report=None).delete()
        for name in [photo.original, *(derivative_name(photo, size) for size in SIZES)] if gone else []:
            default_storage.delete(name)
    return len(left)


def _light_likeness(image: Image.Image, told: camera.Told) -> str:
    """By what a light picture is known again; empty where the worker has to find out."""
    if not decoding.is_light(image):
        return ""
    with decoding.turn_of(PATIENCE) as ours:
        return likeness(decoding.pixels(image, SIZES["large"], told.turn)) if ours else ""


def _taken(told: camera.Told) -> dict[str, Any]:
    """When it was taken. Without a zone it is the time of the photo's place, or, unknown yet, of its report's."""
    if told.taken is None or told.taken.tzinfo is not None:
        return {"taken_at": _utc(told.taken)}
    zone = places.zone_at(told.lon, told.lat)
    return {"taken_at": _utc(told.taken.replace(tzinfo=zone)), "taken_without_zone": told.lon is None}


def _utc(at: datetime | None) -> datetime | None:
    try:
        return at.astimezone(UTC) if at else None
    except OverflowError:  # a camera of the year 1
        return None
