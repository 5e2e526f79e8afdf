"""A wrong setting is refused at start with one clear line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kentongan.foundation import config as configuration
from kentongan.foundation.config import Config
from kentongan.foundation.databases import database_settings
from tests.cli.test_cli import begun, kentongan


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
            "KENTONGAN_OIDC_SERVER: Value error, must be an http(s) address",
        ),
        ({"KENTONGAN_MODE": "production"}, "secret_key must be set in production"),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_HOSTS": '["lapor.example.go.id"'}, "kentongan: KENTONGAN_HOSTS: "),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_HOSTS": "[1]"}, "kentongan: KENTONGAN_HOSTS_0: "),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_PRIVATE_ADDRESSES": "10.20.0.0/99"}, "KENTONGAN_PRIVATE_ADDRESSES: "),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_DATABASE": "postgresql://a:b@c:port/d"}, "KENTONGAN_DATABASE: "),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_DATABASE": "postgresql://a:b/c@d/e"}, "%2F for /"),
        ({"KENTONGAN_MODE": "test", "KENTONGAN_DATABASE": "postgresql://a:b@c/d?sslmode"}, "KENTONGAN_DATABASE: "),
    ],
)
def test_a_wrong_setting_is_refused_with_one_line_and_no_traceback(variables, line, tmp_path):
    given = {"KENTONGAN_DATA": str(tmp_path), **variables}
    # The first begins as every program does; the others read their settings as it does, in a fork.
    result = start(**given) if variables == {"KENTONGAN_MODE": "party"} else kentongan("check", **given)
    assert result.returncode == 2
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("written", ["lapor.example.go.id, 127.0.0.1", '["lapor.example.go.id", "127.0.0.1"]'])
def test_a_list_is_written_as_json_or_with_commas_between(monkeypatch, written):
    monkeypatch.delenv("KENTONGAN_DATABASE")  # of no database, while a test runs once
    monkeypatch.setenv("KENTONGAN_HOSTS", written)
    assert Config().hosts == ["lapor.example.go.id", "127.0.0.1"]


SITES = ("oidc_server", "map_style", "photos_endpoint", "places_repository", "demo_map", "demo_streets")


@pytest.mark.parametrize(
    "written",
    [
        "javascript:1", "//tiles.example", "tiles.example/a", "data:,{}", "file:///etc/x", "https://", "https://a b",
        "https://x\\y", '"https://x"', "https://x/'", "https://x;y",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused_wherever_one_is_asked_for(written):
    for name in SITES:
        with pytest.raises(ValueError, match="must be an http"):
            Config(mode="test", oidc_client="x", **{name: [written] if name == "demo_streets" else written})


def test_an_address_of_the_web_is_taken_and_a_map_of_others_may_be_loaded_from_its_host_alone(monkeypatch):
    monkeypatch.delenv("KENTONGAN_DATABASE")  # of no database, while a test runs once
    for style, host in {
        "": "", "/peta/gaya.json": "", "https://peta.example.go.id/gaya.json?key=a&b={c}": "https://peta.example.go.id",
        "HTTP://[::1]:8080/x": "HTTP://[::1]:8080", "https://peta.example:8443": "https://peta.example:8443",
    }.items():  # fmt: skip
        assert Config(mode="test", map_style=style).map_host == host
    assert Config(mode="test", photos_endpoint="http://penyimpanan:9000/").photos_endpoint
    assert Config(mode="test", demo_streets=[], demo_map="").demo_streets == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SMPT_HOST", "SMTP_HOST"), ("MOED", "MODE"), ("HOST", "HOSTS"), ("SECRET", "SECRET_KEY"),
        ("SITE_URL", "BASE_URL"), ("DATABASE_URL", "DATABASE"), ("SAFETY_KEY", "SAFETY_KEYS"),
        *((far, "") for far in ("FOO", "WORKER", "DEBUG", "TOKEN", "DB", "KEY", "NAME", "WHATEVER", "", "LANG")),
    ],
)  # fmt: skip
def test_a_setting_that_is_none_is_told_with_a_near_one_only(monkeypatch, typed, meant):
    monkeypatch.setenv(f"KENTONGAN_{typed}", "1")
    near = configuration.unknown_settings()[f"KENTONGAN_{typed}"]
    assert near.removeprefix("KENTONGAN_") == meant


def test_a_settings_file_in_other_letters_is_named_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"KENTONGAN_INSTANCE_NAME=Lapor \xe9\n")
    done = start(KENTONGAN_MODE="test")
    assert (done.returncode, done.stderr) == (2, f"kentongan: {tmp_path / '.env'}: it is no text in UTF-8\n")


def test_a_settings_file_that_we_may_not_read_is_named_in_one_line(monkeypatch, capsys):
    def refused() -> None:
        raise PermissionError(13, "Permission denied", ".env")

    monkeypatch.setattr(configuration, "Config", refused)
    with pytest.raises(SystemExit) as ended:
        configuration.config.__wrapped__()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"kentongan: {Path('.env').resolve()}: Permission denied\n"


@pytest.mark.parametrize("folder", ["taken", "taken/data"])
def test_a_data_folder_that_cannot_be_made_is_named_in_one_line(tmp_path, folder):
    (tmp_path / "taken").write_text("a file where a folder should be")
    done = begun(
        "check", KENTONGAN_MODE="production", KENTONGAN_SECRET_KEY="x" * 50, KENTONGAN_DATA=str(tmp_path / folder)
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith(f"kentongan: KENTONGAN_DATA: {tmp_path / 'taken'}")


def test_what_stands_behind_the_address_of_a_postgresql_is_obeyed():
    told = database_settings("postgres://a:b@db.example/c?sslmode=verify-full&connect_timeout=3", Path())
    assert told["OPTIONS"] == {"sslmode": "verify-full", "connect_timeout": "3", "prepare_threshold": 5}
    by_socket = database_settings("postgresql:///c?host=/var/run/postgresql&port=5433", Path())
    assert [by_socket[name] for name in ("HOST", "PORT", "NAME")] == ["/var/run/postgresql", "5433", "c"]
    assert by_socket["OPTIONS"]["connect_timeout"] == 10  # nobody waits two minutes for a server that is not there
    assert database_settings("postgresql://%2Fvar%2Frun/c", Path())["HOST"] == "/var/run"


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
