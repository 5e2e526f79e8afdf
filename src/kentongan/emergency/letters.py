"""Mails of a post to its own people: a unit is sent, a shift is empty. No place and nobody in need stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kentongan.emergency.fleet import Sending
from kentongan.emergency.units import crew_of
from kentongan.foundation.config import config
from kentongan.notify.keeping import reaches
from kentongan.notify.models import Message
from kentongan.people.models import Person
from kentongan.people.proving import proven

# Subject and sentence.
WORDS: dict[str, tuple[Promise, Promise]] = {
    "sent": (_("%(name)s is needed"), _("%(name)s was asked to go to somebody in need. Answer here, with one press:")),
    "gap": (
        _("Nobody has the shift: %(name)s"),
        _("From %(begins)s to %(ends)s nobody means to be on duty at %(name)s. Take the shift, or find somebody:"),
    ),
    "absent": (
        _("Nobody came to the shift: %(name)s"),
        _("The shift at %(name)s began at %(begins)s, and nobody is on duty there. Who can, goes on duty now:"),
    ),
}


def to_crew(sending: Sending) -> None:
    """That their unit is sent; a drill says so first."""
    told = {"name": sending.unit.call_sign}
    write(
        crew_of(sending.unit), f"unit/{sending.pk}", "sent", told, reverse("console:unit"), drill=sending.alert.exercise
    )


def write(people: Iterable[Person], key: str, what: str, told: dict[str, Any], page: str, drill: bool = False) -> int:
    """One mail of `WORDS` to each person, once for each `key`; returns how many are new. `told` may hold functions,
    which are called in the language of who reads."""
    people = list(people)
    able = proven(one.pk for one in people)
    rows = []
    for person in people:
        if person.pk not in able or not reaches(person):
            continue
        with translation.override(person.language):
            said = {name: value() if callable(value) else value for name, value in told.items()}
            subject, words = (str(one) % said for one in WORDS[what])
            if drill:
                subject, words = f"{_now('DRILL')}: {subject}", f"{_now('This is a drill: nobody needs help.')} {words}"
            body = f"{words}\n\n{config().base_url.rstrip('/')}{page}\n"
            rows.append(
                Message(
                    key=f"{key}/{person.pk}", to_person=person, address=person.email, subject=subject[:200], body=body,
                    is_urgent=what == "sent", is_demo=person.is_demo,
                )
            )  # fmt: skip
    known = set(Message.objects.filter(key__in=[one.key for one in rows]).values_list("key", flat=True))
    new = [one for one in rows if one.key not in known]
    Message.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
