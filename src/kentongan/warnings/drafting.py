"""A warning before it is published: checked as it is written, so that what is confirmed is in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people.models import Person
from kentongan.warnings import rights, shapes
from kentongan.warnings.models import Right, Warning
from kentongan.warnings.states import State
from kentongan.warnings.terms import CERTAINTY, KINDS, SEVERITY, URGENCY

LIMITS = {"headline": 160, "description": 3000, "instruction": 2000}  # characters
LANGUAGES = ("id", "en")
LONGEST = timedelta(days=14)
SCALES = {"urgency": URGENCY, "severity": SEVERITY, "certainty": CERTAINTY}


def draft(
    person: Person, body: str, said: Mapping[str, Any], number: UUID | None = None, replaces: Warning | None = None
) -> Warning:
    """Keeps a draft of a body's, a new one or that with the key `number`.

    `said`: `kind`, `urgency`, `severity`, `certainty`; `headline_id`, `headline_en` and so for `description` (both
    languages) and `instruction` (may be empty); `hours` of validity; `codes` (official areas as typed) and `polygon` (a
    line of `lat,lon` pairs each); `exercise`. Raises Problem with the field at fault, `not_a_publisher`, `no_draft`.
    """
    right = rights.right_for(person, body)
    checked = _checked(right, said)
    with transaction.atomic():
        if number is None:
            made = Warning(pk=uuid4(), body=right.body, drafted_by=person, is_demo=person.is_demo)
            made.identifier = f"urn:uuid:{made.pk}"
            if replaces is not None:
                made.replaces, made.msg_type = replaces, "Update"
        else:
            made = find_draft(person, number, lock=True)
            made.version, made.drafted_by = made.version + 1, person
        for name, value in checked.items():
            setattr(made, name, value)
        if made.replaces is not None:
            made.status = made.replaces.status  # a drill stays a drill, and what is real stays real
        made.save()
    return made


def find_draft(person: Person, number: UUID, lock: bool = False) -> Warning:
    """A draft of the person's body. Raises Problem `no_draft` (404)."""
    rows = Warning.objects.filter(pk=number, state=State.DRAFT, feed=None)
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.select_related("body", "replaces").first()
    if found is None or found.body_id is None:
        raise Problem("no_draft", 404, _("This draft is gone: it was published or thrown away."))
    rights.right_for(person, found.body_id)
    return found


def discard(person: Person, number: UUID) -> None:
    """Throws a draft away. Raises Problem `no_draft`, `not_a_publisher`."""
    with transaction.atomic():
        find_draft(person, number, lock=True).delete()


def check_inside(right: Right, covered: list[str], field: str) -> None:
    """Raises Problem `outside` (422) where the body may not warn in all that is covered."""
    if not shapes.inside(covered, right.area_code):
        text = _("This reaches beyond the area for which %(body)s may warn: %(area)s.")
        beyond = [one for one in covered if not shapes.inside([one], right.area_code)]
        named = {"body": right.body.name, "area": shapes.named(beyond)}
        raise Problem("outside", 422, text % named, field=field)


def _checked(right: Right, said: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(said.get("kind", ""))
    if kind not in KINDS:
        raise Problem("bad_kind", 422, _("Choose what the danger is."), field="kind")
    scales = {name: _chosen(name, said) for name in SCALES}
    area = _area(right, said)
    covered = shapes.covers(area)
    if not covered:
        raise Problem("no_area", 422, _("Choose an official area, or draw one on the map."), field="codes")
    check_inside(right, covered, "polygon" if area["polygons"] else "codes")
    return {
        "kind": kind, "category": KINDS[kind].category, **scales, "area": area, "covers": covered,
        "area_words": dict.fromkeys(LANGUAGES, shapes.named(covered, 12)[:400]), "words": _words(kind, said),
        "onset": None, "expires": _until(said), "status": "Exercise" if said.get("exercise") else "Actual",
    }  # fmt: skip


def _chosen(name: str, said: Mapping[str, Any]) -> str:
    found = str(said.get(name, ""))
    if found not in SCALES[name]:
        raise Problem(f"bad_{name}", 422, _("Choose one of the answers."), field=name)
    return found


def _until(said: Mapping[str, Any]) -> datetime:
    written = str(said.get("hours", "")).strip()
    hours = int(written) if written.isascii() and written.isdigit() and len(written) < 5 else 0
    if not 1 <= hours <= LONGEST.total_seconds() / 3600:
        raise Problem("bad_hours", 422, _("Say for how many hours it holds: 1 to 336."), field="hours")
    return timezone.now() + timedelta(hours=hours)


def _words(kind: str, said: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        told = {"event": KINDS[kind].event[language]}
        for name, limit in LIMITS.items():
            field = f"{name}_{language}"
            try:
                told[name] = clean_text(str(said.get(field, "")), limit)
            except TextTooLong as fault:
                text = _("The text has %(length)d characters; at most %(limit)d are taken.")
                named = {"length": fault.length, "limit": fault.limit}
                raise Problem("too_long", 422, text % named, field=field) from None
            if not told[name] and name != "instruction":
                raise Problem("no_words", 422, _("People are told in both languages: fill this in too."), field=field)
        found[language] = told
    return found


def _area(right: Right, said: Mapping[str, Any]) -> dict[str, Any]:
    codes = shapes.by_codes(str(said.get("codes", "")), right.area_code)
    polygons: list[shapes.Ring] = []
    for line in str(said.get("polygon", "")).splitlines():
        if not line.strip():
            continue
        if len(polygons) >= shapes.MOST_SHAPES:
            raise Problem("too_many_areas", 422, _("At most 40 areas: choose a wider one."), field="polygon")
        try:
            polygons.append(shapes.ring(_pairs(line)))
        except ValueError:
            text = _("This shape is none: at least three corners as lat,lon, that do not cross, in this country.")
            raise Problem("bad_polygon", 422, text, field="polygon") from None
    return {"codes": codes, "polygons": polygons, "circles": []}


def _pairs(line: str) -> list[tuple[float, float]]:
    """As CAP writes a polygon, `lat,lon lat,lon …`, to (lon, lat). Raises ValueError."""
    if len(line) > 200_000:
        raise ValueError("too long")
    found = []
    for part in line.split():
        lat, comma, lon = part.partition(",")
        if not comma:
            raise ValueError("no pair")
        found.append((float(lon), float(lat)))
    return found
