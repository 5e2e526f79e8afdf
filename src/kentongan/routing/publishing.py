"""The rules by which bodies divide their work put in force, and taken back: each time a new version, with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people.models import Person
from kentongan.routing.dividing import OwnRule
from kentongan.routing.drafting import Deed, changed, changing, newest, note, only_dividers
from kentongan.routing.models import DivisionVersion
from kentongan.routing.published import as_rules, published_anew
from kentongan.routing.writing import wrong_with

LONGEST_WHY = 300
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Difference:
    """A rule that is new (`before` None), gone (`after` None) or says something else."""

    before: OwnRule | None
    after: OwnRule | None


@dataclass(frozen=True)
class Published:
    """A version, its rules, and what is different from the one before it."""

    version: DivisionVersion
    rules: tuple[OwnRule, ...]
    differences: list[Difference]


def history(person: Person, body: str, most: int = 30) -> list[Published]:
    """What a body has published, the newest first. Raises Problem `forbidden` (403)."""
    only_dividers(person, body)
    found = list(DivisionVersion.objects.filter(body=body).select_related("publisher").order_by("-number")[: most + 1])
    rules = [as_rules(one.rules) for one in found]
    told = []
    for at, one in enumerate(found[:most]):
        before = rules[at + 1] if at + 1 < len(rules) else ()
        told.append(Published(one, rules[at], differences(before, rules[at])))
    return told


def differences(before: Sequence[OwnRule], after: Sequence[OwnRule]) -> list[Difference]:
    """What was added, changed and removed, in this order of the rules after and then before."""
    then, now = {one.key: one for one in before}, {one.key: one for one in after}
    told = [Difference(then.get(key), one) for key, one in now.items() if then.get(key) != one]
    return [*told, *(Difference(one, None) for key, one in then.items() if key not in now)]


def publish(person: Person, body: str, given: Mapping[str, Any]) -> DivisionVersion:
    """Puts the draft in force, everywhere within a second; reports that are with somebody stay there.

    `edit`: that of the draft which was read, `why`: the reason. Raises Problem with the field `publish`:
    `not_rehearsed`, `published_meanwhile`, `changed_meanwhile` (409), `nothing_changed`, `bad_rule` (422);
    `why_required`, `too_long` (422, field `why`); `not_found` (404), `forbidden` (403).
    """
    with changing(person, body, given, "publish") as draft:
        if draft.base != newest(body):
            words = _("Another version was published since this draft was begun. Look at what it says, then go on.")
            raise Problem("published_meanwhile", 409, words, field="publish")
        if draft.rehearsed != draft.edit:
            raise Problem("not_rehearsed", 409, _("Try it on past reports first."), field="publish")
        made = _put(person, body, draft.base, as_rules(draft.rules), _why(given), None)
        draft.delete()
    return made


def take_back(person: Person, body: str, given: Mapping[str, Any]) -> DivisionVersion:
    """Puts the version `number` in force again, as a new one; `newest` is the version in force that was read. A draft
    stays as it is. 0: as before the first version, when there were no rules.

    Raises Problem as `publish`, `not_found` (404) where there is no such version.
    """
    only_dividers(person, body)
    with transaction.atomic():
        base, number = newest(body), str(given.get("number") or "")
        if str(given.get("newest") or "") != str(base):
            raise changed("publish")
        kept: list[Any] | None = [] if number == "0" else None
        if number.isascii() and number.isdecimal() and 0 < len(number) < 9 and number != "0":
            kept = DivisionVersion.objects.filter(body=body, number=number).values_list("rules", flat=True).first()
        if kept is None:
            raise Problem("not_found", 404, _("There is no such version."))
        return _put(person, body, base, as_rules(kept), _why(given), int(number))


def division_version(body: str) -> DivisionVersion | None:
    """The version in force, with no rules where they were taken back; None where nothing was ever published."""
    return DivisionVersion.objects.filter(body=body).order_by("-number").first()


def bring_division(body: str, number: int, rules: Sequence[OwnRule], why: str, at: datetime) -> bool:
    """Puts in force what a body had published at another instance, under its number; whether it did. Where as new a
    version is here already, that one stays: it was written after the body came. What a rule names and is not here, it
    is passed over for, as where a body is gone.
    """
    with transaction.atomic():
        if newest(body) >= number:
            return False
        plain = [asdict(one) for one in rules]
        DivisionVersion.objects.create(body_id=body, number=number, rules=plain, why=why, at=at, back_to=None)
        published_anew()
    return True


def _put(
    person: Person, body: str, base: int, rules: tuple[OwnRule, ...], why: str, back_to: int | None
) -> DivisionVersion:  # fmt: skip
    now = DivisionVersion.objects.filter(body=body, number=base).values_list("rules", flat=True).first() or []
    if not differences(as_rules(now), rules):
        raise Problem("nothing_changed", 422, _("It says the same as what is in force."), field="publish")
    _check(body, rules)
    plain = [asdict(one) for one in rules]
    try:
        with transaction.atomic():
            made = DivisionVersion.objects.create(
                body_id=body, number=base + 1, rules=plain, why=why, back_to=back_to, publisher=person
            )
    except IntegrityError:  # two press at once: the number is given once
        raise changed("publish") from None
    note(body, person, Deed.PUBLISHED if back_to is None else Deed.TAKEN_BACK, number=made.number)
    published_anew()
    _log.info("division.published", body=body, number=made.number, rules=len(rules), back_to=back_to)
    return made


def _check(body: str, rules: tuple[OwnRule, ...]) -> None:
    """Raises Problem `bad_rule` for what there is no more since it was written."""
    for at, rule in enumerate(rules, 1):
        for _code, words in wrong_with(body, rule).values():
            told = _("Rule %(at)d: %(words)s") % {"at": at, "words": words}
            raise Problem("bad_rule", 422, told, field="publish", extra={"key": rule.key})
    if len({one.asks for one in rules}) < len(rules):
        raise Problem("bad_rule", 422, _("Two rules ask for the same and contradict each other."), field="publish")


def _why(given: Mapping[str, Any]) -> str:
    try:
        why = " ".join(clean_text(str(given.get("why") or ""), LONGEST_WHY).split())
    except TextTooLong as fault:
        words = _("At most %(most)d characters fit.") % {"most": fault.limit}
        raise Problem("too_long", 422, words, field="why") from None
    if not why:
        raise Problem("why_required", 422, _("Say why: your colleagues read it in the history."), field="why")
    return why
