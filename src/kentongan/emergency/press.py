"""What a phone sent, read so that nothing of it can lose the alert: what cannot be used is left out and remarked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.utils.translation import gettext_lazy as _

from kentongan import places
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import Spot, read_age, read_spot

KINDS = ("fire", "medical", "crime", "flood", "other")

_log = structlog.get_logger(__name__)


@dataclass
class Press:
    """A first message. `remarks` are codes of what was odd about it; `area` is the village, empty where unknown."""

    alert_id: UUID
    spot: Spot = field(default_factory=Spot)
    kind: str = ""
    silent: bool = False
    remarks: list[str] = field(default_factory=list)
    area: str = ""


def read_press(sent: Any, person: Person | None = None) -> Press:
    """Reads a first message. Raises Problem `bad_alert` (422) only where there is no id to know it by."""
    given = sent if isinstance(sent, Mapping) else {}
    press = Press(read_id(given.get("alert_id"), "alert_id"))
    press.spot = read_spot(given, press.remarks)
    read_age(given.get("since"), press.remarks, "press")
    kind = given.get("kind") or ""
    press.kind = kind if kind in KINDS else ""
    if kind and not press.kind:
        press.remarks.append("bad_kind")
    press.silent = given.get("silent") in (True, 1, "1", "true", "on")
    press.area = find_area(press.spot, press.remarks, person)
    return press


def read_id(value: Any, name: str) -> UUID:
    """An id made by a phone. Raises Problem `bad_alert` (422)."""
    try:
        return UUID(str(value))
    except ValueError:
        raise Problem(
            "bad_alert", 422, _("An alert needs an id made by the phone: a UUID such as %(example)s.")
            % {"example": "0b3fb1a2-94b1-4d7e-8f62-6a4a7a6a2f10"}, field=name,
        ) from None  # fmt: skip


def find_area(spot: Spot, remarks: list[str], person: Person | None = None) -> str:
    """The village at a place; without one the home area of the account, with a remark; empty where nothing is known."""
    found: tuple[Any, ...] = ()
    if spot.is_known:
        try:
            located = places.locate(spot.lon or 0.0, spot.lat or 0.0)
        except Exception as fault:  # noqa: BLE001  whatever is wrong with the map, the alert is taken
            _log.error("alert.no_map", error=type(fault).__name__)
            remarks.append("no_map")
            return ""
        found = located.areas
        if not found:
            remarks.append("outside")
    if found:
        return str(found[-1].code)
    if person is not None and person.home_area_code and not spot.is_known:
        remarks.append("home_area")
        return person.home_area_code
    return ""
