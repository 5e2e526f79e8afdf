"""Two tabs with one form of a body: what the first has saved, the second does not overwrite unseen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kentongan import casework, console
from kentongan.bodies.models import Body, Calendar, Membership, OwnKind, OwnQuestion, Team
from kentongan.casework.models import Rule, Template
from kentongan.catalogue.models import Category
from tests.world import person

pytestmark = pytest.mark.usefixtures("world")
HERE = "/console/bodies/31/"
WEEK = {"workdays": ["0"], "tell": "all", "warn_hours": "24", "escalate_to": "nobody", "escalate_hours": "24"}
ASKED = {"category": "road_damage", "datatype": "string"}
# The page, what makes the thing, the field with the words that two people change, and where they are kept.
FORMS: dict[str, tuple[str, dict[str, Any], str, Any]] = {
    "question": ("questions", ASKED, "words_id", lambda: OwnQuestion.objects.get().words_id),
    "kind": (
        "kinds?category=waste", {"category": "waste", "taken": "on"}, "words_id",
        lambda: OwnKind.objects.get().words_id,
    ),
    "calendar": ("deadlines", WEEK, "days_off", lambda: Calendar.objects.get().days_off[0]),
    "department": (
        "departments", {"do": "department"}, "name_id",
        lambda: Body.objects.get(parent="31", told_here=True).name_id,
    ),
    "contact": ("start?at=area", {"do": "contact"}, "phone", lambda: Body.objects.get(pk="31").phone),
    "team": ("teams", {}, "name", lambda: Team.objects.get().name),
    "template": ("templates", {"name": "Kabar"}, "text_id", lambda: Template.objects.get().text_id),
}  # fmt: skip
WRONG = {"calendar": {"opens": "9"}, "kind": {"words_en": "x" * 301}, "department": {"email": "x"}}
WRONG |= {"contact": {"email": "x"}, "question": {"words_en": "x" * 301}, "team": {"members": "0"}}
WRONG |= {"template": {"text_en": "x" * 2001}}
MARK = re.compile(r'name="(was|version)" value="[^"]')
# The forms that carry a mark, by their templates, and where the second tap of each is tried.
MARKED = {
    "question_form.html": "here", "kinds.html": "here", "deadlines.html": "here", "department.html": "here",
    "start_area.html": "here", "team.html": "here", "template.html": "here", "rule_form.html": "here",
    "category.html": "here", "dress.html": "test_dress", "unit_form.html": "test_units",
    "division_form.html": "test_dividing", "division_rules.html": "test_dividing",
    "neighbourhood_head.html": "test_neighbourhood",
    # What is pressed here changes no words that somebody wrote:
    "rule.html": "", "offers.html": "", "bulk_template.html": "", "warning.html": "", "division_draft.html": "",
    "division_publish.html": "",
}  # fmt: skip
WORDS = {"calendar": ("2027-01-04", "2027-01-05", "2027-01-06")}


def form_of(page: str, word: str) -> dict[str, str]:
    """The hidden fields of the form that shows `word`."""
    (found,) = [one for one in re.findall(r"<form.*?</form>", page, re.S) if MARK.search(one) and word in one]
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', found))


@pytest.mark.parametrize("name", FORMS)
def test_the_second_tab_is_told_and_keeps_its_words(client: Client, name: str) -> None:
    page, made, field, kept = FORMS[name]
    first, one, other = WORDS.get(name, ("Kata awal", "Tab satu", "Tab dua"))
    boss = person("pengurus@contoh.id")
    Membership.objects.create(person=boss, body_id="31", role="administrator")
    client.force_login(boss)
    assert client.post(HERE + page, made | {field: first}).status_code == 302
    hidden = form_of(client.get(HERE + page).content.decode(), first)
    assert client.post(HERE + page, made | hidden | {field: one}).status_code == 302
    assert client.post(HERE + page, made | hidden | {field: one}).status_code == 302  # the same finger twice
    # What is wrong beside it is told after that: else the form would come back with the mark of what nobody saw.
    again = client.post(HERE + page, made | hidden | {field: other} | WRONG[name])
    assert (again.status_code, kept()) == (409, one)
    hidden = form_of(again.content.decode(), other)
    assert client.post(HERE + page, made | hidden | {field: other}).status_code == 302
    assert kept() == other


def test_words_that_a_kind_has_already_are_not_overwritten_by_a_form_that_showed_none(client: Client) -> None:
    boss = person("pengurus@contoh.id")
    Membership.objects.create(person=boss, body_id="31", role="administrator")
    client.force_login(boss)
    empty = form_of(client.get(f"{HERE}kinds").content.decode(), "words_id")
    said = {"category": "waste", "taken": "on", "words_id": "Sudah ada"}
    assert client.post(f"{HERE}kinds", said | empty).status_code == 302
    assert client.post(f"{HERE}kinds", said | empty | {"words_id": "Baru"}).status_code == 409
    assert client.post(f"{HERE}kinds", said | empty | {"category": "road_damage"}).status_code == 302
    assert OwnKind.objects.get(category="waste").words_id == "Sudah ada"


@pytest.mark.parametrize("name", ["question", "team"])
def test_what_the_other_tab_has_ended_stands_with_its_words_in_the_form_of_a_new_one(client: Client, name: str) -> None:
    page, made, field, _kept = FORMS[name]
    boss = person("pengurus@contoh.id")
    Membership.objects.create(person=boss, body_id="31", role="administrator")
    client.force_login(boss)
    client.post(HERE + page, made | {field: "Kata awal"})
    hidden = form_of(client.get(HERE + page).content.decode(), "Kata awal")
    assert client.post(HERE + page, hidden | {"do": "end"}).status_code == 302
    again = client.post(HERE + page, hidden | {field: "Kata baru"})
    text = again.content.decode()
    (form,) = [one for one in re.findall(r"<form.*?</form>", text, re.S) if "Kata baru" in one]
    assert (again.status_code, f'name="{name}" value=""' in form) == (404, True)
    assert name == "team" or re.search(r'value="road_damage"\s+selected', form)


def test_the_second_tab_of_the_platform_s_form_of_a_category_is_told_too(client: Client) -> None:
    boss, page = person("pusat@contoh.id"), "/console/categories/waste"
    boss.is_superuser = boss.is_staff = True
    boss.save()
    client.force_login(boss)
    hidden = form_of(client.get(page).content.decode(), "name_id")
    given = {"name_id": "Tab satu", "name_en": "Waste", "deadline_hours": "24", "position": "1", "active": "on"}
    given |= {"keywords_id": "sampah\nbak", "keywords_en": "", "questions": ""}
    assert client.post(page, given | hidden).status_code == 302
    assert client.post(page, given | hidden).status_code == 302  # the same finger twice
    again = client.post(page, given | hidden | {"name_id": "Tab dua", "questions": "a: b: c"})
    assert (again.status_code, Category.objects.get(code="waste").name_id) == (409, "Tab satu")
    hidden = form_of(again.content.decode(), "Tab dua")
    assert client.post(page, given | hidden | {"name_id": "Tab dua"}).status_code == 302
    assert Category.objects.get(code="waste").name_id == "Tab dua"


def test_the_second_tap_on_a_rule_is_no_colleague_and_makes_no_version(client: Client) -> None:
    boss = person("pengurus@contoh.id")
    Membership.objects.create(person=boss, body_id="31", role="administrator")
    client.force_login(boss)
    made = casework.save_rule(boss, "31", {"name": "Awal", "event": "arrived", "priority": "high"})
    page, read = f"{HERE}rules/{made.pk}", {"do": "save", "event": "arrived", "priority": "high", "version": "1"}
    for _tap in range(2):
        assert client.post(page, read | {"name": "Tab satu"}).status_code == 302
    assert client.post(page, read | {"name": "Tab dua"}).status_code == 409
    assert [Rule.objects.get().version, Rule.objects.get().name] == [2, "Tab satu"]


def test_every_form_with_a_mark_is_tried_with_a_second_tap() -> None:
    sources = Path(console.__file__).parents[1].glob("*/templates/**/*.html")
    named = re.compile(r'name="(was|version|edit)"')
    assert {one.name for one in sources if named.search(one.read_text(encoding="utf-8"))} == set(MARKED)
