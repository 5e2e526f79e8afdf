"""What bodies say of kinds of reports, as all that takes them asks it: a copy a process, refreshed when it changes."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from kentongan.bodies.models import OwnKind
from kentongan.bodies.world import get, line
from kentongan.foundation.revision import Cached


def _load() -> dict[tuple[str, str], OwnKind]:
    return {(one.body_id, one.category): one for one in OwnKind.objects.all()}


_cached: Cached[dict[tuple[str, str], OwnKind]] = Cached("own_kinds", _load)


def own_kind(body: str, branch: Sequence[str]) -> OwnKind | None:
    """What a body says of a category, given with those above it (`catalogue.branch`); None: nothing."""
    known = _cached.get()
    if not known:
        return None
    return next((known[one, kind] for one in line(body) for kind in branch if (one, kind) in known), None)


def own_kinds(body: str) -> list[OwnKind]:
    """All that the body itself says, by the code of the category."""
    return sorted((one for one in _cached.get().values() if one.body_id == body), key=lambda one: one.category)


def set_own_kind(body: str, category: str, *, taken: bool, words_id: str, words_en: str) -> None:
    """Keeps what a body says of a category; where it says nothing any more, nothing. The caller checks the right."""
    with transaction.atomic():
        if taken and not words_id and not words_en:
            OwnKind.objects.filter(body=body, category=category).delete()
        else:
            said = {"taken": taken, "words_id": words_id, "words_en": words_en}
            OwnKind.objects.update_or_create(body=get(body), category=category, defaults=said)
        _cached.invalidate()
