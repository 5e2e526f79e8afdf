"""What is kept of warnings: who may publish, each message as CAP has it, who follows which place, whose feeds."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kentongan.warnings.states import State

PERSON = settings.AUTH_USER_MODEL


class Right(models.Model):
    """A body may publish warnings within `area_code` (empty: the whole country). Given by the platform.

    `four_eyes`: who drafted one cannot publish it.
    """

    body = models.OneToOneField("bodies.Body", primary_key=True, on_delete=models.CASCADE, related_name="warning_right")
    area_code = models.CharField(max_length=13, blank=True)
    four_eyes = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    given_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"warnings by {self.body_id}"


class Feed(models.Model):
    """An index (RSS or Atom) of CAP messages that we read, and how far its source is believed: `area_code` (empty: the
    country), `senders` (empty: any). `body` is the body of ours whose messages these are, if it is one.

    `etag` and `modified` are what the index last said of itself; `fault` is why the last look failed.
    """

    name = models.SlugField(max_length=40, primary_key=True)
    title = models.CharField(max_length=120)
    url = models.CharField(max_length=500)
    area_code = models.CharField(max_length=13, blank=True)
    senders = models.JSONField(default=list)
    body = models.ForeignKey("bodies.Body", null=True, on_delete=models.SET_NULL, related_name="warning_feeds")
    every = models.PositiveIntegerField(default=120)  # seconds
    due_at = models.DateTimeField(default=timezone.now)
    looked_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=200, blank=True)
    modified = models.CharField(max_length=80, blank=True)
    fault = models.CharField(max_length=120, blank=True)
    faults = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Warning(models.Model):
    """One message: alert, update or cancel. Names as in CAP 1.2.

    `words` and `area_words` are by language. `area` holds `codes` (Kemendagri), `polygons` ([lon, lat] pairs, closed)
    and `circles` ([lon, lat, km]); `covers` the codes of all areas that lie in it. `people`: accounts that were told.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    identifier = models.CharField(max_length=200)
    sender = models.CharField(max_length=200)
    sent = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=State.DRAFT)
    status = models.CharField(max_length=10, default="Actual")
    msg_type = models.CharField(max_length=6, default="Alert")
    references = models.TextField(blank=True)
    body = models.ForeignKey("bodies.Body", null=True, on_delete=models.PROTECT, related_name="warnings")
    feed = models.ForeignKey(Feed, null=True, on_delete=models.CASCADE, related_name="warnings")
    replaces = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="replaced_by")
    kind = models.CharField(max_length=20)
    category = models.CharField(max_length=10)
    urgency = models.CharField(max_length=10)
    severity = models.CharField(max_length=10)
    certainty = models.CharField(max_length=10)
    onset = models.DateTimeField(null=True)
    expires = models.DateTimeField()
    words = models.JSONField(default=dict)
    area = models.JSONField(default=dict)
    area_words = models.JSONField(default=dict)
    covers = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    people = models.PositiveIntegerField(null=True)
    drafted_by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    published_by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identifier", "sender", "sent", "feed"], condition=Q(sent__isnull=False), name="warning_once"
            )
        ]
        indexes = [
            models.Index(fields=["state", "expires"], name="warning_state"),
            models.Index(fields=["sent"], name="warning_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.msg_type} {self.identifier}"

    @property
    def now(self) -> str:
        """Where it stands at this moment: its time may be over before the worker has said so."""
        is_over = self.state == State.ACTIVE and self.expires <= timezone.now()
        return State.EXPIRED if is_over else self.state


class Fetched(models.Model):
    """An entry of an index that was looked at, so that it is not fetched again; `fault` is why it was refused."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="fetched")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    fault = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name_plural = "fetched"
        constraints = [models.UniqueConstraint(fields=["feed", "digest"], name="warning_fetched_once")]

    def __str__(self) -> str:
        return f"{self.digest[:8]} of {self.feed_id}"


class Follow(models.Model):
    """A person wants the warnings for an area (Kemendagri code of any level)."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="follows")
    area_code = models.CharField(max_length=13, db_index=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "area_code"], name="warning_follow_once")]

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.area_code}"


class Choice(models.Model):
    """How a person is warned: by mail or not, and of everything or only of what is severe."""

    person = models.OneToOneField(PERSON, primary_key=True, on_delete=models.CASCADE, related_name="warning_choice")
    by_mail = models.BooleanField(default=True)
    only_grave = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"warnings to {self.person_id}"


class Proposal(models.Model):
    """Many reports of one danger in one cell (H3, resolution 7) within an hour: for a person to look at."""

    kind = models.CharField(max_length=20)
    cell = models.BigIntegerField()
    area_code = models.CharField(max_length=13, blank=True)
    reports = models.JSONField(default=list)  # the codes of the newest
    count = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    warning = models.ForeignKey(Warning, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "cell"], condition=Q(decided_at=None), name="warning_proposal_one")
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.kind}"
