"""Every command of an installation, by name."""

from __future__ import annotations

import typer

from kentongan.cli import (
    auditing,
    beginning,
    checking,
    country,
    demonstration,
    importing,
    leaving,
    loading,
    peers,
    people,
    routes,
    safekeeping,
    serving,
    staff,
    working,
)

app = typer.Typer(
    name="kentongan",
    help="One report, the right government. Settings are KENTONGAN_* variables or a .env file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(beginning.init)
app.command("serve")(serving.serve)
app.command("worker")(working.work)
app.command("migrate")(checking.migrate)
app.command("check")(checking.check)
app.command("audit")(auditing.audit)
app.command("backup")(safekeeping.backup)
app.command("restore")(safekeeping.restore)
app.add_typer(beginning.admin_app, name="admin")
app.add_typer(country.app, name="places")
app.add_typer(loading.bodies_app, name="bodies")
app.add_typer(loading.catalogue_app, name="catalogue")
app.add_typer(routes.app, name="route")
app.add_typer(staff.app, name="staff")
app.add_typer(importing.app, name="reports")
app.add_typer(peers.app, name="peers")
app.add_typer(people.app, name="people")
app.add_typer(leaving.app, name="leave")
app.add_typer(demonstration.app, name="demo")
