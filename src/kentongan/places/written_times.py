"""Times as tables and people write them, where no format is named: ISO 8601, day before month, Excel's own numbers.

Day before month is how Indonesia writes; a file from where the month comes first has days that are no month, and these
rows are told. Years of two digits are not guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from kentongan.places.zones import WIB, WIT, WITA

_ZONES: dict[str, tzinfo] = {"wib": WIB, "wita": WITA, "wit": WIT, "utc": UTC, "gmt": UTC, "z": UTC}
_ZONE = re.compile(r"\s*\b(wib|wita|wit|utc|gmt|z)\.?$", re.IGNORECASE)
# "GMT+7", "UTC+07:00", "+0700" behind the hour, and what browsers say of it in brackets.
_AWAY = re.compile(
    r"(?:\s*\b(?:gmt|utc)\s?|(?<=[:.]\d\d)\s?)(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?:\s*\([^()]*\))?$",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"^(?:senin|selasa|rabu|kamis|jum['’]?at|sabtu|minggu|ahad|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:sen|sel|rab|kam|jum|sab|min|mon|tue|wed|thu|fri|sat|sun)\.?)\s*,?\s+",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:(?P<day>\d{1,2})(?P<between>[/. -])\s?(?P<month>\d{1,2}|[a-z]{3,9})(?P=between)\s?(?P<year>\d{4})"
    r"|(?P<year_first>\d{4})(?P<there>[/.-])(?P<month_then>\d{1,2})(?P=there)(?P<day_last>\d{1,2})"
    r"|(?P<month_first>[a-z]{3,9})\.?\s(?P<day_then>\d{1,2}),?\s(?P<year_last>\d{4}))"
    r"(?:\s*[T,]?\s*(?:(?:pukul|pkl\.?|jam|at)\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?)?",
    re.IGNORECASE,
)
# By their first three letters, in both languages.
_MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7, "agu": 8, "ags": 8,
    "agt": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12,
}  # fmt: skip
_FARTHEST = timedelta(hours=14)  # from Greenwich, east or west
_SERIAL = re.compile(r"\d{5}(?:[.,]\d{1,15})?")
_SERIALS_BEGIN = datetime(1899, 12, 30)  # noqa: DTZ001  day 0 of a spreadsheet, in whatever zone its writer lived
_SERIALS = (20_000, 60_000)  # 1954 to 2064: other numbers are none of a spreadsheet's


def moment(written: str) -> datetime | None:
    """The time, naive where no zone stands there; None where it is none, or may be read in two ways."""
    text = " ".join(written.split())
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    zone: tzinfo | None = None
    if named := _ZONE.search(text):
        zone, text = _ZONES[named[1].lower()], text[: named.start()]
    elif away := _AWAY.search(text):
        ahead = timedelta(hours=int(away["hours"]), minutes=int(away["minutes"] or 0))
        if ahead > _FARTHEST:
            return None
        zone, text = timezone(-ahead if away["sign"] == "-" else ahead), text[: away.start()]
    found = _DATE.fullmatch(_DAY.sub("", text))
    at = _dated(found) if found else _counted(text)
    return at.replace(tzinfo=zone) if at and zone else at


def _dated(found: re.Match[str]) -> datetime | None:
    month = found["month"] or found["month_then"] or found["month_first"]
    number = int(month) if month.isdigit() else _MONTHS.get(month[:3].lower(), 0)
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    year = int(found["year"] or found["year_first"] or found["year_last"])
    day = int(found["day"] or found["day_last"] or found["day_then"])
    try:
        return datetime(year, number, day, hour, int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001
    except ValueError:
        return None


def _counted(text: str) -> datetime | None:
    """A spreadsheet's number of days, which it writes where a cell of a time has lost its format."""
    if not _SERIAL.fullmatch(text):
        return None
    days = float(text.replace(",", "."))
    if not _SERIALS[0] <= days < _SERIALS[1]:
        return None
    return _SERIALS_BEGIN + timedelta(seconds=round(days * 86_400))
