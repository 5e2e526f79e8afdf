"""The page about rights says what the table says that is tried."""

from __future__ import annotations

from tests.rights.page import PAGE, written


def test_the_page_is_the_table_that_was_tried() -> None:
    assert PAGE.read_text() == written(), "run script/draw-rights"
