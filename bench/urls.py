"""The addresses of the installation, `/hello`, and `/slow` that waits as for something outside."""

import time

from django.http import HttpRequest, HttpResponse
from django.urls import path

from kentongan.urls import handler500 as handler500
from kentongan.urls import urlpatterns as installed


def hello(_request: HttpRequest) -> HttpResponse:
    """The least that a page can do behind the same middleware."""
    return HttpResponse("hello")


def slow(_request: HttpRequest) -> HttpResponse:
    """One of the requests of a mix that wait."""
    time.sleep(0.3)
    return HttpResponse("slow")


urlpatterns = [path("hello", hello), path("slow", slow), *installed]
