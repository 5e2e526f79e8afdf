"""Every command of an installation, by name, with the file that has it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

ALONE = {
    "init": "beginning.init",
    "serve": "serving.serve",
    "worker": "working.work",
    "migrate": "tables.migrate",
    "check": "checking.check",
    "audit": "auditing.audit",
    "backup": "safekeeping.backup",
    "restore": "safekeeping.restore",
}
WITH_PARTS = {
    "admin": "beginning.admin_app",
    "places": "country.app",
    "map": "mapping.app",
    "bodies": "loading.bodies_app",
    "catalogue": "loading.catalogue_app",
    "route": "routes.app",
    "staff": "staff.app",
    "duty": "duty.app",
    "numbers": "numbers.app",
    "warnings": "warnings.app",
    "reports": "importing.app",
    "peers": "peers.app",
    "people": "people.app",
    "leave": "leaving.app",
    "demo": "demonstration.app",
}


def app_for(word: str = "") -> typer.Typer:
    """The commands, or only the one that `word` names where it names one: a third of a start went into the others."""
    app = typer.Typer(
        name="kentongan",
        help="One report, the right government. Settings are KENTONGAN_* variables or a .env file.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(lambda: None)  # with it, one command is still called by its name
    asked = {word} if word in ALONE or word in WITH_PARTS else {*ALONE, *WITH_PARTS}
    for name, place in ALONE.items():
        if name in asked:
            app.command(name)(_found(place))
    for name, place in WITH_PARTS.items():
        if name in asked:
            app.add_typer(_found(place), name=name)
    return app


def _found(place: str) -> Any:
    file, _dot, name = place.partition(".")
    return getattr(import_module(f"kentongan.cli.{file}"), name)
