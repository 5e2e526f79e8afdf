"""What a body asks of who reports something to it, as its administrators write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.bodies.models import Body, OwnQuestion
from kentongan.casework.own_options import VALUES, read_options, written_options
from kentongan.casework.staff import only_managers
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import over
from kentongan.foundation.text import read_line, row_key
from kentongan.people.models import Person

DATATYPES = ("string", "text", "number", "datetime", "singlevaluelist", "multivaluelist")
LONGEST, LONGEST_CODE = 150, 40  # characters of a question, of its name for programs
MOST = 20  # questions that a body asks of one kind
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Under these names senders of Open311 tell something else of a report (`open311.filing`).
RESERVED = frozenset({
    "asset_id", "asset_resource_id", "external_id", "fixmystreet_id", "title", "url", "lat", "long", "description",
})  # fmt: skip


def questions_of(person: Person, body: str) -> list[OwnQuestion]:
    """All that `body` itself asks, and has asked, by kind and in their order. Raises Problem `forbidden` (403),
    `unknown_body`.
    """
    _check(person, body)
    return bodies.questions_of(body)


def save_question(person: Person, body: str, given: Mapping[str, Any], key: str = "") -> OwnQuestion:
    """A new question, the last of its kind, or the one with `key` changed. `given`: `category`, `datatype` and `code`
    (empty: made of the words) of a new one; `words_id`, `words_en`, `required`, `public`, and `values`, one option a
    line, `Indonesian | English`; `was`: the mark of the one that was shown (`bodies.mark_of`).

    Raises Problem with the field: `unknown_category`, `bad_datatype`, `words_required`, `too_long`, `bad_code`,
    `code_taken`, `values_required`, `bad_values`, `too_many` (422), `changed_meanwhile` (409);
    `not_found` (404), `forbidden` (403).
    """
    _check(person, body)
    with transaction.atomic():
        held = _alone(body)
        question = _open(body, key) if key else _new(held, given)
        with over(given.get("was") if key else "", "words_id", lambda: bodies.mark_of(question)):
            _fill(question, given, is_new=not key)
        if not key:
            question.code = _code(body, question, str(given.get("code") or "").strip().lower())
        question.save()
        bodies.questions_changed()
    return question


def read_carried(body: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a question of `body` that another installation tells of (`carrying.QUESTION`), judged as if it were
    written here. Raises Problem as `save_question`, KeyError for a kind that there is not.
    """
    kept = {**told, **{name: read_line(told, name, LONGEST) for name in ("words_id", "words_en")}, "values": []}
    catalogue.known(told["category"])
    if not kept["words_id"]:
        raise Problem("words_required", 422, _("Write the question in Indonesian."), field="words_id")
    if told["code"] in (RESERVED if told["ended_at"] else _taken(body, told["category"])):
        detail = _("Another question of this kind has this name already, or programs mean something else by it.")
        raise Problem("code_taken", 422, detail, field="code")
    if not told["ended_at"]:
        _last(bodies.get(body), told["category"], 422)
    if told["datatype"] in VALUES:
        kept["values"] = read_options(written_options(told["values"]), told["values"])
    keys = [one["key"] for one in kept["values"]]
    if twice := next((one for one in keys if keys.count(one) > 1), ""):
        raise Problem("bad_values", 422, _("“%(name)s” stands there twice.") % {"name": twice}, field="values")
    return kept


def end_question(person: Person, body: str, key: str) -> None:
    """Asks it no more; what was answered stays with its reports. Raises Problem `not_found` (404), `forbidden`."""
    _check(person, body)
    with transaction.atomic():
        _alone(body)
        question = _open(body, key)
        question.ended_at = timezone.now()
        question.save(update_fields=["ended_at"])
        bodies.questions_changed()


def ask_again(person: Person, body: str, key: str) -> None:
    """Asks one that was ended again, as the last of its kind. Raises Problem `not_found` (404), `code_taken`,
    `too_many` (409), `forbidden`.
    """
    _check(person, body)
    with transaction.atomic():
        held = _alone(body)
        question = _found(body, key, ended=True)
        if question.code in _taken(body, question.category):
            raise Problem("code_taken", 409, _("Another question has its name for programs by now."))
        question.position = _last(held, question.category, 409) + 1
        question.ended_at = None
        question.save(update_fields=["position", "ended_at"])
        bodies.questions_changed()


def move_question(person: Person, body: str, key: str, *, up: bool) -> None:
    """Asks it one earlier (`up`) or later among those of its kind. Raises Problem `not_found` (404), `forbidden`."""
    _check(person, body)
    with transaction.atomic():
        held = _alone(body)
        question = _open(body, key)
        order = list(_asked(held, question.category))
        at = next(number for number, one in enumerate(order) if one.pk == question.pk)
        to = at - 1 if up else at + 1
        if 0 <= to < len(order):
            order[at], order[to] = order[to], order[at]
        for number, one in enumerate(order):
            one.position = number
        OwnQuestion.objects.bulk_update(order, ["position"])
        bodies.questions_changed()


def _fill(question: OwnQuestion, given: Mapping[str, Any], *, is_new: bool) -> None:
    question.words_id, question.words_en = (read_line(given, name, LONGEST) for name in ("words_id", "words_en"))
    if not question.words_id:
        raise Problem("words_required", 422, _("Write the question in Indonesian."), field="words_id")
    question.required, question.public = bool(given.get("required")), _public(question, given, is_new=is_new)
    if question.datatype in VALUES:
        question.values = read_options(str(given.get("values") or ""), question.values)


def _public(question: OwnQuestion, given: Mapping[str, Any], *, is_new: bool) -> bool:
    public = bool(given.get("public"))
    if public and not question.public and not is_new:
        detail = _("People were told that only staff read this. End it, and ask another under another name.")
        raise Problem("was_private", 422, detail, field="public")
    return public


def _new(body: Body, given: Mapping[str, Any]) -> OwnQuestion:
    category, datatype = str(given.get("category") or ""), str(given.get("datatype") or "")
    if category not in {one.code for one in catalogue.all_active()}:
        raise Problem("unknown_category", 422, _("Choose a kind of report."), field="category")
    if datatype not in DATATYPES:
        raise Problem("bad_datatype", 422, _("Choose how it is answered."), field="datatype")
    return OwnQuestion(
        body=body, category=category, datatype=datatype, values=[], position=_last(body, category, 422) + 1
    )


def _code(body: str, question: OwnQuestion, written: str) -> str:
    """The name that was written for it, or a free one of its words."""
    taken = _taken(body, question.category)
    if written:
        if not CODE.fullmatch(written):
            detail = _("Small letters a to z, digits and _ only, beginning with a letter; at most 40.")
            raise Problem("bad_code", 422, detail, field="code")
        if written in taken:
            detail = _("Another question of this kind has this name already, or programs mean something else by it.")
            raise Problem("code_taken", 422, detail, field="code")
        return written
    words = re.sub(r"[^a-z0-9]+", "_", question.words_id.lower()).strip("_")
    word = words if CODE.match(words) else f"tanya_{words}"
    tries = (f"{word[: LONGEST_CODE - 4].strip('_')}{f'_{number}' if number > 1 else ''}" for number in range(1, 1000))
    return next(one for one in tries if one not in taken)


def _taken(body: str, category: str) -> set[str]:
    """The names that questions have which may be asked together with one of this body and kind."""
    branch = catalogue.branch(category)
    near = {one.code for one in catalogue.all_active() if category in catalogue.branch(one.code)} | set(branch)
    of_catalogue = {asked["code"] for one in catalogue.all_active() if one.code in near for asked in one.questions}
    others = OwnQuestion.objects.filter(
        body__in={*bodies.line(body), *bodies.subtree(body)}, category__in=near, ended_at=None
    )
    return {*RESERVED, *of_catalogue, *others.values_list("code", flat=True)}


def _last(body: Body, category: str, status: int) -> int:
    """The position of the last question of a kind; -1 where there is none. Raises Problem `too_many`."""
    asked = _asked(body, category)
    if len(asked) >= MOST:
        detail = _("At most 20 questions of one kind: nobody answers more. End one first.")
        raise Problem("too_many", status, detail, field="category" if status == 422 else "")
    return asked[-1].position if asked else -1


def _asked(body: Body, category: str) -> list[OwnQuestion]:
    return list(OwnQuestion.objects.filter(body=body, category=category, ended_at=None).order_by("position", "pk"))


def _alone(body: str) -> Body:
    """The body, its questions changed by nobody else until the end of the transaction."""
    return Body.objects.select_for_update(of=("self",)).get(pk=bodies.get(body).pk)


def _open(body: str, key: str) -> OwnQuestion:
    return _found(body, key, ended=False)


def _found(body: str, key: str, *, ended: bool) -> OwnQuestion:
    found = OwnQuestion.objects.filter(pk=row_key(key), body=body, ended_at__isnull=not ended).first()
    if found is None:
        raise Problem("not_found", 404, _("This question is gone. Look at the page again."), field="words_id")
    return found


def _check(person: Person, body: str) -> None:
    only_managers(person, body, _("Only an administrator of this body can write what it asks."))
