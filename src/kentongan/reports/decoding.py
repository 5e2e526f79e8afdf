"""Pixels out of foreign files: judged by content, bounded in size, time and number, whatever their bytes say."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pillow_heif
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, ImageCms

from kentongan.foundation.problems import Problem
from kentongan.reports import camera, containers, cut_off

MOST_PIXELS = 64_000_000  # the largest phone sensors in common use
LIGHT = 16_000_000  # pixels that one processor unpacks in well under a second; the worker unpacks what is more
MOST_SCANS = 200  # of a progressive JPEG: cameras write about ten, and each passes over all of the picture
FORMATS = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic", "AVIF": "image/avif",
}  # fmt: skip
SCALED = {"JPEG"}  # whose decoder gives half, quarter or eighth of the size at a fraction of the work
SEEN = {"1": "L", "I": "L", "I;16": "L", "I;16B": "L", "I;16L": "L", "F": "L", "L": "L", "RGB": "RGB", "CMYK": "CMYK"}
STRIP = 512  # rows that are turned into colours at a time: 64 million pixels in RGBA would take 256 MB
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))

# Pixels are counted here, for every format and before anything is unpacked; Pillow's own warning adds nothing.
Image.MAX_IMAGE_PIXELS = None
pillow_heif.register_heif_opener()
_one_at_a_time = threading.BoundedSemaphore(1)


def opened(content: bytes) -> Image.Image:
    """The picture with its header read and no pixel. The content decides, never the name or the declared type.

    Raises Problem: `not_a_photo` (415), `photo_too_many_pixels` or `broken_photo` (422).
    """
    lean = containers.lean(content)
    image = (_first(lean) or _first(containers.without_exif(content))) if lean else None
    if image is None:
        words = _("This file is not a JPEG, PNG, WebP, HEIC or AVIF photo.")
        raise Problem("not_a_photo", 415, words, field="photos")
    _refuse_beyond(image, MOST_PIXELS, "photos")
    if image.format in SCALED and content.count(b"\xff\xda") > MOST_SCANS:
        raise broken()
    return image


def refuse_too_large(content: bytes, most: int, field: str) -> None:
    """Looks at the header of what is kept as it came. What cannot be read passes: no browser shows it either.

    Raises Problem `photo_too_many_pixels` (422) beyond `most` pixels.
    """
    if (image := _first(content)) is not None:
        _refuse_beyond(image, most, field)


def _refuse_beyond(image: Image.Image, most: int, field: str) -> None:
    if image.width * image.height > most:
        words = _("This photo has too many pixels. Choose a smaller one.")
        raise Problem("photo_too_many_pixels", 422, words, field=field)


def _first(content: bytes) -> Image.Image | None:
    try:
        return Image.open(io.BytesIO(content), formats=list(FORMATS))
    except Exception:  # noqa: BLE001  openers raise anything for foreign bytes: RuntimeError (HEIC), struct.error, …
        return None


def is_light(image: Image.Image) -> bool:
    """Whether unpacking it holds up a request for less than a second."""
    return image.width * image.height <= LIGHT * (4 if image.format in SCALED else 1)


@contextmanager
def turn_of(patience: float | None) -> Iterator[bool]:
    """One picture at a time in this process, so that memory has a bound and other requests a processor.

    False where it is not our turn within `patience` seconds (None: as long as it takes).
    """
    ours = _one_at_a_time.acquire(timeout=-1 if patience is None else patience)
    try:
        yield ours
    finally:
        if ours:
            _one_at_a_time.release()


def pixels(image: Image.Image, edge: int, turn: int = 1) -> Image.Image:
    """The picture as people see it: upright (`turn` is the Exif orientation), on white, sRGB, the longer side at most
    `edge` pixels. Raises Problem `broken_photo` (422) where it cannot be unpacked.
    """
    try:
        shown = _shown(image, edge)
    except Exception:  # noqa: BLE001  as in `opened`; whatever a decoder raises, the file cannot be shown
        raise broken() from None
    shown.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return shown.transpose(camera.TURNS[turn]) if turn in camera.TURNS else shown


def broken() -> Problem:
    """What is said of a file whose pixels cannot be unpacked."""
    return Problem("broken_photo", 422, _("This photo is damaged. Take or choose it again."), field="photos")


def _shown(image: Image.Image, edge: int) -> Image.Image:
    profile = image.info.get("icc_profile")
    image = _unpacked(image, edge)
    small = _smaller(image, max(1, max(image.size) // (2 * edge)))
    alpha = small.getchannel("A") if small.mode == "RGBA" else None
    grey = image.mode.startswith(("I", "L"))  # whose profile is one of grey
    colours = _srgb(small.convert("L" if grey else "RGB") if alpha else small, profile)
    if alpha is None:
        return colours
    ground = Image.new("RGB", colours.size, "white")
    ground.paste(colours, mask=alpha)
    return ground


def _unpacked(image: Image.Image, edge: int) -> Image.Image:
    """With its pixels, at least twice `edge` of them. Raises OSError and more where some lack."""
    if image.format in SCALED:
        image.draft(None, (2 * edge, 2 * edge))
    try:
        image.load()
    except OSError:
        file = getattr(image, "fp", None) if image.format in SCALED else None
        if file is None or file.seek(0) or (both := cut_off.ended(file.read())) is None:
            raise
        whole, other = (Image.open(io.BytesIO(one)) for one in both)
        for one in (whole, other):
            one.draft(None, (2 * edge, 2 * edge))
        if ImageChops.difference(whole, other).getbbox():
            raise
        return whole
    return image


def _smaller(image: Image.Image, factor: int) -> Image.Image:
    """Its colours (L, RGB, RGBA or CMYK) at one `factor`-th of the size, strip by strip."""
    if factor == 1:
        return _colours(image)
    rows, wide = STRIP * factor, -(-image.width // factor)
    whole: Image.Image | None = None
    for top in range(0, image.height, rows):
        below = min(top + rows, image.height)
        part = _colours(image.crop((0, top, image.width, below))).reduce(factor)
        whole = whole or Image.new(part.mode, (wide, -(-image.height // factor)))
        whole.paste(part, (0, top // factor))
    assert whole is not None  # noqa: S101  a picture has a row
    return whole


def _colours(part: Image.Image) -> Image.Image:
    if part.mode.startswith("I") or part.mode == "F":
        return _eight_bits(part)
    if "transparency" in part.info or part.mode in {"LA", "PA", "RGBA", "La", "RGBa"}:
        return part.convert("RGBA")
    return part.convert(SEEN.get(part.mode, "RGB"))


def _eight_bits(part: Image.Image) -> Image.Image:
    """Grey of 16 bits, in the 8 that are shown: cutting off would make nearly all of it white. One grey may be clear,
    which a conversion would not know any more.
    """
    deep = part.convert("I")
    grey, clear = deep.point(lambda value: value * (1 / 256)).convert("L"), part.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    seen = Image.fromarray(np.where(np.asarray(deep) == clear, 0, 255).astype(np.uint8))
    return Image.merge("RGBA", (grey, grey, grey, seen))


def _srgb(colours: Image.Image, profile: object) -> Image.Image:
    """In sRGB, from the profile of the file where it has one that fits; the colours as they are otherwise."""
    if isinstance(profile, bytes) and profile:
        # Profiles are foreign bytes too: one that cannot be read, or is for other colours, is as good as none.
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            fitted = ImageCms.profileToProfile(colours, source, SRGB, outputMode="RGB")
            if fitted is not None:
                return fitted
    return colours.convert("RGB")
