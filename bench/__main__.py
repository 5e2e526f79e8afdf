"""`script/bench [NAME …] [--json FILE]`: every figure with its limit; the exit code is 0 also where one is missed."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import django

NAMES = ["places", "streets", "import", "web", "pages", "network", "worker", "desk", "bulk", "maps", "kills", "alerts"]


def main() -> None:
    """Measures what is named, everything without a name, and prints a line a figure."""
    asked = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    asked.add_argument(
        "names",
        nargs="*",
        choices=[*NAMES, []],
        help="places, streets, import, web, pages, network, worker, desk, bulk, maps, kills, alerts; without one: all",
    )
    asked.add_argument("--json", type=Path, help="write the figures to this file too")
    sizes = {
        "alerts": "alerts that are pressed", "rate": "of them a second", "screens": "open streams",
        "regions": "regions that they watch", "kills": "kills of server, worker and database in turn",
        "phones": "alerts of which operators' phones are told",
    }  # fmt: skip
    for name, what in sizes.items():
        asked.add_argument(f"--{name}", type=int, help=f"alerts: {what}")
    asked.add_argument("--seconds", type=int, help="network: how long reports come (60), `rate` of them a second")
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it has begun (servers, workers) ends with it
    _tell_network(given)
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench import alerts, bulk, desk, kills, maps, network, pages, past, places, streets, web, worker
    from bench.figures import ROUNDS
    from kentongan.foundation.migrating import bring_up_to_date
    from kentongan.reports.models import Report

    for name in sizes:
        if (size := getattr(given, name)) is not None:
            setattr(alerts.SIZES, name, size)
    bring_up_to_date()
    found = []
    with tempfile.TemporaryDirectory() as work:
        rooms = {
            "places": places, "streets": streets, "import": past, "web": web, "pages": pages,
            "network": network, "worker": worker, "desk": desk, "bulk": bulk, "maps": maps, "kills": kills,
            "alerts": alerts,
        }  # fmt: skip
        for name, room in rooms.items():
            if not given.names or name in given.names:
                if Report.objects.exists() and not (
                    name == "desk" and os.environ.get("KENTONGAN_BENCH_KEPT")
                ):  # of the room before: each begins with an empty database
                    call_command("flush", interactive=False, verbosity=0)
                found += room.measure(Path(work))
    print(f"on {connection.vendor}, medians of {ROUNDS} rounds")
    for figure in found:
        print(figure.line())
    if given.json:
        given.json.write_text(json.dumps({connection.vendor: [figure.as_json() for figure in found]}, indent=1))


def _tell_network(given: argparse.Namespace) -> None:
    """Its settings are of the environment, before it is imported."""
    for name in ("seconds", "rate"):
        if value := vars(given)[name]:
            os.environ[f"KENTONGAN_BENCH_{name.upper()}"] = str(value)


if __name__ == "__main__":
    main()
