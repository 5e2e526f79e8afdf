"""What the events of a timeline tell of, read once for all who follow the same batch of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

from kentongan.foundation.outbox import Batch
from kentongan.reports.models import Entry, Report


def entries_of(events: Sequence[dict[str, Any]]) -> list[Entry]:
    """The entries that events of `report.entry` tell of, as they were stored, in that order, each with its report and
    with all that letters name of it. To be read only: several subscribers are given the same ones."""
    if not isinstance(events, Batch):
        return _read(events)
    if "entries" not in events.shared:
        events.shared["entries"] = _read(events)
    entries: list[Entry] = events.shared["entries"]
    return entries


def _read(events: Sequence[dict[str, Any]]) -> list[Entry]:
    wanted = {(event["report"], event["seq"]) for event in events}
    found = Entry.objects.filter(report__in={one for one, _seq in wanted}, seq__in={seq for _one, seq in wanted})
    entries = [entry for entry in found.order_by("pk") if (entry.report_id, entry.seq) in wanted]
    # Joined in the statement each entry would have a report, a body and a person of its own to be made.
    _join(entries, Entry.report)
    reports = list({entry.report_id: entry.report for entry in entries}.values())
    _join(entries, Entry.body)
    for relation in (Report.body, Report.category, Report.reporter):
        _join(reports, relation)
    return entries


def _join(rows: Iterable[models.Model], relation: Any) -> None:
    """Gives each row what it refers to, made once however many refer to it."""
    field = relation.field
    keys = {key for row in rows if (key := getattr(row, field.attname)) is not None}
    known = field.related_model._default_manager.in_bulk(keys) if keys else {}
    for row in rows:
        key = getattr(row, field.attname)
        if key is None or key in known:
            field.set_cached_value(row, known[key] if key is not None else None)
