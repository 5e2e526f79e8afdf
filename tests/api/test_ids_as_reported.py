"""Ways in which others' ids of a request went wrong, from public reports, tried with ours."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from kentongan.foundation.config import config
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.world import STREET

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open_doors(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 10_000)


def send(client: Client, key: Any, **how: Any) -> tuple[int, dict[str, Any]]:
    headers, written = how.pop("headers", {}), how.pop("written", None)
    said = {"submission_id": key, "category": "road_damage", "text": "Lubang", "privacy": "public"}
    body = json.dumps(said | {"lon": STREET[0], "lat": STREET[1]} | how, indent=written, sort_keys=bool(written))
    answer = client.post("/api/v1/reports", body, content_type="application/json", headers=headers)
    return answer.status_code, json.loads(answer.content)


def bearer(name: str) -> dict[str, str]:
    token, _row = tokens.issue(Person.objects.create_user(f"{name}@contoh.id"))
    return {"Authorization": f"Bearer {token}"}


def test_the_id_of_one_account_gives_another_nothing(client: Client) -> None:
    # arun0009/idempotent#217, josipmusa/idempotency4j#9: one key of two users.
    key = str(uuid4())
    mine, theirs = (send(client, key, headers=bearer(name)) for name in ("satu", "dua"))
    assert (mine[0], theirs[0]) == (201, 201)
    assert mine[1]["code"] != theirs[1]["code"]


def test_a_stranger_with_the_same_id_and_other_words_learns_nothing_and_changes_nothing(client: Client) -> None:
    # koala73/worldmonitor#4728: two behind one address.
    key = str(uuid4())
    first, second = send(client, key), send(client, key, text="Kata lain")
    assert (first[0], second[0]) == (201, 409)
    assert first[1]["code"] not in json.dumps(second[1])
    assert Report.objects.get().text == "Lubang"


@pytest.mark.parametrize("write", [str.upper, "{{{}}}".format, "urn:uuid:{}".format, lambda key: key.replace("-", "")])
def test_an_id_in_other_letters_is_the_same(client: Client, write: Any) -> None:
    # zalando/restful-api-guidelines#479, SPSCommerce/sps-api-standards#98: what is the same key?
    key = str(uuid4())
    told = [send(client, one) for one in (key, write(key))]
    assert [status for status, _told in told] == [201, 200]
    assert told[0][1]["code"] == told[1][1]["code"]


def test_a_refused_request_does_not_use_its_id_up(client: Client) -> None:
    # orkes and others keep the answer to a fault: the mended request gets the old refusal.
    key = str(uuid4())
    assert send(client, key, category="tidak_ada")[0] == 422
    assert send(client, key)[0] == 201


def test_a_request_written_otherwise_is_the_same(client: Client) -> None:
    # Mnexa-AI/e2a#516 compares bytes: blanks and order of fields made another request.
    key = str(uuid4())
    assert [send(client, key)[0], send(client, key, written=2)[0]] == [201, 200]
    assert send(client, key, text="Lubang ")[0] == 409  # other words are another report, were it by a blank


def test_a_repeat_is_answered_whatever_the_limits_are_by_then(client: Client, monkeypatch: Any) -> None:
    # A lost answer is asked for again by somebody who has sent too much meanwhile.
    key = str(uuid4())
    first = send(client, key)
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 1)
    assert send(client, key) == (200, first[1])
    assert send(client, str(uuid4()))[0] == 429


@pytest.mark.parametrize("key", [1, 1.5, True, None, [], {}, "", "x", "0" * 33, " ", "\u0000", "😀" * 8, "z" * 5000])
def test_what_is_no_id_is_refused_with_its_field_named(client: Client, key: Any) -> None:
    status, told = send(client, key)
    assert status == 422
    assert "submission_id" in json.dumps(told)


def test_an_id_of_nothing_is_an_id(client: Client) -> None:
    assert [send(client, str(UUID(int=0)))[0] for _time in range(2)] == [201, 200]
