"""The rules as an operator writes them: read whole, and told by name where they are wrong."""

from __future__ import annotations

import os
from datetime import date

import pytest

from kentongan import catalogue
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.routing import rules
from kentongan.routing.rules import Rule, Rulebook, check, read_rules, rulebook

WORDS = {"id": "Sebab", "en": "Reason"}
GOOD = 'rules:\n  - {code: a, body: id.pu, reason: {id: "é", en: y}}\n'


def rule(code: str, **given) -> Rule:
    return Rule.model_validate({"code": code, "body": "id.pu", "reason": WORDS, **given})


def book(*given: Rule) -> Rulebook:
    return Rulebook(given, "test")


def test_a_file_of_rules_is_read_with_its_name(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD, encoding="utf-8")
    found = read_rules(path)
    assert (found.source, [one.code for one in found.rules]) == (str(path), ["a"])
    assert found.rules[0].reason.id == "é"
    assert found.rules[0].target == "id.pu"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("rules: [", "not a list of rules (ParserError)"), ("other: []", "not a list of rules (KeyError)"),
        ("- a", "not a list of rules (TypeError)"), ("rules: 3", "not a list of rules (TypeError)"),
        ("", "not a list of rules (TypeError)"),
        ("rules: [{code: a, body: x, reason: {id: a, en: ''}}]",
         "('reason', 'en'): String should have at least 1 character"),
        ("rules: [{code: a, reason: {id: a, en: b}}]",
         "(): Value error, a rule names either a body or a body class (to)"),
        ("rules: [{code: a, nonsense: 1, body: x, reason: {id: a, en: b}}]",
         "('nonsense',): Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_rules_is_refused_and_says_where(tmp_path, written, told):
    path = tmp_path / "rules.yaml"
    path.write_text(written)
    with pytest.raises(Problem) as refused:
        read_rules(path)
    assert (refused.value.code, refused.value.status) == ("bad_rules", 422)
    assert str(refused.value.detail) == f"{path}: {told}"


def test_a_file_that_cannot_be_read_is_refused_by_its_name(tmp_path):
    with pytest.raises(Problem) as refused:
        read_rules(tmp_path / "none.yaml")
    assert (refused.value.code, refused.value.status) == ("bad_rules", 422)
    assert str(refused.value.detail) == f"{tmp_path / 'none.yaml'}: No such file or directory"
    (tmp_path / "old.yaml").write_bytes("rules: [] # café".encode("latin-1"))
    with pytest.raises(Problem) as refused:
        read_rules(tmp_path / "old.yaml")
    assert (refused.value.code, refused.value.status) == ("bad_rules", 422)
    assert str(refused.value.detail) == f"{tmp_path / 'old.yaml'}: it is no text in UTF-8"


@pytest.mark.django_db
def test_an_operators_own_rules_take_the_place_of_the_packaged_ones_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "data", tmp_path)
    assert rulebook().source == "packaged"
    assert len(rulebook().rules) > 10
    own = tmp_path / "rules.yaml"
    own.write_text(GOOD)
    os.utime(own, ns=(1, 1))
    assert [one.code for one in rulebook().rules] == ["a"]
    assert rulebook().source == str(own)
    own.write_text(GOOD.replace("code: a", "code: b"))
    os.utime(own, ns=(2, 2))
    assert [one.code for one in rulebook().rules] == ["b"]
    own.unlink()
    assert rulebook().source == "packaged"


@pytest.mark.django_db
def test_what_a_rule_names_and_nobody_knows_is_told(world):
    found = check(
        book(
            rule("everything"), rule("a", category="nonsense"), rule("b", body="x.y", area="31"),
            rule("c", takes_over="z", layer="national_road"),
            rule("fine", category="waste", takes_over="id.lapor", area="31"),
        )
    )  # fmt: skip
    assert found == [
        "rule a: there is no category nonsense",
        "rule b: there is no body x.y",
        "rule c: there is no body z",
    ]


@pytest.mark.django_db
def test_a_code_that_is_used_more_than_once_is_told_once(world):
    twice = [rule("b", area=area) for area in ("31", "32", "33")] + [rule("a", area="34"), rule("a", area="35")]
    assert check(book(rule("all"), *twice)) == ["rule a: the code is used twice", "rule b: the code is used twice"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "ties"),
    [
        ({}, True), ({"category": "waste"}, False), ({"area": "31"}, False), ({"layer": "toll_road"}, False),
        ({"valid_until": date(2026, 1, 1)}, False), ({"valid_until": date(2026, 1, 2)}, True),
        ({"valid_from": date(2027, 1, 1)}, False), ({"valid_from": date(2026, 12, 31)}, True),
    ],
)  # fmt: skip
def test_rules_tie_that_hold_for_the_same_on_the_same_day(world, given, ties):
    one = rule("one", valid_from=date(2026, 1, 1), valid_until=date(2027, 1, 1))
    said = "rules {} and {} tie: same category, area and layer at the same time"
    for first, second in ((one, rule("two", **given)), (rule("two", **given), one)):
        found = [fault for fault in check(book(first, second)) if "tie" in fault]
        assert found == ([said.format(first.code, second.code)] if ties else [])


@pytest.mark.django_db
def test_a_kind_of_trouble_that_nobody_answers_for_everywhere_is_told(world):
    kinds = [one.code for one in catalogue.all_active()]
    assert check(book(rule("x", area="31"), rule("y", layer="toll_road"))) == [
        f"category {code}: no rule covers it everywhere" for code in kinds
    ]
    uncovered = [code for code in kinds if "roads_traffic" not in catalogue.branch(code)]
    assert 0 < len(uncovered) < len(kinds)
    assert check(book(rule("x", category="roads_traffic"))) == [
        f"category {code}: no rule covers it everywhere" for code in uncovered
    ]
    assert check(rules.rulebook()) == check(book(rule("everything"))) == []
