"""How long things are kept: to the very microsecond of their time, in any zone and year, and then they are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db.models import Q
from django_tasks_db.models import DBTaskResult
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan import community, routing
from kentongan.casework.models import Bulk, Draft, Rule, RuleRun
from kentongan.cli import working
from kentongan.community.models import Share
from kentongan.community.neighbours import GroupCall, Notice, Patrol, Round
from kentongan.emergency.fleet import HandOver, Shift
from kentongan.emergency.models import Alert, Timer
from kentongan.live.models import Change, Presence
from kentongan.network.models import CodeAnswer, Inquiry, Peer, Receipt, Traffic
from kentongan.notify.models import Message, Phone, Push
from kentongan.numbers.models import Proposal
from kentongan.reports.models import Photo
from kentongan.warnings.models import Feed, Fetched
from tests.depth import few
from tests.emergency.post import post
from tests.inputs import LEAP_DAY, MOMENTS, TICK, at
from tests.world import person, submission

pytestmark = pytest.mark.django_db
JOBS = {
    "sweep photos", "end what is shared", "forget what groups kept", "forget alerts", "sweep receipts",
    "sweep what has ended",
}  # fmt: skip
DAY = timedelta(days=1)


class Kept(NamedTuple):
    """Rows of a table for so many days (None: as long as it takes) after the time in a field. `fields`: what else one
    has, given what it belongs to; `left`: those of the rows that still say what they said."""

    days: float | None
    table: Any
    field: str
    fields: Callable[[SimpleNamespace], dict[str, Any]] = lambda _begun: {}
    left: Q = Q()


def mail(**given: Any) -> Callable[[SimpleNamespace], dict[str, Any]]:
    begins = given.pop("begins", "report/")
    return lambda _begun: {"key": f"{begins}{uuid4()}", "address": "warga@contoh.id", **given}


def task(status: str) -> Callable[[SimpleNamespace], dict[str, Any]]:
    return lambda _begun: {"status": status, "args_kwargs": {}, "task_path": "none", "run_after": LEAP_DAY}


def shift(begun: SimpleNamespace) -> dict[str, Any]:
    return {"watch": begun.post, "person": begun.person, "begins_at": LEAP_DAY - timedelta(days=9_999, seconds=begun.n)}


def alert(**given: Any) -> Callable[[SimpleNamespace], dict[str, Any]]:
    return lambda _begun: {"state": "closed", "remarks": [], "claim_digest": "c", **given}


EVERY = {
    "a photo of no report": Kept(
        1, Photo, "uploaded_at", lambda _: {"original": "o", "size": 1, "width": 1, "height": 1}
    ),
    "a session": Kept(0, Session, "expire_date", lambda begun: {"session_key": f"s{begun.n}"}),
    "a task that was done": Kept(2, DBTaskResult, "finished_at", task("SUCCESSFUL")),
    "a task that failed": Kept(30, DBTaskResult, "finished_at", task("FAILED")),
    "a task that waits": Kept(None, DBTaskResult, "finished_at", task("READY")),
    "a task that runs": Kept(None, DBTaskResult, "finished_at", task("RUNNING")),
    "a mail that was sent": Kept(90, Message, "written_at", mail(sent_at=LEAP_DAY)),
    "a mail given up": Kept(90, Message, "written_at", mail(given_up=True)),
    "a mail that waits": Kept(None, Message, "written_at", mail()),
    "a mail of a share": Kept(1, Message, "written_at", mail(begins="share/")),
    "a mail of a group": Kept(1, Message, "written_at", mail(begins="group/")),
    "what a phone was told": Kept(
        3, Push, "written_at", lambda begun: {"key": uuid4(), "phone": begun.phone, "expires_at": LEAP_DAY}
    ),
    "a draft": Kept(
        30, Draft, "at", lambda begun: {"step": f"{begun.n}", "person": begun.person, "report": begun.report}
    ),
    "work on many reports": Kept(180, Bulk, "made_at", lambda begun: bulk(begun, "done")),
    "work that goes on": Kept(None, Bulk, "made_at", lambda begun: bulk(begun, "undoing")),
    "a run of a rule": Kept(90, RuleRun, "done_at", lambda begun: run(begun, begun.rule)),
    "a deadline that a rule saw": Kept(None, RuleRun, "done_at", lambda begun: run(begun, begun.overdue)),
    "who was there": Kept(5 / 1440, Presence, "seen_at", lambda begun: {"topic": "at:x", "person": begun.person}),
    "what pages were told": Kept(1 / 24, Change, "at"),
    "a look at a feed": Kept(30, Fetched, "at", lambda begun: {"feed": begun.feed, "digest": f"{begun.n}"}),
    "a proposal that nobody decided on": Kept(365, Proposal, "created_at"),
    "a proposal that was refused": Kept(90, Proposal, "decided_at", lambda _: {"accepted": False, "key": "k"}),
    "a number that stands by itself": Kept(90, Proposal, "decided_at", lambda _: {"accepted": True}),
    "what was put right": Kept(None, Proposal, "decided_at", lambda _: {"accepted": True, "key": "k"}),
    "who put it right": Kept(
        90, Proposal, "decided_at", lambda begun: {"accepted": True, "key": "k", "person": begun.person, "note": "n"},
        Q(note="n", person__isnull=False),
    ),
    "a share": Kept(
        1, Share, "started_at", lambda begun: {"person": begun.person, "ends_at": LEAP_DAY, "ended_at": LEAP_DAY}
    ),
    "a call of neighbours": Kept(1, GroupCall, "at", lambda begun: {"group": begun.group, "alert": uuid4()}),
    "a notice": Kept(90, Notice, "at", lambda begun: {"group": begun.group, "person": begun.person}),
    "a patrol": Kept(
        90, Patrol, "until", lambda begun: {"round": begun.round, "begins_at": LEAP_DAY + TICK * begun.n}
    ),
    "an answer to a peer": Kept(180, Receipt, "at", lambda begun: {"peer": begun.peer, "key": f"{begun.n}"}),
    "a question to the outside": Kept(2, Inquiry, "at"),
    "where a code leads": Kept(0, CodeAnswer, "until", lambda begun: {"code": f"{begun.n}"}),
    "how many calls went well": Kept(30, Traffic, "hour", lambda begun: {"peer": begun.peer}),
    "a timer": Kept(1, Timer, "ended_at", lambda _: {"due_at": LEAP_DAY}),
    "a shift": Kept(90, Shift, "ends_at", shift),
    "what was handed over": Kept(14, HandOver, "at", lambda begun: {"watch": begun.post}),
    "an alert": Kept(365, Alert, "ended_at", alert()),
    "the place of an alert": Kept(30, Alert, "ended_at", alert(proof="p"), Q(proof="p")),
    "the place where its post keeps it longer": Kept(
        60, Alert, "ended_at", lambda begun: {**alert(proof="p")(begun), "watch": begun.post}, Q(proof="p")
    ),
    "the place as another instance keeps it": Kept(7, Alert, "ended_at", alert(proof="p", kept_days=7), Q(proof="p")),
}  # fmt: skip


def bulk(begun: SimpleNamespace, stage: str) -> dict[str, Any]:
    return {"body_id": "31", "maker": begun.person, "token": uuid4(), "deed": {}, "stage": stage}


def run(begun: SimpleNamespace, rule: Rule) -> dict[str, Any]:
    return {"rule": rule, "report_id": begun.n, "key": begun.n, "version": 1, "due_at": LEAP_DAY}


@pytest.fixture
def begun(world: None) -> SimpleNamespace:
    """What the rows belong to; `n` numbers them."""
    somebody = person()
    group = community.create(somebody, "RT 05", "rt", "Asia/Jakarta")
    where = post()
    where.kept_days = 60
    where.save()
    rules = {event: Rule.objects.create(body_id="31", name=event, event=event) for event in ("arrived", "overdue")}
    return SimpleNamespace(
        n=0, person=somebody, group=group, post=where, rule=rules["arrived"], overdue=rules["overdue"],
        phone=Phone.objects.create(person=somebody, digest="d"), feed=Feed.objects.create(name="f"),
        peer=Peer.objects.create(name="kota"), report=routing.submit(submission(), None).report,
        round=Round.objects.create(group=group, name="Ronda", starts="22:00", minutes=60),
    )  # fmt: skip


def written(kept: Kept, begun: SimpleNamespace, times: list[datetime]) -> list[Any]:
    """The keys of rows of these times."""
    rows = []
    for then in times:
        begun.n += 1
        rows.append(kept.table(**{**kept.fields(begun), kept.field: then}))
    kept.table.objects.bulk_create(rows)
    if kept.table is Bulk:  # which notes itself when it is written
        for row, then in zip(rows, times, strict=True):
            Bulk.objects.filter(pk=row.pk).update(made_at=then)
    return [row.pk for row in rows]


@given(MOMENTS, st.timedeltas(-400 * DAY, 400 * DAY))
@example(LEAP_DAY, timedelta())
@few(2, shared=True)
def test_whatever_is_kept_for_a_time_is_there_for_all_of_it_and_then_gone(begun, now, beside) -> None:
    now, later = now.astimezone(UTC), sorted({-TICK, timedelta(), TICK, beside})
    ends = {what: now - timedelta(days=kept.days or 0) for what, kept in EVERY.items()}
    keys = {what: written(kept, begun, [ends[what] + one for one in later]) for what, kept in EVERY.items()}
    with at(now):
        for job in working.periodic():
            if job.name in JOBS:
                job.do()
    for what, kept in EVERY.items():
        stay = {pk for pk, one in zip(keys[what], later, strict=True) if kept.days is None or one >= timedelta()}
        assert set(kept.table.objects.filter(kept.left, pk__in=keys[what]).values_list("pk", flat=True)) == stay, what
        kept.table.objects.filter(pk__in=keys[what]).delete()
