"""The bodies: the packaged file, partner periods, who answers for what where, and who works there."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan import bodies
from kentongan.bodies.models import Body, Membership
from kentongan.foundation.outbox import Event
from kentongan.foundation.problems import Problem
from kentongan.foundation.revision import Revision
from kentongan.people.models import Person
from kentongan.places import gazetteer


@pytest.fixture
def loaded(db):
    bodies.load()


@pytest.fixture
def officer(db):
    return Person.objects.create_user("petugas@contoh.id", "a long drum beat")


def refused(code, act):
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def place(code):
    return gazetteer.chain(code)


def file_of(tmp_path, entries):
    file = tmp_path / "bodies.yaml"
    file.write_text(f"regions: false\nbodies: [{entries}]")
    return file


def entry(code, rest=""):
    return f"{{code: {code}, level: department, name: {{id: a, en: b}}{rest}}}"


def test_every_region_that_governs_itself_has_a_government(loaded):
    codes = set(Body.objects.values_list("code", flat=True))
    provinces = {code for code, area in gazetteer.areas().items() if area.level == "province"}
    assert len(provinces) == 38
    assert provinces <= codes
    assert Body.objects.filter(level="regency").count() == 514 - 6
    assert not codes & {"31.01", "31.71", "31.72", "31.73", "31.74", "31.75"}


@pytest.mark.parametrize(
    ("code", "indonesian", "english"),
    [
        ("51.71", "Pemerintah Kota Denpasar", "Denpasar City Government"),
        ("32.16", "Pemerintah Kabupaten Bekasi", "Bekasi Regency Government"),
        ("51", "Pemerintah Provinsi Bali", "Bali Provincial Government"),
        ("31", "Pemerintah Provinsi DKI Jakarta", "Jakarta Provincial Government"),
        ("id.pu", "Kementerian Pekerjaan Umum", "Ministry of Public Works"),
    ],
)
def test_names_in_both_languages(loaded, code, indonesian, english):
    with translation.override("id"):
        assert bodies.get(code).name == indonesian
    with translation.override("en"):
        assert bodies.get(code).name == english


def test_loading_again_keeps_partners(loaded):
    bodies.make_partner("51.71", date(2025, 1, 1))
    before = list(Body.objects.values())
    assert bodies.load() == len(before)
    assert list(Body.objects.values()) == before


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (entry("a.b") + ", " + entry("a.b"), "twice: a.b"),
        (entry("a.b", ", parent: nobody"), "no body nobody"),
        (entry("aa", ", parent: bb") + ", " + entry("bb", ", parent: nobody"), "no body nobody"),
        (entry("a.b", ", parent: a.b"), "part of itself"),
        (entry("aa", ", parent: bb") + ", " + entry("bb", ", parent: aa"), "part of itself"),
        (entry("a.b", ', area: "99"'), "no area 99"),
        (entry("A B"), "bodies.0.code"),
        (entry("a.b", ", colour: red"), "colour"),
        (entry("a.b").replace("department", "kingdom"), "bodies.0.level"),
    ],
)
def test_a_wrong_file_is_named_and_changes_nothing(loaded, tmp_path, entries, says):
    before = Body.objects.count()
    assert says in str(refused("bad_bodies", lambda: bodies.load(file_of(tmp_path, entries))).detail)
    assert Body.objects.count() == before


def test_a_file_may_move_no_body_below_its_own_part(loaded, tmp_path):
    moved = entry('"31"', ", parent: 31.roads")
    refused("bad_bodies", lambda: bodies.load(file_of(tmp_path, moved)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.binary(max_size=300) | st.text(alphabet="bodies:[]{} \n-id,codeln'\"", max_size=200))
def test_any_file_is_read_or_refused(db, tmp_path, written):
    file = tmp_path / "any.yaml"
    file.write_bytes(written if isinstance(written, bytes) else written.encode())
    try:
        told = bodies.load(file)
    except Problem as problem:
        told = problem.code
    assert told == "bad_bodies" or isinstance(told, int)


def test_a_partner_brings_its_parts_with_it_and_the_hand_over_is_announced(loaded):
    world = bodies.snapshot()
    assert not world.is_partner("31.roads")
    bodies.make_partner("31")
    assert bodies.get("31.roads").is_partner
    assert not bodies.get("32.16").is_partner
    assert [(one.topic, one.payload) for one in Event.objects.all()] == [("body.partner", {"body": "31"})]
    bodies.end_partnership("31")
    assert not bodies.snapshot().is_partner("31.roads")


def test_own_period_counts_before_that_of_the_body_above(loaded):
    bodies.make_partner("31", date(2025, 1, 1))
    bodies.make_partner("31.water.supply", date(2025, 1, 1))
    bodies.end_partnership("31.water.supply", date(2025, 6, 1))
    assert not bodies.snapshot().is_partner("31.water.supply")
    assert bodies.snapshot().is_partner("31.roads")


def test_partnerships_that_cannot_be_are_refused(loaded):
    refused("unknown_body", lambda: bodies.make_partner("99.99"))
    refused("partner_in_future", lambda: bodies.make_partner("31", timezone.localdate() + timedelta(days=1)))
    refused("no_partner", lambda: bodies.end_partnership("31"))
    assert not Event.objects.exists()


def test_a_partnership_that_is_rolled_back_announces_nothing(loaded):
    with transaction.atomic():
        bodies.make_partner("31")
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert Body.objects.get(pk="31").partner_from is None


@pytest.mark.parametrize(
    ("level", "duty", "village", "expected"),
    [
        ("region", "roads", "31.71.01.1001", "31.roads"),
        ("region", "general", "31.71.01.1001", "31"),
        ("province", "roads", "31.71.01.1001", "31.roads"),
        ("region", "water", "31.71.01.1001", "31.water.supply"),
        ("region", "roads", "51.71.01.1001", "51.71"),
        ("province", "roads", "51.71.01.1001", "51"),
        ("village", "general", "51.71.01.1001", "51.71"),
        ("district", "waste", "32.16.01.1007", "32.16"),
        ("central", "online", "31.71.01.1001", "id.komdigi"),
        ("central", "power", "31.71.01.1001", "id.pln"),
    ],
)
def test_who_answers_for_what_where(loaded, level, duty, village, expected):
    assert bodies.snapshot().find(level, duty, place(village)) == expected


def test_nobody_answers_outside_the_country_or_for_an_unknown_duty(loaded):
    assert bodies.snapshot().find("region", "roads", ()) is None
    assert bodies.snapshot().find("central", "unicorns", ()) is None


def test_a_village_office_that_exists_answers_itself(loaded):
    Body.objects.create(code="51.71.01.1001", name_id="a", name_en="b", level="village", parent_id="51.71")
    bodies.invalidate()
    assert bodies.snapshot().find("village", "general", place("51.71.01.1001")) == "51.71.01.1001"
    assert bodies.snapshot().find("region", "general", place("51.71.01.1001")) == "51.71"


def test_a_part_for_one_district_answers_there_alone(loaded):
    fields = {"name_id": "a", "name_en": "b", "level": "department", "parent_id": "31", "duties": ["roads"]}
    Body.objects.create(code="31.roads.pusat", area_code="31.71", **fields)
    bodies.invalidate()
    world = bodies.snapshot()
    assert world.find("region", "roads", place("31.71.01.1001")) == "31.roads.pusat"
    assert world.find("region", "roads", place("31.74.01.1001")) == "31.roads"


def test_subtree_and_unknown_codes(loaded):
    assert set(bodies.subtree("id.pu")) == {"id.pu", "id.bpjt", "id.pu.jakarta", "id.pu.bali"}
    assert bodies.subtree("unknown") == ["unknown"]
    assert refused("unknown_body", lambda: bodies.get("unknown")).field == "body"


def test_another_process_sees_a_change_once_it_asks_again(loaded):
    kept = bodies.snapshot()
    Body.objects.filter(pk="id.pu").update(partner_from=date(2025, 1, 1))
    assert bodies.snapshot() is kept
    number = Revision.objects.get(name="bodies").number
    bodies.invalidate()
    assert Revision.objects.get(name="bodies").number == number + 1
    assert bodies.snapshot().is_partner("id.pu")


def test_a_role_holds_for_the_parts_and_for_its_period(loaded, officer):
    now = timezone.now()
    assert bodies.role(officer, "31") is None
    assert bodies.role(None, "31") is None
    Membership.objects.create(person=officer, body_id="31", role="officer")
    Membership.objects.create(person=officer, body_id="31.roads", role="coordinator")
    assert bodies.role(officer, "31.water") == "officer"
    assert bodies.role(officer, "31.roads") == "coordinator"
    assert bodies.role(officer, "51.71") is None
    Membership.objects.filter(body_id="31").update(until=now)
    assert bodies.role(officer, "31.water") is None
    officer.is_active = False
    assert bodies.role(officer, "31.roads") is None


def test_a_role_below_says_nothing_about_the_body_above(loaded, officer):
    Membership.objects.create(person=officer, body_id="31.roads", role="administrator")
    assert bodies.role(officer, "31") is None
