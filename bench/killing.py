"""What is lost or doubled where server, worker, database or browser tab end in the middle of pressing."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from bench.figures import Figure
from tests.emergency.killing import Pressing, tabs_closed
from tests.instances import Instance
from tests.world import build_country

PRESSES = 1_000
TABS = 10


def measure(work: Path, kills: int) -> list[Figure]:
    """A thousand presses while one part after another is killed; then tabs that are closed right after the release."""
    index = work / "kills.index"
    build_country(index)
    instance = Instance("bunuh", work / "bunuh", index)
    try:
        done = Pressing(instance, phones=8, each=PRESSES // 8).run(kills)
        tabs = tabs_closed(instance, TABS)
    finally:
        instance.close()
    told = f"of {done.pressed:,} in {done.kills} ({connection.vendor})"
    return [
        Figure("kills: alerts lost", float(done.lost), "of them", 0, False, told),
        Figure("kills: alerts doubled", float(done.doubled), "of them", 0, False, told),
        Figure("closed tabs: alerts lost or doubled", float(tabs.lost + tabs.doubled), "of them", 0, False,
               f"of {tabs.pressed}"),
    ]  # fmt: skip
