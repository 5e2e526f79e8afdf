"""Invitations: the page behind the link, and taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kentongan import casework
from kentongan.bodies.models import Role
from kentongan.console.administration import ROLES
from kentongan.console.doors import for_staff, person_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Says which role at which body is offered to which address; a POST by the account of that address accepts."""
    offered = casework.read_invitation(token)
    if request.method == "POST":
        casework.accept_invitation(person_of(request), token)
        messages.success(request, _("Welcome: you work for %(body)s now.") % {"body": offered.body.name})
        if offered.role == Role.ADMINISTRATOR and not casework.has_begun(offered.body):
            return redirect("console:start", offered.body_id)
        return redirect("console:queue")
    shown = {"offered": offered, "role": ROLES[Role(offered.role)], "mine": person_of(request).email == offered.email}
    return render(request, "console/invitation.html", shown)


@require_POST
@for_staff
def withdraw(request: HttpRequest, code: str, invitation: int) -> HttpResponse:
    """Takes an invitation back."""
    casework.withdraw(person_of(request), code, invitation)
    messages.success(request, _("The invitation has ended."))
    return redirect("console:staff", code)
