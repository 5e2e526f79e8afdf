"""Which of the numbers are open at a moment, and which is the next one that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kentongan.numbers.hours import DAY, Week, is_open, week
from kentongan.numbers.known import KINDS, Number


def minute_of_week(at: datetime, zone: tzinfo) -> int:
    """The minute since Monday 00:00 in a zone."""
    local = at.astimezone(zone)
    return local.weekday() * DAY + local.hour * 60 + local.minute


def open_now(one: Number, minute: int) -> bool | None:
    """Whether it is open in a minute of the week; None where its hours are not known."""
    found = week(one.hours) if one.hours else None
    return None if found is None else is_open(found, minute)


@dataclass(frozen=True)
class Shown:
    """A number with whether it is open, and whether it is the next that is: what is nearer is closed."""

    number: Number
    open: bool | None
    is_next: bool
    week: Week | None

    @property
    def spans(self) -> str:
        """The minutes of the week for the page's script: `0-720,1440-2160`; empty where they are not known."""
        return ",".join(f"{start}-{end}" for start, end in self.week or ())


@dataclass(frozen=True)
class Group:
    """The numbers of a kind."""

    kind: str
    word: str
    shown: tuple[Shown, ...]


def groups(found: Iterable[Number], minute: int) -> list[Group]:
    """The numbers by kind, as they come."""
    some: dict[str, list[Number]] = {}
    for one in found:
        some.setdefault(one.kind, []).append(one)
    return [Group(kind, str(KINDS[kind]), tuple(_shown(of_kind, minute))) for kind, of_kind in some.items()]


def _shown(found: list[Number], minute: int) -> list[Shown]:
    states = [open_now(one, minute) for one in found]
    # Only where all that is nearer is closed is there a next one: what may be open is called first.
    first = next((at for at, state in enumerate(states) if state is not False), 0)
    following = first if first and states[first] else 0
    return [
        Shown(one, states[at], bool(following) and at == following, week(one.hours) if one.hours else None)
        for at, one in enumerate(found)
    ]
