"""What people see of a photo: small upright pictures without metadata, made of what was sent."""

from __future__ import annotations

import io
import warnings
from typing import Any

import pillow_heif
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from kentongan.foundation.problems import Problem
from kentongan.reports.models import Photo

MOST_PIXELS = 64_000_000  # the largest phone sensors in common use; 64 MP take about 200 MB decoded
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
SIZES = {"large": 1600, "thumb": 320}  # pixels of the longer side

pillow_heif.register_heif_opener()


def make_derivatives(photo: Photo) -> None:
    """Writes the sizes that people see: upright, sRGB JPEG, no metadata. Repeating it changes nothing."""
    with default_storage.open(photo.original) as stored:
        image, _kind = decoded(stored.read())
    upright = ImageOps.exif_transpose(image).convert("RGB")
    for size, edge in SIZES.items():
        small = upright.copy()
        small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        clean = Image.new("RGB", small.size)
        clean.paste(small)
        out = io.BytesIO()
        clean.save(out, "JPEG", quality=80, optimize=True, progressive=True)
        name = derivative_name(photo, size)
        if default_storage.exists(name):
            default_storage.delete(name)
        default_storage.save(name, ContentFile(out.getvalue()))
    Photo.objects.filter(pk=photo.pk).update(ready=True)
    photo.ready = True


def derivative_name(photo: Photo, size: str) -> str:
    """The name in the storage of one size; KeyError for a size that is not made."""
    SIZES[size]
    return f"photos/{photo.pk}-{size}.jpg"


def photo_file(photo: Photo, size: str) -> Any:
    """The open file (JPEG) of one size, made now where the worker has not come to it yet."""
    if not photo.ready:
        make_derivatives(photo)
    return default_storage.open(derivative_name(photo, size))


def decoded(content: bytes) -> tuple[Image.Image, str]:
    """The decoded picture and its format. The content decides, never the name or the declared type."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=[*FORMATS])
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Problem(
            "not_a_photo", 415, _("This file is not a JPEG, PNG, WebP or HEIC photo."), field="photos"
        ) from None
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    kind = image.format or ""
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError):
        raise Problem(
            "broken_photo", 422, _("This photo is damaged. Take or choose it again."), field="photos"
        ) from None
    return image, kind


def _too_many_pixels() -> Problem:
    words = _("This photo has too many pixels. Choose a smaller one.")
    return Problem("photo_too_many_pixels", 422, words, field="photos")
