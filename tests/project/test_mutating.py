"""`script/test --mutate` tries what it says: the figures of the documentation can be repeated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import mutating


def test_the_mutants_of_a_module_are_tried_and_what_survives_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutating, "COPIES", tmp_path)
    monkeypatch.delenv("KENTONGAN_DATABASE")  # the tests of the mutants have a database of their own in the copy
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # nor is the copy a part of what is measured
    assert mutating.main("foundation", ["pausing"]) == 0, (tmp_path / "foundation-pausing/log").read_text()
    told = re.search(r"`foundation/pausing.py` \| (\d+) \| (\d+) \|", capsys.readouterr().out)
    assert told
    killed, tried = map(int, told.groups())
    assert tried >= killed > 10
    survivors = (tmp_path / "foundation-pausing/survivors.diff").read_text()
    assert survivors.count("# kentongan.foundation.pausing.") == tried - killed


def test_a_module_that_is_not_named_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutating.main("foundation", ["nothing"]) == 2
    assert "pausing" in capsys.readouterr().err
