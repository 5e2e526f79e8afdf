"""Which tests one database is enough for: those that touch none. What a test uses says so, and it is held to it.

A test of processes that need one, and holds nothing of it, says so itself by the mark; its instances are given
`KENTONGAN_DATABASE=""`, SQLite, as those of the tests cannot be had.

A test that asks for no database gets none from pytest-django. Its processes could still take that of the environment,
so that names none while such a test runs: whoever reads it there fails at once, on the first database.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NOWHERE = "nowhere://a-test-that-runs-once"
_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
_MARKS = ("django_db", "both")


def touches(item: Any) -> bool:
    """Whether a test uses a database as the tests have it: in this process, or (`both`, `Instance`) in its own ones."""
    return (
        not _FIXTURES.isdisjoint(item.fixturenames)
        or any(item.get_closest_marker(name) for name in _MARKS)
        or hasattr(item.module, "Instance")
    )


@contextmanager
def nowhere() -> Iterator[None]:
    """No database in the environment meanwhile."""
    before = os.environ.get("KENTONGAN_DATABASE")
    os.environ["KENTONGAN_DATABASE"] = NOWHERE
    try:
        yield
    finally:
        del os.environ["KENTONGAN_DATABASE"]
        if before is not None:
            os.environ["KENTONGAN_DATABASE"] = before
