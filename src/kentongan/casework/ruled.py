"""What is kept of a body's rules: each as it is now, as it was, and what it has to do or has done."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    """What sets a rule off."""

    ARRIVED = "arrived", _("A report has arrived")
    ACCEPTED = "accepted", _("It was accepted, or work has begun")
    COMMENTED = "commented", _("A citizen has written something")
    CONTESTED = "contested", _("Somebody objects to the result")
    REOPENED = "reopened", _("It was opened again")
    RESOLVED = "resolved", _("It was solved")
    OVERDUE = "overdue", _("Its deadline has passed")


class Rule(models.Model):
    """When `event` (and `after_hours` more) and the filter `asked`: then `steps`. Only while `is_on`.

    `asked` is a filter as an address has it, `steps` what `rules.read_steps` understands. `rehearsed` is the version
    that was last tried on past reports: another one cannot be switched on. `fault`: why it was switched off by itself.
    """

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    event = models.CharField(max_length=12, choices=Event.choices)
    after_hours = models.PositiveIntegerField(default=0)
    asked = models.TextField(blank=True)
    steps = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    rehearsed = models.PositiveIntegerField(default=0)
    is_on = models.BooleanField(default=False)
    on_since = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body", "name"], name="rule_one_name", condition=Q(ended_at__isnull=True))
        ]
        indexes = [models.Index(fields=["event"], name="rule_on", condition=Q(is_on=True))]

    def __str__(self) -> str:
        return f"{self.name} of {self.body_id}"


class RuleVersion(models.Model):
    """A rule as it was written once: `kept` holds name, event, after_hours, asked and steps."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    kept = models.JSONField()
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_number")]

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.number}"


class RuleRun(models.Model):
    """A rule, a report and one event of it, once: `key` is the entry that told of it, or the deadline that passed.

    `outcome` is `done`, why nothing was done (`unfit`, `off`, `changed`), or the code of the Problem that stopped it.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs", db_index=False)
    report_id = models.BigIntegerField(db_index=True)
    key = models.BigIntegerField()
    version = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "report_id", "key"], name="rule_run_once")]
        indexes = [
            models.Index(fields=["due_at"], name="rule_run_due", condition=Q(done_at__isnull=True)),
            models.Index(fields=["rule", "done_at"], name="rule_run_done"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.report_id}/{self.key}"
