"""What is kept of the rules by which bodies divide their work: what was published, what is written, who did it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class DivisionVersion(models.Model):
    """The rules of a body as they were published once; the highest number is in force. `rules`: plain data of
    `dividing.OwnRule`; `back_to`: the version of before that was taken back with it, none where they were written anew.
    """

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    rules = models.JSONField(default=list)
    why = models.CharField(max_length=300)
    back_to = models.PositiveIntegerField(null=True)
    publisher = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["body", "number"], name="division_version_number")]

    def __str__(self) -> str:
        return f"rules of {self.body_id}, version {self.number}"


class DivisionDraft(models.Model):
    """What the administrators of a body write together before it is published: one for each body.

    `base` is the version that it was begun from, `edit` grows with each change, `rehearsed` is the edit that was last
    tried on past reports: another one cannot be published.
    """

    body = models.OneToOneField("bodies.Body", primary_key=True, on_delete=models.CASCADE, related_name="+")
    base = models.PositiveIntegerField(default=0)
    edit = models.PositiveIntegerField(default=1)
    rehearsed = models.PositiveIntegerField(default=0)
    rules = models.JSONField(default=list)
    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"draft of {self.body_id}, edit {self.edit}"


class DivisionDeed(models.Model):
    """What somebody did with the rules of a body, for ever: begun, a rule written or removed, tried, published, …

    `before` and `after` are the rule that was changed, each empty where there was none; `number` the version or edit
    that came of it.
    """

    class Kind(models.TextChoices):
        """What was done."""

        BEGUN = "begun"
        WRITTEN = "written"
        REMOVED = "removed"
        REHEARSED = "rehearsed"
        WENT_ON = "went_on"
        DISCARDED = "discarded"
        PUBLISHED = "published"
        TAKEN_BACK = "taken_back"

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    number = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["body", "id"], name="division_deed")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.body_id}"
