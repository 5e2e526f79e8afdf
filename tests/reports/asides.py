"""What goes on beside the states of a report: questions, parts, what is taken back, hidden, flagged; and time passes.

Each is tried by whoever comes, as the steps of `test_life.py`, with a model of its own beside them (`life.py`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F
from hypothesis import strategies as st
from hypothesis.stateful import rule

from kentongan import casework, reports
from kentongan.casework.reversing import reverse
from kentongan.reports.models import Entry, Flag, Hiding, Priority, Report
from tests.inputs import refusal
from tests.reports.life import ASKED, OBJECTED, Hidden, Life
from tests.reports.lives import (
    APT,
    COORDINATOR,
    FRESH,
    MINISTRY,
    MOST_PARTS,
    PASSERS_BY,
    REGENCY,
    REPORTERS,
    ROADS,
    UNCLAIMED,
    WHICH,
    WORDS,
    WORKERS,
    Table,
)  # fmt: skip

SHARES = st.sampled_from([(ROADS, MINISTRY), (MINISTRY, REGENCY), (ROADS, ROADS), (ROADS,), (ROADS, "nowhere")])
HOURS = st.sampled_from([0.4, 5, 25, 25, 100, 200, 740])
TARGETS = st.sampled_from(["report", "text:0", "said", "said", "text:9999", "all"])
REASONS = st.sampled_from(["personal_data"] * 5 + ["wrong"])
HIDERS = st.sampled_from(["apt"] * 6 + ["officer", "viewer", "ministry", "reporter", "admin", "admin"])
JUDGES = st.sampled_from(["admin"] * 6 + ["coordinator", "officer", "ministry", "neighbour"])
SAID = {"commented", "answered"}
STEPS = {"resolved": "undo", "rejected": "undo", "duplicate": "unmerge"}


class Asides(Table):
    """The rules."""

    # --- time ---

    @rule(hours=HOURS)
    def time_goes_by(self, hours) -> None:
        """All that is written down is so much older."""
        self.clock.hours += hours
        for model, names in (
            (Report, "created_at updated_at deadline_at answer_by asked_at ended_at"), (Entry, "at"),
            (Hiding, "at appealed_at ended_at"), (Flag, "at"),
        ):  # fmt: skip
            model.objects.update(**{name: F(name) - timedelta(hours=hours) for name in names.split()})
        waited = [one for one in self.lives if one.asked is not None and not one.away]
        over = [one for one in waited if self.clock.hours - (one.asked or 0) > ASKED]
        assert reports.unanswered() == len(over)
        for life in over:
            life.resume()
            life.ignored = True
            life.say("unanswered")
        old = [one for life in self.lives for one in life.hidden if one.is_kept and self.is_late(one)]
        gone = [one for one in old if not one.is_appealed or one.ended]
        assert reports.destroy_sealed() == len(gone)
        for one in gone:
            one.is_kept = False
        for life in self.lives:
            self.holds(life, 0)

    def is_late(self, hidden: Hidden) -> bool:
        return self.clock.hours - hidden.at > OBJECTED

    # --- questions ---

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def asks_the_reporter(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "ask", apt)
        reasons, asks = self.as_staff(life, name, "ask", text, fresh)
        if life.asked is not None or life.ignored or life.whole or life.away:
            reasons.add("wrong_state")

        def do() -> None:
            code, who, seq = asks()
            reports.ask(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.may("ask"), do):
            life.asked = self.clock.hours
            life.say("asked", body=life.body)
            self.holds(life)

    # --- parts ---

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH, to=SHARES)
    def splits(self, which, apt, name, text, fresh, to) -> None:
        if len(self.lives) >= UNCLAIMED + 1 + MOST_PARTS:
            return
        life = self.pick(which, "split", apt)
        reasons, asks = self.as_staff(life, name, "split", text, fresh)
        reasons |= life.may("split") | ({"part"} if life.whole else set())
        reasons |= ({"bad_parts"} if len(set(to)) < 2 else set()) | ({"unknown_body"} if "nowhere" in to else set())

        def do() -> None:
            code, who, seq = asks()
            reports.split(code, who, [reports.Share(body, text) for body in to], expected_seq=seq)

        if self.tries(life, reasons, do):
            before = {one.code for one in self.lives}
            made = Report.objects.filter(whole__code=life.code).exclude(code__in=before).order_by("pk")
            life.divide([self.part(life, *told) for told in made.values_list("code", "body")])
            self.lives += life.split
            self.holds(life)
            for one in life.split:
                self.holds(one, 1)

    def part(self, life: Life, code: str, body: str) -> Life:
        """A part that has just come to a body."""
        made = Life(code, life.privacy, body, clock=self.clock, promised=life.promised, whole=life, before="received")
        made.state = "routed" if body in self.partners else "awaiting_partner"
        made.promise()
        made.say("received", moves=True)
        made.say(made.state, moves=True)
        return made

    @rule(which=WHICH, name=WORKERS, text=WORDS, fresh=FRESH)
    def puts_it_together_again(self, which, name, text, fresh) -> None:
        waiting = [one for one in self.lives if one.split and not one.away]
        life = waiting[which % len(waiting)] if waiting else self.where(which)
        reasons, asks = self.as_staff(life, name, "unsplit", text, fresh)

        def do() -> None:
            code, who, seq = asks()
            reports.unsplit(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.rejoining(), do):
            for one in (life, *life.rejoin()):
                self.holds(one, 1)

    # --- what staff take back ---

    @rule(which=WHICH, name=WORKERS)
    def takes_back_what_was_done_last(self, which, name) -> None:
        """Whatever it was: passed on, joined, split, a step, into whose hands it was given."""
        done = [one for one in self.lives if one.deed]
        if not done:
            return
        life = done[which % len(done)]
        assert life.deed
        before, after = life.deed
        key = Report.objects.get(code=life.code).pk
        name = COORDINATOR[before["body"]] if name == "apt" else name
        reasons, step = self.taking_back(life, before, name)
        if len(life.lines) != after:
            reasons = {"changed_meanwhile"}

        def do() -> None:
            reverse(self.people[name], key, before, after, lambda _report, _step: None, at_once=False)

        if self.tries(life, reasons, do):
            ended = self.goes_back(life, step, before)
            self.gives_back_the_hands(life, before)
            life.deed = None
            for one in (life, *ended):
                self.holds(one, 1)

    def taking_back(self, life: Life, before: dict[str, Any], name: str) -> tuple[set[str], str]:
        """Why it may be refused, and by which step it is taken back; empty: by none."""
        rank, step = self.rank(name, before["body"]), ""
        reasons: set[str] = set()
        if life.body != before["body"]:
            step, reasons = "take_back", life.may("take_back")
        elif life.state != before["state"] or any(line.moves for line in life.lines[before["seq"] :]):
            step = "unsplit" if life.has_open_parts else STEPS.get(life.state, "step_back")
            reasons = {
                "undo": lambda: life.undoing(life.body), "step_back": life.stepping_back, "unsplit": life.rejoining,
                "unmerge": lambda: life.may("unmerge") | ({"wrong_state"} if life.whole else set()),
            }[step]()  # fmt: skip
        elif not life.is_work or (life.hands, life.priority) == self.had(before):
            return set(), ""
        return reasons | ({"forbidden"} if rank < (3 if step in {"unsplit", "unmerge"} else 2) else set()), step

    def goes_back(self, life: Life, step: str, before: dict[str, Any]) -> list[Life]:
        """What the step does; the parts that end with it."""
        if step == "take_back":
            state = "forwarded" if before["state"] == "forwarded" else "routed"
            life.send("transferred", before["body"], self.partners, by=before["body"], state=state)
        elif step == "unsplit":
            return life.rejoin()
        elif step == "unmerge":
            life.step("unmerge", "unmerged", life.body)
            life.wait(self.partners)
        elif step:
            life.move("undone" if step == "undo" else "stepped_back", life.before, by=life.body)
        return []

    def had(self, before: dict[str, Any]) -> tuple[str, str]:
        """Who worked on it, and how pressing it was."""
        names = {one.pk: name for name, one in self.people.items()}
        hands = names.get(before["assignee"], "") or ("team" if before["team"] else "")
        return hands, Priority(before["priority"]).word

    def gives_back_the_hands(self, life: Life, before: dict[str, Any]) -> None:
        """To whom had it, where they work there."""
        hands, priority = self.had(before)
        if not life.is_work:
            return
        hands = "" if hands == "officer" and life.body != ROADS else hands
        if life.hands != hands:
            life.hands = hands
            life.say("given", "internal", life.body)
        if life.priority != priority:
            life.prioritise(priority)
            life.say("given", "internal", life.body)

    # --- what is taken from the public ---

    def target(self, life: Life, target: str) -> str:
        """`said`: the last words of a citizen."""
        if target == "all":
            return "report"
        lines = [at for at, line in enumerate(life.lines, 1) if line.kind in SAID]
        return f"text:{lines[-1] if lines else 9999}" if target == "said" else target

    def missing(self, life: Life, target: str) -> set[str]:
        """Why there is nothing to take away."""
        is_there = target in {"report", "text:0"} or int(target[5:]) <= len(life.lines)
        return {"not_there"} if not is_there or (target != "report" and life.is_gone(target)) else set()

    def hider(self, life: Life, name: str) -> tuple[set[str], str]:
        """Why they may not, and who it is."""
        name = COORDINATOR[life.body] if name == "apt" else name
        return ({"forbidden"} if self.rank(name, life.body) < 2 and name != "admin" else set()), name

    @rule(which=WHICH, name=HIDERS, what=TARGETS, reason=REASONS, fresh=FRESH)
    def hides(self, which, name, what, reason, fresh) -> None:
        life = self.where(which)
        target = self.target(life, what)
        reasons, name = self.hider(life, name)
        reasons |= self.missing(life, target) | ({"bad_reason"} if reason == "wrong" else set())
        reasons |= {"hidden_before"} if target == "report" and life.is_restricted else set()
        reasons |= set() if fresh else {"changed_meanwhile"}
        row = Report.objects.get(code=life.code)

        def do() -> None:
            who = casework.hider(self.people[name], row)
            reports.hide(life.code, who, target, reason, expected_seq=row.seq if fresh else row.seq - 1)

        if self.tries(life, reasons, do):
            said = life.lines[int(target[5:]) - 1].author if target not in {"report", "text:0"} else "reporter"
            life.say("hidden")
            life.hidden.append(Hidden(target, len(life.lines), self.clock.hours, name, said))
            life.flags = {} if target == "report" else {**life.flags, target: []}
            self.holds(life)

    @rule(which=WHICH, name=REPORTERS, text=WORDS)
    def objects(self, which, name, text) -> None:
        life, hidden = self.a_hidden_one(which)
        if hidden is None:
            return
        token = self.token if not name else ""
        row = self.row_of(life, hidden)
        is_mine = self.is_theirs(life, name, token) if hidden.author == "reporter" else name == hidden.author != ""
        reasons = set() if is_mine else {"not_author"}
        reasons |= {"text_too_long"} if len(text) > 2_000 else {"text_required"} if not text.strip() else set()
        reasons |= {"appealed_before"} if hidden.is_appealed or hidden.ended else set()
        reasons |= {"too_late"} if self.is_late(hidden) else set()
        if self.tries(life, reasons, lambda: reports.appeal(row, self.people.get(name), text, token)):
            hidden.is_appealed = True
            life.say("appealed")
            self.holds(life)

    @rule(which=WHICH, name=JUDGES, text=WORDS, shows=st.booleans())
    def decides(self, which, name, text, shows) -> None:
        """An administrator of the platform decides on an objection; who hid what nobody objects to may show it."""
        life, hidden = self.a_hidden_one(which)
        if hidden is None:
            return
        row = self.row_of(life, hidden)
        enough = self.rank(name, life.body) >= (4 if hidden.is_appealed else 2) or name == "admin"
        reasons = set() if enough else {"forbidden"}
        reasons |= {"text_too_long"} if len(text) > 2_000 else {"text_required"} if not text.strip() else set()
        reasons |= {"decided"} if hidden.ended else set()
        reasons |= {"own_hiding"} if hidden.is_appealed and hidden.by == name else set()
        if shows and not hidden.is_kept:
            reasons.add("destroyed")
        if not shows and not hidden.is_appealed:
            reasons.add("wrong_state")

        def do() -> None:
            command = reports.show_again if shows else reports.keep_hidden
            command(row, casework.judge(self.people[name], row), text)

        if self.tries(life, reasons, do):
            hidden.ended, hidden.is_kept = "shown" if shows else "kept", False
            life.say("shown_again" if shows else "kept_hidden")
            self.holds(life)

    def a_hidden_one(self, which: int) -> tuple[Life, Hidden | None]:
        """Something that was hidden, where there is any."""
        every = [(life, one) for life in self.lives for one in life.hidden]
        open_ones = [(life, one) for life, one in every if not one.ended] or every
        return open_ones[which % len(open_ones)] if open_ones else (self.lives[0], None)

    def row_of(self, life: Life, hidden: Hidden) -> Hiding:
        return Hiding.objects.get(report__code=life.code, entry=hidden.line)

    # --- what people want hidden ---

    @rule(which=WHICH, name=PASSERS_BY, what=TARGETS, reason=REASONS)
    def flags(self, which, name, what, reason) -> None:
        """It changes nothing, wherever the report lives; once for each who has an account."""
        life = self.where(which)
        target = self.target(life, what)
        reasons = self.missing(life, target) | ({"bad_reason"} if reason == "wrong" else set())
        row = Report.objects.get(code=life.code)
        refused = refusal(reasons, lambda: reports.flag(row, target, reason, "", self.people.get(name)))
        raised = life.flags.setdefault(target, [])
        if not refused and (not name or name not in raised) and len(raised) < 20:
            raised.append(name)
        self.holds(life, 0)

    @rule(which=WHICH, name=HIDERS, what=TARGETS)
    def leaves_what_was_flagged(self, which, name, what) -> None:
        flagged = [one for one in self.lives if any(one.flags.values())]
        life = flagged[which % len(flagged)] if flagged else self.where(which)
        target = next((one for one, who in life.flags.items() if who), self.target(life, what))
        reasons, name = self.hider(life, name)
        row = Report.objects.get(code=life.code)
        settled = [one for one, who in life.flags.items() if who and target in {one, "report"}]

        def do() -> None:
            reports.keep_public(life.code, casework.hider(self.people[name], row), target)

        if not settled and not reasons:  # wherever it lives
            do()
        elif self.tries(life, reasons, do):
            life.say("flag_kept", "internal", "" if name == "admin" else life.body)
            life.flags = {one: who for one, who in life.flags.items() if one not in settled}
        self.holds(life, 1)
