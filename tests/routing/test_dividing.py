"""What comes to a body is divided by rules of its own: written by its administrators, tried on the past, published."""

from __future__ import annotations

import pytest

from kentongan import bodies, catalogue, routing
from kentongan.bodies.models import Body, Membership
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.routing.models import DivisionDeed, DivisionDraft, DivisionVersion
from kentongan.routing.published import _cached
from kentongan.routing.rules import check
from tests.world import BEKASI, DENPASAR, ON_NATIONAL_ROAD, STREET, person, submission

pytestmark = pytest.mark.django_db
CITY = "51.71"


@pytest.fixture
def city(world):
    """The city's administrator, and two departments of it."""
    for code, name, duties in (("51.71.bersih", "Dinas Kebersihan", ["waste"]), ("51.71.umum", "Dinas Umum", [])):
        Body.objects.create(
            code=code, name_id=name, name_en=name, parent_id=CITY, level="department", area_code=CITY, duties=duties
        )
    bodies.invalidate()
    return staff(CITY)


def staff(body, role="administrator", name="Pengelola"):
    made = person(f"{name.lower()}.{body}@contoh.id", name=name)
    Membership.objects.create(person=made, body_id=body, role=role)
    return made


def rule(to="51.71.umum", **given):
    return {"category": "waste", "area": "", "layer": "", "to": to, **given}


def published(admin, body, *rules, why="Uji"):
    for one in rules:
        routing.write_rule(admin, body, one)
    draft = routing.begin_draft(admin, body)
    routing.try_draft(admin, body, {})
    return routing.publish(admin, body, {"edit": str(draft.edit), "why": why})


def refused(do, *given):
    with pytest.raises(Problem) as found:
        do(*given)
    return found.value.code, found.value.status, found.value.field


def test_a_city_divides_what_comes_to_it_and_the_public_reads_by_which_version(city):
    assert routing.preview("waste", *DENPASAR).body == "51.71.bersih"
    published(city, CITY, rule(area="51.71.01"))
    decision = routing.preview("waste", *DENPASAR)
    assert (decision.body, decision.rule, decision.state) == ("51.71.umum", "51.71:1:1", "routed")
    told = next(one.text for one in decision.reasons if one.code == "own_rule")
    assert told["id"].startswith("Pemerintah Kota Denpasar membagi sendiri laporan yang masuk kepadanya: ")
    assert told["id"].endswith("ditangani Dinas Umum (aturan pembagian versi 1).")
    assert told["en"].endswith("goes to Dinas Umum (version 1 of its rules).")
    report = routing.submit(submission("waste", DENPASAR), None).report
    assert report.body_id == "51.71.umum"
    assert routing.preview("waste", *BEKASI).body == "32.16", "nobody else is touched"
    assert routing.preview("road_damage", *DENPASAR).body == CITY


def test_no_rule_of_a_body_draws_what_the_rules_of_the_country_give_to_others(world):
    admin = staff("31")
    published(
        admin, "31", rule("31.parks", category=""), rule("31.water", category="", layer="national_road"),
        rule("31.order", category="road_damage", area="31.71"), rule("31.fire", category="utilities"),
    )  # fmt: skip
    assert routing.preview("road_damage", *ON_NATIONAL_ROAD).body == "id.pu"
    assert routing.preview("utilities", *STREET).body == "id.pln"
    assert routing.preview("harmful_content", None, None).body == "id.komdigi"
    assert routing.preview("road_damage", *STREET).body == "31.order", "the smaller area wins over all reports"
    assert routing.preview("waste", *STREET).body == "31.parks"
    assert routing.preview("waste", *ON_NATIONAL_ROAD).body == "31.water", "rubbish on a national road is the city's"
    beside = routing.preview("road_damage", 106.81, -6.17885)  # 17 m from the national road: the person is asked
    assert [one.body for one in beside.alternatives if one.doubt] == ["31.water"]


def test_who_gets_it_divides_it_further_and_nothing_goes_round_in_circles(city):
    Body.objects.create(
        code="51.71.upt", name_id="UPT", name_en="UPT", parent_id="51.71.umum", level="department", area_code=CITY
    )
    bodies.invalidate()
    published(city, CITY, rule())
    head = staff("51.71.umum")
    assert refused(routing.write_rule, head, "51.71.umum", rule(CITY)) == ("bad_receiver", 422, "to"), "never upwards"
    published(head, "51.71.umum", rule("51.71.upt"))
    decision = routing.preview("waste", *DENPASAR)
    assert decision.body == "51.71.upt"
    assert [one.code for one in decision.reasons].count("own_rule") == 2
    published(city, CITY, rule(CITY, category="waste", area="51.71.01"))
    assert routing.preview("waste", *DENPASAR).body == CITY, "a body may keep for itself what a department would get"


def test_only_administrators_of_the_body_write_and_only_for_whom_they_answer(city):
    officer, other = staff(CITY, "coordinator", "Koordinator"), staff("31", name="Jakarta")
    platform = person("platform@contoh.id", is_superuser=True)
    for somebody in (officer, other, staff("51.71.bersih", name="Dinas")):
        assert refused(routing.write_rule, somebody, CITY, rule()) == ("forbidden", 403, "")
        assert refused(routing.history, somebody, CITY) == ("forbidden", 403, "")
    wrong = {
        "to": [rule("id.pln"), rule("31.roads"), rule("32.16"), rule("tidak.ada"), rule("")],
        "area": [rule(area="31.71"), rule(area="99"), rule(area="51"), rule(area="x' OR")],
        "category": [rule(category="nonsense"), rule(category="\0")], "layer": [rule(layer="moon")],
    }  # fmt: skip
    for field, some in wrong.items():
        for one in some:
            assert refused(routing.write_rule, platform, CITY, one)[1:] == (422, field), one
    routing.write_rule(platform, CITY, rule())
    assert refused(routing.write_rule, city, CITY, rule(CITY)) == ("rules_tie", 422, "category")
    assert [one.code for one in routing.receivers(CITY)] == [CITY, "51.71.bersih", "51.71.umum"]


def test_the_offices_of_districts_in_the_area_may_get_work_and_other_governments_may_not(city):
    Body.objects.create(
        code="51.71.01.kec", name_id="Kecamatan", name_en="District", level="district", area_code="51.71.01"
    )
    bodies.invalidate()
    bodies.make_partner("51.71.01.kec")
    published(city, CITY, rule("51.71.01.kec", area="51.71.01"))
    assert routing.preview("waste", *DENPASAR).body == "51.71.01.kec"
    bodies.make_partner("51")
    assert refused(routing.write_rule, staff("51"), "51", rule(CITY)) == ("bad_receiver", 422, "to")


def test_two_administrators_never_overwrite_each_other_unseen(city):
    colleague = staff(CITY, name="Rekan")
    first = routing.begin_draft(city, CITY)
    assert routing.begin_draft(colleague, CITY).edit == first.edit, "one draft for all of them"
    read = {"edit": str(first.edit)}
    made = routing.write_rule(city, CITY, rule() | read)
    for key in ("", made.key):  # the second tap of one finger is no colleague, and no second rule
        assert routing.write_rule(city, CITY, rule() | read | {"key": key}) == made
    routing.remove_rule(city, CITY, {"key": "99"} | read)  # and what is gone already is gone
    assert refused(routing.write_rule, colleague, CITY, rule(area="51.71.01") | read)[:2] == ("changed_meanwhile", 409)
    assert refused(routing.remove_rule, colleague, CITY, {"key": "1"} | read)[:2] == ("changed_meanwhile", 409)
    assert refused(routing.discard_draft, colleague, CITY, read)[:2] == ("changed_meanwhile", 409)
    assert refused(routing.try_draft, colleague, CITY, read)[:2] == ("changed_meanwhile", 409)
    now = routing.draft_of(colleague, CITY)
    assert (now.writer, len(now.rules)) == (city, 1)
    routing.discard_draft(colleague, CITY, {"edit": str(now.edit)})
    assert refused(routing.write_rule, city, CITY, rule() | {"edit": str(now.edit)})[0] == "changed_meanwhile"
    again = routing.begin_draft(city, CITY)
    assert again.edit > now.edit, "no form of the draft that was discarded fits the new one"
    kinds = [one.kind for one in reversed(routing.deeds(city, CITY))]
    assert kinds[:3] == ["begun", "written", "discarded"]


def test_a_draft_is_published_only_as_it_was_tried_and_over_what_it_was_begun_from(city):
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("not_found", 404, "")
    routing.write_rule(city, CITY, rule())
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("not_rehearsed", 409, "publish")
    routing.try_draft(city, CITY, {})
    routing.write_rule(city, CITY, rule(category="road_damage"))
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("not_rehearsed", 409, "publish")
    routing.try_draft(city, CITY, {})
    assert refused(routing.publish, city, CITY, {"why": " \u200b"}) == ("why_required", 422, "why")
    assert refused(routing.publish, city, CITY, {"why": "x" * 301}) == ("too_long", 422, "why")
    routing.publish(city, CITY, {"why": "Pertama"})
    assert refused(routing.publish, city, CITY, {"why": "x"})[0] == "not_found", "a second press publishes nothing"
    begun = routing.begin_draft(city, CITY)
    routing.try_draft(city, CITY, {})
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("nothing_changed", 422, "publish")
    routing.take_back(city, CITY, {"number": "0", "newest": "1", "why": "Salah"})
    routing.remove_rule(city, CITY, {"key": "2", "edit": str(begun.edit)})
    routing.try_draft(city, CITY, {})
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("published_meanwhile", 409, "publish")
    assert refused(routing.go_on, city, CITY, {"number": "1"})[0] == "changed_meanwhile", "of another than was read"
    routing.go_on(city, CITY, {"number": "2"})
    assert refused(routing.publish, city, CITY, {"why": "x"})[0] == "not_rehearsed"
    routing.try_draft(city, CITY, {})
    assert routing.publish(city, CITY, {"why": "Kedua"}).number == 3


def test_a_version_is_taken_back_as_a_new_one_and_history_says_what_differs(city):
    published(city, CITY, rule(), rule(category="road_damage"), why="Dinas Umum membantu")
    draft = routing.begin_draft(city, CITY)
    routing.remove_rule(city, CITY, {"key": "2", "edit": str(draft.edit)})
    published(city, CITY, rule(CITY, key="1"), rule(area="51.71.01"))
    assert refused(routing.take_back, city, CITY, {"number": "1", "newest": "1", "why": "x"})[0] == "changed_meanwhile"
    for number in ("7", "-1", "9" * 30, "²", ""):
        assert refused(routing.take_back, city, CITY, {"number": number, "newest": "2", "why": "x"})[1] == 404
    made = routing.take_back(city, CITY, {"number": "1", "newest": "2", "why": "Terlalu banyak"})
    assert (made.number, made.back_to, made.publisher, made.why) == (3, 1, city, "Terlalu banyak")
    assert routing.preview("waste", *DENPASAR).rule == "51.71:3:1"
    told = [(one.version.number, [(bool(d.before), bool(d.after)) for d in one.differences])
            for one in routing.history(city, CITY)]  # fmt: skip
    assert told == [
        (3, [(True, True), (False, True), (True, False)]), (2, [(True, True), (False, True), (True, False)]),
        (1, [(False, True), (False, True)]),
    ]  # fmt: skip
    routing.take_back(city, CITY, {"number": "0", "newest": "3", "why": "Semua"})
    assert routing.preview("waste", *DENPASAR).body == "51.71.bersih"
    assert DivisionDeed.objects.filter(body=CITY, kind="taken_back").count() == 2


def test_what_was_published_holds_in_another_process_within_a_second_and_moves_nothing(city):
    before = routing.submit(submission("waste", DENPASAR), None).report
    assert routing.preview("waste", *DENPASAR).body == "51.71.bersih"
    stale = _cached._kept
    published(city, CITY, rule())
    _cached._kept = (stale[0] - 2, *stale[1:])  # the copy of another process, a second and more later
    assert routing.preview("waste", *DENPASAR).body == "51.71.umum"
    before.refresh_from_db()
    assert (before.body_id, before.state) == ("51.71.bersih", "routed")


def test_a_rehearsal_counts_from_whom_to_whom_and_names_the_reports(city):
    moved = [routing.submit(submission("waste", DENPASAR), None).report.code for _time in range(2)]
    routing.submit(submission("road_damage", DENPASAR), None)
    routing.submit(submission("waste", STREET), None)  # of another region: not looked at
    routing.write_rule(city, CITY, rule())
    found = routing.try_draft(city, CITY, {})
    assert (found.looked_at, found.more) == (3, False)
    assert [one.report.code for one in found.shifted] == moved[::-1]
    assert found.counts == [("51.71.bersih", "51.71.umum", 2)]
    assert not DivisionVersion.objects.exists()
    assert routing.preview("waste", *DENPASAR).body == "51.71.bersih", "it was only tried"


def test_a_rehearsal_is_bounded_and_says_so(city, monkeypatch):
    for _time in range(3):
        routing.submit(submission("waste", DENPASAR), None)
    routing.write_rule(city, CITY, rule())
    monkeypatch.setattr("kentongan.routing.trying.MOST", 2)
    found = routing.try_draft(city, CITY, {})
    assert (found.looked_at, found.more, len(found.shifted)) == (2, True, 2)
    monkeypatch.setattr("kentongan.routing.trying.PATIENCE", -1.0)
    found = routing.try_draft(city, CITY, {})
    assert (found.looked_at, found.more, len(found.shifted)) == (1, True, 1)


def test_the_reporters_own_answer_still_counts_in_a_rehearsal(world):
    admin = staff("31")
    beside = (106.81, -6.17885)
    routing.submit(submission(at=beside, body="31.roads"), None)
    routing.write_rule(admin, "31", rule("31.water", category="road_damage"))
    assert routing.try_draft(admin, "31", {}).counts == [("31.roads", "31.water", 1)]


def test_rules_that_name_what_is_gone_are_passed_over_shown_and_not_published(city):
    published(city, CITY, rule(), rule("51.71.bersih", category="road_damage"))
    Body.objects.filter(code="51.71.umum").update(partner_from="2020-01-01", partner_until="2021-01-01")
    bodies.invalidate()
    decision = routing.preview("waste", *DENPASAR)
    assert (decision.body, decision.state) == ("51.71.bersih", "routed"), "as if the rule were not there"
    assert routing.preview("road_damage", *DENPASAR).body == "51.71.bersih", "the other rules hold"
    gone = routing.as_rules(routing.begin_draft(city, CITY).rules)[0]
    assert [code for code, _words in routing.wrong_with(CITY, gone).values()] == ["bad_receiver"]
    assert check(routing.rulebook()) == ["rule 1 of 51.71: 51.71.umum takes part no longer"]
    routing.write_rule(city, CITY, rule("51.71.bersih", category="fire"))
    routing.try_draft(city, CITY, {})
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("bad_rule", 422, "publish")
    routing.write_rule(city, CITY, rule(CITY, key="1"))
    Category.objects.filter(pk="fire").update(active=False)
    catalogue.invalidate()
    routing.try_draft(city, CITY, {})
    assert refused(routing.publish, city, CITY, {"why": "x"}) == ("bad_rule", 422, "publish")
    Body.objects.filter(code="51.71.bersih").update(parent_id="31")
    bodies.invalidate()
    assert routing.preview("road_damage", *DENPASAR).body == CITY, "a department that is no part any more gets nothing"


def test_before_a_region_joins_its_rules_hold_already_and_its_reports_wait_for_the_right_part(world):
    Body.objects.create(code="32.16.bersih", name_id="Bersih", name_en="Clean", parent_id="32.16", level="department")
    bodies.invalidate()
    published(staff("32.16"), "32.16", rule("32.16.bersih"))
    decision = routing.preview("waste", *BEKASI)
    assert (decision.body, decision.state) == ("32.16.bersih", "awaiting_partner")
    report = routing.submit(submission("waste", BEKASI), None).report
    bodies.make_partner("32.16")
    assert routing.hand_over("32.16") == 1
    report.refresh_from_db()
    assert (report.body_id, report.state) == ("32.16.bersih", "routed")


def test_a_thousand_rules_are_refused_at_two_hundred(city):
    draft = routing.begin_draft(city, CITY)
    areas = [one.code for one in routing.areas_of(CITY)]
    kinds = [one.code for one in catalogue.all_active()]
    many = [(kind, area) for area in areas for kind in kinds][:200]
    draft.rules = [{"key": str(at), "category": kind, "area": area, "layer": "", "to": CITY}
                   for at, (kind, area) in enumerate(many, 1)]  # fmt: skip
    draft.save()
    assert len(many) == 200
    assert refused(routing.write_rule, city, CITY, rule(layer="river"))[:2] == ("too_many", 422)
    assert DivisionDraft.objects.get(body=CITY).edit == draft.edit
    published(city, CITY)
    assert routing.preview("waste", *DENPASAR).body == CITY


def test_a_form_offers_areas_as_deep_as_it_can(world, monkeypatch):
    monkeypatch.setattr("kentongan.routing.writing.MOST_AREAS", 8)
    deep = {one.code.count(".") for one in routing.areas_of("31")}
    assert deep == {0, 1}, "the province and its cities; districts would be too many"
    assert routing.areas_of("id.pu") == [], "all provinces would be too many here"
