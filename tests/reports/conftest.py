"""What several tests of this room stand on."""

from __future__ import annotations

import pytest

from tests.reports.town import build


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bodies and kinds of trouble, at noon."""
    build(monkeypatch)
