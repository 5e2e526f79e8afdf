"""Who is responsible, decided from facts alone: what makes one rule win, what is doubtful, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from django.utils import translation

from kentongan.foundation.problems import Problem
from kentongan.places import Nearest, gazetteer
from kentongan.reports import Alternative, Reason, State
from kentongan.routing.deciding import Facts, choose, decide
from kentongan.routing.rules import Rule, Rulebook

GAMBIR = gazetteer.chain("31.71.01.1001")
BEKASI = gazetteer.chain("32.16.01.1007")[-1]
TODAY = date(2026, 11, 26)
NO_PARTNER = {
    "id": "Instansi ini belum menjadi mitra. Laporan disimpan dan diteruskan begitu instansi bergabung.",
    "en": "This body has not joined yet. The report is kept and handed over on the day it joins.",
}
NAMES = ", ".join(area.name for area in reversed(GAMBIR))


class World:
    """Bodies by name; a class of body is that of the first area's code: `31/roads`. Who is in `partners` takes part."""

    def __init__(self, *partners: str) -> None:
        self.partners = partners

    def find(self, level: str, duty: str, areas) -> str | None:
        return None if duty == "nobody" else f"{areas[0].code}/{level}/{duty}"

    def is_partner(self, code: str) -> bool:
        return code in self.partners

    def body(self, code: str):
        return SimpleNamespace(name_id=f"Badan {code}", name_en=f"Body {code}")


def rule(code: str, body: str = "", **given) -> Rule:
    words = {"id": f"Sebab {code} {{road}} {{metres}}", "en": f"Reason {code} {{road}} {{metres}}"}
    return Rule.model_validate(
        {"code": code, "body": body or ("" if "to" in given else code), "reason": words, **given}
    )


def facts(**given) -> Facts:
    return replace(Facts(("pothole", "roads"), GAMBIR, (), {}, TODAY), **given)


def line(layer: str, metres: float, name: str = "Jalan Uji") -> tuple[Nearest, ...]:
    return (Nearest(layer, name, "owner", metres),)


def decided(given: Facts, *rules: Rule, world: World | None = None):
    return decide(given, Rulebook(rules, "test"), world or World())


def refused(call, *given) -> tuple[str, int, str, str]:
    with pytest.raises(Problem) as told:
        call(*given)
    with translation.override("en"):
        return told.value.code, told.value.status, told.value.field, str(told.value.detail)


def plain(code: str) -> Reason:
    return Reason(code, {"id": f"Sebab {code} {{road}} {{metres}}", "en": f"Reason {code} {{road}} {{metres}}"})


IN_AREA = Reason("in_area", {"id": f"Lokasinya di {NAMES}.", "en": f"The place is in {NAMES}."})


def test_a_decision_says_where_what_and_why_and_waits_where_nobody_takes_part():
    found = decided(facts(), rule("a"))
    assert (found.body, found.state, found.rule, found.alternatives) == ("a", State.AWAITING_PARTNER, "a", ())
    assert found.reasons == (IN_AREA, plain("a"), Reason("no_partner", NO_PARTNER))
    found = decided(facts(), rule("a"), world=World("a"))
    assert (found.state, found.reasons) == (State.ROUTED, (IN_AREA, plain("a")))


def test_an_approximate_place_and_none_at_all_are_told_as_such():
    near = decided(facts(approximate=True), rule("a")).reasons[0]
    assert near.text == {
        "id": f"Lokasinya kira-kira di {NAMES}.", "en": f"The place is approximately in {NAMES}."
    }  # fmt: skip
    assert near.code == "in_area"
    assert decided(facts(areas=()), rule("a")).reasons[0] == Reason(
        "no_place",
        {
            "id": "Masalah ini tidak terikat pada suatu tempat.",
            "en": "This kind of trouble has no place on the map.",
        },
    )


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({"category": "pothole"}, True), ({"category": "roads"}, True), ({"category": "waste"}, False),
        ({"area": "31.71"}, True), ({"area": "31.7"}, False), ({"area": "32"}, False), ({"layer": "road"}, True),
        ({"layer": "rail"}, False), ({"layer": "none"}, False), ({"valid_from": TODAY}, True),
        ({"valid_from": date(2026, 11, 27)}, False), ({"valid_until": TODAY}, False),
        ({"valid_until": date(2026, 11, 27)}, True), ({"to": {"level": "region", "duty": "nobody"}}, False),
    ],
)  # fmt: skip
def test_a_rule_counts_where_all_of_its_conditions_hold(given, holds):
    here = facts(near={"road": line("road", 3.0), "rail": ()})
    # The rule that cannot count stands first: what comes after it is still looked at.
    if holds:
        assert decided(here, rule("z", category="waste"), rule("a", **given)).rule == "a"
    else:
        assert decided(here, rule("a", **given), rule("b")).rule == "b"
        assert refused(decided, here, rule("a", **given)) == (
            "no_body", 422, "category", "No body is known for this kind of trouble at this place."
        )  # fmt: skip


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        ({"layer": "road"}, {"area": "31.71.01.1001", "category": "pothole"}),  # a line before none
        ({"layer": "road"}, {"layer": "rail", "area": "31.71", "category": "pothole"}),  # the nearer line
        ({"area": "31.71"}, {"area": "31", "category": "pothole"}),  # the deeper area
        ({"area": "31"}, {"category": "pothole"}),
        ({"category": "pothole"}, {"category": "roads"}),  # the deeper category
        ({"category": "roads"}, {}),
    ],
)
def test_the_more_special_rule_wins_whatever_the_order(winner, loser):
    here = facts(near={"road": line("road", 5.0), "rail": line("rail", 5.2)})
    one, two = rule("winner", **winner), rule("loser", **loser)
    for rules in ((one, two), (two, one)):
        found = decided(here, *rules)
        assert (found.body, [other.body for other in found.alternatives]) == ("winner", ["loser"])


def test_rules_that_contradict_each_other_are_an_operators_matter_and_agreeing_ones_nobodys():
    assert refused(decided, facts(), rule("a"), rule("b")) == (
        "rules_tie", 500, "", "Two rules contradict each other; only the operator can put that right."
    )  # fmt: skip
    found = decided(facts(), rule("a", "same"), rule("b", "same"))
    assert (found.body, found.rule, found.alternatives) == ("same", "a", ())


@pytest.mark.parametrize(("metres", "doubt"), [(12.0, False), (12.1, True), (11.0, False), (20.0, True)])
def test_on_the_road_itself_its_owner_is_sure_and_beside_it_the_local_body_may_be_meant(metres, doubt):
    found = decided(
        facts(near={"road": line("road", metres)}), rule("road", layer="road"), rule("local", category="pothole"),
        rule("wide", category="roads"), world=World("road"),
    )  # fmt: skip
    asked = {other.body: other.doubt for other in found.alternatives}
    assert asked == {"local": doubt, "wide": False}
    assert found.is_doubtful == doubt
    words = {"id": f"Sebab road Jalan Uji {round(metres)}", "en": f"Reason road Jalan Uji {round(metres)}"}
    assert found.reasons[1] == Reason("road", words)
    assert next(one for one in found.alternatives if one.body == "local") == Alternative(
        "local", (plain("local"),), doubt=doubt
    )


@pytest.mark.parametrize(("other", "doubt"), [(15.0, True), (15.1, False)])
def test_of_two_owners_within_ten_metres_the_person_knows_better(other, doubt):
    near = {"road": line("road", 5.0), "rail": line("rail", other, "")}
    found = decided(facts(near=near), rule("road", layer="road"), rule("rail", layer="rail"))
    assert found.body == "road"
    metres = round(other)
    reason = Reason(
        "rail", {"id": f"Sebab rail jalan tanpa nama {metres}", "en": f"Reason rail a road without a name {metres}"}
    )
    assert found.alternatives == (Alternative("rail", (reason,), doubt=doubt),)


def test_doubtful_bodies_come_before_those_that_lost_and_each_once():
    near = {"road": line("road", 5.0), "rail": line("rail", 30.0), "wire": line("wire", 6.0)}
    rules = [rule(one, layer=one) for one in ("road", "rail", "wire")]
    found = decided(facts(near=near), rules[1], rule("x"), *rules, rule("again", "road", category="pothole"))
    assert [(other.body, other.doubt) for other in found.alternatives] == [("wire", True), ("rail", False)]


def test_an_owner_too_far_away_hides_no_local_body_that_may_be_meant():
    near = {"road": line("road", 13.0), "wire": line("wire", 30.0)}
    rules = (rule("road", layer="road"), rule("wire", layer="wire"), rule("local", category="pothole"))
    found = decided(facts(near=near), *rules)
    assert {other.body: other.doubt for other in found.alternatives} == {"local": True, "wire": False}


def test_lines_within_the_same_ten_centimetres_are_equally_near():
    near = {"road": line("road", 5.01), "rail": line("rail", 5.04)}
    assert decided(facts(near=near), rule("road", layer="road"), rule("rail", layer="rail", area="31")).body == "rail"


def test_where_nobody_is_known_across_the_border_nobody_is_named():
    to = {"level": "region", "duty": "roads"}
    unknown = BEKASI._replace(code="99.99.99.9999")

    class Alone(World):
        def find(self, level, duty, areas):
            return None if areas[0].code == "32" else super().find(level, duty, areas)

    found = decided(facts(neighbours=(unknown, BEKASI)), rule("local", to=to), world=Alone())
    assert (found.body, found.alternatives) == ("31/region/roads", ())


def test_the_three_that_came_next_are_told_and_no_more():
    given = [{"area": "31.71.01.1001"}, {"area": "31.71.01"}, {"area": "31.71"}, {"area": "31"}, {"category": "roads"}]
    found = decided(facts(), *(rule(f"r{at}", **one) for at, one in enumerate(given)))
    assert (found.body, [other.body for other in found.alternatives]) == ("r0", ["r1", "r2", "r3"])


def test_a_neighbour_across_the_border_may_be_meant():
    to = {"level": "region", "duty": "roads"}
    here = facts(neighbours=(BEKASI, gazetteer.chain("31.71.02.1001")[-1]))
    found = decided(here, rule("local", to=to), rule("other", category="roads"))
    assert found.body == "other"  # the border counts only where a class of body is meant
    found = decided(here, rule("local", to=to))
    text = {
        "id": f"Batas dengan {BEKASI.name} di Kabupaten Bekasi berjarak kurang dari 30 meter.",
        "en": f"The boundary with {BEKASI.name} in Kabupaten Bekasi is less than 30 metres away.",
    }
    assert found.body == "31/region/roads"
    assert found.alternatives == (
        Alternative("32/region/roads", (Reason("near_boundary", text),), doubt=True),
    )  # fmt: skip


def test_where_borders_are_only_guessed_the_question_says_so():
    here = facts(neighbours=(BEKASI,), approximate=True)
    (other,) = decided(here, rule("local", to={"level": "region", "duty": "roads"})).alternatives
    (why,) = other.reasons
    assert (other.body, other.doubt, why.code) == ("32/region/roads", True, "near_boundary")
    regency = gazetteer.chain(BEKASI.code)[1].name
    assert why.text == {
        "id": f"Batas wilayah di sini hanya diketahui kira-kira; tempat ini mungkin di {BEKASI.name} di {regency}.",
        "en": f"Boundaries are known only approximately here; the place may be in {BEKASI.name} in {regency}.",
    }


def test_a_partner_higher_up_takes_over_only_where_the_responsible_one_takes_no_part():
    waste = rule("waste", "city", takes_over="higher")
    taken = decided(facts(), waste, world=World("higher"))
    text = {
        "id": "Badan city belum menjadi mitra; Badan higher menanganinya.",
        "en": "Body city has not joined yet; Body higher takes care of it.",
    }
    assert (taken.body, taken.state, taken.rule) == ("higher", State.ROUTED, "waste")
    assert taken.reasons == (IN_AREA, plain("waste"), Reason("taken_over", text))
    assert taken.alternatives == (Alternative("city", (plain("waste"),)),)
    assert decided(facts(), waste, world=World("city", "higher")).body == "city"
    assert decided(facts(), waste).body == "city"
    assert decided(facts(), waste).state == State.AWAITING_PARTNER


def test_the_person_chooses_among_those_that_were_asked():
    near = {"road": line("road", 5.0), "rail": line("rail", 9.0), "wire": line("wire", 40.0)}
    rules = [rule(one, layer=one) for one in ("road", "rail", "wire")]
    first = decided(facts(near=near), *rules, world=World("road"))
    assert choose(first, "road", World()) is first
    for nobody in ("wire", "stranger"):  # one that lost, one that nobody named
        assert refused(choose, first, nobody, World()) == (
            "bad_body", 422, "body", "This body is not one of those that may be responsible here."
        )  # fmt: skip
    said = Reason("chosen_by_reporter", {"id": "Pelapor memilih instansi ini.", "en": "The reporter chose this body."})
    rail = Reason("rail", {"id": "Sebab rail Jalan Uji 9", "en": "Reason rail Jalan Uji 9"})
    joined, waits = choose(first, "rail", World("rail")), choose(first, "rail", World())
    assert (joined.body, joined.state, joined.reasons) == ("rail", State.ROUTED, (said, rail))
    assert (waits.state, waits.reasons) == (State.AWAITING_PARTNER, (said, rail, Reason("no_partner", NO_PARTNER)))
    assert joined.alternatives == waits.alternatives
    assert first.reasons[-1].text == {
        "id": "Mungkin juga ini urusan Badan rail.", "en": "It may also be a matter of Body rail."
    }  # fmt: skip
    assert joined.alternatives[0] == Alternative("road", first.reasons[:-1], doubt=True)  # it was asked now
    assert [other.body for other in joined.alternatives] == ["road", "wire"]


def test_who_chooses_back_reads_no_more_that_the_first_body_takes_no_part_once_it_does():
    near = {"road": line("road", 5.0), "rail": line("rail", 9.0)}
    first = decided(facts(near=near), rule("road", layer="road"), rule("rail", layer="rail"))
    back = choose(choose(first, "rail", World()), "road", World("road"))
    assert (back.body, back.state) == ("road", State.ROUTED)
    assert [one.code for one in back.reasons] == ["chosen_by_reporter", "in_area", "road"]
