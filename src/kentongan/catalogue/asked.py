"""Questions as people see them: what a form shows of each, and the words of what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language

Question = Mapping[str, Any]  # as `Category.questions` has them


def in_words(texts: Mapping[str, str] | str) -> str:
    """A text that carries both languages, in the reader's."""
    if isinstance(texts, str):
        return texts
    return texts.get((get_language() or "id")[:2]) or texts.get("id") or texts.get("en") or ""


def as_form(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `web/partials/asked.html` shows: each question in the reader's language, with what is answered so far."""
    return [_as_form(one, answers.get(one["code"], "")) for one in questions]


def _as_form(question: Question, given: Any) -> dict[str, Any]:
    chosen = given if isinstance(given, list) else [given]
    return {
        "code": question["code"],
        "words": in_words(question.get("description") or question.get("name") or question["code"]),
        "kind": question.get("datatype", "string"),
        "required": question.get("required", False),
        "public": question.get("public", False),
        "options": [
            {"key": one.get("key"), "name": in_words(one.get("name", "")), "on": one.get("key") in chosen}
            for one in question.get("values") or ()
        ],
        "given": "" if isinstance(given, list) else given,
    }


def in_order(asked: Iterable[Question], answers: Mapping[str, Any]) -> list[tuple[Question, Any]]:
    """The questions with what was answered, in their order; an answer whose question is gone comes last, its code for
    the words.
    """
    known = {one["code"]: one for one in asked}
    told: list[tuple[Question, Any]] = [(one, answers[code]) for code, one in known.items() if code in answers]
    gone: list[tuple[Question, Any]] = [({"code": code}, one) for code, one in answers.items() if code not in known]
    return told + gone


def words_of(question: Question) -> str:
    """How it is asked, in the reader's language."""
    return in_words(question.get("description") or "") or str(question["code"])


def answer_words(question: Question, answer: Any) -> str:
    """An answer in the reader's language: of a list the names of what was chosen, a time as people write it."""
    names = {one["key"]: in_words(one.get("name") or "") for one in question.get("values") or ()}
    given = answer if isinstance(answer, list) else [answer]
    return ", ".join(names.get(str(one)) or _said(str(question.get("datatype")), one) for one in given)


def _said(datatype: str, answer: Any) -> str:
    if datatype == "number" and isinstance(answer, int | float):
        return number_format(answer, use_l10n=True)
    if datatype == "datetime" and isinstance(answer, str):
        with suppress(ValueError):
            return date_format(datetime.fromisoformat(answer), "j F Y, H:i")
    return str(answer)
