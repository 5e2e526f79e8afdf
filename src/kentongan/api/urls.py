"""The addresses of this room. An unknown one under /api/ is told so by `edge.Edge`."""

from __future__ import annotations

from django.urls import path

from kentongan.api import health
from kentongan.api.schema import api
from kentongan.api.tokens import router as tokens

api.add_router("", tokens)

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
