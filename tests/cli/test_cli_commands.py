"""What the operator's commands print, and how they end: the figures, the fault by its name, the exit code."""

from __future__ import annotations

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from kentongan import bodies, places, routing
from kentongan.cli import beginning
from kentongan.cli.commands import app_for
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.places import country
from kentongan.places.models import Area, Feature, Layer
from kentongan.reports.models import Report
from tests.cli.test_cli import begun, kentongan
from tests.cli.test_cli_places import square, write
from tests.places.streets import menteng
from tests.world import STREET, person, submission

TO_THE_MINISTRY = """
rules:
  - {code: roads, category: roads_traffic, body: id.pu, reason: {id: Semua jalan., en: All roads.}}
"""


def run(*words: str, answer: str = ""):
    """A command in this process; what it refuses is raised as the entry point would see it."""
    done = CliRunner().invoke(app_for(words[0]), [*words], input=answer)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture
def index(tmp_path, monkeypatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setattr(config(), "data", tmp_path)
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_audit_names_the_report_the_row_and_what_its_timeline_says(world):
    code = routing.submit(submission(), None).report.code
    assert run("audit").exit_code == 0
    Report.objects.filter(code=code).update(state="resolved")
    told = run("audit")
    assert told.exit_code == 1
    assert f"{code}: state is resolved, the timeline says routed" in told.output
    assert "1 differences" in told.output


@pytest.mark.django_db(transaction=True)
def test_a_layer_is_loaded_with_its_owner_and_reach(index):
    line = {"type": "LineString", "coordinates": [[106.80, -6.17], [106.84, -6.17]]}
    road = {"type": "Feature", "properties": {"name": "Jl. Kota"}, "geometry": line}
    done = run("places", "load", write(index / "a.geojson", road), "--layer", "city_road", "--reach", "15")
    assert "1 taken, 0 left out" in done.output
    layer = Layer.objects.get()
    assert (layer.code, layer.owner, layer.reach, Feature.objects.get().name) == (
        "city_road",
        "city_road",
        15,
        "Jl. Kota",
    )
    with pytest.raises(Problem, match="bad_level"):
        run("places", "load", str(index / "a.geojson"))


@pytest.mark.django_db(transaction=True)
def test_of_many_wrong_features_twenty_are_named_and_the_others_counted(index):
    features = [square(106.8, -6.2, f"99.99.99.{1000 + at}") for at in range(23)]
    done = run("places", "load", write(index / "a.geojson", *features), "--level", "village", "--skip-invalid")
    assert done.output.count("there is no parent") == 20
    assert "… and 3 more" in done.output
    assert "0 taken, 23 left out" in done.output


@pytest.mark.django_db(transaction=True)
def test_an_area_ends_on_a_day_and_the_country_without_boundaries_is_made_ready(index, monkeypatch):
    run("places", "load", write(index / "a.geojson", square(106.8, -6.2, "31.71.01.1001")), "--level", "village")
    done = run("places", "end", "31.71.01", "--on", "2026-01-01")
    assert "1 areas end on 2026-01-01" in done.output
    assert Area.objects.get().valid_until == date(2026, 1, 1)
    (index / "new.index").unlink()
    monkeypatch.setattr(country, "boundaries_folder", lambda: None)
    assert "The country comes from gazetteer" in run("places", "prepare").output
    assert (index / "new.index").exists()


@pytest.mark.django_db(transaction=True)
def test_the_gazetteer_is_compared_with_the_polygons():
    told = run("places", "accuracy", "--points", "100").output
    assert "by area: same province" in told
    assert "by village: same province" in told


@pytest.mark.django_db(transaction=True)
def test_streets_are_brought_and_what_was_left_out_is_said(world, index):
    routing.submit(submission(at=(106.8271, -6.1833)), None)
    made = menteng()
    made.node((2.35, 48.86), amenity="school", name="École")
    told = run("places", "osm", str(made.write(index / "extract.osm"))).output
    assert "landmarks; 1 addresses." in told
    assert "left out, outside the country: 1" in told
    assert places.street_text(Report.objects.get().address).startswith("Jl. H. Agus Salim")


@pytest.mark.django_db(transaction=True)
def test_a_decision_is_explained_with_place_rule_reasons_and_who_else_it_could_have_been(world):
    lon, lat = map(str, STREET)
    told = run("route", "explain", "--category", "road_damage", "--lon", lon, "--lat", lat).output
    assert "31.71.01.1001" in told
    assert "(31.roads) → routed" in told
    assert "because: " in told
    as_json = run("route", "explain", "--category", "road_damage", "--lon", lon, "--lat", lat, "--json").output
    assert json.loads(as_json)["body"] == "31.roads"
    told = run("route", "explain", "--category", "harmful_content").output
    assert "id.komdigi" in told
    assert "place:" not in told


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_counts_what_would_go_elsewhere_and_lists_as_many_as_are_asked_for(world, tmp_path):
    for _ in range(3):
        routing.submit(submission(), None)
    rules = tmp_path / "rules.yaml"
    rules.write_text(TO_THE_MINISTRY)
    told = run("route", "rehearse", str(rules), "--since", "2020-01-01", "--limit", "2").output
    assert "3 of 3 reports would go elsewhere." in told
    assert "… and 1 more." in told
    assert all(state == "routed" for state in Report.objects.values_list("state", flat=True))


@pytest.mark.django_db(transaction=True)
def test_an_account_is_erased_only_by_who_says_yes(world):
    known = person()
    routing.submit(submission(), known)
    assert run("people", "erase", known.email, answer="n\n").exit_code != 0
    assert Person.objects.filter(pk=known.pk).exists()
    assert "with nobody's name" in run("people", "erase", known.email, answer="y\n").output
    assert not Person.objects.filter(pk=known.pk).exists()
    assert Report.objects.get().reporter is None


@pytest.mark.django_db(transaction=True)
def test_the_first_administrator_is_told_their_link_and_a_known_one_that_they_are_one_now(db):
    assert "/accounts/" in run("admin", "add", "kepala@contoh.id").output
    Person.objects.create_user("lama@contoh.id", "sandi-yang-panjang")
    assert "has a password already" in run("admin", "add", "lama@contoh.id").output
    assert Person.objects.get(email="lama@contoh.id").is_superuser


@pytest.mark.django_db(transaction=True)
def test_of_many_wrong_rows_of_an_import_twenty_are_named(world, tmp_path):
    (tmp_path / "map.yaml").write_text(
        "source: uji\nid: id\ntext: [text]\nlon: lon\nlat: lat\nreceived_at: at\n"
        "category: {column: kind, values: {Jalan: road_damage}}\n"
    )
    good = f"1,Lubang,{STREET[0]},{STREET[1]},2024-01-31T08:30:00Z,Jalan"
    rows = [good, *(good.replace("1,", f"{at},", 1).replace("Jalan", "Kucing") for at in range(2, 25))]
    (tmp_path / "a.csv").write_text("\n".join(["id,text,lon,lat,at,kind", *rows]))
    told = run("reports", "import", str(tmp_path / "a.csv"), str(tmp_path / "map.yaml"), "--skip-invalid").output
    assert told.count("  row ") == 20
    assert "… and 3 more" in told
    assert "1 reports imported, 0 were here before, 23 left out." in told


@pytest.mark.django_db(transaction=True)
def test_staff_with_a_proven_account_are_named_and_a_wrong_role_is_refused(world):
    person("lama@contoh.id")
    told = run("staff", "invite", "31", "lama@contoh.id", "--role", "officer").output
    assert "works at 31 now" in told
    assert bodies.role(Person.objects.get(), "31") == "officer"
    assert run("staff", "invite", "31", "lama@contoh.id", "--role", "raja").exit_code != 0


@pytest.mark.django_db(transaction=True)
def test_the_demonstration_is_removed_and_counted(world):
    routing.submit(submission(), None)
    Report.objects.update(is_demo=True)
    assert "Removed 1 reports" in run("demo", "remove").output


@pytest.mark.long
def test_an_installation_is_begun_by_one_command_that_can_be_repeated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["init", "https://lapor.example.go.id", "--admin", "kepala@contoh.id", "--data", str(tmp_path / "data")]
    first = begun(*words)
    assert first.returncode == 0, first.stderr
    assert "keep a copy of its KENTONGAN_SECRET_KEY" in first.stdout
    assert "https://lapor.example.go.id/accounts/" in first.stdout
    settings = (tmp_path / ".env").read_text()
    again = kentongan(*words)
    assert again.returncode == 0, again.stderr
    assert "is there already and stays as it is" in again.stdout
    assert (tmp_path / ".env").read_text() == settings


def test_what_cannot_be_an_address_begins_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(beginning, "SETTINGS", tmp_path / ".env")
    for address in ("lapor.example.go.id", "ftp://lapor.example.go.id", "https://"):
        with pytest.raises(Problem, match="bad_address"):
            run("init", address, "--admin", "kepala@contoh.id")
    assert not list(tmp_path.iterdir())


def test_a_step_that_fails_ends_the_beginning_and_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        f"KENTONGAN_MODE=test\nKENTONGAN_DATA={tmp_path}/data\nKENTONGAN_DATABASE=mysql://x\n"
    )
    done = kentongan("init", "https://lapor.example.go.id", "--admin", "kepala@contoh.id")
    assert done.returncode != 0
    assert "KENTONGAN_DATABASE" in done.stderr
    assert "Traceback" not in done.stderr
