"""What is in force now, known to every process: pages ask for it all the time, and nearly always there is little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language

from kentongan import places
from kentongan.foundation.revision import Cached
from kentongan.warnings import shapes
from kentongan.warnings.models import Right, Warning
from kentongan.warnings.states import State
from kentongan.warnings.terms import KINDS, ORDER

MOST = 500  # in force at once that pages look at, the gravest first


@dataclass(frozen=True)
class Standing:
    """A warning in force, as pages show it."""

    number: UUID
    kind: str
    severity: str
    exercise: bool
    expires: datetime
    source: dict[str, str]
    words: dict[str, dict[str, str]]
    area_words: dict[str, str]
    covers: tuple[str, ...]

    @property
    def zone(self) -> ZoneInfo:
        """By whose clock it is told until when it holds."""
        return zone_of(self.covers)

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return KINDS[self.kind].icon

    @property
    def headline(self) -> str:
        """In the reader's language."""
        return str(spoken(self.words).get("headline") or spoken(self.words).get("event", ""))

    @property
    def instruction(self) -> str:
        """What to do, in the reader's language."""
        return str(spoken(self.words).get("instruction", ""))

    @property
    def place(self) -> str:
        """Where, in the reader's language."""
        return str(spoken(self.area_words))


def spoken(words: dict[str, Any]) -> Any:
    """The reader's language of what is kept by language, else the one that there is."""
    empty: Any = {} if not words or isinstance(next(iter(words.values())), dict) else ""
    return words.get(get_language() or "id") or words.get("id") or next(iter(words.values()), empty)


def zone_of(covers: Sequence[str]) -> ZoneInfo:
    """The zone of the first of the areas that a warning covers, by their codes; WIB where none is known."""
    return places.zone_of(covers[0] if covers else "")


def stamp(at: datetime | None) -> str:
    """A time as CAP 1.2 writes it: whole seconds, the zone in numbers, never `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00") if at else ""


def all_in_force() -> list[Standing]:
    """All that is in force now, the gravest first."""
    now = timezone.now()
    return [one for one in _kept.get()[0] if one.expires > now]


def all_rights() -> list[Right]:
    """Who may publish, with their bodies: the menu of every page of staff asks."""
    return _kept.get()[1]


def at_areas(codes: Iterable[str]) -> list[Standing]:
    """What is in force for a place with these codes (province down), or an area: its own, and those of its parts."""
    found = all_in_force()
    if not found:
        return []
    nearest = max((one for one in codes if one), key=len, default="")
    return [one for one in found if nearest and shapes.touches(one.covers, nearest)]


def changed() -> None:
    """What is in force is another now, inside the transaction of the change."""
    _kept.invalidate()


def _load() -> tuple[list[Standing], list[Right]]:
    return _standing(), list(Right.objects.select_related("body").order_by("body"))


def _standing() -> list[Standing]:
    rows = Warning.objects.filter(state=State.ACTIVE, expires__gt=timezone.now()).select_related("body", "feed")
    found = [
        Standing(
            one.pk, one.kind, one.severity, one.status != "Actual", one.expires, source(one), one.words,
            one.area_words, tuple(one.covers),
        )
        # Ours first: nobody who floods a feed pushes them out.
        for one in [*rows.filter(feed=None).order_by("-sent")[:MOST], *rows.exclude(feed=None).order_by("-sent")[:MOST]]
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.exercise, ORDER.get(one.severity, 9)))[:MOST]


def source(one: Warning) -> dict[str, str]:
    """Whose warning it is, by language."""
    if one.body is not None:
        return {"id": one.body.name_id, "en": one.body.name_en}
    return {"id": one.feed.title, "en": one.feed.title} if one.feed else {"id": one.sender, "en": one.sender}


_kept: Cached[tuple[list[Standing], list[Right]]] = Cached("warnings", _load)
