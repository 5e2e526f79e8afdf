"""Tables for commands that run as processes of their own: made once, and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.test_cli import kentongan


@pytest.fixture(scope="session")
def _tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    made = kentongan("migrate", KENTONGAN_DATA=str(folder), KENTONGAN_MODE="test")
    assert made.returncode == 0, made.stderr
    return folder / "kentongan.sqlite3"


@pytest.fixture
def installed(_tables: Path, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation with tables in a folder of its own, `tmp_path/data`."""
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(_tables, data)
    return {"KENTONGAN_DATA": str(data), "KENTONGAN_MODE": "test"}
