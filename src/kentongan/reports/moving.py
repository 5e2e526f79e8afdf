"""A report moves to another instance for good, or comes to live here: one home at any time, and its history with it."""

from __future__ import annotations

from typing import Any

from django.utils.crypto import salted_hmac

from kentongan.reports.locking import changing
from kentongan.reports.models import Entry, Report
from kentongan.reports.who import SYSTEM
from kentongan.reports.writer import Happening, append


def depart(code: str, seq: int, data: dict[str, Any]) -> Entry:
    """From now on the report lives elsewhere; `data` says where. What is here follows what is done there.

    Raises Problem `not_found`, or `changed_meanwhile` where it is no longer at entry `seq`.
    """
    with changing(code, seq) as report:
        report.away = True
        return append(report, Happening("moved_out", SYSTEM, data=data))


def arrive(code: str, data: dict[str, Any]) -> Report:
    """The report lives here from now on. One that does already is left as it is. Raises Problem `not_found`."""
    with changing(code) as report:
        if report.away:
            report.away = False
            append(report, Happening("moved_in", SYSTEM, data=data))
    return report


def moved_token(report: Report) -> str:
    """By which a reporter who has an account here claims the report where it moved to.

    It is made with a key that never leaves this installation, another for every report, so that neither the token nor
    which reports are of one person can be found from what the other side is given (its hash).
    """
    return salted_hmac("kentongan.moved", str(report.submission_id), algorithm="sha256").hexdigest()
