"""Which kinds of reports the rules give to the departments of a region, and who gets each of them there today."""

from __future__ import annotations

from dataclasses import dataclass

from kentongan import bodies, catalogue
from kentongan.bodies.models import Body
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.routing.rules import rulebook
from kentongan.routing.submitting import preview


@dataclass(frozen=True)
class Goes:
    """A kind of report, and the body that gets it at a place."""

    category: Category
    body: Body


def duties() -> dict[str, list[Category]]:
    """The words by which rules give something to a part of a government, with the kinds of reports of each."""
    known = {one.code: one for one in catalogue.all_active()}
    found: dict[str, list[Category]] = {}
    for rule in rulebook().rules:
        if rule.to and rule.to.level != "central" and rule.category in known and rule.to.duty != bodies.GENERAL:
            named = found.setdefault(rule.to.duty, [])
            if known[rule.category] not in named:
                named.append(known[rule.category])
    return found


def who_gets(lon: float, lat: float) -> list[Goes]:
    """For each kind of report that a rule speaks of, who gets it at a place (degrees); of what nobody does, nothing."""
    world, told = bodies.snapshot(), []
    named = {rule.category for rule in rulebook().rules}
    for one in catalogue.all_active():
        if one.code in named:
            try:
                body = world.body(preview(one.code, lon, lat).body)
            except Problem:
                continue  # outside of every boundary, or no rule holds: said where it is tried by itself
            if body is not None:
                told.append(Goes(one, body))
    return told
