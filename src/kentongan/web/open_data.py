"""What programs and researchers may take from here, how, and under which licence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from kentongan import places
from kentongan.foundation.config import config


@require_safe
@gzip_page
def page(request: HttpRequest) -> HttpResponse:
    """The ways to the data, the licence that the operator set, and how to name the source."""
    shown = {"licence": config().data_licence, "name": config().instance_name, "streets": places.attribution()}
    return render(request, "web/open_data.html", shown)
