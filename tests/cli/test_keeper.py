"""What a keeper does with a program that never comes to work, and with one that does not end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kentongan.cli import keeper
from tests.instances import until

# Says that it is at work where it is the first, and takes notice of SIGTERM only then.
PROGRAM = """
import os, signal, socket, sys, time
_listening, says, _leave = map(int, sys.argv[-1].partition("=")[2].split(","))
if os.path.exists("first"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open("second", "w").write(str(os.getpid()))
else:
    open("first", "w").write(str(os.getpid()))
    socket.socket(fileno=says).send(b".")
time.sleep(600)
"""
KEEPS = "import sys; sys.path.append(sys.argv.pop(1)); import keeper; vars(keeper).update(eval(sys.argv.pop(1)));"
RUNS = "where = sys.argv.index('--'); sys.exit(keeper.Keeper(sys.argv[1:where], sys.argv[where + 1:]).run())"
Keeps = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def keeps(tmp_path: Path) -> Iterator[Keeps]:
    """Begins a keeper of the program, its limits set otherwise; its log is in `log`."""
    (tmp_path / "program.py").write_text(PROGRAM)
    begun = []

    def begin(**limits: float) -> subprocess.Popen[str]:
        with (tmp_path / "log").open("w") as log:
            words = [sys.executable, "-c", KEEPS + RUNS, str(Path(keeper.__file__).parent), repr(limits)]
            one = subprocess.Popen(
                [*words, sys.executable, "program.py", "--", "serve"], cwd=tmp_path, stderr=log, text=True
            )
        begun.append(one)
        until(lambda: pid(tmp_path / "first"))
        return one

    yield begin
    for one in begun:
        one.kill()
        one.wait()
    for name in ("first", "second"):
        if (found := pid(tmp_path / name)) and alive(found):
            os.kill(found, signal.SIGKILL)


def pid(path: Path) -> int:
    return int(path.read_text() or 0) if path.exists() else 0


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def succeed(one: subprocess.Popen[str], folder: Path) -> None:
    """Asks for a succession until a new program has begun: the first one has to be heard before."""

    def asked() -> int:
        one.send_signal(signal.SIGHUP)
        return pid(folder / "second")

    until(asked)


def test_a_new_program_that_never_says_it_is_at_work_is_ended_and_the_old_one_stays(
    keeps: Keeps, tmp_path: Path
) -> None:
    one = keeps(BEGIN_WITHIN=1.0)
    succeed(one, tmp_path)
    until(lambda: "kept.not_replaced" in (tmp_path / "log").read_text())
    line = json.loads((tmp_path / "log").read_text().splitlines()[0])
    assert (line["why"], line["stays"]) == ("not at work within 1 s", pid(tmp_path / "first"))
    assert alive(pid(tmp_path / "first"))
    assert one.poll() is None
    one.terminate()
    assert one.wait(60) == 128 + signal.SIGTERM
    assert not alive(pid(tmp_path / "first"))


def test_nothing_stays_behind_where_a_program_that_was_to_come_does_not_end(keeps: Keeps, tmp_path: Path) -> None:
    one = keeps(END_WITHIN=1.0)
    succeed(one, tmp_path)
    one.terminate()
    assert one.wait(60) == 128 + signal.SIGTERM  # as the one that was at work ended
    assert not alive(pid(tmp_path / "second"))
