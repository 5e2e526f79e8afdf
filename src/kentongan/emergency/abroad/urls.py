"""The addresses at which other instances speak of alerts."""

from __future__ import annotations

from django.urls import URLPattern, path

from kentongan.emergency.abroad import server

urlpatterns: list[URLPattern] = [
    path("network/v1/alerts", server.letters),
    path("network/v1/alerts/watches", server.watches),
    path("network/v1/alerts/<uuid:alert_id>/media/<uuid:media_id>", server.media),
]
