"""The answers of the form: read from its boxes, and told as the report keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from kentongan import bodies, catalogue, reports, routing
from kentongan.foundation.problems import Problem
from kentongan.web.draft import Draft, moment

DECIMAL = re.compile(r"[+-]?\d+,\d+")  # as people write a number here
BOX = "answer_"
MOST = 200  # questions of one page: more boxes are none of ours
LONGEST = 8_000  # characters of a box that are kept for the person to shorten


def read(draft: Draft, posted: Any) -> dict[str, Any]:
    """The answers of the draft with those of the page: `asked` names the questions that stood on it, each answered in
    `answer_CODE`, or not. What was answered before to others stays: the body may be chosen again.
    """
    asked = [code for code in posted.get("asked", "").split(",")[:MOST] if code]
    boxes = asked or [name.removeprefix(BOX) for name in [*posted][:MOST] if name.startswith(BOX)]
    known = {one["code"] for one in _known(draft.category, boxes)}
    answers = {code: one for code, one in draft.answers.items() if code not in boxes}
    for code in boxes:
        written = [one[:LONGEST] for one in posted.getlist(BOX + code) if one != ""]
        if written and code in known:
            # As it was sent: of the questions with this name another body may ask another thing.
            answers[code] = written if len(written) > 1 else written[0]
    return answers


def sendable(draft: Draft, body: str) -> dict[str, Any]:
    """The answers to what is asked of who reports to `body`, times with the zone of the place and numbers with a point.
    What another body asks stays on the page. Empty, for what waited on a phone: all of them, read as whoever receives
    it asks them, and as others do what that body does not ask.
    """
    try:
        kind = catalogue.get(draft.category)
    except Problem:
        return {}
    if body:
        asked = [*kind.questions, *reports.asked_by(body, kind)]
    else:
        asked = _known(draft.category, draft.answers, _of_receiver(draft, kind))
    return {one["code"]: _told(one, draft.answers[one["code"]], draft) for one in asked if one["code"] in draft.answers}


def unasked(draft: Draft, body: str, posted: Mapping[str, str]) -> bool:
    """Whether `body` asks something that did not stand on the page: then it is shown first."""
    try:
        own = reports.asked_by(body, catalogue.get(draft.category))
    except Problem:
        return False
    shown = set(posted.get("asked", "").split(","))
    return any(one["code"] not in shown and one["code"] not in draft.answers for one in own)


def _of_receiver(draft: Draft, kind: catalogue.Category) -> list[catalogue.Question]:
    """What the body asks that will have it; not looked for where only the catalogue's questions are answered."""
    if draft.answers.keys() <= {one["code"] for one in kind.questions}:
        return []
    with suppress(Problem):  # of a place that nobody answers for: it is refused when it is sent
        return reports.asked_by(routing.preview(kind.code, draft.lon, draft.lat, draft.body or None).body, kind)
    return []


def _known(category: str, codes: Any, first: Sequence[catalogue.Question] = ()) -> list[catalogue.Question]:
    """The questions with these codes that are asked of a category, `first` some, or that a body asks or has asked."""
    try:
        kind = catalogue.get(category)
    except Problem:
        return []
    found = [one for one in (*kind.questions, *first) if one["code"] in codes]
    branch, have = catalogue.branch(category), {one["code"] for one in found}
    others = (bodies.once_asked(branch, code) for code in codes if code not in have)
    return found + [some[0].as_asked() for some in others if some]


def _told(question: catalogue.Question, answer: Any, draft: Draft) -> Any:
    """As the report keeps it, where it can be read; else as it is written: it is refused, or kept so."""
    if not isinstance(answer, str):
        return answer
    if question["datatype"] == "number" and DECIMAL.fullmatch(answer.strip()):
        return answer.replace(",", ".")
    if question["datatype"] == "datetime":
        with suppress(Problem):
            at = moment(answer, draft.zone)
            return at.isoformat() if at else ""
    return answer
