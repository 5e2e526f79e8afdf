"""Messages to whoever acts, which most requests neither write nor read: only then is their store made."""

from __future__ import annotations

from functools import partial
from typing import cast

from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty


class Messages(MessageMiddleware):
    """Django's, at a fifteenth of its price for a request without any: a signer of cookies is made with each store."""

    def process_request(self, request: HttpRequest) -> None:
        """Gives the request its store, not made yet."""
        # Where Django's own middleware puts it.
        request._messages = cast(BaseStorage, SimpleLazyObject(partial(default_storage, request)))  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keeps what was said and not shown yet."""
        held = vars(request).get("_messages")
        if isinstance(held, SimpleLazyObject) and vars(held)["_wrapped"] is empty:
            return response
        return super().process_response(request, response)
