"""Routing: the right body, with reasons, and honest doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kentongan import bodies, reports, routing
from kentongan.foundation.outbox import drain
from kentongan.foundation.problems import Problem
from kentongan.reports.models import Report
from kentongan.routing.rules import Rule, Rulebook, check
from kentongan.subscribers import register
from tests.world import BEKASI, DENPASAR, ON_NATIONAL_ROAD, STREET, person, submission

pytestmark = pytest.mark.django_db


def test_pothole_on_a_city_street_in_jakarta_goes_to_the_road_department(world):
    decision = routing.preview("road_damage", *STREET)
    assert (decision.body, decision.state) == ("31.roads", "routed")


def test_hole_on_a_national_road_goes_to_the_ministry_with_the_road_named(world):
    decision = routing.preview("road_damage", *ON_NATIONAL_ROAD)
    assert decision.body == "id.pu"
    said = next(reason.text for reason in decision.reasons if reason.code == "national_road")
    assert said["id"].startswith("Lokasinya di Jalan Uji Nasional, sebuah jalan nasional.")  # not "0 metres from"
    assert said["en"].startswith("The place is on Jalan Uji Nasional, a national road.")


def test_lamp_on_a_national_road_is_still_a_matter_of_roads_there(world):
    assert routing.preview("street_light", *ON_NATIONAL_ROAD).body == "id.pu"


def test_online_content_has_no_place_and_goes_to_the_central_agency(world):
    decision = routing.preview("harmful_content", None, None)
    assert (decision.body, decision.reasons[0].code) == ("id.komdigi", "no_place")


def test_rubbish_where_nobody_takes_part_waits_for_the_regency(world):
    decision = routing.preview("waste", *BEKASI)
    assert (decision.body, decision.state) == ("32.16", "awaiting_partner")
    assert decision.reasons[-1].code == "no_partner"


def test_where_a_partner_has_no_department_its_government_receives(world):
    assert routing.preview("waste", *DENPASAR).body == "51.71"


def test_where_two_road_owners_meet_the_person_is_asked(world):
    decision = routing.preview("road_damage", 106.82505, -6.17902)
    assert decision.is_doubtful
    other = next(one for one in decision.alternatives if one.doubt)
    chosen = routing.preview("road_damage", 106.82505, -6.17902, other.body)
    assert chosen.body == other.body
    assert chosen.reasons[0].code == "chosen_by_reporter"


def test_beside_a_national_road_the_local_government_may_be_meant(world):
    decision = routing.preview("road_damage", 106.81, -6.17885)  # 17 m from the middle line
    assert decision.body == "id.pu"
    assert [other.body for other in decision.alternatives if other.doubt] == ["31.roads"]
    said = next(reason.text for reason in decision.reasons if reason.code == "national_road")
    assert said["id"].startswith("Lokasinya sekitar 17 meter dari Jalan Uji Nasional, sebuah")


def test_a_body_that_was_not_asked_cannot_be_chosen(world):
    with pytest.raises(Problem) as refused:
        routing.preview("road_damage", *STREET, "id.komdigi")
    assert refused.value.code == "bad_body"


def test_packaged_rules_have_no_fault(world):
    assert check(routing.rulebook()) == []


def test_tie_of_two_rules_is_named_before_it_can_happen(world):
    rules = routing.rulebook().rules
    book = Rulebook((*rules, rules[0].model_copy(update={"code": "twin", "body": "id.lapor"})), "test")
    assert any("twin" in fault and "tie" in fault for fault in check(book))


def test_rule_that_is_no_longer_valid_does_not_count(world):
    rules = tuple(
        one.model_copy(update={"valid_until": date(2020, 1, 1)}) if one.code == "national_road" else one
        for one in routing.rulebook().rules
    )
    facts = replace(_facts(), on=date(2026, 1, 1))
    assert routing.explain(facts, Rulebook(rules, "test")).body == "31.roads"


def test_partner_higher_up_takes_over_where_a_rule_says_so(world):
    rule = Rule.model_validate(
        {"code": "waste", "category": "waste", "to": {"level": "region", "duty": "waste"}, "takes_over": "id.lapor",
         "reason": {"id": "x", "en": "x"}}
    )  # fmt: skip
    facts = routing.gather("waste", *BEKASI, _location(BEKASI))
    decision = routing.explain(facts, Rulebook((rule,), "test"))
    assert (decision.body, decision.state) == ("id.lapor", "routed")
    assert "32.16" in [other.body for other in decision.alternatives]


def test_region_that_joins_receives_its_waiting_reports_once_and_in_order(world):
    register()
    codes = [routing.submit(submission("waste", BEKASI), person(f"w{at}@contoh.id")).report.code for at in range(3)]
    bodies.make_partner("32.16")
    assert routing.hand_over("32.16") == 3
    assert routing.hand_over("32.16") == 0
    found = list(
        Report.objects.filter(state="routed", body="32.16").order_by("updated_at").values_list("code", flat=True)
    )
    assert found == codes
    drain()


def test_rehearsal_names_the_reports_that_changed_rules_send_elsewhere(world):
    routing.submit(submission(), None)
    moved = routing.submit(submission(at=ON_NATIONAL_ROAD), None).report.code
    book = Rulebook(tuple(one for one in routing.rulebook().rules if one.code != "national_road"), "test")
    found = routing.rehearse(book, date(2020, 1, 1))
    assert found.looked_at == 2
    assert [(one.code, one.before, one.after) for one in found.moved] == [(moved, "id.pu", "31.roads")]


def _facts():
    return routing.gather("road_damage", *ON_NATIONAL_ROAD, _location(ON_NATIONAL_ROAD))


def _location(at):
    from kentongan import places

    return places.locate(*at)


def test_report_is_kept_when_the_rules_fail_and_routed_when_they_are_mended(world, monkeypatch):
    from kentongan.routing import submitting

    monkeypatch.setattr(submitting, "rulebook", lambda: Rulebook((), "empty"))
    report = routing.submit(submission(), None).report
    assert report.state == reports.State.RECEIVED
    monkeypatch.undo()
    assert routing.route_waiting() == 1
    assert routing.route_waiting() == 0
    assert Report.objects.get(pk=report.pk).body_id == "31.roads"
