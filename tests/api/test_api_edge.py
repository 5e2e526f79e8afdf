"""Whatever is sent to the API, the answer is precise, in the caller's language, and never a 500."""

import gzip
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kentongan.api.schema import api
from kentongan.foundation.problems import Problem
from kentongan.people import tokens
from kentongan.people.models import ApiToken, Person

pytestmark = pytest.mark.django_db
PASSWORD = "a long drum beat"


@pytest.fixture
def person():
    return Person.objects.create_user("wayan@example.org", PASSWORD)


def send(body, path="/api/v1/tokens", content_type="application/json", **headers):
    return Client().post(path, body, content_type=content_type, headers=headers)


def refused(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["code"] == code
    assert told["status"] == status
    assert told["type"] == f"urn:kentongan:problem:{code}"
    assert told["detail"]
    return told


def test_unknown_address_is_a_problem():
    refused(Client().get("/api/v1/nothing"), 404, "not_found")
    refused(Client().get("/api/else"), 404, "not_found")


def test_wrong_method_is_a_problem_that_names_the_right_ones():
    response = Client().put("/api/v1/tokens")
    refused(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]


@pytest.mark.parametrize("body", [b"{", b"[1,", b'{"email": NaN}', b"\xff\xfe", b'{"email": "\\ud800"}', b"{" * 3000])
def test_broken_json_is_a_problem(body):
    assert refused(send(body), 400, "bad_json")["detail"]


def test_wrong_content_type_is_a_problem():
    refused(send(b"<a/>", content_type="text/xml"), 415, "unsupported_media_type")


def test_a_length_that_is_no_number_is_a_problem():
    answer = Client().generic("POST", "/api/v1/reports", b"{}", "application/json", CONTENT_LENGTH="banyak")
    refused(answer, 400, "bad_request")


def test_large_body_is_refused_before_it_is_read():
    refused(send(b" " * (1024 * 1024 + 1)), 413, "too_large")


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"'])
def test_json_of_another_kind_is_a_problem(body):
    refused(send(body), 422, "invalid_input")


def test_every_fault_is_named_with_its_field():
    told = refused(send('{"email": 5, "other": 1}'), 422, "invalid_input")
    assert {error["field"] for error in told["errors"]} == {"email", "password", "other"}


def test_problems_speak_the_language_of_the_caller():
    indonesian = json.loads(send("{", **{"accept-language": "id"}).content)
    english = json.loads(send("{", **{"accept-language": "en"}).content)
    other = json.loads(send("{", **{"accept-language": "fr"}).content)
    assert "JSON yang benar" in indonesian["detail"]
    assert "valid JSON" in english["detail"]
    assert other["detail"] == indonesian["detail"]


def test_a_token_is_given_for_the_right_password_and_ends(person):
    response = send(json.dumps({"email": "WAYAN@example.org ", "password": PASSWORD}))
    assert response.status_code == 201
    token = response.json()["token"]
    assert tokens.holder(token) == person
    assert not ApiToken.objects.filter(digest=token).exists()
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Problem) as fault:
        tokens.holder(token)
    assert fault.value.code == "token_expired"


def test_a_token_can_be_ended(person):
    token, _row = tokens.issue(person)
    client = Client(headers={"authorization": f"Bearer {token}"})
    assert client.delete("/api/v1/tokens/current").status_code == 204
    refused(client.delete("/api/v1/tokens/current"), 401, "bad_token")


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic abc", "bearer \x7f", "Bearer é"])
def test_a_bad_authorization_is_refused(header):
    client = Client(headers={"authorization": header})
    response = client.delete("/api/v1/tokens/current")
    refused(response, 401, "bad_token")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_wrong_password_is_refused_and_tries_are_counted(person):
    wrong = json.dumps({"email": "wayan@example.org", "password": "no"})
    for _try in range(10):
        refused(send(wrong), 401, "wrong_credentials")
    response = send(wrong)
    assert refused(response, 429, "too_many")["retry_after"] > 0
    assert int(response["Retry-After"]) > 0


def test_health_readiness_and_metrics():
    assert Client().get("/healthz").json() == {"status": "alive"}
    assert Client().get("/readyz").json() == {"status": "ready"}
    told = Client().get("/metrics").content.decode()
    assert "kentongan_outbox_waiting 0.0" in told
    assert "kentongan_request_seconds" in told


def test_the_openapi_document_is_served():
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/tokens" in document["paths"]


def test_the_openapi_document_is_made_once_and_sent_packed_or_not_at_all_where_it_is_known(monkeypatch):
    first = Client().get("/api/v1/openapi.json")
    monkeypatch.setattr(api, "get_openapi_schema", None)  # nobody makes it again
    packed = Client().get("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert (packed["Content-Encoding"], len(packed.content) < len(first.content) / 5) == ("gzip", True)
    assert gzip.decompress(packed.content) == first.content
    assert Client().get("/api/v1/openapi.json", headers={"If-None-Match": first["ETag"]}).status_code == 304
    refused(Client().post("/api/v1/openapi.json", "{}", content_type="application/json"), 405, "method_not_allowed")


def places_of(**asked):
    return Client().get("/api/v1/places", asked)


def test_places_are_found_by_name_with_their_distance_from_the_shown_map():
    told = places_of(q="gondangdia", near="106.83,-6.19").json()
    first = told["items"][0]
    assert (first["kind"], first["name"], first["code"]) == ("area", "Kel. Gondangdia", "31.71.06.1004")
    assert first["label"] == "Kel. Gondangdia, Kec. Menteng, Kota Administrasi Jakarta Pusat"
    assert 0 < first["distance"] < 3_000
    assert places_of(q="gondangdia").json()["items"][0]["distance"] is None
    assert places_of(q="-6.186, 106.827").json()["items"][0]["kind"] == "coordinate"
    assert places_of(q='" * NEAR OR').json()["items"] == []
    assert len(places_of(q="a b", limit=3).json()["items"]) <= 3


@pytest.mark.parametrize("near", ["1", "a,b", "181,0", "0,91", "nan,0", "inf,0", "1,2,3", ","])
def test_a_shown_map_outside_the_world_is_a_problem_of_its_field(near):
    assert refused(places_of(q="menteng", near=near), 422, "bad_near")["field"] == "near"


@pytest.mark.parametrize("asked", [{}, {"q": "x" * 10_000}, {"q": "x", "limit": 0}, {"q": "x", "limit": 1_000}])
def test_a_question_for_places_that_cannot_be_read_is_a_problem(asked):
    refused(places_of(**asked), 422, "invalid_input")


def test_whoever_asks_for_places_without_end_is_told_to_wait(monkeypatch):
    monkeypatch.setattr("kentongan.api.world.SEARCHES_PER_HOUR", 2)
    for _time in range(2):
        assert places_of(q="menteng").status_code == 200
    told = refused(places_of(q="menteng"), 429, "too_many")
    assert told["retry_after"] > 0
