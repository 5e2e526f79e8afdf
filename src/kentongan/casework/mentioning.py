"""Colleagues who are named in a note by @name: they are told of it."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from kentongan.bodies.models import Membership
from kentongan.casework.assigning import workers_of
from kentongan.casework.roles import open_today
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

MOST = 20  # people whom one note may call
LONGEST = 20_000  # letters that are looked through: a longer note is refused by whoever keeps it


def mentioned(body: str, text: str) -> list[Person]:
    """Those who work at `body` and whom `text` names: by @ and their whole name, their first name, or what stands
    before the @ of their address. Other words after an @ are nobody's.

    Raises Problem `ambiguous_name` (422, field `text`) where a first name is that of several, `not_here` where the
    whole name is that of somebody who works elsewhere, `too_many_names`.
    """
    if "@" not in text or len(text) > LONGEST:
        return []
    said, found = _plain(text), dict[int, Person]()
    calls = [(name, one) for one in workers_of(body) for name in _names(one)]
    for name in sorted({name for name, _one in calls}, key=lambda one: (-len(one), one)):
        pattern = re.compile(rf"(?<![\w.])@{re.escape(name)}(?!\w)")
        if not pattern.search(said):
            continue
        _refuse_others(name, said)
        said = pattern.sub(" ", said)  # "@budi santoso" calls no other Budi
        named = [one for other, one in calls if other == name]
        if len(named) > 1:
            raise Problem(
                "ambiguous_name", 422, _("Several colleagues are called @%(name)s: write the whole name.")
                % {"name": name}, field="text",
            )  # fmt: skip
        found[named[0].pk] = named[0]
    if len(found) > MOST:
        raise Problem(
            "too_many_names", 422, _("A note can call at most %(most)d colleagues.") % {"most": MOST}, field="text"
        )
    return list(found.values())


def _refuse_others(first: str, said: str) -> None:
    """Where a colleague of another body has this first name and is called by the whole: nobody here is meant."""
    others = Membership.objects.filter(open_today(), person__is_active=True)
    if first.isascii():  # SQLite knows no other letters in both their cases
        others = others.filter(person__name__istartswith=f"{first} ")
    for name in others.values_list("person__name", flat=True).distinct():
        whole = _plain(name)
        if whole.startswith(f"{first} ") and re.search(rf"(?<![\w.])@{re.escape(whole)}(?!\w)", said):
            raise Problem(
                "not_here", 422, _("%(name)s does not work at this body: a note can call those who do.")
                % {"name": name}, field="text",
            )  # fmt: skip


def _names(person: Person) -> set[str]:
    whole = _plain(person.name)
    before, _at, _host = person.email.casefold().partition("@")
    return {one for one in (whole, whole.partition(" ")[0], before) if one}


def _plain(written: str) -> str:
    """Words as they are compared: their letters in one case, one space between two."""
    return " ".join(written.casefold().split())
