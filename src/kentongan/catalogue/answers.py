"""Answers to a category's extra questions, by the attribute kinds of Open311 GeoReport v2."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import TextTooLong, clean_text

LONGEST = {"string": 200, "text": 2000}


def check_answers(category: Category, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers in their kinds, empty ones left out. Raises Problem `bad_answer` naming `answers.CODE`."""
    questions = {question["code"]: question for question in category.questions}
    if not isinstance(answers, dict) or (strange := set(answers) - set(questions)):
        named = ", ".join(sorted(str(one)[:40] for one in strange)) if isinstance(answers, dict) else ""
        raise Problem(
            "bad_answer", 422, _("These questions do not belong to the category: %(named)s") % {"named": named},
            field="answers",
        )  # fmt: skip
    checked = {}
    for code, question in questions.items():
        given = answers.get(code)
        # Read first: a text of blanks or of control characters is empty only once it is cleaned.
        told = None if given in (None, "", []) else _read(question, given)
        if told not in (None, ""):
            checked[code] = told
        elif question.get("required"):
            raise Problem("bad_answer", 422, _("This question needs an answer."), field=f"answers.{code}")
    return checked


def _read(question: dict[str, Any], given: Any) -> Any:
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


def _words(question: dict[str, Any], given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    try:
        return clean_text(given, LONGEST[question["datatype"]])
    except TextTooLong:
        raise ValueError from None


def _number(_question: dict[str, Any], given: Any) -> float:
    if isinstance(given, bool):
        raise TypeError
    number = float(given)
    if not math.isfinite(number):
        raise ValueError
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _time(_question: dict[str, Any], given: Any) -> str:
    at = datetime.fromisoformat(given)
    if at.tzinfo is None:
        raise ValueError
    return at.isoformat()


def _one(question: dict[str, Any], given: Any) -> str:
    if given not in [value["key"] for value in question["values"]]:
        raise ValueError
    return str(given)


def _many(question: dict[str, Any], given: Any) -> list[str]:
    chosen = given if isinstance(given, list) else [given]
    return [_one(question, one) for one in dict.fromkeys(chosen)]
