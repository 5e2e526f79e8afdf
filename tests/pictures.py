"""Photos for tests: drawn, each number another picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import ExifTags, Image


def picture(number: int = 0, kind: str = "JPEG", size: tuple[int, int] = (320, 240), **saved) -> io.BytesIO:
    """A file of one picture; the same number gives the same picture."""
    coarse = np.random.default_rng(number).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(out, kind, **saved)
    out.seek(0)
    return out


def taken_at_a_place(size: tuple[int, int] = (640, 480), quality: int = 80) -> io.BytesIO:
    """A photo as a phone takes it in Gambir: full of detail, on its side, with place and time."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Contoh"
    inner = {ExifTags.Base.DateTimeOriginal: "2026:11:20 08:30:00", ExifTags.Base.OffsetTimeOriginal: "+07:00"}
    exif.get_ifd(ExifTags.IFD.Exif).update(inner)
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "S", 2: (6.0, 10.0, 12.0), 3: "E", 4: (106.0, 49.0, 12.0)})
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, "JPEG", quality=quality, exif=exif)
    out.seek(0)
    return out
