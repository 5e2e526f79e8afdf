"""The pictures of the tutorial for officers are those that the script takes, and light."""

from __future__ import annotations

import re

from tests.picturing import FOLDER, MOST, SHOTS


def test_the_tutorial_shows_the_pictures_that_the_script_takes_and_none_is_heavy():
    page = (FOLDER.parent / "tutorial-officer.md").read_text(encoding="utf-8")
    shown = re.findall(r'src="pictures/([\w-]+)\.webp"', page)
    assert sorted(shown) == sorted(SHOTS)
    assert all(0 < (FOLDER / f"{name}.webp").stat().st_size <= MOST for name in SHOTS)
