"""An address with a slash too many is the same address."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/api/v1/docs/", "/api/v1/docs"),
        ("/api/v1/reports/?limit=2", "/api/v1/reports?limit=2"),
        ("/open311/v2/services.json/", "/open311/v2/services.json"),
        ("/darurat/", "/darurat"),
        ("/nomor//", "/nomor"),
        ("/area/31.71/", "/area/31.71"),
        ("/body/31/", "/body/31"),
    ],
)
def test_a_slash_at_the_end_leads_to_the_page_without_it(client: Client, asked: str, there: str) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer["Location"]) == (301, there)
    assert client.get(there).status_code == 200


def test_what_is_not_there_stays_unfound_and_nobody_is_led_away(client: Client) -> None:
    for asked in ("/tidak-ada/", "/api/v1/tidak-ada/", "/r/"):
        assert client.get(asked).status_code == 404, asked
    assert client.get("/api/v1/tidak-ada/")["Content-Type"] == "application/problem+json"
    assert client.post("/darurat/").status_code == 404
    assert client.get("/accounts/login").status_code == 301  # that one has a slash
    answer = client.get("/%2Fjahat.example/darurat/")
    assert not answer.get("Location", "").startswith("//")


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/r/7KQF-M2RD/support", "/r/7KQF-M2RD"),
        ("/console/columns", "/console/"),
        ("/console/reports/7KQF-M2RD/steps/accept", "/console/reports/7KQF-M2RD"),
        ("/lingkungan/beat", "/lingkungan"),
        ("/r/%3Fnext=x/support", "/r/%3Fnext%3Dx"),
        ("/mine/tokens/3/end?next=//jahat.example", "/mine/tokens"),
    ],
)
def test_a_browser_that_opens_what_only_a_form_sends_to_is_led_to_the_page_above(
    client: Client, asked: str, there: str
) -> None:
    """After signing in anew or out of the history: it was an empty window."""
    answer = client.get(asked, HTTP_ACCEPT="text/html,*/*;q=0.8")
    assert (answer.status_code, answer["Location"]) == (302, there)
    assert client.get(asked).status_code == 405  # a program reads what is true
    assert client.delete(asked, HTTP_ACCEPT="text/html").status_code == 405


def test_a_name_that_a_browser_would_walk_up_by_is_led_nowhere(client: Client) -> None:
    assert client.get("/r/%2E%2E/support", HTTP_ACCEPT="text/html").status_code == 405
