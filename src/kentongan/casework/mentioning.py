"""Colleagues who are named in a note by @name: they are told of it."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from kentongan.casework.assigning import workers_of
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

MOST = 20  # people whom one note may call


def mentioned(body: str, text: str) -> list[Person]:
    """Those who work at `body` and whom `text` names: by @ and their whole name, their first name, or what stands
    before the @ of their address. Other words after an @ are nobody's.

    Raises Problem `ambiguous_name` (422, field `text`) where a first name is that of several, `too_many_names`.
    """
    if "@" not in text:
        return []
    said, found = text.casefold(), dict[int, Person]()
    calls = [(name, one) for one in workers_of(body) for name in _names(one)]
    for name in sorted({name for name, _one in calls}, key=lambda one: (-len(one), one)):
        pattern = re.compile(rf"(?<![\w.])@{re.escape(name)}(?!\w)")
        if not pattern.search(said):
            continue
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


def _names(person: Person) -> set[str]:
    whole = " ".join(person.name.casefold().split())
    before, _at, _host = person.email.casefold().partition("@")
    return {one for one in (whole, whole.partition(" ")[0], before) if one}
