"""What the outside has just answered, noted on this machine before anything waits for the database.

Between an answer and the transaction that settles it lies a moment in which a kill would make us ask again. A note is
one write of a few bytes to a file of our own: it waits for no lock, no other process and no disk. Whoever was killed
leaves its file, and the next worker on this machine settles what it says. Where power was lost, or the data folder is
another, there may be no note; then what was told is told once more, as without it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.db.utils import InterfaceError, OperationalError

from kentongan.foundation.config import config

_log = structlog.get_logger(__name__)
Noting = Callable[[dict[str, Any]], None]


@contextmanager
def noting(kind: str) -> Iterator[Noting]:
    """Gives what keeps a note, until the end of the block, which is where its matter has been settled. A block that
    ends by an exception leaves its notes to `settle_left`. A full disk keeps nothing and stops nothing."""
    path, file = _folder() / f"{kind}-{uuid4().hex}", -1
    with suppress(OSError):
        file = _begin(path)

    def note(said: dict[str, Any]) -> None:
        with suppress(OSError):
            # It begins a line too: what a full disk left of the one before spoils no more than that.
            os.write(file, b"\n" + json.dumps(said).encode() + b"\n")

    try:
        yield note
        with suppress(OSError):
            path.unlink()
    finally:
        if file >= 0:
            os.close(file)


def settle_left(kind: str, settle: Callable[[list[dict[str, Any]]], None]) -> None:
    """Gives `settle` what each process noted that is no more. It must do nothing about what was settled before.

    Only a database that is away keeps notes waiting: whatever else is wrong with one stops nobody's work.
    """
    for path in _folder().glob(f"{kind}-*"):
        with _alone(path) as content:
            if content is None:
                continue
            try:
                if said := _read(content):
                    settle(said)
            except (OperationalError, InterfaceError):
                raise  # it is settled once the database answers
            except Exception as error:  # noqa: BLE001  what cannot be settled must not stop the rest for ever
                _log.warning("journal.not_settled", kind=kind, error=type(error).__name__)
            with suppress(OSError):  # in a folder that takes no change it is settled again, which does nothing
                path.unlink()


def _folder() -> Path:
    return config().data / "journal"


def _begin(path: Path) -> int:
    """A new file, locked for as long as this process lives before anybody can see it by its name."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    file = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        hidden.rename(path)
    except OSError:  # a disk without locks, such as some of networks
        os.close(file)
        hidden.unlink(missing_ok=True)
        raise
    return file


@contextmanager
def _alone(path: Path) -> Iterator[bytes | None]:
    """What a file holds whose writer is no more, and that nobody else settles now; None of any other, and of one that
    cannot be read: a command of another user may have left it."""
    with ExitStack() as held:
        content = None
        with suppress(OSError):
            stream = held.enter_context(path.open("r+b"))  # NFS locks nothing that is open to be read alone
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(stream.fileno()).st_nlink:  # without a name, somebody has just settled it
                content = stream.read()
        yield content


def _read(content: bytes) -> list[dict[str, Any]]:
    """The notes; a last one that was cut short is none."""
    found = []
    for line in content.splitlines():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found
