"""The design system on one page; served in development, demo and test only."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.reports.states import Status
from kentongan.web.looks import STATUS

COLOURS = (
    ("paper", "#fbfaf7"), ("card", "#ffffff"), ("ink", "#1d2326"), ("soft", "#566066"), ("teak", "#7a4a21"),
    ("sea", "#0b6e6e"), ("waiting", "#b3391f"), ("in_process", "#9a6700"), ("done", "#1f7a3d"),
    ("no_partner", "#5b6470"), ("error", "#a8321a"),
)  # fmt: skip


class Sample(forms.Form):
    """Two fields, one of them wrong, to look at."""

    street = forms.CharField(label=_("Street"), help_text=_("As on the sign."))
    words = forms.CharField(label=_("What is wrong?"), widget=forms.Textarea)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every token and component as it looks now."""
    form = Sample({"street": "Jalan Fatmawati", "words": ""})
    now = timezone.now()
    begun, coming = _("Work has begun"), _("The team is on its way.")
    hours = timedelta(hours=1)
    steps = [
        {"icon": "megaphone", "words": _("Report received"), "at": now - 40 * hours, "status": "waiting"},
        {"icon": "wrench", "words": begun, "at": now - hours, "status": "in_process", "text": coming},
        {"icon": "circle-check", "words": _("Solved, says the body"), "at": now, "status": "done"},
    ]
    errors = {"id_words": _("Please say in a few words what is wrong.")}
    numbers = [{"status": str(one), "look": look, "count": 128} for one, look in STATUS.items()]
    shown = {
        "numbers": numbers,
        "colours": COLOURS,
        "statuses": list(Status),
        "form": form,
        "steps": steps,
        "errors": errors,
    }
    return render(request, "web/styleguide.html", shown)
