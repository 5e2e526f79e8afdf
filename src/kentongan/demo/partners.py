"""Which bodies take part in the demonstration, and who of its people works there."""

from __future__ import annotations

from datetime import date

from kentongan import bodies
from kentongan.bodies.models import Body, Membership
from kentongan.demo.accounts import ACCOUNTS, person

# Kabupaten Bekasi (32.16) is left out on purpose: there the demonstration shows a region that has not joined.
PARTNERS = ("31", "51.71", "id.pu", "id.komdigi", "id.lapor", "id.pln")
SINCE = date(2025, 1, 1)  # long enough ago for every sample; also the mark by which `end` knows them


def load() -> int:
    """Makes the bodies partners and gives the officers their roles; returns how many joined now."""
    joined = 0
    for code in PARTNERS:
        if bodies.get(code).partner_from is None:
            bodies.make_partner(code, SINCE)
            joined += 1
    for account in ACCOUNTS:
        if account.body:
            Membership.objects.get_or_create(
                person=person(account), body_id=account.body, until=None, defaults={"role": account.role}
            )
    return joined


def end() -> None:
    """Takes back the partnerships that `load` made, as if they had never been."""
    Body.objects.filter(code__in=PARTNERS, partner_from=SINCE).update(partner_from=None, partner_until=None)
    bodies.invalidate()
