"""While everything outside is hostile, pages are answered and reports are taken: `script/try-hard`, shorter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trying import Trial, Visitor, trial

HANGS = 15.0  # seconds: what hangs here hangs for ever or for many times as long; a busy machine is slow


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory):
    with trial(tmp_path_factory.mktemp("trying"), seconds=1.0, reports=2_000) as one:
        yield one


@pytest.mark.long
@pytest.mark.both
def test_no_page_waits_for_what_hangs_and_a_worker_ends_whatever_hangs(tried: Trial, tmp_path: Path) -> None:
    visitor = Visitor(tried.instance.port)
    met = {}
    for name, attack in tried.attacks():
        visitor.told()
        attack()
        tried.submit()  # raises where a report is not taken
        met[name] = visitor.told()
    visitor.close()
    assert {name: faults for name, (_taken, faults) in met.items() if faults} == {}
    half = {name: taken[len(taken) // 2] for name, (taken, _faults) in met.items()}
    assert {name: seconds for name, seconds in half.items() if seconds > HANGS} == {}
    assert tried.end_worker() < 20  # ten are promised
