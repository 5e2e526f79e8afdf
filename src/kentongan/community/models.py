"""What is kept of families and neighbourhoods. Where somebody is, and what they wrote, is only kept sealed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from kentongan import live
from kentongan.community import neighbours  # noqa: F401  its tables belong to the room too

PERSON = settings.AUTH_USER_MODEL


class Share(models.Model):
    """Somebody shares where they are until `ends_at`; of a way, only the newest place is kept.

    `sealed` holds the destination and the last place (`journeys.Way`); empty once it has ended. `device` is the one
    that sends. `at` is when the phone was at its last place, `heard_at` when it spoke last.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="shares")
    started_at = models.DateTimeField(default=timezone.now, db_index=True)
    ends_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField(null=True)  # of a journey: when they mean to be there
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=8, blank=True)  # `time`, `person`, `arrived`
    device = models.CharField(max_length=36, blank=True)
    sealed = models.TextField(blank=True)
    at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)  # since when they are off the way
    late_at = models.DateTimeField(null=True)  # when it was told that they are late
    low_at = models.DateTimeField(null=True)  # when it was told that the battery is low
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="share_one_open")]

    def __str__(self) -> str:
        return f"share {self.pk}"


class Viewer(models.Model):
    """Who may see a share: whoever holds the link, or one account. `sealed` is how the person who shares calls them.

    `digest` is that of the token in the address. `devices`: how many browsers opened a link, so that one that was
    passed on is noticed. An account that is not there yet has neither `person` nor a link: nobody sees by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="viewers")
    person = models.ForeignKey(PERSON, null=True, on_delete=models.CASCADE, related_name="+")
    is_link = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    devices = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"viewer of {self.share_id}"


@receiver(pre_delete, sender=Viewer)
def tell_viewer(instance: Viewer, **_signal: Any) -> None:
    """Whoever has the page open learns at once that there is nothing to see any more, however the row goes."""
    live.tell(f"seen:{instance.digest}")
