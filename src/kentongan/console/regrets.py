"""The last step of an officer can be taken back for a minute: one press, on the page that they come to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kentongan import casework, network
from kentongan.console import ways
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report

WITHIN = 60  # seconds
KEPT = "regret"  # in the session: of one step, the last
# What can be undone without harm. Words that were said, and looks at who somebody is, cannot.
STEPS = frozenset(
    {"accept", "start", "refer", "resolve", "reject", "transfer", "return", "merge", "split", "assign", "prioritise"}
)


def offer(request: HttpRequest, name: str, before: Report, after: Report) -> None:
    """Keeps the way back of a step that was just taken, in place of that of the step before."""
    request.session.pop(KEPT, None)
    if name in STEPS and after.seq != before.seq:
        request.session[KEPT] = {
            "report": before.pk, "code": before.code, "before": casework.as_it_stands(before), "seq": after.seq,
            "until": timezone.now().timestamp() + WITHIN,
        }  # fmt: skip


def offered(request: HttpRequest) -> dict[str, Any] | None:
    """The step that can be taken back now, and for how many `seconds` more."""
    kept = request.session.get(KEPT)
    if kept is None:
        return None
    left = int(kept["until"] - timezone.now().timestamp())
    return {**kept, "seconds": min(left, WITHIN)} if left > 0 else None


@require_POST
@for_staff
def take_back(request: HttpRequest, code: str) -> HttpResponse:
    """Takes the last step back. Raises Problem `too_late` (409) after a minute, and `changed_meanwhile`."""
    kept = offered(request)
    if kept is None or kept["code"] != code or str(kept["seq"]) != request.POST.get("seq"):
        words = _("A step can be taken back for a minute, and only the last one. Open the report and go on there.")
        raise Problem("too_late", 409, words)
    del request.session[KEPT]
    with transaction.atomic():
        casework.reverse(
            person_of(request), kept["report"], kept["before"], kept["seq"], network.refuse_elsewhere, at_once=True
        )
    messages.success(request, _("Taken back. The report is as it was, and nobody gets a mail of it."))
    return redirect(reverse("console:report", args=[code]) + ways.came(request))
