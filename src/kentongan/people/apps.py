"""The room of the people, and what it hears from the sign-in pages."""

from __future__ import annotations

from django.apps import AppConfig


class People(AppConfig):
    """`kentongan.people` for Django."""

    name = "kentongan.people"

    def ready(self) -> None:
        """Hears of every mailbox that is proven."""
        from allauth.account.signals import email_confirmed

        from kentongan.people.proving import end_what_was_before

        email_confirmed.connect(end_what_was_before, dispatch_uid="kentongan.people.proving")
