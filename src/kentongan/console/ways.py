"""The way back: which list a page of a report was opened from, in the address, so that each tab has its own."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from kentongan.reports.models import Report

LIST = "list"  # the parameter
LONGEST = 500  # characters of an address


def here(request: HttpRequest) -> str:
    """What an address of this list takes along, so that its page leads back here."""
    return _taken_along(request.get_full_path())


def came(request: HttpRequest) -> str:
    """What the addresses on a page of a report take along: what it was opened with."""
    return _taken_along(request.GET.get(LIST, ""))


def back(request: HttpRequest, report: Report) -> str:
    """The list that the page was opened from; without one, the queue of the body that has the report."""
    asked = request.GET.get(LIST, "")
    return asked if _is_list(asked) else f"{reverse('console:queue')}?{urlencode({'body': report.body_id or ''})}"


def _taken_along(address: str) -> str:
    return f"?{urlencode({LIST: address})}" if _is_list(address) else ""


def _is_list(address: str) -> bool:
    """Whether it is one of our lists: nobody is led elsewhere by a link that somebody else wrote."""
    if len(address) > LONGEST or not address.startswith("/"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    lists = {reverse("console:queue"), reverse("console:undecided")}
    return not parts.scheme and not parts.netloc and parts.path in lists
