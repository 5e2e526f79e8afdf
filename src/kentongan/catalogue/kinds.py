"""The catalogue as the rest of the house asks it; a copy a process, refreshed when it changes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kentongan.catalogue import likeness
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.revision import Cached


def _load() -> dict[str, Category]:
    return {one.code: one for one in Category.objects.all()}


def _prepared() -> likeness.Keywords:
    def of(one: Category) -> set[str]:
        return {word.lower() for word in (*one.keywords_id, *one.keywords_en, one.name_id, one.name_en)}

    return likeness.Keywords({one.code: of(one) for one in Category.objects.all()})


_snapshot: Cached[dict[str, Category]] = Cached("catalogue", _load)
_sought: Cached[likeness.Keywords] = Cached("catalogue", _prepared)


def get(code: str) -> Category:
    """The active category with this code. Raises Problem `unknown_category` (422, field `category`)."""
    found = _snapshot.get().get(code)
    if found is None or not found.active:
        raise Problem(
            "unknown_category",
            422,
            _("There is no such category. Choose one from the list."),
            field="category",
        )
    return found


def known(code: str) -> Category:
    """The category of a report that there is, one that nobody can choose any more too. KeyError where there is none."""
    return _snapshot.get()[code]


def all_active() -> list[Category]:
    """Every category that can be chosen, in the order of the catalogue."""
    found = [one for one in _snapshot.get().values() if one.active]
    return sorted(found, key=lambda one: (one.position, one.code))


def choosable() -> list[Category]:
    """The categories without branches below them: what a person chooses from."""
    parents = {one.parent_id for one in all_active()}
    return [one for one in all_active() if one.code not in parents]


def branch(code: str) -> tuple[str, ...]:
    """The code, its parent, and so on to the root of the tree. Raises KeyError for an unknown code."""
    known, path = _snapshot.get(), [code]
    while parent := known[path[-1]].parent_id:
        path.append(parent)
    return tuple(path)


def suggest(text: str, limit: int = 3, *, placeless: bool = False) -> list[Category]:
    """The likeliest categories for a text in Indonesian or English, best first; empty where none fits. Of what is
    `placeless` only those that need no place."""
    told = _sought.get().score(text)
    fit = [one for one in choosable() if not (placeless and one.needs_place)]
    scored = [(told.get(one.code, 0.0), -one.position, one) for one in fit]
    best = sorted((one for one in scored if one[0] > 0), key=lambda one: one[:2], reverse=True)
    return [one for _score, _position, one in best[:limit]]


def invalidate() -> None:
    """Tells every process that the catalogue has changed."""
    _snapshot.invalidate()
    _sought.forget()
