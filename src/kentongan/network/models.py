"""What is kept of the network: peers, their keys, the bodies behind them, what goes out and what came in."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone


class PeerState(models.TextChoices):
    """How far two sides have come: only an `active` peer is sent anything."""

    PROPOSED = "proposed"  # we added it; not switched on yet
    ASKED = "asked"  # it introduced itself to us; nobody here has confirmed it
    ACTIVE = "active"
    PAUSED = "paused"  # switched off by hand; what is due waits
    GONE = "gone"  # it left; its addresses still lead there


class Peer(models.Model):
    """Another application, instance or mailbox that reports are exchanged with.

    `secret` is what we hold to speak there (an API key, a webhook secret), encrypted by `sealing`; `options` belong
    to the dialect. `confirmed_here` and `confirmed_there` are the two sides of an introduction between instances.
    """

    name = models.SlugField(max_length=60, primary_key=True)
    title = models.CharField(max_length=160, blank=True)
    dialect = models.CharField(max_length=20, blank=True)  # empty: it only calls us
    endpoint = models.URLField(max_length=500, blank=True)
    jurisdiction = models.CharField(max_length=120, blank=True)
    instance = models.CharField(max_length=120, blank=True, db_index=True)
    secret = models.TextField(blank=True)
    options = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=PeerState.choices, default=PeerState.PROPOSED)
    confirmed_here = models.BooleanField(default=False)
    confirmed_there = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    polled_until = models.DateTimeField(null=True)
    polled_at = models.DateTimeField(null=True)
    # The circuit breaker: after failures in a row nothing is tried before `closed_until`.
    failures = models.PositiveIntegerField(default=0)
    closed_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """What people read: its title, or else the host of its address, or its short name in plain letters."""
        if self.title and self.title != self.name:
            return self.title
        host = self.instance or urlsplit(self.endpoint).hostname or self.endpoint.rpartition("@")[2]
        return host.removeprefix("www.") or self.name.replace("-", " ").replace("_", " ").title()

    @property
    def is_active(self) -> bool:
        """Whether reports may be exchanged with it."""
        return self.state == PeerState.ACTIVE


class ApiKey(models.Model):
    """A key by which a peer calls us. Only its SHA-256 is kept; several may hold at once, so that one is changed.

    `areas` are Kemendagri codes and `categories` category codes it is limited to; an empty list is no limit.
    """

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="api_keys")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)  # the last letters, so that people can tell keys apart
    write = models.BooleanField(default=False)
    areas = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.peer_id} …{self.hint}"


class SigningKey(models.Model):
    """A key pair of this instance (Ed25519). The newest signs; those before it still verify for a while.

    `succession` is the signature of the key before it, `signed_by`, over this one: whoever trusts that one may trust
    this one.
    """

    keyid = models.CharField(max_length=200, primary_key=True)
    private = models.TextField()  # PEM, encrypted by `sealing`
    public = models.CharField(max_length=60)  # base64url of the 32 bytes
    signed_by = models.CharField(max_length=200, blank=True)
    succession = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.keyid


class KnownKey(models.Model):
    """A public key of a peer. Trusted once the peer is confirmed, or signed for by a key that was trusted."""

    keyid = models.CharField(max_length=200, primary_key=True)
    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="known_keys")
    public = models.CharField(max_length=60)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.keyid


class KeySearch(models.Model):
    """The last search for a key that signs in a confirmed peer's name and is not known: see `seeking`.

    `next_at` is when its card may be read again, None while it is being read; `unread`: it could not be.
    """

    peer = models.OneToOneField(Peer, on_delete=models.CASCADE, primary_key=True, related_name="key_search")
    keyid = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    fruitless = models.PositiveSmallIntegerField(default=0)  # searches in a row that found nothing
    unread = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "key searches"

    def __str__(self) -> str:
        return f"{self.peer_id}: {self.keyid}"


class Reach(models.Model):
    """A body that works behind a peer: what is routed to it, and to its parts, is sent there."""

    body = models.OneToOneField("bodies.Body", on_delete=models.CASCADE, primary_key=True, related_name="reach")
    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="bodies")

    def __str__(self) -> str:
        return f"{self.body_id} by {self.peer_id}"


class ServiceMap(models.Model):
    """Which service of a peer a category of ours is; proposed by likeness, used once `confirmed`."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="services")
    category = models.ForeignKey("catalogue.Category", on_delete=models.CASCADE, related_name="+")
    service_code = models.CharField(max_length=120)
    service_name = models.CharField(max_length=200, blank=True)
    attributes = models.JSONField(default=list, blank=True)  # the definition as the peer gave it
    answers = models.JSONField(default=dict, blank=True)  # their attribute → a fixed value, or "=code" of our answer
    likeness = models.FloatField(default=0.0)
    confirmed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "category"], name="service_map_once")]

    def __str__(self) -> str:
        return f"{self.peer_id}: {self.category_id} → {self.service_code}"


class Trace(models.Model):
    """Where a report in the network began and how it travelled. A report that never left has none.

    `path` lists the instances that had it, the origin first and this one last; `bounces` counts how often it was
    declined. `pseudonym` stands for the reporter, different for each pair of instances.
    """

    report = models.OneToOneField("reports.Report", on_delete=models.CASCADE, primary_key=True, related_name="trace")
    origin = models.CharField(max_length=120)
    origin_code = models.CharField(max_length=32)
    origin_url = models.URLField(max_length=500, blank=True)
    path = models.JSONField(default=list)
    bounces = models.PositiveSmallIntegerField(default=0)
    declined_by = models.JSONField(default=list)  # codes of the bodies that declined it
    undecided = models.BooleanField(default=False, db_index=True)  # bounced too often: the origin's coordinator decides
    final = models.BooleanField(default=False)  # the coordinator has decided: it cannot be declined again
    pseudonym = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "origin_code"], name="trace_origin_once")]

    def __str__(self) -> str:
        return f"{self.origin}/{self.origin_code}"


class Departure(models.Model):
    """A body that has left for an instance of its own with all its parts: `url` is that instance's address."""

    body = models.OneToOneField("bodies.Body", on_delete=models.CASCADE, primary_key=True, related_name="+")
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="departures")
    url = models.URLField(max_length=500)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.body_id} to {self.peer_id}"


class Moved(models.Model):
    """Where the page of a report is that was here: kept longer than the report itself."""

    code = models.CharField(max_length=32, primary_key=True)
    url = models.URLField(max_length=500)

    class Meta:
        verbose_name_plural = "moved"

    def __str__(self) -> str:
        return self.code


class Direction(models.TextChoices):
    """`out`: we gave it, the peer works on it. `in`: the peer gave it, we work on it."""

    OUT = "out"
    IN = "in"


class HandOverState(models.TextChoices):
    """How a hand-over stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # the giver took it back
    RETURNED = "returned"  # the taker gave it back after having accepted it


OPEN = (HandOverState.OFFERED, HandOverState.ACCEPTED)


class HandOver(models.Model):
    """One report's stay with one peer. `remote_id` is the peer's own name for it, empty while it has none."""

    report = models.ForeignKey("reports.Report", on_delete=models.CASCADE, related_name="hand_overs")
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="hand_overs")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    state = models.CharField(max_length=10, choices=HandOverState.choices, default=HandOverState.OFFERED)
    remote_id = models.CharField(max_length=200, blank=True)
    remote_url = models.URLField(max_length=500, blank=True)
    token = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    body = models.CharField(max_length=40, blank=True)  # the body it was given to
    seq = models.PositiveIntegerField(default=0)  # entries up to this one went with the report itself
    told_at = models.DateTimeField(null=True)  # the time, by the peer's clock, of its newest update
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "peer", "direction"],
                condition=Q(state__in=["offered", "accepted"]),
                name="hand_over_one_open",
            )
        ]
        indexes = [models.Index(fields=["peer", "remote_id"], name="hand_over_remote")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.direction} {self.peer_id}: {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether the two sides still tell each other of the report."""
        return self.state in OPEN


class DeliveryState(models.TextChoices):
    """`parked`: a person has to look; nothing later of the same report passes it."""

    WAITING = "waiting"
    PARKED = "parked"


class Delivery(models.Model):
    """Something that a peer has to be told, in the order of `id` for each report. A finished one is deleted.

    `key` makes it once: the same thing is never told a peer twice. `payload` names what to tell; the words are made
    when it is sent. `leased_until` is held by the worker that sends it now.
    """

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="deliveries")
    report = models.ForeignKey("reports.Report", null=True, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    lease = models.CharField(max_length=36, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "key"], name="delivery_once")]
        indexes = [
            models.Index(fields=["peer", "state", "due_at", "id"], name="delivery_due"),
            models.Index(fields=["peer", "report", "id"], name="delivery_order"),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.peer_id} {self.kind} {self.key}"


class Receipt(models.Model):
    """Something that a peer told us, by its own id of it: a second time gets the same answer and does nothing."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="receipts")
    key = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    answer = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "key"], name="receipt_once")]
        indexes = [models.Index(fields=["at"], name="receipt_at")]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.key}"


class Traffic(models.Model):
    """How many calls to a peer went well and how many failed in an hour (UTC), for its failure rate."""

    peer = models.ForeignKey(Peer, on_delete=models.CASCADE, related_name="traffic")
    hour = models.DateTimeField()
    sent = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["peer", "hour"], name="traffic_once")]
        verbose_name_plural = "traffic"

    def __str__(self) -> str:
        return f"{self.peer_id} {self.hour:%Y-%m-%d %H}: {self.sent} sent, {self.failed} failed"


class ReplyLink(models.Model):
    """A link in a mail by which a body without a system answers. Only its SHA-256 is kept.

    It belongs to one hand-over. `used_at` is the first step taken by it; from then on it serves that browser only.
    """

    digest = models.CharField(max_length=64, unique=True)
    stay = models.ForeignKey(HandOver, on_delete=models.CASCADE, related_name="reply_links")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["stay", "created_at"], name="reply_link_stay")]

    def __str__(self) -> str:
        return f"{self.stay_id} until {self.expires_at:%Y-%m-%d}"


class Inquiry(models.Model):
    """Something asked of the outside by a task, and what came of it: see `inquiries`.

    `asked` are the arguments, encrypted by `sealing` (of kind `meet` the address as it is). `problem` holds code,
    status, detail and field of a refusal.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=12)
    peer = models.CharField(max_length=60, blank=True)
    asked = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    said = models.JSONField(default=list)
    problem = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "inquiries"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"


class CodeAnswer(models.Model):
    """What the others said of a code that is not known here: where it leads, empty where nobody knows it."""

    code = models.CharField(max_length=32, primary_key=True)
    url = models.URLField(max_length=500, blank=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


def hour_of(at: datetime) -> datetime:
    """The full hour that `at` lies in."""
    return at.replace(minute=0, second=0, microsecond=0)
