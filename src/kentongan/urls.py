"""Where each address leads: one line for each way in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from kentongan.people.speaking import choose
from kentongan.topics import listen

handler500 = "kentongan.faults.answer"

urlpatterns: list[URLPattern | URLResolver] = [
    # First what is asked most and is known by its first letters.
    path("", include("kentongan.api.urls")),
    path("", include("kentongan.web.urls")),
    path("", include("kentongan.console.urls")),
    path("", include("kentongan.network.urls")),
    path("", include("kentongan.emergency.abroad.urls")),
    path("", include("kentongan.open311.urls")),
    path("live", listen, name="live"),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", choose, name="set_language"),
]
