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
    # Codes of the bodies whose staff it is for, empty for others: whoever leaves one of them gets it no more.
    staff_of = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    is_urgent = models.BooleanField(default=False)  # somebody waits for it; it holds a secret and is deleted once sent

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="message_due", condition=models.Q(sent_at=None, given_up=False))
        ]

    def __str__(self) -> str:
        return self.key


class How(models.TextChoices):
    """When a member of staff is written to."""

    DAILY = "daily"
    AT_ONCE = "at_once"
    OFF = "off"


class StaffMail(models.Model):
    """How one member of staff is told what is new at their bodies, and what waits to be told to them.

    `without` are kinds (`staff.Kind`) that the person does not want. `waiting` holds, by body and kind, how many there
    are (`count`) and the keys of the first of their reports (`reports`). Deadlines up to `looked_at` have been told.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE)
    how = models.CharField(max_length=8, choices=How.choices, default=How.DAILY)
    without = models.JSONField(default=list)
    waiting = models.JSONField(default=dict)
    due_at = models.DateTimeField(db_index=True)
    looked_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True)
    mails = models.PositiveIntegerField(default=0)  # how many were written: it names the next

    def __str__(self) -> str:
        return f"{self.how} to {self.person_id}"


class PushKind(models.TextChoices):
    """What a person may be told of on their phone, each chosen by itself."""

    REPORTS = "reports"  # news of one's own reports, and of those one supports
    WARNINGS = "warnings"  # warnings of danger for the places that one follows
    NEIGHBOURS = "neighbours"  # a neighbour needs help
    DUTY = "duty"  # staff: an alert waits at one's post, one's unit is sent


OPT_IN = frozenset({PushKind.DUTY})  # of which nobody is told who has not asked for it


class PushKey(models.Model):
    """The installation's own pair for web push, one row. Browsers bind their to it. `sealed` is private."""

    sealed = models.TextField()
    public = models.CharField(max_length=100)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"push key {self.public[:8]}"


class PushChoice(models.Model):
    """Of which kinds (`PushKind`) a person does not want to be told on their phones, and for which of `OPT_IN` they
    asked (`chosen`)."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="push_choice"
    )
    without = models.JSONField(default=list)
    chosen = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    def __str__(self) -> str:
        return f"push to {self.person_id}"


class Phone(models.Model):
    """A browser that may be told something: its push service's address (`endpoint`), and the keys to seal for it.

    `digest` is the SHA-256 of the address, `host` where it lies; `faults` are the refusals in a row. `called_until`: a
    worker calls it, and until then no other does.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phones")
    digest = models.CharField(max_length=64, unique=True)
    endpoint = models.TextField()
    host = models.CharField(max_length=255)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    name = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    faults = models.PositiveSmallIntegerField(default=0)
    called_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"phone {self.pk} of {self.person_id}"


class Push(models.Model):
    """What one phone is told. `key` names what it tells of: a second one of the same key cannot be written.

    `said` is emptied once a push service has it. `topic` lets that service put a newer one in the place of an older.
    """

    key = models.CharField(max_length=120, unique=True)
    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="pushes")
    said = models.JSONField(default=dict)
    topic = models.CharField(max_length=32, blank=True)
    is_urgent = models.BooleanField(default=False)
    written_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)  # a push service took it, or nobody needs it any more
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name_plural = "pushes"
        # In the order of their turns: of ten thousand that wait, the next are found without sorting them all.
        indexes = [
            models.Index(
                fields=["-is_urgent", "expires_at", "due_at", "id"],
                name="push_turn",
                condition=models.Q(ended_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.key
