"""Telling people: a mail and a message to their phones, each person once, in parts so that no transaction is long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kentongan import notify
from kentongan.foundation import outbox
from kentongan.foundation.config import config
from kentongan.notify import PushKind
from kentongan.people.models import Person
from kentongan.warnings import following, standing
from kentongan.warnings.models import Choice, Warning
from kentongan.warnings.publishing import TOPIC
from kentongan.warnings.states import State
from kentongan.warnings.terms import GRAVE

PART = 200  # people of one event


def tell(event: dict[str, Any]) -> None:
    """Subscriber of `warning.told`: the next people concerned; goes on with an event of its own where there are more.

    Nobody is told what is over already: who would hear of an alert late hears of the update or the end of it instead.
    """
    messages = Warning.objects.select_related("body", "feed", "replaces").filter(pk=event["warning"])
    one = messages.select_for_update(of=("self",)).first()  # ends before or after these people are written to
    if one is None or not _is_news(one):
        return
    rows = following.concerned(_reached(one)).filter(pk__gt=event["after"]).order_by("pk")
    people = list(rows[: PART + 1])
    more, people = len(people) > PART, people[:PART]
    chosen = {row.person_id: row for row in Choice.objects.filter(person__in=people)}
    is_grave = any(earlier.severity in GRAVE for earlier in _chain(one))  # who heard of it hears how it goes on
    told = [
        person for person in people
        if is_grave or not (row := chosen.get(person.pk)) or not row.only_grave
    ]  # fmt: skip
    _mail(one, [person for person in told if not (row := chosen.get(person.pk)) or row.by_mail])
    _push(one, told)
    Warning.objects.filter(pk=one.pk, people=None).update(people=0)
    Warning.objects.filter(pk=one.pk).update(people=F("people") + len(told))
    if more:
        outbox.enqueue(TOPIC, {"warning": event["warning"], "after": people[-1].pk})


def counted(one: Warning) -> tuple[int, int]:
    """How many people would be told of a draft, and how many of them on a phone."""
    people = following.concerned(_reached(one))
    return people.count(), people.filter(phones__isnull=False).distinct().count()


def _reached(one: Warning) -> set[str]:
    """Its area and that of what it replaces: who was told of that hears how it goes on."""
    return {*one.covers, *(one.replaces.covers if one.replaces else ())}


def _is_news(one: Warning) -> bool:
    if one.expires <= timezone.now():
        return False
    return one.state == State.ACTIVE or (one.msg_type == "Cancel" and one.state == State.CANCELLED)


def _mail(one: Warning, people: list[Person]) -> None:
    letters = []
    for person in people:
        with translation.override(person.language):
            letters.append((person, subject(one), body(one)))
    notify.write(f"warning/{one.pk.hex}", letters, first=one.severity in GRAVE)


def _push(one: Warning, people: list[Person]) -> None:
    listening = notify.listening([person.pk for person in people], PushKind.WARNINGS)
    pushes = []
    for person in people:
        if person.pk not in listening:
            continue
        with translation.override(person.language):
            words = standing.spoken(one.words)
            said = words.get("instruction") or words.get("description", "")
            note = notify.Note(
                subject(one), f"{standing.spoken(one.area_words)}. {said}"[:300], reverse("warning", args=[one.pk]),
                f"warning/{_chain(one)[-1].pk.hex}", person.language, urgent=one.severity in GRAVE,
                holds=max(one.expires - timezone.now(), timedelta()),
            )  # fmt: skip
        pushes += notify.told(f"warning/{one.pk.hex}", note, listening[person.pk])
    notify.store(pushes)


def _chain(one: Warning) -> list[Warning]:
    """The message and those before it, the first last: on a phone the newest stands in place of the others."""
    found = [one]
    while found[-1].replaces is not None and len(found) < 50:
        found.append(found[-1].replaces)
    return found


def subject(one: Warning) -> str:
    """What it is, in one line of the language that is active."""
    words = standing.spoken(one.words)
    line = words.get("headline") or words.get("event", "")
    if one.msg_type == "Cancel":
        line = _("Taken back: %(headline)s") % {"headline": line}
    elif one.msg_type == "Update":
        line = _("Update: %(headline)s") % {"headline": line}
    return (_("[EXERCISE] %(headline)s") % {"headline": line}) if one.status != "Actual" else line


def body(one: Warning) -> str:
    """The mail, in the language that is active."""
    words, base = standing.spoken(one.words), config().base_url.rstrip("/")
    until = one.expires.astimezone(standing.zone_of(one.covers))
    parts = [
        _("This is an exercise. Nothing has happened; nobody has to do anything.") if one.status != "Actual" else "",
        subject(one), words.get("description", ""), words.get("instruction", ""),
        _("Where: %(area)s") % {"area": standing.spoken(one.area_words)},
        "" if one.msg_type == "Cancel" else _("Holds until %(time)s.") % {"time": f"{until:%d-%m-%Y %H:%M %Z}"},
        _("From: %(source)s") % {"source": standing.spoken(standing.source(one))},
        base + reverse("warning", args=[one.pk]),
        _("You get this because you live there or follow the place. Change that here:\n%(link)s")
        % {"link": base + reverse("notices")},
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)
