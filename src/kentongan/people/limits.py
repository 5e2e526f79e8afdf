"""How much one person may send in an hour; without an account, how much may come from one address."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kentongan.foundation import rates
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person

HOUR = 3600  # seconds
PHOTOS = 5  # for each report


def admit(what: str, person: Person | None, address: str) -> None:
    """Counts one of `what` (`reports`, `photos`, `comments`), by whichever way it comes in.

    Raises Problem `too_many` (429), or `sign_in` (401) where nobody without an account may send any.
    """
    setting = config()
    if person is None and what != "comments" and not setting.anonymous_reports:
        raise Problem("sign_in", 401, _("Sign in to report: this installation asks for an account."))
    reports = setting.account_reports_per_hour if person else setting.anonymous_reports_per_hour
    limit = {"reports": reports, "photos": PHOTOS * reports, "comments": setting.comments_per_hour}[what]
    rates.spend(f"{what}/person/{person.pk}" if person else f"{what}/{address}", limit, HOUR)
