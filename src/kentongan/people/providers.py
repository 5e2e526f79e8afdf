"""Sign-in by another provider: what is asked there goes through the one door for outgoing calls."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from kentongan.foundation import outgoing

SECONDS = 5.0  # of one call: somebody waits for the page


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """As allauth's own, with our calls."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Always: the provider says whose address it is, and no mail of ours is needed."""
        return True

    def get_requests_session(self) -> outgoing.Session:
        """Where allauth asks for the provider's description, a token and who somebody is."""
        return outgoing.session(SECONDS)
