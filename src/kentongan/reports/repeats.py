"""The same act once more: a second tap on a slow network, a form that a browser sends again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from kentongan.reports.models import Photo, Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who

# What follows by itself, of a rule, of the network or of a photo, while the second tap is on its way; the house opens a
# report of which an objection was the last that it took.
BY_ITSELF = Q(actor=Actor.SYSTEM, state_to="") | Q(actor=Actor.SYSTEM, kind="reopened") | Q(data__has_key="rule")
WITHIN = timedelta(minutes=10)  # browsers send a form again after as long


def is_repeated(
    report: Report, who: Who, kinds: set[str], text: str = "", photos: Iterable[UUID] = (), **said: Any
) -> bool:
    """Whether what somebody does is what they did last, with nothing in between that somebody did: it is answered as
    the first time, and nothing happens twice. `said`: what the entry's data has to hold too; of `photos` the report
    has to have each, byte by byte: another one shows more."""
    last = report.entries.exclude(BY_ITSELF).order_by("-seq").first()
    return (
        last is not None
        and last.kind in kinds
        and (last.actor, last.person_id, last.text) == (who.actor, who.person.pk if who.person else None, text)
        and all(last.data.get(name) == value for name, value in said.items())
        and timezone.now() - last.at < WITHIN
        and _has(report, photos)
    )


def _has(report: Report, photos: Iterable[UUID]) -> bool:
    sent = set(Photo.objects.filter(pk__in=photos).values_list("sha256", flat=True)) if photos else set()
    return sent <= set(report.photos.filter(sha256__in=sent).values_list("sha256", flat=True))
