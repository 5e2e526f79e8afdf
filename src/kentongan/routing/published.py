"""The rules that bodies have published of their own, as every decision asks them: a copy a process, refreshed when it
changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery

from kentongan.foundation.revision import Cached
from kentongan.routing.dividing import Division, OwnRule
from kentongan.routing.models import DivisionVersion


def divisions_in_force() -> Mapping[str, Division]:
    """By the code of the body, as they were at most a second ago."""
    return _cached.get()


def as_rules(plain: Iterable[Mapping[str, Any]]) -> tuple[OwnRule, ...]:
    """Rules as they are kept."""
    return tuple(OwnRule(one["key"], one["category"], one["area"], one["layer"], one["to"]) for one in plain)


def own_rules(codes: Iterable[str]) -> list[OwnRule]:
    """All rules in force of these bodies."""
    known = divisions_in_force()
    return [rule for code in codes if code in known for rule in known[code].rules]


def published_anew() -> None:
    """Tells every process that a body has published rules."""
    _cached.invalidate()


def _load() -> dict[str, Division]:
    of_body = DivisionVersion.objects.filter(body=OuterRef("body")).order_by("-number").values("number")[:1]
    newest = DivisionVersion.objects.filter(number=Subquery(of_body)).values_list("body", "number", "rules")
    return {body: Division(body, number, as_rules(rules)) for body, number, rules in newest if rules}


_cached: Cached[dict[str, Division]] = Cached("divisions", _load)
