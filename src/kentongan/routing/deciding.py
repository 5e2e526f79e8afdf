"""Who is responsible, and why: a pure function of a report's facts, the rules and the bodies.

The order (docs/explanation/routing.md): a rule with a layer condition before one without; among layers the
nearest line; then the deeper area; then the deeper category. What still ties is refused by `kentongan check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.places import Area, Nearest, gazetteer
from kentongan.reports import Alternative, Decision, Reason, State
from kentongan.routing.rules import Rule, Rulebook

SURE = 12  # metres from a road's middle line within which a trouble is on the road itself
CLOSE_CALL = 10  # metres between two road owners below which the person knows better than the map
_NO_PARTNER = Reason(
    "no_partner",
    {
        "id": "Instansi ini belum menjadi mitra. Laporan disimpan dan diteruskan begitu instansi bergabung.",
        "en": "This body has not joined yet. The report is kept and handed over on the day it joins.",
    },
)


@dataclass(frozen=True)
class Facts:
    """All that a decision looks at. `branch` is the category and its parents; `near` the layers in reach."""

    branch: tuple[str, ...]
    areas: tuple[Area, ...]
    neighbours: tuple[Area, ...]
    near: dict[str, tuple[Nearest, ...]]
    on: date
    approximate: bool = False


@dataclass(frozen=True)
class _Match:
    """A rule whose conditions hold, the line it met, and how special it is (greater wins)."""

    rule: Rule
    line: Nearest | None
    order: tuple[Any, ...]
    body: str


def decide(facts: Facts, book: Rulebook, world: Any) -> Decision:
    """The decision for `facts`. `world` is a `bodies.Snapshot`.

    Raises Problem `no_body` (422) where no rule finds a body, `rules_tie` (500) where two rules tie.
    """
    matches = sorted(_matches(facts, book, world), key=lambda match: match.order, reverse=True)
    if not matches:
        raise Problem("no_body", 422, _("No body is known for this kind of trouble at this place."), field="category")
    best = matches[0]
    if len(matches) > 1 and matches[1].order == best.order and matches[1].body != best.body:
        raise Problem("rules_tie", 500, _("Two rules contradict each other; only the operator can put that right."))
    doubtful = [*_doubts(best, matches), *_over_the_border(best, facts, world)]
    lost = [Alternative(match.body, (_reason(match),)) for match in matches[1:4]]
    others = {other.body: other for other in [*reversed(lost), *reversed(doubtful)] if other.body != best.body}
    return _where_it_waits(best, facts, world, tuple(reversed(others.values())))


def choose(decision: Decision, body: str, world: Any) -> Decision:
    """The decision after the person said whose it is. Raises Problem `bad_body` for one that was not asked."""
    if body == decision.body:
        return decision
    chosen = next((other for other in decision.alternatives if other.doubt and other.body == body), None)
    if chosen is None:
        raise Problem("bad_body", 422, _("This body is not one of those that may be responsible here."), field="body")
    said = Reason(
        "chosen_by_reporter",
        {"id": "Pelapor memilih instansi ini.", "en": "The reporter chose this body."},
    )
    before = Alternative(decision.body, decision.reasons, doubt=True)
    rest = tuple(other for other in decision.alternatives if other.body != body)
    partner = world.is_partner(body)
    state = State.ROUTED if partner else State.AWAITING_PARTNER
    reasons = (said, *(one for one in chosen.reasons if one.code != "no_partner"), *(() if partner else (_NO_PARTNER,)))
    return replace(decision, body=body, state=state, reasons=reasons, alternatives=(before, *rest))


def _matches(facts: Facts, book: Rulebook, world: Any) -> Iterator[_Match]:
    codes = [area.code for area in facts.areas]
    for rule in book.rules:
        if rule.category and rule.category not in facts.branch:
            continue
        if rule.area and rule.area not in codes:
            continue
        if not rule.valid_from <= facts.on < rule.valid_until:
            continue
        lines = facts.near.get(rule.layer, ()) if rule.layer else ()
        if rule.layer and not lines:
            continue
        body = rule.body or (world.find(rule.to.level, rule.to.duty, facts.areas) if rule.to else None)
        if body:
            line = lines[0] if lines else None
            yield _Match(rule, line, _order(rule, line, facts), body)


def _order(rule: Rule, line: Nearest | None, facts: Facts) -> tuple[Any, ...]:
    depth = len(facts.branch) - facts.branch.index(rule.category) if rule.category else 0
    area = len(rule.area.split(".")) if rule.area else 0
    return (line is not None, -round(line.distance, 1) if line else 0.0, area, depth)


def _doubts(best: _Match, matches: list[_Match]) -> Iterator[Alternative]:
    """Road owners who are so near to winning that the person is asked."""
    if best.line is None:
        return
    for match in matches[1:]:
        if match.line is None and best.line.distance <= SURE:
            continue
        if match.line is not None and match.line.distance - best.line.distance > CLOSE_CALL:
            continue
        if match.line is None and match.order[2:] < max(other.order[2:] for other in matches if not other.line):
            continue
        yield Alternative(match.body, (_reason(match),), doubt=True)


def _over_the_border(best: _Match, facts: Facts, world: Any) -> Iterator[Alternative]:
    """The same rule's body on the other side of a boundary nearby."""
    if best.rule.to is None:
        return
    for village in facts.neighbours:
        areas = gazetteer.known_chain(village.code)
        body = world.find(best.rule.to.level, best.rule.to.duty, areas) if areas else None
        if body and body != best.body:
            yield Alternative(body, (Reason("near_boundary", _border(village, areas, facts.approximate)),), doubt=True)


def _border(village: Area, areas: tuple[Area, ...], approximate: bool) -> dict[str, str]:
    """Why a neighbour may be meant: the border is near, or nobody here knows where it runs."""
    if not approximate:
        return {
            "id": f"Batas dengan {village.name} berjarak kurang dari 30 meter.",
            "en": f"The boundary with {village.name} is less than 30 metres away.",
        }
    larger = areas[1].name if len(areas) > 1 else areas[0].name
    return {
        "id": f"Batas wilayah di sini hanya diketahui kira-kira; tempat ini mungkin di {village.name}, {larger}.",
        "en": f"Boundaries are known only approximately here; the place may be in {village.name}, {larger}.",
    }


def _where_it_waits(best: _Match, facts: Facts, world: Any, others: tuple[Alternative, ...]) -> Decision:
    """Routed to a partner; or to one higher up where the rule says so; or kept until the body joins."""
    reasons = [*_place_reasons(facts), _reason(best)]
    body, partner = best.body, world.is_partner(best.body)
    if not partner and best.rule.takes_over and world.is_partner(best.rule.takes_over):
        reasons.append(_taken_over(body, best.rule.takes_over, world))
        others = (Alternative(body, (_reason(best),)), *others)
        body, partner = best.rule.takes_over, True
    if not partner:
        reasons.append(_NO_PARTNER)
    state = State.ROUTED if partner else State.AWAITING_PARTNER
    return Decision(body, state, tuple(reasons), others, best.rule.code)


def _reason(match: _Match) -> Reason:
    words = match.rule.reason.model_dump()
    if match.line is None:
        return Reason(match.rule.code, words)
    metres, names = round(match.line.distance), dict.fromkeys(words, match.line.name)
    names = names if match.line.name else {"id": "jalan tanpa nama", "en": "a road without a name"}
    return Reason(match.rule.code, {
        language: text.format(road=names[language], metres=metres, where=_where(metres, names[language], language))
        for language, text in words.items()
    })  # fmt: skip


def _where(metres: int, road: str, language: str) -> str:
    """On the road, or how far from it: nobody says "0 metres from"."""
    if metres <= SURE:
        return f"di {road}" if language == "id" else f"on {road}"
    return f"sekitar {metres} meter dari {road}" if language == "id" else f"about {metres} metres from {road}"


def _place_reasons(facts: Facts) -> list[Reason]:
    if not facts.areas:
        return [
            Reason(
                "no_place",
                {
                    "id": "Masalah ini tidak terikat pada suatu tempat.",
                    "en": "This kind of trouble has no place on the map.",
                },
            )
        ]
    names = ", ".join(area.name for area in reversed(facts.areas))
    about = {"id": "kira-kira ", "en": "approximately "} if facts.approximate else {"id": "", "en": ""}
    return [
        Reason(
            "in_area",
            {"id": f"Lokasinya {about['id']}di {names}.", "en": f"The place is {about['en']}in {names}."},
        )
    ]


def _taken_over(body: str, higher: str, world: Any) -> Reason:
    one, other = world.body(body), world.body(higher)
    text = {
        "id": f"{one.name_id} belum menjadi mitra; {other.name_id} menanganinya.",
        "en": f"{one.name_en} has not joined yet; {other.name_en} takes care of it.",
    }
    return Reason("taken_over", text)
