"""One rule of a body as somebody writes it: what it may say, and what is wrong with it today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue, places
from kentongan.bodies.models import Body
from kentongan.foundation.problems import Problem, Words
from kentongan.places.gazetteer import Area, areas
from kentongan.routing.dividing import OwnRule, may_get
from kentongan.routing.rules import rulebook

MOST = 200  # rules of one body
MOST_AREAS = 1_000  # that a form offers
LAYERS = {
    "national_road": _("a national road"), "provincial_road": _("a provincial road"), "toll_road": _("a toll road"),
    "railway_crossing": _("a railway crossing"), "river": _("a river"), "drain": _("a drain"), "park": _("a park"),
}  # fmt: skip


def layers() -> dict[str, Words]:
    """The layers of roads and other lines that a rule may ask for, in words; those of the operator's rules by code."""
    others = sorted({rule.layer for rule in rulebook().rules if rule.layer} - LAYERS.keys())
    return {**LAYERS, **{code: code for code in others}}


def receivers(body: str) -> list[Body]:
    """Whom a body may give work to: itself first, then the others by name."""
    world = bodies.snapshot()
    found = [one for one in world.bodies.values() if may_get(body, one.code, world)]
    return sorted(found, key=lambda one: (one.code != body, one.name))


def areas_of(body: str) -> list[Area]:
    """The areas that a rule of the body may name, each followed by those within it, as deep as a form can offer."""
    own = bodies.get(body).area_code
    top = places.area(own)
    found, before = [top] if top else [], f"{own}." if own else ""  # empty: the country
    levels: defaultdict[int, list[Area]] = defaultdict(list)
    for one in areas().values():
        if one.code.startswith(before):
            levels[one.code.count(".")].append(one)
    for level in sorted(levels):
        if len(found) + len(levels[level]) > MOST_AREAS:
            break
        found += levels[level]
    return sorted(found, key=lambda one: one.code)


def read_rule(body: str, given: Mapping[str, Any], others: Iterable[OwnRule], key: str) -> OwnRule:
    """The rule that a form says: `category`, `area`, `layer` (each may be empty: any) and `to`.

    Raises Problem 422 with the field: `unknown_category`, `bad_area`, `bad_layer`, `bad_receiver`, `rules_tie`.
    """
    said = {name: str(given.get(name) or "").strip() for name in ("category", "area", "layer", "to")}
    rule = OwnRule(key, **said)
    for field, (code, words) in wrong_with(body, rule).items():
        raise Problem(code, 422, words, field=field)
    if any(other.asks == rule.asks for other in others if other.key != key):
        words = _("Another rule asks for the same: two of them would contradict each other. Change that one.")
        raise Problem("rules_tie", 422, words, field="category")
    return rule


def wrong_with(body: str, rule: OwnRule) -> dict[str, tuple[str, Words]]:
    """What a rule names that there is no more, or that it may not name: code and words, by field."""
    wrong: dict[str, tuple[str, Words]] = {}
    if rule.category and rule.category not in {one.code for one in catalogue.all_active()}:
        wrong["category"] = "unknown_category", _("This kind of report is gone from the catalogue.")
    if rule.area and not _is_own_area(body, rule.area):
        wrong["area"] = "bad_area", _("This is no area of your own.")
    if rule.layer and rule.layer not in layers():
        wrong["layer"] = "bad_layer", _("Choose one of the layers that are listed.")
    world = bodies.snapshot()
    if world.body(rule.to) is None or not may_get(body, rule.to, world):
        wrong["to"] = "bad_receiver", _("Choose your own body or one of its parts: others give their work themselves.")
    elif world.is_partner(body) and not world.is_partner(rule.to):
        wrong["to"] = "bad_receiver", _("This body does not take part any more: reports would wait for nobody.")
    return wrong


def _is_own_area(body: str, code: str) -> bool:
    own = bodies.get(body).area_code
    return places.area(code) is not None and (not own or f"{code}.".startswith(f"{own}."))
