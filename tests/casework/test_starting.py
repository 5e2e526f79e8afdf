"""A region sets itself up: departments get what they are named for, staff come, and each step is kept."""

from __future__ import annotations

import pytest
from django.test import Client

from kentongan import bodies, casework, routing
from kentongan.bodies.models import Body, Invitation, Membership
from kentongan.casework.inviting import invite
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from tests.reading import read
from tests.world import DENPASAR, person

pytestmark = pytest.mark.usefixtures("world")
CITY = "51.71"


@pytest.fixture
def admin() -> Person:
    """Of a city that has just joined."""
    made = person("pengurus@contoh.id")
    Membership.objects.create(person=made, body_id=CITY, role="administrator")
    return made


def department(
    admin: Person, name: str = "Dinas Kebersihan", duties: tuple[str, ...] = ("waste",), **given: str
) -> Body:
    return casework.save_department(admin, CITY, "", {"name_id": name, **given}, duties, routing.duties())


def test_a_department_gets_what_it_is_named_for_and_its_staff_work_on_that_alone(admin: Person) -> None:
    cleaning = department(admin, duties=("waste",), phone="0361 555 0123")
    assert (cleaning.code, cleaning.area_code, cleaning.name_en) == ("51.71.kebersihan", CITY, "Dinas Kebersihan")
    assert cleaning.is_partner, "by the partnership of its city"
    waste = next(one for one in routing.duties()["waste"])
    kinds = {one.category.code: one.body.code for one in routing.who_gets(*DENPASAR)}
    assert kinds[waste.code] == cleaning.code
    assert kinds["street_light"] == CITY
    officer = person("kebersihan@contoh.id")
    casework.appoint(admin, cleaning.code, officer.email, "officer")
    assert bodies.role(officer, cleaning.code) == "officer"
    assert bodies.role(officer, CITY) is None
    # Changed by its administrators it stays so when the operator loads the file of bodies again.
    casework.set_contact(admin, CITY, {"phone": "112", "website": "https://denpasarkota.go.id"})
    bodies.load()
    assert bodies.get(CITY).phone == "112"
    casework.save_department(admin, CITY, cleaning.code, {"name_id": "Dinas Lingkungan"}, [], [])
    assert {one.category.code: one.body.code for one in routing.who_gets(*DENPASAR)}[waste.code] == CITY
    assert bodies.get(cleaning.code).name_id == "Dinas Lingkungan"


@pytest.mark.parametrize(
    ("given", "duties", "code", "field"),
    [
        ({"name_id": " "}, (), "name_required", "name_id"), ({"name_id": "x" * 161}, (), "too_long", "name_id"),
        ({"name_id": "Dinas", "area": "31.71"}, (), "bad_area", "area"),
        ({"name_id": "Dinas", "area": "51.710"}, (), "bad_area", "area"),
        ({"name_id": "Dinas", "email": "bukan surel"}, (), "bad_email", "email"),
        ({"name_id": "Dinas"}, ("bohong",), "bad_duty", "duties"),
        ({"name_id": "Dinas"}, ("general",), "bad_duty", "duties"),
        ({"name_id": "Dinas Dua"}, ("waste", "roads"), "duty_taken", "duties"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_department_is_said_at_its_field_and_nothing_is_made(
    admin: Person, given: dict[str, str], duties: tuple[str, ...], code: str, field: str
) -> None:
    department(admin)
    with pytest.raises(Problem) as refused:
        casework.save_department(admin, CITY, "", given, duties, routing.duties())
    assert (refused.value.code, refused.value.field) == (code, field)
    assert Body.objects.filter(parent=CITY).count() == 1


def test_fifty_people_are_invited_at_once_and_no_more(admin: Person) -> None:
    with pytest.raises(Problem) as many:
        casework.invite_all(admin, CITY, CITY, "officer", "\n".join(f"w{at}@contoh.id" for at in range(51)))
    assert (many.value.code, many.value.field) == ("too_many", "emails")


def test_departments_of_one_name_or_of_a_part_of_the_city_have_codes_of_their_own(admin: Person) -> None:
    made = [department(admin, "Dinas Kebersihan", ()).code for _number in range(3)]
    assert made == ["51.71.kebersihan", "51.71.kebersihan1", "51.71.kebersihan2"]
    assert department(admin, "ᬤᬶᬦᬲ᭄ 5", ()).code == "51.71.bagian"
    south = department(admin, "Kebersihan Selatan", ("waste",), area="51.71.01")
    all_of_it = department(admin, "Kebersihan", ("waste",))
    kinds = {one.category.code: one.body.code for one in routing.who_gets(*DENPASAR)}
    assert kinds[routing.duties()["waste"][0].code] == south.code != all_of_it.code
    for parent, code in ((CITY, "31.roads"), (CITY, f"{made[0]}\0"), ("id.pln", "")):
        keeper = Person.objects.filter(is_superuser=True).first() or Person.objects.create_superuser("p@contoh.id")
        with pytest.raises(Problem) as refused:
            casework.save_department(keeper, parent, code, {"name_id": "Dinas"}, [], [])
        assert refused.value.code in {"not_found", "no_government"}


def test_the_start_is_one_page_that_keeps_each_step_and_loses_no_words(client: Client, admin: Person) -> None:
    page = f"/console/bodies/{CITY}/start"
    client.force_login(admin)
    assert "0 dari 6 langkah selesai" in read(client.get(page))
    wrong = client.post(page, {"do": "contact", "website": "denpasar", "phone": "0361 555"})
    assert wrong.status_code == 422
    assert 'value="denpasar"' in read(wrong)
    assert 'value="0361 555"' in read(wrong)
    told = client.post(page, {"do": "contact", "website": "https://denpasarkota.go.id"}, follow=True)
    assert "1 dari 6 langkah selesai" in read(told)
    assert told.redirect_chain[-1][0].endswith("?at=departments")
    told = client.post(page, {"do": "department", "name_id": "Dinas Kebersihan", "duties": ["waste"]}, follow=True)
    assert "Dinas Kebersihan disimpan." in read(told)
    client.post(page, {"do": "done", "step": "departments"})
    asked = {"do": "staff", "emails": "satu@contoh.id\nbukan surel\n", "role": "officer", "at": "51.71.kebersihan"}
    wrong = client.post(page, asked)
    assert wrong.status_code == 422
    assert "bukan surel: Tulis alamat surel yang lengkap" in read(wrong)
    assert Invitation.objects.get().body_id == "51.71.kebersihan"
    assert "diundang." not in read(client.post(page, asked | {"emails": "bukan surel"})), "nobody was"
    assert client.post(page, asked | {"at": "31.roads"}).status_code == 404
    tried = client.post(page, {"do": "test", "category": "street_light", "area": "51.71.01"})
    assert "Pemerintah Kota Denpasar" in read(tried)
    assert client.post(page, {"do": "test", "category": "street_light", "area": "31"}).status_code == 422
    for step in ("staff", "rules", "backlog"):
        left = client.post(page, {"do": "done", "step": step})
    assert left["Location"].endswith("?at=all")
    assert "Semuanya siap" in read(client.get(page))
    again = client.post(page, {"do": "again", "step": "rules"})
    assert again["Location"].endswith("?at=rules")
    assert not casework.has_begun(bodies.get(CITY))
    for step in ("", "x", "\0"):
        assert client.post(page, {"do": "done", "step": step}).status_code == 404
    assert client.post(page, {"do": "x"}).status_code == 422
    assert [one.name for one in casework.start_of(Person.objects.create_superuser("p@contoh.id"), "id.pln")] == [
        "area", "staff", "backlog",
    ]  # fmt: skip


def test_who_accepts_to_administer_a_body_begins_with_its_start(client: Client, admin: Person) -> None:
    newcomer = person("baru@contoh.id")
    offered = invite(admin, CITY, newcomer.email, "administrator")
    client.force_login(newcomer)
    led = client.post(f"/invitation/{casework.invitation_token(offered)}")
    assert led["Location"] == f"/console/bodies/{CITY}/start"
