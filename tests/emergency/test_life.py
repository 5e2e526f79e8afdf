"""Random lives of alerts: the caller, operators of its post and of another, a unit and the worker try everything.

What each step must do stands here by hand (`docs/reference/alerts.md`) and is not read from the code under test: a step
is refused exactly where the model knows a reason, and then changes nothing; the row is what its log tells; and no alert
that goes on is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from kentongan import emergency
from kentongan.emergency.calling import goes_on
from kentongan.emergency.commands import cancel, lapse_unanswered
from kentongan.emergency.fleet import Unit
from kentongan.emergency.models import Alert, Duty, Watch
from kentongan.people.models import Person
from tests.depth import MANY, part
from tests.emergency.post import on_duty, operator, post, press, silence
from tests.inputs import refusal

OPERATORS = ("budi", "sari")
NAMES = st.sampled_from([*OPERATORS * 3, "owner", "owner", "owner", "elsewhere", "viewer"])
REASONS = st.sampled_from(["Ada yang lebih dekat"] * 5 + ["", " "])
OPEN, OWNED = {"received", "acknowledged", "on_the_way", "there"}, {"acknowledged", "on_the_way", "there"}
ENDED = {"closed", "cancelled"}


class Alerts(RuleBasedStateMachine):
    """One alert, and all who have to do with it."""

    people: dict[str, Person]
    watch: Watch
    unit: Unit

    @initialize()
    def somebody_presses(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.key = press().alert.pk
        self.state, self.owner, self.duress, self.by_hand = "received", "", False, False
        self.sent, self.takes, self.there, self.unit_off = False, False, False, False
        self.sending = 0
        self.holds()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # --- what holds after every step ---

    @property
    def goes_on(self) -> bool:
        """Whether somebody has to do something still: cancelled under duress it only looks ended."""
        return self.state not in ENDED or (self.state == "cancelled" and self.duress)

    def holds(self) -> None:
        row = Alert.objects.select_related("owner").get(pk=self.key)
        named = next((name for name, one in self.people.items() if one == row.owner), "")
        assert (row.state, named, row.duress) == (self.state, self.owner, self.duress)
        assert goes_on(row) == self.goes_on
        assert (row.ended_at is None) == self.goes_on
        state = ""
        log = list(row.entries.order_by("seq"))
        assert [one.seq for one in log] == list(range(1, row.seq + 1))
        for one in log:
            if one.state_to:
                assert one.state_from == state
                state = one.state_to
        assert state == row.state
        if self.goes_on and not self.owner:
            assert row.step_at is not None  # it is called, or will be
        open_ones = list(row.sendings.filter(ended_at=None))
        assert [(one.answer == "takes", one.there_at is not None) for one in open_ones] == (
            [(self.takes, self.there)] if self.sent else []
        )
        assert not (self.sent and not self.goes_on)

    def tries(self, reasons: set[str], do: Callable[[], object]) -> bool:
        """Whether it happened: refused by one of the `reasons` where there are any, and done where there is none."""
        before = Alert.objects.filter(pk=self.key).values().get()
        refused = refusal(reasons, do)
        if refused:
            assert Alert.objects.filter(pk=self.key).values().get() == before
        return not refused

    def who(self, name: str) -> str:
        return self.owner or "budi" if name == "owner" else name

    def watching(self, name: str) -> set[str]:
        """Why they may not touch it at all."""
        return set() if name in OPERATORS else {"no_alert"}

    def owning(self, name: str) -> set[str]:
        """Why they do not have it."""
        if self.watching(name) or name == self.owner:
            return self.watching(name)
        return {"owned"} if self.owner else {"not_owner"}

    def from_states(self, *states: str) -> set[str]:
        return set() if self.state in states else {"wrong_state"}

    def ends(self, state: str, duress: bool = False) -> None:
        self.state, self.duress = state, duress
        if not self.goes_on:
            self.sent = self.takes = self.there = False

    # --- operators ---

    @rule(name=NAMES)
    def acknowledges(self, name) -> None:
        name = self.who(name)
        reasons = self.watching(name)
        if self.owner and name != self.owner:
            reasons |= {"owned"}
        forced = self.duress and self.state == "cancelled"
        if name != self.owner and not forced:
            reasons |= self.from_states(*OPEN)
        if self.tries(reasons, lambda: emergency.acknowledge(self.key, self.people[name])) and name != self.owner:
            self.owner = name
            self.state = "acknowledged" if self.state == "received" else self.state
        self.holds()

    @rule(name=NAMES, reason=REASONS)
    def takes_over(self, name, reason) -> None:
        name = self.who(name)
        reasons = self.watching(name) | self.from_states(*OWNED) | (set() if reason.strip() else {"missing_reason"})
        if self.tries(reasons, lambda: emergency.take_over(self.key, self.people[name], reason)):
            self.owner = name
        self.holds()

    @rule(name=NAMES)
    def gives_it_back(self, name) -> None:
        name = self.who(name)
        reasons = self.owning(name) | self.from_states("acknowledged")
        if self.tries(reasons, lambda: emergency.release(self.key, self.people[name])):
            self.owner, self.state = "", "received"
        self.holds()

    @rule(name=NAMES, unit=st.sampled_from(["Ambulans 3", "Ambulans 3", ""]))
    def says_who_is_on_the_way(self, name, unit) -> None:
        name = self.who(name)
        reasons = self.owning(name) | (set() if unit else {"missing_unit"})
        reasons |= self.from_states("acknowledged", "on_the_way")
        if self.tries(reasons, lambda: emergency.set_out(self.key, self.people[name], unit, 5)):
            self.state, self.by_hand = "on_the_way", True
        self.holds()

    @rule(name=NAMES)
    def says_that_help_is_there(self, name) -> None:
        name = self.who(name)
        reasons = self.owning(name) | self.from_states("acknowledged", "on_the_way")
        if self.tries(reasons, lambda: emergency.arrive(self.key, self.people[name])):
            self.state = "there"
        self.holds()

    @rule(name=NAMES, result=st.sampled_from(["helped", "helped", "no_danger", "unanswered", "x"]))
    def closes(self, name, result) -> None:
        name = self.who(name)
        reasons = self.owning(name) if self.goes_on else self.watching(name)
        reasons |= self.from_states(*OWNED, "cancelled") | (
            set() if result in {"helped", "no_danger"} else {"bad_result"}
        )
        if self.tries(reasons, lambda: emergency.close(self.key, self.people[name], result, "Selesai")):
            self.ends("closed", self.duress)
        self.holds()

    @rule(name=NAMES, reason=REASONS)
    def doubts(self, name, reason) -> None:
        name = self.who(name)
        reasons = (
            self.watching(name) | self.from_states("cancelled") | (set() if reason.strip() else {"missing_reason"})
        )
        reasons |= {"wrong_state"} if self.duress else set()
        if self.tries(reasons, lambda: emergency.doubt(self.key, self.people[name], reason)):
            self.owner, self.state = name, "acknowledged"
        self.holds()

    @rule(name=NAMES, words=REASONS)
    def notes(self, name, words) -> None:
        name = self.who(name)
        reasons = self.watching(name) | (set() if words.strip() else {"missing_words"})
        self.tries(reasons, lambda: emergency.note(self.key, self.people[name], words))
        self.holds()

    # --- its person ---

    @rule(duress=st.sampled_from([False, True, True]), really=st.sampled_from([True, False, False]))
    def cancels(self, duress, really) -> None:
        if not really:
            return
        alert = Alert.objects.get(pk=self.key)
        assert self.tries(set(), lambda: cancel(alert, None, duress=duress))
        if self.state not in ENDED:  # a second time changes nothing
            self.ends("cancelled", duress)
        self.holds()

    # --- a unit ---

    @rule(name=NAMES)
    def sends_the_unit(self, name) -> None:
        name = self.who(name)
        reasons = self.owning(name) | (set() if self.goes_on else {"wrong_state"})
        reasons |= {"unit_off"} if self.unit_off and not self.sent else set()
        made: list[Any] = []
        if self.tries(reasons, lambda: made.append(emergency.send_unit(self.key, self.people[name], self.unit.pk))):
            self.sending = made[0].pk
            if not self.sent:
                self.sent, self.takes, self.there = True, False, False
        self.holds()

    def unit_goes(self, to: str) -> None:
        """The alert follows its unit, unless it looks ended."""
        sources = OPEN if to == "there" else {"received", "acknowledged", "on_the_way"}
        self.state = to if self.state in sources else self.state

    def unit_leaves(self) -> None:
        """Nobody is on the way any more, unless an operator wrote of others by hand."""
        self.sent = self.takes = self.there = False
        if self.state == "on_the_way" and not self.by_hand:
            self.state = "acknowledged" if self.owner else "received"

    @rule(takes=st.booleans())
    def the_unit_answers(self, takes) -> None:
        crew = self.people["crew"]
        reasons = set() if self.sent else {"sending_over"}
        if self.tries(reasons, lambda: emergency.answer(self.unit, crew, self.sending, takes)):
            if takes and not self.takes:
                self.takes, self.unit_off = True, False
                self.unit_goes("on_the_way")
            elif not takes and self.takes:
                self.unit_off = False
                self.unit_leaves()
            elif not takes:
                self.sent = False
        self.holds()

    @rule(state=st.sampled_from(["there", "there", "available", "off"]))
    def the_unit_says_how_it_is(self, state) -> None:
        assert self.tries(set(), lambda: emergency.report(self.unit, self.people["crew"], state))
        if self.sent and self.takes and state == "there":
            if not self.there:
                self.there = True
                self.unit_goes("there")
        elif self.sent and self.takes:
            self.unit_leaves()
        elif self.sent and state == "off":
            self.sent = False
        self.unit_off = state == "off"
        self.holds()

    @rule(name=NAMES)
    def calls_the_unit_back(self, name) -> None:
        name = self.who(name)
        reasons = self.owning(name) | (set() if self.sent else {"sending_over"})
        if self.tries(reasons, lambda: emergency.radio(self.key, self.people[name], self.sending, "recalled")):
            self.unit_off = False
            self.unit_leaves()
        self.holds()

    # --- the worker ---

    @rule()
    def the_console_of_who_has_it_falls_silent(self) -> None:
        if not self.owner:
            return
        silence(self.people[self.owner])
        emergency.release_silent()
        for name in OPERATORS:
            Duty.objects.filter(person=self.people[name]).update(beat_at=timezone.now())
        if self.goes_on:
            self.owner, self.state = "", "received" if self.state == "acknowledged" else self.state
        self.holds()

    @rule()
    def the_next_rule_is_due(self) -> None:
        soon = timezone.now() - timedelta(seconds=1)
        Alert.objects.filter(pk=self.key, step_at__isnull=False).update(
            step_at=soon, called_from=soon - timedelta(hours=1)
        )
        emergency.call_due()
        self.holds()

    @rule(days=st.sampled_from([0, 3, 3, 3]))
    def days_pass(self, days) -> None:
        lapse_unanswered(timedelta(days=days))
        if not days and self.goes_on and not self.owner:
            self.ends("closed", self.duress)
        self.holds()


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.usefixtures("world")
def test_whatever_everybody_tries_an_alert_is_as_promised_and_never_nobodys() -> None:
    where = post()
    people = {"budi": on_duty(operator(), where), "sari": on_duty(operator("sari@contoh.id", "Sari"), where)}
    people["elsewhere"] = operator("lain@contoh.id", "Lain", "32.16")
    people["viewer"] = operator("lihat@contoh.id", "Lihat", role="viewer")
    people["crew"] = operator("awak@contoh.id", "Awak", role="viewer")
    Alerts.people, Alerts.watch = people, where
    Alerts.unit = Unit.objects.create(
        watch=where, call_sign="Gegana 1", kind="other", state="available", area_code="31"
    )
    Alerts.unit.members.set([people["crew"]])
    run_state_machine_as_test(
        Alerts,
        settings=settings(
            phases=(Phase.generate, Phase.shrink), max_examples=MANY or part(8), stateful_step_count=30, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip
