"""What tests start is reached by no other test, even while it is down."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ports

ROOT = Path(__file__).parents[2]
ASKS = """
from tests.ports import free_port
print(*(free_port() for _ in range(120)), flush=True)
input()
"""


def test_no_two_processes_are_given_one_port_though_nobody_listens_on_it() -> None:
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASKS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    given = [one.stdout.readline().split() for one in asking if one.stdout]
    for one in asking:
        one.communicate("\n")
    assert [len(set(ports)) for ports in given] == [100] * 3  # each again only after all others
    assert len({port for one in given for port in one}) == 300


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ports.free_port()
    assert ports._mine
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        monkeypatch.setattr(ports, "_mine", (*ports._mine[:2], iter([first, first + 1])))
        assert ports.free_port() == first + 1
