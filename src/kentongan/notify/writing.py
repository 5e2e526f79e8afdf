"""Mails of other rooms: written here, so that one place knows who may be written to and that each is written once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from kentongan.notify.keeping import reaches
from kentongan.notify.models import Message, Push
from kentongan.people.models import Person
from kentongan.people.proving import proven

AHEAD = timedelta(days=1)


def write(key: str, letters: Iterable[tuple[Person, str, str]], *, first: bool = False) -> int:
    """One mail (subject, body) for each person, to leave at once and never in a bundle; returns to how many.

    `key` names what they tell of: written again, each is the same mail. Addresses that nobody has proven get none.
    `first`: they leave before what waits already, of which there may be thousands.
    """
    letters, due = list(letters), timezone.now() - (AHEAD if first else timedelta())
    reached = proven(person.pk for person, _subject, _body in letters)
    mails = [
        Message(
            key=f"{key}/{person.pk}"[:80], to_person=person, address=person.email,
            subject=" ".join(subject.split())[:200], body=body, is_demo=person.is_demo, due_at=due,
        )
        for person, subject, body in letters
        if person.is_active and person.pk in reached and reaches(person)
    ]  # fmt: skip
    Message.objects.bulk_create(mails, ignore_conflicts=True)
    return len(mails)


def take_back(key: str) -> None:
    """What was written by this key, for mail and phones, and has not left yet: it goes to nobody any more."""
    Message.objects.filter(key__startswith=f"{key}/", sent_at=None).update(given_up=True, error="over")
    waiting = Push.objects.filter(key__startswith=f"{key}/", ended_at=None)
    waiting.update(ended_at=timezone.now(), said={}, error="over")
