"""The table of states, walked as it stands."""

import itertools

import pytest

from kentongan.reports import states
from kentongan.reports.states import BY_NAME, PUBLIC, STEPS, Actor, Asks, State, Status, StepRefused, take
from tests.reports.life import QUEUE, TABLE

EVERYTHING = frozenset(Asks)


def test_every_state_is_reachable_from_received():
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {target for step in STEPS if step.sources & reached for target in step.targets}
    assert reached == set(State)


def test_every_state_has_a_public_status_and_every_status_is_used():
    assert set(PUBLIC) == set(State)
    assert set(PUBLIC.values()) == set(Status)


@pytest.mark.parametrize("step", BY_NAME)
def test_a_step_is_taken_only_from_its_states_and_by_its_actors(step):
    row = BY_NAME[step]
    for state, actor in itertools.product(State, Actor):
        if state in row.sources and actor in row.actors:
            for target in row.targets:
                assert take(step, state, actor, EVERYTHING, before=target) == target
        else:
            with pytest.raises(StepRefused) as told:
                take(step, state, actor, EVERYTHING)
            why = "wrong_actor" if state in row.sources else "wrong_state"
            assert (told.value.step, told.value.state, told.value.reason) == (step, state, why)
            assert str(told.value) == f"{step} from {state}: {why}"


@pytest.mark.parametrize("step", [step for step in STEPS if step.asks], ids=lambda step: step.name)
def test_a_step_without_what_it_asks_for_is_refused_by_name(step):
    state, actor = sorted(step.sources)[0], sorted(step.actors)[0]
    for asked in step.asks:
        with pytest.raises(StepRefused) as told:
            take(step.name, state, actor, EVERYTHING - {asked})
        assert (told.value.step, told.value.state, told.value.reason) == (step.name, state, f"missing_{asked}")


def test_a_row_of_the_table_holds_what_it_says_with_one_target_or_several():
    actors, asks = frozenset({Actor.OFFICER}), frozenset({Asks.BODY, Asks.REASON})
    one = states._step("go", {State.ROUTED}, State.ACCEPTED, {Actor.OFFICER}, Asks.BODY, Asks.REASON)
    assert one == states.Step("go", frozenset({State.ROUTED}), frozenset({State.ACCEPTED}), actors, asks)
    back = states._step("back", {State.RESOLVED}, {State.ROUTED, State.ACCEPTED}, {Actor.OFFICER})
    assert back == states.Step("back", frozenset({State.RESOLVED}), frozenset({State.ROUTED, State.ACCEPTED}), actors)
    assert {type(one.sources), type(one.targets), type(one.actors), type(one.asks)} == {frozenset}


def test_the_table_is_the_one_that_is_promised():
    for step, (sources, target) in TABLE.items():
        row = BY_NAME[step]
        back = {"routed", "forwarded"} if step in {"take_back", "hand_over"} else set(QUEUE)
        assert (row.sources, row.targets) == (set(sources), {target} if target else back), step


def test_a_rejected_result_goes_back_to_waiting_and_only_the_reporter_confirms():
    assert PUBLIC[take("reopen", State.RESOLVED, Actor.REPORTER, EVERYTHING)] == Status.WAITING
    with pytest.raises(StepRefused, match="wrong_actor"):
        take("confirm", State.RESOLVED, Actor.OFFICER)


def test_undoing_goes_back_to_the_state_before_and_nowhere_else():
    with pytest.raises(StepRefused) as told:
        take("undo", State.RESOLVED, Actor.OFFICER)
    assert (told.value.step, told.value.state, told.value.reason) == ("undo", State.RESOLVED, "wrong_state")
    assert take("undo", State.RESOLVED, Actor.OFFICER, before=State.IN_PROGRESS) == State.IN_PROGRESS
    for before in (None, State.RECEIVED, State.CONFIRMED, State.RESOLVED):
        with pytest.raises(StepRefused, match="wrong_state"):
            take("undo", State.RESOLVED, Actor.OFFICER, before=before)


def test_a_report_on_a_vanished_partner_waits_openly_rather_than_being_lost():
    assert PUBLIC[take("await_partner", State.IN_PROGRESS, Actor.SYSTEM, EVERYTHING)] == Status.NO_PARTNER
