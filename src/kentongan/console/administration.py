"""The pages of administrators: who takes part, who works where, which kinds of trouble there are."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kentongan import bodies, casework, catalogue, routing
from kentongan.bodies.models import Invitation, Role
from kentongan.catalogue.models import Category
from kentongan.console.categories import CategoryForm
from kentongan.console.doors import for_platform, for_staff, person_of
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem

ROLES = {
    Role.VIEWER: (_("Viewer"), _("reads the queue and the reports")),
    Role.OFFICER: (_("Officer"), _("works on reports and passes them on")),
    Role.COORDINATOR: (_("Coordinator"), _("also joins reports of the same trouble")),
    Role.ADMINISTRATOR: (_("Administrator"), _("also decides who works here")),
}


@require_safe
@for_platform
def bodies_page(request: HttpRequest) -> HttpResponse:
    """Bodies found by name; without a search those that take part."""
    asked = request.GET.get("q", "").strip()
    if asked:
        found = casework.find_bodies(asked, limit=50)
    else:
        every = bodies.snapshot().bodies.values()
        found = sorted((one for one in every if one.partner_from), key=lambda one: one.name)
    return render(request, "console/bodies.html", {"found": found, "q": asked, "silent": not config().sends_mail})


@for_platform
def partner(request: HttpRequest, code: str) -> HttpResponse:
    """Asks, then begins or ends a partnership; what waits for the body or is in its hand follows by the worker."""
    if request.method != "POST":
        body = bodies.get(code)
        shown = {"body": body, "ends": body.is_partner, "concerned": routing.concerned(code)}
        return render(request, "console/partner.html", shown)
    if request.POST.get("do") == "end":
        body = bodies.end_partnership(code)
        messages.success(request, _("%(body)s is no partner any more.") % {"body": body.name})
    else:
        told = routing.concerned(bodies.get(code).code)["waiting_mails"]
        body = bodies.make_partner(code)
        said = _("%(body)s is a partner now. The reports that waited are handed over.") % {"body": body.name}
        messages.success(request, f"{said} {_('Their reporters are told.')}" if told else said)
    return redirect("console:bodies")


@for_staff
def staff(request: HttpRequest, code: str) -> HttpResponse:
    """Who works at a body; POST gives somebody a role."""
    person, wrong = person_of(request), None
    if request.method == "POST" and request.POST.get("do") == "second_factor":
        asked = request.POST.get("second_factor") == "on"
        casework.ask_second_factor(person, code, asked=asked)
        messages.success(request, _("A second factor is asked for now.") if asked else _("No second factor is asked."))
        return redirect("console:staff", code)
    if request.method == "POST":
        try:
            held = casework.appoint(person, code, request.POST.get("email", ""), request.POST.get("role", ""))
        except Problem as problem:
            if not problem.field:
                raise
            wrong = problem
        else:
            if isinstance(held, Invitation) and not config().sends_mail:
                link = request.build_absolute_uri(reverse("console:invitation", args=[casework.invitation_token(held)]))
                told = _("%(email)s is invited, but no mail is sent here. Pass on this link, good for a week: %(link)s")
                said = told % {"email": held.email, "link": link}
            elif isinstance(held, Invitation):
                said = _("%(email)s is invited by mail. The link holds for a week.") % {"email": held.email}
            else:
                said = _("%(email)s works here now.") % {"email": held.person.email}
            messages.success(request, said)
            return redirect("console:staff", code)
    shown: dict[str, Any] = {
        "body": bodies.get(code), "staff": [(one, ROLES[Role(one.role)][0]) for one in casework.staff_of(person, code)],
        "invited": [(one, ROLES[Role(one.role)][0]) for one in casework.open_invitations(code)],
        "roles": [(role, *words) for role, words in ROLES.items()], "typed": request.POST, "page": "staff",
        "errors": {wrong.field: wrong.detail} if wrong else {}, "asks": bodies.asks_second_factor(code),
        "without": {one.person_id for one in casework.without_second_factor(person, code)},
    }  # fmt: skip
    return render(request, "console/staff.html", shown, status=wrong.status if wrong else 200)


@require_POST
@for_staff
def dismiss(request: HttpRequest, code: str, membership: int) -> HttpResponse:
    """Ends somebody's role."""
    casework.dismiss(person_of(request), code, membership)
    messages.success(request, _("The role has ended."))
    return redirect("console:staff", code)


@require_safe
@for_platform
def categories(request: HttpRequest) -> HttpResponse:
    """The whole catalogue in its order, those that are switched off too."""
    return render(request, "console/categories.html", {"found": Category.objects.select_related("parent")})


@for_platform
def category(request: HttpRequest, code: str) -> HttpResponse:
    """One category, to be changed; reports that have it keep it."""
    saves = request.method == "POST"
    with transaction.atomic() if saves else nullcontext():  # who only looks waits for nobody that writes
        rows = Category.objects.select_for_update(of=("self",)) if saves else Category.objects
        found = rows.filter(code=code).first()
        if found is None:
            raise Problem("unknown_category", 404, _("There is no such category."))
        form = CategoryForm(request.POST or None, instance=found)
        if saves and form.is_valid():
            form.save()
            catalogue.invalidate()
            messages.success(request, _("Saved. The new words and rules hold for reports from now on."))
            return redirect("console:categories")
    errors = {f"id_{name}": words[0] for name, words in form.errors.items()}
    status = 409 if form.has_error("name_id", "changed_meanwhile") else 422 if errors else 200
    return render(request, "console/category.html", {"form": form, "category": found, "errors": errors}, status=status)
