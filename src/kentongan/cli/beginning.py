"""`kentongan init` and `kentongan admin`: from an empty folder to an installation that somebody can administer."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated
from urllib.parse import urlsplit

import typer
from pydantic_settings import DotEnvSettingsSource
from rich.console import Console

from kentongan.cli.several import FAILED
from kentongan.foundation.config import Config
from kentongan.foundation.problems import Problem

admin_app = typer.Typer(help="Administrators of the whole platform.", no_args_is_help=True)
SETTINGS = Path(".env")


def init(
    address: Annotated[str, typer.Argument(help="The public address, such as https://lapor.example.go.id.")],
    admin: Annotated[str, typer.Option(help="The e-mail address of the first administrator.")],
    data: Annotated[Path, typer.Option(help="The folder for database, photos and the country's index.")] = Path("data"),
    database: Annotated[str, typer.Option(help="postgresql://user:password@host:port/name; empty: SQLite.")] = "",
    smtp_host: Annotated[str, typer.Option(help="The mail server.")] = "",
    mail_from: Annotated[str, typer.Option(help="The sender of every mail; empty: no-reply@ the address.")] = "",
    proxies: Annotated[int, typer.Option(min=0, help="How many proxies of yours stand in front.")] = 1,
) -> None:
    """Write the settings file (.env here, mode 600), make the folders, load the world and invite an administrator.

    A settings file that is there already stays as it is. Safe to repeat; none is written before the
    database answers.
    """
    from kentongan.people.inviting import check_address  # rooms with tables: not for `admin_app` alone

    console = Console(highlight=False, soft_wrap=True)
    host = urlsplit(address).hostname or ""
    if not address.startswith(("https://", "http://")) or not host:
        raise Problem("bad_address", 422, f"{address} is no address such as https://lapor.example.go.id")
    check_address(admin)
    given = _settings(address.rstrip("/"), host, data, database, smtp_host, mail_from, proxies)
    _refuse_names_of_others(given)
    again = [["migrate"]] if SETTINGS.exists() else []
    if again:
        console.print(f"{SETTINGS.resolve()} is there already and stays as it is.", markup=False)
        for name in _others(given):
            console.print(f"It gives another {name} than this call: change it there if you meant this.", markup=False)
    else:
        _kentongan(console, {f"KENTONGAN_{name}": value for name, value in given.items()}, ["migrate"])
        _write(given)
        console.print(
            f"{SETTINGS.resolve()} is written; keep a copy of its KENTONGAN_SECRET_KEY elsewhere.", markup=False
        )
    _kentongan(
        console, {}, *again, ["catalogue", "load"], ["bodies", "load"], ["places", "prepare"], ["admin", "add", admin]
    )  # fmt: skip


@admin_app.callback()
def _admin() -> None:
    """Administrators of the whole platform."""


@admin_app.command()
def add(
    email: Annotated[str, typer.Argument(help="The e-mail address of the person.")],
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
) -> None:
    """Make somebody an administrator, and print the link by which they choose a password, within three days."""
    from kentongan.people.inviting import invite_administrator  # tables, which `init` comes before

    link = invite_administrator(email, name)
    console = Console(highlight=False, soft_wrap=True)
    if link:
        console.print(f"{email} is an administrator. They choose a password here within three days:", markup=False)
        console.print(link, markup=False)
    else:
        console.print(f"{email} is an administrator and has a password already.", markup=False)


def _settings(
    address: str, host: str, data: Path, database: str, smtp_host: str, mail_from: str, proxies: int
) -> dict[str, str]:
    given = {
        "MODE": "production", "DATA": str(data.resolve()), "SECRET_KEY": secrets.token_urlsafe(64),
        "HOSTS": json.dumps([host, "127.0.0.1"]), "BASE_URL": address, "DATABASE": database, "SMTP_HOST": smtp_host,
        "MAIL_FROM": mail_from or f"Kentongan <no-reply@{host}>", "TRUSTED_PROXIES": str(proxies),
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def _others(given: dict[str, str]) -> list[str]:
    """Which settings the file has otherwise than they are given now; not the secret, which is new each time."""
    kept = DotEnvSettingsSource(Config, SETTINGS)()
    names = [name for name in ("BASE_URL", "DATABASE", "DATA", "SMTP_HOST") if name in given]
    return [f"KENTONGAN_{name}" for name in names if str(kept.get(name.lower()) or "") != given[name]]


def _write(given: dict[str, str]) -> None:
    lines = "".join(f"KENTONGAN_{name}={_quoted(value)}\n" for name, value in given.items())
    # Never readable by others, not for a moment: it holds the secret key and passwords.
    with os.fdopen(os.open(SETTINGS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(lines)


def _refuse_names_of_others(given: dict[str, str]) -> None:
    """Whoever reads the file puts the value of a variable in place of `${NAME}`, in quotes too, and knows no escape."""
    for name, value in given.items():
        if "${" in value:
            told = "${ cannot stand in the settings file; in the address of a database write %24 for $"
            raise Problem("bad_setting", 422, told, field=f"KENTONGAN_{name}")


def _quoted(value: str) -> str:
    if "'" not in value and "\\" not in value:  # a backslash at the end would take the quote with it
        return f"'{value}'"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _kentongan(console: Console, given: dict[str, str], *commands: list[str]) -> None:
    """Runs commands with these settings, else with those of the file. Raises Problem `failed` with what one said."""
    Path(given.get("KENTONGAN_DATA", ".")).mkdir(mode=0o750, parents=True, exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")} | given
    call = [sys.executable, "-m", "kentongan.cli.several", json.dumps(commands)]
    with TemporaryFile("w+") as faults:
        process = subprocess.Popen(call, env=env, stdout=subprocess.PIPE, stderr=faults, text=True)
        for line in process.stdout or ():
            console.print(line.rstrip(), markup=False)
        if failed := process.wait():
            faults.seek(0)
            said = faults.read().strip().removeprefix("kentongan: ") or f"ended with {failed}"
            what = " ".join(commands[failed - FAILED]) if failed >= FAILED else "kentongan"  # killed in any of them
            raise Problem("failed", 500, f"{what}: {said}")
