"""The last hour of what changed, so that a page that was away for a moment misses nothing; and who is there now."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Change(models.Model):
    """One telling: its topics, parted by spaces. Its key is what a stream is resumed from (`Last-Event-ID`)."""

    topics = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.pk} {self.topics}"


class Presence(models.Model):
    """A person has a page open that listens to a topic on which people see each other. Gone with its stream; that of a
    process that died is `seen_at` no more, and counts for nobody after `presence.FRESH`."""

    topic = models.CharField(max_length=100)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    since = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["topic", "seen_at"], name="presence_topic")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.topic}"
