"""Who else may be responsible, as positions and maps are a few metres wrong: the person who stands there is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kentongan.bodies import Snapshot
from kentongan.places import Nearest, known_chain
from kentongan.reports import Alternative, Decision, Reason
from kentongan.routing import wording
from kentongan.routing.conditions import Facts
from kentongan.routing.matching import Match, at_the_edge, matches
from kentongan.routing.rules import Rulebook
from kentongan.routing.wording import SURE

CLOSE_CALL = 10  # metres between two road owners below which the person knows better than the map
EDGE = 10  # metres beyond a layer's search distance within which its owner may still be meant
STREETS = SURE + CLOSE_CALL  # metres within which another street counts: no road that is surely meant is farther


def doubtful(best: Match, found: list[Match], facts: Facts, book: Rulebook, world: Snapshot) -> list[Alternative]:
    """The bodies that are so near to winning that the person is asked, each once, the nearest first."""
    asked: dict[str, Alternative] = {}
    for other in [*_roads(best, found, facts, book, world), *_over_the_border(best, facts, book, world)]:
        if other.body != best.body:
            asked.setdefault(other.body, other)
    return list(asked.values())


def heights(best: Match, doubts: list[Alternative], facts: Facts) -> tuple[Reason, ...]:
    """What to say of the best one's road where another in question runs above or below it."""
    told = {reason.code for other in doubts for reason in other.reasons}
    return (wording.height(best.line),) if best.line and told & {"above", "below", "on_the_ground"} else ()


def question(decision: Decision) -> Reason | None:
    """What to ask the person where the decision is doubtful, in both languages; None where it is not."""
    codes = [{reason.code for reason in other.reasons} for other in decision.alternatives if other.doubt]
    if not codes:
        return None
    if any(one & {"above", "below", "on_the_ground"} for one in codes):
        return _ABOVE_OR_BELOW
    borders = ["near_boundary" in one for one in codes]
    return _WHICH_REGION if all(borders) else _WHOSE if any(borders) else _WHICH_ROAD


def _roads(best: Match, found: list[Match], facts: Facts, book: Rulebook, world: Snapshot) -> Iterator[Alternative]:
    """Owners of roads near by, and the local body where the trouble may be on none of these roads."""
    deepest = max((match.order[2:] for match in found if match.line is None), default=None)
    beside = _street_beside(best, facts)
    for match in [*found[1:], *at_the_edge(facts, book, world)]:
        if match.line is None:
            sure = best.line is None or (best.line.distance <= SURE and not best.line.approximate)
            if (sure and beside is None) or match.order[2:] != deepest:
                continue
        elif best.line is not None and match.line.distance - best.line.distance > CLOSE_CALL:
            continue
        road = match.line or beside
        street = (wording.other_street(beside),) if match.line is None and beside else ()
        over = (wording.height(road),) if road and best.line and road.level != best.line.level else ()
        yield Alternative(match.body, (*over, *street, *wording.by_rule(match, world)), doubt=True)


def _street_beside(best: Match, facts: Facts) -> Nearest | None:
    """A street of nobody in particular that is about as near as the road that won: a crossing, or above or below it."""
    if best.line is None:
        return None
    near = (one for one in facts.streets if one.name != best.line.name)
    return next((one for one in near if one.distance <= best.line.distance + CLOSE_CALL), None)


def _over_the_border(best: Match, facts: Facts, book: Rulebook, world: Snapshot) -> Iterator[Alternative]:
    """Whoever would be responsible, or be asked about, if the place lay in an area beside."""
    for area in facts.neighbours:
        there = replace(facts, areas=known_chain(area.code), neighbours=())
        found = matches(there, book, world) if there.areas else []
        if not found:
            continue
        why = (wording.border(area, facts),)
        for body in [found[0].body, *(other.body for other in _roads(found[0], found, there, book, world))]:
            yield Alternative(body, why, doubt=True)


_WHICH_REGION = Reason(
    "which_region", {"id": "Lokasinya dekat batas wilayah. Di wilayah mana?",
                     "en": "The place is close to a border. On which side is it?"}
)  # fmt: skip
_WHICH_ROAD = Reason(
    "which_road", {"id": "Jalan siapa ini? Pilih jalan tempat masalahnya.",
                   "en": "Whose road is it? Choose the road where the trouble is."}
)  # fmt: skip
_ABOVE_OR_BELOW = Reason(
    "above_or_below", {"id": "Ada jalan yang lewat di atas jalan lain. Masalahnya di atas atau di bawah?",
                       "en": "One road runs above another here. Is the trouble above or below?"}
)  # fmt: skip
_WHOSE = Reason(
    "whose", {"id": "Lokasinya dekat batas wilayah dan jalan milik pihak lain. Urusan siapa ini?",
              "en": "The place is close to a border and to another owner's road. Whose is it?"}
)  # fmt: skip
