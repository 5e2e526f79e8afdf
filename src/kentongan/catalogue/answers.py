"""Answers to a category's extra questions, by the attribute kinds of Open311 GeoReport v2."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan.catalogue.asked import Question
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text, cut_text

LONGEST = {"string": 200, "text": 2000}


def check_answers(category: Category, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers in their kinds, empty ones left out. Raises Problem `bad_answer` naming `answers.CODE`."""
    return read_answers(category.questions, known_only(answers, [one["code"] for one in category.questions]))


def known_only(answers: Any, codes: Collection[str]) -> dict[str, Any]:
    """The answers, where each is to one of the questions. Raises Problem `bad_answer` naming those that are not."""
    if not isinstance(answers, dict) or (strange := set(answers) - set(codes)):
        named = ", ".join(sorted(str(one)[:40] for one in strange)) if isinstance(answers, dict) else ""
        raise Problem(
            "bad_answer", 422, _("These questions do not belong to the category: %(named)s") % {"named": named},
            field="answers",
        )  # fmt: skip
    return answers


def read_answers(
    questions: Iterable[Question], answers: Mapping[str, Any], *, as_written: bool = False
) -> dict[str, Any]:
    """The answers to `questions` in their kinds, empty ones left out. `as_written`: one that does not fit stays as it
    was written, for its question was another when it was asked, and none is missed.

    Raises Problem `bad_answer` naming `answers.CODE`.
    """
    checked = {}
    for question in questions:
        code = question["code"]
        given = answers.get(code)
        # Read first: a text of blanks or of control characters is empty only once it is cleaned.
        told = None if given in (None, "", []) else _told(question, given, as_written=as_written)
        if told not in (None, "", []):
            checked[code] = told
        elif question.get("required") and not as_written:
            raise Problem("bad_answer", 422, _("This question needs an answer."), field=f"answers.{code}")
    return checked


def _told(question: Question, given: Any, *, as_written: bool) -> Any:
    try:
        return _read(question, given)
    except Problem:
        if not as_written:
            raise
    return cut_text(", ".join(map(str, given)) if isinstance(given, list) else str(given), LONGEST["text"])


def _read(question: Question, given: Any) -> Any:
    readers = {
        "string": _words, "text": _words, "number": _number, "datetime": _time,
        "singlevaluelist": _one, "multivaluelist": _many,
    }  # fmt: skip
    try:
        return readers[question["datatype"]](question, given)
    except (ValueError, TypeError, OverflowError):
        detail = {
            "number": _("Give a number."),
            "datetime": _("Give a date and time with its zone."),
            "singlevaluelist": _("Choose one of the listed answers."),
            "multivaluelist": _("Choose from the listed answers."),
        }.get(question["datatype"], _("This answer is too long or is not text."))
        raise Problem("bad_answer", 422, detail, field=f"answers.{question['code']}") from None


def _words(question: Question, given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    try:
        return clean_text(given, LONGEST[question["datatype"]])
    except TextTooLong:
        raise ValueError from None


def _number(_question: Question, given: Any) -> float:
    if isinstance(given, bool):
        raise TypeError
    number = float(given)
    if not math.isfinite(number):
        raise ValueError
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _time(_question: Question, given: Any) -> str:
    at = datetime.fromisoformat(given)
    if at.tzinfo is None:
        raise ValueError
    return at.isoformat()


def _one(question: Question, given: Any) -> str:
    if given not in [value["key"] for value in question["values"]]:
        raise ValueError
    return str(given)


def _many(question: Question, given: Any) -> list[str]:
    chosen = given if isinstance(given, list) else [given]
    return [_one(question, one) for one in dict.fromkeys(chosen)]
