"""Every command of an installation, by name."""

from __future__ import annotations

import typer

from kentongan.cli import checking, demonstration, serving, working

app = typer.Typer(
    name="kentongan",
    help="One report, the right government. Settings are KENTONGAN_* variables or a .env file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serving.serve)
app.command("worker")(working.work)
app.command("migrate")(checking.migrate)
app.command("check")(checking.check)
app.add_typer(demonstration.app, name="demo")
