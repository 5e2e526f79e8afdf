"""A report says at which street it is, wherever it is read, once the streets are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override
from typer.testing import CliRunner

from kentongan import places, reports, routing
from kentongan.cli.country import app
from kentongan.network.facts import report_facts
from kentongan.places.index import build
from kentongan.places.osm.taking import take
from kentongan.reports.models import Report
from tests.places.streets import Extract
from tests.world import submission, villages

AT = (106.8210, -6.1700)  # in Gambir


@pytest.fixture
def extract(world, tmp_path, monkeypatch):
    """An extract with streets in Gambir, and the villages of the small country without its roads."""
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    build(tmp_path / "places.index", villages(), [], {"version": "test"})
    made = Extract()
    made.way([(106.8209, -6.1650), (106.8209, -6.1750)], highway="residential", name="Jalan Uji Merdeka")
    made.way([(106.8100, -6.1600), (106.8300, -6.1600)], highway="trunk", name="Jalan Uji Raya")
    made.way([(106.8100, -6.1550), (106.8300, -6.1550)], highway="trunk")
    made.way([(106.8100, -6.1520), (106.8300, -6.1520)], highway="motorway", name="Jalan Tol Uji")
    made.node((106.8125, -6.1720), railway="level_crossing")
    made.node((106.8213, -6.1701), amenity="hospital", name="RS Uji Gambir")
    return made.write(tmp_path / "gambir.osm")


@pytest.fixture
def streets(extract):
    take(extract, lambda *_told: None)


def sent(at=AT, **fields) -> Report:
    return routing.submit(submission(at=at, **fields), None).report


def test_the_street_is_on_the_page_in_the_api_in_open311_and_at_peers(streets, client: Client):
    code = sent().code
    street = "Jl. Uji Merdeka (sisi timur), dekat RS Uji Gambir"
    assert street in client.get(f"/r/{code}").content.decode()
    told = client.get(f"/api/v1/reports/{code}", headers={"Accept-Language": "id"}).json()
    assert told["address"].startswith(f"{street}, Kel. Gambir, Kec. Gambir, ")
    assert (
        client.get("/api/v1/reports", headers={"Accept-Language": "en"})
        .json()["items"][0]["address"]
        .startswith("Jl. Uji Merdeka (east side), near RS Uji Gambir, ")
    )
    (open311,) = client.get(f"/open311/v2/requests/{code}.json").json()
    assert open311["address"].startswith("Jl. Uji Merdeka")
    assert report_facts(Report.objects.get(code=code), "peer")["address"].startswith(street)
    assert "OpenStreetMap" in client.get("/").content.decode()
    assert "OpenStreetMap" in client.get("/data").content.decode()


def test_without_streets_a_report_says_its_village_as_before_and_nobody_is_thanked(world, client: Client):
    code = sent().code
    assert client.get(f"/api/v1/reports/{code}").json()["address"].startswith("Gambir, Gambir, ")
    assert "OpenStreetMap" not in client.get("/").content.decode()


def test_an_address_stays_what_it_was_when_the_streets_are_brought_anew(streets, tmp_path, client: Client):
    code = sent().code
    made = Extract()
    made.way([(106.8209, -6.1650), (106.8209, -6.1750)], highway="residential", name="Jalan Ganti Nama")
    take(made.write(tmp_path / "new.osm"), lambda *_told: None)
    assert "Uji Merdeka" in client.get(f"/api/v1/reports/{code}").json()["address"]
    assert "Ganti Nama" in client.get(f"/api/v1/reports/{sent().code}").json()["address"]


def test_the_form_shows_the_street_before_anything_is_sent(streets, client: Client):
    client.post("/report/new", {"step": "kind", "category": "road_damage"})
    client.post("/report/new", {"step": "place", "lon": str(AT[0]), "lat": str(AT[1])})
    assert "Jl. Uji Merdeka" in client.get("/report/new?step=words").content.decode()


@pytest.mark.parametrize(("at", "body", "word"), [
    ((106.8200, -6.16007), "id.pu", "Lokasinya di Jl. Uji Raya, sebuah jalan nasional"),
    ((106.8200, -6.15507), "id.pu", "Lokasinya di jalan tanpa nama, sebuah jalan nasional"),
    ((106.8200, -6.15207), "id.bpjt", "Jl. Tol Uji, sebuah jalan tol"),
    ((106.8125, -6.17205), "id.kai", "perlintasan kereta api"),
    (AT, "31.roads", "pemerintah daerah"),
])  # fmt: skip
def test_a_hole_goes_to_the_owner_of_the_road_and_says_which(streets, at, body, word):
    found = sent(at=at)
    assert found.body_id == body
    assert word in json.dumps([one["text"]["id"] for one in found.decision["reasons"]])


def test_what_is_no_matter_of_roads_stays_with_the_government_beside_the_national_road(streets):
    assert sent(at=(106.8200, -6.16007), category="waste").body_id != "id.pu"


def test_reports_of_before_get_their_address_from_the_command_and_those_that_have_one_keep_it(extract, client: Client):
    before, place_less = sent().code, sent(at=None, category="harmful_content", url="https://contoh.id/x").code
    ran = CliRunner().invoke(app, ["osm", str(extract)])
    assert ran.exit_code == 0, ran.output
    assert "4 streets, 1 landmarks; 1 addresses." in ran.output
    assert "national_road: 2" in ran.output
    assert Report.objects.get(code=before).address
    assert not Report.objects.get(code=place_less).address
    Report.objects.filter(code=before).update(address='{"street":"Jl. Lama"}')
    assert "0 addresses." in CliRunner().invoke(app, ["osm", str(extract)]).output
    assert client.get(f"/api/v1/reports/{before}").json()["address"].startswith("Jl. Lama, ")


def test_a_file_that_is_none_is_told_in_one_line(world, tmp_path: Path):
    (tmp_path / "a.osm.pbf").write_bytes(b"nothing")
    ran = CliRunner().invoke(app, ["osm", str(tmp_path / "a.osm.pbf")])
    assert ran.exit_code != 0
    assert reports.address_all(lambda *_told: None) == 0
    with override("id"):
        assert places.street_text("") == ""
