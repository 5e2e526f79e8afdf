"""Takes all demonstration data away, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db import transaction

from kentongan.demo import lamps, morning, neighbourhood, partners, posts, warned
from kentongan.foundation.outbox import Event
from kentongan.people.models import Person
from kentongan.reports.cells import recount
from kentongan.reports.derivatives import SIZES, derivative_name
from kentongan.reports.models import Photo, Report


@dataclass(frozen=True)
class Removed:
    """How much was taken away."""

    reports: int
    photos: int
    people: int


def remove() -> Removed:
    """Deletes the reports, photos, people and partnerships of the demonstration in one transaction.

    The files of its photos go last, so that a failure leaves no report without its photo.
    """
    with transaction.atomic():
        photos = list(Photo.objects.filter(is_demo=True))
        Photo.objects.filter(is_demo=True).delete()
        gone = set(Report.objects.filter(is_demo=True).values_list("pk", flat=True))
        Report.objects.filter(original__in=gone).update(original=None)
        Report.objects.filter(whole__in=gone).update(whole=None)  # else a report that was split could not go
        Report.objects.filter(pk__in=gone).delete()
        _forget(gone)
        morning.end()
        posts.end()
        warned.end()
        neighbourhood.end()
        people = Person.objects.filter(is_demo=True).count()
        Person.objects.filter(is_demo=True).delete()
        partners.end()
        lamps.remove()
        recount()
    for photo in photos:
        for name in (photo.original, *(derivative_name(photo, size) for size in SIZES)):
            default_storage.delete(name)
    return Removed(len(gone), len(photos), people)


def _forget(gone: set[int]) -> None:
    """Drops what would still be told of the reports: it would be counted against those that stay."""
    waiting = Event.objects.filter(topic__startswith="report.").iterator()
    Event.objects.filter(pk__in=[one.pk for one in waiting if one.payload.get("report") in gone]).delete()
