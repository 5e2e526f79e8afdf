"""The addresses of this room. An unknown one under /api/ is told so by `edge.Edge`."""

from __future__ import annotations

from django.urls import path

from kentongan.api import (  # noqa: F401
    acting,
    alerts,
    desk,
    deskwork,
    docs,
    health,
    numbers,
    reading,
    sending,
    sms,
    staff,
    tokens,
    world,
)
from kentongan.api.schema import api

# `sending`, `acting`, `desk`, `deskwork` and `staff` add to the router of `reading`: one address has one router. What
# is asked most is first, as each pattern before it is tried.
for room in (reading, world, alerts, numbers, tokens):
    api.add_router("", room.router)

urlpatterns = [
    path("api/v1/docs", docs.page, name="api_docs"),
    path("api/v1/openapi.json", docs.document, name="openapi_json"),
    path("api/v1/", api.urls),
    path("hooks/sms", sms.incoming),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
