"""The requests that the pages show are sent as they stand there, over HTTP, and are answered as the page says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import requests

from kentongan import reports, routing
from tests.pictures import picture
from tests.world import load_world, submission

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
API = (ROOT / "docs/reference/api.md").read_text()
HERE = "http://127.0.0.1:8000"


def curls(page: str) -> list[list[str]]:
    """The words of every curl of our own instance that a page shows."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    found = [one for block in blocks for one in re.split(r"^(?=curl )", block, flags=re.MULTILINE)]
    return [shlex.split(one) for one in found if one.startswith("curl ") and HERE in one]


def send(words: list[str], url: str) -> requests.Response:
    """Does what curl would do with these words, at `url` in place of the address of the page."""
    method, headers, data, address = "GET", {}, None, ""
    given = iter(words[1:])
    for word in given:
        if word == "-X":
            method = next(given)
        elif word == "-H":
            name, _colon, value = next(given).partition(":")
            headers[name] = value.strip()
        elif word == "-d":
            data = next(given).encode()
        else:
            assert not word.startswith("-"), f"teach this test the option {word} of curl"
            address = word.replace(HERE, url)
    return requests.request(method, address, headers=headers, data=data, timeout=30)


@pytest.fixture
def instance(live_server: Any) -> str:
    """The address of a server with catalogue and bodies."""
    load_world()
    return str(live_server.url)


@pytest.mark.django_db(transaction=True)
def test_the_report_that_the_page_sends_is_taken_once_and_other_content_is_refused(instance: str) -> None:
    (words,) = curls(API)
    first, again = send(words, instance), send(words, instance)
    other = send([word.replace("Lubang besar", "Lubang kecil") for word in words], instance)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json()["code"] == again.json()["code"]
    assert first.json()["claim_token"]


@pytest.mark.django_db(transaction=True)
def test_the_alert_that_the_page_sends_is_taken_once_and_has_the_fields_of_the_page(instance: str) -> None:
    page = (ROOT / "docs/reference/alerts.md").read_text()
    (words,) = curls(page)
    first, again = send(words, instance), send(words, instance)
    assert (first.status_code, again.status_code) == (201, 200)
    table = page.partition("The answer, as every later one:")[2].partition("\n\nWho repeats")[0]
    named = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE))))
    assert named <= set(first.json())
    told = {**first.json(), **again.json()}
    assert set(told) - named <= {"alert_id", "received_at", "report"}
    claim = {"Kentongan-Claim": first.json()["token"]}
    paths = re.findall(r"`(GET|POST) (/api/v1/alerts/\{alert_id\}[a-z/]*)`", page)
    assert len(paths) == 5
    for method, path in paths:
        filled = instance + path.replace("{alert_id}", first.json()["alert_id"])
        given = {"json": {"text": "Tolong", "lon": 106.82, "lat": -6.17}} if method == "POST" else {}
        last = path.rpartition("/")[2]
        given = {"json": {"text": "Tolong"}} if last == "messages" else {"json": {}} if last == "cancel" else given
        given = {"files": {"file": picture(1)}} if last == "media" else given
        assert requests.request(method, filled, headers=claim, timeout=30, **given).status_code == 200, path


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_the_one_that_the_page_shows(instance: str) -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", API, re.DOTALL)[0])
    (words,) = curls(API)
    wrong = [word.replace("road_damage", "no_such_thing") for word in words] + ["-H", "Accept-Language: en"]
    answer = send(wrong, instance)
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    assert answer.status_code == shown["status"]
    assert answer.json() == shown


@pytest.mark.django_db(transaction=True)
def test_everything_that_the_page_says_can_be_read_is_answered(instance: str) -> None:
    photo = reports.add_photo(picture(1)).pk
    code = routing.submit(submission(photos=(photo,)), None).report.code
    section = API.partition("## Reading")[2].partition("## Steps")[0]
    fillings = {"{code}": code, "{id}": str(photo), "{thumb or large}": "large", "{z}/{x}/{y}": "15/26107/16946"}
    fillings |= {"category=&": "category=street_light&"}
    fillings |= {"lon=&lat=": "lon=106.82&lat=-6.17", "q=": "q=gambir", "near=lon,lat": "near=106.82,-6.17"}
    asked = re.findall(r"`GET (/[^`]*)`", section)
    assert len(asked) >= 9
    for address in asked:
        filled = address.replace("/bodies/{code}", "/bodies/31.roads")
        for gap, value in fillings.items():
            filled = filled.replace(gap, value)
        answer = requests.get(f"{instance}/api/v1{filled}", timeout=30)
        assert answer.status_code == 200, f"{address}: {answer.text[:300]}"
        tag = answer.headers.get("ETag")
        if tag:
            same = requests.get(f"{instance}/api/v1{filled}", headers={"If-None-Match": tag}, timeout=30)
            assert same.status_code == 304, address


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_every_call_that_the_page_of_open311_names_to_read_is_answered(instance: str, form: str) -> None:
    code = routing.submit(submission(), None).report.code
    page = (ROOT / "docs/reference/open311.md").read_text()
    asked = re.findall(r"^\| `GET ([^`]*)`", page, re.MULTILINE)
    assert len(asked) >= 6
    for address in asked:
        filled = address.replace("CODE", "road_damage").replace("/ID", f"/{code}")
        answer = requests.get(f"{instance}/open311/v2/{filled}.{form}", timeout=30)
        assert answer.status_code == 200, f"{address}: {answer.text[:300]}"
        assert form in answer.headers["Content-Type"]
    refused = requests.post(f"{instance}/open311/v2/requests.{form}", data={"service_code": "road_damage"}, timeout=30)
    assert refused.status_code == 403  # "`POST` needs `api_key`"


@pytest.mark.django_db(transaction=True)
def test_the_addresses_for_those_who_run_it_answer(instance: str) -> None:
    section = API.partition("## For those who run it")[2]
    for address in re.findall(r"`(/[a-z]+)`", section):
        assert requests.get(f"{instance}{address}", timeout=30).status_code == 200, address


def test_no_page_shows_a_request_that_is_not_sent_here() -> None:
    assert {page.name for page in PAGES if curls(page.read_text())} == {"api.md", "alerts.md"}
