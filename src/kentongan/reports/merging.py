"""Reports of the same trouble: one goes on, the others are joined with it, and the join can be undone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.reports.commands import said, wait_for_partner
from kentongan.reports.locking import changing
from kentongan.reports.models import Report
from kentongan.reports.states import PUBLIC, Asks, Ending, State, Status
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append, next_state

LONGEST_CHAIN = 50  # joins followed from one report to the next


def merge(code: str, who: Who, original: str, *, expected_seq: int | None = None) -> Report:
    """Ends the report as a repeat of `original`, another report's code, or of what that one was joined with itself.

    Raises Problem `bad_original`, `original_ended` or `original_hidden` (422, field `original`).
    """
    with transaction.atomic():
        other = _locked_with(code, may_be_original(code, original))
        with changing(code, expected_seq) as report:
            state = next_state(report, "merge", who, frozenset({Asks.ORIGINAL}))
            report.original = other
            data = {"original": other.code}
            append(report, Happening("merged", who, "", state, ending=Ending.MERGED, data=data))
    return report


def unmerge(code: str, who: Who, text: str = "", *, expected_seq: int | None = None) -> Report:
    """The report is not a repeat after all: back into the queue, or waiting where its body takes no part."""
    text = said(text)
    with changing(code, expected_seq) as report:
        if report.whole_id is not None:
            raise Problem("wrong_state", 409, _("The split that this was a part of was taken back. Split it again."))
        state = next_state(report, "unmerge", who)
        data = {"original": report.original.code} if report.original else {}
        report.original = None
        append(report, Happening("unmerged", who, text, state, data=data))
        if report.body and not report.body.is_partner:
            wait_for_partner(report)
    return report


def may_be_original(code: str, original: str) -> Report:
    """What `code` would go on with: the chain of joins followed to its end. Raises Problem as `merge` does."""
    found = Report.objects.select_related("original", "category", "body").filter(code=read_code(original) or "").first()
    if found is not None and found.whole_id is not None:
        found = Report.objects.select_related("original", "category", "body").get(pk=found.whole_id)
    mine = Report.objects.filter(code=read_code(code) or "").first()
    for _join in range(LONGEST_CHAIN):
        if found is None or found.original_id is None:
            break
        found = Report.objects.select_related("original", "category", "body").get(pk=found.original_id)
    if found is None or mine is None or found.pk == mine.pk or found.state == State.DUPLICATE:
        raise _refusal("bad_original", _("Give the code of another report that is still open."))
    if mine.whole_id is not None:
        raise _refusal("bad_original", _("This is a part of a report: join the whole with another."))
    if found.is_restricted:
        raise _refusal("original_hidden", _("That report is not public: no other can go on with it."))
    if PUBLIC[State(found.state)] in {Status.DONE, Status.CLOSED} or found.away:
        raise _refusal("original_ended", _("That report has ended. Only an open one can take this one in."))
    return found


def joined_with(originals: Iterable[int]) -> dict[int, int]:
    """The reports that go on with one of `originals` (keys of reports), over all joins: from each to its original."""
    found = {pk: pk for pk in originals}
    fresh = list(found)
    for _join in range(LONGEST_CHAIN):
        below = Report.objects.filter(original__in=fresh, state=State.DUPLICATE).values_list("pk", "original_id")
        more = {pk: found[above] for pk, above in below if pk not in found and above is not None}
        if not more:
            break
        found |= more
        fresh = list(more)
    return {pk: root for pk, root in found.items() if pk != root}


def _locked_with(code: str, other: Report) -> Report:
    """Locks both reports in one order, so that two joins towards each other wait and do not stop each other."""
    both = Report.objects.filter(code__in=[read_code(code) or "", other.code]).order_by("pk")
    list(both.select_for_update(of=("self",)).values_list("pk", flat=True))
    return may_be_original(code, other.code)  # asked again: it may have been joined or ended meanwhile


def _refusal(name: str, words: str | Promise) -> Problem:
    return Problem(name, 422, words, field="original")
