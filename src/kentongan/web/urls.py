"""The citizens' pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from kentongan.foundation.config import config
from kentongan.web import styleguide

urlpatterns: list[URLPattern] = []
if config().mode != "production":
    urlpatterns.append(path("styleguide", styleguide.styleguide, name="styleguide"))
