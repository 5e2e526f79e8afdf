"""Publishing, updating, taking back: the one writer of what is in force. docs/decisions/0037 says why so."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import live, notify
from kentongan.casework import Role
from kentongan.foundation import outbox
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people.models import Person
from kentongan.warnings import rights, standing
from kentongan.warnings.drafting import check_inside, find_draft
from kentongan.warnings.models import Warning
from kentongan.warnings.states import STEPS, State

REASON = 500  # characters
TOLD_FOR = timedelta(hours=1)  # at least, that something was taken back
TOPIC = "warning.told"


def publish(person: Person, number: UUID, version: int) -> Warning:
    """Puts a draft in force, as it was confirmed (`version`), and has people told.

    Raises Problem `no_draft`, `coordinators_publish`, `changed` (409: the draft is another one by now), `second_person`
    (403), `over` (409: what it updates is no longer in force), `expired`, `outside` (422: the body may no longer warn
    there).
    """
    with transaction.atomic():
        found = find_draft(person, number, lock=True)
        right = rights.right_for(person, str(found.body_id), Role.COORDINATOR)
        if right.four_eyes and found.drafted_by_id == person.pk:
            raise Problem("second_person", 403, _("At this body somebody else than who drafted it has to publish it."))
        if found.version != version:
            raise Problem("changed", 409, _("Somebody has changed this draft since you looked: read it again."))
        check_inside(right, found.covers, "codes")
        if found.expires <= timezone.now():
            raise Problem("expired", 422, _("Its time is over: say anew how long it holds."), field="hours")
        if found.replaces is not None:
            _take_place_of(found)
        _step(found, "publish", State.ACTIVE)
        _send(found, person)
    return found


def cancel(person: Person, number: UUID, reason: str) -> Warning:
    """Takes back what is in force, and has all told who were told of it. Returns the message that cancels.

    Whose body has lost its right takes back what it said still, and so may the platform's administrators: nothing that
    is wrong stays because nobody may end it. Raises Problem `not_in_force` (409), `no_reason` (422),
    `coordinators_publish`, `not_a_publisher` (403).
    """
    try:
        why = clean_text(reason, REASON)
    except TextTooLong as fault:
        text = _("The text has %(length)d characters; at most %(limit)d are taken.")
        raise Problem("too_long", 422, text % {"length": fault.length, "limit": fault.limit}, field="reason") from None
    if not why:
        raise Problem(
            "no_reason", 422, _("Say why it is taken back: everybody who was warned reads it."), field="reason"
        )
    with transaction.atomic():
        held = _in_force(number, lock=True)
        rights.check_taking_back(person, str(held.body_id))
        end(held, "cancel", State.CANCELLED)
        made = _taking_back(held, why, person)
        _send(made, person)
    return made


def in_force(person: Person, number: UUID) -> Warning:
    """A warning of the person's body that is in force. Raises Problem `not_in_force` (409), `not_a_publisher` (403)."""
    found = _in_force(number)
    rights.right_for(person, str(found.body_id))
    return found


def _in_force(number: UUID, lock: bool = False) -> Warning:
    rows = Warning.objects.filter(pk=number, feed=None).exclude(body=None)
    rows = rows.select_for_update(of=("self",)) if lock else rows
    found = rows.select_related("body").first()
    if found is None or found.state != State.ACTIVE or found.expires <= timezone.now():
        raise Problem("not_in_force", 409, _("This warning is no longer in force."))
    return found


def expire_due() -> int:
    """Ends what has reached its time; returns how many."""
    done = 0
    for number in Warning.objects.filter(state=State.ACTIVE, expires__lte=timezone.now()).values_list("pk", flat=True):
        with transaction.atomic():
            held = Warning.objects.select_for_update().filter(pk=number, state=State.ACTIVE).first()
            if held is not None:
                end(held, "expire", State.EXPIRED)
                done += 1
    return done


def end(held: Warning, name: str, state: State) -> None:
    """Ends a message by a step of the table, inside a transaction that holds its row: pages show it no longer, and what
    is still on its way to people arrives after no news of its end."""
    _step(held, name, state)
    held.ended_at = timezone.now()
    held.save(update_fields=["state", "ended_at"])
    standing.changed()
    notify.take_back(f"warning/{held.pk.hex}")


def triple(one: Warning) -> str:
    """By which other messages refer to it: `sender,identifier,sent`."""
    return f"{one.sender},{one.identifier},{standing.stamp(one.sent)}" if one.sent else ""


def sender(body: str) -> str:
    """How a body of ours is named as sender: unique in the world."""
    return f"{body}@{config().instance or urlsplit(config().base_url).hostname or 'localhost'}"


def announce(one: Warning) -> None:
    """Has pages and people told, inside the transaction that put it in force."""
    standing.changed()
    live.tell("warnings")
    outbox.enqueue(TOPIC, {"warning": str(one.pk), "after": 0})


def _step(one: Warning, name: str, state: State) -> None:
    step = STEPS[name]
    if State(one.state) not in step.sources or step.target != state:
        raise Problem("over", 409, _("This warning is no longer in force."))
    one.state = state


def _take_place_of(found: Warning) -> None:
    before = Warning.objects.select_for_update().filter(replaced_by=found).first()
    if before is None or before.state != State.ACTIVE or before.expires <= timezone.now():
        raise Problem("over", 409, _("What this updates is no longer in force: make a new warning of it."))
    end(before, "update", State.UPDATED)
    found.references = " ".join(one for one in (before.references, triple(before)) if one)


def _send(found: Warning, person: Person) -> None:
    found.sent = timezone.now().replace(microsecond=0)
    found.sender, found.published_by = sender(str(found.body_id)), person
    found.save()
    announce(found)


def _taking_back(held: Warning, why: str, person: Person) -> Warning:
    made = Warning(
        pk=uuid4(), msg_type="Cancel", state=State.CANCELLED, status=held.status, body=held.body, replaces=held,
        kind=held.kind, category=held.category, urgency="Past", severity=held.severity, certainty=held.certainty,
        expires=max(held.expires, timezone.now() + TOLD_FOR), area=held.area, area_words=held.area_words,
        covers=held.covers, reason=why, drafted_by=person, is_demo=held.is_demo, ended_at=timezone.now(),
        references=" ".join(one for one in (held.references, triple(held)) if one),
    )  # fmt: skip
    made.identifier = f"urn:uuid:{made.pk}"
    made.words = {language: {**told, "description": why, "instruction": ""} for language, told in held.words.items()}
    return made
