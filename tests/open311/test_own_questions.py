"""What a body asks of its own, as Open311 tells, takes and gives it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kentongan import bodies
from kentongan.bodies.models import OwnQuestion
from kentongan.network import keys
from kentongan.reports.models import Report
from tests.open311.test_open311 import HERE, got, post, refused, xml
from tests.own import asks, asks_depth
from tests.world import BEKASI, STREET

pytestmark = pytest.mark.django_db
LON, LAT = STREET


@pytest.fixture
def client(world: None) -> Client:
    """A client that speaks English."""
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def key(world: None) -> str:
    """A key that may send."""
    asks()
    asks_depth()
    return str(keys.new_key("aplikasi", write=True)[0])


def codes(client: Client, **asked: Any) -> list[str]:
    return [one["code"] for one in got(client, "services/road_damage.json", **asked)["attributes"]]


def test_a_definition_has_the_questions_of_the_body_that_is_the_jurisdiction_or_responsible_at_a_place(
    client: Client, key: str
) -> None:
    assert codes(client) == ["size"]
    assert codes(client, jurisdiction_id="31.roads") == ["size", "house", "depth"]
    assert codes(client, jurisdiction_id="id.pu") == ["size"]
    assert codes(client, lat=LAT, long=LON) == ["size", "house", "depth"]
    assert codes(client, lat=BEKASI[1], long=BEKASI[0]) == ["size"]
    house = xml(client, "services/road_damage.xml", jurisdiction_id="31.roads").findall("attributes/attribute")[1]
    told = {part.tag: part.text for part in house}
    assert (told["code"], told["required"], told["order"], told["description"]) == (
        "house",
        "true",
        "2",
        "Which house?",
    )
    services = {
        one["service_code"]: one["metadata"] for one in got(client, "services.json", jurisdiction_id="31.roads")
    }
    assert services["road_damage"]
    assert client.get(f"{HERE}/services/road_damage.json", {"lat": "x", "long": LON}).status_code == 400


def test_a_required_one_is_missed_only_where_the_definition_told_of_it(client: Client, key: str) -> None:
    status, words = refused(post(client, key, jurisdiction_id="31.roads"))
    assert (status, words) == (400, "attribute[house]: This question needs an answer.")
    assert post(client, key).status_code == 201  # of the whole instance: who will receive it was not known
    sent = {"attribute[house]": "12A", "attribute[depth]": "knee"}
    assert post(client, key, jurisdiction_id="31.roads", **sent).status_code == 201
    assert Report.objects.latest("pk").answers == {"house": "12A", "depth": "knee"}
    assert post(client, key, **sent, attempt="2").status_code == 201
    wrong = post(client, key, jurisdiction_id="31.roads", **(sent | {"attribute[depth]": "sky"}))
    assert refused(wrong)[1].startswith("attribute[depth]: ")


def test_attributes_of_a_sender_that_only_look_like_a_bodys_question_refuse_nothing(client: Client, key: str) -> None:
    sent = {"attribute[depth]": "3 metres", "attribute[house]": "x" * 500, "attribute[easting]": "1"}
    assert post(client, key, **sent).status_code == 201
    assert Report.objects.get().answers == {}


def test_only_answers_that_are_public_are_given_to_everybody(client: Client, key: str) -> None:
    post(client, key, **{"attribute[house]": "RAHASIA 12", "attribute[depth]": "knee", "attribute[size]": "large"})
    code = Report.objects.get().code
    plain, extended = (got(client, f"requests/{code}.json", **asked)[0] for asked in ({}, {"extensions": "true"}))
    assert "attributes" not in plain
    told = [{"code": "depth", "label": "How deep?", "value": "To the knee"}]
    assert extended["extended_attributes"]["attributes"] == told
    found = xml(client, "requests.xml", extensions="true").find("request/extended_attributes/attributes/attribute")
    assert found is not None
    assert found.findtext("value") == "To the knee"
    for path in (f"/open311/v2/requests/{code}.json?extensions=true", f"/api/v1/reports/{code}", "/api/v1/reports",
                 f"/r/{code}", f"/api/v1/reports/{code}/timeline"):  # fmt: skip
        assert "RAHASIA" not in client.get(path).content.decode()


def test_a_repeat_is_the_same_request_whatever_is_asked_by_then(client: Client, key: str) -> None:
    sent = {"attribute[external_id]": "4711", "attribute[house]": "12", "jurisdiction_id": "31.roads"}
    first = post(client, key, **sent)
    OwnQuestion.objects.filter(code="house").delete()
    bodies.questions_changed()
    again = post(client, key, **sent)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert post(client, key, **{**sent, "description": "Lain sekali"}).status_code == 409
