"""The pictures of the tutorials are those that the script takes, and light."""

from __future__ import annotations

import re

from tests.picturing import FOLDER, MOST, SHOTS


def test_the_tutorials_show_the_pictures_that_the_script_takes_and_none_is_heavy():
    pages = [(FOLDER.parent / f"tutorial-{name}.md").read_text(encoding="utf-8") for name in ("officer", "safety")]
    shown = [name for page in pages for name in re.findall(r'src="pictures/([\w-]+)\.webp"', page)]
    assert sorted(shown) == sorted(SHOTS)
    assert all(0 < (FOLDER / f"{name}.webp").stat().st_size <= MOST for name in SHOTS)
