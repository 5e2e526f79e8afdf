"""All posts and their rules, as every process knows them: a press asks who watches its place without a statement.

A copy is a second old at most. Who is on duty there is never kept: that is asked anew each time (`watching.turns`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from kentongan.emergency.models import Escalation, Rule, Watch
from kentongan.foundation.revision import Cached

_NAMES = [field.attname for field in Watch._meta.concrete_fields]


@dataclass(frozen=True)
class Step:
    """A rule as it is followed: so many seconds after the alert came."""

    after: int
    to: str
    address: str = ""
    rule: int | None = None


# Of a post without rules of its own, and of places that no post watches.
USUAL = (Step(0, Escalation.ALL), Step(20, Escalation.WIDER), Step(60, Escalation.MAIL))


@dataclass(frozen=True)
class _Known:
    by_area: dict[str, list[tuple[Any, ...]]]  # rows, in the order of their keys
    rules: dict[int, tuple[Step, ...]]


def of_areas(codes: Iterable[str]) -> list[Watch]:
    """The posts that watch exactly these areas (codes), by their keys. Each time rows of their own: what somebody
    changes of one is nobody else's."""
    by_area = posts.get().by_area
    return _made(row for code in codes for row in by_area.get(code, ()))


def every(most: int) -> list[Watch]:
    """All posts, so many of them at most, by their keys."""
    return _made(row for rows in posts.get().by_area.values() for row in rows)[:most]


def rules_of(post: Watch | None) -> tuple[Step, ...]:
    """The rules of a post in their order."""
    return (posts.get().rules.get(post.pk) if post else None) or USUAL


def _made(rows: Iterable[tuple[Any, ...]]) -> list[Watch]:
    return [Watch.from_db(DEFAULT_DB_ALIAS, _NAMES, row) for row in sorted(rows)]  # its key comes first


def _load() -> _Known:
    by_area: dict[str, list[tuple[Any, ...]]] = {}
    for row in Watch.objects.order_by("id").values_list(*_NAMES):
        by_area.setdefault(row[_NAMES.index("area_code")], []).append(row)
    rules: dict[int, tuple[Step, ...]] = {}
    for one in Rule.objects.all():
        rules[one.watch_id] = (*rules.get(one.watch_id, ()), Step(one.after, one.to, one.address, one.pk))
    return _Known(by_area, rules)


posts: Cached[_Known] = Cached("posts", _load)


@receiver([post_save, post_delete], sender=Watch)
@receiver([post_save, post_delete], sender=Rule)
def changed(**_signal: Any) -> None:
    """Says that a post or a rule has changed; to be called where many are changed past Django's signals."""
    posts.invalidate()
