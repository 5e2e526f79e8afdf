"""Run cards: what to ask and whom to send, as data of a post; what was answered stands in the log of the alert."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kentongan.emergency import units, watching
from kentongan.emergency.commands import operator, read_words
from kentongan.emergency.fleet import RunCard, UnitKind
from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.press import KINDS
from kentongan.emergency.writer import Happening, append, changing
from kentongan.foundation.problems import Problem
from kentongan.foundation.text import read_line
from kentongan.people.models import Person

MOST_QUESTIONS, LONGEST = 12, 160  # of a card; letters of a question
MOST = 100  # cards of a post
ANSWERS = {"yes": _("Yes"), "no": _("No"), "unknown": _("Not known")}


def card_for(alert: Alert) -> RunCard | None:
    """The card of the post that is called for the alert: the one for the smallest area around it, and in that for its
    kind before any kind. None where the post has none that fits."""
    post = alert.owner_watch or alert.watch
    posts = [post] if post else watching.posts_for(alert)
    found = [
        one for one in RunCard.objects.filter(watch__in=posts, kind__in={alert.kind, ""})
        if not one.area_code or alert.area_code == one.area_code or alert.area_code.startswith(f"{one.area_code}.")
    ]  # fmt: skip
    return max(found, key=lambda one: (len(one.area_code), bool(one.kind), one.pk), default=None)


def cards_of(posts: Iterable[Watch]) -> list[RunCard]:
    """The cards of these posts."""
    found = RunCard.objects.filter(watch__in=list(posts)).select_related("watch")
    return list(found.order_by("watch", "kind", "area_code", "pk"))


def keep_card(person: Person, post: units.Key, given: Mapping[str, str], kinds: Iterable[str]) -> RunCard:
    """Writes the card for a kind and an area, in the place of the one before. Questions: one in a line.

    Raises Problem `bad_kind`, `bad_area`, `bad_unit`, `missing_questions`, `too_long`, `too_many` (422, with the
    field).
    """
    where, kind = units.led(person, post), given.get("kind", "")
    if kind and kind not in KINDS:
        raise Problem("bad_kind", 422, _("This is not one of the kinds."), field="kind")
    area = units.read_area(where, given.get("area", ""))
    area = "" if area == where.area_code else area
    asked = [read_line({"questions": one}, "questions", LONGEST) for one in given.get("questions", "").splitlines()]
    asked = list(dict.fromkeys(one for one in asked if one))
    if len(asked) > MOST_QUESTIONS:
        raise Problem("too_many", 422, _("Twelve questions at most: somebody waits."), field="questions")
    wanted = list(dict.fromkeys(kinds))
    if not set(wanted) <= set(UnitKind):
        raise Problem("bad_unit", 422, _("This is not one of the kinds of units."), field="units")
    advice = read_words(given.get("advice", ""), "advice")
    if not asked and not wanted and not advice:
        raise Problem("missing_questions", 422, _("Write a question, or choose whom to send."), field="questions")
    with transaction.atomic():
        rows = RunCard.objects.filter(watch=where)
        if not rows.filter(kind=kind, area_code=area).exists() and rows.count() >= MOST:
            raise Problem("too_many", 422, _("This post has a hundred cards already."), field="kind")
        told = {"questions": asked, "units": wanted, "advice": advice}
        return RunCard.objects.update_or_create(watch=where, kind=kind, area_code=area, defaults=told)[0]


def end_card(person: Person, post: units.Key, card: units.Key) -> int:
    """Takes a card away; returns how many."""
    where = units.led(person, post)
    return RunCard.objects.filter(watch=where, pk=units.key(card)).delete()[0]


def note_answers(alert_id: UUID, person: Person, card: units.Key, given: dict[str, str]) -> Alert:
    """What was answered to a card, into the log: `given` by the number of the question, `yes`, `no` or `unknown`.

    The words of the questions are written down with it: a card that is changed later changes no log. Raises Problem
    `no_card` (409), `missing_answers` (422).
    """
    with changing(alert_id) as alert:
        who = operator(person, alert)
        found = card_for(alert)
        if found is None or str(found.pk) != str(card):
            raise Problem("no_card", 409, _("The card has changed meanwhile. Look at it again."))
        told = {at: given[str(at)] for at in range(len(found.questions)) if given.get(str(at)) in ANSWERS}
        before = answers_of(alert, found)
        new = {at: said for at, said in told.items() if before.get(found.questions[at]) != said}
        if not new:
            raise Problem("missing_answers", 422, _("Choose at least one answer that is new."), field="answers")
        words = "\n".join(f"{found.questions[at]} {_now(str(ANSWERS[said]))}" for at, said in new.items())
        data = {"card": found.pk, "answers": {_key(found.questions[at]): said for at, said in new.items()}}
        append(alert, Happening("answered", who, words, data=data))
        return alert


def answers_of(alert: Alert, card: RunCard) -> dict[str, str]:
    """What is answered to each question of a card so far."""
    said: dict[str, str] = {}
    for one in alert.entries.filter(kind="answered").order_by("seq"):
        said |= one.data.get("answers", {})
    return {one: said[_key(one)] for one in card.questions if _key(one) in said}


def _key(question: str) -> str:
    """A question in the open part of the log, by which its answer is found again: never its words."""
    return hashlib.sha256(question.encode()).hexdigest()[:12]
