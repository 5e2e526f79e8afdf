"""The filters of a list as they come in an address, checked before anything is asked of the database."""

from __future__ import annotations

import math
import re
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import BeforeValidator, Field, StringConstraints

from kentongan import bodies, catalogue, reports
from kentongan.api.shapes import When
from kentongan.foundation.problems import Problem
from kentongan.reports.states import State, Status

FARTHEST = 50_000  # metres
AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")
Word = Annotated[str, StringConstraints(max_length=200)]


def _zone_again(value: object) -> object:
    """A `+` of a zone that somebody did not escape arrives as a space."""
    return re.sub(r" (\d{2}:?\d{2})$", r"+\1", value) if isinstance(value, str) else value


AskedTime = Annotated[When, BeforeValidator(_zone_again)]


class Asked(Schema):
    """`state` takes states or public statuses, separated by commas."""

    bbox: Word = Field("", description="minlon,minlat,maxlon,maxlat in degrees")
    near: Word = Field("", description="lon,lat,metres (at most 50,000)")
    area: Word = Field("", description="Kemendagri code, such as 31.71")
    body: Word = ""
    category: Word = ""
    state: Word = ""
    since: AskedTime | None = Field(None, description="made at or after")
    until: AskedTime | None = Field(None, description="made before")
    updated_since: AskedTime | None = None
    limit: int = Field(50, ge=1, le=200)
    cursor: Word = ""

    def filters(self) -> reports.Filters:
        """As `reports.listing` takes them. Raises Problem naming the filter at fault."""
        if self.area and not AREA.fullmatch(self.area):
            raise Problem("bad_area", 422, _("An area code looks like 31, 31.71 or 31.71.01.1001."), field="area")
        return reports.Filters(
            bbox=_box(self.bbox) if self.bbox else None,
            near=_circle(self.near) if self.near else None,
            area=self.area,
            body=bodies.get(self.body).code if self.body else "",
            category=catalogue.get(self.category).code if self.category else "",
            states=_states(self.state),
            since=self.since,
            until=self.until,
            updated_since=self.updated_since,
            limit=self.limit,
            cursor=self.cursor,
        )


def _box(written: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = _numbers(written)
    except ValueError:
        west = south = east = north = math.nan
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem("bad_bbox", 422, _("Give minlon,minlat,maxlon,maxlat in degrees."), field="bbox")
    return west, south, east, north


def _circle(written: str) -> tuple[float, float, float]:
    try:
        lon, lat, metres = _numbers(written)
    except ValueError:
        lon = lat = metres = math.nan
    if not (-180 <= lon <= 180 and -90 <= lat <= 90 and 0 < metres <= FARTHEST):
        raise Problem("bad_near", 422, _("Give lon,lat,metres; at most 50000 metres."), field="near")
    return lon, lat, metres


def _numbers(written: str) -> list[float]:
    return [float(part) for part in written.split(",")]


def _states(written: str) -> tuple[str, ...]:
    words = tuple(word for word in written.split(",") if word)
    if set(words) - {*State} - {*Status}:
        known = ", ".join([*State, *(status for status in Status if status not in {*State})])
        raise Problem("bad_state", 422, _("A state is one of: %(known)s.") % {"known": known}, field="state")
    return words
