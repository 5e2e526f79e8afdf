"""Photos as given: judged by content, kept private as they came, shown only as derivatives without metadata."""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any, Protocol

import imagehash
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageOps

from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.derivatives import FORMATS, SIZES, decoded, derivative_name
from kentongan.reports.models import Photo
from kentongan.reports.tasks import derive

MOST_BYTES = 20 * 1024 * 1024
LOCAL = timezone(timedelta(hours=7))  # a camera without a zone is taken to show western Indonesian time


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
    image, kind = decoded(content)
    taken_at, lon, lat = _told(image)
    upright = ImageOps.exif_transpose(image)
    phash = str(imagehash.phash(upright.convert("RGB")))
    photo = Photo(
        content_type=FORMATS[kind], size=len(content), width=upright.width, height=upright.height,
        sha256=hashlib.sha256(content).hexdigest(), phash=phash, taken_at=taken_at, lon=lon, lat=lat,
        uploaded_by=person, is_demo=bool(person and person.is_demo),
        **{f"quarter_{at}": phash[at * 4 : at * 4 + 4] for at in range(4)},
    )  # fmt: skip
    photo.original = default_storage.save(f"originals/{photo.pk}", ContentFile(content))
    with transaction.atomic():
        photo.save()
        derive.enqueue(str(photo.pk))
    return photo


def sweep(before: datetime) -> int:
    """Deletes photos uploaded before a moment and never sent with a report, files too; returns how many."""
    left = list(Photo.objects.filter(report=None, uploaded_at__lt=before)[:500])
    for photo in left:
        # The row goes only if no report took it meanwhile; then nobody can name the files any more.
        gone, _kinds = Photo.objects.filter(pk=photo.pk, report=None).delete()
        for name in [photo.original, *(derivative_name(photo, size) for size in SIZES)] if gone else []:
            default_storage.delete(name)
    return len(left)


def _told(image: Image.Image) -> tuple[datetime | None, float | None, float | None]:
    """Time and place (lon, lat) that the camera wrote, as far as they make sense."""
    try:
        exif = image.getexif()
        inner, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError):
        return None, None, None
    return _time(inner), *_place(gps)


def _time(inner: dict[int, Any]) -> datetime | None:
    written = str(inner.get(ExifTags.Base.DateTimeOriginal, ""))
    zone = str(inner.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ")
    try:
        local = datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=LOCAL)
        if zone:
            local = datetime.fromisoformat(f"{local:%Y-%m-%dT%H:%M:%S}{zone}")
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _place(gps: dict[int, Any]) -> tuple[float | None, float | None]:
    degrees = partial(_degrees, gps)
    lat = degrees(ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    lon = degrees(ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None
    return lon, lat


def _degrees(gps: dict[int, Any], value: int, side: int, negative: str, limit: float) -> float | None:
    try:
        whole, minutes, seconds = (float(part) for part in gps[value])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    degrees = whole + minutes / 60 + seconds / 3600
    if not math.isfinite(degrees) or degrees > limit:
        return None
    return round(-degrees if str(gps.get(side, "")).startswith(negative) else degrees, 6)
