"""A region brings its history: past reports from a CSV file, placed, routed and told like any other, once."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4, uuid5

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kentongan import bodies, places, reports, routing
from kentongan.foundation.outbox import Event
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from kentongan.reports import past
from kentongan.reports.audit import audit
from kentongan.reports.cells import recount
from kentongan.reports.models import Report, ReportCell
from kentongan.routing import importing, past_files
from tests.cli.test_cli import kentongan
from tests.world import BEKASI, ON_NATIONAL_ROAD, STREET, build_country

MAPPING = """
source: crm-lama
id: nomor
text: [judul, isi]
lon: bujur
lat: lintang
received_at: masuk
ended_at: selesai
answer: jawaban
category: {column: jenis, values: {Jalan: road_damage, Sampah: waste, Lainnya: other}}
outcome:
  column: status
  values: {Baru: waiting, Dikerjakan: in_process, Selesai: done, Ditolak: closed, Luar: passed_on}
"""
HEADER = "nomor,judul,isi,bujur,lintang,masuk,selesai,jenis,status,jawaban"
OPEN = f"1,Lubang,Lubang besar,{STREET[0]},{STREET[1]},2015-03-01T08:00:00,,Jalan,Baru,"
DONE = (
    f"2,Lubang,,{ON_NATIONAL_ROAD[0]},{ON_NATIONAL_ROAD[1]},"
    "2015-03-02T08:00:00Z,2015-03-05T09:30:00Z,Jalan,Selesai,Sudah ditambal"
)


@pytest.fixture
def bring(world, tmp_path):
    """Imports rows as a file would bring them."""

    def imported(*rows, mapping=MAPPING, skip_invalid=False, header=HEADER):
        (tmp_path / "map.yaml").write_text(mapping)
        (tmp_path / "past.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return routing.import_file(
            tmp_path / "past.csv", routing.read_mapping(tmp_path / "map.yaml"),
            contested_for=timedelta(days=14), skip_invalid=skip_invalid,
        )  # fmt: skip

    return imported


def only() -> Report:
    return Report.objects.get()


def life(report: Report) -> list[tuple[str, str]]:
    return list(report.entries.order_by("seq").values_list("kind", "state_to"))


def test_an_open_case_waits_in_the_queue_of_the_body_that_the_rules_name(bring):
    assert bring(OPEN).new == 1
    report = only()
    assert (report.state, report.body_id, report.category_id) == ("routed", "31.roads", "road_damage")
    assert report.text == "Lubang. Lubang besar"
    assert report.area_codes == ["31", "31.71", "31.71.01", "31.71.01.1001"]
    assert report.created_at == datetime(2015, 3, 1, 1, 0, tzinfo=UTC)  # 08.00 in Jakarta
    assert report.deadline_at == report.created_at + timedelta(hours=report.category.deadline_hours)
    assert life(report) == [("received", "received"), ("routed", "routed")]
    assert {reason["code"] for reason in report.decision["reasons"]} == {"in_area", "roads"}


def test_a_case_on_a_national_road_went_to_the_ministry_and_ended_when_it_did(bring):
    bring(DONE)
    report = only()
    assert (report.state, report.ending, report.body_id) == ("closed", "solved", "id.pu")
    assert report.decision["reasons"] == routing.preview("road_damage", *ON_NATIONAL_ROAD).as_json()["reasons"]
    assert [kind for kind, _state in life(report)] == ["received", "routed", "resolved", "expired"]
    answer = report.entries.get(kind="resolved")
    assert (answer.text, answer.body_id, answer.actor) == ("Sudah ditambal", "id.pu", "officer")
    assert answer.at == datetime(2015, 3, 5, 9, 30, tzinfo=UTC)
    assert report.ended_at == answer.at + timedelta(days=14)


@pytest.mark.parametrize("known", ["boundaries", "points"])
def test_a_file_gives_the_same_place_and_body_as_its_cases_sent_one_by_one(bring, monkeypatch, tmp_path, known):
    if known == "points":
        monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))
    chance, kinds = Random(7), {"Jalan": "road_damage", "Sampah": "waste", "Lainnya": "other"}
    cases = [
        (chance.choice([*kinds]), round(lon + chance.gauss(0, spread), 6), round(lat + chance.gauss(0, spread), 6))
        for lon, lat in (STREET, ON_NATIONAL_ROAD, BEKASI, (107.4, -6.2))
        for spread in (0.0001, 0.01, 0.3)
        for _ in range(4)
    ]
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M:%S")
    found = bring(
        *(f"{number},Lubang,,{lon},{lat},{at},,{kind},Baru," for number, (kind, lon, lat) in enumerate(cases)),
        mapping=MAPPING + "time_zone: Asia/Jakarta\n", skip_invalid=True,
    )  # fmt: skip
    wrong = {int(fault.split()[1].rstrip(":")) - 2 for fault in found.faults}
    brought = iter(Report.objects.order_by("pk"))
    for number, (kind, lon, lat) in enumerate(cases):
        sent = reports.Submission(uuid4(), kinds[kind], "Lubang", lon, lat)
        if number in wrong:
            with pytest.raises(Problem):
                routing.submit(sent, None)
            continue
        ours, theirs = next(brought), routing.submit(sent, None).report
        for name in ("category_id", "lon", "lat", "cell", "area_codes", "place_quality", "address", "body_id", "state"):
            assert getattr(ours, name) == getattr(theirs, name), (name, number)
    assert found.new + found.wrong == len(cases)
    assert found.new > 30


@given(st.text(min_size=1))
def test_the_id_of_a_case_is_that_of_its_name(name):
    assert past_files._id_of(name) == uuid5(past_files.NAMESPACE, name).hex


def test_a_result_of_this_week_can_still_be_contested(bring):
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    bring(DONE.replace("2015-03-05T09:30:00Z", yesterday))
    assert only().state == "resolved"
    assert reports.reopen(only().code, reports.Who(None, reports.Actor.REPORTER), "Masih berlubang").state == "routed"


@pytest.mark.parametrize(
    ("status", "state", "ending"),
    [("Dikerjakan", "accepted", ""), ("Ditolak", "rejected", "closed_without_fix"), ("Luar", "rejected", "passed_on")],
)
def test_every_outcome_is_told_by_the_steps_that_lead_there(bring, status, state, ending):
    bring(DONE.replace("Selesai", status))
    assert (only().state, only().ending) == (state, ending)
    assert list(audit()) == []


def test_a_body_that_is_no_partner_keeps_open_cases_waiting_but_its_finished_work_counts(bring):
    far = f"{BEKASI[0]},{BEKASI[1]}"
    street = f"{STREET[0]},{STREET[1]}"
    bring(OPEN.replace(street, far), DONE.replace(f"{ON_NATIONAL_ROAD[0]},{ON_NATIONAL_ROAD[1]}", far))
    states = dict(Report.objects.values_list("text", "state"))
    assert states == {"Lubang. Lubang besar": "awaiting_partner", "Lubang": "closed"}
    bodies.make_partner("32.16")
    assert routing.hand_over("32.16") == 1


def test_a_repeat_makes_nothing_anew_and_brings_only_what_was_missing(bring):
    first = bring(OPEN)
    again = bring(OPEN, DONE)
    assert (first.new, again.new, again.known) == (1, 1, 1)
    assert Report.objects.count() == 2
    assert bring(OPEN, mapping=MAPPING.replace("crm-lama", "crm-lain")).new == 1


def test_rows_timelines_and_map_agree_and_nobody_is_told(bring):
    bring(OPEN, DONE, *(f"{n},Sampah,,106.81,-6.16,2015-05-01,2015-05-02,Sampah,Selesai,Beres" for n in range(3, 40)))
    assert list(audit()) == []
    counted = set(ReportCell.objects.values_list("resolution", "cell", "status", "count"))
    recount()
    assert counted == set(ReportCell.objects.values_list("resolution", "cell", "status", "count"))
    assert not Event.objects.filter(topic="report.entry").exists()
    assert not Message.objects.exists()
    assert reports.counts()["all"] == 39


def test_places_are_moved_by_the_shift_of_the_mapping(bring):
    moved = OPEN.replace(f"{STREET[0]},{STREET[1]}", f"{STREET[0] - 100:.4f},{STREET[1] + 40:.4f}")
    bring(moved, mapping=MAPPING + "shift: [100, -40]\n")
    assert (only().lon, only().lat) == STREET


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (OPEN.replace("Jalan", "Kucing"), "jenis is 'Kucing'"),
        (OPEN.replace("2015-03-01T08:00:00", "kemarin"), "'kemarin' is no time"),
        (OPEN.replace("2015", "2999"), "lies in the future"),
        (OPEN.replace(str(STREET[0]), "abc"), "'abc' is no number of degrees"),
        (OPEN.replace(str(STREET[0]), "nan"), "'nan' is no number of degrees"),
        (OPEN.replace(str(STREET[0]), "10"), "outside the country"),
        (OPEN.replace("Lubang,Lubang besar", ",") , "no text"),
        (OPEN.replace("Baru", "Ditolak"), "without a reason"),
        (OPEN + ",zuviel", "11 fields, the header has 10"),
        (OPEN.replace("1,", ",", 1), "nomor is empty"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_left_out_only_when_told_to(bring, row, said):
    with pytest.raises(Problem) as refused:
        bring(DONE, row)
    assert str(refused.value.detail).startswith("row 3:")
    assert said in str(refused.value.detail)
    assert Report.objects.count() == 0
    found = bring(DONE, row, skip_invalid=True)
    assert (found.new, found.wrong) == (1, 1)
    assert said in found.faults[0]


@pytest.mark.django_db(transaction=True)
def test_a_wrong_row_late_in_a_long_file_keeps_what_was_stored_and_a_repeat_goes_on(bring, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [OPEN.replace("1,", f"{number},", 1) for number in range(1, 6)]
    with pytest.raises(Problem, match="bad_row"):
        bring(*rows[:3], rows[3].replace("Jalan", "Kucing"), rows[4])
    assert Report.objects.count() == 2
    found = bring(*rows)
    assert (found.new, found.known) == (3, 2)
    assert list(audit()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Jalan: road_damage", "Jalan: pothole", "there is no category pothole"),
        ("Baru: waiting", "Baru: open", "open is none of"),
        ("id: nomor", "colour: red", "id"),
        ("source:", "time_zone: Mars/Olympus\nsource:", "there is no zone"),
        ("source:", "- source:", "cannot be read"),
        ("source:", "encoding: rot13\nsource:", "encoding: there is none called rot13"),
        ("source:", 'time_format: "%d/%d/%Y"\nsource:', "time_format cannot be used"),
        ("source:", "answer: 2026-13-01\nsource:", "cannot be read"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_by_name(bring, old, new, said):
    with pytest.raises(Problem) as refused:
        bring(OPEN, mapping=MAPPING.replace(old, new))
    assert refused.value.code == "bad_mapping"
    assert said in str(refused.value.detail)


def test_a_file_without_the_columns_of_the_mapping_is_refused(bring):
    with pytest.raises(Problem) as refused:
        bring(OPEN, header=HEADER.replace("jawaban", "antwort"))
    assert "there is no column 'jawaban'" in str(refused.value.detail)


def test_a_drawn_code_that_is_taken_is_drawn_again(bring, monkeypatch):
    bring(OPEN)
    taken, drawn = only().code, [only().code]
    monkeypatch.setattr(past, "new_code", lambda restricted: drawn.pop() if drawn else "2345-6789")
    assert bring(DONE).new == 1
    assert set(Report.objects.values_list("code", flat=True)) == {taken, "2345-6789"}
    assert list(audit()) == []


def test_each_case_has_the_street_of_its_own_place_and_a_kind_without_a_place_has_none(bring, monkeypatch):
    streets = {STREET: places.Address("Jl. Satu"), ON_NATIONAL_ROAD: places.Address("Jl. Dua", landmark="Pasar")}
    monkeypatch.setattr(places, "addresses_at", lambda points: [streets[point] for point in points])
    mapping = MAPPING.replace("Lainnya: other", "Lainnya: harmful_content")
    bring(OPEN, DONE, OPEN.replace("1,", "3,", 1).replace("Jalan", "Lainnya"), mapping=mapping)
    kept = {one.text: one.address for one in Report.objects.filter(category="road_damage")}
    assert kept == {
        "Lubang. Lubang besar": '{"street":"Jl. Satu"}',
        "Lubang": '{"street":"Jl. Dua","landmark":"Pasar"}',
    }
    assert Report.objects.get(category="harmful_content").address == ""


def test_restricted_kinds_stay_off_the_map_and_have_long_codes(bring):
    mapping = MAPPING.replace("Lainnya: other", "Lainnya: corruption")
    bring(OPEN.replace("Jalan", "Lainnya"), mapping=mapping)
    assert only().is_restricted
    assert len(only().code) > 9
    assert not ReportCell.objects.exists()


@pytest.mark.long
def test_the_command_imports_a_packed_file_and_says_what_it_did(tmp_path):
    settings = {
        "KENTONGAN_DATA": str(tmp_path), "KENTONGAN_MODE": "test",
        "KENTONGAN_PLACES_INDEX": str(tmp_path / "places.index"),
    }  # fmt: skip
    build_country(tmp_path / "places.index")
    (tmp_path / "map.yaml").write_text(MAPPING)
    with gzip.open(tmp_path / "past.csv.gz", "wt", encoding="utf-8") as packed:
        packed.write("\n".join([HEADER, OPEN, DONE, OPEN.replace("1,", "3,", 1).replace("Jalan", "Kucing")]) + "\n")
    for command in (("migrate",), ("catalogue", "load"), ("bodies", "load")):
        assert kentongan(*command, **settings).returncode == 0
    given = ("reports", "import", str(tmp_path / "past.csv.gz"), str(tmp_path / "map.yaml"))
    refused = kentongan(*given, **settings)
    assert refused.returncode == 1
    assert "row 4: jenis is 'Kucing'" in refused.stderr
    done = kentongan(*given, "--skip-invalid", **settings)
    assert done.returncode == 0, done.stderr
    assert "2 reports imported, 0 were here before, 1 left out." in done.stdout
    assert "2 reports rebuilt" in kentongan("audit", **settings).stdout
