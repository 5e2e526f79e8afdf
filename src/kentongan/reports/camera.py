"""What a camera wrote into its file: which way up, when, where. It may write anything; nothing of it is needed."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
ASIDE = {5, 6, 7, 8}  # the turns that swap width and height
_TIMES = [
    (ExifTags.Base.DateTimeOriginal, ExifTags.Base.OffsetTimeOriginal),
    (ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized),
]
_MOMENT = re.compile(
    r"(\d{4})[:/.-](\d{1,2})[:/.-](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)


@dataclass(frozen=True)
class Told:
    """`turn`: the Exif orientation, 1 to 8. `taken` is naive where no zone was written; `lon`, `lat` WGS 84 degrees."""

    turn: int = 1
    taken: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def told(image: Image.Image) -> Told:
    """What the file of an opened picture says, as far as it makes sense. Never raises."""
    exif = _quietly(image.getexif, Image.Exif())
    inner = _quietly(lambda: exif.get_ifd(ExifTags.IFD.Exif), {})
    gps = _quietly(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo), {})
    taken = _quietly(lambda: _time(inner), None)
    lon, lat = _quietly(lambda: _place(gps), (None, None))
    return Told(_quietly(lambda: _turn(exif.get(ExifTags.Base.Orientation)), 1), taken, lon, lat)


def _quietly(read: Any, otherwise: Any) -> Any:
    """What `read` gives. Metadata is foreign bytes, for which Pillow's readers raise whatever comes (about ten kinds
    seen, from struct.error to KeyError), and no oddity of it may refuse a picture."""
    try:
        return read()
    except Exception:  # noqa: BLE001  see above
        return otherwise


def _turn(written: Any) -> int:
    turn = int(written) if isinstance(written, int | float | str) else 1
    return turn if turn in TURNS else 1


def _words(written: Any) -> str:
    said = written.decode("ascii", "replace") if isinstance(written, bytes) else str(written or "")
    return said.strip("\0 \t\r\n")


def _time(inner: Any) -> datetime | None:
    """When the picture was taken; when it was scanned where only that is written. Cameras and editors vary the form."""
    for tag, zone in _TIMES:
        if found := _MOMENT.fullmatch(_words(inner.get(tag))):
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
            local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
            return _zoned(local, found["zone"] or _words(inner.get(zone)))
    return None


def _zoned(local: datetime, zone: str) -> datetime:
    try:
        return datetime.fromisoformat(f"{local:%Y-%m-%dT%H:%M:%S}{zone}")
    except ValueError:
        return local  # an odd zone is none


def _place(gps: Any) -> tuple[float | None, float | None]:
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "NS", 90)
    lon = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "EW", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None
    return lon, lat


def _degrees(written: Any, side: Any, sides: str, limit: float) -> float | None:
    """None unless it is whole: without the letter of its side nobody knows on which half of the globe it lies."""
    half = _words(side)[:1].upper()
    parts = [float(part) for part in (written if isinstance(written, tuple | list) else [written])]
    # Seconds that are not known are written as 0/0; minutes with a fraction need none.
    if len(parts) == 3 and math.isnan(parts[2]) and not parts[1].is_integer():
        parts[2] = 0.0
    if not half or half not in sides or not 1 <= len(parts) <= 3:
        return None
    whole, minutes, seconds = (*parts, 0.0, 0.0)[:3]
    degrees = whole + minutes / 60 + seconds / 3600
    fine = math.isfinite(degrees) and min(parts) >= 0 and minutes <= 60 and seconds <= 60
    if not fine or degrees > limit:
        return None
    return round(-degrees if half == sides[1] else degrees, 6)
