"""A wrong setting is refused at start with one clear line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kentongan.foundation.databases import database_settings


def start(**variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")}
    return subprocess.run(
        [sys.executable, "-c", "import kentongan.settings"],
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"KENTONGAN_MODE": "party"}, "kentongan: KENTONGAN_MODE: Input should be"),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_DATABASE": "mysql://x"}, "kentongan: KENTONGAN_DATABASE: "),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_SMTP_PORT": "0"}, "kentongan: KENTONGAN_SMTP_PORT: "),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_OIDC_SERVER": "https://masuk.example"}, "oidc_client must be given"),
        (
            {"KENTONGAN_MODE": "test", "KENTONGAN_OIDC_SERVER": "masuk.example", "KENTONGAN_OIDC_CLIENT": "x"},
            "oidc_server must be an http(s) address",
        ),
        ({"KENTONGAN_MODE": "production"}, "secret_key must be set in production"),
    ],
)
def test_a_wrong_setting_is_refused_with_one_line_and_no_traceback(variables, line, tmp_path):
    result = start(KENTONGAN_DATA=str(tmp_path), **variables)
    assert result.returncode == 2
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_address_of_a_database_may_hold_any_character_of_its_password():
    told = database_settings("postgresql://lapor%40dinas:a%2Fb%3Ac@db.example:5433/lapor%20an", Path())
    assert [told[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "lapor@dinas", "a/b:c", "db.example", 5433, "lapor an",
    ]  # fmt: skip


def test_a_pooler_between_us_and_the_database_is_asked_to_keep_no_plans():
    kept, not_kept = (database_settings("postgresql:///x", Path(), prepared=wanted) for wanted in (True, False))
    assert kept["OPTIONS"]["prepare_threshold"] == 5
    assert not_kept["OPTIONS"]["prepare_threshold"] is None


def test_a_demo_folder_keeps_its_secret_over_a_restart(tmp_path):
    for _ in range(2):
        assert start(KENTONGAN_MODE="demo", KENTONGAN_DATA=str(tmp_path)).returncode == 0
    assert len((tmp_path / "secret_key").read_text()) > 50
