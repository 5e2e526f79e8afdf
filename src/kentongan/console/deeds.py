"""Templates, and what they and bulk work do, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan import casework
from kentongan.bodies.models import Team
from kentongan.casework.models import Template
from kentongan.console import looks
from kentongan.people.models import Person
from kentongan.reports.models import Priority, Report

STEPS = {
    "accept": _("Accept"), "start": _("Work has begun"), "refer": _("Another body has to help"),
    "resolve": _("It is solved (the words say why there is no photo)"), "reject": _("Close without a fix"),
}  # fmt: skip


def offered(person: Person, report: Report) -> list[dict[str, Any]]:
    """The templates for a report as its page shows them, each with what it does in words."""
    return [
        {"of": one.template, "text": one.text, "note": one.note, "asked": one.asked, "fits": one.fits,
         "does": does(one.template)}
        for one in casework.offers(person, report)
    ]  # fmt: skip


def does(template: Template) -> list[str]:
    """What a template does besides its words, in words."""
    said = [str(STEPS[template.step])] if template.step else []
    if template.priority:
        priority = looks.PRIORITIES[Priority[template.priority.upper()]]
        said.append(_("Priority: %(priority)s") % {"priority": priority})
    if template.to:
        said.append(_("In the hands of: %(name)s") % {"name": hand(template.to)})
    if template.note:
        said.append(str(_("Note for our staff")))
    return said


def hand(to: str) -> str:
    """Into whose hands a template or bulk work gives reports, in words."""
    kind, _colon, key = to.partition(":")
    if kind in {"me", "nobody", ""}:
        return str({"me": _("Whoever uses it"), "nobody": _("Nobody yet")}.get(kind, ""))
    model = Team if kind == "team" else Person
    found = model.objects.filter(pk=int(key) if key.isdecimal() else 0).first()
    return looks.called(found) if found else str(_("Somebody who has left"))
