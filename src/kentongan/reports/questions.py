"""What somebody is asked who reports: by the catalogue, and by the body that will have it; and what is kept of that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kentongan import bodies, catalogue
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
    asks = [_as_told(one, sent.told_of) for one in asked_by(body, kind)]
    if not asks and not prepared.answers and not prepared.own:
        return prepared
    answers = catalogue.read_answers(asks, prepared.own, as_written=sent.as_written)
    here = {one["code"] for one in asks}
    others = {code: _elsewhere(prepared, code) for code in prepared.own if code not in here}
    asks += [question for question, _answer in others.values()]
    answers |= {code: answer for code, (_question, answer) in others.items() if answer not in (None, "", [])}
    told = prepared.answers | answers
    asked = [_as_kept(one, told[one["code"]]) for one in (*kind.questions, *asks) if one["code"] in told]
    return replace(prepared, answers=told, asked=tuple(asked))


def answered(report: Report, *, public: bool = False) -> list[Answered]:
    """The questions of a report with what was answered, in their order; `public`: what everybody may read."""
    asked = report.asked or report.category.questions  # before 2026-11 nothing was kept of what was asked
    found = catalogue.in_order(asked, report.answers)
    return [(one, answer) for one, answer in found if one.get("public")] if public else found


def in_their_words(found: list[Answered]) -> list[tuple[str, str]]:
    """Questions and answers in the reader's language."""
    return [(catalogue.words_of(one), catalogue.answer_words(one, answer)) for one, answer in found]


def _as_told(question: Question, told_of: tuple[str, ...] | None) -> Question:
    """As it is asked of this sender: who was not told of it need not answer."""
    return question if told_of is None or question["code"] in told_of else {**question, "required": False}


def _elsewhere(prepared: Prepared, code: str) -> Answered:
    """An answer to what this body does not ask: to the question of that name which it fits."""
    known = [one.as_asked() for one in bodies.once_asked(catalogue.branch(prepared.category.code), code)]
    for question in known:
        try:
            read = catalogue.read_answers([{**question, "required": False}], prepared.own)
        except Problem:
            continue
        return question, read.get(code)
    question = {**known[0], "required": False}
    return question, catalogue.read_answers([question], prepared.own, as_written=prepared.submission.as_written).get(
        code
    )


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
