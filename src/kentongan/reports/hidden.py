"""What is kept of words and pictures that were taken from the public, and of people's wish that it be done."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

APPEAL_WITHIN = timedelta(days=30)  # and so long what was hidden is kept, sealed
WAITING = Q(appealed_at__isnull=False, ended_at__isnull=True)  # for a decision about the objection


class What(models.TextChoices):
    """What can be hidden of a report: all of it, the words of it or of an entry, a photo."""

    REPORT = "report", _("The whole report")
    TEXT = "text", _("A text")
    PHOTO = "photo", _("A photo")


class Because(models.TextChoices):
    """Why something may be hidden, and flagged. That it is wrong, or unpleasant for the body, is none of the reasons.

    After the reports that FixMyStreet and Discourse let people flag, and the kinds of personal data of UU 27/2022.
    """

    PERSONAL = "personal_data", _("Personal data")
    INSULT = "insult", _("Insult or threat")
    HATE = "hate", _("Hatred against a group")
    SHOCKING = "shocking", _("Shocking or indecent")
    CHILD = "child", _("Shows a child who can be recognised")
    DANGER = "danger", _("Puts somebody in danger")
    SPAM = "spam", _("Advertising or nothing to do with it")
    LAW = "law", _("Forbidden by law or by a court")


class Hiding(models.Model):
    """One thing that was taken from the public, and what became of it.

    `seq` is the entry whose words or photo it was, 0 the report's own words; `entry` the entry that tells of it.
    `sealed` is what was there before, until an appeal is decided or can be made no more; then it is empty.
    """

    class Ended(models.TextChoices):
        """How an objection, or the second thoughts of whoever hid it, ended."""

        SHOWN = "shown"
        KEPT = "kept"

    report = models.ForeignKey("reports.Report", on_delete=models.CASCADE, related_name="hidings", db_index=False)
    what = models.CharField(max_length=10, choices=What.choices)
    seq = models.PositiveIntegerField(default=0)
    photo_id = models.UUIDField(null=True)
    entry = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, choices=Because.choices)
    at = models.DateTimeField(default=timezone.now)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    body = models.ForeignKey("bodies.Body", null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    by_reporter = models.BooleanField(default=False)
    sealed = models.TextField(blank=True)
    # By which another instance knows the photo: as it came here, and as it was shown here.
    digests = models.JSONField(default=list)
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=10, choices=Ended.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "entry"], name="hiding_report_entry")]
        indexes = [
            models.Index(fields=["report"], name="hiding_appealed", condition=WAITING),
            models.Index(fields=["at"], name="hiding_sealed", condition=~Q(sealed="")),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.entry} {self.what}"

    @property
    def may_be_appealed(self) -> bool:
        """Whether its author may still object."""
        return not self.appealed_at and not self.ended_at and self.at > timezone.now() - APPEAL_WITHIN


class Flag(models.Model):
    """Somebody asks that something be hidden; `settled_at` once the body has looked."""

    report = models.ForeignKey("reports.Report", on_delete=models.CASCADE, related_name="flags", db_index=False)
    what = models.CharField(max_length=10, choices=What.choices)
    seq = models.PositiveIntegerField(default=0)
    photo_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=20, choices=Because.choices)
    text = models.TextField(blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["report", "id"], name="flag_open", condition=Q(settled_at__isnull=True)),
            models.Index(fields=["report"], name="flag_report"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.what} {self.reason}"
