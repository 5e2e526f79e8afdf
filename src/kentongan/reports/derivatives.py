"""What people see of photos: small pictures, made by the worker, or at once where somebody asks for a light one."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404
from PIL import Image

from kentongan.foundation.problems import Problem
from kentongan.reports import camera, decoding
from kentongan.reports.evidence import BROKEN, found_out
from kentongan.reports.likeness import likeness
from kentongan.reports.models import Photo

SIZES = {"large": 1600, "thumb": 320}  # pixels of the longer side


class NotShown(OSError, Http404):
    """A photo that cannot be shown now or ever: an answer 404 to who looks at it, a lost file to who would send it."""


def make_derivatives(photo: Photo) -> None:
    """Writes the sizes that people see: upright, sRGB JPEG, no metadata. Repeating it changes nothing.

    Raises Problem `broken_photo` where the pixels cannot be unpacked; the photo then has the mark `broken`.
    """
    with default_storage.open(photo.original) as stored:
        content = stored.read()
    try:
        with decoding.turn_of(None):
            image = decoding.opened(content)
            shown = decoding.pixels(image, SIZES["large"], camera.told(image).turn)
    except Problem:
        _learn(photo, marks=sorted({*photo.marks, BROKEN}))
        raise
    for size, edge in SIZES.items():
        _store(derivative_name(photo, size), shown, edge)
    found = {} if photo.phash else known_by(likeness(shown))
    _learn(photo, ready=True, **found)


def derivative_name(photo: Photo, size: str) -> str:
    """The name in the storage of one size; KeyError for a size that is not made."""
    SIZES[size]
    return f"photos/{photo.pk}-{size}.jpg"


def photo_file(photo: Photo, size: str, *, now: bool = False) -> File[bytes]:
    """The open file (JPEG) of one size, made here where the worker has not come to it yet.

    Raises NotShown for one that is damaged or whose file is lost or empty, and for a heavy one that is not made yet,
    unless it is wanted `now`.
    """
    if BROKEN in photo.marks or not (photo.ready or photo.phash or now):
        raise NotShown(f"photo {photo.pk} cannot be shown")
    if not photo.ready:
        try:
            make_derivatives(photo)
        except (Problem, FileNotFoundError):
            raise NotShown(f"photo {photo.pk} cannot be shown") from None
    try:
        file: File[bytes] = default_storage.open(derivative_name(photo, size))
    except FileNotFoundError:
        raise NotShown(f"photo {photo.pk} has no file here any more") from None
    if not file.size:  # what a full disk leaves of it
        file.close()
        raise NotShown(f"photo {photo.pk} has an empty file here")
    return file


def known_by(phash: str) -> dict[str, str]:
    """The fields of a photo that hold its likeness: whole, and in the quarters by which it is sought."""
    return {"phash": phash, **{f"quarter_{at}": phash[at * 4 : at * 4 + 4] for at in range(4)}}


def _store(name: str, shown: Image.Image, edge: int) -> None:
    small = shown.copy()
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", small.size)
    clean.paste(small)
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=80, optimize=True, progressive=True)
    default_storage.save(name, ContentFile(out.getvalue()))


def _learn(photo: Photo, **found: Any) -> None:
    """Notes what unpacking has told. Its report, if it has one by now, tells it too."""
    for name, value in found.items():
        setattr(photo, name, value)
    with transaction.atomic():
        Photo.objects.filter(pk=photo.pk).update(**found)
        if "marks" in found or "phash" in found:
            found_out(photo)
