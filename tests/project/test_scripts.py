"""The scripts pass on what they were told, and nothing else: tried on a copy whose program only says its arguments."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(tmp_path):
    """Runs script/demo of a checkout whose `kentongan` prints one argument a line."""
    for name, text in (("script/setup", "true"), (".venv/bin/kentongan", 'printf "<%s>\\n" "$@"')):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    shutil.copy(ROOT / "script/demo", tmp_path / "script/demo")

    def run(*arguments: str) -> list[str]:
        done = subprocess.run([tmp_path / "script/demo", *arguments], capture_output=True, text=True, check=True)
        return done.stdout.split()

    return run


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], ["demo", "start", "--port", "8000"]),
        (["--no-open"], ["demo", "start", "--port", "8000", "--no-open"]),
        (["--network", "--no-open"], ["demo", "network", "--port", "8000"]),
        (["--no-open", "--network", "--fast"], ["demo", "network", "--port", "8000", "--fast"]),
        (["--port=8100", "--network", "--once", "--no-open"], ["demo", "network", "--port", "8100", "--once"]),
    ],
)
def test_the_demo_is_started_with_what_was_asked_and_no_empty_argument(demo, given, passed):
    assert demo(*given) == [f"<{word}>" for word in passed]
