"""Four reports and all who have to do with them: what holds after every step, and how a step is tried.

The steps stand in `test_life.py` and `asides.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Team
from kentongan.casework.reversing import as_it_stands
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.audit import audit, differences
from kentongan.reports.models import Entry, Priority, Report
from kentongan.reports.targets import MARK
from tests.inputs import refusal
from tests.reports.life import BESIDE_TABLE, COLOUR, COORDINATORS, ENDED, REASONED, TABLE, Clock, Life
from tests.world import submission

ROADS, MINISTRY, REGENCY = "31.roads", "id.pu", "32.16"
JOINED = {ROADS, MINISTRY}  # the regency takes no part
# Who works where, and what they may there: 1 read, 2 work, 3 join reports too.
STAFF = {
    "viewer": (ROADS, 1), "officer": (ROADS, 2), "coordinator": (ROADS, 3),
    "ministry": (MINISTRY, 2), "ministry_coordinator": (MINISTRY, 3), "regency": (REGENCY, 3),
}  # fmt: skip
HELD_AT = {"coordinator": "31"}  # a role at the body above counts below
ROLES = {1: "viewer", 2: "officer", 3: "coordinator"}
CITIZENS = ("reporter", "supporter", "neighbour", "passer_by")
MINE, ANONYMOUS, SECRET, UNCLAIMED = range(4)
WORDS = st.sampled_from(["Sudah kami periksa"] * 12 + ["", "  ", "x" * 2_001])
WHICH = st.integers(0, 7)
# Mostly somebody who may, and a report that is where the step begins, or all would be refused: `apt`.
APT = st.sampled_from([True, True, True, False])
WORKERS = st.sampled_from(["apt"] * 24 + list(STAFF) + ["reporter", "admin"])
COORDINATOR = {ROADS: "coordinator", MINISTRY: "ministry_coordinator", REGENCY: "regency"}
BODIES = st.sampled_from([ROADS, MINISTRY, REGENCY])
PRIORITIES = st.sampled_from(["low", "normal", "urgent", "urgent", "terrible"])
FRESH = st.sampled_from([True] * 14 + [False])  # whether the maker has seen the newest entry
PASSERS_BY = st.sampled_from([*CITIZENS, "officer", ""])
PROMISED = {ROADS: (24, 96), f"{ROADS} urgent": (12, 48), "": (None, 120)}  # hours to an answer and a solution
# How far on two of the reports are at the beginning: what a life comes to late is reached in every run.
OPENINGS = st.sampled_from([
    "", "resolved", "resolved a day ago", "rejected", "asked", "asked in vain", "answered and urgent",
    "accepted a day ago", "contested", "done again",
    "hidden", "objected", "objected a month ago", "split", "split and closed", "passed on", "asked and moved",
])  # fmt: skip
MOST_PARTS = 4  # of all reports: more cost time and show nothing
UNSURE = timedelta(minutes=10)  # of a clock, on a machine with much else to do; all that is tried here counts in more
REPORTERS = st.sampled_from(["reporter"] * 4 + ["neighbour", ""])


class Table(RuleBasedStateMachine):
    """Four reports and all who have to do with them."""

    people: dict[str, Person]
    team: Team
    photo: bytes
    pending: dict[str, Any] | None  # how a report was before the step of staff that is being tried

    @initialize(first=OPENINGS, second=OPENINGS)
    def reports_are_sent(self, first, second) -> None:
        self.turn = 0
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.partners, self.clock, self.pending = set(JOINED), Clock(), None
        self.token = ""
        self.lives: list[Life] = []
        for privacy, sender in (("public", "reporter"), ("anonymous", "reporter"), ("secret", "reporter"), ("", "")):
            sent = submission(privacy=privacy) if privacy else submission()
            made = routing.submit(sent, self.people.get(sender))
            life = Life(made.report.code, privacy or "anonymous", ROADS, claimed=bool(sender))
            life.privacy, life.clock, life.promised = made.report.privacy, self.clock, PROMISED
            life.promise()
            life.say("received")
            life.say("routed")
            life.before = "received"
            self.token = made.claim_token or self.token
            self.lives.append(life)
        for life in self.lives:
            self.holds(life, len(self.people) + 2)
        self.opens(MINE, first)
        self.opens(ANONYMOUS, second)

    def opens(self, which: int, opening: str) -> None:
        """What has happened with a report before anybody comes."""

    def teardown(self) -> None:
        try:
            assert list(audit()) == []  # of all reports: each was looked at alone after each of its own steps
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            bodies.invalidate()

    # --- what holds after every step ---

    def holds(self, life: Life, readers: int = 3) -> None:
        """`readers` of all look at the report, in turn. Its whole, and its parts, are followed."""
        row = Report.objects.select_related("original").get(code=life.code)
        assert list(differences(row, list(Entry.objects.filter(report=row).order_by("seq")))) == []
        assert (row.state, row.body_id, row.ending, row.stars) == (life.state, life.body, life.ending, life.stars)
        assert (row.seq, row.away, row.status) == (len(life.lines), life.away, COLOUR[life.state])
        assert (row.original.code if row.original else "") == life.original
        assert (Priority(row.priority).word, self.hands(row)) == (life.priority, life.hands)
        assert (row.ended_at is not None) == (life.colour in ENDED)
        counted = (row.support_count, row.comment_count, row.contest_count, row.reopen_count)
        assert counted == (len(life.supporters), life.comments, life.objections, life.reopened)
        self.keeps_its_clocks(life, row)
        self.hides_what_it_should(life, row)
        for near in life.parts if readers else ():
            self.holds(near, 0)
        if life.whole and readers:
            self.holds(life.whole, 1)
        everybody = [*((name, "") for name in ("", *self.people)), ("", self.token)]
        for _reader in range(readers):
            self.turn += 1
            self.reads(life, row, *everybody[self.turn % len(everybody)])

    def keeps_its_clocks(self, life: Life, row: Report) -> None:
        """What was promised, but for the time that this run has taken itself."""
        now = timezone.now()
        told = (row.deadline_at, row.answer_by, row.asked_at)
        for at, hours in zip(told, (life.due, life.answer_by, life.asked), strict=True):
            assert (at is None) == (hours is None), (told, life)
            if at is not None and hours is not None:
                assert abs(at - now - timedelta(hours=hours - self.clock.hours)) < UNSURE, (told, life)

    def hides_what_it_should(self, life: Life, row: Report) -> None:
        """What stands in the tables of words that are hidden, and how many people want it so."""
        assert row.is_restricted == life.is_restricted
        assert (row.text == MARK) == life.is_gone("text:0")
        if life.hidden:
            gone = set(row.entries.filter(text=MARK).values_list("seq", flat=True))
            assert gone == {at for at in range(1, len(life.lines) + 1) if life.is_gone(f"text:{at}")}
            kept = row.hidings.order_by("entry")
            told = [(one.entry, one.ended, one.appealed_at is not None, bool(one.sealed)) for one in kept]
            assert told == [(one.line, one.ended, one.is_appealed, one.is_kept) for one in life.hidden]
        if life.flags:
            assert row.flags.filter(settled_at=None).count() == sum(map(len, life.flags.values()))

    def reads(self, life: Life, row: Report, name: str, token: str = "") -> None:
        """What somebody finds, and which lines they read."""
        viewer = self.people.get(name)
        works_here = self.rank(name, life.body) > 0
        is_reporter = self.is_theirs(life, name, token)
        opens = not life.is_secret or is_reporter or works_here or name == "admin"
        if life.whole:
            opens |= self.is_theirs(life.whole, name, token) or self.rank(name, life.whole.body) > 0
        try:
            found = reports.find(life.code, viewer, token)
        except Problem as problem:
            found = None
            refused = problem.code
        assert (found is not None) == opens
        if found is None:
            assert refused == ("hidden" if life.is_hidden else "not_found")
            return
        told = [
            at for at, line in enumerate(life.lines, 1)
            if line.kind != "supported" and (
                line.seen == "public" or name == "admin" or (line.seen == "reporter" and is_reporter)
                or (line.seen == "internal" and self.rank(name, line.body or life.body) > 0)
            )
        ]  # fmt: skip
        assert [entry.seq for entry in reports.timeline(found, viewer, token)] == told
        follows = not life.is_restricted and any(self.rank(name, body) > 0 for body in life.had)
        if viewer:
            assert casework.may_see(viewer, row) == (works_here or name == "admin" or follows)

    def rank(self, name: str, body: str) -> int:
        """What somebody may at a body: 0 nothing, 1 read, 2 work, 3 join too."""
        at, rank = STAFF.get(name, ("", 0))
        return rank if at == body else 0

    def is_theirs(self, life: Life, name: str, token: str = "") -> bool:
        """Whether they sent it; a part nobody has sent."""
        if name == "reporter" and life.claimed and not life.whole:
            return True
        return bool(token) and not life.claimed and life is self.lives[UNCLAIMED]

    def hands(self, row: Report) -> str:
        """Who works on it: the name of somebody or of a team, empty for nobody."""
        names = {one.pk: name for name, one in self.people.items()}
        return f"{names.get(row.assignee_id or 0, '')}{' team' if row.team_id else ''}".strip()

    # --- trying ---

    def tries(self, life: Life, reasons: set[str], do: Callable[[], object]) -> bool:
        """Whether it happened: refused by one of the `reasons` where there are any, and done where there is none."""
        if life.away:
            reasons = reasons | {"moved"}
        pending, self.pending = self.pending, None
        refused = refusal(reasons, do)
        if refused:
            self.holds(life, 1)
        elif pending and pending["code"] == life.code:
            life.deed = pending, Report.objects.get(code=life.code).seq
        return not refused

    def pick(self, which: int, step: str, apt: bool) -> Life:
        """A report: the next one from which the step can begin, where there is one and `apt`."""
        which %= len(self.lives)
        from_there = self.lives[which:] + self.lives[:which]
        fitting = [one for one in from_there if step not in TABLE | BESIDE_TABLE or not one.may(step)]
        here = [one for one in fitting if not one.away]
        return (here or from_there)[0] if apt else from_there[0]

    def as_staff(self, life: Life, name: str, step: str, text: str, fresh: bool) -> tuple[set[str], Any]:
        """Why the step may be refused whatever it is, and how a way in asks who somebody is."""
        name = COORDINATOR[life.body] if name == "apt" else name
        reasons = self.wording(step, text)
        if self.rank(name, life.body) < (3 if step in COORDINATORS else 2):
            reasons.add("forbidden")
        if not fresh:
            reasons.add("changed_meanwhile")
        row = Report.objects.get(code=life.code)
        self.pending = {"code": life.code, **as_it_stands(row)}
        seq = row.seq if fresh else row.seq - 1
        return reasons, lambda: (life.code, casework.who(self.people[name], row, step), seq)

    def wording(self, step: str, text: str) -> set[str]:
        if len(text) > 2_000:
            return {"text_too_long"}
        return {"text_required", "missing_reason"} if step in REASONED and not text.strip() else set()

    def citizen(self, life: Life, name: str, token: str = "") -> Any:
        found = Report.objects.get(code=life.code)
        return reports.citizen(found, self.people.get(name), token)

    def is_reporter(self, life: Life, name: str) -> bool:
        return self.is_theirs(life, name)

    def where(self, which: int) -> Life:
        """Any report."""
        return self.lives[which % len(self.lives)]

    def administrator(self) -> reports.Who:
        return reports.Who(self.people["admin"], reports.Actor.OFFICER)

    def new_photo(self) -> Any:
        from io import BytesIO

        return reports.add_photo(BytesIO(self.photo), None).pk
