"""What people write in the language of the street suggests the right kind, nine times in ten."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kentongan import catalogue

pytestmark = pytest.mark.django_db

PHRASES: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text())
RIGHT = 0.9  # of all phrases; the kind that is suggested first


def test_nine_in_ten_phrases_of_the_street_suggest_their_kind_first() -> None:
    catalogue.load()
    all_of_them = [(text, code) for code, texts in PHRASES.items() for text in texts]
    assert len(all_of_them) >= 120
    told = {text: [one.code for one in catalogue.suggest(text)] for text, _ in all_of_them}
    wrong = [f"{text}: {told[text]}, not {code}" for text, code in all_of_them if told[text][:1] != [code]]
    assert len(wrong) <= (1 - RIGHT) * len(all_of_them), "\n".join(wrong)


def test_every_kind_that_can_be_chosen_has_a_phrase() -> None:
    catalogue.load()
    assert {one.code for one in catalogue.choosable()} - set(PHRASES) == {"other"}


def test_words_far_apart_count_where_nothing_else_fits() -> None:
    catalogue.load()
    said = "min tolong jalan di perumahan kami ini memang sudah lama rusak"
    assert [one.code for one in catalogue.suggest(said)][:1] == ["road_damage"]
