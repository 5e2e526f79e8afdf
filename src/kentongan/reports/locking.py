"""Reports that are about to be changed: locked until the end of the transaction, some of them several at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report

_held: ContextVar[dict[str, Report] | None] = ContextVar("held", default=None)  # locked already, by their codes


@contextmanager
def changing(code: str, expected_seq: int | None = None) -> Iterator[Report]:
    """The report `code`, locked until the end of the transaction.

    Raises Problem `not_found`, or `changed_meanwhile` where it is no longer at entry `expected_seq`.
    """
    with transaction.atomic():
        code = read_code(code) or ""
        locked = _held.get() or {}
        report = locked.get(code) or Report.objects.select_for_update(of=("self",)).filter(code=code).first()
        if report is None:
            raise Problem("not_found", 404, _("There is no report with this code. Check the letters and try again."))
        if expected_seq is not None and expected_seq != report.seq:
            raise Problem(
                "changed_meanwhile",
                409,
                _("Somebody else changed this report a moment ago. Read what is new, then decide again."),
            )
        try:
            yield report
        except BaseException:
            locked.pop(code, None)  # what was written of it is taken back: the object says what never was
            raise


@contextmanager
def holding(keys: Iterable[int]) -> Iterator[None]:
    """Locks these reports at once, within the caller's transaction, in one order for all; until its end `held` and
    `changing` take them from memory.

    What a refused step had changed, or what was changed by another object of it, is read anew.
    """
    found = {one.code: one for one in _whole_rows().filter(pk__in=list(keys)).order_by("pk")}
    mark = _held.set(found)
    try:
        yield
    finally:
        _held.reset(mark)


def held(key: int) -> Report:
    """The report with this key, locked, with its category, body and people. Raises Report.DoesNotExist."""
    kept = next((one for one in (_held.get() or {}).values() if one.pk == key), None)
    return kept or _whole_rows().get(pk=key)


def let_go(key: int) -> None:
    """What was done with this report was taken back: the object that is held says what never was."""
    if locked := _held.get():
        for code in [code for code, one in locked.items() if one.pk == key]:
            del locked[code]


def _whole_rows() -> QuerySet[Report]:
    joined = ("category", "body", "reporter", "assignee", "team")
    return Report.objects.select_for_update(of=("self",)).select_related(*joined)


@contextmanager
def changing_all(keys: Iterable[int]) -> Iterator[list[Report]]:
    """Those reports with these keys that are there, locked until the end of the transaction, in one order for all."""
    with transaction.atomic():
        yield list(Report.objects.select_for_update(of=("self",)).filter(pk__in=list(keys)).order_by("pk"))


def let_go_of_others(report: Report) -> None:
    """`report` is about to be changed: another object of it that is held would say what is true no more."""
    locked = _held.get()
    if locked and locked.get(report.code) is not report:
        locked.pop(report.code, None)
