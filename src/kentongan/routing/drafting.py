"""The rules by which a body divides its work, as its administrators write them together: a draft that nobody overwrites
unseen, until it is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.bodies.models import Role
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.routing.dividing import OwnRule
from kentongan.routing.models import DivisionDeed, DivisionDraft, DivisionVersion
from kentongan.routing.published import as_rules
from kentongan.routing.writing import MOST, read_rule

Deed = DivisionDeed.Kind


def may_divide(person: Person, body: str) -> bool:
    """Whether `person` may write the rules by which `body` divides its work."""
    return person.administers or bodies.role(person, body) == Role.ADMINISTRATOR


def only_dividers(person: Person, body: str) -> None:
    """Raises Problem `forbidden` (403) for whoever may not write the rules of `body`, `unknown_body` (422)."""
    bodies.get(body)
    if not may_divide(person, body):
        raise Problem(
            "forbidden", 403, _("Only an administrator of this body can see and change who gets what."),
            extra={"body": body},
        )  # fmt: skip


def newest(body: str) -> int:
    """The number of the version in force; 0 where the body has published none."""
    found = DivisionVersion.objects.filter(body=body).order_by("-number").values_list("number", flat=True).first()
    return found or 0


def draft_of(person: Person, body: str) -> DivisionDraft | None:
    """What is being written for a body, if anything. Raises Problem `forbidden`."""
    only_dividers(person, body)
    return DivisionDraft.objects.filter(body=body).select_related("writer").first()


def begin_draft(person: Person, body: str) -> DivisionDraft:
    """The draft of a body; where there is none, one that says what is in force. Raises Problem `forbidden`."""
    only_dividers(person, body)
    if (found := draft_of(person, body)) is not None:
        return found
    base = newest(body)
    rules = DivisionVersion.objects.filter(body=body, number=base).values_list("rules", flat=True).first()
    try:
        with transaction.atomic():
            made = DivisionDraft.objects.create(
                pk=bodies.get(body).pk, base=base, rules=rules or [], writer=person,
                edit=DivisionDeed.objects.filter(body=body).count() + 1,  # no form of an earlier draft fits this one
            )  # fmt: skip
            note(body, person, Deed.BEGUN, number=base)
    except IntegrityError:  # a colleague's press was a moment earlier
        return DivisionDraft.objects.get(body=body)
    return made


def write_rule(person: Person, body: str, given: Mapping[str, Any]) -> OwnRule:
    """Keeps a rule in the draft: the one with `key`, or a new one (`read_rule`). `edit`: of the draft that was read.

    Raises Problem as `read_rule`, `changed_meanwhile` (409), `too_many` (422), `not_found` (404), `forbidden` (403).
    """
    begin_draft(person, body)
    key = str(given.get("key") or "")
    try:
        return _write_rule(person, body, given, key)
    except Problem as problem:
        # The second tap of one finger: the rule stands there as it says.
        said = [given.get(name) or "" for name in ("category", "area", "layer", "to")]
        same = [one for one in _rules(body) if [*one.asks, one.to] == said and key in ("", one.key)]
        if problem.code != "changed_meanwhile" or not same:
            raise
        return same[0]


def _write_rule(person: Person, body: str, given: Mapping[str, Any], key: str) -> OwnRule:
    with changing(person, body, given, "category") as draft:
        rules = as_rules(draft.rules)
        before = _of_key(rules, key) if key else None
        if before is None and len(rules) >= MOST:
            raise Problem("too_many", 422, _("There are 200 rules already. Remove one first."), field="category")
        rule = read_rule(body, given, rules, key or _free_key(draft, rules))
        if rule == before:
            return rule
        kept = [rule if one.key == rule.key else one for one in rules]
        draft.rules = [asdict(one) for one in (kept if before else [*rules, rule])]
        _keep(draft, person)
        note(body, person, Deed.WRITTEN, before=before, after=rule, number=draft.edit)
    return rule


def remove_rule(person: Person, body: str, given: Mapping[str, Any]) -> None:
    """Takes the rule with `key` out of the draft; raises as `write_rule`."""
    key = str(given.get("key") or "")
    try:
        with changing(person, body, given) as draft:
            rules = as_rules(draft.rules)
            gone = _of_key(rules, key)
            draft.rules = [asdict(one) for one in rules if one != gone]
            _keep(draft, person)
            note(body, person, Deed.REMOVED, before=gone, number=draft.edit)
    except Problem as problem:
        if problem.code != "changed_meanwhile" or key in {one.key for one in _rules(body)}:
            raise  # else it is gone already: the second tap of one finger


def discard_draft(person: Person, body: str, given: Mapping[str, Any]) -> None:
    """What was written is gone; what is in force stays. Raises Problem as `go_on`."""
    with changing(person, body, given) as draft:
        note(body, person, Deed.DISCARDED, number=draft.edit)
        draft.delete()


def go_on(person: Person, body: str, given: Mapping[str, Any]) -> None:
    """Takes the draft for one of the version in force (`number`, which was read): it takes the place of all that says.

    Raises Problem `changed_meanwhile` (409) where yet another is in force, `not_found`, `forbidden`.
    """
    with changing(person, body, given) as draft:
        base = newest(body)
        if str(given.get("number") or "") != str(base):
            raise changed()
        draft.base = base
        _keep(draft, person)
        note(body, person, Deed.WENT_ON, number=base)


@contextmanager
def changing(person: Person, body: str, given: Mapping[str, Any], field: str = "draft") -> Iterator[DivisionDraft]:
    """The draft, locked, if it is still the `edit` that was read: what a colleague wrote is not overwritten unseen."""
    only_dividers(person, body)
    with transaction.atomic():
        draft = DivisionDraft.objects.select_for_update(of=("self",)).filter(body=body).first()
        if draft is None:
            raise Problem("not_found", 404, _("There is no draft any more: it was published or discarded."))
        read = str(given.get("edit") or "")
        if read and read != str(draft.edit):
            raise changed(field)
        yield draft


def changed(field: str = "draft") -> Problem:
    """That somebody else was faster."""
    words = _("A colleague changed this draft meanwhile. Read it as it is now; what you chose is still here.")
    return Problem("changed_meanwhile", 409, words, field=field)


def note(
    body: str, person: Person, kind: str, *, before: OwnRule | None = None, after: OwnRule | None = None,
    number: int = 0,
) -> None:  # fmt: skip
    """Keeps for ever who did what."""
    DivisionDeed.objects.create(
        body_id=body, kind=kind, person=person, number=number,
        before=asdict(before) if before else {}, after=asdict(after) if after else {},
    )  # fmt: skip


def deeds(person: Person, body: str, most: int = 50) -> list[DivisionDeed]:
    """What was done with the rules of a body, the newest first. Raises Problem `forbidden`."""
    only_dividers(person, body)
    return list(DivisionDeed.objects.filter(body=body).select_related("person").order_by("-pk")[:most])


def _keep(draft: DivisionDraft, person: Person) -> None:
    draft.edit, draft.writer, draft.at = draft.edit + 1, person, timezone.now()
    draft.save()


def _rules(body: str) -> tuple[OwnRule, ...]:
    draft = DivisionDraft.objects.filter(body=body).first()
    return as_rules(draft.rules) if draft else ()


def _of_key(rules: tuple[OwnRule, ...], key: str) -> OwnRule:
    found = next((one for one in rules if one.key == key), None)
    if found is None:
        raise Problem("not_found", 404, _("This rule is not in the draft any more."))
    return found


def _free_key(draft: DivisionDraft, rules: tuple[OwnRule, ...]) -> str:
    """A number that no rule has in the draft or in the version that it was begun from."""
    base = DivisionVersion.objects.filter(body=draft.body_id, number=draft.base).values_list("rules", flat=True).first()
    return str(max((int(one.key) for one in (*rules, *as_rules(base or []))), default=0) + 1)
