"""Groups: made, joined by an invitation or by asking, led by a head, left without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from kentongan import live
from kentongan.community import letters
from kentongan.community.neighbours import Group, Member, Role
from kentongan.foundation import rates
from kentongan.foundation.codes import read_code
from kentongan.foundation.nearness import near_to
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import mark, over
from kentongan.foundation.text import read_line
from kentongan.people.models import Person

MOST, MOST_GROUPS = 500, 20  # members of a group, groups of a person
LEADERS = (Role.HEAD, Role.GUARD)
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
KINDS = ("rt", "rw", "other")
LONGEST_NAME, LONGEST_MEANING = 80, 120  # letters of its name, and of what a signal means
LONGEST_START = 120  # seconds that a group may have before the operator
A_DAY = 86_400
AWAKE = timedelta(seconds=60)  # since a page of the group was heard


def create(person: Person, name: str, kind: str, zone: str) -> Group:
    """A new group, of which the person is the head. Raises Problem `missing_name`, `too_long` (422), `too_many`
    (429)."""
    name = _name({"name": name})
    rates.spend(f"groups/{person.pk}", 10, A_DAY)
    _room_for(person)
    with transaction.atomic():
        made = Group.objects.create(
            name=name, kind=kind if kind in KINDS else "other", zone=zone if zone in ZONES else ZONES[0]
        )
        Member.objects.create(group=made, person=person, role=Role.HEAD)
    return made


def groups_of(person: Person) -> list[Member]:
    """The groups of a person, with what they are there; those that they only ask to join, too."""
    return list(Member.objects.filter(person=person).select_related("group").order_by("group__name", "pk"))


def member(person: Person, group: UUID, *roles: str) -> Member:
    """The person as a member of a group. Raises Problem `no_group` (404) for others, `not_your_role` (403) where
    `roles` are asked for and it is another."""
    found = Member.objects.select_related("group", "person").filter(person=person, group=group, is_in=True).first()
    if found is None:
        raise no_group()
    if roles and found.role not in roles:
        raise not_your_role()
    return found


def not_your_role() -> Problem:
    """Something of the head's, or of a guard's."""
    return Problem("not_your_role", 403, _("Only the head may do this, or a guard where the page says so."))


def no_group() -> Problem:
    """The same for one that is not there and one that is not theirs."""
    return Problem("no_group", 404, _("There is no such neighbourhood, or you are not in it."))


def members(group: Group) -> list[Member]:
    """Who is in it or asks to be, heads and guards first."""
    rows = group.members.select_related("person").order_by("is_in", "since", "pk")
    rank = {Role.HEAD: 0, Role.GUARD: 1, Role.MEMBER: 2}
    return sorted(rows, key=lambda one: (one.is_in, rank[Role(one.role)]))


def invitation(group: Group) -> str:
    """What stands in the address of the invitation that holds now."""
    signed = salted_hmac("kentongan.group", f"{group.pk}/{group.invite}", algorithm="sha256").hexdigest()[:24]
    return f"{group.pk.hex}{signed}"


def invited(token: str) -> Group:
    """The group that a token invites to. Raises Problem `no_invitation` (404)."""
    try:
        found = Group.objects.filter(pk=UUID(token[:32])).first()
    except ValueError:
        found = None
    if found is None or not constant_time_compare(invitation(found), token):
        raise Problem("no_invitation", 404, _("This invitation holds no more. Ask the head for a new one."))
    return found


def join(person: Person, token: str) -> Group:
    """Joins by an invitation; who is in it already stays what they are. Raises Problem `no_invitation`, `too_many`."""
    group = invited(token)
    _enter(group, person, True)
    return group


def ask(person: Person, code: str) -> Group:
    """Asks to join by the code of a group; its head decides. Raises Problem `no_group` (404), `too_many` (429)."""
    rates.spend(f"group-ask/{person.pk}", 20, A_DAY)
    found = Group.objects.filter(code=read_code(code) or "-").first()
    if found is None:
        raise Problem("no_group", 404, _("No neighbourhood has this code. Read it again."), field="code")
    if _enter(found, person, False):
        heads = [one.person for one in found.members.filter(role=Role.HEAD, is_in=True).select_related("person")]
        letters.to_members(found, heads, f"ask/{person.pk}", "asks")
    return found


def decide(head: Member, who: int, accept: bool) -> None:
    """The head takes in somebody who asks, or not. Raises Problem `too_many` (429)."""
    rows = Member.objects.filter(group=head.group, pk=who, is_in=False)
    with transaction.atomic():
        if accept:
            _refuse_full(head.group, True)
            rows.update(is_in=True, since=timezone.now())
        else:
            rows.delete()
        live.tell(f"group:{head.group_id}")


def remove_member(head: Member, who: int) -> None:
    """Somebody has to go; the invitation that they may still hold ends with it. The head cannot remove themselves."""
    with transaction.atomic():
        found = Member.objects.filter(group=head.group, pk=who).exclude(pk=head.pk).first()
        if found is not None:
            found.delete()
            renew(head)


def name_role(head: Member, who: int, role: str) -> None:
    """Makes somebody a guard, a member, or the head in one's own place."""
    if role not in Role.values:
        raise Problem("bad_role", 422, _("There is no such role."), field="role")
    with transaction.atomic():
        others = Member.objects.filter(group=head.group, pk=who, is_in=True).exclude(pk=head.pk)
        if role == Role.HEAD and others.exists():
            # Handed over in two windows, it would be two heads': the first that is done has it.
            mine = Member.objects.filter(pk=head.pk, role=Role.HEAD)
            if not mine.update(role=Role.GUARD) or not others.update(role=role):
                raise not_your_role()
        else:
            others.update(role=role)
        live.tell(f"group:{head.group_id}")


def renew(head: Member) -> None:
    """A new invitation: those before hold no more."""
    head.group.invite += 1
    head.group.save(update_fields=["invite"])
    with transaction.atomic():
        live.tell(f"group:{head.group_id}")


def mark_of_settings(group: Group) -> str:
    """The mark of what the form of `settle` shows."""
    return mark(group.name, group.order, group.head_start, group.signals)


def settle(head: Member, given: Mapping[str, str], signals: dict[str, str]) -> None:
    """How the group is called, whether it hears of an alert first and for how long, what its signals mean. `was` in
    `given` is the mark of what the form showed.

    Raises Problem `missing_name`, `too_long` (422, with the field: `name`, or `signal-` and the code of a signal) and
    `changed_meanwhile` (409) where another tab has saved something else since.
    """
    with transaction.atomic():
        group = Group.objects.select_for_update().get(pk=head.group_id)
        with over(given.get("was"), "name", lambda: mark_of_settings(group)):
            group.name = _name(given)
            group.order = "first" if given.get("order") == "first" else "together"
            start = given.get("head_start", "").strip()
            group.head_start = min(max(int(start), 15), LONGEST_START) if start.isdecimal() and len(start) < 5 else 60
            fields = {f"signal-{key}": words for key, words in signals.items() if words.strip()}
            group.signals = {name.removeprefix("signal-"): read_line(fields, name, LONGEST_MEANING) for name in fields}
            group.save(update_fields=["name", "order", "head_start", "signals"])


def leave(person: Person, group: UUID) -> None:
    """Leaves a group, or asks no more to be in it: nothing of the person stays there (`keep_a_head`)."""
    with transaction.atomic():
        for mine in Member.objects.filter(person=person, group=group):
            mine.delete()


def dissolve(head: Member) -> None:
    """The group ends with all that it kept."""
    with transaction.atomic():
        live.tell(f"group:{head.group_id}")
        head.group.delete()


def beat(person: Person) -> int:
    """The page of a group is open before this person: they hear a call now."""
    return Member.objects.filter(person=person, is_in=True).update(heard_at=timezone.now())


def hears(group: Group, but: Person) -> bool:
    """Whether anybody else has the group's page open at this moment."""
    awake = near_to("heard_at", timezone.now(), AWAKE)
    return group.members.filter(awake, is_in=True).exclude(person=but).exists()


def _enter(group: Group, person: Person, is_in: bool) -> bool:
    """Whether somebody came in, or asks anew."""
    if not group.members.filter(person=person).exists():
        _room_for(person)
    with transaction.atomic():
        # Nobody comes into a group that ends at this moment, or as one too many.
        if Group.objects.select_for_update().filter(pk=group.pk).first() is None:
            raise no_group()
        _refuse_full(group, is_in)
        found, made = Member.objects.get_or_create(group=group, person=person, defaults={"is_in": is_in})
        if is_in and not found.is_in:
            found.is_in, made = True, True
            found.save(update_fields=["is_in"])
        live.tell(f"group:{group.pk}")
    return made


def _refuse_full(group: Group, is_in: bool) -> None:
    """Who only asks takes no place from who is invited."""
    if group.members.filter(is_in=is_in).count() >= MOST:
        raise Problem("too_many", 429, _("This neighbourhood is full."))


def _room_for(person: Person) -> None:
    if Member.objects.filter(person=person).count() >= MOST_GROUPS:
        raise Problem("too_many", 429, _("You are in twenty neighbourhoods already. Leave one first."))


def _name(given: Mapping[str, Any]) -> str:
    name = read_line(given, "name", LONGEST_NAME)
    if not name:
        raise Problem("missing_name", 422, _("Give it a name, such as RT 05 RW 02 Menteng."), field="name")
    return name
