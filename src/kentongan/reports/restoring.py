"""Many reports at once from another instance, with their whole timelines: stored as they were, or not at all.

The one way past the commands, for what has happened already. What they keep true is checked for every report first:
the row must be what its own entries tell, step by step, as `audit` has it. No event is told: nobody hears of it anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import h3.api.basic_int as h3
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.codes import new_code
from kentongan.foundation.inserting import fill_all
from kentongan.foundation.problems import Problem
from kentongan.reports import cells
from kentongan.reports.audit import differences
from kentongan.reports.models import Entry, Photo, Report
from kentongan.reports.states import PUBLIC, State
from kentongan.reports.storing import CELL_RESOLUTION

Sent = tuple[UUID, str, str]


@dataclass(frozen=True)
class Restored:
    """One report that is not stored yet, its entries in order, its photos; body and category by their codes."""

    report: Report
    entries: tuple[Entry, ...]
    photos: tuple[Photo, ...] = ()


def restore(found: Sequence[Restored]) -> list[Restored]:
    """Stores those that are not here, and puts newer copies in the place of older ones that do not live here yet.

    All or nothing; returns what was stored. Codes, submission ids and times stay; a code that another report here
    bears is made anew. Raises Problem `broken_timeline` that names the report.
    """
    with transaction.atomic():
        ids = [one.report.submission_id for one in found]
        known = {sent(one): one for one in Report.objects.select_for_update().filter(submission_id__in=ids)}
        stored = [one for one in found if _is_newer(one.report, known.get(sent(one.report)))]
        for one in stored:
            _check(one)
        old = [known[sent(one.report)] for one in stored if sent(one.report) in known]
        _clear(old)
        _insert(stored, {sent(one): one for one in old})
        cells.count(_shown([one.report for one in stored], old))
    return stored


def keep_file(photo: Photo, content: bytes) -> None:
    """Keeps the file of a photo that is about to be restored; one that is there whole is left."""
    name = f"originals/{photo.pk}"
    if default_storage.exists(name) and default_storage.size(name) != len(content):
        default_storage.delete(name)
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(content))
    photo.original = name


def join_originals() -> int:
    """Ties repeats to the reports that they repeat, by the codes in their timelines, where both are here by now."""
    merged = Entry.objects.filter(kind="merged", report__state=State.DUPLICATE, report__original=None)
    codes = {row[0]: row[1] for row in merged.values_list("report_id", KT("data__original")).iterator() if row[1]}
    pks = dict(Report.objects.filter(code__in=set(codes.values())).values_list("code", "pk"))
    joined = 0
    for pk, code in codes.items():
        if pks.get(code, pk) != pk:
            joined += Report.objects.filter(pk=pk, original=None).update(original=pks[code])
    return joined + _join_wholes()


def _join_wholes() -> int:
    """Ties parts to what they are parts of, as `join_originals` does."""
    began = Entry.objects.filter(kind="received", seq=1, report__channel="part", report__whole=None)
    codes = dict(began.values_list("report_id", KT("data__whole")))
    wholes = dict(Report.objects.filter(code__in=[code for code in codes.values() if code]).values_list("code", "pk"))
    return sum(Report.objects.filter(pk=pk).update(whole=wholes[code]) for pk, code in codes.items() if code in wholes)


def sent(report: Report) -> Sent:
    """What tells a report from all others at any instance: its submission id, its channel and its sender."""
    return report.submission_id, report.channel, report.sender


def _is_newer(report: Report, here: Report | None) -> bool:
    return here is None or (here.away and here.seq < report.seq)


def _check(one: Restored) -> None:
    report = one.report
    wrong = next(differences(report, list(one.entries)), None)
    if wrong is not None or not one.entries:
        raise Problem(
            "broken_timeline", 422,
            _("Report %(code)s is not what its timeline tells (%(what)s).")
            % {"code": report.code, "what": wrong.what if wrong else "no entries"},
        )  # fmt: skip


def _clear(old: Sequence[Report]) -> None:
    """Takes away what is told of older copies; their rows are written over."""
    Entry.objects.filter(report__in=old).delete()
    Photo.objects.filter(report__in=old).delete()


def _insert(stored: Sequence[Restored], old: dict[Sent, Report]) -> None:
    taken = set(
        Report.objects.filter(code__in=[one.report.code for one in stored])
        .exclude(pk__in=[one.pk for one in old.values()]).values_list("code", flat=True)
    )  # fmt: skip
    for one in stored:
        report = one.report
        report.photo_count = len(one.photos)
        if report.lon is not None and report.lat is not None:
            report.cell = h3.latlng_to_cell(report.lat, report.lon, CELL_RESOLUTION)
        if report.code in taken:
            report.code = new_code(restricted=report.is_restricted)
        if sent(report) in old:
            report.pk = old[sent(report)].pk
            report.save(force_update=True)
    fill_all([one.report for one in stored if one.report.pk is None])
    for one in stored:
        for entry in one.entries:
            entry.report_id = one.report.pk
        for photo in one.photos:
            photo.report_id = one.report.pk
    fill_all([entry for one in stored for entry in one.entries])
    fill_all([photo for one in stored for photo in one.photos])


def _shown(come: Sequence[Report], gone: Sequence[Report]) -> Counter[tuple[int, str]]:
    """What the map has to count more, and less."""
    change: Counter[tuple[int, str]] = Counter()
    for number, found in ((1, come), (-1, gone)):
        for one in found:
            if one.cell is not None and not one.is_restricted:
                change[one.cell, PUBLIC[State(one.state)]] += number
    return change
