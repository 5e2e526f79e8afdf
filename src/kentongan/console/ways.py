"""The way back: which list a page of a report was opened from, in the address, so that each tab has its own."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan.reports.models import Report

LIST = "list"  # the parameter
LONGEST = 4_000  # characters of an address: a drawn shape has a hundred corners, a proxy takes lines of 8 kB
# Pages that list reports, by the names of their addresses, and what the way back to each is called.
LISTS: dict[str, Promise] = {
    "console:queue": _("Queue"), "console:undecided": _("Waits for a decision"), "console:tasks": _("My tasks"),
    "console:flags": _("Flagged"), "console:bulk": _("Many reports at once"), "console:rule": _("Rules"),
    "console:division": _("Who gets what"),
}  # fmt: skip


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


def back_to(request: HttpRequest) -> Promise:
    """What the list that `back` leads to is called."""
    return LISTS[_list(request.GET.get(LIST, "")) or "console:queue"]


def _taken_along(address: str) -> str:
    return f"?{urlencode({LIST: address})}" if _is_list(address) else ""


def _is_list(address: str) -> bool:
    return bool(_list(address))


def _list(address: str) -> str:
    """The name of the list of ours that this is the address of; empty where it is none: nobody is led elsewhere by a
    link that somebody else wrote."""
    if len(address) > LONGEST or not address.startswith("/"):
        return ""
    try:
        parts = urlsplit(address)
        name = "" if parts.scheme or parts.netloc else resolve(parts.path).view_name
    except (ValueError, Resolver404):
        return ""
    return name if name in LISTS else ""
