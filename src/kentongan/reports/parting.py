"""A report split into parts: each body works on its own part, and the whole ends with the last of them.

A part is a report of its own, with body, state, deadlines and timeline. It stands in no public list and in no count,
for it is the same trouble; whoever may open the whole may open it. What citizens say they say to the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan import bodies
from kentongan.bodies.models import Body
from kentongan.foundation import prepared
from kentongan.foundation.codes import new_code, read_code
from kentongan.foundation.problems import Problem
from kentongan.reports.commands import required, said
from kentongan.reports.decision import Decision, Reason
from kentongan.reports.locking import changing
from kentongan.reports.models import Report
from kentongan.reports.states import Actor, Asks, Ending, State
from kentongan.reports.storing import made_id, routed
from kentongan.reports.who import Who
from kentongan.reports.writer import ENDED, Happening, append, begin_all, next_state, split_of

FEWEST, MOST = 2, 6  # parts; more bodies than this are nobody's one trouble
WORDS = 1_000  # characters of what a body is asked to do
CHANNEL = "part"
REASON = "part"  # the code of the only reason why a part is with its body
# What a part is copied of its whole: where it lies and what kind it is. Words, photos and reporter stay with the whole.
COPIED = (
    "category_id", "lon", "lat", "cell", "province_code", "regency_code", "district_code", "village_code", "address",
    "asset_layer", "asset_id", "asset_name", "place_quality", "occurred_at", "privacy", "is_demo",
)  # fmt: skip


class Share(NamedTuple):
    """What one body is asked to do: its code, and words that everybody reads who may open the report."""

    body: str
    text: str


def split(code: str, who: Who, shares: Sequence[Share], *, expected_seq: int | None = None) -> Report:
    """Makes a part for each of the bodies, and waits for them: the whole ends with the last part.

    Where all are solved it is solved; else its body decides what becomes of it. Raises Problem `bad_parts` (422, field
    `parts`) for fewer than two or more than six, or the same body twice; `text_required`, `text_too_long` (field
    `text-N`, from 0), `unknown_body`; `part` (409) for what is a part itself.
    """
    wanted = _wanted(shares)
    with changing(code, expected_seq) as report:
        if report.whole_id is not None:
            raise Problem("part", 409, _("This is a part already: it cannot be split again. Pass it on instead."))
        state = next_state(report, "split", who, frozenset({Asks.PARTS}))
        parts = _made(report, who, wanted)
        data = {"parts": [{"code": part.code, "body": part.body_id} for part in parts]}
        named = ", ".join(body.name for body, _text in wanted)
        append(report, Happening("referred", who, named, state, data=data))
    return report


def unsplit(code: str, who: Who, text: str = "", *, expected_seq: int | None = None) -> Report:
    """Takes the split back: each open part ends, joined with the whole, which is where it was before; accepted, where
    it had ended with its parts meanwhile. The words stand with the whole alone.

    Raises Problem `wrong_state` (409) where it is not split, or `may_unsplit` says no.
    """
    text, theirs = said(text), replace(who, takes_back=None)
    with transaction.atomic():
        # Parts before the whole, as where a part ends: two that change them wait for each other, and not in a circle.
        locked = list(
            Report.objects.select_for_update(of=("self",)).filter(whole__code=read_code(code) or "").order_by("pk")
        )
        with changing(code, expected_seq) as report:
            made = split_of(report)
            if made is None or not may_unsplit(report):
                raise Problem("wrong_state", 409, _("This is not split, or one of its parts has ended already."))
            before = State.ACCEPTED if made.state_from in ENDED else State(made.state_from)
            state = next_state(report, "unsplit", who, before=before)
            append(report, Happening("stepped_back", who, text, state, data={"undone": "split", "parts": []}))
            for part in locked:
                if part.state not in ENDED and not part.away:
                    ended = next_state(part, "merge", theirs, frozenset({Asks.ORIGINAL}))
                    part.original = report
                    data = {"original": report.code}
                    append(part, Happening("merged", theirs, "", ended, ending=Ending.MERGED, data=data))
    return report


def parts_of(report: Report) -> list[Report]:
    """The parts that were ever made of a report, the oldest first; those that were taken back are left out."""
    found = prepared.objects(Report, "WHERE whole_id = %s ORDER BY id", (report.pk,))
    world = bodies.snapshot()
    for one in found:
        if (body := world.body(one.body_id or "")) is not None:
            one.body = body
    return [one for one in found if one.state != State.DUPLICATE]


def may_unsplit(report: Report) -> bool:
    """Whether the report waits for parts, and none of the last split has ended: that is work done. Where what is left
    waits for bodies that take no part, it would wait for ever: then it may.
    """
    made = split_of(report) if report.state == State.REFERRED else None
    if made is None:
        return False
    codes = [one["code"] for one in made.data["parts"]]
    states = list(Report.objects.filter(code__in=codes, away=False).values_list("state", flat=True))
    left = {state for state in states if state not in ENDED}
    return len(left) > 0 and (left == {State.AWAITING_PARTNER} or not ENDED.intersection(states))


def _wanted(shares: Sequence[Share]) -> list[tuple[Body, str]]:
    if not FEWEST <= len(shares) <= MOST:
        words = _("Choose %(fewest)d to %(most)d bodies: each gets its own part.")
        raise Problem("bad_parts", 422, words % {"fewest": FEWEST, "most": MOST}, field="parts")
    twice = next((code for code, times in Counter(one.body for one in shares).items() if times > 1), None)
    if twice is not None:
        raise Problem("bad_parts", 422, _("The same body stands there twice. Give it one part."), field="parts")
    found = []
    for at, one in enumerate(shares):
        text, body = required(one.text, f"text-{at}"), bodies.get(one.body)
        if len(text) > WORDS:
            words = _("The text has %(length)d characters; at most %(limit)d fit. Shorten it.")
            raise Problem("text_too_long", 422, words % {"length": len(text), "limit": WORDS}, field=f"text-{at}")
        found.append((body, text))
    return found


def _made(whole: Report, who: Who, wanted: Sequence[tuple[Body, str]]) -> list[Report]:
    """The parts, stored with their first entries."""
    begun = []
    for number, (body, text) in enumerate(wanted):
        now = timezone.now()
        part = Report(
            whole=whole, submission_id=made_id("part", whole.code, str(whole.seq), str(number)), channel=CHANNEL,
            sender=whole.code, digest="", text=text, code=_new_code(whole), is_restricted=True,
            created_at=now, updated_at=now, **{name: getattr(whole, name) for name in COPIED},
        )  # fmt: skip
        first = Happening("received", Who(who.person, Actor.OFFICER, who.body), state=State.RECEIVED)
        first.data = {"whole": whole.code}
        begun.append((part, [first, routed(part, _why(whole, body))]))
    begin_all(begun)
    return [part for part, _first in begun]


def _new_code(whole: Report) -> str:
    """A code that no report bears, as secret as the whole's: who may open the whole reads it there."""
    code = new_code(restricted=whole.is_restricted)
    while Report.objects.filter(code=code).exists():
        code = new_code(restricted=whole.is_restricted)
    return code


def _why(whole: Report, body: Body) -> Decision:
    """Whose part it is. What is asked for is the text of the part and stands nowhere else, so that it can be hidden."""
    giver = bodies.snapshot().body(whole.body_id or "")
    by_id, by_en = (giver.name_id, giver.name_en) if giver else ("Kentongan", "Kentongan")
    words = {"id": f"Bagian yang diminta oleh {by_id}", "en": f"A part that {by_en} asks for"}
    state = State.ROUTED if body.is_partner else State.AWAITING_PARTNER
    return Decision(body.code, state, (Reason(REASON, words),))
