"""Server, worker and database are killed while phones press: what was acknowledged is there, each once.

`script/bench alerts --kills N` does the same with a thousand, and with tabs that are closed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emergency.killing import Pressing
from tests.instances import Instance
from tests.world import build_country

pytestmark = pytest.mark.both


def test_kills_in_the_middle_of_pressing_lose_none_and_double_none(tmp_path: Path) -> None:
    places = tmp_path / "places.index"
    build_country(places)
    instance = Instance("sasaran", tmp_path / "sasaran", places)
    try:
        done = Pressing(instance, phones=4, each=15).run(kills=3)
        assert (done.pressed, done.lost, done.doubled, done.too_early) == (60, 0, 0, 0)
        assert done.kills == "1 kills of serve, 1 kills of worker, 1 kills of database"
    finally:
        instance.close()
