"""The numbers that every process knows: of the country, of files, and what people have put right of any."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.remembering import remembered
from kentongan.foundation.revision import Cached
from kentongan.foundation.yaml_files import read_yaml
from kentongan.numbers.dialling import dialled
from kentongan.numbers.models import Local, Proposal

FILE = Path(__file__).with_name("national.yaml")
KINDS = {
    "emergency": _("Emergency"), "police": _("Police"), "fire": _("Fire brigade"), "ambulance": _("Ambulance"),
    "hospital": _("Hospital"), "clinic": _("Clinic"), "rescue": _("Search and rescue"),
    "disaster": _("Disaster agency"), "protection": _("Protection"), "power": _("Power"), "water": _("Water"),
    "evacuation": _("Evacuation points"),
}  # fmt: skip
UNVERIFIED = "widely published, unverified"  # the source of a number that nobody has looked up
CALLED = 16  # of an alert's screen


@dataclass(frozen=True)
class Number:
    """A number to call: its kind (one of `KINDS`), its name in both languages, source and ISO date of the last look.

    `area` is a Kemendagri code, empty for the whole country; lon and lat in degrees where it is of one place, `hours`
    as in OpenStreetMap, `distance` in metres from where somebody asked. `key` names it when it is put right.
    """

    kind: str
    number: str
    name_id: str
    name_en: str
    source: str
    checked: str
    area: str = ""
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    hours: str = ""
    body: str = ""
    is_demo: bool = False
    distance: float | None = None
    key: str = ""

    @property
    def name(self) -> str:
        """In the reader's language."""
        return (self.name_en or self.name_id) if get_language() == "en" else self.name_id

    @property
    def dialled(self) -> str:
        """What a phone dials: digits, maybe a plus before them; empty where there is nothing to dial."""
        return dialled(self.number)


def key_of(kind: str, number: str, name: str, area: str) -> str:
    """By which a number is named, the same in every process for as long as it is the same."""
    said = "\n".join((kind, dialled(number), name, area))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class _Known:
    local: dict[str, tuple[Number, ...]]  # by area
    placed: tuple[Number, ...]
    right: dict[str, Proposal]  # the accepted ones by key


def corrected(found: Iterable[Number]) -> list[Number]:
    """The numbers as people have put them right, those that are gone left out."""
    right = _kept.get().right
    told = []
    for one in found:
        said, source = right.get(one.key), one.source or str(_("told by people"))
        if said is None:
            told.append(one if one.source else replace(one, source=source))
        elif not said.gone:
            at = timezone.localdate(said.decided_at) if said.decided_at else timezone.localdate()
            told.append(replace(
                one, number=said.number or one.number, name_id=said.name or one.name_id,
                name_en=said.name or one.name_en, hours=said.hours or one.hours,
                source=f"{source}; {_('put right by people')}", checked=at.isoformat(),
            ))  # fmt: skip
    return told


def national() -> list[Number]:
    """The numbers of the whole country, 112 first."""
    return corrected(_national())


def of_areas(codes: Iterable[str]) -> list[Number]:
    """The numbers of files and people for exactly these areas."""
    local = _kept.get().local
    return [one for code in codes for one in local.get(code, ())]


def within(code: str) -> list[Number]:
    """The numbers of files and people for an area (code) and what lies in it."""
    local = _kept.get().local
    return [one for area in sorted(local) if area == code or area.startswith(f"{code}.") for one in local[area]]


def placed() -> tuple[Number, ...]:
    """Every number of a file or of people that has a place."""
    return _kept.get().placed


def whom_to_call(area: str = "") -> list[Number]:
    """For the screen of an alert: the country's numbers, then those for an area (code) as a whole, nearest first."""
    parts = area.split(".") if area else []
    codes = [".".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
    local = [one for one in of_areas(codes) if one.lon is None and one.dialled]
    return [*national(), *corrected(local)][:CALLED]


def find(key: str) -> Number | None:
    """A number of the country, of a file or of people by its key, as it was put right; None for one that is gone."""
    every = (*_national(), *(one for some in _kept.get().local.values() for one in some))
    return next(iter(corrected(one for one in every if one.key == key)), None)


def changed() -> None:
    """Says that the tables have changed."""
    _kept.invalidate()


def forget() -> None:
    """Drops what this process knows (tests)."""
    _kept.forget()


def _load() -> _Known:
    local: dict[str, list[Number]] = {}
    for row in Local.objects.order_by("id"):
        local.setdefault(row.area, []).append(Number(
            row.kind, row.number, row.name_id, row.name_en, row.source, row.checked.isoformat(), row.area, row.lon,
            row.lat, row.address, row.hours, row.body, row.is_demo,
            key=key_of(row.kind, row.number, row.name_id, _where(row)),
        ))  # fmt: skip
    every = {code: tuple(some) for code, some in local.items()}
    return _Known(every, tuple(one for some in every.values() for one in some if one.lon is not None), _right())


def _where(row: Local) -> str:
    """The area, and the place where it has one: there are many points to go to of one name in one area."""
    return row.area if row.lon is None else f"{row.area} {row.lon:.3f},{row.lat:.3f}"


def _right() -> dict[str, Proposal]:
    """All that was put right of each number: what a later proposal says nothing of stays as an earlier one has it."""
    right: dict[str, Proposal] = {}
    for one in Proposal.objects.filter(accepted=True).exclude(key="").order_by("decided_at", "id"):
        if (before := right.get(one.key)) is not None:
            one.number, one.name = one.number or before.number, one.name or before.name
            one.hours = one.hours or before.hours
        right[one.key] = one
    return right


_kept = Cached("numbers", _load)


@remembered(maxsize=1)
def _national() -> tuple[Number, ...]:
    read = read_yaml(FILE.read_text(encoding="utf-8"))["numbers"]
    return tuple(
        Number(
            one["kind"],
            one["number"],
            one["id"],
            one["en"],
            one["source"],
            str(one["checked"]),
            key=key_of(one["kind"], one["number"], one["id"], ""),
        )
        for one in read
    )
