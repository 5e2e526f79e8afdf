"""Tables of who comes: the units of a post, and what each was sent to. Where a unit is, is only kept sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

PERSON = settings.AUTH_USER_MODEL


class UnitState(models.TextChoices):
    """What a unit says of itself, by one thumb."""

    AVAILABLE = "available"
    ON_THE_WAY = "on_the_way"
    THERE = "there"
    BUSY = "busy"
    OFF = "off"  # not on duty: nobody sees where it is, and nobody sends it


class UnitKind(models.TextChoices):
    """What a unit is."""

    AMBULANCE = "ambulance"
    FIRE = "fire"
    POLICE = "police"
    RESCUE = "rescue"  # search and rescue, disaster agency
    PATROL = "patrol"  # guards, public order
    OTHER = "other"


class Unit(models.Model):
    """People and a vehicle that a post sends. `area_code`: where it works, a Kemendagri code of any level.

    `sealed` holds the newest place only (lon, lat, accuracy in metres), never a trail; off duty it is empty.
    `heard_at`: when anything came from its phone last.
    """

    watch = models.ForeignKey("emergency.Watch", on_delete=models.CASCADE, related_name="units")
    kind = models.CharField(max_length=10, choices=UnitKind.choices, default=UnitKind.OTHER)
    call_sign = models.CharField(max_length=40)
    phone = models.CharField(max_length=40, blank=True)
    area_code = models.CharField(max_length=13, blank=True, db_index=True)
    members: models.ManyToManyField[Any, Any] = models.ManyToManyField(PERSON, related_name="units")
    state = models.CharField(max_length=10, choices=UnitState.choices, default=UnitState.OFF)
    state_at = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(null=True)
    sealed = models.TextField(blank=True)
    placed_at = models.DateTimeField(null=True)  # when it was at that place
    is_demo = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watch", "call_sign"], condition=Q(ended_at=None), name="unit_named_once")
        ]

    def __str__(self) -> str:
        return self.call_sign


class Answer(models.TextChoices):
    """What a unit said to being sent; empty for nothing yet."""

    TAKES = "takes"
    CANNOT = "cannot"


class Ending(models.TextChoices):
    """How a unit's way to an alert ended."""

    CANNOT = "cannot"
    RECALLED = "recalled"  # by the operator
    LEFT = "left"  # by the unit: done there, or turned back
    ALERT_ENDED = "alert_ended"


class Sending(models.Model):
    """A unit is asked to go to an alert: one at a time. `seconds`: the estimate of its way when it was sent.

    `by_radio`: an operator answered for it, so that no phone of it is waited for. `late_at`, `silent_at`: when the log
    was told that no answer came, and that its phone is heard no more.
    """

    alert = models.ForeignKey("emergency.Alert", on_delete=models.CASCADE, related_name="sendings")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="sendings")
    sent_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    seconds = models.PositiveIntegerField(null=True)
    answer = models.CharField(max_length=6, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    by_radio = models.BooleanField(default=False)
    eta_at = models.DateTimeField(null=True)
    there_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    silent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=12, choices=Ending.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit"], condition=Q(ended_at=None), name="sending_one_open")]

    def __str__(self) -> str:
        return f"{self.unit_id} to {self.alert_id}"


class RunCard(models.Model):
    """What to ask and whom to send, for a kind of alert (empty: any) in an area (empty: all that the post watches).

    `questions` are sentences in the words of the post; `units` kinds of units, in the order in which they are sent.
    """

    watch = models.ForeignKey("emergency.Watch", on_delete=models.CASCADE, related_name="cards")
    kind = models.CharField(max_length=10, blank=True)
    area_code = models.CharField(max_length=13, blank=True)
    questions = models.JSONField(default=list)
    units = models.JSONField(default=list)
    advice = models.TextField(blank=True)  # what to tell the caller meanwhile

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watch", "kind", "area_code"], name="card_once")]

    def __str__(self) -> str:
        return f"{self.kind or 'any'} at {self.watch_id}"


class Shift(models.Model):
    """Who means to be on duty at a post, from when until when. It promises nothing: on duty is who is heard.

    `stands_in_for`: whose shift it was. `told_at`: when the others were told that nobody had come.
    """

    watch = models.ForeignKey("emergency.Watch", on_delete=models.CASCADE, related_name="shifts")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="shifts")
    begins_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(db_index=True)
    stands_in_for = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watch", "person", "begins_at"], name="shift_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("begins_at")), name="shift_ends_later"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.watch_id}"


class HandOver(models.Model):
    """What an operator leaves to the next at a post. Sealed: people are spoken of in it."""

    watch = models.ForeignKey("emergency.Watch", on_delete=models.CASCADE, related_name="hand_overs")
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    sealed = models.TextField()

    def __str__(self) -> str:
        return f"hand-over at {self.watch_id}"
