"""The room of the citizens' pages, and what it hears from signing in."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest


class Web(AppConfig):
    """`kentongan.web` for Django."""

    name = "kentongan.web"

    def ready(self) -> None:
        """Hears of everybody who signs in."""
        from django.contrib.auth.signals import user_logged_in

        user_logged_in.connect(_join, dispatch_uid="kentongan.web.join")


def _join(request: HttpRequest, user: Any, **_signal: Any) -> None:
    """Signing in, not looking at a page, joins what was reported in this browser before to the account."""
    from kentongan.web.joining import join

    join(request, user)
