"""What is told to Django once, when it has read its settings."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from kentongan.foundation.databases import run_as_planned


class FoundationConfig(AppConfig):
    """The room that all others stand on."""

    name = "kentongan.foundation"

    def ready(self) -> None:
        """Every new connection to PostgreSQL is asked to run its plans as they are."""
        connection_created.connect(run_as_planned, dispatch_uid="kentongan.run_as_planned")
