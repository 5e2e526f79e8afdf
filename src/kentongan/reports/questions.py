"""What somebody is asked who reports: by the catalogue, and by the body that will have it; and what is kept of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from kentongan import bodies, catalogue
from kentongan.bodies.models import OwnQuestion
from kentongan.catalogue import Question
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report
from kentongan.reports.submission import Prepared

Answered = tuple[Question, Any]


def asked_by(body: str | None, category: Category) -> list[Question]:
    """What `body` and those above it ask of a kind, beside the catalogue; nothing where the body takes no part."""
    if not body or not bodies.snapshot().is_partner(body):
        return []
    of_catalogue = {one["code"] for one in category.questions}
    found: dict[str, Question] = {}
    for one in bodies.own_questions(body, catalogue.branch(category.code)):
        if one.code not in of_catalogue:
            found.setdefault(one.code, one.as_asked())
    return list(found.values())


def decided(prepared: Prepared, body: str | None) -> Prepared:
    """With the answers to the questions of the `body` that will have it (None: nobody knows yet), and with all that was
    asked and answered. An answer that another body asked for, or asked for once, is kept: who sent it was asked that.

    Raises Problem `bad_answer` naming `answers.CODE` for one that does not fit, and for a required one that is missing
    where the sender was told of it (`Submission.told_of`).
    """
    sent, kind = prepared.submission, prepared.category
    asks = asked_by(body, kind)
    if not asks and not prepared.answers and not prepared.own:
        return prepared
    told_of = [one for one in asks if sent.told_of is None or one["code"] in sent.told_of]
    answers = catalogue.read_answers(told_of, prepared.own, as_written=sent.as_written)
    asked, here = list(told_of), {one["code"] for one in told_of}
    for code in prepared.own.keys() - here:
        found = _fitting(prepared, code, [one for one in asks if one["code"] == code])
        asked.append(found[0])
        answers |= {code: found[1]} if found[1] is not None else {}
    told = prepared.answers | answers
    kept = [_as_kept(one, told[one["code"]]) for one in _in_order(kind, asks, asked) if one["code"] in told]
    return replace(prepared, answers=told, asked=tuple(kept))


def fitting(kind: Category, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Of answers from elsewhere those that fit a question that a body asks of a kind, or has asked."""
    branch = catalogue.branch(kind.code)
    return {code: one for code, one in answers.items() if _first_fit(bodies.once_asked(branch, code), code, one)}


def answered(report: Report, *, public: bool = False) -> list[Answered]:
    """The questions of a report with what was answered, in their order; `public`: what everybody may read. Whoever
    works on a part has what its whole was answered; of a secret one no more than they were told.
    """
    if report.whole is not None and not report.whole.is_secret:
        report = report.whole
    return own_answers(report, public=public)


def own_answers(report: Report, *, public: bool = False) -> list[Answered]:
    """As `answered`, what stands with the report itself: of a part nothing, so that nobody hides there what stays."""
    if public:
        found = catalogue.in_order(report.asked or (), report.answers)
        return [(one, answer) for one, answer in found if one.get("public")]
    # Until there were questions of bodies nothing was kept of what was asked.
    return catalogue.in_order(report.asked or report.category.questions, report.answers)


def answered_in(category: Category, answers: str | None, asked: str | None) -> list[Answered]:
    """As `answered`, of a report's columns as the database keeps them (JSON)."""
    if answers in (None, "{}"):
        return []
    kept = orjson.loads(asked) if asked else None
    return catalogue.in_order(kept or category.questions, orjson.loads(answers))


def in_their_words(found: list[Answered]) -> list[tuple[str, str]]:
    """Questions and answers in the reader's language."""
    return [(catalogue.words_of(one), catalogue.answer_words(one, answer)) for one, answer in found]


def _in_order(kind: Category, asks: list[Question], asked: list[Question]) -> list[Question]:
    """What was asked: the catalogue's first, then what this body asks in its order, then what others asked."""
    order = [one["code"] for one in asks]
    places = {code: number for number, code in enumerate(order)}
    return [*kind.questions, *sorted(asked, key=lambda one: (places.get(one["code"], len(order)), one["code"]))]


def _fitting(prepared: Prepared, code: str, first: list[Question]) -> Answered:
    """An answer of who was not told of the question, or that another body asks: to the one of that name which it fits,
    this body's before others. Raises Problem `bad_answer` where there is none.
    """
    others = bodies.once_asked(catalogue.branch(prepared.category.code), code)
    # Whoever answers what this body does not ask today was not told here that everybody reads it.
    known = [*first, *(one.as_asked() | {"public": False} for one in others)]
    given = prepared.own[code]
    if (found := _first_fit(known, code, given)) is not None:
        return found
    question = {**known[0], "required": False}
    return question, catalogue.read_answers([question], {code: given}, as_written=prepared.submission.as_written).get(
        code
    )


def _first_fit(known: Iterable[Question | OwnQuestion], code: str, given: Any) -> Answered | None:
    for one in known:
        question = one.as_asked() if isinstance(one, OwnQuestion) else one
        with suppress(Problem):
            return question, catalogue.read_answers([{**question, "required": False}], {code: given}).get(code)
    return None


def _as_kept(question: Question, answer: Any) -> dict[str, Any]:
    """What of a question stays with the report: its words, and of its options those that were chosen."""
    chosen = answer if isinstance(answer, list) else [answer]
    kept: dict[str, Any] = {
        "code": question["code"], "datatype": question["datatype"], "public": bool(question.get("public")),
        "description": question.get("description") or {},
    }  # fmt: skip
    if values := [one for one in question.get("values") or () if one["key"] in chosen]:
        kept["values"] = values
    if question.get("body"):
        kept["body"] = question["body"]
    return kept
