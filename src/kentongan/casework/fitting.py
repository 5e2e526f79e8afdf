"""Whether single reports are what a filter leaves, without a person who asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from kentongan import bodies
from kentongan.casework.filters import Filter
from kentongan.casework.matching import Asker, among, conditions, ended, states_of

BATCH = 400
NOBODY = 0


def fitting(keys: Iterable[int], body: str, asked: Filter, *, by_state: bool = True) -> set[int]:
    """Those of the reports `keys` that are with `body` or below it and that the filter leaves.

    `by_state` False: in whatever state they are.
    """
    found: set[int] = set()
    waiting = sorted(set(keys))
    for at in range(0, len(waiting), BATCH):
        found |= _fitting(waiting[at : at + BATCH], bodies.subtree(body), asked, by_state)
    return found


def _fitting(keys: Sequence[int], codes: Sequence[str], asked: Filter, by_state: bool) -> set[int]:
    here, here_values = among("id", keys)
    of, of_values = among("body_id || ''", codes)
    rest, rest_values = conditions(asked, Asker(NOBODY, bodies.zone(codes[0])))
    where, values = f"{here} AND {of} AND NOT away{rest}", [*here_values, *of_values, *rest_values]
    if by_state:
        state, state_values = among("state || ''", states_of(asked.state))
        if asked.state == "open":  # a result that somebody objects to is work again
            over, over_values = among("state || ''", ended())
            state, state_values = f"({state} OR (contest_count > 0 AND {over}))", [*state_values, *over_values]
        where, values = f"{where} AND {state}", [*values, *state_values]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM reports_report WHERE {where}", values)  # noqa: S608  names of ours
        return {row[0] for row in cursor.fetchall()}
