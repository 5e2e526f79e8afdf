"""What a body says of kinds of reports, as its administrators write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.bodies.models import Body, OwnKind
from kentongan.casework.staff import only_managers
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import over
from kentongan.foundation.text import read_line
from kentongan.people.models import Person

LONGEST = 300  # characters


def kinds_of(person: Person, body: str) -> list[OwnKind]:
    """What `body` itself says. Raises Problem `forbidden` (403), `unknown_body`."""
    _check(person, body)
    return bodies.own_kinds(body)


def say_of_kind(person: Person, body: str, given: Mapping[str, Any]) -> None:
    """Keeps what `body` says of a `category`: `words_id`, `words_en`, and `taken` (truth), whether it takes such
    reports. Those that are here stay. `was`: the mark of what the form showed (`bodies.mark_of`), `-` where nothing.

    Raises Problem with the field: `unknown_category`, `too_long`, `words_required` where nothing tells people what to
    do instead, `always_taken` for an emergency and for what is never public, `changed_meanwhile` (409);
    `forbidden` (403).
    """
    _check(person, body)
    kind = {one.code: one for one in catalogue.all_active()}.get(str(given.get("category") or ""))
    if kind is None:
        raise Problem("unknown_category", 422, _("Choose a kind of report."), field="category")
    said = OwnKind.objects.filter(body=body, category=kind.code)
    with transaction.atomic():
        Body.objects.select_for_update(of=("self",)).get(pk=body)  # one after the other
        with over(given.get("was"), "words_id", lambda: bodies.mark_of(said.first())):
            _keep(body, kind, given)


def _keep(body: str, kind: catalogue.Category, given: Mapping[str, Any]) -> None:
    taken = bool(given.get("taken"))
    if not taken and (kind.emergency or kind.restricted):
        raise Problem("always_taken", 422, _("Reports of this kind are always taken."), field="taken")
    words = {name: read_line(given, name, LONGEST) for name in ("words_id", "words_en")}
    if not taken and not words["words_id"]:
        raise Problem("words_required", 422, _("Say in Indonesian what people do instead."), field="words_id")
    bodies.set_own_kind(body, kind.code, taken=taken, **words)


def _check(person: Person, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can write what it says of kinds of reports."))
