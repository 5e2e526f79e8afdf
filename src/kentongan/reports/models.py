"""What is kept of a report. Only this room writes these tables, and only through its commands."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kentongan.reports.hidden import Flag as Flag
from kentongan.reports.hidden import Hiding as Hiding
from kentongan.reports.states import PUBLIC, Actor, Ending, State, Status

DESK = [
    "body", "state", "id", "category", "village_code", "channel", "priority", "assignee", "team", "created_at",
    "deadline_at", "ended_at", "contest_count", "stars",
]  # fmt: skip


class Privacy(models.TextChoices):
    """Who may know: everybody; everybody but not the name; only the reporter and the body."""

    PUBLIC = "public"
    ANONYMOUS = "anonymous"
    SECRET = "secret"  # noqa: S105


class Visibility(models.TextChoices):
    """Who reads a timeline entry: everybody, staff only, or the reporter and the platform's administrator."""

    PUBLIC = "public"
    INTERNAL = "internal"
    REPORTER = "reporter"


class Priority(models.IntegerChoices):
    """How pressing the body that has a report finds it: for its staff only. The higher, the sooner."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4

    @property
    def word(self) -> str:
        """How entries, forms and files write it."""
        return self.name.lower()


class PlaceQuality(models.TextChoices):
    """How the areas of a report are known (`places.locate`), or that it has no place."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    SNAPPED = "snapped"
    NONE = "none"


class Report(models.Model):
    """One citizen's report as it stands now; its timeline tells how it came there.

    `lon`, `lat` are WGS 84 degrees, empty where the trouble has no place. `cell` is the H3 cell of
    resolution 10 as an integer. `seq` is the number of the last timeline entry.
    """

    code = models.CharField(max_length=32, unique=True)
    submission_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=16, default="web")
    # Who sent it on that channel (`storing.sender_of`): an id belongs to its sender, and nobody else's repeats it.
    sender = models.CharField(max_length=120, blank=True, default="", db_default="")
    category = models.ForeignKey("catalogue.Category", on_delete=models.PROTECT, db_index=False)
    text = models.TextField(blank=True)
    url = models.URLField(max_length=2000, blank=True)
    answers = models.JSONField(default=dict)
    # The questions that were answered, as they were asked then: whoever asks changes and ends them later. NULL: none.
    asked = models.JSONField(null=True)
    occurred_at = models.DateTimeField(null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    cell = models.BigIntegerField(null=True)
    province_code = models.CharField(max_length=2, blank=True)
    regency_code = models.CharField(max_length=5, blank=True)
    district_code = models.CharField(max_length=8, blank=True)
    village_code = models.CharField(max_length=13, blank=True)
    # Street, side, crossing, kilometre and landmark as JSON, decided when the report was stored; empty: none known.
    address = models.TextField(blank=True, default="", db_default="")
    # The thing that it is about, as it was called then: what its owner does with it later changes no report.
    asset_layer = models.CharField(max_length=40, blank=True, default="", db_default="")
    asset_id = models.CharField(max_length=80, blank=True, default="", db_default="")
    asset_name = models.CharField(max_length=160, blank=True, default="", db_default="")
    place_quality = models.CharField(max_length=12, choices=PlaceQuality.choices, default=PlaceQuality.NONE)
    state = models.CharField(max_length=20, choices=[(state, state) for state in State], default=State.RECEIVED)
    ending = models.CharField(max_length=20, choices=[(end, end) for end in Ending], blank=True)
    body = models.ForeignKey("bodies.Body", null=True, on_delete=models.PROTECT, db_index=False)
    decision = models.JSONField(default=dict)
    original = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_index=False)
    # What it is a part of (`parting`). A part is restricted: lists and counts have the whole.
    whole = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_index=False, related_name="parts")
    privacy = models.CharField(max_length=10, choices=Privacy.choices, default=Privacy.PUBLIC)
    is_restricted = models.BooleanField(default=False)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False)
    claim_hash = models.CharField(max_length=64, blank=True)
    # Who works on it, and how pressing it is: known to the staff of the body that has it, and to nobody else.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="work"
    )
    team = models.ForeignKey("bodies.Team", null=True, on_delete=models.SET_NULL, db_index=False, related_name="work")
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    seq = models.PositiveIntegerField(default=0)
    support_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    contest_count = models.PositiveIntegerField(default=0)
    reopen_count = models.PositiveIntegerField(default=0)
    photo_count = models.PositiveIntegerField(default=0)
    stars = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # By when its body solves it, and by when it says anything at all: empty once it has, or where nothing is promised.
    deadline_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)
    # Since when the clocks stand still, because the reporter was asked something and has not answered.
    asked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)
    # It lives at another instance, or is on its way between two: only what comes from there changes it (`moving`).
    away = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission_id", "channel", "sender"], name="report_submission_sender")
        ]
        # A list is "those of X, newest first": each filter has its own index that ends with the id.
        indexes = [
            # A box is answered from the index alone: 0.4 ms instead of 2.8 for 4,000 reports in one city (SQLite).
            models.Index(fields=["lat", "lon", "is_restricted", "id"], name="report_box"),
            models.Index(fields=["province_code", "id"], name="report_province"),
            models.Index(fields=["regency_code", "id"], name="report_regency"),
            models.Index(fields=["district_code", "id"], name="report_district"),
            models.Index(fields=["village_code", "id"], name="report_village"),
            models.Index(fields=["category", "id"], name="report_category"),
            models.Index(fields=["body", "state", "id"], name="report_body_state"),
            models.Index(fields=["state", "id"], name="report_state"),
            # What a coordinator filters by and counts, so that no row is read for one that is left out (`casework`).
            models.Index(fields=DESK, name="report_desk"),
            # An archive in other orders than by age: a million would be sorted for the first page.
            models.Index(fields=["body", "state", "deadline_at", "id"], name="report_due"),
            models.Index(fields=["body", "state", "updated_at", "id"], name="report_changed"),
            models.Index(fields=["body", "state", "support_count", "id"], name="report_supported"),
            models.Index(fields=["created_at", "id"], name="report_created"),
            models.Index(fields=["updated_at", "id"], name="report_updated"),
            models.Index(fields=["claim_hash"], name="report_claim"),
            models.Index(fields=["asset_layer", "asset_id", "id"], name="report_asset", condition=~Q(asset_id="")),
            # Most reports have neither: they cost no place in the index, and no time when they are written.
            models.Index(fields=["reporter", "id"], name="report_reporter", condition=Q(reporter__isnull=False)),
            models.Index(fields=["original"], name="report_original", condition=Q(original__isnull=False)),
            models.Index(fields=["whole", "id"], name="report_whole", condition=Q(whole__isnull=False)),
            # The few results that somebody objects to stand in a body's queue as well.
            models.Index(fields=["body", "state", "id"], name="report_contested", condition=Q(contest_count__gt=0)),
            models.Index(fields=["channel", "id"], name="report_channel", condition=~Q(channel="web")),
            # What lives elsewhere waits for nobody here.
            models.Index(fields=["body", "state", "id"], name="report_gone", condition=Q(away=True)),
            # "Mine", "my team's", "pressing": few of a body's reports are any of these.
            models.Index(
                fields=["assignee", "body", "state", "id"], name="report_assignee", condition=Q(assignee__isnull=False)
            ),
            models.Index(fields=["team", "body", "state", "id"], name="report_team", condition=Q(team__isnull=False)),
            # The few whose clocks stand still: left out of what is due, and looked through for those that go on.
            models.Index(fields=["asked_at", "deadline_at"], name="report_asked", condition=Q(asked_at__isnull=False)),
            models.Index(
                fields=["body", "state", "priority", "id"],
                name="report_priority",
                condition=Q(priority__gt=Priority.NORMAL),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def status(self) -> Status:
        """What the public sees of the state."""
        return PUBLIC[State(self.state)]

    @property
    def is_secret(self) -> bool:
        """Whether not everybody may open its page: a part is open where its whole is."""
        return self.is_restricted and (self.whole is None or self.whole.is_restricted)

    @property
    def area_codes(self) -> list[str]:
        """The codes from the province down, as far as they are known."""
        codes = [self.province_code, self.regency_code, self.district_code, self.village_code]
        return [code for code in codes if code]


class Entry(models.Model):
    """One thing that happened to a report. Entries are added, never changed, unless words are hidden (`hiding`)."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="entries", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=10, choices=[(actor, actor) for actor in Actor])
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False)
    body = models.ForeignKey("bodies.Body", null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    state_from = models.CharField(max_length=20, blank=True)
    state_to = models.CharField(max_length=20, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "seq"], name="entry_report_seq")]
        indexes = [
            models.Index(fields=["person"], name="entry_person", condition=Q(person__isnull=False)),
            models.Index(fields=["-id"], name="entry_looks", condition=Q(kind="identity_seen")),
        ]
        ordering = ["report_id", "seq"]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.seq} {self.kind}"


class Photo(models.Model):
    """A photo given with a report or an answer. The original is private; people see derivatives only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, null=True, on_delete=models.CASCADE, related_name="photos")
    entry_seq = models.PositiveIntegerField(null=True)
    role = models.CharField(max_length=10, default="report")  # report | after | contest
    original = models.CharField(max_length=100)
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    phash = models.CharField(max_length=16)  # empty until the pixels were unpacked
    # The four quarters of the hash: two hashes that differ in at most 3 bits share at least one of them
    # (multi-index hashing, Norouzi et al. 2012).
    quarter_0 = models.CharField(max_length=4, db_index=True)
    quarter_1 = models.CharField(max_length=4, db_index=True)
    quarter_2 = models.CharField(max_length=4, db_index=True)
    quarter_3 = models.CharField(max_length=4, db_index=True)
    taken_at = models.DateTimeField(null=True)
    # The camera wrote neither zone nor place: `taken_at` is read as western time until a report says where it was.
    taken_without_zone = models.BooleanField(default=False, db_default=False)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    marks = models.JSONField(default=list)
    ready = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    uploaded_at = models.DateTimeField(default=timezone.now)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.pk)


class Support(models.Model):
    """One person who has the same trouble."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="supports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "person"], name="support_once")]

    def __str__(self) -> str:
        return f"{self.report_id} by {self.person_id}"


class ReportCell(models.Model):
    """How many public reports of a status lie in an H3 cell: what the map shows from afar."""

    resolution = models.PositiveSmallIntegerField()
    cell = models.BigIntegerField()
    status = models.CharField(max_length=12)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resolution", "cell", "status"], name="cell_resolution_cell_status")
        ]

    def __str__(self) -> str:
        return f"{self.resolution} {self.cell:x} {self.status}: {self.count}"
