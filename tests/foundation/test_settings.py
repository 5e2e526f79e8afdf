"""A wrong setting is refused at start with one clear line."""

import os
import subprocess
import sys

import pytest


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
        ({"KENTONGAN_MODE": "production"}, "secret_key must be set in production"),
    ],
)
def test_a_wrong_setting_is_refused_with_one_line_and_no_traceback(variables, line, tmp_path):
    result = start(KENTONGAN_DATA=str(tmp_path), **variables)
    assert result.returncode == 2
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_demo_folder_keeps_its_secret_over_a_restart(tmp_path):
    for _ in range(2):
        assert start(KENTONGAN_MODE="demo", KENTONGAN_DATA=str(tmp_path)).returncode == 0
    assert len((tmp_path / "secret_key").read_text()) > 50
