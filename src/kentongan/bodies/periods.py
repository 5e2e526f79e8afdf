"""When bodies take part: each by its own partner period, or by that of the body it is part of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.apps import apps
from django.utils import timezone

from kentongan.foundation.revision import Cached


@dataclass(frozen=True, slots=True)
class Period:
    """The partner period of the body and the code of the one that it is part of; no `since`: it has none of its own."""

    parent: str | None
    since: date | None
    until: date | None


def takes_part(code: str) -> bool:
    """Whether the body takes part today; the lowest body of its line that has a period decides."""
    known, today = _cached.get(), timezone.localdate()
    period = known.get(code)
    while period is not None:
        if period.since is not None:
            return period.since <= today and (period.until is None or today < period.until)
        period = known.get(period.parent or "")
    return False


def forget() -> None:
    """Drops the copy of this process."""
    _cached.forget()


def _load() -> dict[str, Period]:
    # By name: the table asks this module, so it cannot be imported here.
    rows = apps.get_model("bodies", "Body").objects.values_list("code", "parent_id", "partner_from", "partner_until")
    return {code: Period(parent, since, until) for code, parent, since, until in rows}


_cached: Cached[dict[str, Period]] = Cached("bodies", _load)
