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
    """When any worker last was at work; None: never, or all have ended in good order."""
    newest: datetime | None = Beat.objects.aggregate(newest=models.Max("at"))["newest"]
    return newest


def is_working() -> bool:
    """Whether a worker was at work in the last minute."""
    newest = last()
    return newest is not None and newest > timezone.now() - SILENT


def forget() -> int:
    """Removes the rows of workers that were killed a day ago or longer; returns how many."""
    return Beat.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()[0]
