"""Run cards, as those who lead a post write them: per kind and area what to ask, and whom to send."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from kentongan import emergency
from kentongan.console.doors import for_staff, person_of
from kentongan.console.units import KINDS
from kentongan.foundation.problems import Problem


@for_staff
def cards(request: HttpRequest) -> HttpResponse:
    """The cards of my posts. POST writes one, or takes `card` away (`do=end`)."""
    person, wrong, given = person_of(request), None, request.POST
    posts = emergency.posts_of(person)
    if not posts:
        raise Problem("no_post", 403, _("You work at no post that watches for alerts."))
    if request.method == "POST":
        try:
            if given.get("do") == "end":
                emergency.end_card(person, given.get("post", ""), given.get("card", ""))
            else:
                emergency.keep_card(person, given.get("post", ""), given, given.getlist("units"))
            messages.success(request, _("The card is saved."))
            return redirect("console:cards")
        except Problem as problem:
            if problem.status != 422:
                raise
            wrong = problem
    shown = {
        "cards": emergency.cards_of(posts), "posts": emergency.posts_led_by(person), "unit_kinds": KINDS,
        "kinds": emergency.KIND_WORDS, "typed": given, "chosen": given.getlist("units"),
        "errors": {wrong.field or "": wrong.detail} if wrong else {},
    }  # fmt: skip
    return render(request, "console/cards.html", shown, status=wrong.status if wrong else 200)
