"""What `script/test --coverage` says of a room, and when it fails."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

from kentongan.cli import keeper
from tests import covering


def of(taken: int, there: int) -> dict[str, object]:
    summary = {"covered_branches": taken, "num_branches": there, "covered_lines": 1, "num_statements": 1}
    return {"summary": summary, "missing_lines": [7], "missing_branches": [[6, 7], [6, -1]]}


FILES = {"reports/a.py": of(10, 10), "reports/b.py": of(9, 10), "places/a.py": of(94, 100), "urls.py": of(0, 0)}


def test_a_room_is_measured_over_all_its_files_and_named_where_it_falls_short():
    lines, short = covering.table(covering.by_room(FILES))
    assert "| `reports` | 19 | 20 | 95.0 % | 100.0 % |" in lines
    assert "| `beside` | 0 | 0 | 100.0 % | 100.0 % |" in lines
    assert short == ["places"]


def test_only_the_measure_of_everything_is_judged(monkeypatch, capsys):
    monkeypatch.setattr(covering, "measured", lambda: FILES)
    assert covering.main([]) == 1
    assert "places" in capsys.readouterr().err
    assert covering.main(["tests/places"]) == 0


def test_what_nobody_reached_is_listed_by_line_and_branch(monkeypatch, capsys):
    monkeypatch.setattr(covering, "measured", lambda: FILES)
    assert covering.main(["--lines", "places"]) == 0
    assert capsys.readouterr().out == "places/a.py: lines [7] branches 6->7 6->-1\n"


@pytest.mark.parametrize(("taken", "there", "told"), [(0, 0, 100.0), (1, 2, 50.0), (3, 3, 100.0)])
def test_where_there_is_nothing_to_cover_all_of_it_is(taken, there, told):
    assert covering.share(taken, there) == told


def test_what_the_keeper_does_counts_also_in_a_copy_of_the_program(tmp_path, monkeypatch):
    copy = tmp_path / "old/kentongan/cli/keeper.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(keeper.__file__, copy)
    starts = tmp_path / "starts.py"
    starts.write_text(
        f"import subprocess as s\ns.run([{sys.executable!r}, '-I', {str(copy)!r}, 'false', '--', 'serve'])\n"
    )
    told, env = tmp_path / "told", {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    for words in (["run", str(starts)], ["combine", "-q"]):
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *words[:1], f"--data-file={told}", *words[1:]],
            cwd=covering.ROOT, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    data = CoverageData(str(told))
    data.read()
    (counted,) = data.measured_files()
    assert Path(counted).samefile(keeper.__file__)
    last = inspect.getsourcelines(keeper.Keeper._end)
    assert last[1] + len(last[0]) - 1 in data.lines(counted)
    monkeypatch.setenv("COVERAGE_FILE", str(told))
    monkeypatch.setenv("PATH", "")  # as who calls `.venv/bin/python -m tests.covering` has it: no `coverage` there
    assert set(covering.measured()) == {"cli/keeper.py"}


KILLED = f"""
import multiprocessing, os, subprocess, sys, threading, time
sys.path.insert(0, {str(covering.ROOT)!r})
from tests import telling
def lane():
    import kentongan.foundation.codes
    from coverage import Coverage
    tell, told = Coverage.get_data, threading.Event()
    Coverage.get_data = lambda self: (tell(self), told.set())
    told.wait(60)
    open("told", "w").close()
    time.sleep(60)
if __name__ == "__main__":
    if sys.argv[1:]:
        telling.EACH = 0.1
        telling.begin()
        child = multiprocessing.get_context("fork").Process(target=lane)
        child.start()
        while not os.path.exists("told"):
            time.sleep(0.05)
        child.kill()
        child.join()
    else:
        subprocess.run([sys.executable, __file__, "starts"], cwd=os.path.dirname(__file__), check=True)
"""


def test_what_a_killed_process_of_a_worker_did_counts_wherever_it_works(tmp_path):
    (program := tmp_path / "program.py").write_text(KILLED)
    (tmp_path / "data").mkdir()
    env = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    env["COVERAGE_FILE"] = str(tmp_path / "data/.coverage")
    for words in (["run", str(program)], ["combine", "-q"]):
        command = [sys.executable, "-m", "coverage", *words]
        done = subprocess.run(command, cwd=covering.ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    data = CoverageData(env["COVERAGE_FILE"])
    data.read()
    assert any(one.endswith("foundation/codes.py") for one in data.measured_files())
    assert not list(tmp_path.glob(".coverage*"))  # where it worked
