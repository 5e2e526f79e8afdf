"""What people propose about important numbers: the staff of those who answer for them decide."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import casework, numbers, places
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem


@require_safe
@for_staff
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for a decision of this person."""
    if not casework.works_somewhere(person_of(request)):
        raise Problem("forbidden", 403, _("Only the staff of the body that answers for this number decide."))
    waiting = numbers.proposals(person_of(request))
    areas = {one.area: ", ".join(area.name for area in reversed(places.known_chain(one.area))) for one in waiting}
    return render(request, "console/numbers.html", {"proposals": waiting, "kinds": numbers.KINDS, "areas": areas})


@require_POST
@for_staff
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepts (`do=accept`) or refuses a proposal."""
    if request.POST.get("do") == "accept":
        numbers.accept(person_of(request), pk)
        messages.success(request, _("It holds from now on."))
    else:
        numbers.refuse(person_of(request), pk)
        messages.success(request, _("Refused: nothing changes."))
    return redirect("console:numbers")
