"""Mails of other rooms: written here, so that one place knows who may be written to and that each is written once."""

from __future__ import annotations

from collections.abc import Iterable

from kentongan.notify.keeping import reaches
from kentongan.notify.models import Message
from kentongan.people.models import Person
from kentongan.people.proving import proven


def write(key: str, letters: Iterable[tuple[Person, str, str]]) -> int:
    """One mail (subject, body) for each person, to leave at once and never in a bundle; returns to how many.

    `key` names what they tell of: written again, each is the same mail. Addresses that nobody has proven get none.
    """
    letters = list(letters)
    reached = proven(person.pk for person, _subject, _body in letters)
    mails = [
        Message(
            key=f"{key}/{person.pk}"[:80], to_person=person, address=person.email,
            subject=" ".join(subject.split())[:200], body=body, is_demo=person.is_demo,
        )
        for person, subject, body in letters
        if person.is_active and person.pk in reached and reaches(person)
    ]  # fmt: skip
    Message.objects.bulk_create(mails, ignore_conflicts=True)
    return len(mails)
