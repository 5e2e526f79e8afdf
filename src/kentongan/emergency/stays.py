"""What is kept of alerts that another instance knows of too: where they are, what it is told, what it watches."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Side(models.TextChoices):
    """Which end of it we are."""

    OUT = "out"  # its phone is ours; the other instance watches the place
    IN = "in"  # its phone is theirs; we watch the place


class StayState(models.TextChoices):
    """How far an alert and another instance have come."""

    ASKING = "asking"  # told to them; they have not said that they keep it
    HELD = "held"  # they keep it, and watch its place
    REFUSED = "refused"  # they do not watch the place, or cannot take it
    LEAVING = "leaving"  # the phone has left their area: it is theirs until an operator of the next has it
    OVER = "over"


LIVE = (StayState.ASKING, StayState.HELD, StayState.LEAVING)


class Stay(models.Model):
    """An alert at another instance (`peer`, gone where it was deleted; `title` is what people read).

    `sent` is the number of the last letter to them, `taken` of the last one from them; both rise as time does.
    `watched` and `post` are what they said last of who is on duty. `failing_since`: no call has got through since then.
    """

    alert = models.ForeignKey("emergency.Alert", on_delete=models.CASCADE, related_name="stays")
    peer = models.ForeignKey("network.Peer", null=True, on_delete=models.SET_NULL, related_name="alert_stays")
    title = models.CharField(max_length=160)
    side = models.CharField(max_length=3, choices=Side.choices)
    state = models.CharField(max_length=8, choices=StayState.choices, default=StayState.ASKING)
    sent = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)
    watched = models.BooleanField(default=False)
    post = models.CharField(max_length=120, blank=True)
    owner = models.CharField(max_length=200, blank=True)  # who has it there
    since = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(default=timezone.now)  # when a call got through last
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "peer"], name="alert_stay_once")]
        indexes = [models.Index(fields=["state", "side"], name="alert_stay_state")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.side} {self.state}"


class Letter(models.Model):
    """One thing to tell the other side, sealed; deleted once they have it. `number`: milliseconds since 1970."""

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="letters")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    sealed = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stay", "number"], name="alert_letter_once")]

    def __str__(self) -> str:
        return f"{self.stay_id} {self.number} {self.kind}"


class Claim(models.Model):
    """A place that another instance says it watches, as it said so last. Whether it may is not said here."""

    peer = models.ForeignKey("network.Peer", on_delete=models.CASCADE, related_name="alert_claims")
    area_code = models.CharField(max_length=13, db_index=True)
    post = models.CharField(max_length=120, blank=True)
    on_duty = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "area_code"], name="alert_claim_once")]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.area_code}"


class Line(models.Model):
    """How calls to an instance go: nobody else calls it before `leased_until`, nothing is tried before `due_at`."""

    peer = models.OneToOneField("network.Peer", primary_key=True, on_delete=models.CASCADE, related_name="alert_line")
    leased_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # what it watches
    failures = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"line to {self.peer_id}"
