"""A body's rules as its administrators write them: kept in versions, rehearsed, switched on and off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies
from kentongan.casework.assigning import teams_of, workers_of
from kentongan.casework.filling import KNOWN, check_fields, fields
from kentongan.casework.filters import Filter, read_filter
from kentongan.casework.ruled import Event, Rule, RuleRun, RuleVersion
from kentongan.casework.staff import only_managers
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import mark, over
from kentongan.foundation.text import TextTooLong, clean_text
from kentongan.people.models import Person
from kentongan.reports.models import Priority

MOST = 50  # rules of one body
LONGEST_NAME, LONGEST_TEXT, LONGEST_ASKED = 60, 2_000, 16_000
LONGEST_AFTER = 8_760  # hours: a year
KEPT = ("name", "event", "after_hours", "asked", "steps")


def rules_of(person: Person, body: str) -> list[Rule]:
    """The rules of `body`, by name. Raises Problem `forbidden` (403)."""
    _check(person, body)
    return list(Rule.objects.filter(body=body, ended_at=None).order_by("name", "pk"))


def find_rule(person: Person, body: str, key: int) -> Rule:
    """Raises Problem `forbidden` (403), `not_found` (404)."""
    _check(person, body)
    found = Rule.objects.filter(body=body, pk=key, ended_at=None).first()
    if found is None:
        raise Problem("not_found", 404, _("There is no such rule."))
    return found


def save_rule(person: Person, body: str, given: Mapping[str, Any], rule: Rule | None = None) -> Rule:
    """Keeps a rule as a new version, switched off until that has been rehearsed. The same again changes nothing.

    `given`: `name`, `event` (of `Event`), `after_hours`, `asked` (a filter, or the whole address of a list), and the
    steps as `read_steps` takes them; `version`: the one that was read. Raises Problem with the field (422), and
    `changed_meanwhile` (409) where it is another by now.
    """
    _check(person, body)
    with transaction.atomic():
        made = Rule.objects.select_for_update().get(pk=rule.pk) if rule else Rule(body=bodies.get(body), maker=person)
        before = _mark(made)
        with over(given.get("version"), "name", lambda: _mark(made), str(made.version) if rule else ""):
            kept = _told(body, given, rule)
            for name, value in kept.items():
                setattr(made, name, value)
        if rule is not None and _mark(made) == before:
            return rule
        made.version, made.is_on, made.fault = made.version + 1, False, ""
        made.save()
        RuleVersion.objects.create(rule=made, number=made.version, kept=kept, maker=person)
    return made


def _told(body: str, given: Mapping[str, Any], rule: Rule | None) -> dict[str, Any]:
    kept = read_rule(body, given)
    others = Rule.objects.filter(body=body, ended_at=None).exclude(pk=rule.pk if rule else 0)
    if others.filter(name=kept["name"]).exists():
        raise _bad("name", _("There is another rule of this name."))
    if rule is None and others.count() >= MOST:
        raise _bad("name", _("There are 50 rules already. End one first."))
    return kept


def _mark(rule: Rule) -> str:
    return mark(*(getattr(rule, name) for name in KEPT))


def take_back(person: Person, rule: Rule, number: int) -> Rule:
    """A version of before as the newest. Raises Problem as `save_rule`, where it names what there is no more."""
    old = rule.versions.filter(number=number).first()
    if old is None:
        raise Problem("not_found", 404, _("There is no such version."))
    return save_rule(person, rule.body_id, {**old.kept, **old.kept["steps"]}, rule)


def switch_on(person: Person, rule: Rule, version: int) -> Rule:
    """From now on the rule acts. Raises Problem `changed_meanwhile` (409), `not_rehearsed` (409), and where its filter
    or a step names what there is no more."""
    _check(person, rule.body_id)
    with transaction.atomic():
        held = Rule.objects.select_for_update().get(pk=rule.pk)
        if held.version != version:
            raise Problem("changed_meanwhile", 409, _("Somebody else changed this rule. Read it, then decide again."))
        if held.rehearsed != held.version:
            raise Problem("not_rehearsed", 409, _("Try it on past reports first."))
        read_rule(held.body_id, {**{name: getattr(held, name) for name in KEPT}, **held.steps})
        held.is_on, held.on_since, held.fault = True, timezone.now(), ""
        held.save(update_fields=["is_on", "on_since", "fault"])
    return held


def switch_off(person: Person, rule: Rule) -> None:
    """From now on the rule does nothing; what waited for its hour is not done either."""
    _check(person, rule.body_id)
    Rule.objects.filter(pk=rule.pk).update(is_on=False)


def end_rule(person: Person, rule: Rule) -> None:
    """The rule is gone; timelines that name it stay."""
    _check(person, rule.body_id)
    Rule.objects.filter(pk=rule.pk).update(is_on=False, ended_at=timezone.now())


def last_runs(rule: Rule, most: int = 30) -> list[RuleRun]:
    """What it did lately, the newest first."""
    return list(rule.runs.exclude(done_at=None).order_by("-done_at")[:most])


def stopped_rules(body: str) -> int:
    """How many rules of a body were switched off by themselves."""
    return Rule.objects.filter(body=body, ended_at=None, is_on=False).exclude(fault="").count()


def read_asked(written: str) -> Filter:
    """A filter from what somebody wrote: the address of a list, or what stands behind its question mark.

    Raises Problem `bad_filter` (422, field `asked`); a rule has nobody whom "me" could mean.
    """
    text = written.strip()
    if len(text) > LONGEST_ASKED:  # cut it would ask for something else
        raise _bad("asked", _("This filter cannot be read. Choose it again."))
    try:
        query = urlsplit(text).query if "?" in text else text
    except ValueError:
        query = text
    try:
        asked = read_filter(parse_qs(query, max_num_fields=200))
    except Problem as problem:
        raise Problem(problem.code, 422, problem.detail, field="asked") from None
    except ValueError:
        raise _bad("asked", _("This filter cannot be read. Choose it again.")) from None
    if asked.assignee == "me":
        raise _bad("asked", _("A rule has nobody whom “me” could mean."))
    return asked


def read_steps(body: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule does, in the order in which it is done: `priority` (a word), `assign` (`person:KEY`, `team:KEY`),
    `note` (text for staff), `merge` (truth: propose what it may repeat), `answer` and `answer_en` (public, in
    Indonesian and English), `notify` (as `assign`), `transfer` (the code of a body) with `transfer_text`, its reason.

    Raises Problem `bad_step` (422) with the field; `no_steps` where there is none.
    """
    steps: dict[str, Any] = {}
    if word := str(given.get("priority") or ""):
        if word.upper() not in Priority.__members__:
            raise _bad("priority", _("Choose one of the four priorities."))
        steps["priority"] = word.lower()
    for name in ("assign", "notify"):
        if to := str(given.get(name) or ""):
            people_of(body, to, name)
            steps[name] = to
    for name in ("note", "answer", "answer_en", "transfer_text"):
        if text := _text(given, name):
            steps[name] = text
    if given.get("merge"):
        steps["merge"] = True
    if steps.get("answer_en") and not steps.get("answer"):
        raise _bad("answer", _("Write the answer in Indonesian too."))
    _read_transfer(body, str(given.get("transfer") or "").strip(), steps)
    if not steps:
        raise _bad("steps", _("Choose at least one thing that the rule does."), "no_steps")
    return steps


def _read_transfer(body: str, code: str, steps: dict[str, Any]) -> None:
    if not code:
        steps.pop("transfer_text", None)
        return
    if bodies.snapshot().body(code) is None:
        raise _bad("transfer", _("There is no body of this code."))
    if code == body:
        raise _bad("transfer", _("The reports are with this body already."))
    if not steps.get("transfer_text"):
        raise _bad("transfer_text", _("Give a reason: the reporter reads it."))
    steps["transfer"] = code


def people_of(body: str, to: str, field: str = "to") -> tuple[list[Person], Any]:
    """Whom `person:KEY` or `team:KEY` names: the people, and the person or team. Raises Problem `gone_hand` (422)."""
    kind, _colon, key = to.partition(":")
    if kind == "person":
        person = next((one for one in workers_of(body) if str(one.pk) == key), None)
        if person is not None:
            return [person], person
    if kind == "team":
        team = next((one for one in teams_of(body) if str(one.pk) == key), None)
        if team is not None:
            return list(team.members.filter(is_active=True).order_by("pk")), team
    raise _bad(field, _("Choose somebody who works at this body, or one of its teams."), "gone_hand")


def read_rule(body: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a rule of `body` (`KEPT`). Raises Problem as `save_rule`, for a field."""
    event, after = str(given.get("event") or ""), str(given.get("after_hours") or "0").strip()
    if event not in Event.values:
        raise _bad("event", _("Choose what sets the rule off."))
    if not (after.isascii() and after.isdecimal() and len(after) < 6 and int(after) <= LONGEST_AFTER):
        raise _bad("after_hours", _("Write a whole number of hours, at most %(most)d.") % {"most": LONGEST_AFTER})
    return {
        "name": _named(str(given.get("name") or "")), "event": event, "after_hours": int(after),
        "asked": urlencode(read_asked(str(given.get("asked") or "")).pairs()), "steps": read_steps(body, given),
    }  # fmt: skip


def _named(written: str) -> str:
    try:
        name = " ".join(clean_text(written, LONGEST_NAME).split())
    except TextTooLong:
        name = ""
    if not name:
        raise _bad("name", _("Give the rule a name of at most 60 letters."))
    return name


def _text(given: Mapping[str, Any], name: str) -> str:
    try:
        text = clean_text(str(given.get(name) or ""), LONGEST_TEXT)
    except TextTooLong:
        raise _bad(name, _("At most %(most)d characters fit.") % {"most": LONGEST_TEXT}) from None
    check_fields(text, name)
    if unknown := [f"{{{one}}}" for one in fields(text) if one not in KNOWN]:
        words = _("Nobody is there to fill in %(fields)s: a rule has only the fields that a report fills.")
        raise _bad(name, words % {"fields": ", ".join(unknown)}, "bad_field")
    return text


def _bad(field: str, words: Any, code: str = "bad_step") -> Problem:
    return Problem(code, 422, words, field=field)


def _check(person: Person, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can see and change its rules."))
