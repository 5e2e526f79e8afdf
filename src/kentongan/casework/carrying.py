"""What a body has set up for its work, as it goes along to another installation: words of kinds, its own questions,
templates, rules of its automation, its calendar and promises. What names people or teams stays behind: they are others
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import time
from typing import Any
from urllib.parse import parse_qs

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.bodies.models import Calendar, OwnKind, OwnQuestion, Promise
from kentongan.casework.answering import MOST as MOST_TEMPLATES
from kentongan.casework.answering import read_template
from kentongan.casework.models import Template
from kentongan.casework.own_kinds import LONGEST as LONGEST_WORDS
from kentongan.casework.own_questions import read_carried
from kentongan.casework.ruled import Rule, RuleVersion
from kentongan.casework.rules import MOST as MOST_RULES
from kentongan.casework.rules import read_rule
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import read_line

KIND = ("category", "taken", "words_id", "words_en")
QUESTION = (
    "category", "code", "datatype", "words_id", "words_en", "required", "public", "values", "position", "ended_at",
)  # fmt: skip
TEMPLATE = ("name", "categories", "text_id", "text_en", "note", "step", "priority")
RULE = ("name", "event", "after_hours", "asked")
CALENDAR = (
    "workdays", "opens", "closes", "national", "joint", "days_off", "tell", "warn_hours", "escalate_to",
    "escalate_hours",
)  # fmt: skip
PROMISE = ("category", "priority", "answer_hours", "solve_hours")
PEOPLE_OF_STEPS, PEOPLE_OF_FILTER = {"assign", "notify"}, {"assignee", "team"}
UNFIT = (Problem, KeyError, IntegrityError, DataError)
Told = dict[str, Any]

_log = structlog.get_logger(__name__)


def setup_of(body: str) -> dict[str, list[Told]]:
    """What `body` itself has set up, by the names of `SORTS`, each in a fixed order. No right is asked for."""
    templates = Template.objects.filter(body=body, ended_at=None).order_by("name", "pk")
    promises = Promise.objects.filter(body=body).order_by("category", "priority")
    return {
        "kinds": [_same(one, KIND) for one in bodies.own_kinds(body)],
        "questions": [_same(one, QUESTION) for one in bodies.questions_of(body)],
        "templates": [_same(one, TEMPLATE) | {"to": one.to if one.to in {"me", "nobody"} else ""} for one in templates],
        "automation": list(_rules(body)),
        "calendar": [_same(one, CALENDAR) for one in Calendar.objects.filter(body=body)],
        "promises": [_same(one, PROMISE) for one in promises],
    }


def kinds_named(setup: Mapping[str, list[Told]]) -> set[str]:
    """The codes of the categories that a setup names and that there are."""
    named = {one.get("category") for told in setup.values() for one in told}
    named |= {code for one in setup["templates"] for code in one["categories"]}
    named |= {code for one in setup["automation"] for code in parse_qs(one["asked"]).get("category", ())}
    return {code for code in named if code and _is_known(code)}


def bodies_named(setup: Mapping[str, list[Told]]) -> set[str]:
    """The codes of the bodies that the rules of a setup pass reports on to: a rule for nobody is none."""
    return {code for one in setup["automation"] if (code := one["steps"].get("transfer"))}


def bring_setup(body: str, setup: Mapping[str, list[Told]]) -> int:
    """Keeps a setup, each sort of it where the body has nothing of that sort here; rules come switched off. What could
    not be written here (a kind that there is not, a body that nobody knows) is passed over; how many those are.
    """
    left = 0
    for name, (model, keep) in SORTS.items():
        with transaction.atomic():
            if model._default_manager.filter(body=body).exists():
                continue
            for one in setup.get(name, ()):
                try:
                    with transaction.atomic():
                        keep(body, one)
                except UNFIT as fault:  # a region does not stay behind for one of them
                    left += 1
                    _log.warning("casework.left_behind", body=body, what=name, error=str(fault))
    bodies.questions_changed()
    bodies.promises_changed()
    return left


def _same(one: Model, names: tuple[str, ...]) -> Told:
    return {name: getattr(one, name) for name in names}


def _rules(body: str) -> Iterator[Told]:
    """Without whom they give work to and tell. One whose filter names people is left out: it would do another thing."""
    for one in Rule.objects.filter(body=body, ended_at=None).order_by("name", "pk"):
        if (steps := _without_people(one.steps)) and not _names_people(one.asked):
            yield _same(one, RULE) | {"steps": steps}


def _without_people(steps: Told) -> Told:
    return {name: told for name, told in steps.items() if name not in PEOPLE_OF_STEPS}


def _names_people(asked: str) -> bool:
    """Whether a filter, as a rule keeps it, asks for somebody's work; `none`, the work of nobody, names nobody."""
    told = parse_qs(asked)
    return any(one != "none" for name in PEOPLE_OF_FILTER for one in told.get(name, ()))


def _is_known(code: str) -> bool:
    try:
        return bool(catalogue.known(code))
    except KeyError:
        return False


def _kind(body: str, told: Told) -> None:
    kind = catalogue.known(told["category"])
    words = {name: read_line(told, name, LONGEST_WORDS) for name in ("words_id", "words_en")}
    if not told["taken"] and (kind.emergency or kind.restricted or not words["words_id"]):
        raise Problem("always_taken", 422, _("Reports of this kind are always taken."))
    bodies.set_own_kind(body, kind.code, taken=told["taken"], **words)


def _question(body: str, told: Told) -> None:
    OwnQuestion.objects.create(body_id=body, **read_carried(body, told))


def _template(body: str, told: Told) -> None:
    kept = read_template(body, told)
    if Template.objects.filter(body=body, ended_at=None).count() >= MOST_TEMPLATES:
        raise Problem("too_many", 422, _("There are 200 templates already. Archive one first."))
    Template.objects.create(body_id=body, **kept)


def _rule(body: str, told: Told) -> None:
    # Whom another installation names by a number is somebody else here.
    kept = read_rule(body, {**_without_people(told["steps"]), **{name: told[name] for name in RULE}})
    if _names_people(kept["asked"]):
        raise Problem("gone_hand", 422, _("Choose somebody who works at this body, or one of its teams."))
    if Rule.objects.filter(body=body, ended_at=None).count() >= MOST_RULES:
        raise Problem("too_many", 422, _("There are 50 rules already. End one first."))
    made = Rule.objects.create(body_id=body, version=1, **kept)
    RuleVersion.objects.create(rule=made, number=1, kept=kept)


def _calendar(body: str, told: Told) -> None:
    opens, closes = told["opens"], told["closes"]
    if (opens is None) != (closes is None) or (opens or time.min) >= (closes or time.max):
        raise Problem("bad_hours", 422, _("Write both hours, the first before the last, or leave both empty."))
    days = {"workdays": sorted({*told["workdays"]}), "days_off": sorted({str(one) for one in told["days_off"]})}
    Calendar.objects.create(body_id=body, **told | days)


def _promise(body: str, told: Told) -> None:
    if told["category"]:
        catalogue.known(told["category"])
    if told["answer_hours"] is None and told["solve_hours"] is None:
        raise Problem("hours_required", 422, _("Say within how many hours: for the answer, or for the solution."))
    Promise.objects.create(body_id=body, **told)


SORTS: dict[str, tuple[type[Model], Callable[[str, Told], None]]] = {
    "kinds": (OwnKind, _kind), "questions": (OwnQuestion, _question), "templates": (Template, _template),
    "automation": (Rule, _rule), "calendar": (Calendar, _calendar), "promises": (Promise, _promise),
}  # fmt: skip
