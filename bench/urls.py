"""The addresses of the installation and `/hello`."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from kentongan.urls import urlpatterns as installed


def hello(_request: HttpRequest) -> HttpResponse:
    """The least that a page can do behind the same middleware."""
    return HttpResponse("hello")


urlpatterns = [path("hello", hello), *installed]
