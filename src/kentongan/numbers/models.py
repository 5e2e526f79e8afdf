"""What is kept of numbers: those of files and of people, and what people propose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from kentongan.numbers.dialling import dialled

PERSON = settings.AUTH_USER_MODEL


class Local(models.Model):
    """A number for an area (Kemendagri code) or a place, of the file `batch`, or of people (`batch` empty).

    `source` is empty of people's. `hours` as in OpenStreetMap; lon and lat in degrees. A point to go to (`evacuation`)
    may have no number.
    """

    batch = models.CharField(max_length=80, blank=True, db_index=True)
    kind = models.CharField(max_length=12)
    number = models.CharField(max_length=40, blank=True)
    name_id = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    area = models.CharField(max_length=13)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    address = models.CharField(max_length=200, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    body = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=200)
    checked = models.DateField()
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Proposal(models.Model):
    """What somebody says about a number (`key`, empty: a new one): another number, name or hours, or that it is
    `gone`. `accepted` is None until somebody has decided."""

    key = models.CharField(max_length=16, blank=True, db_index=True)
    kind = models.CharField(max_length=12)
    was = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=120, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    gone = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True)
    area = models.CharField(max_length=13, blank=True)
    body = models.CharField(max_length=60, blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="number_proposals")
    created_at = models.DateTimeField(default=timezone.now)
    accepted = models.BooleanField(null=True, db_index=True)
    decided_by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key or 'new'} {self.number}"

    @property
    def dialled(self) -> str:
        """What a phone dials of the number."""
        return dialled(self.number)
