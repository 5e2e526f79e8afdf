"""What is written to a person: kept before it is sent, so that nothing is lost and nothing is sent twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Message(models.Model):
    """One mail. `key` names what it tells of: a second one of the same key cannot be written.

    `sent_at` is empty until a mail server has taken it; `given_up` where it never will.
    """

    key = models.CharField(max_length=80, unique=True)
    to_person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    entry = models.ForeignKey("reports.Entry", null=True, on_delete=models.CASCADE)
    written_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up = models.BooleanField(default=False)
    error = models.CharField(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    is_urgent = models.BooleanField(default=False)  # somebody waits for it; it holds a secret and is deleted once sent

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="message_due", condition=models.Q(sent_at=None, given_up=False))
        ]

    def __str__(self) -> str:
        return self.key
