"""Which columns of a queue somebody looks at: their own choice, kept for them, and what an address says beside it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kentongan.casework.models import DeskLook
from kentongan.foundation import prepared
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

# Beside kind, text and state, which are always there.
COLUMNS = (
    "code", "sent", "changed", "deadline", "priority", "assignee", "team", "street", "village", "body", "channel",
    "support", "contested",
)  # fmt: skip
CARDS = "cards"  # in an address: no columns, whatever the reader has chosen
LONGEST = 200


def read_columns(said: str) -> tuple[str, ...]:
    """The columns that an address or a form names, parted by commas, each once and in its order.

    Raises Problem `bad_filter` (422, field `columns`) for one that is none.
    """
    if said == CARDS:
        return ()
    named = [one.strip() for one in said[:LONGEST].split(",") if one.strip()]
    if wrong := next((one for one in named if one not in COLUMNS), None):
        words = _("There is no column “%(name)s” any more. Choose your columns again.")
        raise Problem("bad_filter", 422, words % {"name": wrong[:60]}, field="columns")
    return tuple(dict.fromkeys(named))


def columns_of(person: Person) -> tuple[str, ...]:
    """What `person` chose last; none: the list of cards. A column that is no more is left out."""
    kept = prepared.rows("SELECT columns FROM casework_desklook WHERE person_id = %s", (person.pk,))
    return tuple(one for one in kept[0][0].split(",") if one in COLUMNS) if kept else ()


def keep_columns(person: Person, columns: tuple[str, ...]) -> None:
    """Keeps the choice for `person`, on all their devices."""
    DeskLook.objects.update_or_create(person=person, defaults={"columns": ",".join(columns)})
