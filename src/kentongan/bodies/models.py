"""The bodies that answer for something, their partner periods, and the people and teams who work there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from kentongan.bodies import periods


class Level(models.TextChoices):
    """What kind of body it is."""

    MINISTRY = "ministry"
    AGENCY = "agency"
    REGIONAL_OFFICE = "regional_office"
    PROVINCE = "province"
    REGENCY = "regency"
    DEPARTMENT = "department"
    DISTRICT = "district"
    VILLAGE = "village"
    UTILITY = "utility"
    NEIGHBOURHOOD = "neighbourhood"


class Body(models.Model):
    """A public body or company. A region's government has its Kemendagri code; `area_code` empty: the country.

    `duties` are words of the rules (roads, waste, …); `general` answers for what nobody else does.
    """

    code = models.CharField(max_length=40, primary_key=True)
    name_id = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160)
    level = models.CharField(max_length=20, choices=Level.choices)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    area_code = models.CharField(max_length=13, blank=True, db_index=True)
    duties = models.JSONField(default=list, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(blank=True)
    partner_from = models.DateField(null=True, blank=True)
    partner_until = models.DateField(null=True, blank=True)
    # Whether a role here, and at its parts, counts only for those who sign in with a second factor.
    asks_second_factor = models.BooleanField(default=False, db_default=False)
    # Whether its administrators have said who it is: the file of bodies no longer takes the place of their words.
    told_here = models.BooleanField(default=False, db_default=False)
    # The steps of the guided start that its administrators have done, by their names.
    begun = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # How it looks: its colour (#rrggbb) and the mark of its logo (`Logo.mark`); empty: as the nearest above it.
    accent = models.CharField(max_length=7, blank=True, default="", db_default="")
    logo = models.CharField(max_length=16, blank=True, default="", db_default="")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if get_language() == "en" else self.name_id

    @property
    def is_partner(self) -> bool:
        """Whether it takes part today: by its own period, or that of the body it is part of."""
        return periods.takes_part(self.code)


class Logo(models.Model):
    """The logo of a body (PNG), as it was made from what somebody sent; `mark` begins the hash of its bytes."""

    body = models.OneToOneField(Body, primary_key=True, on_delete=models.CASCADE, related_name="+")
    mark = models.CharField(max_length=16)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"logo of {self.body_id}"


class Role(models.TextChoices):
    """What a member of staff may do; each includes those before it."""

    VIEWER = "viewer"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


class Membership(models.Model):
    """A person's work at a body for a period; it holds for the parts of the body too."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=14, choices=Role.choices, default=Role.OFFICER)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "body"], condition=Q(until__isnull=True), name="membership_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} at {self.body_id}"


class Team(models.Model):
    """People of a body who share work. It is ended, never deleted: what was theirs goes on naming them."""

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=60)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="teams")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body", "name"], condition=Q(ended_at__isnull=True), name="team_one_open")
        ]

    def __str__(self) -> str:
        return f"team {self.pk} of {self.body_id}"


class Calendar(models.Model):
    """When a body works, and who hears of its deadlines. A body without one has that of the nearest above it; where
    there is none, every hour counts. `workdays`: 0 is Monday; `days_off`: dates as ISO 8601 writes them.
    """

    class Tell(models.TextChoices):
        """Who is warned before a deadline: all staff, or those who work on the report, and all where nobody does."""

        ALL = "all"
        HANDS = "hands"

    class Escalate(models.TextChoices):
        """Who hears of what is still not done some time after its deadline."""

        NOBODY = "nobody"
        COORDINATORS = "coordinators"
        ADMINISTRATORS = "administrators"
        ABOVE = "above"

    body = models.OneToOneField(Body, primary_key=True, on_delete=models.CASCADE, related_name="calendar")
    workdays = models.JSONField(default=list)
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
    national = models.BooleanField(default=True)
    joint = models.BooleanField(default=True)
    days_off = models.JSONField(default=list)
    tell = models.CharField(max_length=8, choices=Tell.choices, default=Tell.ALL)
    warn_hours = models.PositiveSmallIntegerField(default=24)
    escalate_to = models.CharField(max_length=16, choices=Escalate.choices, default=Escalate.NOBODY)
    escalate_hours = models.PositiveSmallIntegerField(default=24)

    def __str__(self) -> str:
        return f"calendar of {self.body_id}"


class Promise(models.Model):
    """Within how many hours of its clock a body answers, and solves. `category` empty: any; `priority` 0: any. It holds
    for the parts of the body too; the nearest body and the most particular promise count.
    """

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="promises")
    category = models.CharField(max_length=40, blank=True)
    priority = models.PositiveSmallIntegerField(default=0)
    answer_hours = models.PositiveSmallIntegerField(null=True)
    solve_hours = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["body", "category", "priority"], name="promise_once")]

    def __str__(self) -> str:
        return f"promise of {self.body_id} for {self.category or 'any'}"


class OwnKind(models.Model):
    """What a body says of a kind of report, or of all below it: words for people before they send, and whether it takes
    such reports at all. It holds for the parts of the body too; the nearest body and the most particular kind count.
    """

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="kinds")
    category = models.CharField(max_length=40)
    taken = models.BooleanField(default=True)
    words_id = models.CharField(max_length=300, blank=True)
    words_en = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["body", "category"], name="own_kind_once")]

    def __str__(self) -> str:
        return f"{self.category} of {self.body_id}"

    @property
    def words(self) -> str:
        """The words in the reader's language; the Indonesian ones where there are no others."""
        return (self.words_en if get_language() == "en" else "") or self.words_id


class OwnQuestion(models.Model):
    """What a body asks of who reports something of a kind, or of all below it: a question of the catalogue's shape
    (`catalogue.Category.questions`), in `position` among those of its kind. It holds for the parts of the body too. It
    is ended, never deleted; `code` and `datatype` stay as they are, for programs know them.
    """

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="questions")
    category = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    datatype = models.CharField(max_length=16)
    words_id = models.CharField(max_length=150)
    words_en = models.CharField(max_length=150, blank=True)
    required = models.BooleanField(default=False)
    # Whether everybody reads the answer with the report; else only its reporter and the staff who have it.
    public = models.BooleanField(default=False)
    values = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "category", "code"], condition=Q(ended_at__isnull=True), name="own_question_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.body_id} for {self.category}"

    @property
    def words(self) -> str:
        """How it is asked in the reader's language; in Indonesian where there are no other words."""
        return (self.words_en if get_language() == "en" else "") or self.words_id

    def as_asked(self) -> dict[str, Any]:
        """It as the catalogue writes a question, with the `body` that asks."""
        return {
            "code": self.code, "datatype": self.datatype, "required": self.required, "public": self.public,
            "description": {"id": self.words_id, "en": self.words_en or self.words_id}, "values": self.values,
            "body": self.body_id,
        }  # fmt: skip


class Invitation(models.Model):
    """A role at a body that is offered to whoever reads the mail of `email`. What ended it, `ended_at` says: that it
    was accepted (then `accepted_by`), taken back, or replaced by a newer one.
    """

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=14, choices=Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="invitations"
    )
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "email"], condition=Q(ended_at__isnull=True), name="invitation_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}: {self.role} at {self.body_id}"
