"""Important numbers: near a place, from files, of OpenStreetMap, open or not, and put right by people."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation
from typer.testing import CliRunner

from kentongan import emergency, numbers
from kentongan.bodies.models import Membership
from kentongan.cli.commands import app_for
from kentongan.cli.sweeping import sweep_rows
from kentongan.foundation.problems import Problem
from kentongan.numbers import files, known
from kentongan.numbers.known import KINDS, Number
from kentongan.numbers.models import Local, Proposal
from kentongan.numbers.opening import groups, minute_of_week
from kentongan.places.osm.taking import take
from kentongan.web import tags
from tests.places.streets import Extract
from tests.world import STREET, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
HEAD = "kind,number,name,area,source,checked,lon,lat,hours,body\n"
GOOD = "clinic,021 555 0119,Puskesmas Contoh,31.71,contoh,2020-01-31,106.826,-6.18,Mo-Fr 07:30-15:30\n"
LINK = 'rel="noopener nofollow"'
AGENCY = "disaster,021 555 0117,BPBD Contoh,31,contoh,2020-01-31,,,\n"


@pytest.fixture
def table(tmp_path: Path) -> Any:
    def written(rows: str, name: str = "angka.csv", head: str = HEAD) -> Path:
        path = tmp_path / name
        path.write_text(head + rows, encoding="utf-8", errors="surrogateescape")
        return path

    return written


def at(day: int, hour: int, minute: int = 0) -> int:
    return day * 1440 + hour * 60 + minute


def test_a_file_is_loaded_near_its_places_and_again_takes_the_place_of_itself(table: Any):
    path = table(GOOD + AGENCY + "\n")
    done = CliRunner().invoke(app_for("numbers"), ["numbers", "load", str(path)], catch_exceptions=False)
    assert "2 numbers loaded" in done.output
    found = numbers.near(*STREET)
    assert found[0].number == "112"
    clinic = next(one for one in found if one.kind == "clinic")
    assert clinic.distance is not None
    assert 0 < clinic.distance < 30_000
    assert [one.name_id for one in numbers.near(115.22, -8.65) if one.area] == []
    assert {"BPBD Contoh", "Puskesmas Contoh"} <= {one.name_id for one in numbers.of_province("31")}
    numbers.load(table(AGENCY))
    assert (numbers.loaded(), Local.objects.count()) == ([("angka", 1)], 1)
    assert "1" in CliRunner().invoke(app_for("numbers"), ["numbers", "list"]).output
    CliRunner().invoke(app_for("numbers"), ["numbers", "drop", "angka"], catch_exceptions=False)
    assert numbers.loaded() == []
    again = CliRunner().invoke(app_for("numbers"), ["numbers", "drop", "angka"])
    assert isinstance(again.exception, Problem)


P = "police,110,Polisi,31,contoh"


@pytest.mark.parametrize(("row", "column"), [
    ("polisi,110,Polisi,31,contoh,2020-01-31,,,", "kind"), ("police,ext,Polisi,31,contoh,2020-01-31,,,", "number"),
    ("police,2.15551E+11,Polisi,31,contoh,2020-01-31,,,", "number"), ("hospital,,RS,31,contoh,2020-01-31,,,", "number"),
    ("police,110,,31,contoh,2020-01-31,,,", "name"), ("police,110,Polisi,99,contoh,2020-01-31,,,", "area"),
    ("police,110,Polisi,31,,2020-01-31,,,", "source"), (f"{P},31-01-2020,,,", "checked"),
    (f"{P},9999-01-01,,,", "checked"), (f"{P},2020-01-31,-6.2,106.8,", "lon"), (f"{P},2020-01-31,x,1,", "lon"),
    (f"{P},2020-01-31,nan,-6,", "lon"), (f"{P},2020-01-31,,,pagi", "hours"),
    ("evacuation,,Lapangan,31,contoh,2020-01-31,,,", "lon"), ("police,110", "name"),
    (f"police,110,{'a' * 121},31,contoh,2020-01-31,,,", "name"), (f"{P},2020-01-31,,,,tidak.ada", "body"),
    ("police,110,Poli\udc81si,31,contoh,2020-01-31,,,", "name"),
])  # fmt: skip
def test_one_bad_row_is_named_and_nothing_is_changed(table: Any, row: str, column: str):
    numbers.load(table(AGENCY))
    with pytest.raises(Problem) as caught:
        numbers.load(table(GOOD + row + "\n"))
    assert caught.value.code == "bad_row"
    assert caught.value.extra == {"row": 3, "column": column}
    assert [one.name_id for one in Local.objects.all()] == ["BPBD Contoh"]


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", HEAD, HEAD + '"police,110,Polisi\n', "PK\3\4" + HEAD, "\x1f\udc8b" + HEAD]
)
def test_what_is_no_table_of_numbers_is_refused_whole(table: Any, text: str):
    with pytest.raises(Problem) as caught:
        numbers.load(table(text, head=""))
    assert caught.value.code in {"bad_file", "bad_row"}
    assert Local.objects.count() == 0


@pytest.mark.parametrize(("limit", "said"), [("MOST", "more than 1 rows"), ("LONGEST", "more than 0 MB")])
def test_a_table_beyond_the_limits_is_refused_whole(table: Any, monkeypatch: pytest.MonkeyPatch, limit: str, said: str):
    monkeypatch.setattr(files, limit, 1)
    with pytest.raises(Problem) as caught:
        numbers.load(table(GOOD + AGENCY))
    assert said in str(caught.value.detail)
    assert Local.objects.count() == 0


def test_of_a_kind_with_many_places_the_eight_nearest_are_told(table: Any):
    rows = [GOOD.replace("Contoh,", f"{at},").replace("106.826", f"{106.826 + at / 100:.3f}") for at in range(9)]
    numbers.load(table("".join(rows)))
    told = [one.name_id for one in numbers.near(106.826, -6.18) if one.kind == "clinic"]
    assert told == [f"Puskesmas {at}" for at in range(8)]


def test_the_next_one_that_is_open_is_named_where_what_is_nearer_is_closed():
    def shown(*hours: str) -> list[bool]:
        found = [Number("clinic", f"55{at}", str(at), "", "", "", hours=said) for at, said in enumerate(hours)]
        return [one.is_next for one in groups(found, at(0, 20))[0].shown]

    assert shown("Mo 08:00-12:00", "24/7", "24/7") == [False, True, False]
    assert shown("24/7", "24/7") == [False, False]
    assert shown("Mo 08:00-12:00", "", "24/7") == [False, False, False]  # the second may be open: call it first
    assert shown("Mo 08:00-12:00", "Tu 08:00-12:00") == [False, False]
    monday = datetime(2024, 1, 1, 17, tzinfo=ZoneInfo("UTC"))
    assert minute_of_week(monday, ZoneInfo("Asia/Jakarta")) == at(1, 0)


def test_facilities_of_openstreetmap_come_with_their_telephones_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    extract = Extract()
    extract.node(
        (106.83, -6.18), amenity="hospital", name="RS Peta", phone="021 555 0777;021 555 0778", opening_hours="24/7"
    )
    extract.node((106.8301, -6.18), amenity="hospital", name="RS Peta", phone="021 555 0777")
    extract.node((106.84, -6.18), amenity="clinic", name="Klinik Bisu")
    extract.node((106.84, -6.19), emergency="assembly_point", name="Lapangan Peta")
    take(extract.write(tmp_path / "extract.osm"), lambda *_told: None)
    found = [one for one in numbers.near(*STREET) if one.source.startswith("©")]
    assert [(one.kind, one.name_id, one.dialled) for one in found] == [
        ("hospital", "RS Peta", "0215550777"), ("evacuation", "Lapangan Peta", "")
    ]  # fmt: skip
    assert "RS Peta" in {one.name_id for one in numbers.of_province("31")}
    asked = {"key": found[0].key, "lon": found[0].lon, "lat": found[0].lat}
    client = Client()
    client.force_login(person())
    assert client.post("/nomor/usul", {**asked, "number": "021 555 0999"}).status_code == 302
    proposal = Proposal.objects.get()
    assert proposal.area.startswith("31.")
    numbers.accept(person("admin@contoh.id", is_superuser=True), proposal.pk)
    assert "021 555 0999" in {one.number for one in numbers.near(*STREET)}


def test_page_and_api_say_the_same_and_an_alert_too(table: Any):
    numbers.load(table(GOOD + AGENCY))
    told = Client().get("/api/v1/numbers", {"lon": STREET[0], "lat": STREET[1]}).json()
    assert told["province"] == "31"
    clinic = next(one for one in told["numbers"] if one["kind"] == "clinic")
    assert (clinic["dialled"], clinic["source"], clinic["checked"]) == ("0215550119", "contoh", "2020-01-31")
    for address in (f"/nomor?lon={STREET[0]}&lat={STREET[1]}", "/nomor/31", "/nomor?place=menteng"):
        page = Client().get(address).content.decode()
        assert 'href="tel:0215550119"' in page, address
        assert 'href="tel:112"' in page
    assert numbers.whom_to_call("31.71.06")[0].number == "112"
    assert "021 555 0117" in {one["number"] for one in emergency.said_numbers("31.71.06")}
    assert "021 555 0119" not in {one["number"] for one in emergency.said_numbers("31.71.06")}  # a clinic is of a place
    plain = Client().get("/api/v1/numbers").json()
    assert (plain["province"], {one["kind"] for one in plain["numbers"]} <= set(KINDS)) == ("", True)
    with translation.override("en"):
        assert numbers.national()[1].name == "Police"


@pytest.mark.parametrize(("asked", "status"), [
    ("lon=0&lat=0", 422), ("lon=-6.2&lat=106.8", 422), ("lon=nan&lat=1", 422), ("lon=x&lat=1", 422),
    ("lon=2.35&lat=48.8", 200), ("lon=106.8", 200),
])  # fmt: skip
def test_a_place_that_is_none_is_told_and_never_breaks_a_page(asked: str, status: int):
    assert Client().get(f"/api/v1/numbers?{asked}").status_code == status
    assert Client().get(f"/nomor?{asked}").status_code == 200


def test_a_correction_holds_once_an_officer_of_the_area_has_accepted_it_also_after_the_file_is_loaded_again(table: Any):
    numbers.load(table(GOOD))
    clinic = next(one for one in numbers.near(*STREET) if one.kind == "clinic")
    citizen, officer, stranger = person(), person("petugas@contoh.id"), person("lain@contoh.id")
    Membership.objects.create(person=officer, body_id="31", role="officer")
    Membership.objects.create(person=stranger, body_id="51.71", role="officer")
    client = Client()
    assert client.get(f"/nomor/usul?key={clinic.key}").status_code == 302
    client.force_login(citizen)
    wrong = client.post("/nomor/usul", {"key": clinic.key, "number": "abc", "note": "saya menelepon"})
    assert (wrong.status_code, b"saya menelepon" in wrong.content) == (422, True)
    assert client.post("/nomor/usul", {"key": clinic.key}).status_code == 422
    assert client.post("/nomor/usul", {"key": clinic.key, "number": "021 555 0200"}).status_code == 302
    assert "021 555 0200" not in {one.number for one in numbers.near(*STREET)}
    proposal = Proposal.objects.get()
    for who in (citizen, stranger):
        assert numbers.proposals(who) == []
        with pytest.raises(Problem):
            numbers.accept(who, proposal.pk)
    client.force_login(officer)
    assert b"021 555 0200" in client.get("/console/numbers").content
    client.post(f"/console/numbers/{proposal.pk}", {"do": "accept"})
    assert client.post(f"/console/numbers/{proposal.pk}", {"do": "refuse"}).status_code == 409
    numbers.load(table(GOOD))
    found = {one.kind: one for one in numbers.near(*STREET)}["clinic"]
    assert (found.number, found.checked) == ("021 555 0200", timezone.localdate().isoformat())
    gone = numbers.propose(citizen, found, {"gone": "yes"})
    numbers.accept(officer, gone.pk)
    assert "clinic" not in {one.kind for one in numbers.near(*STREET)}


def test_a_missing_number_is_proposed_for_its_place_and_a_national_one_is_only_the_platforms():
    citizen, officer = person(), person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31", role="officer")
    client = Client()
    client.force_login(citizen)
    place = {"lon": STREET[0], "lat": STREET[1]}
    assert client.get("/nomor/usul", place).status_code == 200
    assert client.get("/nomor/usul").status_code == 404
    assert client.post("/nomor/usul", {**place, "kind": "fire", "number": "021 555 0300"}).status_code == 422
    sent = {**place, "kind": "fire", "number": "021 555 0300", "name": "Pos\0 Contoh"}
    assert client.post("/nomor/usul", sent).status_code == 302
    numbers.accept(officer, Proposal.objects.get().pk)
    assert "Pos Contoh" in {one.name_id for one in numbers.near(*STREET)}
    national = numbers.propose(citizen, numbers.national()[1], {"number": "111"})
    with pytest.raises(Problem, match="forbidden"):
        numbers.accept(officer, national.pk)
    numbers.refuse(person("admin@contoh.id", is_superuser=True), national.pk)
    assert numbers.national()[1].number == "110"


def test_proposals_go_after_a_while_and_what_was_put_right_stays_right_with_nobodys_name():
    citizen, boss = person(), person("admin@contoh.id", is_superuser=True)
    place = {"lon": str(STREET[0]), "lat": str(STREET[1])}
    new = {**place, "kind": "fire", "number": "021 555 0300", "name": "Pos Contoh"}
    made = [numbers.propose(citizen, None, new) for _ in range(4)]
    right = numbers.propose(citizen, numbers.national()[1], {"number": "111", "note": "Saya, Bu Sri"})
    numbers.accept(boss, made[0].pk)
    numbers.refuse(boss, made[1].pk)
    numbers.accept(boss, right.pk)
    assert numbers.sweep_proposals() == 0
    Proposal.objects.filter(accepted__isnull=False).update(decided_at=timezone.now() - timedelta(days=91))
    Proposal.objects.filter(pk=made[2].pk).update(created_at=timezone.now() - timedelta(days=366))
    assert sweep_rows() >= 3
    assert {one.pk: (one.person, one.note) for one in Proposal.objects.all()} == {
        made[3].pk: (citizen, ""),
        right.pk: (None, ""),
    }
    known.forget()
    assert numbers.national()[1].number == "111"
    assert "Pos Contoh" in {one.name_id for one in numbers.near(*STREET)}


def test_a_correction_that_says_nothing_of_use_is_refused_at_its_field_and_one_is_decided_once():
    citizen, boss = person(), person("admin@contoh.id", is_superuser=True)
    place = {"lon": str(STREET[0]), "lat": str(STREET[1])}
    whole = {**place, "kind": "fire", "number": "021 555 0300", "name": "Pos"}
    known = numbers.national()[0]
    for about, said, code, field in (
        (None, whole | {"kind": "apa"}, "bad_kind", "kind"), (None, whole | {"lon": "x"}, "no_place", "kind"),
        (None, whole | {"lon": "150", "lat": "30"}, "outside", "kind"),
        (None, whole | {"lon": "0", "lat": "0"}, "null_island", "lon"),
        (None, whole | {"name": " "}, "no_name", "name"), (None, whole | {"number": ""}, "bad_number", "number"),
        (None, whole | {"number": "*21#"}, "bad_number", "number"),
        (None, whole | {"hours": "pagi"}, "bad_hours", "hours"),
        (known, {}, "nothing_said", "number"), (known, {"note": "x" * 501}, "too_long", "note"),
    ):  # fmt: skip
        with pytest.raises(Problem) as caught:
            numbers.propose(citizen, about, said)
        assert (caught.value.status, caught.value.code, caught.value.field) == (422, code, field)
    assert not Proposal.objects.exists()
    point = numbers.propose(
        citizen, None, whole | {"kind": "evacuation", "number": ""}
    )  # one goes there, and calls nobody
    numbers.accept(boss, point.pk)
    for pk, status in ((point.pk, 409), (point.pk + 1000, 404)):
        with pytest.raises(Problem) as caught:
            numbers.refuse(boss, pk)
        assert caught.value.status == status
    assert Local.objects.count() == 1


def test_points_of_one_name_are_each_told_and_put_right_by_themselves(table: Any):
    rows = "".join(
        f"evacuation,,Titik kumpul,31.71,contoh,2020-01-31,{lon},-6.18,\n" for lon in (106.82, 106.8201, 106.84, 106.86)
    )
    numbers.load(table(rows + "police,110,Polsek A,31.71,contoh,2020-01-31,106.82,-6.18,\n"
                       "police,110,Polsek B,31.71,contoh,2020-01-31,106.86,-6.18,\n"))  # fmt: skip
    for found in (numbers.near(*STREET), numbers.of_province("31")):
        assert sorted(one.lon for one in found if one.kind == "evacuation") == [106.82, 106.84, 106.86]
        assert {"Polsek A", "Polsek B"} <= {one.name_id for one in found}
    gone = next(one for one in numbers.near(*STREET) if one.lon == 106.84)
    numbers.accept(person(is_superuser=True), numbers.propose(person("b@contoh.id"), gone, {"gone": "1"}).pk)
    assert [one.lon for one in numbers.of_province("31") if one.kind == "evacuation"] == [106.82, 106.86]


def test_a_later_correction_keeps_what_an_earlier_one_said_and_the_form_shows_it(table: Any):
    numbers.load(table(GOOD))
    admin, citizen = person(is_superuser=True), person("b@contoh.id")
    key = next(one for one in numbers.near(*STREET) if one.kind == "clinic").key
    for said in ({"number": "021 555 0200"}, {"hours": "24/7"}):
        about = numbers.find(key)
        numbers.accept(admin, numbers.propose(citizen, about, said).pk)
    found = numbers.find(key)
    assert found is not None
    assert (found.number, found.hours) == ("021 555 0200", "24/7")


def test_an_officer_finds_what_is_theirs_behind_hundreds_of_others_with_its_kind_and_words_in_each_language():
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body_id="31", role="officer")
    Proposal.objects.bulk_create(Proposal(kind="fire", name="x", area="51.71") for _one in range(201))
    said = {"kind": "clinic", "number": "021 555 0300", "name": "Klinik", "lon": STREET[0], "lat": STREET[1]}
    mine = numbers.propose(person(), None, {name: str(value) for name, value in said.items()})
    assert [one.pk for one in numbers.proposals(officer)] == [mine.pk]
    client = Client()
    client.force_login(officer)
    assert "Klinik dan puskesmas" in client.get("/console/numbers").content.decode()
    with translation.override("en"):
        numbers.accept(officer, mine.pk)
    for language, source in (("id", "diberitahukan warga"), ("en", "told by people")):
        with translation.override(language):
            assert source in {one.source for one in numbers.near(*STREET)}
    page = Client().get(f"/nomor?lon={STREET[0]}&lat={STREET[1]}").content.decode()
    assert "0,0 km" in page


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("Permenkes 19/2016", "Permenkes 19/2016"),
        ("https://www.a.id/1?a=1&b=2", f'<a href="https://www.a.id/1?a=1&amp;b=2" {LINK}>a.id</a>'),
        ("a.id, https://b.id/x; put right", f'a.id, <a href="https://b.id/x" {LINK}>b.id</a>; put right'),
        ("<b> javascript:alert(1)", "&lt;b&gt; javascript:alert(1)"),
        (numbers.UNVERIFIED, "diketahui umum, belum diverifikasi"),
        (f"{numbers.UNVERIFIED}; dibetulkan warga", "diketahui umum, belum diverifikasi; dibetulkan warga"),
        ("[https://a.id]", f'[<a href="https://a.id" {LINK}>a.id</a>]'),
        ("https://[::1", "https://[::1"),
        ("https://a\u2100b.id", "https://a\u2100b.id"),
    ],
)  # fmt: skip
def test_a_source_is_told_by_the_name_of_its_site_with_the_address_beneath(source: str, told: str):
    with translation.override("id"):
        assert tags.cited(source) == told
        assert tags.cited(source, "2026-11-26") == f"{told}, 26 Nov 2026"


def test_hours_are_told_in_the_days_of_the_reader():
    with translation.override("id"):
        assert tags.opening_hours("Mo-Fr 08:00-16:00; Sa,PH off") == "Sen-Jum 08:00-16:00; Sab,hari libur tutup"
        assert tags.opening_hours("24/7") == "siang malam"
    with translation.override("en"):
        assert tags.opening_hours("Mo-Fr 08:00-16:00") == "Mon-Fri 08:00-16:00"


@pytest.mark.parametrize("asked", ["", "?lon=0&lat=0", "?place=zzzzqq"])
def test_the_page_answers_without_a_place_too(asked: str):
    assert Client().get(f"/nomor{asked}").status_code == 200
