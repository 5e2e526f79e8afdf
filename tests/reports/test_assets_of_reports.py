"""A report about a thing: which one it may be, what is kept of it, and which reports are likely the same."""

import pytest

from kentongan import catalogue, reports, routing
from kentongan.foundation.problems import Problem
from kentongan.places.models import Asset
from kentongan.reports.models import Report
from tests.world import DENPASAR, STREET, lamps, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def lit(world):
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30), ("PJU-9", "", 3_000))


def sent(asset_id="PJU-1", at=STREET, category="street_light", **more):
    return routing.submit(submission(category, at=at, asset_id=asset_id, **more), None).report


def asset(report):
    return report.asset_layer, report.asset_id, report.asset_name


def test_a_report_keeps_the_thing_as_it_was_called_then(lit):
    made = sent()
    Asset.objects.filter(own_id="PJU-1").update(name="Jl. Baru", ended_at=made.created_at)
    assert asset(Report.objects.get(pk=made.pk)) == ("street_light", "PJU-1", "Jl. Merdeka")


def test_without_a_place_the_thing_says_where_it_is(lit):
    made = sent("PJU-2", at=None)
    assert (made.lon, made.lat) == (round(STREET[0] + 30 / 110_600, 6), STREET[1])
    assert made.state == "routed"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"asset_id": "PJU-404"}, "unknown_asset"),
        ({"asset_id": "9" * 2_000}, "unknown_asset"),
        ({"asset_id": "PJU-1", "category": "road_damage"}, "bad_asset"),
        ({"asset_id": "PJU-9"}, "asset_apart"),
        ({"asset_id": "PJU-1", "at": DENPASAR}, "asset_apart"),
        ({"asset_id": "PJU-404", "at": None}, "unknown_asset"),
        ({"asset_id": "PJU-1", "at": (0.0, 0.0)}, "null_island"),
    ],
)
def test_a_thing_that_cannot_be_meant_is_refused_with_its_field(lit, more, code):
    with pytest.raises(Problem) as told:
        sent(**more)
    assert told.value.code == code
    assert told.value.field == ("lon" if code == "null_island" else "asset_id")
    assert not Report.objects.exists()


def test_what_is_gone_is_refused_and_what_is_only_passed_on_is_kept_as_told(lit):
    Asset.objects.filter(own_id="PJU-1").update(ended_at="2026-01-01T00:00Z")
    with pytest.raises(Problem, match="unknown_asset"):
        sent()
    assert asset(sent("LAMP\0 7", asset_passed_on=True)) == ("street_light", "LAMP 7", "")
    assert asset(sent(asset_passed_on=True)) == ("street_light", "PJU-1", "Jl. Merdeka")
    assert asset(sent("x" * 500, asset_passed_on=True))[1] == "x" * 79 + "…"
    assert asset(sent(category="road_damage", asset_passed_on=True)) == ("", "", "")


def test_a_repeat_is_the_same_and_another_thing_is_not(lit):
    first = submission("street_light", asset_id="PJU-1")
    made = routing.submit(first, None)
    assert routing.submit(first, None).report == made.report
    assert submission("street_light").digest() != first.digest()


def test_those_about_the_same_thing_come_first_and_those_about_the_next_lamp_not(lit):
    old, other, nearer = sent("PJU-1", text="padam"), sent("PJU-2"), sent("", text="lampu mati di sini")
    Report.objects.filter(pk=old.pk).update(created_at="2020-01-01T00:00Z", lon=STREET[0] + 0.0005)
    found = reports.near_duplicates("street_light", *STREET, "lampu mati di sini", asset_id="PJU-1")
    assert [(one.report.pk, one.same_asset) for one in found] == [(old.pk, True), (nearer.pk, False)]
    anywhere = {one.report.pk for one in reports.near_duplicates("street_light", *STREET)}
    assert anywhere == {old.pk, other.pk, nearer.pk}


def test_what_is_secret_or_ended_is_no_likely_repeat(lit):
    sent(privacy="secret")
    done = sent()
    Report.objects.filter(pk=done.pk).update(state="closed")
    assert reports.near_duplicates("street_light", *STREET, asset_id="PJU-1") == []


def test_the_packaged_catalogue_asks_which_lamp_in_both_languages(world):
    from django.utils import translation

    kind = catalogue.get("street_light")
    with translation.override("id"):
        assert (kind.asset_layer, kind.which_asset) == ("street_light", "Lampu yang mana?")
    with translation.override("en"):
        assert kind.which_asset == "Which lamp is it?"


def test_a_catalogue_names_the_layer_and_may_leave_the_question_out(world, tmp_path):
    file = tmp_path / "c.yaml"
    head = "kinds: [{code: well, name: {id: Sumur, en: Well}, asset: "
    file.write_text(head + "{layer: well}}]")
    catalogue.load(file)
    assert catalogue.get("well").which_asset
    file.write_text(head + "{layer: Sumur Umum}}]")
    with pytest.raises(Problem, match="bad_catalogue"):
        catalogue.load(file)


def test_a_report_that_begins_elsewhere_keeps_what_was_told_of_the_thing(lit):
    from datetime import UTC, datetime

    from kentongan import places
    from kentongan.reports import Arrival, Told
    from kentongan.routing import preview

    kind = catalogue.get("street_light")
    arrival = Arrival(
        "kota.example", "7KQF-M2RD", kind, "padam", datetime(2026, 1, 1, tzinfo=UTC), *STREET,
        asset=places.told_asset("lampu", "LPJU/77", "Jl. Mawar"),
    )  # fmt: skip
    made = reports.adopt(
        arrival, reports.locate(kind, *STREET), preview("street_light", *STREET), Told("received_from")
    )
    assert asset(made) == ("lampu", "LPJU/77", "Jl. Mawar")
    assert person()
