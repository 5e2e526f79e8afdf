"""The doors of what is printed of a report; they stand open where the libraries are that draw it, `kentongan[pdf]`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kentongan.console.desk import prints
from kentongan.console.doors import for_staff
from kentongan.foundation.problems import Problem


@require_safe
@for_staff
def work_order(request: HttpRequest, code: str) -> HttpResponse:
    """What is to be done and where, for who goes there, with lines to write on."""
    _refuse_where_lacking()
    from kentongan.console import casefile

    return casefile.work_order(request, code)


@require_safe
@for_staff
def case_file(request: HttpRequest, code: str) -> HttpResponse:
    """All that the reader may know of the report; `notes=no` leaves out what is for staff alone, to give it away."""
    _refuse_where_lacking()
    from kentongan.console import casefile

    return casefile.case_file(request, code)


def _refuse_where_lacking() -> None:
    if not prints():
        raise Problem("no_pdf", 501, _("No PDF is made here. Print the report's page, or ask who runs this site."))
