"""The REST API: a report sent, read, listed and answered; and everything that can be wrong with it."""

import gzip
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from kentongan import bodies, reports
from kentongan.bodies.models import Membership
from kentongan.foundation.config import config
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.reports.cells import recount
from kentongan.reports.models import Entry, Photo, Report
from tests.world import DENPASAR, STREET, lamps

pytestmark = pytest.mark.django_db
HERE = {"lon": STREET[0], "lat": STREET[1]}


@pytest.fixture(autouse=True)
def _open_doors(world, monkeypatch):
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 10_000)


@pytest.fixture
def citizen():
    return Person.objects.create_user("wayan@example.org", "a long drum beat")


def caller(person=None, **headers):
    if person:
        headers["authorization"] = f"Bearer {tokens.issue(person)[0]}"
    return Client(headers={"accept-language": "en", **headers})


def draft(**changes):
    sent = {"submission_id": str(uuid.uuid4()), "category": "road_damage", "text": "A hole", **HERE, **changes}
    return {name: value for name, value in sent.items() if value is not ...}


def post(client, path, body):
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


def send(client=None, **changes):
    return post(client or caller(), "/reports", draft(**changes))


def picture(colour="red", size=(64, 48)):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    out.seek(0)
    out.name = "photo.jpg"
    return out


def refused(response, status, code, field=None):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told = json.loads(response.content)
    assert told["code"] == code
    if field is not None:
        assert told["field"] == field
    return told


def officer_of(code, role="officer"):
    person = Person.objects.create_user(f"{role}@{code}.example.org")
    Membership.objects.create(person=person, body_id=code, role=role)
    return person


def test_a_report_is_sent_and_answers_with_all_its_names(citizen):
    response = send(caller(citizen))
    assert response.status_code == 201, response.content
    told = response.json()
    assert response["Location"] == told["links"]["self"]
    assert told["state"] == "routed"
    assert told["status"] == "waiting"
    assert told["category"] == "road_damage"
    assert (told["lon"], told["lat"]) == (HERE["lon"], HERE["lat"])
    assert [area["level"] for area in told["areas"]] == ["province", "regency", "district", "village"]
    assert told["areas"][0]["code"] == "31"
    assert told["body"] == {"code": "31.roads", "name": told["body"]["name"], "level": "department", "partner": True}
    assert told["reasons"]
    assert all(reason["code"] and reason["text"] for reason in told["reasons"])
    assert {"created_at", "updated_at"} <= set(told)


def test_reasons_follow_the_language_of_the_caller(citizen):
    code = send(caller(citizen)).json()["code"]
    english = caller().get(f"/api/v1/reports/{code}").json()
    indonesian = caller(**{"accept-language": "id"}).get(f"/api/v1/reports/{code}").json()
    assert [one["code"] for one in english["reasons"]] == [one["code"] for one in indonesian["reasons"]]
    assert english["reasons"] != indonesian["reasons"]


def test_the_same_submission_again_is_the_same_report_and_another_under_its_id_is_refused():
    sent, client = draft(), caller()
    first = post(client, "/reports", sent)
    again = post(client, "/reports", sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["code"] == again.json()["code"]
    assert first.json()["claim_token"] == again.json()["claim_token"]
    refused(post(client, "/reports", {**sent, "text": "Another"}), 409, "submission_conflict", "submission_id")
    assert Report.objects.count() == 1


BAD = [
    ({"category": "no_such"}, 422, "unknown_category", "category"),
    ({"category": "\u0000"}, 422, "unknown_category", "category"),
    ({"category": ...}, 422, "invalid_input", "category"),
    ({"lon": 151.2, "lat": -33.9}, 422, "outside_country", None),
    ({"lon": 0, "lat": 0}, 422, "null_island", None),
    ({"lon": -6.1754, "lat": 106.8272}, 422, "swapped_coordinates", None),
    ({"lon": 1e300, "lat": 5}, 422, "bad_coordinates", None),
    ({"lon": "east"}, 422, "invalid_input", "lon"),
    ({"lon": None}, 422, "place_required", "lon"),
    ({"occurred_at": "2199-01-01T00:00:00Z"}, 422, "future_time", "occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, 400, "invalid_input", "occurred_at"),
    ({"occurred_at": "2026-01-01T00:00:00"}, 400, "invalid_input", "occurred_at"),
    ({"occurred_at": "20260101"}, 400, "invalid_input", "occurred_at"),  # was a second of the year 1970
    ({"occurred_at": 20260101}, 400, "invalid_input", "occurred_at"),
    ({"text": "x" * 100_000}, 422, "text_too_long", "text"),
    ({"text": "\u202e\u0000"}, 422, "text_required", "text"),
    ({"url": "javascript:alert(1)"}, 422, "bad_url", "url"),
    ({"privacy": "half"}, 422, "invalid_input", "privacy"),
    ({"answers": {"strange": "x"}}, 422, "bad_answer", None),
    ({"answers": []}, 422, "invalid_input", "answers"),
    ({"photos": [str(uuid.uuid4())]}, 422, "unknown_photo", "photos"),
    ({"photos": [str(uuid.uuid4()) for _ in range(6)]}, 422, "too_many_photos", "photos"),
    ({"submission_id": "1"}, 422, "invalid_input", "submission_id"),
    ({"colour": "red"}, 422, "invalid_input", "colour"),
]


@pytest.mark.parametrize(("changes", "status", "code", "field"), BAD)
def test_bad_input_is_named_precisely_and_leaves_nothing(changes, status, code, field):
    refused(send(**changes), status, code, field)
    assert not Report.objects.exists()
    assert not Entry.objects.exists()


def test_refusals_of_other_rooms_speak_the_language_of_the_caller():
    english = refused(send(category="no_such"), 422, "unknown_category")
    indonesian = refused(send(caller(**{"accept-language": "id"}), category="no_such"), 422, "unknown_category")
    assert english["detail"] != indonesian["detail"]
    assert english["title"] != indonesian["title"]


def test_not_a_number_is_broken_json():
    body = json.dumps(draft(lon=float("nan")))
    response = caller().post("/api/v1/reports", body, content_type="application/json")
    refused(response, 400, "bad_json")
    refused(caller().get("/api/v1/locate?lon=nan&lat=1"), 422, "invalid_input", "lon")


# The kind of issue 10, line 17: mysociety/fixmystreet#1373, fedify-dev/fedify#226, superseriousbusiness/gotosocial#2145
ODD_TIMES = [
    "20260101", "-1", "1e9", "2026-W01-1", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:61:00Z", "2026-01-01T00:00:00", "2026-01-01",
    "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00 WIB", "01/02/2026", "1 Januari 2026", "yesterday", "now()", "NaN",
    "null", "true", "[]", "２０２６-01-01T00:00:00Z", "P1D", "2026-001T00:00:00Z", "T00:00:00Z",
    "+12026-01-01T00:00:00Z", "2026-01-01T00:00:00Z/P1D", "2026-01-01T00:00:00-", "0000-00-00T00:00:00Z", "1e400",
]  # fmt: skip


def test_every_odd_time_is_a_request_that_cannot_be_read():
    for odd in ODD_TIMES:
        for name in ("since", "until", "updated_since"):
            refused(caller().get("/api/v1/reports", {name: odd}), 400, "invalid_input", name)
    for odd in [*ODD_TIMES, 1e308, True, [], {}, ["2026-01-01T00:00:00Z"], {"$date": 1}]:
        refused(send(occurred_at=odd), 400, "invalid_input", "occurred_at")
    for fine in ("2026-01-01T00:00:00Z", "2026-01-01T07:00+07:00", "2026-01-01T00:00:00 07:00", "2026-01-01 00:00:00z"):
        assert caller().get("/api/v1/reports", {"since": fine}).status_code == 200
    both = refused(send(occurred_at="x", lon="east"), 400, "invalid_input")
    assert {one["field"] for one in both["errors"]} == {"occurred_at", "lon"}


def test_direction_tricks_and_control_characters_are_taken_out():
    code = send(text="Jalan \u202erusak\u0007").json()["code"]
    assert caller().get(f"/api/v1/reports/{code}").json()["text"] == "Jalan rusak"


def test_anonymous_reports_are_limited_and_a_repeat_is_not(monkeypatch):
    monkeypatch.setattr(config(), "anonymous_reports_per_hour", 2)
    sent, client = draft(), caller()
    assert post(client, "/reports", sent).status_code == 201
    assert send(client).status_code == 201
    refused(send(client), 429, "too_many")
    assert post(client, "/reports", sent).status_code == 200


def test_anonymous_reports_can_be_switched_off(monkeypatch, citizen):
    monkeypatch.setattr(config(), "anonymous_reports", False)
    refused(send(), 401, "sign_in")
    assert send(caller(citizen)).status_code == 201


def test_an_expired_token_is_refused(citizen):
    client = caller(citizen)
    citizen.api_tokens.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused(send(client), 401, "token_expired")


def test_a_session_needs_its_csrf_token(citizen):
    client = Client(enforce_csrf_checks=True)
    client.force_login(citizen)
    refused(send(client), 403, "bad_csrf")


def test_photos_go_first_or_along_and_a_repeat_adds_none(citizen):
    client = caller(citizen)
    told = client.post("/api/v1/photos", {"file": picture()})
    assert told.status_code == 201, told.content
    code = send(client, photos=[told.json()["id"]]).json()["code"]
    shown = client.get(f"/api/v1/reports/{code}").json()["photos"]
    assert [photo["id"] for photo in shown] == [told.json()["id"]]
    image = caller().get(shown[0]["links"]["thumb"])
    assert image["Content-Type"] == "image/jpeg"

    form = {**draft(), "answers": "{}"}
    first = client.post("/api/v1/reports", {**form, "files": [picture("blue"), picture("green")]})
    again = client.post("/api/v1/reports", {**form, "files": [picture("blue"), picture("green")]})
    assert (first.status_code, again.status_code) == (201, 200), again.content
    assert len(first.json()["photos"]) == 2
    assert Photo.objects.count() == 3
    other = client.post("/api/v1/reports", {**form, "files": [picture("blue"), picture("red")]})
    refused(other, 409, "submission_conflict")  # another photo is another report
    assert Photo.objects.exclude(report=None).count() == 3


def test_a_file_that_is_no_photo_is_refused(citizen):
    client = caller(citizen)
    text = io.BytesIO(b"<svg onload=alert(1)>")
    text.name = "photo.jpg"
    refused(client.post("/api/v1/photos", {"file": text}), 415, "not_a_photo")
    refused(client.post("/api/v1/photos", {}), 422, "photo_required")
    refused(post(client, "/photos", {}), 422, "photo_required")
    assert not Photo.objects.exists()


def test_six_files_are_refused():
    form = {**draft(), "files": [picture() for _ in range(6)]}
    refused(caller().post("/api/v1/reports", form), 422, "too_many_photos")
    assert not Report.objects.exists()
    assert not Photo.objects.exists()


def test_secret_reports_are_seen_by_their_reporter_only(citizen):
    told = send(caller(citizen), privacy="secret").json()
    path = f"/api/v1/reports/{told['code']}"
    assert len(told["code"]) > 20
    refused(caller().get(path), 404, "not_found")
    refused(caller().get(f"{path}/timeline"), 404, "not_found")
    response = caller(citizen).get(path)
    assert response.status_code == 200
    assert "private" in response["Cache-Control"]
    assert caller().get("/api/v1/reports").json()["items"] == []


def test_a_claim_token_shows_the_reporter_and_moves_the_report(citizen):
    told = send(privacy="secret").json()
    path = f"/api/v1/reports/{told['code']}"
    holder = caller(**{"kentongan-claim": told["claim_token"]})
    assert holder.get(path).status_code == 200
    claimed = caller(citizen, **{"kentongan-claim": told["claim_token"]}).post(
        "/api/v1/claims", content_type="application/json"
    )
    assert claimed.status_code == 200, claimed.content
    refused(holder.get(path), 404, "not_found")
    assert caller(citizen).get(path).status_code == 200


def test_pages_stay_stable_while_reports_come_in(citizen):
    client = caller(citizen)
    codes = [send(client).json()["code"] for _ in range(7)]
    seen, cursor = [], ""
    while True:
        page = client.get(f"/api/v1/reports?limit=3&cursor={cursor}").json()
        seen += [one["code"] for one in page["items"]]
        if not page["next"]:
            break
        cursor = page["next"]
        send(client)
    assert seen == codes[::-1]


def test_filters_find_and_leave_out(citizen):
    client = caller(citizen)
    here = send(client).json()["code"]
    there = send(client, lon=DENPASAR[0], lat=DENPASAR[1], category="waste").json()["code"]

    def codes(query):
        response = client.get(f"/api/v1/reports?{query}")
        assert response.status_code == 200, response.content
        return {one["code"] for one in response.json()["items"]}

    now = timezone.now()
    assert codes("") == {here, there}
    assert codes("bbox=106.8,-6.2,106.9,-6.1") == {here}
    assert codes("near=115.22,-8.65,500") == {there}
    assert codes("area=31") == {here}
    assert codes("area=51.71") == {there}
    assert codes("body=31") == {here}
    assert codes("category=waste") == {there}
    assert codes("state=routed") == {here, there}
    assert codes("state=done") == set()
    assert codes(f"since={(now + timedelta(hours=1)).isoformat()}") == set()
    assert codes(f"until={(now + timedelta(hours=1)).isoformat()}") == {here, there}
    assert codes(f"updated_since={(now - timedelta(hours=1)).isoformat()}") == {here, there}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bbox=1,2,3", "bbox"), ("bbox=a,b,c,d", "bbox"), ("bbox=nan,1,2,3", "bbox"), ("bbox=10,1,5,3", "bbox"),
        ("near=1,2", "near"), ("near=106,-6,1e9", "near"), ("near=106,-6,nan", "near"), ("area=Jakarta", "area"),
        ("area=%00", "area"), ("body=none", "body"), ("body=%00", "body"), ("category=none", "category"),
        ("state=lost", "state"), ("since=yesterday", "since"), ("since=0001-01-01T00:00:00Z", "since"),
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=many", "limit"), ("cursor=abc", "cursor"),
        ("cursor=%C2%B2", "cursor"),
    ],
)  # fmt: skip
def test_bad_filters_are_named(query, field):
    response = caller().get(f"/api/v1/reports?{query}")
    refused(response, 400 if field == "since" else 422, json.loads(response.content)["code"], field)


def test_public_answers_have_tags_and_are_packed(citizen):
    code = send(caller(citizen)).json()["code"]
    for path in (f"/reports/{code}", f"/reports/{code}/timeline", "/reports", "/categories", "/bodies"):
        first = caller().get(f"/api/v1{path}")
        assert "public" in first["Cache-Control"], path
        again = caller(**{"if-none-match": first["ETag"]}).get(f"/api/v1{path}")
        assert again.status_code == 304
        assert again.content == b""
        assert again["ETag"] == first["ETag"]
        other = caller(**{"if-none-match": first["ETag"], "accept-language": "id"}).get(f"/api/v1{path}")
        assert other.status_code == 200 or path.endswith("timeline") is False
        assert "Accept-Language" in first["Vary"]
    packed = caller(**{"accept-encoding": "gzip"}).get("/api/v1/categories")
    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content)) == caller().get("/api/v1/categories").json()


def test_a_list_has_another_tag_once_anything_it_shows_has_changed(citizen):
    code = send(caller(citizen)).json()["code"]

    def tag():
        return caller().get("/api/v1/reports")["ETag"]

    seen = [tag()]
    assert tag() == seen[0]
    reports.comment(code, reports.Who(citizen, reports.Actor.REPORTER), "Makin dalam")
    seen.append(tag())
    bodies.end_partnership("31")
    seen.append(tag())
    send(caller(citizen))
    seen.append(tag())
    assert len(set(seen)) == 4


def test_support_and_comments_are_counted_once(citizen):
    code = send().json()["code"]
    client = caller(citizen)
    assert post(client, f"/reports/{code}/support", {}).json()["support_count"] == 1
    assert post(client, f"/reports/{code}/support", {}).json()["support_count"] == 1
    assert post(client, f"/reports/{code}/comments", {"text": "Here too"}).json()["comment_count"] == 1
    refused(post(client, f"/reports/{code}/comments", {"text": " "}), 422, "text_required")
    refused(post(caller(), f"/reports/{code}/support", {}), 401, "sign_in")
    refused(post(client, f"/reports/{code}/rating", {"stars": 9}), 422, "bad_stars")


def test_an_unknown_code_is_not_found(citizen):
    for code in ("XXXX-XXXX", "%00", "a" * 500, "é"):
        refused(caller().get(f"/api/v1/reports/{code}"), 404, "not_found")
        refused(post(caller(citizen), f"/reports/{code}/support", {}), 404, "not_found")


def test_the_preview_says_who_and_why():
    told = post(caller(), "/preview", {"category": "road_damage", **HERE})
    assert told.status_code == 200, told.content
    assert told.json()["body"]["code"] == "31.roads"
    assert told.json()["reasons"][0]["text"]
    refused(post(caller(), "/preview", {"category": "road_damage"}), 422, "place_required")


def test_duplicates_are_offered(citizen):
    code = send(caller(citizen)).json()["code"]
    found = caller().get("/api/v1/duplicates", {"category": "road_damage", **HERE, "text": "hole"}).json()["items"]
    assert found[0]["report"]["code"] == code
    assert found[0]["distance"] < 5
    beyond = caller().get("/api/v1/duplicates", {"category": "road_damage", "lon": 200, "lat": 0})
    refused(beyond, 422, "bad_coordinates")


def test_places_categories_and_bodies_can_be_asked():
    located = caller().get("/api/v1/locate", HERE).json()
    assert located["areas"][0]["code"] == "31"
    refused(caller().get("/api/v1/locate", {"lon": -6.1, "lat": 106.8}), 422, "swapped_coordinates")
    kinds = {one["code"] for one in caller().get("/api/v1/categories").json()["items"]}
    assert {"road_damage", "waste", "harmful_content"} <= kinds
    page = caller().get("/api/v1/bodies", {"limit": 2}).json()
    assert len(page["items"]) == 2
    following = caller().get("/api/v1/bodies", {"limit": 2, "cursor": page["next"]}).json()
    assert following["items"][0]["code"] > page["items"][1]["code"]
    assert caller().get("/api/v1/bodies/31").json()["counts"]["all"] == 0
    refused(caller().get("/api/v1/bodies/none"), 404, "not_found")
    called = {
        "Satpol PP": "31.order", "PDAM": "31.water.supply", "Dishub": "31.transport", "BPJT": "id.bpjt",
        "perhubungan dinas": "31.transport", "31.fire": "31.fire",
    }  # fmt: skip
    for asked, code in called.items():
        found = caller().get("/api/v1/bodies", {"q": asked}).json()["items"]
        assert code in [one["code"] for one in found], asked
    for asked in ("...", "%", "zzz qqq"):
        assert caller().get("/api/v1/bodies", {"q": asked}).json()["items"] == [], asked
    assert caller().get("/api/v1/areas", {"q": "Denpasar"}).json()["items"]


def test_the_map_shows_points_from_near_and_refuses_tiles_that_are_none(citizen):
    code = send(caller(citizen)).json()["code"]
    near = caller().get("/api/v1/map/16/52213/33893")
    assert near.status_code == 200, near.content
    assert [point[0] for point in near.json()["points"]] == [code]
    assert caller().get("/api/v1/map/0/0/0").status_code == 200
    for tile in ("1/2/0", "-1/0/0", "99/0/0", "1/0/-1", f"3/{10**30}/0"):
        refused(caller().get(f"/api/v1/map/{tile}"), 422, "bad_tile")
    refused(caller().get("/api/v1/map/a/0/0"), 422, "invalid_input")


def test_a_report_goes_through_an_officers_hands_and_back(citizen):
    code = send(caller(citizen)).json()["code"]
    officer, path = caller(officer_of("31.roads")), f"/reports/{code}"
    assert post(officer, f"{path}/accept", {}).json()["status"] == "in_process"
    assert post(officer, f"{path}/start", {"text": "Tomorrow"}).json()["state"] == "in_progress"
    assert post(officer, f"{path}/notes", {"text": "Ask the depot", "internal": True}).status_code == 200
    refused(post(officer, f"{path}/resolve", {}), 422, "missing_evidence")
    resolved = post(officer, f"{path}/resolve", {"no_photo_reason": "It was dark"}).json()
    assert (resolved["status"], resolved["ending"]) == ("done", "solved")
    refused(post(officer, f"{path}/accept", {}), 409, "wrong_state")

    reporter = caller(citizen)
    reopened = post(reporter, f"{path}/reopen", {"text": "The hole is still there"}).json()
    assert reopened["status"] == "waiting"
    assert post(officer, f"{path}/resolve", {"no_photo_reason": "Again"}).json()["status"] == "done"
    assert post(reporter, f"{path}/confirm", {}).json()["state"] == "confirmed"
    assert post(reporter, f"{path}/rating", {"stars": 5}).status_code == 200

    kinds = [one["kind"] for one in caller().get(f"/api/v1{path}/timeline").json()["items"]]
    assert kinds[:4] == ["received", "routed", "accepted", "started"]
    assert "noted" not in kinds
    inside = [one["kind"] for one in officer.get(f"/api/v1{path}/timeline").json()["items"]]
    assert "noted" in inside


@pytest.mark.parametrize(("step", "sent"), [("confirm", {}), ("reopen", {"text": "Masih berlubang"})])
def test_a_result_is_judged_by_its_reporter_alone(citizen, step, sent):
    path = f"/reports/{send(caller(citizen)).json()['code']}"
    post(caller(officer_of("31.roads")), f"{path}/resolve", {"no_photo_reason": "Sudah"})
    for stranger in (caller(officer_of("51.71")), caller()):
        refused(post(stranger, f"{path}/{step}", sent), 403, "wrong_actor")
    assert post(caller(citizen), f"{path}/{step}", sent).status_code == 200


def test_staff_of_another_body_and_citizens_are_refused(citizen):
    code = send(caller(citizen)).json()["code"]
    before = Entry.objects.count()
    for person in (officer_of("51.71"), citizen):
        refused(post(caller(person), f"/reports/{code}/accept", {}), 403, "forbidden")
    refused(post(caller(), f"/reports/{code}/accept", {}), 401, "sign_in")
    assert Entry.objects.count() == before


def test_a_decision_on_an_old_view_is_refused(citizen):
    told = send(caller(citizen)).json()
    officer = caller(officer_of("31.roads"))
    path = f"/reports/{told['code']}/accept"
    refused(post(officer, path, {"expected_seq": told["seq"] - 1}), 409, "changed_meanwhile")
    assert post(officer, path, {"expected_seq": told["seq"]}).status_code == 200


@pytest.mark.parametrize("number", [1500, 3000])
def test_a_map_tile_stays_small_whatever_lies_in_it(number):
    tile = (52213, 33893)  # of zoom 16, around STREET
    Report.objects.bulk_create(
        Report(
            code=f"T{at:08d}", submission_id=uuid.uuid4(), digest="", category_id="road_damage",
            lon=STREET[0] + at % 50 * 1e-5, lat=STREET[1] - at // 50 * 1e-5, state="routed",
        )
        for at in range(number)
    )  # fmt: skip
    recount()
    response = caller(**{"accept-encoding": "gzip"}).get(f"/api/v1/map/16/{tile[0]}/{tile[1]}")
    assert response.status_code == 200
    assert len(response.content) < 100_000
    for z in range(17):
        x, y = tile[0] >> (16 - z), tile[1] >> (16 - z)
        response = caller(**{"accept-encoding": "gzip"}).get(f"/api/v1/map/{z}/{x}/{y}")
        assert response.status_code == 200
        assert len(response.content) < 100_000


def test_a_list_and_a_single_report_say_the_same(citizen):
    code = send(caller(citizen), occurred_at="2026-01-02T03:04:05+07:00").json()["code"]
    single = caller().get(f"/api/v1/reports/{code}").json()
    listed = caller().get("/api/v1/reports").json()["items"][0]
    assert {**listed, "photos": []} == single
    staff = caller(officer_of("31.roads")).get(f"/api/v1/reports/{code}").json()
    assert staff == single
    assert single["occurred_at"] == "2026-01-01T20:04:05+00:00"


def test_a_report_about_a_thing_names_it_when_it_is_sent_and_read():
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30))
    sent = send(category="street_light", asset_id="PJU-1")
    thing = {"layer": "street_light", "id": "PJU-1", "name": "Jl. Merdeka"}
    assert sent.status_code == 201
    assert sent.json()["asset"] == thing
    assert caller().get(f"/api/v1/reports/{sent.json()['code']}").json()["asset"] == thing
    assert caller().get("/api/v1/reports").json()["items"][0]["asset"] == thing
    assert send().json()["asset"] is None
    refused = send(category="street_light", asset_id="PJU-404")
    assert (refused.status_code, refused.json()["field"]) == (422, "asset_id")
    assert send(category="street_light", asset_id="PJU-2", lon=..., lat=...).json()["lon"] > STREET[0]


def test_the_things_around_a_place_are_listed_nearest_first():
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30), ("PJU-3", "", 300))
    asked = {"category": "street_light", "lon": STREET[0], "lat": STREET[1]}
    found = caller().get("/api/v1/assets", asked).json()["items"]
    assert [(one["id"], one["name"]) for one in found] == [("PJU-1", "Jl. Merdeka"), ("PJU-2", "")]
    assert 2 < found[0]["distance"] < 4
    assert caller().get("/api/v1/assets", asked | {"category": "road_damage"}).json() == {"items": []}
    for wrong in ({"category": "none"}, {"lon": "x"}, {"lon": 0, "lat": 0}, {"lat": 300}, {"lon": -6.2, "lat": 106.8}):
        assert caller().get("/api/v1/assets", asked | wrong).status_code == 422
    kinds = {one["code"]: one["asset"] for one in caller().get("/api/v1/categories").json()["items"]}
    assert kinds["street_light"] == {"layer": "street_light", "question": "Which lamp is it?"}
    assert kinds["road_damage"] is None


def test_likely_repeats_say_that_they_are_about_the_same_thing():
    lamps(("PJU-1", "", 3), ("PJU-2", "", 30))
    same, other = (send(category="street_light", asset_id=one).json()["code"] for one in ("PJU-1", "PJU-2"))
    asked = {"category": "street_light", **HERE}
    found = caller().get("/api/v1/duplicates", asked | {"asset_id": "PJU-1"}).json()["items"]
    assert [(one["report"]["code"], one["same_asset"]) for one in found] == [(same, True)]
    assert {one["report"]["code"] for one in caller().get("/api/v1/duplicates", asked).json()["items"]} == {same, other}
    assert caller().get("/api/v1/duplicates", asked | {"asset_id": "\0"}).status_code in (200, 422)
