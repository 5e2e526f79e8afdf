"""How long ago something was, where a clock may have been put back since.

What was written before that lies in a time to come: it says nothing of how old it is, and is as good as long ago.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

# Less is between the clocks of two hosts, and between a look at ours and the query that follows.
CLOCKS = timedelta(seconds=30)


def is_near(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """Whether a time lies within `span` of now, on either side; none does not."""
    return at is not None and abs(now - at) <= span


def near_to(field: str, now: datetime, span: timedelta) -> Q:
    """The same of rows, as a filter."""
    return Q(**{f"{field}__range": (now - span, now + span)})


def far_from(field: str, now: datetime, span: timedelta) -> Q:
    """Rows whose time lies farther away; none without a time."""
    return Q(**{f"{field}__lt": now - span}) | Q(**{f"{field}__gt": now + span})


def beyond(field: str, now: datetime, most: timedelta) -> Q:
    """Rows that wait for longer than the `most` that anything does: a clock has written that which was put back since.
    What another worker has written just after we looked at the clock is none of them: it holds what it has."""
    return Q(**{f"{field}__gt": now + most + CLOCKS})


def ahead(field: str, now: datetime, most: timedelta) -> Q:
    """Rows that wait still, or are held, for no longer than the `most` that anything is; none without a time."""
    return Q(**{f"{field}__gt": now, f"{field}__lte": now + most + CLOCKS})
