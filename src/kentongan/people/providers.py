"""Sign-in by another provider: what is asked there goes through the one door for outgoing calls."""

from __future__ import annotations

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

from kentongan.foundation import outgoing

SECONDS = 5.0  # of one call: somebody waits for the page


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """As allauth's own, with our calls."""

    def get_requests_session(self) -> outgoing.Session:
        """Where allauth asks for the provider's description, a token and who somebody is."""
        return outgoing.session(SECONDS)
