"""Open data: a page that leads to it, and every operation of the API on a page served by ourselves."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from kentongan.api.schema import api

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_link_of_the_page_of_open_data_leads_somewhere(client: Client, world: None, language: str) -> None:
    assert 'href="/data"' in client.get("/").content.decode()
    shown = client.get("/data", headers={"Accept-Language": language}).content.decode()
    content = shown.partition("<h1")[2].partition("</main>")[0]  # not what any page says of reports that wait
    links = re.findall(r'href="(/[^"]+)"', content)
    assert len(links) >= 3
    assert {client.get(link).status_code for link in links} == {200}
    assert "CC BY 4.0" in content


def test_the_api_is_shown_whole_without_any_script_of_its_own(client: Client) -> None:
    answer = client.get("/api/v1/docs")
    shown = answer.content.decode()
    document = api.get_openapi_schema(path_prefix="/api/v1/")
    assert len(document["paths"]) > 20
    assert [path for path in document["paths"] if path not in shown] == []
    assert "submission_id" in shown
    assert "https://cdn" not in shown
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert client.get("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("path", ["/", "/data", "/overview", "/area/31.71", "/report/new?step=place", "/api/v1/docs"])
def test_pages_leave_packed_and_none_of_them_is_larger_than_a_slow_phone_bears(
    client: Client, world: None, path: str
) -> None:
    plain, packed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert len(packed.content) < 20_000


@pytest.mark.parametrize("refusal", ["gzip;Q=0, identity", "identity, GZIP ; q=0.000", "x-gzip;q=0"])
def test_who_refuses_packed_pages_gets_them_as_they_are(client: Client, world: None, refusal: str) -> None:
    for path in ("/", "/data", "/api/v1/categories", "/overview.csv"):
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": refusal}).headers, path
        assert "Content-Encoding" in client.get(path, headers={"Accept-Encoding": "gzip;q=0.5, br;q=0"}).headers, path
