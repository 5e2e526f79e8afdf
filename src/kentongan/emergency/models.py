"""What is kept of alerts and of those who watch. Places, words and pictures of people are only kept sealed."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kentongan.emergency import (
    fleet,  # noqa: F401  its tables are of this room
    staying,  # noqa: F401  no account goes while an alert or timer of it goes on
    stays,  # noqa: F401  its tables are of this room
)
from kentongan.emergency.states import Actor, State

PERSON = settings.AUTH_USER_MODEL


class Watch(models.Model):
    """A post that watches an area for a body: its staff, from officer on, may go on duty here.

    `area_code` is a Kemendagri code of any level, empty for the whole country and for alerts whose place is unknown.
    `kept_days`: how long positions, words and pictures of an alert are kept after its end. `abroad_seconds`: how long
    another instance that was given an alert may take to say that it has it, until this post is called.
    """

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="watches")
    title = models.CharField(max_length=120)
    area_code = models.CharField(max_length=13, blank=True, db_index=True)
    phone = models.CharField(max_length=40, blank=True)
    kept_days = models.PositiveSmallIntegerField(default=30)
    abroad_seconds = models.PositiveSmallIntegerField(default=10)
    takes_texts = models.BooleanField(default=False)  # any SMS becomes an alert, also one that asks for no help
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return self.title


class Duty(models.Model):
    """A person's turn at a post. Only one whose `beat_at` is young counts: a closed laptop watches nobody."""

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="duties")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="duties")
    since = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now, db_index=True)
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            models.UniqueConstraint(fields=["watch", "person"], condition=Q(until=None), name="duty_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.watch_id}"


class Escalation(models.TextChoices):
    """Whom a rule calls."""

    ONE = "one"  # the operator on duty there who has least to do
    ALL = "all"  # every operator on duty there
    WIDER = "wider"  # every operator on duty for a wider area around it
    MAIL = "mail"  # the address, or where it is empty the staff of the body
    WEBHOOK = "webhook"  # the address, signed with the secret


class Rule(models.Model):
    """Whom a post calls, so many seconds after an alert came that nobody has acknowledged."""

    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="rules")
    after = models.PositiveIntegerField()  # seconds
    to = models.CharField(max_length=8, choices=Escalation.choices)
    address = models.CharField(max_length=500, blank=True)
    secret = models.TextField(blank=True)  # sealed

    class Meta:
        ordering = ["after", "id"]

    def __str__(self) -> str:
        return f"{self.to} after {self.after} s"


class Alert(models.Model):
    """Somebody needs help. The key is the phone's own: sent again, it is the same alert.

    `sender` is a keyed hash of the account or address, so that past alerts can be counted; `proof` one of what the
    first message said, so that only its sender gets the answer again. `remarks` are codes of what was odd about it.
    `step_at` is when the next rule is due, `steps` how many are done. `rounds` counts how often somebody was called,
    `phoned` of how many of these the phones of those on duty were told. `forgotten_at`: the sealed parts are deleted.

    `shared`: another instance knows of it (`Stay`). `away` is the one that has it now, `owner_away` who has it there,
    in words; `called_home`: it did not answer, or nobody watches there, so that our own operators are called.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    updated_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, default=State.RECEIVED)
    seq = models.PositiveIntegerField(default=0)
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="alerts")
    claim_digest = models.CharField(max_length=64)
    proof = models.CharField(max_length=64)
    sender = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, blank=True)
    silent = models.BooleanField(default=False)
    exercise = models.BooleanField(default=False)
    duress = models.BooleanField(default=False)
    battery = models.PositiveSmallIntegerField(null=True)  # per cent
    area_code = models.CharField(max_length=13, blank=True)
    remarks = models.JSONField(default=list)
    watch = models.ForeignKey(Watch, null=True, on_delete=models.SET_NULL, related_name="alerts")
    owner = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="alerts_owned")
    owner_watch = models.ForeignKey(Watch, null=True, on_delete=models.SET_NULL, related_name="alerts_owned")
    unit = models.CharField(max_length=80, blank=True)
    eta_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, blank=True)
    report = models.CharField(max_length=32, blank=True)  # the code of the report that it became
    heard_at = models.DateTimeField(default=timezone.now)  # when anything came from the phone last
    cancelled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    called_from = models.DateTimeField(default=timezone.now)  # from when on the rules are counted
    step_at = models.DateTimeField(null=True)
    steps = models.PositiveSmallIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0, db_default=0)
    phoned = models.PositiveSmallIntegerField(default=0, db_default=0)
    forgotten_at = models.DateTimeField(null=True)
    shared = models.BooleanField(default=False)
    away = models.CharField(max_length=160, blank=True)
    owner_away = models.CharField(max_length=200, blank=True)
    called_home = models.BooleanField(default=False)
    kept_days = models.PositiveSmallIntegerField(null=True)  # as the instance said that has it
    caller = models.TextField(blank=True)  # sealed: what another way than an account says of who it is

    class Meta:
        indexes = [
            models.Index(fields=["sender", "created_at"], name="alert_sender"),
            models.Index(fields=["step_at"], name="alert_step", condition=Q(step_at__isnull=False)),
            models.Index(fields=["created_at"], name="alert_phones", condition=Q(phoned__lt=models.F("rounds"))),
            models.Index(fields=["state", "created_at"], name="alert_state"),
            models.Index(fields=["report"], name="alert_report", condition=~Q(report="")),
            models.Index(fields=["ended_at"], name="alert_ended", condition=Q(forgotten_at=None)),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"

    @property
    def own_name(self) -> str:
        """Who of our operators has it: name and post; empty for nobody."""
        if self.owner is None:
            return ""
        post = self.owner_watch.title if self.owner_watch else ""
        return f"{self.owner.name} ({post})" if self.owner.name and post else self.owner.name or post


class Entry(models.Model):
    """One thing that happened. `words` are sealed; `data` holds codes and numbers, never what a person wrote."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="entries")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=8, default=Actor.SYSTEM)
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    watch = models.ForeignKey(Watch, null=True, on_delete=models.SET_NULL, related_name="+")
    state_from = models.CharField(max_length=12, blank=True)
    state_to = models.CharField(max_length=12, blank=True)
    words = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["alert", "seq"], name="alert_entry_once")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.seq} {self.kind}"


class Position(models.Model):
    """One place of the phone: `sealed` holds lon, lat, accuracy (metres) and battery; `at` is when it was there.

    `number` is the phone's own count: the same place sent again is kept once.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="positions")
    number = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    sealed = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "number"], name="alert_position_once")]

    def __str__(self) -> str:
        return f"position of {self.alert_id}"


class Message(models.Model):
    """Words between the person and the operator. `key` is made by who writes: sent again, it is the same."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="messages")
    key = models.UUIDField(default=uuid4)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=8)
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.CharField(max_length=200, blank=True)  # who, where it was written at another instance
    sealed = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "key"], name="alert_message_once")]

    def __str__(self) -> str:
        return f"message of {self.alert_id}"


class Media(models.Model):
    """A picture or a sound, sealed; `digest` (SHA-256, keyed) makes the same one once."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="media")
    at = models.DateTimeField(default=timezone.now)
    content_type = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    sealed = models.BinaryField()
    missing = models.BooleanField(default=False, db_index=True)  # not yet fetched from the instance that told of it

    class Meta:
        verbose_name_plural = "media"
        constraints = [models.UniqueConstraint(fields=["alert", "digest"], name="alert_media_once")]

    def __str__(self) -> str:
        return f"{self.content_type} of {self.alert_id}"


class Look(models.Model):
    """Somebody had the places and words of an alert open, from `at` to `until`: the person reads it afterwards."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="looks")
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    watch = models.ForeignKey(Watch, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200, blank=True)  # who, at another instance
    key = models.CharField(max_length=60, blank=True)  # what it is called there

    def __str__(self) -> str:
        return f"{self.person_id} looked at {self.alert_id}"


class Call(models.Model):
    """An operator whose console sounds for an alert until somebody has it."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="calls")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "person"], name="alert_call_once")]

    def __str__(self) -> str:
        return f"{self.person_id} called for {self.alert_id}"


class Relay(models.Model):
    """What a gateway has to be told; `due_at` None once it took it or it was given up."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="relays")
    rule = models.ForeignKey(Rule, null=True, on_delete=models.SET_NULL, related_name="+")
    to = models.CharField(max_length=8)
    address = models.CharField(max_length=500)
    due_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.to} of {self.alert_id}"


class Codes(models.Model):
    """The codes by which a person cancels: `cancel` ends it, `duress` only looks as if. Kept as passwords are."""

    person = models.OneToOneField(PERSON, primary_key=True, on_delete=models.CASCADE, related_name="safety_codes")
    cancel = models.CharField(max_length=160)
    duress = models.CharField(max_length=160, blank=True)

    class Meta:
        verbose_name_plural = "codes"

    def __str__(self) -> str:
        return f"codes of {self.person_id}"


class Timer(models.Model):
    """ "If I do not answer by then, alert": kept here, so that it works when the phone does not.

    `sealed` holds the last place and the words for the operator. `alert` is what it became.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    person = models.ForeignKey(PERSON, null=True, on_delete=models.CASCADE, related_name="timers")
    claim_digest = models.CharField(max_length=64)
    sender = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    sealed = models.TextField(blank=True)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="timers")

    def __str__(self) -> str:
        return f"timer {self.pk}"
