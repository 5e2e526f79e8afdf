"""Several commands in one process, and what a process leaves behind."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kentongan.cli import running, several


def _ends(code: object) -> Callable[[], None]:
    def command() -> None:
        raise SystemExit(code)

    return command


def _breaks() -> None:
    raise ValueError("no such thing")


@pytest.mark.parametrize(
    ("second", "said"), [(_ends("in words"), "in words\n"), (_ends(3), ""), (_breaks, "ValueError: no such thing\n")]
)
def test_of_several_commands_the_first_that_fails_is_named_by_its_number_and_ends_the_rest(
    second: Callable[[], None], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = iter([lambda: print("first"), second, _ends(0)])
    monkeypatch.setattr(several, "command", lambda: next(commands)())
    monkeypatch.setattr("sys.argv", ["several", json.dumps([["a"], ["b"], ["c"]])])
    with pytest.raises(SystemExit) as ended:
        several.run()
    assert ended.value.code == several.FAILED + 1
    out, err = capsys.readouterr()
    assert out == "first\n"
    assert err.endswith(said)
    assert len(list(commands)) == 1


def test_the_folder_of_counts_is_taken_away_by_who_made_it_and_by_no_child(tmp_path: Path) -> None:
    folder = tmp_path / "counts"
    folder.mkdir()
    running._remove(str(folder), os.getpid() + 1)
    assert folder.exists()
    running._remove(str(folder), os.getpid())
    assert not folder.exists()


def test_a_folder_of_counts_that_the_operator_names_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    running._count_together()
    assert os.environ["PROMETHEUS_MULTIPROC_DIR"] == str(tmp_path)
