"""Wrong arguments of readers are refused by name, and rare ones are taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan import routing
from tests.world import submission

pytestmark = pytest.mark.django_db
HERE = "/open311/v2"


@pytest.mark.parametrize(
    ("path", "status", "begins"),
    [
        ("requests.json?start_date=2026-05-02T00:00:00Z&end_date=2026-05-01T00:00:00Z", 400, "start_date"),
        (f"requests.json?service_request_id={','.join(f'A{at}' for at in range(1_200))}", 400, "service_request_id"),
        ("tokens/ZZZZ-ZZZ2.json", 404, "token"),
        ("services/nothing.json", 404, "service_code"),
    ],
)
def test_a_wrong_argument_is_named(client: Client, world: None, path: str, status: int, begins: str) -> None:
    answer = client.get(f"{HERE}/{path}")
    (fault,) = answer.json()
    assert (answer.status_code, fault["code"]) == (status, status)
    assert fault["description"].startswith(begins)


@pytest.mark.parametrize(("length", "status"), [("banyak", 400), ("²", 400), ("٣", 400), ("99999999", 413)])
def test_a_length_that_cannot_be_is_refused(client: Client, world: None, length: str, status: int) -> None:
    sent: Any = {"CONTENT_LENGTH": length, "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    answer = client.generic("POST", f"{HERE}/requests.json", b"a=b", **sent)
    assert (answer.status_code, answer.json()[0]["code"]) == (status, status)


def test_news_of_one_body_and_its_parts_are_told_alone(client: Client, world: None) -> None:
    code = routing.submit(submission(), None).report.code
    for named, told in (("31", True), ("31.roads", True), ("id.pu", False), ("51.71", False)):
        answer = client.get(f"{HERE}/servicerequestupdates.json", {"jurisdiction_id": named})
        assert answer.status_code == 200
        assert any(one["service_request_id"] == code for one in answer.json()) == told, named
