"""Saved views of the queue: kept from the list that is shown, and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kentongan import casework
from kentongan.console import lists
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem


@require_POST
@for_staff
def save(request: HttpRequest) -> HttpResponse:
    """Keeps the filter of the form under a name."""
    given = lists.kept(request.POST.get("asked", ""))
    asked = casework.read_filter({name: given.getlist(name) for name in given})
    body, is_shared = request.POST.get("body", ""), request.POST.get("shared") == "1"
    try:
        view = casework.save_view(person_of(request), body, request.POST.get("name", ""), asked, is_shared=is_shared)
    except Problem as problem:
        if problem.field != "name":
            raise
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
    kept = QueryDict(mutable=True)
    kept.update({"body": body})
    for name, value in asked.pairs():
        kept.appendlist(name, value)
    return redirect(f"{reverse('console:queue')}?{kept.urlencode()}")


@require_POST
@for_staff
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a view; its calendars end with it."""
    view = casework.end_view(person_of(request), min(pk, 2**63 - 1))
    messages.success(request, _("The view “%(name)s” is gone.") % {"name": view.name})
    return redirect(f"{reverse('console:queue')}?{QueryDict(f'body={view.body_id}').urlencode()}")
