"""The room of what people are told, and what it hears from the sign-in pages."""

from __future__ import annotations

from django.apps import AppConfig


class Notify(AppConfig):
    """`kentongan.notify` for Django."""

    name = "kentongan.notify"

    def ready(self) -> None:
        """Hears of everybody who signs out, here or from another device."""
        from django.contrib.auth.signals import user_logged_out

        from kentongan.notify.phones import signed_out, signed_out_there
        from kentongan.people.sessions import ended_elsewhere

        user_logged_out.connect(signed_out, dispatch_uid="kentongan.notify.phones")
        ended_elsewhere.connect(signed_out_there, dispatch_uid="kentongan.notify.phones")
