"""What the events of a timeline tell of, read once for all who follow the same batch of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection, models

from kentongan.foundation import prepared
from kentongan.foundation.outbox import Batch
from kentongan.reports.models import Entry, Report

# Both go by the index of a report and its numbers, as many as there are.
_IN_SQLITE = """
    WHERE (report_id, seq) IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(%s))
    ORDER BY id
"""
_IN_POSTGRES = "WHERE (report_id, seq) IN (SELECT * FROM unnest(%s::bigint[], %s::int[])) ORDER BY id"


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
    entries = _entries_at({(event["report"], event["seq"]) for event in events})
    # Joined in the statement each entry would have a report, a body and a person of its own to be made.
    _join(entries, Entry.report)
    reports = list({entry.report_id: entry.report for entry in entries}.values())
    _join(entries, Entry.body)
    for relation in (Report.body, Report.category, Report.reporter):
        _join(reports, relation)
    return entries


def entries_now(places: Collection[tuple[int, int]]) -> list[Entry]:
    """The entries at `places` (key of the report, number in its timeline) in the order in which they were stored, each
    with its report and its kind as they are now, whatever others were given before."""
    entries = _entries_at(places)
    _join(entries, Entry.report)
    _join({entry.report_id: entry.report for entry in entries}.values(), Report.category)
    return entries


def _entries_at(places: Collection[tuple[int, int]]) -> list[Entry]:
    if not places:
        return []
    if connection.vendor == "sqlite":
        return prepared.objects(Entry, _IN_SQLITE, (json.dumps(list(places)),))
    reports, numbers = zip(*places, strict=True)
    return prepared.objects(Entry, _IN_POSTGRES, (list(reports), list(numbers)))


def _join(rows: Iterable[models.Model], relation: Any) -> None:
    """Gives each row what it refers to, made once however many refer to it."""
    field = relation.field
    keys = {getattr(row, field.attname) for row in rows} - {None}
    known = {found.pk: found for found in prepared.keyed(field.related_model, field.target_field.column, keys)}
    for row in rows:
        key = getattr(row, field.attname)
        if key is None or key in known:
            field.set_cached_value(row, known[key] if key is not None else None)
