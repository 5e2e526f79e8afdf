"""Who is responsible, and why: a pure function of a report's facts, the rules and the bodies.

The order (docs/explanation/routing.md): a rule with a layer condition before one without; among layers the
nearest line; then the deeper area; then the deeper category. What still ties is refused by `kentongan check`.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from kentongan.bodies import Snapshot
from kentongan.foundation.problems import Problem
from kentongan.reports import Alternative, Decision, Reason, State
from kentongan.routing import wording
from kentongan.routing.conditions import Facts
from kentongan.routing.doubts import doubtful, heights
from kentongan.routing.matching import Match, matches
from kentongan.routing.rules import Rulebook

__all__ = ["Facts", "choose", "decide"]


def decide(facts: Facts, book: Rulebook, world: Snapshot) -> Decision:
    """The decision for `facts`. `world` is a `bodies.Snapshot`.

    Raises Problem `no_body` (422) where no rule finds a body, `rules_tie` (500) where two rules tie.
    """
    found = matches(facts, book, world)
    if not found:
        raise Problem("no_body", 422, _("No body is known for this kind of trouble at this place."), field="category")
    best = found[0]
    if len(found) > 1 and found[1].order == best.order and found[1].body != best.body:
        raise Problem("rules_tie", 500, _("Two rules contradict each other; only the operator can put that right."))
    asked = doubtful(best, found, facts, book, world)
    others = {other.body: other for other in asked}
    for match in found[1:4]:
        if match.body != best.body:
            others.setdefault(match.body, Alternative(match.body, wording.by_rule(match, world)))
    why = (wording.place(facts), *wording.by_rule(best, world), *heights(best, asked, facts))
    return _where_it_waits(best, why, world, tuple(others.values()))


def choose(decision: Decision, body: str, world: Snapshot) -> Decision:
    """The decision after the person said whose it is. Raises Problem `bad_body` for one that was not asked."""
    if body == decision.body:
        return decision
    chosen = next((other for other in decision.alternatives if other.doubt and other.body == body), None)
    if chosen is None:
        raise Problem("bad_body", 422, _("This body is not one of those that may be responsible here."), field="body")
    settled = tuple(one for one in decision.reasons if one.code != wording.MAY_BE)
    before = Alternative(decision.body, settled, doubt=True)
    rest = tuple(other for other in decision.alternatives if other.body != body)
    partner = world.is_partner(body)
    state = State.ROUTED if partner else State.AWAITING_PARTNER
    why = (one for one in chosen.reasons if one.code not in {"no_partner", wording.MAY_BE})
    reasons = (wording.BY_REPORTER, *why, *(() if partner else (wording.NO_PARTNER,)))
    return replace(decision, body=body, state=state, reasons=reasons, alternatives=(before, *rest))


def _where_it_waits(best: Match, why: tuple[Reason, ...], world: Snapshot, others: tuple[Alternative, ...]) -> Decision:
    """Routed to a partner; or to one higher up where the rule says so; or kept until the body joins."""
    reasons, asked = [*why], [other.body for other in others if other.doubt]
    if asked:
        reasons.append(wording.may_be(asked, world))
    body, partner = best.body, world.is_partner(best.body)
    if not partner and best.rule.takes_over and world.is_partner(best.rule.takes_over):
        reasons.append(wording.taken_over(body, best.rule.takes_over, world))
        others = (Alternative(body, wording.by_rule(best, world)), *others)
        body, partner = best.rule.takes_over, True
    if not partner:
        reasons.append(wording.NO_PARTNER)
    state = State.ROUTED if partner else State.AWAITING_PARTNER
    return Decision(body, state, tuple(reasons), others, _named(best))


def _named(best: Match) -> str:
    """The rule that decided: its code, or as `BODY:VERSION:RULE` one by which a body divides its work."""
    if not best.shares:
        return best.rule.code
    last = best.shares[-1]
    return f"{last.division.body}:{last.division.number}:{last.rule.key}"
