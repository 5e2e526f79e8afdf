"""What people put right: anybody with an account proposes, those who answer for the number decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, places
from kentongan.casework import Role
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.foundation.sweeping import sweep
from kentongan.numbers import known
from kentongan.numbers.dialling import dialled
from kentongan.numbers.hours import week
from kentongan.numbers.known import KINDS, Number
from kentongan.numbers.models import Local, Proposal
from kentongan.people.models import Person

PER_DAY, DAY = 20, 86_400  # proposals of one person, seconds
LISTED = 200
DECIDED, UNDECIDED = timedelta(days=90), timedelta(days=365)  # how long proposals are kept with who made them
LETTERS = {"number": 40, "name": 120, "hours": 200, "note": 500}


def propose(person: Person, about: Number | None, said: Mapping[str, str]) -> Proposal:
    """Keeps what somebody says about a number, or about one that is missing (`about` None: `kind`, `lon`, `lat`).

    `said`: `number`, `name`, `hours`, `gone`, `note`. Raises Problem with the `field` at fault (422), `too_many` (429).
    """
    made = _about(about, said)
    made.person, made.gone = person, bool(said.get("gone"))
    for field, most in LETTERS.items():
        value = " ".join(said.get(field, "").replace("\0", "").split())
        if len(value) > most:
            raise Problem("too_long", 422, _("At most %(most)d letters.") % {"most": most}, field=field)
        setattr(made, field, value)
    _check(made, about)
    rates.spend(f"numbers/person/{person.pk}", PER_DAY, DAY)
    made.save()
    return made


def proposals(person: Person) -> list[Proposal]:
    """What waits for a decision that the person may make, the oldest first."""

    @remembered(maxsize=None)
    def is_asked(area: str, body: str) -> bool:
        return _decides(person, area, body)

    waiting = Proposal.objects.filter(accepted=None).order_by("created_at", "id")
    # Of all that wait, not of the first: those of other regions may be many.
    mine = (pk for pk, area, body in waiting.values_list("pk", "area", "body") if is_asked(area, body))
    return list(waiting.filter(pk__in=[*islice(mine, LISTED)]))


def may_decide(person: Person, about: Proposal) -> bool:
    """An officer of the body whose number it is or of a government of its area; of all the platform's administrator."""
    return _decides(person, about.area, about.body)


def _decides(person: Person, area: str, body: str) -> bool:
    if person.administers:
        return True
    chain = places.known_chain(area) if area else ()
    answering = [body, *bodies.snapshot().governments(tuple(chain))]
    return any((casework.role_for(person, code) or 0) >= Role.OFFICER for code in answering if code)


def accept(person: Person, pk: int) -> Proposal:
    """It holds from now on, everywhere. Raises Problem `not_found` (404), `forbidden` (403), `decided` (409)."""
    with transaction.atomic():
        found = _decide(person, pk, accepted=True)
        if not found.key:
            Local.objects.create(
                kind=found.kind, number=found.number, name_id=found.name, area=found.area, lon=found.lon,
                lat=found.lat, hours=found.hours, body=found.body, checked=timezone.localdate(),
            )  # fmt: skip
        known.changed()
    return found


def refuse(person: Person, pk: int) -> Proposal:
    """Nothing changes. Raises Problem as `accept`."""
    with transaction.atomic():
        return _decide(person, pk, accepted=False)


def sweep_proposals() -> int:
    """Deletes proposals that nobody decided on in a year, and a quarter after their decision those that were refused
    or whose number stands by itself; returns how many. What was put right of a number holds on, with nobody's name."""
    now = timezone.now()
    decided = Proposal.objects.filter(decided_at__lt=now - DECIDED)
    decided.filter(accepted=True).exclude(key="").exclude(person=None, note="").update(person=None, note="")
    gone = sweep(Proposal.objects.filter(accepted=None, created_at__lt=now - UNDECIDED))
    return gone + sweep(decided.exclude(accepted=True, key__gt=""))


def _decide(person: Person, pk: int, *, accepted: bool) -> Proposal:
    found = Proposal.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise Problem("not_found", 404, _("There is no such proposal."))
    if not may_decide(person, found):
        raise Problem("forbidden", 403, _("Only the staff of the body that answers for this number decide."))
    if found.accepted is not None:
        raise Problem("decided", 409, _("Somebody has decided this already."))
    found.accepted, found.decided_by, found.decided_at = accepted, person, timezone.now()
    found.save()
    return found


def _about(about: Number | None, said: Mapping[str, str]) -> Proposal:
    if about is not None:
        area = about.area
        if not area and about.lon is not None and about.lat is not None:
            area = _area(about.lon, about.lat)
        was = f"{about.name_id} · {about.number}"[:200]
        return Proposal(
            key=about.key, kind=about.kind, was=was, area=area, body=about.body, lon=about.lon, lat=about.lat
        )
    kind = said.get("kind", "")
    if kind not in KINDS:
        raise Problem("bad_kind", 422, _("Choose what kind of number it is."), field="kind")
    try:
        lon, lat = float(said.get("lon", "")), float(said.get("lat", ""))
    except ValueError:
        raise Problem("no_place", 422, _("Say for which place it is: search for it first."), field="kind") from None
    places.check_point(lon, lat)
    return Proposal(kind=kind, lon=lon, lat=lat, area=_area(lon, lat))


def _area(lon: float, lat: float) -> str:
    found = places.locate(lon, lat).areas
    if not found:
        raise Problem("outside", 422, _("This place lies outside Indonesia."), field="kind")
    return found[-1].code


def _check(made: Proposal, about: Number | None) -> None:
    if made.number and not dialled(made.number):
        raise Problem("bad_number", 422, _("This number cannot be dialled."), field="number")
    if made.hours and week(made.hours) is None:
        raise Problem("bad_hours", 422, _("Write hours as Mo-Fr 08:00-16:00, or 24/7."), field="hours")
    if about is None:
        if not made.name:
            raise Problem("no_name", 422, _("Say whose number it is."), field="name")
        if not made.number and made.kind != "evacuation":
            raise Problem("bad_number", 422, _("This number cannot be dialled."), field="number")
    elif not (made.gone or made.number or made.name or made.hours):
        raise Problem("nothing_said", 422, _("Say what is wrong: another number, name or hours, or that it is gone."),
                      field="number")  # fmt: skip
