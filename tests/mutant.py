"""The `conftest.py` of mutation testing (`tests/mutating.py`): every mutant has a database of its own.

mutmut runs pytest once to see which tests reach which function, and then once for each mutant, in a fork. The first run
makes the tables; the others copy them, so that a mutant costs no migrations and leaves no rows to the next.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker) -> Iterator[None]:
    """In place of pytest-django's: a copy of the pattern, which is made where there is none."""
    from django.conf import settings
    from django.db import connection, connections

    pattern = Path(os.environ["KENTONGAN_DATA"]) / "pattern.sqlite3"
    own = pattern.with_name(f"mutant-{os.getpid()}.sqlite3")
    with django_db_blocker.unblock():
        if not pattern.exists():
            made = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connections.close_all()
            shutil.copyfile(made, pattern)
        shutil.copyfile(pattern, own)
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = str(own)
        yield
        connections.close_all()
    for file in pattern.parent.glob(f"{own.name}*"):
        file.unlink()
