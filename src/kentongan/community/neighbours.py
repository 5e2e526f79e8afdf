"""The tables of a neighbourhood that keeps watch. What people wrote is sealed; who leaves takes theirs along."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from kentongan import live
from kentongan.foundation.codes import new_code

PERSON = settings.AUTH_USER_MODEL


class Role(models.TextChoices):
    """What a member is."""

    HEAD = "head"
    GUARD = "guard"
    MEMBER = "member"


class Group(models.Model):
    """A neighbourhood: RT, RW or any. `order`: `first` calls it before the operator, `head_start` seconds at most.

    `code` is what people ask with to join; `invite` counts the invitations: a new one ends those before. `signals`
    holds what the drum's signals mean here, where that differs.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=5, default="rt")
    code = models.CharField(max_length=9, unique=True, default=new_code)
    invite = models.PositiveIntegerField(default=1)
    order = models.CharField(max_length=8, default="together")
    head_start = models.PositiveSmallIntegerField(default=60)
    zone = models.CharField(max_length=20, default="Asia/Jakarta")
    signals = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """One account in a group; `is_in` false while it only asks. `heard_at`: when its page was open last."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="neighbourhoods")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    is_in = models.BooleanField(default=True)
    since = models.DateTimeField(default=timezone.now)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.person_id} of {self.group_id}"


class GroupCall(models.Model):
    """An alert (its id) that a group was called for; kept for a day. `is_told`: the phones of its members were told,
    or shall not be."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="calls")
    alert = models.UUIDField(db_index=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    is_told = models.BooleanField(default=False, db_default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "alert"], name="group_called_once")]
        indexes = [models.Index(fields=["at"], name="group_call_phones", condition=models.Q(is_told=False))]

    def __str__(self) -> str:
        return f"call of {self.group_id}"


class Answer(models.Model):
    """`going` or `there`: what a member said to a call last."""

    call = models.ForeignKey(GroupCall, on_delete=models.CASCADE, related_name="answers")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=5)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "person"], name="answer_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.what}"


class Point(models.Model):
    """A place that a patrol passes: known by its QR code, and where it has a place (degrees) by that too."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="points")
    name = models.CharField(max_length=80)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """A patrol that comes again: begins at `starts` of the group's clock on `days` (seven 0 or 1, Monday first) and
    may take `minutes`, also past midnight."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="rounds")
    name = models.CharField(max_length=80)
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    days = models.CharField(max_length=7, default="1111111")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Patrol(models.Model):
    """One time that a round is due. `state`: `waiting`, `done`, `missed`."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="patrols")
    begins_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=8, default="waiting")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "begins_at"], name="patrol_once")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.state}"


class CheckIn(models.Model):
    """Somebody was at a point during a patrol; `how`: `qr` or `place`."""

    patrol = models.ForeignKey(Patrol, on_delete=models.CASCADE, related_name="checks")
    point = models.ForeignKey(Point, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    how = models.CharField(max_length=5)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patrol", "point"], name="checked_once")]

    def __str__(self) -> str:
        return f"{self.point_id} {self.how}"


class Notice(models.Model):
    """Words to a whole group, sealed; kept for 90 days."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="notices")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    sealed = models.TextField()
    readers: Any = models.ManyToManyField(PERSON, related_name="+")

    def __str__(self) -> str:
        return f"notice of {self.group_id}"


class Guest(models.Model):
    """Somebody stays overnight with a member, told to the head; what is said of them is sealed."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="guests")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")  # the host
    sealed = models.TextField()
    from_on = models.DateField()
    until_on = models.DateField(db_index=True)
    told_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)  # by the head

    def __str__(self) -> str:
        return f"guest in {self.group_id}"


@receiver(pre_delete, sender=Member)
def one_by_one(instance: Member, **_signal: Any) -> None:
    """The last two who leave at the same moment wait for each other: neither leaves the group to nobody."""
    Group.objects.select_for_update().filter(pk=instance.group_id).first()


@receiver(post_delete, sender=Member)
def keep_a_head(instance: Member, origin: Any = None, **_signal: Any) -> None:
    """However a member goes: what they said to the group goes with them, and the group has a head as long as it has
    members: the guard who is in it longest, else the member. With the last of them the group goes."""
    if isinstance(origin, Group) or getattr(origin, "model", None) is Group:
        return
    group, person = instance.group_id, instance.person_id
    Notice.objects.filter(group=group, person=person).delete()
    Guest.objects.filter(group=group, person=person).delete()
    Answer.objects.filter(call__group=group, person=person).delete()
    CheckIn.objects.filter(patrol__round__group=group, person=person).update(person=None)
    Notice.readers.through.objects.filter(notice__group=group, person=person).delete()
    left = Member.objects.filter(group=group, is_in=True)
    if not left.exists():
        Group.objects.filter(pk=group).delete()
    elif not left.filter(role=Role.HEAD).exists():
        guards = left.filter(role=Role.GUARD)
        first = (guards if guards.exists() else left).order_by("since", "pk")[0]
        Member.objects.filter(pk=first.pk).update(role=Role.HEAD)
    live.tell(f"group:{group}")
    live.tell_person(person)  # a stream that they have open ends
