"""One colour is chosen; whatever it is, what is made of it can be read by day and by night."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan import bodies
from kentongan.bodies import colours

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLOURS)
def test_every_colour_becomes_one_that_can_be_read_on_all_grounds_by_day_and_by_night(accent: str) -> None:
    for grounds in (bodies.DAY, bodies.NIGHT):
        made = bodies.shades(accent, grounds)
        for behind in (grounds.paper, grounds.card, grounds.sunk, made.wash):
            assert bodies.contrast(made.sea, behind) >= 4.5
            assert bodies.contrast(made.deep, behind) >= 4.5
        assert bodies.contrast(made.on_sea, made.sea) >= 4.5
        assert bodies.contrast(made.on_sea, made.deep) >= 4.5


def test_a_colour_that_can_be_read_stays_and_one_that_cannot_changes_as_little_as_it_must() -> None:
    assert bodies.shades("#0b6e6e", bodies.DAY).sea == "#0b6e6e"
    yellow = bodies.shades("#ffd400", bodies.DAY).sea
    assert yellow != "#ffd400"
    assert bodies.contrast(yellow, bodies.DAY.sunk) < 4.7
    assert bodies.shades("#ffd400", bodies.NIGHT).sea == "#ffd400"


def test_contrast_is_that_of_wcag() -> None:
    assert bodies.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert bodies.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the least grey that passes
    assert bodies.contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize(
    ("written", "read"),
    [("#A12", "#aa1122"), (" aa1122 ", "#aa1122"), ("#0B6E6E", "#0b6e6e"), ("red", None), ("#12345", None), ("", None),
     ("#1234567", None), ("#gggggg", None), ("rgb(1,2,3)", None), ("#١٢٣", None), ("#aa1122;}body{", None),
     ("\0#aa1122", None)],
)  # fmt: skip
def test_a_colour_is_read_as_people_write_it_and_nothing_else_is(written: str, read: str | None) -> None:
    assert bodies.read_colour(written) == read


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    sheet = files("kentongan.web").joinpath("styles/tokens.css").read_text()
    day, night = sheet.split("@media (prefers-color-scheme: dark)")
    for text, grounds in ((day, colours.DAY), (night, colours.NIGHT)):
        said = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", text))
        assert [bodies.read_colour(said[name]) for name in ("paper", "card", "sunk", "on-sea")] == [
            grounds.paper, grounds.card, grounds.sunk, grounds.on_sea,
        ]  # fmt: skip
