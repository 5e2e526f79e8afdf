"""Open311 GeoReport v2, as clients that nobody here wrote rely on it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as Tree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from georeport import GeoReport
from hypothesis import given
from hypothesis import strategies as st

from kentongan import catalogue, network, reports, routing
from kentongan.foundation.problems import Problem
from kentongan.network import keys
from kentongan.network.models import Delivery, HandOver, Peer
from kentongan.open311 import arguments
from kentongan.open311.urls import urlpatterns
from kentongan.reports.models import Photo, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who
from tests.pictures import picture
from tests.world import BEKASI, STREET, lamps, person, submission

pytestmark = pytest.mark.django_db
HERE = "/open311/v2"


@pytest.fixture
def client(world: None) -> Client:
    """A client that speaks English."""
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def key(world: None) -> str:
    """A key that may send."""
    return keys.new_key("aplikasi", write=True)[0]


def made(**fields: Any) -> Report:
    """A report of a citizen."""
    return routing.submit(submission(**fields), person(f"{timezone.now().timestamp()}@contoh.id")).report


def xml(client: Client, path: str, **asked: Any) -> Tree.Element:
    """An answer in XML, read by a parser of its own."""
    answer = client.get(f"{HERE}/{path}", asked)
    assert answer.status_code == 200, answer.content
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return Tree.fromstring(answer.content)  # noqa: S314  our own answer


def got(client: Client, path: str, **asked: Any) -> Any:
    """An answer in JSON."""
    answer = client.get(f"{HERE}/{path}", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def post(client: Client, key: str, **sent: Any) -> Any:
    """A request as a generic client files it."""
    lon, lat = STREET
    given = {"api_key": key, "service_code": "road_damage", "lat": lat, "long": lon, "description": "Lubang"} | sent
    return client.post(f"{HERE}/requests.json", {name: value for name, value in given.items() if value is not None})


def refused(answer: Any) -> tuple[int, str]:
    """The status, once more from the body, and the words."""
    (error,) = answer.json()
    assert error["code"] == answer.status_code
    return error["code"], error["description"]


# What can be reported


def test_discovery_says_where_the_endpoint_is_in_both_formats(client: Client) -> None:
    found = client.get("/open311/discovery.json").json()
    assert found["endpoints"][0]["url"].endswith("/open311/v2")
    root = Tree.fromstring(client.get("/open311/discovery.xml").content)  # noqa: S314
    assert [one.text for one in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


def test_services_are_our_categories_by_their_codes(client: Client) -> None:
    found = {one["service_code"]: one for one in got(client, "services.json")}
    assert found["road_damage"]["service_name"] == "Road damage"
    assert found["road_damage"]["metadata"] is True
    assert found["road_damage"]["type"] == "realtime"
    root = xml(client, "services.xml")
    assert root.tag == "services"
    assert {one.findtext("service_code") for one in root.findall("service")} == set(found)
    assert {one.findtext("metadata") for one in root.findall("service")} == {"true", "false"}


def test_a_definition_has_the_questions_with_their_kinds_and_values(client: Client) -> None:
    found = got(client, "services/road_damage.json")
    (size,) = [one for one in found["attributes"] if one["code"] == "size"]
    assert (size["datatype"], size["required"], size["variable"]) == ("singlevaluelist", False, True)
    assert {"key": "large", "name": "More than one step"} in size["values"]
    root = xml(client, "services/road_damage.xml")
    assert root.find("attributes/attribute/values/value/key") is not None
    assert refused(client.get(f"{HERE}/services/witchcraft.json"))[0] == 404


def test_words_come_in_indonesian_where_nobody_asks_for_english(world: None) -> None:
    found = {one["service_code"]: one for one in got(Client(), "services.json")}
    assert found["road_damage"]["service_name"] == "Jalan rusak"


# Reading


def test_a_request_tells_what_the_standard_asks_for(client: Client) -> None:
    report = made()
    (found,) = got(client, f"requests/{report.code}.json")
    assert (found["service_request_id"], found["status"], found["service_code"]) == (report.code, "open", "road_damage")
    assert (found["lat"], found["long"]) == (STREET[1], STREET[0])
    assert datetime.fromisoformat(found["requested_datetime"]).tzinfo is not None
    assert found["agency_responsible"] == "Jakarta Department of Roads"
    request = xml(client, f"requests/{report.code}.xml").find("request")
    assert request is not None
    assert request.findtext("service_request_id") == report.code
    assert request.find("zipcode") is not None


def test_several_ids_override_all_other_arguments(client: Client) -> None:
    two = [made().code, made().code]
    made()
    found = got(client, "requests.json", service_request_id=",".join(two), status="closed", service_code="waste")
    assert {one["service_request_id"] for one in found} == set(two)


def test_lists_are_newest_first_and_filtered(client: Client) -> None:
    hole, rubbish = made(), made(category="waste")
    reports.reject(rubbish.code, Who(person(), Actor.OFFICER, "31"), "Sudah bersih")

    def codes(**asked: Any) -> list[str]:
        return [one["service_request_id"] for one in got(client, "requests.json", **asked)]

    assert codes() == [rubbish.code, hole.code]
    assert codes(service_code="road_damage") == [hole.code]
    assert codes(status="closed") == [rubbish.code]
    assert codes(status="OPEN,closed") == [rubbish.code, hole.code]
    assert codes(lat=STREET[1], long=STREET[0], radius=50) == [rubbish.code, hole.code]
    assert codes(lat=BEKASI[1], long=BEKASI[0], radius=50) == []
    assert codes(bbox="106.81,-6.18,106.83,-6.16") == [rubbish.code, hole.code]
    assert codes(page_size=1, page=2) == [hole.code]
    assert codes(jurisdiction_id="31") == [rubbish.code, hole.code]
    assert codes(jurisdiction_id="51") == []
    assert codes(jurisdiction_id="31.roads") == [hole.code]
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    assert codes(updated_after=tomorrow) == []


def test_a_window_is_ninety_days_and_says_so(client: Client) -> None:
    report = made()
    Report.objects.filter(pk=report.pk).update(created_at=timezone.now() - timedelta(days=120))
    assert got(client, "requests.json") == []
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    asked = {"start_date": start.isoformat(), "end_date": end.isoformat()}
    assert refused(client.get(f"{HERE}/requests.json", asked))[0] == 400
    before = (timezone.now() - timedelta(days=60)).isoformat()
    assert [one["service_request_id"] for one in got(client, "requests.json", end_date=before)] == [report.code]
    assert len(got(client, "requests.json", updated_after=before)) == 1


def test_extensions_add_the_exact_state_and_all_photos(client: Client) -> None:
    photos = [reports.add_photo(picture(number)).pk for number in (1, 2)]
    report = made(photos=tuple(photos))
    (found,) = got(client, "requests.json", extensions="true")
    assert found["extended_attributes"]["status"] == "open"
    assert len(found["extended_attributes"]["photos"]) == 2
    assert found["media_url"] == found["extended_attributes"]["photos"][0]
    assert (
        xml(client, "requests.xml", extensions="true")
        .findtext("request/extended_attributes/url", "")
        .endswith(f"/r/{report.code}")
    )


def test_the_words_of_the_body_stand_in_the_notes_of_what_has_ended(client: Client) -> None:
    report = made()
    reports.reject(report.code, Who(person(), Actor.OFFICER, "31"), "Jalan ini milik warga")
    (found,) = got(client, f"requests/{report.code}.json")
    assert (found["status"], found["status_notes"]) == ("closed", "Closed without a fix · Jalan ini milik warga")


# Filing


def test_a_generic_client_files_a_request_and_it_goes_to_the_body_responsible(client: Client, key: str) -> None:
    answer = post(client, key, **{"attribute[size]": "large", "first_name": "Wayan", "email": "wayan@contoh.id"})
    assert answer.status_code == 201
    (told,) = answer.json()
    report = Report.objects.get(code=told["service_request_id"])
    assert (report.body_id, report.answers, report.reporter, report.channel) == (
        "31.roads", {"size": "large"}, None, "open311",
    )  # fmt: skip
    assert "Jakarta Department of Roads" in told["service_notice"]
    assert "may also be" not in told["service_notice"]
    crossing = post(client, key, lat="-6.17902", long="106.82505").json()[0]["service_notice"]
    assert "It may also be a matter of " in crossing  # a program cannot ask whose road it is, but it can tell
    everything = json.dumps(list(Report.objects.values()), default=str) + json.dumps(
        list(HandOver.objects.values()), default=str
    )
    assert "Wayan" not in everything
    assert "wayan@contoh.id" not in everything


def test_the_senders_own_id_again_is_the_same_request(client: Client, key: str) -> None:
    sent = {"attribute[external_id]": "4711"}
    first, again = post(client, key, **sent), post(client, key, **sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Report.objects.count() == 1
    assert post(client, key, description="Lain sekali", **sent).status_code == 409
    other = keys.new_key("lain", write=True)[0]
    assert post(client, other, **sent).status_code == 201


def test_a_repeat_with_its_photo_is_the_same_request_and_keeps_one_photo(client: Client, key: str) -> None:
    def sent() -> Any:
        photo = SimpleUploadedFile("lubang.jpg", picture(3).read(), "image/jpeg")
        return post(client, key, media=photo, **{"attribute[external_id]": "4712"})

    first, again = sent(), sent()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Report.objects.get().photos.count() == 1


def test_json_and_multipart_are_taken_as_well_as_forms(client: Client, key: str) -> None:
    said = {
        "api_key": key,
        "service_code": "road_damage",
        "lat": STREET[1],
        "long": STREET[0],
        "attribute": {"size": "small"},
    }
    answer = client.post(f"{HERE}/requests.json", json.dumps(said), content_type="application/json")
    assert Report.objects.get(code=answer.json()[0]["service_request_id"]).answers == {"size": "small"}
    photo = SimpleUploadedFile("lubang.jpg", picture(3).read(), "image/jpeg")
    assert post(client, key, media=photo).status_code == 201
    assert Photo.objects.filter(report__isnull=False).count() == 1


def test_photos_that_are_named_are_fetched_by_themselves(client: Client, key: str) -> None:
    post(client, key, media_url="https://kota.example/1.jpg,https://kota.example/2.jpg")
    addresses = Delivery.objects.filter(kind="fetch").values_list("payload__address", flat=True)
    assert set(addresses) == {"https://kota.example/1.jpg", "https://kota.example/2.jpg"}


def test_an_address_or_the_code_of_an_area_stands_for_its_place(client: Client, key: str) -> None:
    plain = {"lat": None, "long": None}
    assert post(client, key, address_id="31.71.01.1001", **plain).status_code == 201
    answer = post(client, key, address_string="Jalan Merdeka 3, Gambir", **plain)
    assert answer.status_code in {201, 400}
    assert refused(post(client, key, address_string="Entah di mana xyzzy", **plain))[0] == 400
    assert refused(post(client, key, **plain))[0] == 400


def test_an_address_in_numbers_is_the_place_and_stays_in_the_words(client: Client, key: str) -> None:
    lon, lat = STREET
    answer = post(client, key, address_string=f"{lat}, {lon}", lat=None, long=None)
    report = Report.objects.get(code=answer.json()[0]["service_request_id"])
    assert (report.lon, report.lat) == STREET
    assert report.text == f"Lubang\n\n{lat}, {lon}"


def test_what_happens_on_the_web_has_an_address_there_and_no_place(client: Client, key: str) -> None:
    told = {"service_code": "harmful_content", "attribute[url]": "https://judi.example/a", "lat": None, "long": None}
    report = Report.objects.get(code=post(client, key, **told).json()[0]["service_request_id"])
    assert (report.lon, report.url) == (None, "https://judi.example/a")


def test_a_title_is_kept_before_the_words_unless_they_say_it_already(client: Client, key: str) -> None:
    for title, kept in (("Jalan rusak", "Jalan rusak\n\nLubang"), ("Lubang", "Lubang"), ("", "Lubang")):
        code = post(client, key, **{"attribute[title]": title}).json()[0]["service_request_id"]
        assert Report.objects.get(code=code).text == kept


def test_json_says_lists_truth_and_nothing_in_its_own_way(client: Client, key: str) -> None:
    said = {
        "api_key": key, "service_code": "road_damage", "lat": STREET[1], "long": STREET[0], "description": "Lubang",
        "attribute": {"size": ["small", None, "large"], "note": None}, "non_public": True, "phone": None,
    }  # fmt: skip
    answer = client.post(f"{HERE}/requests.json", json.dumps(said), content_type="application/json")
    report = Report.objects.get(code=answer.json()[0]["service_request_id"])
    assert report.answers == {"size": "large"}  # a question with one answer takes the last, as from a form
    assert report.is_restricted


def test_an_empty_answer_is_none(client: Client, key: str) -> None:
    code = post(client, key, **{"attribute[size]": ""}).json()[0]["service_request_id"]
    assert Report.objects.get(code=code).answers == {}


def test_a_body_takes_what_is_its_own_under_its_jurisdiction(client: Client, key: str) -> None:
    assert post(client, key, jurisdiction_id="31").status_code == 201
    assert refused(post(client, key, jurisdiction_id="id.pu"))[0] == 400


def test_a_key_that_calls_too_often_is_told_for_how_long_to_wait(
    client: Client, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kentongan.open311.doors.CALLS", 1)
    assert post(client, key).status_code == 201
    answer = post(client, key)
    assert refused(answer)[0] == 429
    assert 0 < int(answer["Retry-After"]) <= 60


def test_a_form_of_more_parts_than_anybody_needs_is_refused(client: Client, key: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    assert refused(post(client, key, **{f"attribute[{at}]": "x" for at in range(11)}))[0] == 413
    assert not Report.objects.exists()


def test_a_sixth_photo_is_refused_and_none_is_kept(client: Client, key: str) -> None:
    photos = [SimpleUploadedFile(f"{at}.jpg", picture(at).read(), "image/jpeg") for at in range(6)]
    assert refused(post(client, key, media=photos))[0] == 413
    assert not Photo.objects.exists()


def test_a_token_is_the_id_itself(client: Client, key: str) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    assert got(client, f"tokens/{code.lower()}.json") == [{"service_request_id": code, "token": code}]


def test_a_question_for_a_time_says_how_times_are_written(client: Client) -> None:
    asked = {
        "code": "seen_at",
        "datatype": "datetime",
        "required": True,
        "description": {"id": "Kapan?", "en": "When?"},
    }
    catalogue.kinds.Category.objects.filter(code="road_damage").update(questions=[asked])
    catalogue.kinds.invalidate()
    (told,) = got(client, "services/road_damage.json")["attributes"]
    assert told["datatype_description"].startswith("A date and time with its zone")
    assert "values" not in told


@pytest.mark.parametrize(
    ("sent", "status", "named"),
    [
        ({"lat": None, "long": None, "address_id": "99.99"}, 400, "address_id"),
        ({"api_key": None}, 403, "api_key"),
        ({"api_key": "ktp_false"}, 403, "api_key"),
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "witchcraft"}, 400, "service_code"),
        ({"lat": "x"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": None}, 400, "lat"),
        ({"lat": "0", "long": "0"}, 400, ""),
        ({"lat": STREET[0], "long": STREET[1]}, 400, ""),
        ({"description": "x" * 4001}, 400, "text"),
        ({"attribute[size]": "enormous"}, 400, "attribute[size]"),
        ({"jurisdiction_id": "nowhere"}, 404, "jurisdiction_id"),
        ({"jurisdiction_id": "51"}, 400, "jurisdiction_id"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: Client, key: str, sent: dict[str, Any], status: int, named: str
) -> None:
    code, words = refused(post(client, key, **sent))
    assert code == status
    assert words.startswith(named)
    assert not Report.objects.exists()


def test_a_key_reaches_as_far_as_it_was_given(client: Client, world: None) -> None:
    read_only = keys.new_key("pembaca")[0]
    assert refused(post(client, read_only))[0] == 403
    elsewhere = keys.new_key("bali", write=True, areas=["51"])[0]
    assert refused(post(client, elsewhere))[0] == 403
    rubbish = keys.new_key("sampah", write=True, categories=["waste_environment"])[0]
    assert refused(post(client, rubbish))[0] == 403
    assert post(client, rubbish, service_code="waste").status_code == 201


def test_a_key_is_changed_without_a_gap(client: Client, key: str) -> None:
    newer, row = keys.new_key("aplikasi", write=True)
    assert post(client, key).status_code == post(client, newer).status_code == 201
    keys.end_keys("aplikasi", keep=row.pk)
    assert post(client, key).status_code == 403
    assert post(client, newer).status_code == 201


def test_a_jurisdiction_can_be_required(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from kentongan.foundation.config import config

    monkeypatch.setattr(config(), "open311_jurisdiction_required", True)
    assert refused(client.get(f"{HERE}/services.json"))[0] == 400
    assert client.get(f"{HERE}/services.json", {"jurisdiction_id": network.instance()}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/open311/v2/requests.yaml", 406),
        ("put", "/open311/v2/requests.json", 405),
        ("delete", "/open311/v2/services.xml", 405),
        ("get", "/open311/v2/nothing.json", 404),
        ("get", "/open311/v2/requests/ZZZZ-ZZZZ.json", 404),
        ("get", "/open311/v2/requests/%00.json", 404),
        ("get", "/open311/v2/tokens/ZZZZ-ZZZZ.json", 404),
        ("get", "/open311/v2/requests.json?start_date=yesterday", 400),
        ("get", "/open311/v2/requests.json?status=maybe", 400),
        ("get", "/open311/v2/requests.json?page=0", 400),
        ("get", "/open311/v2/requests.json?bbox=1,2,3", 400),
        ("get", "/open311/v2/requests.json?lat=1", 400),
        ("get", "/open311/v2/requests.json?service_code=witchcraft", 404),
        ("post", "/open311/v2/requests.json", 403),
    ],
)
def test_every_refusal_has_the_documented_form(client: Client, method: str, path: str, status: int) -> None:
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    if path.endswith("yaml"):
        assert Tree.fromstring(answer.content).findtext("error/code") == "406"  # noqa: S314
    else:
        expected = answer.json() if path.partition("?")[0].endswith("json") else None
        assert expected is None or expected[0]["code"] == status


@pytest.mark.parametrize("body", ["{", "[]", "null", '"x"', "\xff"])
def test_a_malformed_body_is_refused(client: Client, key: str, body: str) -> None:
    answer = client.post(f"{HERE}/requests.json", body, content_type="application/json")
    assert refused(answer)[0] in {400, 403}


# News


def test_news_is_told_in_order_with_the_state_of_its_time(client: Client) -> None:
    report = made()
    officer = Who(person(), Actor.OFFICER, "31")
    reports.accept(report.code, officer, "Kami periksa")
    reports.note(report.code, officer, "Aspal dipesan")
    reports.note(report.code, officer, "Rahasia dapur", internal=True)
    photo = reports.add_photo(picture(5)).pk
    reports.resolve(report.code, officer, "Sudah ditambal", photos=[photo])
    found = got(client, "servicerequestupdates.json", service_request_id=report.code)
    told = [(one["status"], one["description"]) for one in found]
    assert told[1:] == [
        ("investigating", "Kami periksa"), ("investigating", "Aspal dipesan"), ("fixed", "Sudah ditambal"),
    ]  # fmt: skip
    assert len(found[-1]["media_url"]) == 1
    assert len({one["update_id"] for one in found}) == len(found)
    root = xml(client, "servicerequestupdates.xml")
    assert root.tag == "service_request_updates"
    assert root.find("request_update/media_url") is not None


def update(client: Client, key: str, **said: Any) -> Any:
    """News as FixMyStreet posts it."""
    given = {
        "api_key": key, "update_id": "u1", "status": "OPEN", "updated_datetime": timezone.now().isoformat(),
        "description": "Kabar",
    } | said  # fmt: skip
    return client.post(f"{HERE}/servicerequestupdates.json", given)


def test_the_application_that_filed_a_request_comments_reopens_and_agrees(client: Client, key: str) -> None:
    code = post(client, key, **{"attribute[external_id]": "4711"}).json()[0]["service_request_id"]
    assert update(client, key, service_request_id=code, description="Masih ada").status_code == 200
    officer = Who(person(), Actor.OFFICER, "31")
    reports.resolve(code, officer, "Selesai", no_photo_reason="Malam")
    assert update(client, key, service_request_id="4711", update_id="u2", status="REOPEN").status_code == 200
    assert Report.objects.get(code=code).state == "routed"
    reports.resolve(code, officer, "Selesai", no_photo_reason="Malam")
    assert (
        update(client, key, service_request_id=code, update_id="u3", status="FIXED", description="").status_code == 200
    )
    report = Report.objects.get(code=code)
    assert (report.state, report.comment_count, report.reopen_count) == ("confirmed", 1, 1)


def test_who_agrees_with_a_result_may_say_something_too(client: Client, key: str) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    reports.resolve(code, Who(person(), Actor.OFFICER, "31"), "Selesai", no_photo_reason="Malam")
    said = {"service_request_id": code, "status": "FIXED", "description": "Terima kasih"}
    assert update(client, key, **said).status_code == 200
    report = Report.objects.get(code=code)
    assert (report.state, report.comment_count) == ("confirmed", 1)
    assert report.entries.order_by("seq").last().text == "Terima kasih"


def test_news_that_changes_nothing_takes_its_photos_nowhere(client: Client, key: str) -> None:
    report = made()
    HandOver.objects.create(
        report=report, peer=Peer.objects.get(pk="aplikasi"), direction="out", remote_id="K-99", body="31.roads"
    )
    said = {"service_request_id": "K-99", "status": "FIXED", "description": "Selesai"}
    assert update(client, key, **said).status_code == 200
    entries = report.entries.count()
    photo = SimpleUploadedFile("a.jpg", picture(3).read(), "image/jpeg")
    assert update(client, key, update_id="u2", media=photo, **{**said, "description": ""}).status_code == 200
    assert report.entries.count() == entries
    assert not Photo.objects.exists()


def test_news_without_a_description_is_refused_and_an_empty_one_is_taken(client: Client, key: str) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    said = {"api_key": key, "service_request_id": code, "update_id": "u1", "status": "OPEN"}
    said["updated_datetime"] = timezone.now().isoformat()
    assert refused(client.post(f"{HERE}/servicerequestupdates.json", said)) == (
        400, "description: This is required, though it may be empty."
    )  # fmt: skip
    assert client.post(f"{HERE}/servicerequestupdates.json", said | {"description": ""}).status_code == 200


def test_the_same_update_again_has_the_same_answer_and_does_nothing(client: Client, key: str) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    first, again = (update(client, key, service_request_id=code) for _ in range(2))
    assert first.json() == again.json()
    assert Report.objects.get(code=code).comment_count == 1


def test_a_peer_that_works_on_a_report_tells_us_its_state(client: Client, key: str) -> None:
    report = made()
    peer = Peer.objects.get(pk="aplikasi")
    HandOver.objects.create(report=report, peer=peer, direction="out", remote_id="K-99", body="31.roads")
    assert update(client, key, service_request_id="K-99", status="IN_PROGRESS").status_code == 200
    assert update(client, key, service_request_id=report.code, update_id="u2", status="FIXED").status_code == 200
    report.refresh_from_db()
    assert (report.state, report.ending) == ("resolved", "solved")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"service_request_id": "ZZZZ-ZZZZ"}, 404),
        ({"service_request_id": ""}, 400),
        ({"status": "MAYBE"}, 400),
        ({"updated_datetime": "yesterday"}, 400),
        ({"update_id": ""}, 400),
        ({"api_key": "false"}, 403),
    ],
)
def test_wrong_news_is_refused_by_name(client: Client, key: str, said: dict[str, Any], status: int) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    assert refused(update(client, key, **{"service_request_id": code, **said}))[0] == status


def test_nobody_speaks_about_a_request_that_is_not_between_them_and_us(client: Client, key: str) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    other = keys.new_key("lain", write=True)[0]
    assert refused(update(client, other, service_request_id=code))[0] == 404


def test_the_limits_of_a_key_hold_for_news_too(client: Client) -> None:
    key, row = keys.new_key("sampah", write=True)
    code = post(client, key).json()[0]["service_request_id"]
    row.categories = ["waste_environment"]
    row.save()
    assert refused(update(client, key, service_request_id=code))[0] == 403


def test_photos_of_news_go_to_the_news_they_came_with(client: Client, key: str) -> None:
    report = made()
    peer = Peer.objects.get(pk="aplikasi")
    HandOver.objects.create(report=report, peer=peer, direction="out", remote_id="K-99", body="31.roads")
    photo = SimpleUploadedFile("a.jpg", picture(3).read(), "image/jpeg")
    update(client, key, service_request_id="K-99", status="IN_PROGRESS", media=photo)
    kept = Photo.objects.get(report=report)
    assert (kept.entry_seq, kept.role) == (report.entries.get(kind="started").seq, "answer")
    urls = "https://kota.example/1.jpg, https://kota.example/2.jpg https://kota.example/3.jpg"
    update(client, key, service_request_id="K-99", update_id="u2", status="FIXED", media_url=urls)
    assert Delivery.objects.filter(kind="fetch").count() == 3


def test_long_ids_of_senders_are_not_mixed_up(client: Client, key: str) -> None:
    code = post(client, key).json()[0]["service_request_id"]
    for end in "ab":
        update(client, key, service_request_id=code, update_id="x" * 300 + end)
    assert Report.objects.get(code=code).comment_count == 2


@pytest.mark.parametrize(
    ("word", "found"),
    [("not_councils_responsibility", "passed"), ("no_further_action", "rejected"), ("planned", "taken")],
)
def test_every_extended_word_filters(client: Client, word: str, found: str) -> None:
    officer = Who(person(), Actor.OFFICER, "31")
    codes = {name: made().code for name in ("passed", "rejected", "taken")}
    reports.reject(codes["passed"], officer, "Milik PLN", passed_on=True)
    reports.reject(codes["rejected"], officer, "Tidak dapat")
    reports.accept(codes["taken"], officer)
    assert [one["service_request_id"] for one in got(client, "requests.json", status=word)] == [codes[found]]


def test_a_key_given_for_reading_must_be_one_and_can_be_required(
    client: Client, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kentongan.foundation.config import config

    assert client.get(f"{HERE}/requests.json", {"api_key": "false"}).status_code == 403
    assert client.get(f"{HERE}/requests.json", {"api_key": key}).status_code == 200
    monkeypatch.setattr(config(), "open311_key_required", True)
    assert client.get(f"{HERE}/requests.json").status_code == 403
    assert client.get("/open311/discovery.json").status_code == 200


def test_a_list_asks_the_database_no_more_for_fifty_than_for_two(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    officer = Who(person(), Actor.OFFICER, "31")
    for number in range(50):
        one = made(photos=(reports.add_photo(picture(number)).pk,))
        reports.reject(one.code, officer, "Tidak dapat")
    got(client, "requests.json")
    with django_assert_max_num_queries(6):
        assert len(got(client, "requests.json", extensions="true")) == 50
    with django_assert_max_num_queries(5):
        assert len(got(client, "servicerequestupdates.json")) == 100


# Nothing leaks


def test_what_is_not_for_everybody_appears_nowhere(client: Client, key: str) -> None:
    secret = made(privacy="secret", text="Rahasia sekali", photos=(reports.add_photo(picture(8)).pk,))
    graft = made(category="corruption", text="Rahasia juga", at=STREET)
    hidden = made(privacy="anonymous", text="Tanpa nama")
    for one in (secret, graft):
        reports.note(one.code, Who(person(f"{one.code}@contoh.id"), Actor.OFFICER, one.body_id), "Rahasia dijawab")
    mine = post(client, key, non_public="true", description="Rahasia aplikasi").json()[0]["service_request_id"]
    paths = ["requests", "servicerequestupdates", *(f"requests/{one}" for one in (secret.code, graft.code, mine))]
    paths += [f"tokens/{secret.code}"]
    for path in paths:
        for fmt in ("xml", "json"):
            for asked in (
                {},
                {"extensions": "true"},
                {"service_request_id": f"{secret.code},{graft.code},{mine}"},
                {"api_key": key},
            ):
                said = client.get(f"{HERE}/{path}.{fmt}", asked).content.decode()
                assert "Rahasia" not in said, (path, asked)
                for code in (secret.code, graft.code, mine):
                    assert code not in said, (path, asked)
    assert hidden.reporter is not None
    hidden.reporter.name = "Pelapor Bernama"
    hidden.reporter.save()
    for path in (f"requests/{hidden.code}", "requests", "servicerequestupdates"):
        for fmt in ("xml", "json"):
            told = client.get(f"{HERE}/{path}.{fmt}", {"extensions": "true"}).content.decode()
            assert hidden.reporter.email not in told
            assert "Pelapor Bernama" not in told
    photo = Photo.objects.get(report=secret)
    assert client.get(f"/api/v1/photos/{photo.pk}/large").status_code == 404


def every_call(code: str, key: str) -> list[tuple[str, str, dict[str, str]]]:
    """Method, address and arguments of each call there is, about this code, by the holder of this key."""
    asked = {
        "service_request_id": code, "service_request_id_ext": code, "jurisdiction_id": "", "api_key": key,
        "update_id": "u1", "status": "CLOSED", "updated_datetime": timezone.now().isoformat(), "description": "?",
        "extensions": "true", "service_code": "road_damage", "lat": str(STREET[1]), "long": str(STREET[0]),
    }  # fmt: skip
    found = []
    for one in urlpatterns:
        for fmt in ("xml", "json"):
            route = str(one.pattern)
            for hole, filled in (("<str:fmt>", fmt), ("<str:code>", code), ("<path:rest>", f"{code}.{fmt}")):
                route = route.replace(hole, filled)
            found += [(method, f"/{route}", asked) for method in ("get", "post")]
    return found


def test_to_another_application_what_is_not_for_everybody_is_as_if_it_were_not_there(client: Client, key: str) -> None:
    secret = made(privacy="secret", text="Rahasia sekali", photos=(reports.add_photo(picture(8)).pk,))
    graft = made(category="corruption", text="Rahasia juga", at=STREET)
    filed = post(client, key, non_public="true", description="Rahasia aplikasi").json()[0]["service_request_id"]
    other, _row = keys.new_key("lain", write=True)
    nobody = "7KQF-M2RD-7KQF"
    for code in (secret.code, graft.code, filed):
        for known, unknown in zip(every_call(code, other), every_call(nobody, other), strict=True):
            answers = []
            for (method, path, asked), named in ((known, code), (unknown, nobody)):
                answer = getattr(client, method)(path, asked)
                told = answer.content.decode()
                if not (method == "post" and "/requests." in path):  # which made a new one, and says its code
                    assert "Rahasia" not in told, path
                    answers.append((answer.status_code, told.replace(named, "")))
            assert len(set(answers)) < 2, known  # and nobody can tell it from a code that does not exist
    assert reports.find(secret.code, secret.reporter).seq == secret.seq


# Clients that nobody here wrote


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_the_georeport_client_reads_services_definitions_and_requests(world: None, live_server: Any, fmt: str) -> None:
    codes = [made().code, made().code]
    reader = GeoReport(f"{live_server.url}{HERE}", output_format=fmt)
    assert "road_damage" in [one["service_code"] for one in reader.get_service_list()]
    assert reader.get_service_definition("road_damage")["service_code"] == "road_damage"
    assert {one["service_request_id"] for one in reader.get_service_requests(status="open")} == set(codes)
    assert reader.get_service_request(codes[0])["status"] == "open"
    start = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(reader.get_service_requests(start_date=start, service_code="road_damage")) == 2


# Whatever is written


@given(st.text(max_size=40))
def test_any_written_time_is_read_or_refused_by_name(written: str) -> None:
    found: list[Any] = []
    with suppress(Problem):
        found.append(arguments.moment(_asked(start_date=written), "start_date"))
    assert all(at is None or at.tzinfo is not None for at in found)


@given(st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_any_time_with_a_zone_is_the_same_moment(at: datetime) -> None:
    assert arguments.moment(_asked(start_date=at.isoformat()), "start_date") == at


@given(st.dictionaries(st.sampled_from(["lat", "long", "bbox", "page", "radius", "status"]), st.text(max_size=12)))
def test_any_arguments_are_read_or_refused(said: dict[str, str]) -> None:
    for read in (arguments.place, arguments.box, lambda asked: arguments.whole(asked, ("page",), 1, 9)):
        with suppress(Problem):
            read(_asked(**said))


def _asked(**said: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update(said)
    return found


def test_the_states_of_the_network_table_have_words_both_ways() -> None:
    from kentongan.network import open311_states as words

    assert set(words.EXTENDED) == set(words.NOTES) == set(State)
    for word in words.EXTENDED.values():
        assert words.meaning(word.upper()) is not None


# What is not as it should be, in the format that was asked for

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    "asked",
    [
        "requests.{}?end_date=0001-01-02T00:00:00Z", "requests.{}?start_date=9999-12-31T00:00:00Z",
        "requests.{}?start_date=0001-01-01T00:00:00%2B14:00", "requests.{}?updated_after=9999-12-31T23:59:59-12:00",
        "requests.{}?updated_before=0001-01-01", "requests.{}?start_date=2026-02-30", "requests.{}?start_date=%00",
        "servicerequestupdates.{}?end_date=0001-01-01T00:00:00Z", "servicerequestupdates.{}?start_date=9999-12-31",
        "servicerequestupdates.{}?start_date=2026-11-24T25:00:00Z", "requests.{}?jurisdiction_id=Caf%E9",
        "requests.{}?service_request_id=a%00b", "services.{}?jurisdiction_id=%ED%A0%80",
    ],
)  # fmt: skip
@pytest.mark.parametrize("fmt", ["xml", "json"])
def test_odd_arguments_are_refused_in_the_format_asked(client: Client, asked: str, fmt: str) -> None:
    answer = client.get(f"{HERE}/{asked.format(fmt)}")
    assert answer.status_code in {400, 404}
    assert fmt in answer["Content-Type"]
    assert (b"<errors>" in answer.content) if fmt == "xml" else answer.json()[0]["description"]


@pytest.mark.parametrize("fmt", ["xml", "json"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("api_key={key}&service_code=road_damage&description=Caf%E9&lat=-6.2&long=106.8", FORM),
        ("api_key={key}&service_code=road_damage&description=a%00b&lat=-6.2&long=106.8", FORM),
        ("[" * 1000 + "]" * 1000, "application/json"), ('{"a":' * 900 + "1" + "}" * 900, "application/json"),
        ('{"api_key": "x", "description": "\\ud800"}', "application/json"),
        ('--b\r\nContent-Disposition: form-data; name="description"\r\n\r\nCaf\xe9\r\n--b--\r\n', MULTIPART),
    ],
    ids=["latin1", "nul", "deep-list", "deep-object", "surrogate", "multipart-latin1"],
)  # fmt: skip
def test_bodies_that_cannot_be_read_are_refused_in_the_format_asked(
    client: Client, key: str, body: str, kind: str, fmt: str
) -> None:
    answer = client.post(f"{HERE}/requests.{fmt}", body.replace("{key}", key).encode("latin-1"), content_type=kind)
    assert answer.status_code == 400, answer.content
    assert fmt in answer["Content-Type"]
    assert not Report.objects.exists()


@pytest.mark.parametrize("fmt", ["xml", "json"])
def test_a_form_that_says_it_is_in_another_encoding_is_refused_in_the_format_asked(
    client: Client, key: str, fmt: str
) -> None:
    body = f"api_key={key}&service_code=road_damage&description=Caf%E9"
    answer = client.post(f"{HERE}/requests.{fmt}", body, content_type=f"{FORM}; charset=iso-8859-1")
    assert (answer.status_code, fmt in answer["Content-Type"]) == (400, True)


@pytest.mark.parametrize("path", ["/open311/", "/open311/nix", "/open311/v2/nix.json", "/open311/v2/requests/a/b.json"])
def test_every_address_below_answers_in_the_documented_form(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert ("json" if path.endswith("json") else "xml") in answer["Content-Type"]


@pytest.mark.parametrize("fmt", ["xml", "json"])
def test_what_nobody_foresaw_is_told_in_the_format_asked(world: None, monkeypatch: Any, fmt: str) -> None:
    monkeypatch.setattr("kentongan.open311.telling.requests", lambda *_rows, **_more: 1 / 0)
    answer = Client(raise_request_exception=False).get(f"{HERE}/requests.{fmt}")
    assert (answer.status_code, fmt in answer["Content-Type"]) == (500, True)


def test_deeply_nested_json_is_a_400_of_the_api_too(client: Client) -> None:
    for body in ("[" * 1000 + "]" * 1000, '{"text":' + "[" * 500 + "]" * 500 + "}"):
        answer = client.post("/api/v1/reports", body, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_windows_of_news_go_by_when_we_learned_it(client: Client) -> None:
    report = made()
    learned = timezone.now().isoformat()
    old = timezone.now() - timedelta(days=3)
    type(report).objects.filter(pk=report.pk).update(created_at=old - timedelta(days=1))
    report.entries.update(at=old - timedelta(days=1))
    peer = {"name": "kota", "learned": timezone.now().astimezone(UTC).isoformat()}
    reports.mirror(report.code, reports.Told("noted", text="Terlambat sampai", at=old, data={"peer": peer}))
    since = (timezone.now() - timedelta(minutes=5)).isoformat()
    told = [one["description"] for one in got(client, "servicerequestupdates.json", start_date=since)]
    assert told == ["Terlambat sampai"], learned


def test_which_thing_it_is_is_asked_taken_and_told(client, key):
    """mysociety/fixmystreet#3655: the id of the owner; an attribute that the map fills is `automated`."""
    lamps(("PJU-1", "Jl. Merdeka", 3))
    asked = got(client, "services/street_light.json")["attributes"]
    assert {one["code"]: one.get("automated") for one in asked}["asset_id"] == "hidden_field"
    assert all(one["code"] != "asset_id" for one in got(client, "services/flood.json")["attributes"])
    made = [
        post(client, key, service_code="street_light", **{name: "PJU-1"}).json()[0]["service_request_id"]
        for name in ("asset_id", "attribute[asset_id]", "attribute[asset_resource_id]")
    ]
    for code in made:
        told = got(client, f"requests/{code}.json", extensions="true")[0]
        assert told["asset_id"] == "PJU-1"
        assert told["extended_attributes"]["asset_name"] == "Jl. Merdeka"
    assert xml(client, f"requests/{made[0]}.xml").find("request/asset_id").text == "PJU-1"
    plain = post(client, key).json()[0]["service_request_id"]
    assert "asset_id" not in got(client, f"requests/{plain}.json")[0]


def test_a_thing_that_only_the_sender_knows_is_kept_as_told_and_one_that_is_known_says_where(client, key):
    lamps(("PJU-1", "Jl. Merdeka", 3))
    sent = {"service_code": "street_light", "description": "padam", "api_key": key, "jurisdiction_id": ""}
    answer = client.post(f"{HERE}/requests.json", sent | {"attribute[asset_id]": "PJU-1"})
    assert answer.status_code == 201, answer.content
    assert Report.objects.get().lon == pytest.approx(STREET[0], abs=1e-4)
    post(client, key, service_code="street_light", asset_id="WFS.77")
    assert Report.objects.order_by("pk").last().asset_id == "WFS.77"
    assert client.post(f"{HERE}/requests.json", sent | {"asset_id": "nobody's"}).status_code == 400
    post(client, key, service_code="flood", asset_id="PJU-1")
    assert Report.objects.order_by("pk").last().asset_id == ""
