"""The language of an account: that of its mails, and of the pages wherever the person signs in."""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.views.i18n import set_language

from kentongan.people.models import Person

Answer = TypeVar("Answer", bound=HttpResponseBase)


def read() -> str:
    """The language in use, of those there are."""
    now = get_language() or ""
    return now if now in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def keep(answer: Answer, language: str) -> Answer:
    """`answer`, by which this browser reads `language` from now on."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return answer


def choose(request: HttpRequest) -> Any:
    """The button of every page (POST `language`): this browser's language, and that of the account signed in."""
    asked = request.POST.get("language", "")
    if request.method == "POST" and request.user.is_authenticated and asked in dict(settings.LANGUAGES):
        Person.objects.filter(pk=request.user.pk).exclude(language=asked).update(language=asked)
    return set_language(request)
