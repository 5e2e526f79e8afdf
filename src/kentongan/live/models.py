"""The last hour of what changed, so that a page that was away for a moment misses nothing."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Change(models.Model):
    """One telling: its topics, parted by spaces. Its key is what a stream is resumed from (`Last-Event-ID`)."""

    topics = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.pk} {self.topics}"
