"""A test runs on one database only where no database can tell it anything, and where that is not so it fails."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.test_cli import kentongan
from tests.instances import database
from tests.once import NOWHERE, touches


def item(*fixtures: str, marks: tuple[str, ...] = (), **names: Any) -> Any:
    """A test as pytest collects it."""
    return SimpleNamespace(
        fixturenames=fixtures,
        get_closest_marker=lambda name: name if name in marks else None,
        module=SimpleNamespace(**names),
    )


@pytest.mark.parametrize(
    "one",
    [
        item("tmp_path", "db"),
        item("transactional_db"),
        item("live_server"),
        item("django_db_setup", "django_db_blocker"),
        item("tmp_path", marks=("django_db",)),
        item(marks=("both",)),
        item(Instance=object),
    ],
)
def test_whoever_asks_for_a_database_or_starts_instances_runs_on_both(one: Any) -> None:
    assert touches(one)


def test_whoever_asks_for_none_runs_once() -> None:
    assert not touches(item("tmp_path", "django_db_blocker", marks=("parametrize",), ROOT="/"))


def test_this_very_test_runs_once_and_finds_no_database(request: pytest.FixtureRequest, tmp_path: Any) -> None:
    assert request.node.get_closest_marker("once")
    assert os.environ["KENTONGAN_DATABASE"] == NOWHERE
    refused = kentongan("check", KENTONGAN_DATA=str(tmp_path), KENTONGAN_DATABASE=os.environ["KENTONGAN_DATABASE"])
    assert refused.returncode == 2
    assert "KENTONGAN_DATABASE" in refused.stderr


def test_an_instance_of_a_test_that_runs_once_is_refused() -> None:
    with pytest.raises(RuntimeError, match="both"):
        database("kentongan_nowhere")


def test_a_test_with_a_database_is_no_such(db: None, request: pytest.FixtureRequest) -> None:
    assert not request.node.get_closest_marker("once")
    assert os.environ.get("KENTONGAN_DATABASE") != NOWHERE
