"""Answers that are being written: kept for whoever writes until they are sent. Others learn that, and never what."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan import live
from kentongan.casework.models import Draft
from kentongan.casework.roles import role_for
from kentongan.foundation.problems import Problem
from kentongan.foundation.sweeping import sweep
from kentongan.foundation.text import cut_text
from kentongan.people.models import Person
from kentongan.reports.models import Report

STEPS = frozenset({"note", "ask", "resolve", "refer", "reject", "return", "decline", "undo", "uphold", "reopen",
                   "unmerge", "unsplit", "transfer"})  # fmt: skip
LONGEST = 10_000  # characters: more than may be sent, so that nothing is lost that is to be shortened
WRITING = timedelta(seconds=30)  # after the last key
KEPT = timedelta(days=30)


class Other(NamedTuple):
    """A colleague who has a report open, and whether they are writing."""

    person: Person
    writes: bool


def topic(report: Report) -> str:
    """What a page of staff listens to."""
    return f"at:{report.code}"


def may_meet(person: Person, report: Report) -> bool:
    """Whether `person` is shown who else has the report open, and is shown to them: staff of its body alone."""
    return role_for(person, report.body_id) is not None or person.administers


def others(person: Person, report: Report) -> list[Other]:
    """Who else has the report open now, who came first first; those whose role has ended meanwhile are left out."""
    keys = [key for key in live.present(topic(report)) if key != person.pk]
    if not keys:
        return []
    found, since = Person.objects.in_bulk(keys), timezone.now() - WRITING
    writes = set(Draft.objects.filter(report=report, at__gt=since, person__in=keys).values_list("person", flat=True))
    return [Other(found[key], key in writes) for key in keys if key in found and may_meet(found[key], report)]


def keep_draft(person: Person, report: Report, step: str, text: str) -> None:
    """Keeps what is typed so far in the place of what was kept before; nothing of it left forgets it.

    Raises Problem `bad_step` (422).
    """
    if step not in STEPS:
        raise Problem("bad_step", 422, _("Choose one of the steps."), field="step")
    if not text.strip():
        forget_draft(person, report, step)
        return
    now = timezone.now()
    with transaction.atomic():
        mine = Draft.objects.filter(report=report, person=person)
        silent = not mine.filter(at__gt=now - WRITING / 2).exists()
        kept = {"text": cut_text(text.replace("\0", ""), LONGEST), "at": now}
        Draft.objects.update_or_create(report=report, person=person, step=step, defaults=kept)
        if silent:
            live.tell(topic(report))


def forget_draft(person: Person, report: Report, step: str) -> None:
    """It was sent, or nobody wants it any more."""
    with transaction.atomic():
        if Draft.objects.filter(report=report, person=person, step=step).delete()[0]:
            live.tell(topic(report))


def drafts(person: Person, report: Report) -> dict[str, Draft]:
    """What `person` has written on the report and not sent, by step."""
    return {one.step: one for one in Draft.objects.filter(report=report, person=person)}


def sweep_drafts() -> int:
    """Deletes what nobody has touched for a month; returns how many."""
    return sweep(Draft.objects.filter(at__lt=timezone.now() - KEPT))
