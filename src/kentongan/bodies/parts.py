"""The departments of a government, and how it is reached: as its administrators say. The caller checks their right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, URLValidator, validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan.bodies.marks import mark_of
from kentongan.bodies.models import Body, Level
from kentongan.bodies.world import GENERAL, get, invalidate, snapshot
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import over
from kentongan.foundation.text import read_line
from kentongan.places.gazetteer import areas

LONGEST_NAME, LONGEST_PHONE, LONGEST_WEBSITE, LONGEST_CODE = 160, 40, 200, 40  # characters, as the columns have it
MOST = 100  # departments of one body


def is_government(body: Body) -> bool:
    """Whether it answers for an area, and so may have departments."""
    return GENERAL in body.duties and bool(body.area_code)


def make_part(parent: str, given: Mapping[str, Any], duties: Iterable[str]) -> Body:
    """A new department. `given`: `name_id`, `name_en` (empty: the same), `area` (empty: all of the parent's), `email`,
    `phone`; `duties`: words of the rules for what it gets.

    Raises Problem with the field: `name_required`, `too_long`, `bad_area`, `bad_email`, `duty_taken` (422), or
    `no_government`, `too_many` (409).
    """
    above = get(parent)
    if not is_government(above):
        raise Problem("no_government", 409, _("Only the government of a region has departments."))
    if len(snapshot().parts.get(parent, ())) >= MOST:
        raise Problem("too_many", 409, _("There are 100 departments already."))
    with transaction.atomic():
        Body.objects.select_for_update(of=("self",)).get(pk=parent)  # one at a time: each code once
        made = _told(Body(parent=above, level=Level.DEPARTMENT), above, given, duties)
        made.code = _free_code(parent, made.name_id)
        made.save(force_insert=True)
        invalidate()
    return made


def change_part(parent: str, code: str, given: Mapping[str, Any], duties: Iterable[str]) -> Body:
    """Changes a department; what it has in hand stays. Raises as `make_part`, or Problem `not_found` (404)."""
    above = get(parent)
    with transaction.atomic():
        known = snapshot().bodies.get(code)  # what a form says is looked up in memory: PostgreSQL asks for no NUL
        part = (
            Body.objects.select_for_update(of=("self",)).filter(pk=known.code, parent=parent).first() if known else None
        )
        if part is None:
            raise Problem("not_found", 404, _("This department is no part of the body."))
        with over(given.get("was"), "name_id", lambda: mark_of(part)):
            _told(part, above, given, duties).save()
        invalidate()
    return part


def set_contact(code: str, given: Mapping[str, Any]) -> Body:
    """How people reach a body: `email`, `phone`, `website`, each may be empty. Raises Problem `bad_email`,
    `bad_website` or `too_long` (422, with the field).
    """
    with transaction.atomic():
        body = Body.objects.select_for_update(of=("self",)).get(pk=get(code).pk)
        with over(given.get("was"), "phone", lambda: mark_of(body)):
            _reach(body, given)
            body.website = _website(given)
        body.told_here = True
        body.save()
        invalidate()
    return body


def mark_begun(code: str, step: str, *, done: bool) -> None:
    """Keeps whether a step of the guided start is done."""
    with transaction.atomic():
        body = Body.objects.select_for_update(of=("self",)).get(pk=get(code).pk)
        others = [one for one in body.begun if one != step]
        body.begun = [*others, step] if done else others
        body.save(update_fields=["begun"])
        invalidate()


def _told(part: Body, above: Body, given: Mapping[str, Any], duties: Iterable[str]) -> Body:
    part.name_id = read_line(given, "name_id", LONGEST_NAME)
    if not part.name_id:
        raise Problem("name_required", 422, _("Give the department a name."), field="name_id")
    part.name_en = read_line(given, "name_en", LONGEST_NAME) or part.name_id
    part.area_code = str(given.get("area") or above.area_code)
    if part.area_code not in areas() or not f"{part.area_code}.".startswith(f"{above.area_code}."):
        raise Problem("bad_area", 422, _("Choose an area of this region."), field="area")
    _reach(part, given)
    part.duties = sorted(set(duties))
    others = (snapshot().body(code) for code in snapshot().parts.get(above.code, ()) if code != part.code)
    for other in others:
        if other and other.area_code == part.area_code and (both := set(other.duties) & set(part.duties)):
            raise Problem(
                "duty_taken", 422, _("%(other)s gets some of this already, in the same area.") % {"other": other.name},
                field="duties", extra={"body": other.code, "duties": sorted(both)},
            )  # fmt: skip
    part.told_here = True
    return part


def _reach(body: Body, given: Mapping[str, Any]) -> None:
    body.phone = read_line(given, "phone", LONGEST_PHONE)
    body.email = str(given.get("email") or "").replace("\0", "").strip()
    if body.email:
        try:
            validate_email(body.email)
            MaxLengthValidator(254)(body.email)
        except ValidationError:
            raise Problem("bad_email", 422, _("Write a whole e-mail address."), field="email") from None


def _website(given: Mapping[str, Any]) -> str:
    written = read_line(given, "website", LONGEST_WEBSITE)
    if written:
        try:
            URLValidator(schemes=["http", "https"])(written)
        except ValidationError:
            raise Problem("bad_website", 422, _("Write a whole address, with https://."), field="website") from None
    return written


def _free_code(parent: str, name: str) -> str:
    """A code that nobody has, from the letters of the name: `51.71.pekerjaanumum`. It is never an area's."""
    word = re.sub(r"[^a-z]", "", name.lower().removeprefix("dinas "))[:20] or "bagian"
    taken = set(Body.objects.filter(parent=parent).values_list("code", flat=True)) | snapshot().bodies.keys()
    tries = (f"{parent}.{word}{number or ''}"[-LONGEST_CODE:] for number in range(MOST + 1))
    return next(one for one in tries if one not in taken)
