"""What waited on a phone for the network arrives once, whoever sends it and however often."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from kentongan.foundation.config import config
from kentongan.reports.models import Report
from kentongan.web import waiting
from tests.pictures import picture
from tests.world import STREET, person

pytestmark = pytest.mark.usefixtures("world")
STATIC = Path(waiting.__file__).with_name("static")


def kept(**said):
    lon, lat = STREET
    return {
        "submission_id": str(uuid4()), "category": "road_damage", "lon": str(lon), "lat": str(lat),
        "text": "Lubang besar di depan pasar", "url": "", "privacy": "public", "body": "", **said,
    }  # fmt: skip


@pytest.fixture
def phone() -> Client:
    return Client(enforce_csrf_checks=True, headers={"accept-language": "id"})


def send(phone: Client, said):
    key = phone.get("/report/waiting").json()["key"]
    return phone.post("/report/waiting", said, headers={"X-CSRFToken": key})


def test_a_report_that_waited_arrives_and_stays_with_the_browser_that_sent_it(phone: Client) -> None:
    answer = send(phone, kept())
    assert answer.status_code == 201
    code = answer.json()["code"]
    assert Report.objects.get(code=code).channel == "web"
    assert code in phone.get("/mine").content.decode()


def test_a_second_try_after_a_lost_answer_is_the_same_report(phone: Client) -> None:
    said = kept()
    first = send(phone, said)
    second = send(phone, said)
    lost_session = send(Client(enforce_csrf_checks=True), said)
    assert [one.status_code for one in (first, second, lost_session)] == [201, 200, 200]
    assert len({one.json()["code"] for one in (first, second, lost_session)}) == 1
    assert Report.objects.count() == 1


def test_photos_of_a_report_that_waited_come_with_it(phone: Client) -> None:
    photo = phone.post("/api/v1/photos", {"file": picture(1)}).json()["id"]
    code = send(phone, kept(photos=[photo])).json()["code"]
    assert [str(one.pk) for one in Report.objects.get(code=code).photos.all()] == [photo]


def test_it_belongs_to_the_person_who_is_signed_in(phone: Client) -> None:
    owner = person()
    phone.force_login(owner)
    assert Report.objects.get(code=send(phone, kept()).json()["code"]).reporter == owner


def test_another_report_that_is_being_written_stays_where_it_is(phone: Client) -> None:
    page = phone.get("/report/new").content.decode()
    send(phone, kept())
    begun = re.search(r'name="submission_id" value="([0-9a-f-]+)"', page)[1]
    assert begun in phone.get("/report/new").content.decode()


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"lon": "2.35", "lat": "48.85"}, 422, "di luar Indonesia"),
        ({"lon": "abc"}, 422, "angka"),
        ({"category": "no_such"}, 422, "kategori"),
        ({"text": ""}, 422, "apa"),
        ({"text": "x" * 100_000}, 422, "4000"),
        ({"submission_id": "1"}, 422, "tidak dapat dikirim"),
        ({"photos": ["x"]}, 422, "tidak dapat dikirim"),
        ({"photos": [str(uuid4())]}, 422, "foto"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_the_readers_words_and_nothing_is_kept(
    said, status: int, words: str, phone: Client
) -> None:
    answer = send(phone, kept(**said))
    assert answer.status_code == status
    assert words.lower() in answer.json()["words"].lower()
    assert not Report.objects.exists()


def test_a_stranger_cannot_send_it_from_another_site(phone: Client) -> None:
    assert phone.post("/report/waiting", kept()).status_code == 403
    assert not Report.objects.exists()


def test_where_an_account_is_needed_the_person_is_told_to_sign_in(phone: Client, monkeypatch) -> None:
    monkeypatch.setattr(config(), "anonymous_reports", False)
    answer = send(phone, kept())
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in")


def test_the_worker_keeps_all_that_the_page_without_a_network_is_made_of(client: Client) -> None:
    worker = client.get("/service-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "__" not in worker.content.decode()
    page = client.get("/report/offline").content.decode()
    needed = {one.removeprefix("/static/") for one in re.findall(r'(?:src|href)="(/static/[^"#]+)', page)}
    assert needed <= set(waiting.KEPT)
    for name in waiting.KEPT:
        if name.endswith(".js"):
            imports = re.findall(r'from "\./([^"]+)"', (STATIC / name).read_text())
            assert {f"js/{one}" for one in imports} <= set(waiting.KEPT)
