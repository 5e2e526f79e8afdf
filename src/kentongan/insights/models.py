"""Counts kept up to date, so that a page over all regions costs the same with a thousand reports or millions."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Tally(models.Model):
    """The public reports of a month (by when they were made), a province and a body.

    `province` is empty where the trouble has no place. `accepted_in` and `solved_in` are histograms of the hours to
    the first acceptance and to the first result (`histogram.EDGES`). Restricted reports are not counted: in a small
    region a number alone could tell of one.
    """

    month = models.DateField()  # its first day, in the installation's zone
    province = models.CharField(max_length=2, blank=True)
    body = models.CharField(max_length=40, blank=True)
    received = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    in_process = models.PositiveIntegerField(default=0)
    no_partner = models.PositiveIntegerField(default=0)
    solved = models.PositiveIntegerField(default=0)
    passed_on = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    closed_without_fix = models.PositiveIntegerField(default=0)
    accepted_in = models.JSONField(default=list)
    solved_in = models.JSONField(default=list)
    counted_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "province", "body"], name="tally_once")]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.province} {self.body}: {self.received}"
