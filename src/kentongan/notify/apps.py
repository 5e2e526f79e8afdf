"""The room of what people are told, and what it hears from the sign-in pages."""

from __future__ import annotations

from django.apps import AppConfig


class Notify(AppConfig):
    """`kentongan.notify` for Django."""

    name = "kentongan.notify"

    def ready(self) -> None:
        """Hears of everybody who signs out, here or from another device, or takes a new password."""
        from allauth.account.signals import password_changed, password_reset
        from django.contrib.auth.signals import user_logged_out

        from kentongan.notify import phones
        from kentongan.people.sessions import ended_elsewhere

        user_logged_out.connect(phones.signed_out, dispatch_uid="kentongan.notify.phones")
        ended_elsewhere.connect(phones.signed_out_there, dispatch_uid="kentongan.notify.phones")
        for ends in (password_changed, password_reset):
            ends.connect(phones.password_changed, dispatch_uid="kentongan.notify.phones")
