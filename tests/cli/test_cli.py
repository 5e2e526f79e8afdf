"""The command line: help for strangers, one clear line where something is wrong, a worker that stops well."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from typer.main import get_command

from kentongan.cli import serving
from kentongan.cli.commands import ALONE, WITH_PARTS, app_for
from tests import forking


def kentongan(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of an operator, whose start is not what is tried."""
    return forking.ran(*arguments, env=clean() | variables)


def begun(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The same as operators begin it."""
    return subprocess.run(
        [sys.executable, "-c", "from kentongan.cli.main import run; run()", *arguments],
        env=clean() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def clean() -> dict[str, str]:
    """The variables of these tests without settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")}


def test_help_is_given_before_there_are_any_settings_and_writes_nothing(tmp_path):
    result = begun("--help", KENTONGAN_DATA=str(tmp_path / "data"))
    assert result.returncode == 0
    for command in ("serve", "worker", "migrate", "check"):
        assert command in result.stdout
    assert not (tmp_path / "data").exists()


def test_a_command_starts_without_the_files_of_the_others(tmp_path):
    begin = "import sys, django; django.setup(); from kentongan.cli.commands import app_for; app_for('migrate');"
    said = subprocess.run(
        [sys.executable, "-c", begin + "print(*(one for one in sys.modules if one.startswith('kentongan.cli.')))"],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "kentongan.settings", "KENTONGAN_DATA": str(tmp_path), "KENTONGAN_DATABASE": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert set(said.split()) == {"kentongan.cli.commands", "kentongan.cli.tables"}


@pytest.mark.parametrize("word", sorted({*ALONE, *WITH_PARTS}))
def test_every_command_is_found_alone_as_among_all(word):
    alone, among = get_command(app_for(word)), get_command(app_for())
    assert list(alone.commands) == [word]
    assert alone.commands[word].get_short_help_str() == among.commands[word].get_short_help_str()


@pytest.mark.parametrize("word", ["", "--help", "serv", "__init__"])
def test_what_names_no_command_is_answered_with_all_of_them(word):
    assert set(get_command(app_for(word)).commands) == {*ALONE, *WITH_PARTS}


def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path):
    result = begun("check", KENTONGAN_DATA=str(tmp_path), KENTONGAN_MODE="party")
    assert result.returncode == 2
    assert result.stderr.startswith("kentongan: KENTONGAN_MODE")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_without_tables_a_command_says_what_to_run(command, tmp_path):
    result = begun(command, KENTONGAN_DATA=str(tmp_path), KENTONGAN_MODE="test")
    assert result.returncode == 1
    assert "run `kentongan migrate` first" in result.stderr
    assert "Traceback" not in result.stderr


def test_migrate_can_be_repeated(installed):
    assert "up to date" in begun("migrate", **installed).stdout


def test_the_worker_ends_at_once_and_cleanly_when_told_to(installed):
    worker = subprocess.Popen(
        [sys.executable, "-c", "from kentongan.cli.main import run; run()", "worker"],
        env=os.environ | installed | {"KENTONGAN_DATABASE": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in worker.stdout:
        if "worker.started" in line:
            break
    time.sleep(0.3)
    worker.send_signal(signal.SIGTERM)
    rest = worker.communicate(timeout=20)[0]
    assert worker.returncode == 0
    assert "worker.stopped" in rest


def test_a_second_server_on_a_taken_port_is_refused():
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the first server holds it
        held.bind(("127.0.0.1", 0))
        held.listen()
        with pytest.raises(SystemExit, match="is in use"):
            serving.listen("127.0.0.1", held.getsockname()[1])
