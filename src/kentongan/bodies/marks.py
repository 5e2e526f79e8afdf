"""What the forms of a body show of a thing, as one mark: who saves it says what they saw."""

from __future__ import annotations

from django.db.models import Model

from kentongan.bodies.models import Body, Calendar, OwnKind, OwnQuestion, Team
from kentongan.foundation.stale import mark

SHOWN: dict[type[Model], tuple[str, ...]] = {
    Body: ("name_id", "name_en", "area_code", "duties", "email", "phone", "website"),
    Calendar: (
        "workdays", "opens", "closes", "national", "joint", "days_off", "tell", "warn_hours", "escalate_to",
        "escalate_hours",
    ),
    OwnKind: ("taken", "words_id", "words_en"),
    OwnQuestion: ("words_id", "words_en", "required", "public", "values"),
    Team: ("name",),
}  # fmt: skip


def mark_of(one: Model | None, *more: object) -> str:
    """The mark of what a form shows of a body, calendar, kind, question or team, and of what it shows beside it
    (`more`); empty for none.
    """
    return mark(*(getattr(one, name) for name in SHOWN[type(one)]), *more) if one is not None else ""
