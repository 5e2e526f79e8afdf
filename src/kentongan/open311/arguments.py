"""The arguments of a call, read with care: a wrong one is named."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from kentongan.foundation.problems import Problem

WINDOW = timedelta(days=90)  # GeoReport v2: the default, and the most that one call may ask for
MOST = 1000
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of any time in an argument


def moment(given: QueryDict, name: str) -> datetime | None:
    """A W3C time of an argument; a date alone is its first moment in UTC. Raises Problem `bad_time`."""
    written = given.get(name, "").strip()
    if not written:
        return None
    # A `+` of a zone that somebody did not escape arrives as a space.
    written = re.sub(r" (\d{2}:?\d{2})$", r"+\1", written)
    try:
        day = parse_date(written) if len(written) == 10 else None
        at = datetime.fromisoformat(f"{day}T00:00:00+00:00" if day else written)
        if at.tzinfo is None or not FIRST_YEAR <= at.astimezone(UTC).year <= LAST_YEAR:
            raise ValueError
        return at.astimezone(timezone.get_current_timezone())
    except (ValueError, OverflowError):
        raise Problem(
            "bad_time", 400, _("Give a time with its zone, such as 2026-11-24T08:30:00+07:00."), field=name
        ) from None


def window(given: QueryDict, *, always: bool = True) -> tuple[datetime | None, datetime | None]:
    """`start_date` and `end_date`, at most 90 days apart; without them the last 90 days, or nothing if not `always`.

    Raises Problem `bad_window` where they are further apart or the wrong way round.
    """
    start, end = moment(given, "start_date"), moment(given, "end_date")
    if start is None and end is None and not always:
        return None, None
    end = end or (min(start + WINDOW, timezone.now()) if start else None)
    start = start or (end or timezone.now()) - WINDOW
    if end is not None and start > end:
        raise Problem("bad_window", 400, _("The start lies after the end."), field="start_date")
    if end is not None and end - start > WINDOW:
        raise Problem("bad_window", 400, _("One call may ask for at most 90 days."), field="start_date")
    return start, end


def words(given: QueryDict, name: str, most: int = 100) -> list[str]:
    """A list separated by commas, or given several times. Raises Problem `too_many_values`."""
    found = [part.strip() for one in given.getlist(name) for part in one.split(",") if part.strip()]
    if len(found) > most:
        raise Problem("too_many_values", 400, _("At most %(most)d values fit.") % {"most": most}, field=name)
    return list(dict.fromkeys(found))


def whole(given: QueryDict, names: tuple[str, ...], default: int, most: int) -> int:
    """A whole number from 1 to `most` under one of several names. Raises Problem `bad_number`."""
    for name in names:
        if written := given.get(name, "").strip():
            if not (written.isascii() and written.isdigit() and 0 < len(written) < 9 and int(written) >= 1):
                raise Problem("bad_number", 400, _("This must be a whole number of at least 1."), field=name)
            return min(int(written), most)
    return default


def number(given: QueryDict, name: str, least: float, most: float) -> float | None:
    """A number within limits; None where it is not given. Raises Problem `bad_number`."""
    written = given.get(name, "").strip()
    if not written:
        return None
    # Phones write numbers as their language has them.
    plain = written.replace("−", "-")
    try:
        value = float(plain if "." in plain else plain.replace(",", "."))
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise Problem(
            "bad_number", 400,
            _("This must be a number from %(least)g to %(most)g.") % {"least": least, "most": most}, field=name,
        )  # fmt: skip
    return value


def place(given: QueryDict) -> tuple[float, float] | None:
    """`lat` and `long` (also `lon`, `lng`) as lon, lat. Raises Problem where only one is given."""
    lat = number(given, "lat", -90, 90)
    names = [name for name in ("long", "lon", "lng") if given.get(name, "").strip()]
    lon = number(given, names[0], -180, 180) if names else None
    if (lat is None) != (lon is None):
        raise Problem("half_a_place", 400, _("Give lat and long together."), field="long" if lon is None else "lat")
    return (lon, lat) if lon is not None and lat is not None else None


def box(given: QueryDict) -> tuple[float, float, float, float] | None:
    """`bbox` as min lon, min lat, max lon, max lat. Raises Problem `bad_bbox`."""
    written = given.get("bbox", "").strip()
    if not written:
        return None
    try:
        west, south, east, north = (float(part) for part in written.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem("bad_bbox", 400, _("Give minlong,minlat,maxlong,maxlat in degrees."), field="bbox")
    return west, south, east, north


def media(given: QueryDict) -> tuple[str, ...]:
    """The addresses of photos in `media_url`: repeated, or in one text with commas or spaces between."""
    written = [
        part.strip(", ") for one in given.getlist("media_url") for part in re.split(r"[,\s]+(?=https?:|data:)", one)
    ]
    return tuple(dict.fromkeys(part for part in written if part))


def truth(given: QueryDict, name: str) -> bool:
    """Whether an argument says yes."""
    return given.get(name, "").strip().lower() in {"true", "1", "yes"}
