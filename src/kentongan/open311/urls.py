"""The addresses of GeoReport v2."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from kentongan.foundation.problems import Problem
from kentongan.open311 import filing, reading, services, updates
from kentongan.open311.doors import door


@door("GET", "POST")
def requests(request: HttpRequest, fmt: str) -> HttpResponse:
    """The list, or a new one."""
    return filing.file(request, fmt) if request.method == "POST" else reading.listing(request, fmt)


@door("GET", "POST")
def request_updates(request: HttpRequest, fmt: str) -> HttpResponse:
    """News, or news for us."""
    return updates.post(request, fmt) if request.method == "POST" else updates.listing(request, fmt)


@door("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
def nothing(request: HttpRequest, fmt: str, rest: str) -> HttpResponse:
    """An address that is none of the standard's."""
    raise Problem("unknown_address", 404, _("There is nothing at this address. Start from discovery.xml."))


def lost(request: HttpRequest, rest: str = "") -> HttpResponse:
    """As `nothing`, in the format that the address ends with."""
    fmt = rest.rpartition(".")[2]
    return nothing(request, fmt if fmt in {"xml", "json"} else "xml", rest=rest)


urlpatterns: list[URLPattern] = [
    path("open311/discovery.<str:fmt>", services.discovery),
    path("open311/v2/discovery.<str:fmt>", services.discovery),
    path("open311/v2/services.<str:fmt>", services.listing),
    path("open311/v2/services/<str:code>.<str:fmt>", services.definition),
    path("open311/v2/requests.<str:fmt>", requests),
    path("open311/v2/requests/<str:code>.<str:fmt>", door("GET")(reading.one)),
    path("open311/v2/tokens/<str:code>.<str:fmt>", door("GET")(reading.token)),
    path("open311/v2/servicerequestupdates.<str:fmt>", request_updates),
    path("open311/", lost),
    path("open311/<path:rest>", lost),
]
