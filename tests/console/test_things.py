"""Which thing a report is about, corrected on the officer's page: a lamp chosen wrongly, or none where there is one."""

from __future__ import annotations

import json

import pytest

from kentongan import places, reports, routing
from kentongan.foundation.problems import Problem
from kentongan.network.following import follow
from kentongan.places.models import Asset
from kentongan.places.osm.taking import take as bring
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from tests.console.test_hands import desk, page, take
from tests.places.streets import Extract
from tests.reading import read
from tests.world import DENPASAR, STREET, lamps, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(world):
    lamps(("PJU-1", "Jl. Merdeka", 3), ("PJU-2", "", 30), ("PJU-9", "", 3_000), ("PJU-70", "", 400))
    return routing.submit(submission("street_light", at=STREET, asset_id="PJU-1"), None).report


def officer(client):
    return desk(client, body=Report.objects.latest("pk").body_id)


def linked(report):
    kept = Report.objects.get(pk=report.pk)
    return kept.asset_layer, kept.asset_id, kept.asset_name


def test_an_officer_chooses_another_lamp_or_none_and_everybody_reads_it_in_the_timeline(client, report):
    officer(client)
    before = page(client, report)
    assert 'name="chosen" value="PJU-1" checked' in " ".join(before.split())
    assert "PJU-2" in before
    assert "PJU-70" not in before  # too far to be offered; its number can be typed
    after = take(client, report, "asset", chosen="PJU-2")
    assert "Dicatat aset mana yang dimaksud." in read(after)
    assert "Tentang PJU-2, bukan Jl. Merdeka (PJU-1)" in read(after)
    assert linked(report) == ("street_light", "PJU-2", "")
    take(client, report, "asset", chosen="PJU-2", asset_id=" PJU-70 ")
    assert linked(report)[1] == "PJU-70"
    take(client, report, "asset", chosen="PJU-70", asset_id="\0 \u200b")  # nothing that anybody can see was typed
    assert linked(report)[1] == "PJU-70"
    take(client, report, "asset", chosen="")
    assert linked(report) == ("", "", "")
    seq = Report.objects.get(pk=report.pk).seq
    take(client, report, "asset", chosen="")  # as it is already
    assert Report.objects.get(pk=report.pk).seq == seq
    client.logout()
    public = read(client.get(f"/r/{report.code}", headers={"accept-language": "en"}))
    assert "It is about PJU-2, not about Jl. Merdeka (PJU-1)" in public
    assert "It is not about PJU-70" in public
    told = client.get(f"/api/v1/reports/{report.code}").json()
    assert told["asset"] is None
    steps = client.get(f"/api/v1/reports/{report.code}/timeline").json()["items"]
    assert [one["kind"] for one in steps].count("linked") == 3
    assert list(audit()) == []


def test_history_and_repeats_follow_the_link(client, report):
    other = routing.submit(submission("street_light", at=STREET, asset_id="PJU-2", text="Padam lagi"), None).report
    officer(client)
    assert "Padam lagi" not in page(client, report)
    after = read(take(client, report, "asset", chosen="PJU-2"))
    assert "Padam lagi" in after
    found = reports.near_duplicates("street_light", *STREET, asset_id="PJU-2")
    assert {one.report.pk for one in found if one.same_asset} == {report.pk, other.pk}
    assert Asset.objects.get(own_id="PJU-2").ended_at is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("PJU-404", "tidak ada"),
        ("PJU-9", "lebih dari satu kilometer"),
        ("9" * 2_000, "tidak ada"),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_its_field_and_nothing_changes(client, report, typed, words):
    officer(client)
    answer = take(client, report, "asset", chosen="PJU-1", asset_id=typed)
    assert answer.status_code == 422
    assert words in read(answer).lower()
    assert 'id="asset-asset_id-error"' in read(answer)
    assert typed[:80] in read(answer)
    assert linked(report)[1] == "PJU-1"


def test_a_lamp_that_its_owner_took_down_stays_linked_and_is_offered_to_no_other(client, report):
    Asset.objects.filter(own_id="PJU-1").update(ended_at=report.created_at)
    officer(client)
    assert "Jl. Merdeka (PJU-1)" in page(client, report)
    assert take(client, report, "asset", chosen="PJU-1").status_code == 200
    take(client, report, "asset", chosen="")
    assert take(client, report, "asset", asset_id="PJU-1").status_code == 422


def test_who_was_slower_is_told_and_what_was_linked_elsewhere_can_only_be_taken_away(client, report):
    member = officer(client)
    seq = Report.objects.get(pk=report.pk).seq
    take(client, report, "asset", chosen="PJU-2")
    assert take(client, report, "asset", seq=seq, chosen="").status_code == 409
    assert linked(report)[1] == "PJU-2"
    far = routing.submit(submission("road_damage", at=DENPASAR), None).report
    assert not reports.may_link(far)
    Report.objects.filter(pk=far.pk).update(asset_layer="lampu", asset_id="LPJU/77", asset_name="")
    who = reports.Who(member, reports.Actor.OFFICER, far.body_id)
    with pytest.raises(Problem, match="bad_asset"):
        reports.link(far.code, who, "PJU-2")
    assert reports.link(far.code, who, "LPJU/77").seq == far.seq
    assert linked(reports.link(far.code, who, "")) == ("", "", "")


def test_no_peer_is_told_of_it_as_each_side_calls_things_as_it_knows_them(report):
    from kentongan.network.models import Delivery

    follow([{"report": report.pk, "seq": 1, "kind": "linked"}])
    assert not Delivery.objects.exists()


def test_the_officer_reads_telephone_and_hours_of_the_landmark(client, world, tmp_path, monkeypatch):
    import os
    from pathlib import Path

    (tmp_path / "places.index").write_bytes(Path(os.environ["KENTONGAN_PLACES_INDEX"]).read_bytes())
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    made = Extract()
    made.way([(106.819, -6.1700), (106.821, -6.1700)], highway="residential", name="Jalan Uji")
    made.node((106.8203, -6.1702), amenity="clinic", name="Puskesmas Uji", phone="021-5550-2222", opening_hours="24/7")
    bring(made.write(tmp_path / "one.osm"), lambda *_told: None)
    kept = routing.submit(submission(at=STREET), None).report
    assert json.loads(kept.address)["landmark"] == "Puskesmas Uji"
    assert places.landmark_of(kept.address, *STREET)
    officer(client)
    shown = read(client.get(f"/console/reports/{kept.code}"))
    assert '<a href="tel:021-5550-2222">' in shown
    assert "buka siang malam" in shown
