"""SQLite as Django speaks it, save that nothing is written into a file that no longer lies at its path.

A process writes on into the file that it opened, wherever it is moved to: a backup that was put in its place took no
report from then on, and all that was acknowledged was gone with the next restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

Identity = tuple[int, int]  # of a file: its device and its inode


class FileMoved(OperationalError):
    """The file that this process writes into was moved away or replaced."""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that looks before each transaction whether its file is still the one at the path (some 5 µs)."""

    _opened: Identity | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """As its parent; keeps which file was opened."""
        opened = super().get_new_connection(conn_params)
        self._opened = self._at_path()
        return opened

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        """As its parent: `atomic` begins with it. Raises FileMoved where it would begin in a file that is elsewhere."""
        if not autocommit:
            self.ensure_connection()
            if self._at_path() != self._opened:
                raise FileMoved("the file was moved or replaced while it was open: restart the server and the worker")
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def _at_path(self) -> Identity | None:
        """None where there is no file, as of a database in memory, or where a disk of the network has lost it."""
        try:
            found = Path(self.settings_dict["NAME"]).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
