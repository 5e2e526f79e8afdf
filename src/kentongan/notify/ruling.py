"""The mail to the administrators of a body whose rule was switched off by itself."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kentongan import bodies, casework
from kentongan.bodies.models import Membership
from kentongan.casework.models import Rule
from kentongan.foundation.config import config
from kentongan.notify.keeping import reaches
from kentongan.notify.models import Message
from kentongan.people.models import Person
from kentongan.people.proving import proven


def write_stopped(event: dict[str, Any]) -> None:
    """Subscriber of `rule.stopped`: one mail to each administrator of the body, or of the one above it."""
    rule = Rule.objects.select_related("body").filter(pk=event["rule"], is_on=False).exclude(fault="").first()
    if rule is None:
        return
    told = _administrators(rule.body_id)
    reached = proven(one.pk for one in told)
    mails = [_mail(rule, one) for one in told if one.pk in reached and reaches(one)]
    Message.objects.bulk_create(mails, ignore_conflicts=True)


def _administrators(body: str) -> list[Person]:
    """Those of the nearest body of its line that has any."""
    for code in bodies.line(body):
        held = Membership.objects.filter(
            casework.open_today(), body=code, role=bodies.Role.ADMINISTRATOR, person__is_active=True
        )
        if found := list(Person.objects.filter(pk__in=held.values("person")).order_by("pk")):
            return found
    return []


def _mail(rule: Rule, person: Person) -> Message:
    with translation.override(person.language):
        page = reverse("console:rule", args=[rule.body_id, rule.pk])
        named = {
            "rule": rule.name, "body": rule.body.name, "why": rule.fault, "link": config().base_url.rstrip("/") + page,
        }  # fmt: skip
        subject = _("The rule “%(rule)s” was switched off") % named
        text = _("The rule “%(rule)s” of %(body)s was switched off by itself:\n\n%(why)s\n\nLook at it here:\n%(link)s")
    key = f"rule/{rule.pk}/{rule.version}/{int(rule.on_since.timestamp()) if rule.on_since else 0}/{person.pk}"
    return Message(
        key=key[:80], to_person=person, address=person.email, subject=subject[:200], body=text % named,
        staff_of=[rule.body_id], is_demo=person.is_demo,
    )  # fmt: skip
