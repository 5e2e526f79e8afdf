"""The code by which a person cancels, and the one that only looks as if: chosen beforehand, kept as passwords are."""

from __future__ import annotations

import re

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext_lazy as _

from kentongan.emergency.commands import cancel
from kentongan.emergency.models import Alert, Codes
from kentongan.emergency.states import ENDED, Actor
from kentongan.emergency.staying import one_goes_on
from kentongan.emergency.writer import Happening, Who, append, changing
from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import spend
from kentongan.people.models import Person

CODE = re.compile(r"\d{4,8}")
TRIES, WITHIN = 10, 600  # codes of one account tried in ten minutes, whatever they are to end


def choose(person: Person, code: str, duress: str = "") -> None:
    """Keeps the person's codes, 4 to 8 digits each. Raises Problem `bad_code`, `same_code` (422), `goes_on` (409)."""
    for field, value in (("code", code), ("duress", duress)):
        if not CODE.fullmatch(value) and (value or field == "code"):
            raise Problem("bad_code", 422, _("A code has 4 to 8 digits."), field=field)
    if code == duress:
        raise Problem("same_code", 422, _("The two codes must not be the same."), field="duress")
    _refuse_while_one_goes_on(person)
    kept = {"cancel": make_password(code), "duress": make_password(duress) if duress else ""}
    Codes.objects.update_or_create(person=person, defaults=kept)


def remove(person: Person) -> None:
    """From now on a plain confirmation cancels. Raises Problem `goes_on` (409)."""
    _refuse_while_one_goes_on(person)
    Codes.objects.filter(person=person).delete()


def are_chosen(person: Person | None) -> bool:
    """Whether cancelling asks this person for a code."""
    return person is not None and Codes.objects.filter(person=person).exists()


def _refuse_while_one_goes_on(person: Person) -> None:
    """Whoever took the phone away has the account too: the codes of an alert or a timer stay until it has ended."""
    if one_goes_on(person):
        raise Problem("goes_on", 409, _("While an alert or a timer of yours goes on, its codes stay as they are."))


def cancel_with(alert: Alert, person: Person | None, code: str) -> Alert:
    """Cancels as the code says; without codes of the alert's account a plain confirmation is enough.

    Both answers are the same. Raises Problem `wrong_code` (422): the alert goes on, and its operator is told;
    `too_many` (429).
    """
    if alert.state in ENDED:
        return cancel(alert, person)
    try:
        forced = is_forced(alert.person_id, code)
    except Problem as problem:
        if problem.code == "wrong_code":
            with changing(alert.pk) as held:
                append(held, Happening("wrong_code", Who(Actor.CALLER, person)))
        raise
    return cancel(alert, person, duress=bool(forced), with_code=forced is not None)


def is_forced(person_id: int | None, code: str) -> bool | None:
    """Whether the code is the one that only looks as if; None where the account has no codes, so that none is asked.

    Both are always compared. Raises Problem `wrong_code` (422), `too_many` (429): counted for the account, since
    whoever holds the phone can begin timers of their own to try codes on.
    """
    kept = Codes.objects.filter(person=person_id).first() if person_id else None
    if kept is None:
        return None
    spend(f"alert-code/{person_id}", TRIES, WITHIN)
    given = code if CODE.fullmatch(code) else ""
    real, forced = check_password(given, kept.cancel), check_password(given, kept.duress or kept.cancel)
    if real or (forced and kept.duress):
        return not real
    raise Problem("wrong_code", 422, _("This is not the code. Nothing was ended."), field="code")
