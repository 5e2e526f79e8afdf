"""The entry point `kentongan`."""

from __future__ import annotations

from kentongan.cli.kept import be_kept


def run() -> None:
    """Runs the command of `sys.argv`; a server or a worker by a keeper, which needs nothing of what the others do."""
    be_kept()
    from kentongan.cli.running import command  # after it: a third of a second of imports that a keeper would throw away

    command()


if __name__ == "__main__":
    run()
