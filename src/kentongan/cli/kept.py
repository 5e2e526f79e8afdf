"""What a server or a worker knows of its keeper (`cli.keeper`), and how it comes to be kept."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kentongan.cli import keeper

KEPT = {"serve", "worker"}
ALONE = {"-h", "--help", "--batch"}  # with one of these they end by themselves


class Place(NamedTuple):
    """The open files that a keeper hands to what it keeps; -1 where there is none."""

    listening: int = -1
    begun: int = -1
    leave: int = -1
    keeper: int = -1

    @classmethod
    def read(cls, written: str) -> Place:
        """From the option of the command; empty where nobody keeps it."""
        if not written:
            return cls()
        listening, begun, leave = map(int, written.split(","))
        return cls(listening, begun, leave, os.getppid())

    @property
    def is_kept(self) -> bool:
        """Whether there is a keeper."""
        return self.leave >= 0

    def say_at_work(self) -> None:
        """Tells the keeper that the program is at work; only now the one before it leaves."""
        if self.is_kept:
            with suppress(OSError), socket.socket(fileno=os.dup(self.begun)) as end:
                end.send(b".")

    def wait(self) -> bool:
        """Waits for the word to leave: True because a newer program is at work, False because the keeper is gone."""
        with suppress(OSError):
            os.read(self.leave, 1)
        return os.getppid() == self.keeper


def be_kept() -> None:
    """Becomes the keeper of the command that was called, where it is one to be kept and is not yet."""
    words = sys.argv[1:]
    if not words or words[0] not in KEPT or ALONE & set(words) or any(one.startswith("--handed=") for one in words):
        return
    # On its own (-I): it takes nothing from folders or variables, and what replaces the program does not reach it.
    os.execv(sys.executable, [sys.executable, "-I", keeper.__file__, *_program(), "--", *words])  # noqa: S606


def _program() -> list[str]:
    """How the program was called: by the same name a newer one may be found."""
    called = Path(sys.argv[0]).absolute()
    if called.suffix == ".py" or not os.access(called, os.X_OK) or called.is_dir():
        return [sys.executable, "-m", "kentongan.cli.main"]
    return [str(called)]
