"""`script/demo --network` does what it says: three instances, a mailbox, an Open311 client, and an outage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kentongan.cli import demo_network
from tests.ports import free_port


def test_instances_on_other_ports_have_data_of_their_own(tmp_path: Path) -> None:
    folders = {one.folder for port in (8000, 8100) for one in demo_network.three_instances(tmp_path, port)}
    assert len(folders) == 6  # addresses are kept in the data: those of other ports would lead nowhere


@pytest.mark.long
@pytest.mark.browser  # once is enough: its instances have databases of their own, on SQLite
def test_the_walk_over_three_instances_comes_to_its_end(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")}
    settings = {"KENTONGAN_MODE": "demo", "KENTONGAN_DATA": str(tmp_path)}
    settings["KENTONGAN_BOUNDARIES"] = str(tmp_path)  # none lie there: the same on every machine
    words = ["demo", "network", "--fast", "--once", "--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, "-m", "kentongan.cli.main", *words], env=kept | settings, capture_output=True, text=True,
        timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for told in (
        "It is in Pemerintah Pusat's instance under the same code",
        "The citizen confirms with five stars at home; the centre sees it.",
        "the centre sees it open again, with the reason",
        "Somebody without an account accepted and closed it",
        "It follows it to its end: closed",
        "All 60 are there, each once",
    ):
        assert told in done.stdout
