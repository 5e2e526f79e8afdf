"""What bodies say and ask of kinds of reports, as all that takes them asks it: a copy a process, refreshed when it
changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from kentongan.bodies.models import Body, OwnKind, OwnQuestion
from kentongan.bodies.world import get, line
from kentongan.foundation.revision import Cached


@dataclass(frozen=True)
class _Kept:
    """Words by body and category; questions by category, those of one body in their order."""

    said: dict[tuple[str, str], OwnKind]
    asked: dict[str, list[OwnQuestion]]


def _load() -> _Kept:
    asked: dict[str, list[OwnQuestion]] = {}
    for one in OwnQuestion.objects.order_by("body", "position", "pk"):
        asked.setdefault(one.category, []).append(one)
    return _Kept({(one.body_id, one.category): one for one in OwnKind.objects.all()}, asked)


# One copy for both: whoever reports is told of both, and each copy costs a look at its revision.
_cached: Cached[_Kept] = Cached("own_kinds", _load)


def own_kind(body: str, branch: Sequence[str]) -> OwnKind | None:
    """What a body says of a category, given with those above it (`catalogue.branch`); None: nothing."""
    known = _cached.get().said
    if not known:
        return None
    return next((known[one, kind] for one in line(body) for kind in branch if (one, kind) in known), None)


def own_kinds(body: str) -> list[OwnKind]:
    """All that the body itself says, by the code of the category."""
    return sorted((one for one in _cached.get().said.values() if one.body_id == body), key=lambda one: one.category)


def set_own_kind(body: str, category: str, *, taken: bool, words_id: str, words_en: str) -> None:
    """Keeps what a body says of a category; where it says nothing any more, nothing. The caller checks the right."""
    with transaction.atomic():
        Body.objects.select_for_update(of=("self",)).get(pk=get(body).pk)  # one after the other
        if taken and not words_id and not words_en:
            OwnKind.objects.filter(body=body, category=category).delete()
        else:
            said = {"taken": taken, "words_id": words_id, "words_en": words_en}
            OwnKind.objects.update_or_create(body=get(body), category=category, defaults=said)
        _cached.invalidate()


def own_questions(body: str, branch: Sequence[str]) -> list[OwnQuestion]:
    """What a body and those above it ask of a category (`catalogue.branch`) today, in the order of asking: what the
    widest body asks of the widest kind comes first.
    """
    asked = _cached.get().asked
    if not asked:
        return []
    open_ones = [one for kind in reversed(branch) for one in asked.get(kind, ()) if one.ended_at is None]
    return [one for code in reversed(line(body)) for one in open_ones if one.body_id == code]


def once_asked(branch: Sequence[str], code: str) -> list[OwnQuestion]:
    """All questions of any body with this code that were ever asked of a category, those of today first."""
    asked = _cached.get().asked
    found = [one for kind in branch for one in asked.get(kind, ()) if one.code == code]
    return sorted(found, key=lambda one: (one.ended_at is not None, -one.pk))


def questions_of(body: str) -> list[OwnQuestion]:
    """All that the body itself has ever asked, by category, in the order in which they are asked."""
    found = [one for some in _cached.get().asked.values() for one in some if one.body_id == body]
    return sorted(found, key=lambda one: (one.category, one.position, one.pk))


def questions_changed() -> None:
    """Tells every process that what bodies ask has changed."""
    _cached.invalidate()
