"""The room of the people, and what it hears from the sign-in pages."""

from __future__ import annotations

from django.apps import AppConfig


class People(AppConfig):
    """`kentongan.people` for Django."""

    name = "kentongan.people"

    def ready(self) -> None:
        """Hears of every mailbox that is proven, and of everybody whose sessions end."""
        from allauth.account.signals import email_confirmed, password_changed, password_reset
        from allauth.mfa.signals import authenticator_added, authenticator_removed
        from django.contrib.auth.signals import user_logged_out

        from kentongan.people.proving import end_what_was_before
        from kentongan.people.sessions import end_what_came_by_less, stop_listening

        email_confirmed.connect(end_what_was_before, dispatch_uid="kentongan.people.proving")
        authenticator_added.connect(end_what_came_by_less, dispatch_uid="kentongan.people.sessions")
        for ends in (user_logged_out, password_changed, password_reset, authenticator_removed):
            ends.connect(stop_listening, dispatch_uid="kentongan.people.sessions")
