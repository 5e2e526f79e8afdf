"""The people of the demonstration, all of them made up and called so (*contoh*: example). Those of `ACCOUNTS` have
passwords that everybody may know."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from kentongan.foundation.config import config
from kentongan.people.models import Person


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as. `what` says in English who it is; `body` where they have a role in one."""

    what: str
    email: str
    password: str
    name: str
    home: str = ""
    body: str = ""
    role: str = ""


CITIZEN = Account("citizen of Bali", "warga.bali@demo.example", "kentongan-warga", "Ni Made Contoh", "51.71.01")
OFFICER = Account(
    "coordinator of Jakarta", "petugas.jakarta@demo.example", "kentongan-jakarta", "Rahmat Contoh",
    body="31", role="coordinator",
)  # fmt: skip
FIRST = Account(
    "field officer of Jakarta", "sari.jakarta@demo.example", "kentongan-sari", "Sari Contoh",
    body="31", role="officer",
)  # fmt: skip
SECOND = Account(
    "her colleague", "bima.jakarta@demo.example", "kentongan-bima", "Bima Contoh", body="31", role="officer"
)
MINISTRY = Account(
    "ministry officer", "petugas.pu@demo.example", "kentongan-kementerian", "Dewi Contoh",
    body="id.pu", role="coordinator",
)  # fmt: skip
ADMINISTRATOR = Account("administrator", "admin@demo.example", "kentongan-admin", "Administrator")
ACCOUNTS = (CITIZEN, OFFICER, FIRST, SECOND, MINISTRY, ADMINISTRATOR)

NEIGHBOURS = tuple(
    f"{name} Contoh"
    for name in (
        "Budi", "Siti", "Wayan", "Agus", "Maria", "Dian", "Yohanes", "Fitri", "Hasan", "Lina", "Teuku", "Ratna",
    )
)  # fmt: skip


def refuse_outside_the_demonstration() -> None:
    """Ends with one clear line in production: anybody may know these passwords."""
    if config().mode == "production":
        raise SystemExit("kentongan: demonstration accounts have public passwords; set KENTONGAN_MODE=demo.")


@transaction.atomic
def load() -> int:
    """Makes the accounts that are missing; returns how many. Safe to repeat."""
    refuse_outside_the_demonstration()
    before = Person.objects.filter(is_demo=True).count()
    for account in ACCOUNTS:
        _person(account)
    for number, name in enumerate(NEIGHBOURS, start=1):
        if not Person.objects.filter(email=_neighbour(number)).exists():
            Person.objects.create_user(_neighbour(number), name=name, is_demo=True)
    return Person.objects.filter(is_demo=True).count() - before


def person(account: Account) -> Person:
    """The person behind an account; Person.DoesNotExist where `load` has not run."""
    return Person.objects.get(email=account.email, is_demo=True)


def neighbours() -> list[Person]:
    """The people without passwords, who report, support and comment."""
    emails = [_neighbour(number) for number in range(1, len(NEIGHBOURS) + 1)]
    return list(Person.objects.filter(email__in=emails, is_demo=True).order_by("id"))


def _neighbour(number: int) -> str:
    return f"warga{number}@demo.example"


def _person(account: Account) -> Person:
    found = Person.objects.filter(email=account.email).first()
    if found is not None:
        return found
    make = Person.objects.create_superuser if account is ADMINISTRATOR else Person.objects.create_user
    return make(account.email, account.password, name=account.name, home_area_code=account.home, is_demo=True)
