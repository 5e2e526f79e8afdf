"""What goes with every answer, and what it costs the many that need nothing of it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage import default_storage
from django.http import HttpResponse
from django.test import RequestFactory

from kentongan.web.messages import Messages
from kentongan.web.policy import Policy

pytestmark = pytest.mark.django_db


def asked():
    """A request as it is behind the middleware of sessions."""
    request = RequestFactory().get("/")
    request.session = {}
    return request


@pytest.mark.parametrize(
    "address", ["/", "/api/v1/categories", "/api/v1/nowhere", "/accounts/login/", "/open311/v2/discovery.json"]
)
def test_whatever_is_answered_says_what_a_browser_may_load(client, address):
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_each_directive_of_the_settings_is_said_once():
    said = Policy(lambda _request: HttpResponse())(RequestFactory().get("/")).headers["Content-Security-Policy"]
    assert [one.split()[0] for one in said.split("; ")] == [*settings.CONTENT_SECURITY_POLICY]


def test_a_view_may_say_something_else_of_its_own_answer():
    own = HttpResponse(headers={"Content-Security-Policy": "sandbox", "X-Frame-Options": "SAMEORIGIN"})
    answer = Policy(lambda _request: own)(RequestFactory().get("/"))
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_no_store_of_messages_is_made_for_a_request_without_any(monkeypatch):
    made = []
    monkeypatch.setattr("kentongan.web.messages.default_storage", lambda one: made.append(one) or default_storage(one))
    Messages(lambda _request: HttpResponse())(RequestFactory().get("/"))
    assert made == []


def test_a_message_that_was_not_shown_is_kept_for_the_next_page():
    def speaks(request):
        messages.success(request, "Tersimpan")
        return HttpResponse()

    def shows(request):
        return HttpResponse(", ".join(str(one) for one in messages.get_messages(request)))

    said = Messages(speaks)(asked())
    following = asked()
    following.COOKIES["messages"] = said.cookies["messages"].value
    shown = Messages(shows)(following)
    assert shown.content == b"Tersimpan"
    assert not shown.cookies["messages"].value
