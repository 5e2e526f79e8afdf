"""The slit drum's signals, as most villages of Java teach them. They differ by village: a group says what its own mean.

`beats`: strokes of a group, groups parted by blanks; `~` is the fast unbroken roll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Signal:
    """One signal: its name as people call it, how it is struck, what it means."""

    code: str
    name: str
    beats: str
    meaning: Promise | str


SIGNALS = (
    Signal("titir", "Titir", "~", _("Danger: wake up and come. In some villages: murder")),
    Signal("rajapati", "Rajapati", "1 1 1 1 1", _("Somebody has died, or was killed")),
    Signal("maling", "Maling", "2 2 2 2", _("A thief")),
    Signal("kebakaran", "Kebakaran", "3 3 3 3", _("Fire")),
    Signal("bencana", "Bencana", "4 4 4", _("Flood, earthquake, disaster")),
    Signal("ternak", "Raja kaya", "5 5 5", _("Cattle were stolen")),
    Signal("muluk", "Dara muluk", "1 7 1", _("All is well; also every hour at night")),
)


def signals(own: Mapping[str, str] | None = None) -> list[Signal]:
    """All of them, with a group's own meanings where it has some."""
    kept = own or {}
    return [Signal(one.code, one.name, one.beats, kept.get(one.code) or one.meaning) for one in SIGNALS]
