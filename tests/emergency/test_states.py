"""The table of states of an alert, walked row by row."""

from __future__ import annotations

import pytest

from kentongan.emergency.states import BY_NAME, ENDED, OPEN, STEPS, Actor, Asks, State, StepRefused, take


def test_each_step_is_permitted_to_those_named_from_the_states_named_and_to_nobody_else():
    tried = 0
    for step in STEPS:
        for state in State:
            for actor in Actor:
                tried += 1
                may = state in step.sources and actor in step.actors
                if may:
                    assert take(step.name, state, actor, frozenset(Asks)) == (step.target or state)
                    continue
                with pytest.raises(StepRefused):
                    take(step.name, state, actor, frozenset(Asks))
    assert tried == len(STEPS) * len(State) * len(Actor)


@pytest.mark.parametrize("step", [one for one in STEPS if one.asks], ids=lambda one: one.name)
def test_a_step_that_asks_for_something_is_refused_without_it(step):
    state, actor = sorted(step.sources)[0], sorted(step.actors)[0]
    with pytest.raises(StepRefused, match="missing_"):
        take(step.name, state, actor)


def test_every_state_is_open_or_ended_and_every_open_one_can_end():
    assert set(State) == OPEN | ENDED
    assert not OPEN & ENDED
    for state in OPEN:
        assert any(state in one.sources and one.target in ENDED for one in STEPS), state


def test_only_the_person_cancels_and_only_an_operator_takes_it():
    assert BY_NAME["cancel"].actors == {Actor.CALLER}
    assert BY_NAME["acknowledge"].actors == {Actor.OPERATOR}
