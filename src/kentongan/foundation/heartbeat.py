"""The heart-beat of workers: a row each, so that server, `check` and figures can tell whether one is at work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

EVERY = 10.0  # seconds between two beats of a worker
SILENT = timedelta(minutes=1)  # without a beat for so long, no worker is at work


class Beat(models.Model):
    """When a worker last said that it is at work."""

    worker = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.worker} {self.at:%H:%M:%S}"


def beat(worker: str) -> None:
    """Says that `worker` is at work now."""
    Beat.objects.bulk_create(
        [Beat(worker=worker, at=timezone.now())], update_conflicts=True, unique_fields=["worker"], update_fields=["at"]
    )


def end(worker: str) -> None:
    """Says that `worker` has ended: the others need not wait to know it."""
    Beat.objects.filter(worker=worker).delete()


def last() -> datetime | None:
    """When any worker last was at work, as far as its clock was right; None: never, or all have ended in good order."""
    newest: datetime | None = _told().aggregate(newest=models.Max("at"))["newest"]
    return newest


def ahead() -> datetime | None:
    """The time still to come at which a worker says that it was at work: its clock, or ours, has jumped."""
    newest: datetime | None = Beat.objects.exclude(pk__in=_told()).aggregate(newest=models.Max("at"))["newest"]
    return newest


def alive() -> set[str]:
    """The workers that were at work in the last minute."""
    return set(_told().filter(at__gt=timezone.now() - SILENT).values_list("worker", flat=True))


def may_live() -> set[str]:
    """The workers that were at work in the last minute, and those whose clock is ahead: what one of these has begun is
    begun by no other before `forget` has dropped a row that nobody writes anew."""
    return set(Beat.objects.filter(at__gt=timezone.now() - SILENT).values_list("worker", flat=True))


def is_working() -> bool:
    """Whether a worker was at work in the last minute."""
    return bool(alive())


def forget() -> int:
    """Removes the rows of workers that were killed a day ago or longer, or beat in a time to come and no more; returns
    how many. A living one writes its row anew."""
    killed = models.Q(at__lt=timezone.now() - timedelta(days=1)) | ~models.Q(pk__in=_told())
    return Beat.objects.filter(killed).delete()[0]


def _told() -> models.QuerySet[Beat]:
    """The beats that can be: one from a time to come says nothing of whether its worker lives."""
    return Beat.objects.filter(at__lte=timezone.now() + SILENT)
