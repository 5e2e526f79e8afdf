"""How allauth signs people in here: limits by the real address of who tries, and an answer that tells nobody who has an
account.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import override

from kentongan.foundation.config import config
from kentongan.foundation.rates import address
from kentongan.people import speaking
from kentongan.people.models import Person


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Django's `ACCOUNT_ADAPTER`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Not where no mail is sent: nobody could ever show that the address is theirs."""
        return config().sends_mail

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of who asks, behind as many proxies of ours as there are."""
        return address(request)

    def format_email_subject(self, subject: str) -> str:
        """The subject with the name of this installation before it, never an address."""
        return f"[{config().instance_name}] {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As allauth's, in the language of whose account it is: somebody else may have asked for the mail.

        The site that the words speak of is the installation by its name.
        """
        name, owner = config().instance_name, _owner(email, context)
        named = context | {"current_site": SimpleNamespace(name=name, domain=name)}
        with override(owner.language if owner else speaking.read()):
            super().send_mail(template_prefix, email, named)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """As allauth's; the account speaks the language in which somebody made it."""
        user.language = speaking.read()
        return super().save_user(request, user, form, commit)

    def post_login(self, request: HttpRequest, user: Any, **told: Any) -> Any:
        """As allauth's; from now on the pages speak the language that the account has chosen.

        Every account begins with Indonesian: who did not choose goes on in what their browser reads.
        """
        answer = super().post_login(request, user, **told)
        return answer if user.language == settings.LANGUAGE_CODE else speaking.keep(answer, user.language)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Wrong tries count for the account and the address that they come from: a stranger locks out nobody.
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{address(request)}"


def _owner(email: str, context: dict[str, Any]) -> Person | None:
    """Whose account a mail is about; None where the address has none."""
    told = context.get("user")
    if isinstance(told, Person):
        return told
    known = EmailAddress.objects.filter(email__iexact=email).order_by("-verified", "pk").select_related("user").first()
    return known.user if known else Person.objects.filter(email=email.lower()).first()


class SignUp(SignupForm):  # type: ignore[misc]
    """The form of a new account. Where there is one already it takes as long, and the owner is told by mail."""

    def try_save(self, request: HttpRequest) -> Any:
        """As allauth's; the time that a password costs is spent in any case."""
        if self.account_already_exists:
            make_password(self.cleaned_data.get("password1"))
        return super().try_save(request)
